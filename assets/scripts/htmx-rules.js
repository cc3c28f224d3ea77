// htmx under a strict policy: it writes no style, keeps no pages, and each change carries the token.
import htmx from "htmx.org";
import { announce, say, text, token } from "./page.js";

htmx.config.includeIndicatorCSS = false;
htmx.config.history = true;

document.addEventListener("htmx:config:request", (event) => {
  const request = event.detail.ctx.request;
  if (!/^(GET|HEAD)$/i.test(request.method)) request.headers["X-CSRFToken"] = token();
});

document.addEventListener("htmx:error", () => say(text("lineCut"), 8));

// After a swap the summary of errors, or whatever asks for it, takes the focus.
document.addEventListener("htmx:after:swap", () => focusFirst(document));
document.addEventListener("DOMContentLoaded", () => focusFirst(document));

function focusFirst(root) {
  for (const element of root.querySelectorAll("[data-announce]")) {
    announce(element.dataset.announce);
    element.removeAttribute("data-announce");
  }
  for (const link of root.querySelectorAll(".summary-of-errors a:not([data-named])")) name(link);
  root.querySelector("[data-takes-focus]:not([data-took-focus])")?.focus({ preventScroll: false });
  for (const element of root.querySelectorAll("[data-takes-focus]")) element.dataset.tookFocus = "";
}

/** "Fill in this field" says which, where the server's sentence does not name it already. */
function name(link) {
  const field = document.getElementById(link.hash.slice(1));
  const label = field?.labels?.[0]?.firstChild?.textContent.trim();
  if (label && !link.textContent.includes(label)) link.prepend(`${label}: `);
  link.dataset.named = "";
}
