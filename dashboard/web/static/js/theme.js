// The theme is a cookie, so that the server draws the first paint right; here it changes in place.
const YEAR_SECONDS = 365 * 86400;

export function rememberThemes(document) {
  const form = document.querySelector(".themes");
  form?.addEventListener("submit", (event) => {
    const choice = event.submitter?.value;
    if (!choice) return;
    event.preventDefault();
    document.cookie = `coevo-theme=${choice}; path=/; max-age=${YEAR_SECONDS}; samesite=lax`;
    document.documentElement.dataset.theme = choice;
    const scheme = document.querySelector('meta[name="color-scheme"]');
    scheme.content = choice === "auto" ? "light dark" : choice;
    for (const button of form.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(button.value === choice));
    }
  });
}
