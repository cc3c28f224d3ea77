// The undo bar: a form with one button, offered for ten seconds. The count stands still while it has the focus.
import { text } from "./page.js";

class Undo extends HTMLElement {
  connectedCallback() {
    if (this.timer) return;
    this.left = Number(this.dataset.seconds) || 10;
    this.clock = this.querySelector("[data-seconds-left]");
    this.timer = setInterval(() => this.tick(), 1000);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  tick() {
    if (this.contains(document.activeElement) || this.matches(":hover")) return;
    this.left -= 1;
    if (this.left <= 0) this.remove();
    else this.show();
  }

  show() {
    if (this.clock) this.clock.textContent = text("seconds", { n: this.left });
  }
}
customElements.define("edms-undo", Undo);
