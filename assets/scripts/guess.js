// A guess read from the page stands faint in its empty field. Tab passes it by; F2 (or its button) takes it; typing
// replaces it; Esc puts it away. Standing on the field lights the place on the page that it was read from.
class Guess extends HTMLElement {
  connectedCallback() {
    this.field = this.querySelector(".input");
    if (!this.field || this.wired) return;
    this.wired = true;
    this.line = this.querySelector(".guess");
    if (!this.field.value) {
      this.field.placeholder = this.dataset.text;
      this.classList.add("in-field");
    }
    this.button = this.querySelector("button[data-take]");
    if (this.button) {
      this.button.hidden = false;
      this.button.onclick = () => this.take();
    }
    this.field.addEventListener("focus", () => this.light(true));
    this.field.addEventListener("blur", () => this.light(false));
    this.field.addEventListener("input", () => this.classList.toggle("taken", this.field.value !== ""));
    this.field.addEventListener("keydown", (event) => {
      if (event.code === "F2" && !this.field.value) {
        event.preventDefault();
        this.take();
      } else if (event.key === "Escape" && !event.defaultPrevented) {
        event.preventDefault();
        this.putAway();
      }
    });
  }

  light(on) {
    const detail = { page: this.dataset.page, box: on ? this.dataset.box : "" };
    if (this.dataset.box) document.dispatchEvent(new CustomEvent("edms:light", { detail }));
  }

  take() {
    if (!this.dataset.text) return;
    this.field.value = this.dataset.text;
    this.classList.add("taken");
    for (const kind of ["input", "change"]) this.field.dispatchEvent(new Event(kind, { bubbles: true }));
    this.field.focus();
  }

  putAway() {
    this.field.value = "";
    this.field.placeholder = "";
    this.dataset.text = "";
    this.classList.remove("in-field");
    this.classList.add("taken");
  }
}
customElements.define("edms-guess", Guess);
