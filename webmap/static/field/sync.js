// Sending what was made here, and hearing what is new. Whatever breaks off is sent again: it changes nothing.

import { latest } from "./clock.js";
import { all, note, write } from "./db.js";
import { batches, isDone, ready } from "./outbox.js";
import { refresh } from "./packages.js";
import { sendPhotos } from "./parcels.js";
import { fetchSeen } from "./seen.js";
import { OfflineError, SignedOutError, breakOff, askEvents, askMe, askOwn, sendEvents } from "./service.js";
import { changed, emit, plan, state } from "./state.js";

const EVERY = 60_000;
const KEPT = new Set(["record", "found", "assigned", "mended", "checked", "closed", "reopened", "rejected", "noted", "resolved"]);
const RECORD_DAYS = 62;
const FORGET_DAYS = 60;

let again = false;

/** Whether the page says that there is no signal. */
export const isOffline = () => !navigator.onLine || state.sync.trouble?.kind === "offline";

/** Send at once because somebody says so: what hangs in a net that is gone is not waited for. */
export function sendNow() {
  if (state.sync.running && isOffline()) breakOff();
  return sync();
}

/** Send and hear, unless that is being done; what is asked for meanwhile is done after it. */
export async function sync() {
  if (state.sync.running) {
    again = true;
    return;
  }
  state.sync.running = true;
  emit("sync");
  do {
    again = false;
    await once();
  } while (again);
  state.sync.running = false;
  emit("sync");
  emit("changed");
}

async function once() {
  try {
    await alone(all_of_it);
    Object.assign(state.sync, { trouble: null, at: Date.now() });
  } catch (error) {
    state.sync.trouble = troubleOf(error);
  }
}

function troubleOf(error) {
  if (error instanceof SignedOutError) return { kind: "signed_out" };
  if (error instanceof OfflineError) return error.status ? { kind: "failed", text: error.message } : { kind: "offline" };
  if (error.name === "QuotaExceededError") return { kind: "full" };
  return { kind: error.kind ?? "failed", text: error.message };
}

/** One window of this browser at a time. */
const alone = (run) => (navigator.locks ? navigator.locks.request("geo-grid-field", run) : run());

async function all_of_it() {
  const me = await askMe();
  if (state.sync.trouble?.kind === "offline") {
    state.sync.trouble = null; // it answers
    emit("sync");
  }
  if (me.name !== state.me.name) throw Object.assign(new Error(me.name), { kind: "other" });
  await known(me);
  await sendAll();
  await sendPhotos();
  await hearOwn();
  await hearNew();
  await refresh();
  await fetchSeen();
  await forgetOld();
}

/** Bounds or role are others than they were: what was told under the old ones is forgotten. */
async function known(me) {
  const moved = (await note("prefix")) !== me.prefix;
  Object.assign(state.me, { display: me.display, role: me.role, prefix: me.prefix });
  emit("me");
  if (!moved) return;
  await write(["meta", "known"], async ({ meta, known: events }) => {
    await events.clear();
    await meta.put({ key: "cursor", value: 0 });
    await meta.put({ key: "prefix", value: me.prefix });
  });
  await changed("known");
}

async function sendAll() {
  for (let moved = true; moved; ) {
    moved = false;
    for (const lot of batches(ready(await all("events")), plan().policy)) moved = (await sendLot(lot)) || moved;
  }
}

async function sendLot(lot) {
  let told;
  try {
    told = await sendEvents(lot.map(({ event }) => event));
  } catch (error) {
    if (error.status !== 413) throw error;
    if (lot.length === 1) return settle([{ id: lot[0].id, status: "refused", reason: "too_long" }]);
    const half = Math.ceil(lot.length / 2);
    return [await sendLot(lot.slice(0, half)), await sendLot(lot.slice(half))].some(Boolean);
  }
  if (told.server_time) state.sync.ahead = Date.now() - Date.parse(told.server_time);
  return settle(told.answers ?? [], told.server_time);
}

/** Note what became of events; true if anything is settled. */
async function settle(answers, time = null) {
  const settled = await write(["events", "photos"], async ({ events, photos }) => {
    let count = 0;
    for (const answer of answers) {
      const row = answer.id && (await events.get(answer.id));
      if (!row || row.status === "refused") continue;
      await events.put({ ...row, status: answer.status, reason: answer.reason ?? null, at: answer.at ?? null, warnings: answer.warnings ?? row.warnings, missing: answer.missing ?? [], told_at: time, sent_at: new Date().toISOString() });
      if (answer.status === "refused") await refusePhoto(photos, answer);
      count += 1;
    }
    return count > 0;
  });
  await changed("events", "photos");
  return settled;
}

async function refusePhoto(photos, { id, reason }) {
  const photo = await photos.get(id);
  if (photo) await photos.put({ ...photo, state: "refused", reason });
}

/** Hear what became of one's own: refused late, waited for no longer, photos that are not whole. */
async function hearOwn() {
  const own = await askOwn();
  const lacking = new Map((own.wanted?.photos ?? own.wanted ?? []).map((each) => [each.id, each.offset ?? each.received ?? 0]));
  const waits = new Set((Array.isArray(own.waiting) ? own.waiting : Object.keys(own.waiting ?? {})).map((each) => each.id ?? each));
  await write(["events", "photos", "blobs"], async ({ events, photos, blobs }) => {
    for (const { id, reason } of own.refused ?? []) {
      const row = await events.get(id);
      if (!row || row.status === "refused") continue;
      await events.put({ ...row, status: "refused", reason });
      await refusePhoto(photos, { id, reason });
    }
    for (const row of await events.all()) if (row.status === "waiting" && !waits.has(row.id)) await events.put({ ...row, status: "taken", missing: [] });
    for (const photo of await photos.all()) {
      if (photo.state !== "sent" || photo.gone) continue;
      const blob = await blobs.get(photo.id);
      if (lacking.has(photo.id) && blob) await photos.put({ ...photo, state: "new", received: lacking.get(photo.id) });
      else if (!lacking.has(photo.id)) {
        // the service has it whole: the phone keeps the small picture only
        await blobs.remove(photo.id);
        await photos.put({ ...photo, gone: true });
      }
    }
  });
  await changed("events", "photos");
}

async function hearNew() {
  const since = new Date(Date.now() - RECORD_DAYS * 86_400_000).toISOString();
  for (let more = true; more; ) {
    const told = await askEvents((await note("cursor")) ?? 0);
    const wanted = told.events.filter((event) => KEPT.has(event.kind) && (event.kind !== "record" || event.made_at > since));
    await write(["meta", "known"], async ({ meta, known: events }) => {
      let clock = (await meta.get("clock"))?.value ?? null;
      for (const event of told.events) clock = latest(clock, event.clock);
      for (const event of wanted) await events.put(event);
      if (clock) await meta.put({ key: "clock", value: clock });
      await meta.put({ key: "cursor", value: told.cursor });
    });
    more = told.more;
    if (wanted.length) await changed("known");
  }
}

/** What was sent long ago is the service's to keep. */
async function forgetOld() {
  const before = new Date(Date.now() - FORGET_DAYS * 86_400_000).toISOString();
  const done = (row) => isDone(row) && row.status !== "waiting" && row.event.made_at < before;
  const [rows, photos, events] = await Promise.all([all("events"), all("photos"), all("known")]);
  const open = new Set(photos.filter((photo) => photo.state === "new" || photo.state === "draft").flatMap((photo) => [photo.id, photo.owner]));
  const old = rows.filter((row) => done(row) && !open.has(row.id));
  const stale = events.filter((event) => event.kind === "record" && event.made_at < before);
  if (!old.length && !stale.length) return;
  await write(["events", "photos", "blobs", "known"], async (stores) => {
    for (const { id } of old) for (const name of ["events", "photos", "blobs"]) await stores[name].remove(id);
    for (const { id } of stale) await stores.known.remove(id);
  });
  await changed("events", "photos", "known");
}

/** Sync at the start, when the network comes back, when one looks at the page, and from time to time. */
export function keepSyncing() {
  window.addEventListener("online", () => sync());
  window.addEventListener("offline", () => emit("sync"));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") sync();
  });
  setInterval(() => {
    if (document.visibilityState === "visible") sync();
  }, EVERY);
  return sync();
}
