// One polite line for eyes and screen readers; it goes away by itself.
const SHOWN_MILLISECONDS = 6000;
let timer;

export function announce(text) {
  const place = document.querySelector("[data-announce]");
  if (!place) return;
  place.textContent = text;
  clearTimeout(timer);
  timer = setTimeout(() => {
    place.textContent = "";
  }, SHOWN_MILLISECONDS);
}
