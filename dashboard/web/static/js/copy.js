// Buttons that copy a command; hidden where the browser offers no clipboard.
import { announce } from "./announce.js";

export function offerCopies(root) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll("[data-copy]")) button.hidden = false;
  if (root !== document) return;
  root.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      announce("Copied");
    } catch {
      announce("The browser did not let me copy");
    }
  });
}
