// Where data comes from: answers saved in this document, or the service it came from. Nothing else is ever asked.

import { CONFIG, t } from "./words.js";

const node = document.getElementById("answers");
const SAVED = node ? JSON.parse(node.textContent) : null;
const kept = new Map();
const MOST_KEPT = 400;

export const isSaved = SAVED !== null;

export class SourceError extends Error {}

async function fetched(path) {
  const [address, query] = path.split("?");
  const parameters = new URLSearchParams(query);
  if (CONFIG.datum !== "WGS84") parameters.set("datum", CONFIG.datum);
  const text = parameters.toString();
  let response;
  try {
    response = await fetch(`api/v1/${address}${text ? `?${text}` : ""}`, { credentials: "same-origin" });
  } catch {
    throw new SourceError(t("error.offline"));
  }
  if (response.status === 404) throw new SourceError(t("error.unknown"));
  if (!response.ok) throw new SourceError(t("error.failed", { status: response.status }));
  return response.json();
}

/** Answer a path of the data interface; the same path is asked once. */
export function ask(path) {
  if (SAVED) {
    return path in SAVED ? Promise.resolve(SAVED[path]) : Promise.reject(new SourceError(t("error.unknown")));
  }
  if (!kept.has(path)) {
    if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value);
    const answer = fetched(path);
    answer.catch(() => kept.delete(path));
    kept.set(path, answer);
  }
  return kept.get(path);
}

const code = encodeURIComponent;
export const askSummary = () => ask("summary");
/** All areas, page by page. */
export async function askAreas() {
  const whole = await ask("areas");
  const features = [...whole.features];
  while (!SAVED && features.length < (whole.total ?? 0)) {
    const page = await ask(`areas?offset=${features.length}`);
    if (!page.features.length) break;
    features.push(...page.features);
  }
  return { ...whole, features };
}
export const askPlaces = () => ask("places");
export const askPlace = (place) => ask(`places/${code(place)}`);
export const askFigures = () => ask("figures");
export const askArea = (area) => ask(`areas/${code(area)}`);
export const askGrids = (area, level) => ask(`areas/${code(area)}/grids?level=${level}`);
export const askUnits = (area) => ask(`areas/${code(area)}/units`);
export const askElements = (area) => ask(`areas/${code(area)}/elements`);
export const askGrid = (grid) => ask(`grids/${code(grid)}`);
export const askExceptions = (offset = 0) => ask(offset ? `exceptions?offset=${offset}` : "exceptions");

const folded = (text) => text.normalize("NFKC").toLowerCase().trim();

/** Find areas and grids; a saved document searches its own list by the rules of the service. */
export async function find(query) {
  if (!SAVED) return (await ask(`search?q=${code(query)}`)).hits;
  const text = folded(query);
  const words = text.split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  const hits = [];
  for (const entry of SAVED.index) {
    const name = folded(entry.name);
    const id = folded(entry.code);
    const hay = `${id} ${name} ${folded(entry.area_name)}`;
    if (!words.every((word) => hay.includes(word))) continue;
    const rank = id === text || name === text ? 0 : id.startsWith(text) || name.startsWith(text) ? 1 : name.includes(text) ? 2 : 3;
    hits.push({ ...entry, rank });
  }
  hits.sort((a, b) => a.rank - b.rank || a.level - b.level || (a.code < b.code ? -1 : 1));
  const places = (SAVED.places?.features ?? []).map(({ properties }) => properties).filter((each) => each.code === text || (each.name && folded(each.name).startsWith(text)));
  return [...places.slice(0, 5).map((each) => ({ ...each, kind: "place", level: null })), ...hits].slice(0, 20);
}
