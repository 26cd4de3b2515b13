// Where the phone is, while somebody wants to know.

const wanted = new Set();
const listeners = [];
const OPTIONS = { enableHighAccuracy: true, maximumAge: 5_000, timeout: 30_000 };
const KINDS = { 1: "refused", 2: "unavailable", 3: "timeout" };

export const here = { fix: null, trouble: null };
let id = null;

/** Be told of every new place, and of every trouble with it. */
export const onFix = (run) => listeners.push(run);

function tell() {
  for (const run of listeners) run(here.fix);
}

function took({ coords, timestamp }) {
  here.trouble = null;
  here.fix = { lon: round(coords.longitude), lat: round(coords.latitude), accuracy: Math.min(100_000, Math.max(1, Math.round(coords.accuracy))), at: Math.min(timestamp, Date.now()) };
  tell();
}

const round = (value) => Number(value.toFixed(7));

function failed({ code }) {
  here.trouble = KINDS[code] ?? "unavailable";
  if (code === 1) {
    here.fix = null;
    stop();
  }
  tell();
}

function begin() {
  if (id !== null || document.visibilityState === "hidden") return;
  if (!navigator.geolocation) {
    here.trouble = "unsupported";
    tell();
    return;
  }
  id = navigator.geolocation.watchPosition(took, failed, OPTIONS);
}

function stop() {
  if (id !== null) navigator.geolocation.clearWatch(id);
  id = null;
}

/** Want to know, under a name. */
export function watch(name) {
  wanted.add(name);
  begin();
}

export function release(name) {
  wanted.delete(name);
  if (!wanted.size) stop();
}

/** Ask once more, after it was refused or failed. */
export function askAgain() {
  here.trouble = null;
  stop();
  begin();
}

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && wanted.size) begin();
  else if (document.visibilityState === "hidden") stop();
});
