// A form that is never lost: kept on the server within five seconds of the last key, and in this tab until it is.
//   <form><edms-autosave data-address="/kept/reply-17"></edms-autosave>… ; data-address may be absent (tab only).
import { send, text } from "./page.js";

const PAUSE = 2000;
const SENT = ":sent";

// The tab lets go of what was sent when a page answers it. A sign-in page or an error has taken nothing, and says so;
// neither has a page that one comes back to by the browser's own key: an answer would have stood between.
const refusing = document.querySelector("[data-took-nothing]");
const back = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
const marks = Object.keys(sessionStorage).filter((key) => key.startsWith("edms.kept:") && key.endsWith(SENT));
for (const mark of marks) {
  if (!refusing && !back) sessionStorage.removeItem(mark.slice(0, -SENT.length));
  sessionStorage.removeItem(mark);
}
if (refusing && marks.length) {
  const note = document.createElement("p");
  note.className = "note near";
  note.textContent = text("notSent");
  refusing.prepend(note);
}

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
    this.form.addEventListener("submit", () => {
      sessionStorage.setItem(this.place, JSON.stringify(this.fields()));
      sessionStorage.setItem(this.place + SENT, "1");
    });
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
    sessionStorage.removeItem(this.place + SENT);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.keep(), PAUSE);
  }

  keepHere() {
    if (this.dirty && !sessionStorage.getItem(this.place + SENT)) {
      sessionStorage.setItem(this.place, JSON.stringify(this.fields()));
    }
  }

  async keep() {
    this.keepHere();
    if (!this.dataset.address) return;
    this.dirty = false;
    try {
      const answer = await send(this.dataset.address, new URLSearchParams(this.fields()));
      // Anything else is no keeping, whatever its status: an ended session is answered by the page to sign in.
      if (answer.status !== 204) throw new Error(String(answer.status));
      if (!this.dirty && !sessionStorage.getItem(this.place + SENT)) sessionStorage.removeItem(this.place);
      const now = new Date();
      const time = [now.getHours(), now.getMinutes()].map((n) => String(n).padStart(2, "0")).join(":");
      this.classList.remove("failed");
      this.textContent = text("keptAt", { time });
    } catch {
      this.dirty = true;
      this.classList.add("failed");
      this.textContent = text("keptHere");
      this.timer = setTimeout(() => this.keep(), PAUSE * 5);
    }
  }

  // What the tab still has is newer than what the server knows of this version. A list that looks its words up has an id
  // beside them, which the tab does not keep: its words come back only where nothing is chosen.
  bringBack() {
    const kept = JSON.parse(sessionStorage.getItem(this.place) ?? "[]");
    const version = this.form.elements.namedItem("version")?.value;
    const same = version === kept.find(([name]) => name === "version")?.[1];
    let restored = false;
    for (const [name, value] of kept) {
      const field = this.form.elements.namedItem(name);
      const plain = field instanceof HTMLTextAreaElement || (field instanceof HTMLInputElement && field.type !== "hidden");
      if (!plain || ["checkbox", "radio", "file"].includes(field.type) || !value || field.value === value) continue;
      if (field.value && (!same || field.closest("edms-combobox"))) continue;
      field.value = value;
      restored = true;
    }
    if (restored) this.textContent = text("broughtBack");
  }
}
customElements.define("edms-autosave", Autosave);
