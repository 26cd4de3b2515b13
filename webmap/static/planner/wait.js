// Waiting for what takes long: a line that says for what and since when, and a way out of it.

import { busy, h } from "../app/dom.js";
import { t } from "../app/words.js";

/** Shorter waits need no words. */
const PATIENCE = 400;
const stops = new Set();

/**
 * Wait for `run(signal)`, showing `text`; returns its answer, or undefined where the wait was given up.
 */
export async function waitFor(text, run) {
  const aborter = new AbortController();
  const stop = () => aborter.abort();
  stops.add(stop);
  const clock = h("span", { class: "quiet", "aria-hidden": "true" });
  const bar = h("div", { class: "waiting", role: "status" }, h("span", { class: "spin", "aria-hidden": "true" }), h("span", {}, text), clock, h("button", { type: "button", class: "small", on: { click: stop } }, t("cancel")));
  const began = Date.now();
  const tick = setInterval(() => (clock.textContent = t("wait.seconds", { n: Math.round((Date.now() - began) / 1000) })), 1000);
  // a window over the map would hide what lies under it
  const shown = setTimeout(() => (document.querySelector("dialog[open]") ?? document.body).append(bar), PATIENCE);
  try {
    return await busy(run(aborter.signal));
  } catch (error) {
    if (aborter.signal.aborted) return undefined;
    throw error;
  } finally {
    clearTimeout(shown);
    clearInterval(tick);
    bar.remove();
    stops.delete(stop);
  }
}

/** Give up all that is waited for; tells whether there was anything. */
export function stopWaiting() {
  const any = stops.size > 0;
  for (const stop of [...stops]) stop();
  return any;
}
