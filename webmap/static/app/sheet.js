// On a phone the panel is a sheet at the bottom: a strip, half the screen, or all of it.

import { byId } from "./dom.js";
import { t } from "./words.js";

const STEPS = ["strip", "half", "full"];
let bound = false;

export const isPhone = () => window.matchMedia("(max-width: 760px)").matches;

/** How high the sheet stands, or will once it has moved. */
export function sheetHeight() {
  return { strip: 116, half: 0.52 * window.innerHeight, full: 0.52 * window.innerHeight }[current()];
}

const current = () => byId("panel").dataset.sheet ?? "strip";

export function openSheet(step) {
  if (step === "half" && current() === "full") return;
  set(step);
}

function set(step) {
  byId("panel").dataset.sheet = step;
  document.body.dataset.sheet = step;
  byId("handle").setAttribute("aria-expanded", String(step !== "strip"));
  byId("handle").setAttribute("aria-label", t(`sheet.${step}`));
}

export function drawSheet() {
  set(current());
  if (bound) return;
  bound = true;
  const handle = byId("handle");
  handle.addEventListener("click", () => set(STEPS[(STEPS.indexOf(current()) + 1) % STEPS.length]));
  byId("search").addEventListener("focusin", () => openSheet("half"));
  drag(handle);
}

/** A drag up or down moves the sheet one step; a plain press is left to the click. */
function drag(handle) {
  let from = null;
  handle.addEventListener("pointerdown", (event) => {
    from = event.clientY;
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointerup", (event) => {
    const distance = from === null ? 0 : event.clientY - from;
    from = null;
    if (Math.abs(distance) < 24) return;
    const place = STEPS.indexOf(current()) + (distance < 0 ? 1 : -1);
    const step = STEPS[Math.min(STEPS.length - 1, Math.max(0, place))];
    handle.addEventListener("click", (click) => click.stopImmediatePropagation(), { capture: true, once: true });
    set(step);
  });
}
