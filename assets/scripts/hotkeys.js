// Keys by their place on the keyboard (event.code), so that they hold in every layout.
// An element says which: data-key="Ctrl+Enter", "Alt+KeyP", "Slash", "KeyG KeyD" (one after the other).
// A field gets the focus, anything else is pressed. Single keys rest while somebody types, and can be switched off.
import { typing } from "./page.js";

const SINGLE = "edms.single-keys";
const PAUSE = 1200;
let begun = "";
let begunAt = 0;

export function named(event) {
  const parts = [];
  if (event.ctrlKey || event.metaKey) parts.push("Ctrl");
  if (event.altKey) parts.push("Alt");
  if (event.shiftKey) parts.push("Shift");
  parts.push(event.code.replace(/^Numpad(Enter)$/, "$1"));
  return parts.join("+");
}

export function shown(key) {
  return key
    .replace(/Key|Digit/g, "")
    .replace("Slash", "/")
    .replace("Escape", "Esc")
    .replace("BracketLeft", "[")
    .replace("BracketRight", "]")
    .replace("Equal", "+")
    .replace(/\+Minus|^Minus/, (m) => m.replace("Minus", "−"))
    .replace("ArrowUp", "↑")
    .replace("ArrowDown", "↓")
    .replace("PageUp", "PgUp")
    .replace("PageDown", "PgDn");
}

export function singleKeysAllowed() {
  return localStorage.getItem(SINGLE) !== "off";
}

function scope() {
  return document.querySelector("dialog[open]") ?? document;
}

function visible(element) {
  return !element.disabled && element.getAttribute("aria-disabled") !== "true" && element.getClientRects().length > 0;
}

function press(element) {
  if (element.matches("input:not([type=checkbox], [type=radio]), textarea, select")) {
    element.focus();
    element.select?.();
  } else if (element.matches("[data-key-submits]")) {
    element.form?.requestSubmit(element);
  } else {
    element.click();
  }
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat || event.getModifierState("AltGraph")) return;
  const key = named(event);
  const single = !event.ctrlKey && !event.metaKey && !event.altKey && !/^F\d+$/.test(event.code);
  if (single && (typing(event.target) || !singleKeysAllowed())) return;
  if (single && (event.key === "?" || key === "Shift+Slash")) {
    event.preventDefault();
    showKeys();
    return;
  }
  const sequence = begun && event.timeStamp - begunAt < PAUSE ? `${begun} ${key}` : "";
  const wanted = [...scope().querySelectorAll("[data-key]")];
  const hit =
    (sequence && wanted.find((e) => e.dataset.key === sequence && visible(e))) ||
    wanted.find((e) => e.dataset.key === key && visible(e));
  begun = "";
  if (hit) {
    event.preventDefault();
    press(hit);
  } else if (single && wanted.some((e) => e.dataset.key.startsWith(key + " "))) {
    begun = key;
    begunAt = event.timeStamp;
  }
});

/** The overlay: every key of this screen, gathered from the screen itself. */
function showKeys() {
  const dialog = document.getElementById("keys");
  if (!dialog || dialog.open) return;
  const list = dialog.querySelector(".keys-list");
  const seen = new Set();
  list.replaceChildren();
  for (const element of document.querySelectorAll("[data-key], [data-keys]")) {
    const pairs = element.dataset.keys ? JSON.parse(element.dataset.keys) : [[element.dataset.key, says(element)]];
    for (const [key, words] of pairs) {
      if (seen.has(key) || !words) continue;
      seen.add(key);
      list.append(row(key, words));
    }
  }
  const allowed = dialog.querySelector("[data-single-keys]");
  if (allowed) {
    allowed.checked = singleKeysAllowed();
    allowed.onchange = () => localStorage.setItem(SINGLE, allowed.checked ? "on" : "off");
  }
  dialog.showModal();
}

function says(element) {
  const label = element.labels?.[0]?.textContent;
  const own = element.querySelector(".word")?.textContent ?? element.textContent;
  return (element.dataset.keySays || element.getAttribute("aria-label") || label || own || "").replace(/\s+/g, " ").trim();
}

function row(key, words) {
  const line = document.createElement("div");
  const term = document.createElement("dt");
  const keys = document.createElement("dd");
  term.textContent = words;
  for (const part of key.split(" ")) {
    const cap = document.createElement("kbd");
    cap.textContent = shown(part);
    keys.append(cap, " ");
  }
  line.append(term, keys);
  return line;
}
document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-show-keys]")) showKeys();
});
