// Light, dark, contrast or as the machine says: at once, then kept by the server's cookie.
// The language switch is an ordinary link or form; here it only carries along what was typed.
import { send } from "./page.js";

class Look extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector("form");
    if (!form || this.wired) return;
    this.wired = true;
    form.addEventListener("submit", (event) => {
      const look = event.submitter?.value;
      if (look === undefined) return;
      event.preventDefault();
      if (look === "system") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = look;
      for (const button of form.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === look));
      const fields = new URLSearchParams(new FormData(form));
      fields.set("look", look);
      send(form.action, fields, { Accept: "application/json" }).catch(() => {});
    });
  }
}
customElements.define("edms-look", Look);
