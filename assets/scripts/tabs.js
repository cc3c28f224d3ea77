// A row of tabs that slides on a telephone begins with the page one is on in sight, not with its first tab.
function inSight() {
  for (const tab of document.querySelectorAll(".tabs > [aria-current]")) {
    const row = tab.parentElement;
    const [seen, own] = [row.getBoundingClientRect(), tab.getBoundingClientRect()];
    row.scrollLeft += own.left - seen.left - Math.max(0, (seen.width - own.width) / 2);
  }
}
inSight();
document.fonts.ready.then(inSight); // words are of another length in the page's own letters
