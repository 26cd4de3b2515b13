// Events: made once, written with everything that belongs to them in one go, and never changed.

import { latest, tick } from "./clock.js";
import { write } from "./db.js";
import { family } from "./outbox.js";
import { changed } from "./state.js";

const EVERYTHING = ["meta", "events", "photos", "blobs", "drafts", "points", "known"];
/** What is refused for the time it names gets a new time. */
const TIMES = new Set(["in_future", "clock_behind"]);

async function clockOf(meta) {
  return (await meta.get("clock"))?.value ?? null;
}

async function next(meta) {
  const value = tick(await clockOf(meta));
  await meta.put({ key: "clock", value });
  return value;
}

async function device(meta) {
  const kept = await meta.get("device");
  if (kept) return kept.value;
  const value = crypto.randomUUID().slice(0, 8);
  await meta.put({ key: "device", value });
  return value;
}

async function add(stores, { id, kind, matter = null, after = [], body, made_at: made = new Date().toISOString() }) {
  const event = { id, kind, clock: await next(stores.meta), made_at: made, device: await device(stores.meta), matter: kind === "found" ? id : matter, after, body };
  await stores.events.put({ id, event, status: "new", reason: null, at: null, warnings: [], missing: [] });
  return event;
}

async function addPhoto(stores, meta, owner, role) {
  const { id, sha256, size, width, height, content_type, taken_at, exif } = meta;
  await add(stores, { id, kind: "photo", body: { owner_id: owner, role, sha256, size, width, height, content_type, taken_at, exif } });
  await stores.photos.put({ ...meta, owner, role, state: "new", received: 0, reason: null });
}

/** Make an event of a draft, under the draft's id; null where that was done already: what becomes of the draft then is not said here. */
export async function commit(draft, { kind, matter, after, body, made_at, role = "record" }) {
  const made = await write(EVERYTHING, async (stores) => {
    if (await stores.events.get(draft.id)) return null;
    const photos = (await Promise.all(draft.photos.map((id) => stores.photos.get(id)))).filter(Boolean);
    const own = photos.length ? { ...body, photos: photos.map(({ id }) => id) } : body;
    const event = await add(stores, { id: draft.id, kind, matter, after, body: own, made_at });
    // what follows it gets a later clock than it has
    if (draft.instead) await replaceBy(stores, draft.instead, draft.id);
    for (const meta of photos) await addPhoto(stores, meta, draft.id, role);
    await stores.drafts.remove(draft.id);
    return event;
  });
  await changed("events", "photos", "drafts");
  return made;
}

/** Make an event without a draft, and empty the points it was made of. */
export async function commitTrack(bodies, { keepRound }) {
  await write(EVERYTHING, async (stores) => {
    for (const body of bodies) await add(stores, { id: crypto.randomUUID(), kind: "track", body });
    await stores.points.clear();
    if (!keepRound) await stores.meta.remove("round");
  });
  await changed("events");
}

/** Names of ids, exchanged for others wherever an event holds them. */
function renamed(value, names) {
  if (typeof value === "string") return names.get(value) ?? value;
  if (Array.isArray(value)) return value.map((each) => renamed(each, names));
  return value;
}

const withNames = (event, names) => ({
  ...event,
  matter: renamed(event.matter, names),
  after: renamed(event.after, names),
  body: Object.fromEntries(Object.entries(event.body).map(([key, value]) => [key, ["owner_id", "record_id", "keep", "double_of", "photos"].includes(key) ? renamed(value, names) : value])),
});

async function forget(stores, id) {
  await stores.events.remove(id);
  await stores.photos.remove(id);
  await stores.blobs.remove(id);
}

/** A refused event gives way to another one: its photos go with it, what else follows it follows the new one. */
async function replaceBy(stores, old, fresh) {
  const rows = family(await stores.events.all(), old);
  const names = new Map([[old, fresh]]);
  for (const row of rows) {
    if (row.id === old || (row.event.kind === "photo" && row.event.body.owner_id === old)) await forget(stores, row.id);
    else await again(stores, row, names);
  }
}

/** Say the same under a new id and a later clock. */
async function again(stores, row, names) {
  const id = names.get(row.id) ?? crypto.randomUUID();
  names.set(row.id, id);
  const [meta, blob] = [await stores.photos.get(row.id), await stores.blobs.get(row.id)];
  await forget(stores, row.id);
  const made = TIMES.has(row.reason) && row.event.made_at > new Date().toISOString() ? undefined : row.event.made_at;
  const event = await add(stores, { ...withNames(row.event, names), id, made_at: made });
  if (meta) await stores.photos.put({ ...meta, id, owner: event.body.owner_id, received: 0, state: "new", reason: null });
  if (blob) await stores.blobs.put({ id, blob: blob.blob });
}

/** Send a refused event, and all that follows it, once more under new ids. */
export async function reissue(id) {
  await write(EVERYTHING, async (stores) => {
    const rows = await stores.events.all();
    const own = family(rows, id);
    // a clock that ran ahead is not carried on: what counts is what the service knows
    if (own.some((row) => row.reason === "in_future")) {
      const done = [...rows.filter((row) => ["taken", "known", "waiting"].includes(row.status)).map(({ event }) => event), ...(await stores.known.all())];
      await stores.meta.put({ key: "clock", value: done.reduce((last, { clock }) => latest(last, clock), null) });
    }
    const names = new Map(own.map((row) => [row.id, crypto.randomUUID()]));
    for (const row of own) await again(stores, row, names);
  });
  await changed("events", "photos");
}

/** Throw away what was refused, and what cannot go without it. */
export async function discard(id) {
  await write(EVERYTHING, async (stores) => {
    for (const row of family(await stores.events.all(), id)) await forget(stores, row.id);
  });
  await changed("events", "photos");
}

/** Copy photos for another draft; what the phone has no longer is left out. */
async function copies(stores, ids, owner) {
  const made = [];
  for (const old of ids) {
    const [meta, blob] = [await stores.photos.get(old), await stores.blobs.get(old)];
    if (!meta || !blob) continue;
    const fresh = crypto.randomUUID();
    await stores.photos.put({ ...meta, id: fresh, owner, received: 0, state: "draft", reason: null });
    await stores.blobs.put({ id: fresh, blob: blob.blob });
    made.push(fresh);
  }
  return made;
}

const SAID = ["notes", "checklist", "category", "assignee", "due_at", "reason", "keep"];
const said = (body) => JSON.stringify(SAID.map((key) => body[key] ?? null));

/**
 * A draft that was saved already, in another window: gone where it says the same, else a draft of its own with what was
 * written here; null where it is gone. What changes a matter was said once: a second time it becomes a note.
 */
export async function fork(draft, body) {
  const id = crypto.randomUUID();
  const made = await write(EVERYTHING, async (stores) => {
    const { event } = await stores.events.get(draft.id);
    await stores.drafts.remove(draft.id);
    const more = draft.photos.filter((each) => !(event.body.photos ?? []).includes(each));
    if (said(event.body) === said(body) && !more.length) return null;
    const anew = ["record", "found", "noted"].includes(draft.kind);
    const note = anew ? {} : { kind: "noted", after: [draft.id], values: { checklist: {}, notes: draft.values.notes || draft.values.reason } };
    const own = { ...structuredClone(draft), ...note, id, instead: null, forked: true, changed: Date.now() };
    own.photos = await copies(stores, anew ? draft.photos : more, id);
    for (const each of more) {
      await stores.photos.remove(each);
      await stores.blobs.remove(each);
    }
    await stores.drafts.put(own);
    return own;
  });
  await changed("photos", "drafts");
  return made;
}

/** Make a draft of a refused event: what was written, with photos of its own; the refused one stays until this is saved. */
export async function reopen(row) {
  const { event } = row;
  const { plan_version: _, lon, lat, accuracy, place_source: source, photos = [], checklist = {}, ...values } = event.body;
  const id = crypto.randomUUID();
  const draft = { id, kind: event.kind, instead: row.id, matter: event.matter, after: event.after, element: values.element_id ?? null, round: values.round_id ?? null, record: values.record_id ?? null, values: { ...values, checklist }, photos: [], place: lon === undefined ? null : { lon, lat, accuracy, source, at: event.made_at }, opened: Date.now(), changed: Date.now() };
  await write(EVERYTHING, async (stores) => {
    draft.photos = await copies(stores, photos, id);
    await stores.drafts.put(draft);
  });
  await changed("photos", "drafts");
  return draft;
}

