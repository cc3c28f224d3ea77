// A form that is never lost: kept on the server within five seconds of the last key, and in this tab until it is.
//   <form><edms-autosave data-address="/kept/reply-17"></edms-autosave>… ; data-address may be absent (tab only).
import { send, text } from "./page.js";

const PAUSE = 2000;

class Autosave extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    if (!this.form || this.wired) return;
    this.wired = true;
    this.place = `edms.kept:${location.pathname}:${this.form.id}`;
    this.setAttribute("role", "status");
    this.classList.add("kept");
    this.bringBack();
    this.form.addEventListener("input", () => this.touched());
    this.form.addEventListener("change", () => this.touched());
    // The tab lets go only when the server's answer came: a page without errors replaces this one.
    this.form.addEventListener("submit", () => sessionStorage.setItem(`${this.place}:sent`, "1"));
    addEventListener("pagehide", () => this.keepHere());
  }

  fields() {
    const kept = [];
    for (const [name, value] of new FormData(this.form)) {
      if (typeof value === "string" && name !== "csrf_token" && !this.secret(name)) kept.push([name, value]);
    }
    return kept;
  }

  secret(name) {
    return this.form.querySelector(`[name="${CSS.escape(name)}"]`)?.type === "password";
  }

  touched() {
    this.dirty = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), PAUSE);
  }

  keepHere() {
    if (this.dirty && !sessionStorage.getItem(`${this.place}:sent`)) {
      sessionStorage.setItem(this.place, JSON.stringify(this.fields()));
    }
  }

  async keep() {
    this.keepHere();
    if (!this.dataset.address) return;
    try {
      const answer = await send(this.dataset.address, new URLSearchParams(this.fields()));
      if (!answer.ok) throw new Error(String(answer.status));
      const now = new Date();
      const time = [now.getHours(), now.getMinutes()].map((n) => String(n).padStart(2, "0")).join(":");
      this.classList.remove("failed");
      this.textContent = text("keptAt", { time });
    } catch {
      this.classList.add("failed");
      this.textContent = text("keptHere");
      this.timer = setTimeout(() => this.keep(), PAUSE * 5);
    }
  }

  bringBack() {
    const sent = sessionStorage.getItem(`${this.place}:sent`);
    const kept = sessionStorage.getItem(this.place);
    sessionStorage.removeItem(`${this.place}:sent`);
    if (!kept || sent) {
      sessionStorage.removeItem(this.place);
      return;
    }
    let restored = false;
    for (const [name, value] of JSON.parse(kept)) {
      const field = this.form.elements.namedItem(name);
      const plain = field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && field.type !== "hidden");
      if (plain && !["checkbox", "radio", "file"].includes(field.type) && !field.value && value) {
        field.value = value;
        restored = true;
      }
    }
    if (restored) this.textContent = text("broughtBack");
  }
}
customElements.define("edms-autosave", Autosave);
