// One press copies a number. The button appears only where the script runs.
import { say, text } from "./page.js";

class Copy extends HTMLElement {
  connectedCallback() {
    const button = this.querySelector("button");
    if (!button || button.onclick) return;
    button.hidden = false;
    button.onclick = async () => {
      const words = this.dataset.text;
      try {
        await navigator.clipboard.writeText(words);
      } catch {
        this.select(words);
      }
      say(text("copied", { text: words }));
    };
  }

  /** Pages on plain HTTP inside a town hall have no clipboard: the old way. */
  select(words) {
    const field = document.createElement("textarea");
    field.value = words;
    field.className = "visually-hidden";
    document.body.append(field);
    field.select();
    document.execCommand("copy");
    field.remove();
  }
}
customElements.define("edms-copy", Copy);
