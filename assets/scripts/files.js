// A field for a file speaks the page's language, not the browser's. The field itself stays: for keys, readers and the form.
import { text } from "./page.js";

function named(field) {
  return [...field.files].map((file) => file.name).join(", ") || text("noFile");
}

for (const field of document.querySelectorAll('input[type="file"]')) {
  if (field.closest(".drop")) continue;
  const shown = document.createElement("span");
  shown.className = "file-chosen";
  shown.setAttribute("aria-hidden", "true"); // the field is read out by itself
  const button = document.createElement("span");
  button.className = "button file-button";
  button.textContent = text(field.multiple ? "chooseFiles" : "chooseFile");
  const name = document.createElement("span");
  name.className = "faint small";
  name.textContent = named(field);
  shown.append(button, name);
  shown.addEventListener("click", () => field.click());
  field.addEventListener("change", () => (name.textContent = named(field)));
  field.classList.add("spoken-for");
  field.after(shown);
}
