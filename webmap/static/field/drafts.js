// Drafts: on the disk at every keystroke, so that a closed browser or a flat battery costs nothing.

import { write } from "./db.js";
import { changed, emit } from "./state.js";

const pending = new Map();
const closed = new Set();
let running = null;

/** Begin a draft; it is kept from the first thing that is put into it. */
export const newDraft = (kind, more = {}) => ({ id: crypto.randomUUID(), kind, instead: null, matter: null, after: [], element: null, round: null, record: null, values: { checklist: {} }, photos: [], place: null, opened: Date.now(), changed: Date.now(), ...more });

/** Keep a draft. While one is being written the newest state of it is kept in mind, and written next. */
export function keep(draft) {
  if (closed.has(draft.id)) return running ?? Promise.resolve();
  draft.changed = Date.now();
  pending.set(draft.id, structuredClone(draft));
  running ??= run();
  return running;
}

async function run() {
  try {
    while (pending.size) {
      const [[id, draft]] = pending;
      pending.delete(id);
      await write(["drafts"], ({ drafts }) => drafts.put(draft));
    }
    emit("kept");
  } catch (error) {
    emit("full", error);
  } finally {
    running = null;
  }
}

/** Wait until everything is kept. */
export const settled = () => running ?? Promise.resolve();

/** From here on a draft is not written any more: it became an event, or was thrown away. */
export async function close(draft) {
  closed.add(draft.id);
  pending.delete(draft.id);
  await settled();
}

export const reopenDraft = (draft) => closed.delete(draft.id);

/** Put a photo into a draft. */
export async function addPhoto(draft, { meta, blob }) {
  await settled();
  draft.photos.push(meta.id);
  await write(["drafts", "photos", "blobs"], async ({ drafts, photos, blobs }) => {
    await blobs.put({ id: meta.id, blob });
    await photos.put({ ...meta, owner: draft.id });
    await drafts.put(structuredClone(draft));
  }).catch((error) => {
    draft.photos = draft.photos.filter((id) => id !== meta.id);
    throw error;
  });
  await changed("photos", "drafts");
}

export async function removePhoto(draft, id) {
  await settled();
  draft.photos = draft.photos.filter((each) => each !== id);
  await write(["drafts", "photos", "blobs"], async ({ drafts, photos, blobs }) => {
    await blobs.remove(id);
    await photos.remove(id);
    await drafts.put(structuredClone(draft));
  });
  await changed("photos", "drafts");
}

/** Throw a draft away with its photos. */
export async function throwAway(draft) {
  await close(draft);
  await write(["drafts", "photos", "blobs"], async ({ drafts, photos, blobs }) => {
    for (const id of draft.photos) {
      await photos.remove(id);
      await blobs.remove(id);
    }
    await drafts.remove(draft.id);
  });
  await changed("photos", "drafts");
}
