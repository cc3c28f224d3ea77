// A list of lines: j and k move, Enter opens (the focus is on the link), x marks; the bar appears when one is marked.
// A button with data-row-key is pressed by that key for the line that has the focus.
import { named, singleKeysAllowed } from "./hotkeys.js";
import { text, typing } from "./page.js";

class Lines extends HTMLElement {
  connectedCallback() {
    this.bar = this.querySelector(".marked-bar");
    this.addEventListener("change", this);
    document.addEventListener("keydown", this);
    this.count();
  }

  disconnectedCallback() {
    document.removeEventListener("keydown", this);
  }

  handleEvent(event) {
    if (event.type === "keydown") this.key(event);
    else if (event.target.matches("[data-mark-all]")) this.markAll(event.target.checked);
    else if (event.target.closest(".line-mark")) this.count();
  }

  get lines() {
    return [...this.querySelectorAll(".line")];
  }

  key(event) {
    if (event.defaultPrevented || event.isComposing || typing(event.target) || !singleKeysAllowed()) return;
    if (document.querySelector("dialog[open]")) return;
    const here = event.target.closest?.("edms-lines");
    if (here ? here !== this : document.querySelector("edms-lines") !== this) return;
    const step = { KeyJ: 1, KeyK: -1 }[named(event)];
    if (step) {
      event.preventDefault();
      this.move(step);
    } else if (named(event) === "KeyX") {
      const box = this.present()?.querySelector(".line-mark input");
      if (!box) return;
      event.preventDefault();
      box.checked = !box.checked;
      this.count();
    } else {
      const act = this.present()?.querySelector(`[data-row-key="${named(event)}"]`);
      if (!act) return;
      event.preventDefault();
      act.click();
    }
  }

  present() {
    return document.activeElement?.closest?.(".line") ?? null;
  }

  move(step) {
    const lines = this.lines;
    const at = lines.indexOf(this.present());
    const next = lines[at < 0 ? (step > 0 ? 0 : lines.length - 1) : at + step];
    next?.querySelector(".line-number")?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  markAll(on) {
    for (const box of this.querySelectorAll(".line-mark input")) box.checked = on;
    this.count();
  }

  count() {
    const boxes = [...this.querySelectorAll(".line-mark input")];
    for (const box of boxes) box.closest(".line").classList.toggle("marked", box.checked);
    const marked = boxes.filter((box) => box.checked).length;
    if (!this.bar) return;
    this.bar.hidden = marked === 0;
    const words = this.bar.querySelector("[data-marked-count]");
    if (words) words.textContent = text("marked", { n: marked });
    const all = this.querySelector("[data-mark-all]");
    if (all) {
      all.checked = marked > 0 && marked === boxes.length;
      all.indeterminate = marked > 0 && marked < boxes.length;
    }
  }
}
customElements.define("edms-lines", Lines);
