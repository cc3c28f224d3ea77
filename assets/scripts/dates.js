// A date typed as clerks type it: "5", "5.11", "-3", "t". The server reads the same; here it is only shown at once.
import { typing } from "./page.js";

function civil(year, month, day) {
  const date = new Date(year, month - 1, day);
  return date.getMonth() === month - 1 && date.getDate() === day ? date : null;
}

/** The same rules as edms.words.read_date. */
export function readDate(typed, today = new Date()) {
  const words = typed.trim().toLowerCase();
  const moved = (days) => new Date(today.getFullYear(), today.getMonth(), today.getDate() + days);
  if (["t", "today", "დ", "ტ", "თ", "დღეს", "ա", "տ", "այսօր", "с", "е", "сегодня"].includes(words)) return moved(0);
  if (/^[+-]\d{1,4}$/.test(words)) return moved(Number(words));
  let found = words.match(/^(\d{4})-(\d{2})-(\d{2})$/);
  if (found) return civil(+found[1], +found[2], +found[3]);
  found = words.match(/^(\d{2})(\d{2})(\d{4})$/);
  if (found) return civil(+found[3], +found[2], +found[1]);
  found = words.match(/^(\d{1,2})(?:[.\-/ ]+(\d{1,2})(?:[.\-/ ]+(\d{4}|\d{2}))?)?\.?$/);
  if (!found) return null;
  const century = Math.floor(today.getFullYear() / 100) * 100;
  const year = found[3] ? Number(found[3]) + (found[3].length === 2 ? century : 0) : today.getFullYear();
  return civil(year, Number(found[2] ?? today.getMonth() + 1), Number(found[1]));
}

export function shownDate(date) {
  const two = (n) => String(n).padStart(2, "0");
  return `${two(date.getDate())}.${two(date.getMonth() + 1)}.${date.getFullYear()}`;
}

class DateField extends HTMLElement {
  connectedCallback() {
    const field = this.querySelector("input.input");
    const picker = this.querySelector("input.picker");
    const button = this.querySelector("button");
    if (!typing(field) || this.wired) return;
    this.wired = true;
    const today = this.dataset.today ? new Date(`${this.dataset.today}T12:00:00`) : new Date();
    field.addEventListener("change", () => {
      const date = field.value.trim() ? readDate(field.value, today) : null;
      if (date) field.value = shownDate(date);
    });
    if (!button || !picker?.showPicker) return;
    button.hidden = false;
    button.addEventListener("click", () => {
      const date = readDate(field.value, today) ?? today;
      picker.value = shownDate(date).split(".").reverse().join("-");
      picker.showPicker();
    });
    picker.addEventListener("change", () => {
      if (!picker.value) return;
      field.value = picker.value.split("-").reverse().join(".");
      field.dispatchEvent(new Event("change", { bubbles: true }));
      field.focus();
    });
  }
}
customElements.define("edms-date", DateField);
