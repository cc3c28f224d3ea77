// The page viewer: zoom, turn and move by keys that leave the focus in the field; boxes over what was found.
// Without script the pages stand one below the other, each a link to its full image.
import { text } from "./page.js";

const STEPS = [0.5, 0.67, 0.8, 1, 1.25, 1.5, 2, 3, 4];
const KEPT = "edms.page-zoom";

class Pages extends HTMLElement {
  connectedCallback() {
    if (this.window_) return;
    this.window_ = this.querySelector(".pages-window");
    this.pages = [...this.querySelectorAll(".page")];
    if (!this.window_ || !this.pages.length) return;
    this.turned = this.pages.map(() => 0);
    this.scale = Number(sessionStorage.getItem(KEPT)) || 1;
    this.hits = [...this.querySelectorAll(".page-boxes rect:not(.source)")];
    this.at = -1;
    this.addEventListener("click", (event) => {
      const button = event.target.closest("[data-page-act]");
      if (button) this.act(button.dataset.pageAct);
    });
    this.window_.addEventListener("scroll", () => this.where(), { passive: true });
    document.addEventListener("edms:light", (this.onLight = (event) => this.light(event.detail)));
    this.watch = new ResizeObserver(() => this.lay());
    this.watch.observe(this.window_);
    for (const bar of this.querySelectorAll("[data-with-script]")) bar.hidden = false;
    this.lay();
  }

  disconnectedCallback() {
    this.watch?.disconnect();
    document.removeEventListener("edms:light", this.onLight);
  }

  act(name) {
    const acts = {
      in: () => this.zoom(1),
      out: () => this.zoom(-1),
      fit: () => this.zoomTo(1),
      turn: () => this.turn(),
      next: () => this.go(1),
      back: () => this.go(-1),
      down: () => this.window_.scrollBy({ top: this.window_.clientHeight * 0.4 }),
      up: () => this.window_.scrollBy({ top: -this.window_.clientHeight * 0.4 }),
      "next-hit": () => this.hit(1),
      "last-hit": () => this.hit(-1),
    };
    acts[name]?.();
  }

  zoom(by) {
    const near = STEPS.reduce((best, s, i) => (Math.abs(s - this.scale) < Math.abs(STEPS[best] - this.scale) ? i : best), 0);
    this.zoomTo(STEPS[Math.min(STEPS.length - 1, Math.max(0, near + by))]);
  }

  zoomTo(scale) {
    const share = this.window_.scrollTop / Math.max(1, this.window_.scrollHeight);
    this.scale = scale;
    sessionStorage.setItem(KEPT, String(scale));
    this.lay();
    this.window_.scrollTop = share * this.window_.scrollHeight;
  }

  turn() {
    const i = this.present();
    this.turned[i] = (this.turned[i] + 90) % 360;
    this.lay();
  }

  /** One is the width of the window; a turned page swaps its sides and keeps the place it takes. */
  lay() {
    const room = this.window_.clientWidth - 24;
    if (room <= 0) return;
    this.pages.forEach((page, i) => {
      const image = page.querySelector("img");
      const ratio = image ? Number(image.getAttribute("height")) / Number(image.getAttribute("width")) || 1.414 : 0;
      const sheet = page.firstElementChild;
      const wide = Math.round(room * this.scale);
      const lying = this.turned[i] % 180 !== 0;
      page.style.width = `${wide}px`;
      if (!ratio) return;
      page.style.height = `${Math.round(lying ? wide / ratio : wide * ratio)}px`;
      sheet.style.position = "absolute";
      sheet.style.width = `${Math.round(lying ? wide / ratio : wide)}px`;
      sheet.style.left = "50%";
      sheet.style.top = "50%";
      sheet.style.transform = `translate(-50%, -50%) rotate(${this.turned[i]}deg)`;
    });
    this.where();
  }

  present() {
    const top = this.window_.getBoundingClientRect().top + this.window_.clientHeight / 3;
    const found = this.pages.findIndex((page) => page.getBoundingClientRect().bottom > top);
    return found < 0 ? this.pages.length - 1 : found;
  }

  go(by) {
    const page = this.pages[Math.min(this.pages.length - 1, Math.max(0, this.present() + by))];
    this.bring(page, 0);
  }

  bring(element, share = 0.3) {
    const box = element.getBoundingClientRect();
    const frame = this.window_.getBoundingClientRect();
    this.window_.scrollBy({ top: box.top - frame.top - frame.height * share - 8, left: box.left - frame.left - frame.width * 0.3 });
  }

  where() {
    const words = this.querySelector("[data-page-where]");
    if (!words || !this.pages.length) return;
    const now = text("pageOf", { n: this.present() + 1, all: this.pages.length });
    if (words.textContent !== now) words.textContent = now;
  }

  /** The next place that is lit; after the last of a letter that was opened from a list, the next letter of the list. */
  hit(by) {
    const beyond = this.at + by < 0 ? this.at >= 0 : this.at + by >= this.hits.length;
    const way = beyond && document.querySelector(by > 0 ? "[data-list-next]" : "[data-list-back]");
    if (way) return way.click();
    if (!this.hits.length) return;
    if (this.at < 0 && by < 0) this.at = 0;
    this.hits[this.at]?.classList.remove("present");
    this.at = (this.at + by + this.hits.length) % this.hits.length;
    this.hits[this.at].classList.add("present");
    this.bring(this.hits[this.at]);
  }

  /** Lights the place that a guess was read from, or puts the light out. */
  light({ page, box }) {
    for (const old of this.querySelectorAll("rect.source")) old.remove();
    const layer = this.querySelector(`.page[data-page="${page}"] .page-boxes`);
    if (!box || !layer) return;
    const [x, y, width, height] = box.split(/[ ,]+/).map(Number);
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    rect.classList.add("source");
    for (const [name, value] of Object.entries({ x, y, width, height })) rect.setAttribute(name, value);
    layer.append(rect);
    const frame = this.window_.getBoundingClientRect();
    const spot = rect.getBoundingClientRect();
    if (spot.top < frame.top || spot.bottom > frame.bottom) this.bring(rect);
  }
}
customElements.define("edms-pages", Pages);
