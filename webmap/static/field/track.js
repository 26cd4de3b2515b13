// The track of a round, if it is switched on: places as they come, kept at once, sent in pieces.

import { metres } from "./geo.js";
import { all, note, put, setNote } from "./db.js";
import { commitTrack } from "./make.js";
import { onFix, release, watch } from "./position.js";
import { emit, plan, state } from "./state.js";

const STEP = 8;
const PAUSE = 60_000;
const PIECE = 300;

let last = null;
let count = 0;
let lock = null;

/** Go on with a round that was on when the page was closed. */
export async function resume() {
  state.round = await note("round");
  if (!state.round) return;
  count = (await all("points")).length;
  follow();
}

export async function start() {
  state.round = { id: crypto.randomUUID(), started: Date.now() };
  await setNote("round", state.round);
  [last, count] = [null, 0];
  follow();
  emit("changed");
}

export async function stop() {
  release("track");
  lock?.release?.().catch(() => null);
  lock = null;
  await send(false);
  state.round = null;
  emit("changed");
}

function follow() {
  watch("track");
  awake();
}

/** A dark screen stops the positions: keep it on where the phone lets us. */
async function awake() {
  lock = await navigator.wakeLock?.request("screen").catch(() => null);
}

document.addEventListener("visibilitychange", () => {
  if (state.round && document.visibilityState === "visible") awake();
});

onFix((fix) => {
  if (!state.round || !fix || fix.accuracy > (plan().policy.worst_accuracy ?? 100)) return;
  const place = [fix.lon, fix.lat];
  if (last && metres(last.place, place) < STEP && fix.at - last.at < PAUSE) return;
  last = { place, at: fix.at };
  count += 1;
  put("points", { round: state.round.id, lon: fix.lon, lat: fix.lat, accuracy: fix.accuracy, at: fix.at })
    .then(() => (count >= PIECE ? send(true) : null))
    .catch((error) => emit("full", error));
});

/** Make events of the points there are. */
async function send(keepRound) {
  const points = (await all("points")).filter((point) => point.round === state.round.id).sort((a, b) => a.at - b.at);
  count = 0;
  const most = Math.min(PIECE, plan().policy.track_points ?? PIECE);
  const bodies = [];
  for (let i = 0; i < points.length; i += most) {
    const piece = points.slice(i, i + most);
    const start = piece[0].at;
    bodies.push({
      round_id: state.round.id,
      started_at: new Date(start).toISOString(),
      ended_at: new Date(piece.at(-1).at).toISOString(),
      points: piece.map(({ lon, lat, accuracy, at }) => [lon, lat, Math.round((at - start) / 1000), Math.round(accuracy)]),
    });
  }
  await commitTrack(bodies, { keepRound });
}
