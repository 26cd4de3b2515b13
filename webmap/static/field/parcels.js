// Photos go in parts, and go on where they stopped.

import { t } from "../app/words.js";
import { all, get, write } from "./db.js";
import { isDone } from "./outbox.js";
import { sha256 } from "./photos.js";
import { OfflineError, ServiceError, sendPart } from "./service.js";
import { changed, patched, plan } from "./state.js";

const TRIES = 3;

/** Send the photos whose events have arrived. */
export async function sendPhotos() {
  const rows = new Map((await all("events")).map((row) => [row.id, row]));
  for (const photo of await all("photos")) {
    const row = rows.get(photo.id);
    if (photo.state === "new" && row && isDone(row)) await sendOne(photo);
  }
}

async function sendOne(photo) {
  const kept = await get("blobs", photo.id);
  if (!kept) {
    await notePhoto(photo, { state: "refused", reason: "lost" });
    return null;
  }
  const step = plan().policy.chunk_bytes ?? 262_144;
  let [offset, tries] = [photo.received, 0];
  let empty = 0;
  for (let told = {}; !told.complete || told.refused; ) {
    const part = await kept.blob.slice(offset, offset + step).arrayBuffer();
    // all of it was sent, and is not looked at yet: an empty part asks once more
    empty = part.byteLength ? 0 : empty + 1;
    if (empty > TRIES) throw new OfflineError(t("error.offline"));
    told = await answerTo(photo.id, offset, part);
    if (told.gone) return noteEvent(photo.id);
    if (final(told)) return notePhoto(photo, { state: "refused", reason: told.refused });
    tries = told.refused ? tries + 1 : 0;
    if (tries >= TRIES) throw new ServiceError(told.refused);
    offset = told.received;
    await notePhoto(photo, { received: offset, state: told.complete && !told.refused ? "sent" : "new" });
  }
  return null;
}

/** A gap or a damaged part is mended by going on; anything else is the end of it. */
const final = ({ refused }) => refused && !["gap", "damaged"].includes(refused);

async function answerTo(id, offset, part) {
  try {
    return await sendPart(id, offset, part, await sha256(part));
  } catch (error) {
    const { received, refused, code } = error.body ?? {};
    if (error.status === 404) return { gone: true };
    if (error.constructor === ServiceError && (refused || ["too_long", "too_large", "not_a_photo", "follows_refused", "not_owner"].includes(code))) return { received: received ?? 0, refused: refused ?? code };
    throw error;
  }
}

/** Note how far a photo is; if that is lost with the battery, the service tells it again. */
async function notePhoto(photo, values) {
  const [now, row] = await write(
    ["photos", "events"],
    async ({ photos, events }) => {
      const own = { ...(await photos.get(photo.id)), ...values };
      if (own.id) await photos.put(own);
      const refused = values.state === "refused" ? { ...(await events.get(photo.id)), status: "refused", reason: values.reason } : null;
      if (refused?.id) await events.put(refused);
      return [own, refused];
    },
    "relaxed",
  );
  if (now.id) patched("photos", now);
  if (row?.id) patched("events", row);
}

/** The service does not know the photo: its event is sent once more. */
async function noteEvent(id) {
  await write(["events"], async ({ events }) => {
    const row = await events.get(id);
    if (row) await events.put({ ...row, status: "new" });
  });
  await changed("events");
}
