// A field that finds people, senders and case indexes on the server as one types (ARIA 1.2 combobox with a listbox).
// Without script it is the plain field or list that the server wrote inside.
//   <edms-combobox data-src="/people/options" data-name="executor" [data-multiple] [data-free]>
// The server answers with <li role="option" data-value data-text> rows and nothing else.
import { text } from "./page.js";

const PAUSE = 160;
let last = 0;

class Combobox extends HTMLElement {
  connectedCallback() {
    if (this.input) return;
    this.classList.add("live");
    this.serial = ++last;
    this.input = this.querySelector("input.input");
    this.native = this.querySelector("select");
    if (this.native && !this.input) this.takeOver(this.native);
    if (!this.input) return;
    this.build();
    this.wire();
  }

  takeOver(select) {
    this.input = document.createElement("input");
    this.input.className = "input";
    this.input.type = "text";
    this.input.id = select.id;
    for (const name of ["aria-describedby", "aria-invalid", "required", "data-key"]) {
      if (select.hasAttribute(name)) this.input.setAttribute(name, select.getAttribute(name));
    }
    this.choices = [...select.options].filter((o) => o.value).map((o) => ({ value: o.value, words: o.text, chosen: o.selected }));
    this.dataset.name ||= select.name;
    if (select.multiple) this.dataset.multiple = "";
    select.replaceWith(this.input);
    const chosen = this.choices.filter((c) => c.chosen);
    if (this.multiple) this.pending = chosen;
    else if (chosen[0]) {
      this.input.value = chosen[0].words;
      this.setValue(chosen[0].value);
    }
  }

  get multiple() {
    return "multiple" in this.dataset;
  }

  get free() {
    return "free" in this.dataset;
  }

  /** The field of a search: words may be offered, and one that is taken is asked for at once. */
  get asks() {
    return "asks" in this.dataset;
  }

  build() {
    const id = `${this.input.id || "combobox"}-list-${this.serial}`;
    this.list = document.createElement("ul");
    this.list.className = "options";
    this.list.id = id;
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", this.label());
    this.list.hidden = true;
    this.note = document.createElement("div");
    this.note.className = "visually-hidden";
    this.note.setAttribute("role", "status");
    Object.assign(this.input, { autocomplete: "off", spellcheck: false });
    this.input.setAttribute("role", "combobox");
    this.input.setAttribute("aria-autocomplete", "list");
    this.input.setAttribute("aria-expanded", "false");
    this.input.setAttribute("aria-controls", id);
    if (this.multiple) {
      this.chosen = this.querySelector(".words") ?? document.createElement("div");
      this.chosen.className = "words";
      this.prepend(this.chosen);
      this.input.removeAttribute("name");
      for (const choice of this.pending ?? []) this.add(choice.value, choice.words);
    } else {
      this.hidden_ = this.querySelector('input[type="hidden"]');
    }
    this.append(this.list, this.note);
  }

  label() {
    return this.input.labels?.[0]?.textContent.trim() || this.input.getAttribute("aria-label") || text("choose");
  }

  wire() {
    this.input.addEventListener("input", () => {
      if (!this.multiple && !this.free) this.setValue("");
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.look(), PAUSE);
    });
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 120));
    this.input.addEventListener("click", () => this.list.hidden && this.look());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest('[role="option"]');
      if (option) this.choose(option);
    });
    this.chosen?.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      button.closest(".word-chip").remove();
      this.tell();
      this.input.focus();
    });
  }

  key(event) {
    if (event.isComposing) return;
    const open = !this.list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) this.look();
      else this.step(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && open && this.present && !event.ctrlKey) {
      event.preventDefault();
      this.choose(this.present);
    } else if (event.key === "Tab" && open && this.present && this.walked) {
      this.choose(this.present);
    } else if (event.key === "Escape" && (open || this.input.value)) {
      event.preventDefault();
      event.stopPropagation();
      if (open) this.close();
      else this.clear();
    } else if (event.key === "Backspace" && this.multiple && this.input.value === "") {
      this.chosen.lastElementChild?.remove();
      this.tell();
    }
  }

  async look() {
    const query = this.input.value.trim();
    const asked = (this.asked = Symbol(query));
    if (!this.dataset.src) return this.show(this.local(query));
    const address = new URL(this.dataset.src, location.href);
    address.searchParams.set("q", query);
    try {
      const answer = await fetch(address, { credentials: "same-origin", headers: { Accept: "text/html", "HX-Request": "true" } });
      if (this.asked !== asked) return;
      if (!answer.ok) throw new Error(String(answer.status));
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      this.show([...holder.content.querySelectorAll('[role="option"]')]);
    } catch {
      if (this.asked === asked) this.show([], text("lineCut"));
    }
  }

  local(query) {
    const wanted = query.toLocaleLowerCase();
    return this.choices
      .filter((choice) => choice.words.toLocaleLowerCase().includes(wanted))
      .slice(0, 30)
      .map((choice) => {
        const option = document.createElement("li");
        option.className = "option";
        option.setAttribute("role", "option");
        option.dataset.value = choice.value;
        option.textContent = choice.words;
        return option;
      });
  }

  show(options, fault = "") {
    if (document.activeElement !== this.input) return;
    const taken = new Set(this.values());
    const rows = options.filter((option) => !taken.has(option.dataset.value) || !this.multiple);
    rows.forEach((option, i) => {
      option.id = `${this.list.id}-${i}`;
      option.setAttribute("aria-selected", "false");
    });
    this.list.replaceChildren(...rows);
    if (this.asks && !rows.length) return this.close();
    const words = fault || (rows.length ? text("found", { n: rows.length }) : text("nothingFound"));
    this.note.textContent = words;
    if (!rows.length) {
      const line = document.createElement("li");
      line.className = "options-note";
      line.setAttribute("role", "presentation");
      line.textContent = words;
      this.list.append(line);
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.present = null;
    this.walked = false;
    // With two letters the first answer stands ready for Enter.
    // A search asks for what is typed; a word is offered there and never put into its place.
    if (rows.length && this.input.value.trim().length >= 2 && !this.asks) this.point(rows[0]);
    else this.input.removeAttribute("aria-activedescendant");
  }

  step(by) {
    const rows = [...this.list.querySelectorAll('[role="option"]')];
    if (!rows.length) return;
    const at = rows.indexOf(this.present);
    this.walked = true;
    this.point(rows[(at + by + rows.length + (at < 0 && by < 0 ? 1 : 0)) % rows.length]);
  }

  point(option) {
    this.present?.setAttribute("aria-selected", "false");
    this.present = option;
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  choose(option) {
    if (option.dataset.href) return location.assign(option.dataset.href);
    const words = option.dataset.text || option.textContent.trim();
    if (this.multiple) {
      this.add(option.dataset.value, words);
      this.input.value = "";
    } else {
      this.input.value = words;
      if (!this.asks) this.setValue(option.dataset.value);
    }
    this.close();
    this.tell();
    if (this.asks) this.input.form.requestSubmit();
  }

  add(value, words) {
    if (this.values().includes(value)) return;
    const chip = document.createElement("span");
    chip.className = "word-chip";
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: this.dataset.name, value });
    const away = document.createElement("button");
    away.type = "button";
    away.setAttribute("aria-label", text("takeAway", { name: words }));
    away.textContent = "×";
    chip.append(field, words, away);
    this.chosen.append(chip);
  }

  values() {
    const fields = this.multiple ? this.chosen.querySelectorAll('input[type="hidden"]') : [];
    return [...fields].map((field) => field.value);
  }

  setValue(value) {
    this.hidden_ ??= this.querySelector('input[type="hidden"]');
    if (!this.hidden_) {
      this.hidden_ = document.createElement("input");
      Object.assign(this.hidden_, { type: "hidden", name: this.dataset.name });
      this.append(this.hidden_);
    }
    this.hidden_.value = value;
  }

  clear() {
    this.input.value = "";
    if (!this.multiple && !this.asks) this.setValue("");
    this.tell();
  }

  close() {
    this.asked = null;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  tell() {
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }
}
customElements.define("edms-combobox", Combobox);
