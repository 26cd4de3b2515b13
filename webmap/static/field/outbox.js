// What is still to be sent, and in which order: an event goes when all it names has been answered.

/** Answers after which an event is not sent again. */
const DONE = new Set(["taken", "known", "waiting"]);

export const isDone = (row) => DONE.has(row.status);

/** Ids an event names: what it changes, follows or belongs to. */
export function named({ matter, after, body, id }) {
  const ids = [matter, ...(after ?? []), body.owner_id, body.record_id, body.keep, body.double_of];
  return [...new Set(ids.filter((each) => each && each !== id))];
}

/** Rows that may go now; what names something of this phone that was not answered yet goes in a later batch. */
export function ready(rows) {
  const byId = new Map(rows.map((row) => [row.id, row]));
  return rows
    .filter((row) => row.status === "new" && named(row.event).every((id) => !byId.has(id) || isDone(byId.get(id))))
    .sort((a, b) => (a.event.clock < b.event.clock ? -1 : a.event.clock > b.event.clock ? 1 : a.id < b.id ? -1 : 1));
}

const encoder = new TextEncoder();

/** Cut rows into lots within the limits; one that is too large by itself goes alone. */
export function batches(rows, { batch_events: most = 200, batch_bytes: bytes = 2_000_000 } = {}) {
  const out = [];
  let size = 0;
  for (const row of rows) {
    const own = encoder.encode(JSON.stringify(row.event)).length + 2;
    if (!out.length || out.at(-1).length === most || size + own > bytes - 2) {
      out.push([]);
      size = 0;
    }
    out.at(-1).push(row);
    size += own;
  }
  return out;
}

/** Rows that name, directly or not, one that was refused: they go nowhere before that is mended. */
export function held(rows) {
  const lost = new Set(rows.filter((row) => row.status === "refused").map((row) => row.id));
  const out = new Set();
  for (let grew = true; grew; ) {
    grew = false;
    for (const row of rows) {
      if (row.status !== "new" || out.has(row.id) || !named(row.event).some((id) => lost.has(id) || out.has(id))) continue;
      out.add(row.id);
      grew = true;
    }
  }
  return out;
}

/** All that follows or belongs to an event of this phone, directly or not, itself included, by clock. */
export function family(rows, id) {
  const ids = new Set([id]);
  const ordered = [...rows].sort((a, b) => (a.event.clock < b.event.clock ? -1 : 1));
  for (const row of ordered) if (!isDone(row) && named(row.event).some((each) => ids.has(each))) ids.add(row.id);
  return ordered.filter((row) => ids.has(row.id));
}

/** Count what is not sent: the page always says so. */
export function counts(rows, photos) {
  const stuck = held(rows);
  const events = rows.filter(({ event }) => event.kind !== "photo");
  const open = photos.filter((photo) => photo.state === "new");
  return {
    events: events.filter((row) => row.status === "new" && !stuck.has(row.id)).length,
    waiting: events.filter((row) => row.status === "waiting").length,
    refused: rows.filter((row) => row.status === "refused").length,
    held: events.filter((row) => stuck.has(row.id)).length,
    photos: open.length,
    bytes: open.reduce((sum, photo) => sum + photo.size - photo.received, 0),
  };
}
