// Ages count on between two looks at the server, in the words of dashboard/web/words.py.
const EVERY_MILLISECONDS = 20000;
const STEPS = [
  [365 * 86400, "y"],
  [7 * 86400, "w"],
  [86400, "d"],
  [3600, "h"],
  [60, "min"],
];

export function keepAgesFresh(document) {
  const skew = serverSkew();
  setInterval(() => {
    for (const time of document.querySelectorAll("time[data-age]")) refresh(time, Date.now() - skew);
  }, EVERY_MILLISECONDS);
}

// The clock that counts is the server's; the reader's may be wrong.
function serverSkew() {
  const [entry] = performance.getEntriesByType("navigation");
  const served = Date.parse(document.lastModified);
  return entry && Number.isFinite(served) && Math.abs(Date.now() - served) > 60000
    ? Date.now() - served
    : 0;
}

function refresh(time, now) {
  const seconds = (now - Date.parse(time.dateTime)) / 1000;
  const step = STEPS.find(([size]) => seconds >= size);
  const text = step ? `${Math.floor(seconds / step[0])} ${step[1]}` : "now";
  const suffix = time.dataset.age === "short" || text === "now" ? "" : " ago";
  if (time.textContent !== text + suffix) time.textContent = text + suffix;
}
