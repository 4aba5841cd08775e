// The page follows the event stream: it fetches its live part anew and says once what changed.
import { announce } from "./announce.js";
import { offerCopies } from "./copy.js";
import { take, upgradeGrid } from "./grid.js";

const GATHER_MILLISECONDS = 400;
const BANNER_MILLISECONDS = 2000;
const KINDS = ["cell", "job", "run", "runner", "progress", "server"];
let paused = false;
let pending = null;
let button = null;
let refreshNow = () => {};

export function goLive(document) {
  const { feed, fragment } = document.body.dataset;
  const part = document.querySelector("[data-live-part]");
  if (!feed || !fragment || !part) return;
  const bar = document.querySelector("[data-live]");
  bar.hidden = false;
  button = bar.querySelector("[data-pause]");
  button.addEventListener("click", togglePause);
  refreshNow = () => refresh(part, document.body.dataset.fragment);
  const source = new EventSource(feed);
  for (const kind of KINDS) source.addEventListener(kind, () => gather());
  const state = bar.querySelector("[data-live-state]");
  source.addEventListener("open", () => {
    state.textContent = paused ? "Paused" : "Live";
  });
  source.addEventListener("error", () => {
    state.textContent = "Reconnecting";
  });
  addEventListener("pagehide", () => source.close());
  watchBanner(part);
}

// What the server is doing makes no events: while it is busy, the whole page is asked for.
function watchBanner(part) {
  setTimeout(async () => {
    if (document.querySelector(".banner") && !paused) await refresh(part, location.href);
    watchBanner(part);
  }, BANNER_MILLISECONDS);
}

export function togglePause() {
  if (!button) return false;
  paused = !paused;
  button.setAttribute("aria-pressed", String(paused));
  button.textContent = paused ? "Go on" : "Pause";
  document.querySelector("[data-live-state]").textContent = paused ? "Paused" : "Live";
  announce(paused ? "Live updates are paused" : "Live updates go on");
  if (!paused) gather();
  return true;
}

function gather() {
  if (paused || pending) return;
  pending = setTimeout(async () => {
    await refreshNow();
    pending = null;
  }, GATHER_MILLISECONDS);
}

// Another address of the same page, which is followed from now on; what was typed does not stay.
export async function show(address) {
  const answer = await fetch(address).catch(() => null);
  const part = document.querySelector("[data-live-part]");
  if (!answer?.ok || !part) return location.assign(address);
  document.body.dataset.fragment = address;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[data-live-part]");
  part.replaceChildren(...document.adoptNode(fresh).childNodes);
}

async function refresh(part, address) {
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok || paused) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (address !== document.body.dataset.fragment && address !== location.href) return;
  const fresh = page.querySelector("[data-live-part]") ?? page.body;
  const before = faces(part);
  const kept = remembered(part);
  replaceBanner(page);
  part.replaceChildren(...document.adoptNode(fresh).childNodes);
  upgradeGrid(part);
  offerCopies(part);
  const changed = faces(part).filter(([href, name]) => (stateOf(before, href) ?? name) !== name);
  for (const [, , face] of changed) face.classList.add("face--changed");
  restore(part, kept);
  if (changed.length) announce(told(changed));
}

const faces = (part) =>
  [...part.querySelectorAll("a.face")].map((face) => [
    face.getAttribute("href"),
    [...face.classList].filter((name) => name !== "face--changed").join(" "),
    face,
  ]);

const stateOf = (list, href) => list.find(([other]) => other === href)?.[1];

function told(changed) {
  const first = changed[0][2].getAttribute("aria-label");
  return changed.length > 1 ? `${first}; and ${changed.length - 1} more cells changed` : first;
}

function replaceBanner(page) {
  const here = document.querySelector(".banner");
  const there = page.querySelector(".banner");
  if (page.querySelector("main") === null) return;
  if (here && there) here.replaceWith(document.adoptNode(there));
  else if (here) here.remove();
  else if (there) document.querySelector("main").before(document.adoptNode(there));
}

// What a reader was doing survives: focus, what was typed and ticked, what was opened.
function remembered(part) {
  const active = part.contains(document.activeElement) ? document.activeElement : null;
  const stop = part.querySelector('a.face[tabindex="0"]');
  return {
    active: active && place(part, active),
    stop: stop?.getAttribute("href"),
    fields: [...part.querySelectorAll("input")].map((input) => [input.value, input.checked]),
  };
}

function restore(part, kept) {
  [...part.querySelectorAll("input")].forEach((input, index) => {
    if (!kept.fields[index]) return;
    [input.value, input.checked] = kept.fields[index];
  });
  const stop = kept.stop && part.querySelector(`a.face[href="${CSS.escape(kept.stop)}"]`);
  if (stop) take(stop.closest("table"), stop);
  if (kept.active) find(part, kept.active)?.focus({ preventScroll: true });
}

function place(part, element) {
  const href = element.getAttribute("href");
  const all = [...part.querySelectorAll(element.tagName)];
  return { tag: element.tagName, href, index: all.indexOf(element) };
}

function find(part, { tag, href, index }) {
  const all = [...part.querySelectorAll(tag)];
  return (href && all.find((other) => other.getAttribute("href") === href)) || all[index];
}
