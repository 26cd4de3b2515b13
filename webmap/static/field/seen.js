// Photos others took of open matters: small copies on the phone, so that one finds the place without signal.

import { all, write } from "./db.js";
import { isLate, isOpen } from "./matters.js";
import { shrink } from "./photos.js";
import { fetchPhoto } from "./service.js";
import { state } from "./state.js";
import { allMatters } from "./view_matters.js";

const MOST = 120;
const AT_ONCE = 20;
const SIDE = 800;

/** Ids of the photos that are worth keeping, most urgent matters first. */
function wanted() {
  const open = [...allMatters().values()].filter(isOpen).sort((a, b) => isLate(b) - isLate(a) || (a.shown.due < b.shown.due ? -1 : 1));
  const mine = ({ shown }) => shown.assignee === state.me.name;
  const ordered = [...open.filter(mine), ...open.filter((matter) => !mine(matter))];
  return [...new Set(ordered.flatMap((matter) => matter.changes.flatMap(({ body }) => body.photos ?? [])))].slice(0, MOST);
}

/** Bring the copies up to date, a few at a time. */
export async function fetchSeen() {
  const own = new Set(state.photos.map(({ id }) => id));
  const ids = wanted().filter((id) => !own.has(id));
  const kept = new Set((await all("seen")).map(({ id }) => id));
  const gone = [...kept].filter((id) => !ids.includes(id));
  if (gone.length) await write(["seen"], async ({ seen }) => void (await Promise.all(gone.map((id) => seen.remove(id)))));
  for (const id of ids.filter((each) => !kept.has(each)).slice(0, AT_ONCE)) {
    const blob = await fetchPhoto(id);
    if (!blob) continue; // not there yet
    const small = await shrink(blob, { photo_pixels: SIDE });
    await write(["seen"], ({ seen }) => seen.put({ id, blob: small.blob }));
  }
}
