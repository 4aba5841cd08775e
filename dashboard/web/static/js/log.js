// A log that still grows: what is appended is fetched as it comes, and followed if wished.
const PAUSE_MILLISECONDS = 300;
const RETRY_MILLISECONDS = 2000;

export function followLog(document) {
  const box = document.querySelector("[data-log-lines]");
  if (!box) return;
  markTarget(document);
  let next = box.dataset.follow;
  if (!next) return;
  const choice = document.querySelector("[data-follow-choice]");
  if (choice) choice.hidden = false;
  const wish = document.querySelector("[data-follow-end]");
  box.addEventListener("wheel", () => {
    if (wish && !atEnd(box)) wish.checked = false;
  });
  if (!location.hash && wish?.checked) showEnd(box);
  const step = async () => {
    next = await append(box, next, wish);
    if (next) setTimeout(step, PAUSE_MILLISECONDS);
    else document.querySelector("[data-log-open]")?.remove();
  };
  step();
}

async function append(box, address, wish) {
  const answer = await fetch(address).catch(() => null);
  if (!answer?.ok) {
    await new Promise((wake) => setTimeout(wake, RETRY_MILLISECONDS));
    return address;
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const marker = page.querySelector("template[data-next]");
  const lines = [...page.querySelectorAll(".log__line, .log__lost")];
  for (const line of lines) {
    const old = box.querySelector(`#${CSS.escape(line.id)}`);
    if (line.id && old) old.replaceWith(document.adoptNode(line));
    else box.append(document.adoptNode(line));
  }
  if (lines.length && wish?.checked) showEnd(box);
  return marker?.dataset.next ?? "";
}

// In the box and, where the box is taller than the window, in the window too.
function showEnd(box) {
  box.scrollTop = box.scrollHeight;
  requestAnimationFrame(() => {
    const last = box.querySelector(".log__line:last-of-type");
    last?.scrollIntoView({ block: "nearest" });
  });
}

const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 40;

function markTarget(document) {
  const target = /^#L\d+$/.test(location.hash) && document.querySelector(location.hash);
  if (target) target.scrollIntoView({ block: "center" });
}
