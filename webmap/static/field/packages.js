// Areas kept on the phone: grids, elements, duties and forms, with their size and their age.

import { all, get, note, put, remove, setNote } from "./db.js";
import { askAreas, askPackage } from "./service.js";
import { changed, state } from "./state.js";

/** Hours after which a kept area is asked for again: duties change from day to day. */
const OLD = 6;
const LIGHT = 20_000_000;

export const ageOf = ({ checked_at: at }) => Date.now() - Date.parse(at);

/** Keep an area, or look whether there is a newer package of it. */
export async function keepArea(area) {
  const before = await get("packages", area.code);
  const told = await askPackage(area.code, before?.etag ?? null);
  const now = new Date().toISOString();
  if (told) {
    const bytes = new TextEncoder().encode(JSON.stringify(told.body)).length;
    await put("packages", { code: area.code, name: told.body.area?.name ?? area.name, body: told.body, etag: told.etag, stamp: area.stamp ?? null, bytes, kept_at: now, checked_at: now });
  } else await put("packages", { ...before, stamp: area.stamp ?? before.stamp, checked_at: now });
  await changed("packages");
}

export async function dropArea(code) {
  await remove("packages", code);
  await setNote("dropped", true);
  await changed("packages");
}

/** What areas there are, as the service told last. */
export const areasKnown = async () => (await note("areas")) ?? [];

/** Ask which areas there are; bring those that are kept up to date; keep the only one there is by oneself. */
export async function refresh() {
  const { areas } = await askAreas();
  await setNote("areas", areas);
  const kept = await all("packages");
  // what was recorded since changes what is due
  const walked = state.rows.filter(({ event, status }) => ["record", "track"].includes(event.kind) && ["taken", "known"].includes(status)).reduce((last, { sent_at: at = "" }) => (at > last ? at : last), "");
  const codes = new Map(areas.map((area) => [area.code, area]));
  for (const one of kept) {
    const area = codes.get(one.code);
    if (!area) await remove("packages", one.code);
    else if (walked > one.checked_at || ageOf(one) > OLD * 3_600_000 || (area.stamp ?? null) !== one.stamp) await keepArea(area);
  }
  if (kept.some(({ code }) => !codes.has(code))) await changed("packages");
  const [only] = areas;
  if (areas.length === 1 && !state.packages.length && (only.bytes ?? 0) < LIGHT && !(await note("dropped"))) await keepArea(only);
}
