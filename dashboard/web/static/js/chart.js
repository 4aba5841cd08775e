// A metric's chart: values under the pointer, keys from point to point, and a closer look.
// The server draws every stretch of time anew, so that a closer look shows all there is in it;
// which one stands in the URL.
import { announce } from "./announce.js";
import { show } from "./live.js";

const NEAR_PIXELS = 36;
const LEAST_DRAG_PIXELS = 8;
const WHEEL_MILLISECONDS = 160;
const STEP_IN = 0.5;
const LEFT = 1.5; // per cent of the area, as plane.py has it
const RIGHT = 98.5;
let drag = null;
let wheel = null;

export function enhanceCharts(document) {
  const listen = (name, act, options) =>
    document.addEventListener(name, (event) => {
      const chart = event.target.closest?.("[data-chart]");
      if (chart || drag) act(chart ?? drag.chart, event);
    }, options);
  listen("pointermove", onMove);
  listen("pointerdown", onPress);
  listen("pointerup", onRelease);
  listen("pointercancel", (chart) => endDrag(chart));
  listen("pointerout", (chart, event) => {
    if (!chart.contains(event.relatedTarget)) hideTip(chart);
  });
  listen("focusin", (chart, event) => {
    const point = event.target.closest("[data-point]");
    if (point) tell(chart, point);
  });
  listen("focusout", (chart) => hideTip(chart));
  listen("keydown", onKey);
  listen("wheel", onWheel, { passive: false });
  listen("click", onClick);
  listen("dragstart", (chart, event) => event.preventDefault());
  addEventListener("popstate", () => {
    if (document.querySelector("[data-chart]")) go(new URL(location.href), false);
  });
}

const points = (chart) => [...chart.querySelectorAll("[data-point]")];
const box = (chart) => chart.querySelector("svg").getBoundingClientRect();
const share = (point, name) => parseFloat(point.lastElementChild.getAttribute(name));

function nearest(chart, event) {
  const area = box(chart);
  let found = null;
  let least = NEAR_PIXELS;
  for (const point of points(chart)) {
    const x = area.left + (share(point, "x") / 100) * area.width - event.clientX;
    const y = area.top + (share(point, "y") / 100) * area.height - event.clientY;
    const distance = Math.hypot(x, y * 0.5);
    if (distance < least) [found, least] = [point, distance];
  }
  return found;
}

function onMove(chart, event) {
  if (drag) return drawSelection(event);
  const foot = event.target.closest?.(".chart__foot");
  const point = foot ?? nearest(chart, event);
  if (point) tell(chart, point);
  else hideTip(chart);
}

// The title becomes the name, or the browser would show it a second time.
function told(point) {
  const title = point.querySelector("title");
  if (title) {
    point.setAttribute("aria-label", title.textContent);
    title.remove();
  }
  return point.getAttribute("aria-label");
}

function tell(chart, point) {
  hideTip(chart);
  const tip = chart.querySelector("[data-tip]");
  tip.textContent = told(point);
  tip.hidden = false;
  point.classList.add("chart__point--near");
  const outer = chart.getBoundingClientRect();
  const at = point.lastElementChild.getBoundingClientRect();
  const centre = at.left + at.width / 2 - outer.left;
  const left = Math.min(Math.max(centre - tip.offsetWidth / 2, 0), outer.width - tip.offsetWidth);
  const above = at.top - outer.top - tip.offsetHeight - 12;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > -60 ? above : at.bottom - outer.top + 12}px`;
}

function hideTip(chart) {
  chart.querySelector("[data-tip]").hidden = true;
  chart.querySelector(".chart__point--near")?.classList.remove("chart__point--near");
}

function onPress(chart, event) {
  if (event.button !== 0 || event.pointerType === "touch") return;
  drag = { chart, from: event.clientX, to: event.clientX, moved: false };
}

function drawSelection(event) {
  drag.to = event.clientX;
  drag.moved ||= Math.abs(drag.to - drag.from) > LEAST_DRAG_PIXELS;
  if (!drag.moved) return;
  const area = box(drag.chart);
  const ends = [drag.from, drag.to].map((x) => Math.min(Math.max(x, area.left), area.right));
  const selection = drag.chart.querySelector("[data-selection]");
  selection.hidden = false;
  selection.style.left = `${Math.min(...ends) - area.left}px`;
  selection.style.width = `${Math.abs(ends[1] - ends[0])}px`;
  hideTip(drag.chart);
}

function endDrag(chart) {
  chart.querySelector("[data-selection]").hidden = true;
  drag = null;
}

function onRelease(chart) {
  if (!drag) return;
  const { from, to, moved } = drag;
  endDrag(chart);
  if (!moved) return;
  suppressed = true;
  setTimeout(() => (suppressed = false));
  const ends = [from, to].map((x) => moment(chart, x)).sort((a, b) => a - b);
  zoom(ends[0], ends[1]);
}

let suppressed = false; // the click that ends a drag opens nothing

function onClick(chart, event) {
  if (suppressed) return event.preventDefault();
  if (event.target.closest("a") || event.button !== 0) return;
  nearest(chart, event)?.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true }));
}

// The moment at a place of the screen; by run, between those of the points around it.
function moment(chart, clientX) {
  const area = box(chart);
  const place = ((clientX - area.left) / area.width) * 100;
  if (!("byRun" in chart.dataset)) {
    const since = Number(chart.dataset.since);
    const until = Number(chart.dataset.until);
    const inside = Math.min(Math.max((place - LEFT) / (RIGHT - LEFT), 0), 1);
    return since + inside * (until - since);
  }
  const all = points(chart).map((point) => [share(point, "x"), Number(point.dataset.at)]);
  all.sort((a, b) => a[0] - b[0]);
  const after = all.findIndex(([x]) => x >= place);
  if (after <= 0) return after < 0 ? all.at(-1)[1] + 1 : all[0][1];
  const [before, next] = [all[after - 1], all[after]];
  const inside = (place - before[0]) / (next[0] - before[0] || 1);
  return before[1] + inside * (next[1] - before[1]);
}

function zoom(since, until) {
  if (!(until - since >= 1)) return;
  const address = new URL(location.href);
  for (const name of ["range", "page"]) address.searchParams.delete(name);
  address.searchParams.set("from", iso(Math.floor(since)));
  address.searchParams.set("to", iso(Math.ceil(until)));
  go(address);
}

const iso = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 19);

function reset() {
  const address = new URL(location.href);
  for (const name of ["from", "to", "page"]) address.searchParams.delete(name);
  address.searchParams.set("range", "all");
  go(address);
}

async function go(address, isNew = true) {
  const had = document.activeElement?.closest?.("[data-chart]");
  if (isNew) history.pushState(null, "", address);
  await show(address.pathname + address.search);
  const chart = document.querySelector("[data-chart]");
  if (had && chart) chart.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
  const total = chart ? `${points(chart).length} points` : "nothing was measured then";
  announce(`The chart shows another stretch: ${total}`);
}

function zoomAround(chart, centre, factor) {
  const area = box(chart);
  const [since, until] = [area.left, area.right].map((x) => moment(chart, x));
  zoom(centre - (centre - since) * factor, centre + (until - centre) * factor);
}

function onWheel(chart, event) {
  const isWanted = event.ctrlKey || event.metaKey || chart.contains(document.activeElement);
  if (!isWanted || !event.deltaY) return;
  event.preventDefault();
  if (wheel) return;
  const centre = moment(chart, event.clientX);
  wheel = setTimeout(() => (wheel = null), WHEEL_MILLISECONDS);
  zoomAround(chart, centre, event.deltaY < 0 ? STEP_IN : 1 / STEP_IN);
}

function onKey(chart, event) {
  const point = event.target.closest?.("[data-point]");
  if (!point || event.ctrlKey || event.altKey || event.metaKey) return;
  const act = ACTS[event.key];
  if (!act) return;
  event.preventDefault();
  act(chart, point);
}

const ACTS = {
  ArrowRight: (chart, point) => step(chart, point, 1),
  ArrowLeft: (chart, point) => step(chart, point, -1),
  PageDown: (chart, point) => step(chart, point, 10),
  PageUp: (chart, point) => step(chart, point, -10),
  Home: (chart, point) => step(chart, point, -Infinity),
  End: (chart, point) => step(chart, point, Infinity),
  ArrowDown: (chart, point) => across(chart, point, 1),
  ArrowUp: (chart, point) => across(chart, point, -1),
  "+": (chart, point) => zoomAround(chart, Number(point.dataset.at), STEP_IN),
  "-": (chart, point) => zoomAround(chart, Number(point.dataset.at), 1 / STEP_IN),
  0: () => reset(),
  Escape: (chart) => hideTip(chart),
};

const seriesOf = (point) => [...point.classList].find((name) => name.startsWith("series-"));

function step(chart, point, by) {
  const own = points(chart).filter((one) => seriesOf(one) === seriesOf(point));
  own.sort((a, b) => share(a, "x") - share(b, "x"));
  take(chart, own[Math.min(Math.max(own.indexOf(point) + by, 0), own.length - 1)]);
}

// To the point of the next series that is nearest in time.
function across(chart, point, by) {
  const all = points(chart);
  const names = [...new Set(all.map(seriesOf))];
  const wanted = names[names.indexOf(seriesOf(point)) + by];
  const others = all.filter((one) => seriesOf(one) === wanted);
  const away = (one) => Math.abs(share(one, "x") - share(point, "x"));
  others.sort((a, b) => away(a) - away(b));
  if (others.length) take(chart, others[0]);
}

function take(chart, point) {
  for (const other of chart.querySelectorAll('[tabindex="0"]')) other.setAttribute("tabindex", "-1");
  point.setAttribute("tabindex", "0");
  point.focus({ preventScroll: true });
}
