// A link with data-dialog="id" opens that dialog instead of its page; menus close on Esc and on a press elsewhere.
document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-dialog]");
  const dialog = opener && document.getElementById(opener.dataset.dialog);
  if (dialog?.showModal) {
    event.preventDefault();
    dialog.showModal();
  }
  if (event.target.closest?.("[data-close]")) {
    const open = event.target.closest("dialog");
    if (open) {
      event.preventDefault();
      open.close();
    } else {
      event.target.closest("[data-closes]")?.remove();
    }
  }
  if (event.target.matches?.("dialog[open]")) event.target.close();
  for (const menu of document.querySelectorAll("details.menu[open], details.rail-more[open]")) {
    const kept = menu.contains(event.target) || menu.nextElementSibling?.contains(event.target);
    if (!kept) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open], details.rail-more[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary")?.focus();
});
