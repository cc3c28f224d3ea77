// The undo bar: a form with one button, offered for ten seconds. The house counts them too, so the clock never stands
// still: what it shows is what is left. It does not vanish under a finger or the focus.
import { text } from "./page.js";

class Undo extends HTMLElement {
  connectedCallback() {
    if (this.timer) return;
    this.until = performance.now() + 1000 * (Number(this.dataset.seconds) || 10);
    this.clock = this.querySelector("[data-seconds-left]");
    this.timer = setInterval(() => this.show(), 250);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  show() {
    const left = Math.max(0, Math.ceil((this.until - performance.now()) / 1000));
    const held = this.contains(document.activeElement) || this.matches(":hover");
    if (left === 0 && !held) this.remove();
    else if (this.clock) this.clock.textContent = text("seconds", { n: left });
  }
}
customElements.define("edms-undo", Undo);
