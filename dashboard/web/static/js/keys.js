// Single keys, silent while somebody types; `?` shows them all.
import { nextToLookAt } from "./grid.js";
import { togglePause } from "./live.js";

export function listenForKeys(document) {
  const hint = document.querySelector("[data-keys]");
  if (hint) hint.hidden = false;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || isTyping(event.target)) return;
    const act = ACTS[event.key];
    if (act && act(document) !== false) event.preventDefault();
  });
}

const isTyping = (element) =>
  element.closest?.("input:not([type=checkbox]), textarea, select, [contenteditable], dialog[open]");

const ACTS = {
  "?": (page) => page.querySelector("[data-keys-dialog]")?.showModal(),
  n: (page) => nextToLookAt(page)?.focus() ?? undefined,
  l: (page) => openLog(page),
  j: (page) => step(page, 1),
  k: (page) => step(page, -1),
  g: (page) => follow(page.querySelector(".masthead__places a")),
  "/": (page) => page.querySelector("[data-search]")?.focus(),
  p: () => togglePause(),
};

function openLog(page) {
  const item = page.activeElement?.closest?.("[data-item]");
  return follow(item?.querySelector("[data-log]") ?? page.querySelector("[data-log]"));
}

function follow(link) {
  if (!link) return false;
  link.click();
  return true;
}

function step(page, by) {
  const items = [...page.querySelectorAll("[data-item]")];
  if (!items.length) return false;
  const at = items.indexOf(page.activeElement?.closest?.("[data-item]"));
  const next = items[Math.min(Math.max(at + by, 0), items.length - 1)];
  const goal = next.querySelector("[data-open]") ?? next;
  if (goal === next) next.tabIndex = -1;
  goal.focus();
  next.scrollIntoView({ block: "nearest" });
  return true;
}
