// What the parts share: the page's texts, the form token, sayings at the foot.

/** A text of the page in the reader's language: the shell writes them all as data on #texts. */
export function text(name, values = {}) {
  const words = document.getElementById("texts")?.dataset[name] ?? name;
  return words.replace(/\{(\w+)\}/g, (all, key) => values[key] ?? all);
}

/** The token that every change must carry. */
export function token() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

/** Says one sentence to eyes and to screen readers; it leaves by itself. */
export function say(sentence, seconds = 4) {
  const place = document.getElementById("sayings");
  if (!place) return;
  const line = document.createElement("div");
  line.className = "saying";
  const words = document.createElement("span");
  words.className = "grow";
  words.textContent = sentence;
  line.append(words);
  place.append(line);
  setTimeout(() => line.remove(), seconds * 1000);
}

/** Reads a sentence out to screen readers only: a region that changes is read, one that stood there is not. */
export function announce(sentence) {
  const place = document.getElementById("announced");
  if (place) setTimeout(() => (place.textContent = sentence), 300);
}

/** Sends a form's fields without leaving the page. */
export function send(address, body, headers = {}) {
  return fetch(address, {
    method: "POST",
    body,
    credentials: "same-origin",
    headers: { "X-CSRFToken": token(), ...headers },
  });
}

export function typing(element) {
  return (
    element instanceof HTMLTextAreaElement ||
    element instanceof HTMLSelectElement ||
    (element instanceof HTMLInputElement && !["checkbox", "radio", "button", "submit", "range", "file"].includes(element.type)) ||
    Boolean(element?.isContentEditable)
  );
}
