// What the page asks the service for: grids of a place, a code, a name; borders; which tiles there are.

import { CONFIG, currentLanguage, number, t } from "../app/words.js";

export class LookupError extends Error {
  constructor(message, problem = {}) {
    super(message);
    this.problem = problem;
  }
}

const kept = new Map();

async function fetched(path, parameters = {}) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined));
  let response;
  try {
    response = await fetch(`api/v1/${path}${query.size ? `?${query}` : ""}`, { credentials: "omit" });
  } catch {
    throw new LookupError(t("error.offline"));
  }
  if (response.ok) return response.json();
  const problem = await response.json().catch(() => ({}));
  if (response.status === 429) throw new LookupError(t("find.limited"), problem);
  throw new LookupError(response.status === 404 ? t("error.unknown") : t("error.failed", { status: response.status }), { status: response.status, ...problem });
}

/** Fetch what does not change while the page is open, once. */
function once(path, parameters = {}) {
  const key = `${path}?${new URLSearchParams(parameters)}`;
  if (!kept.has(key)) {
    const answer = fetched(path, parameters);
    answer.catch(() => kept.delete(key));
    kept.set(key, answer);
  }
  return kept.get(key);
}

const datum = CONFIG.datum === "WGS84" ? {} : { datum: CONFIG.datum };
const code = encodeURIComponent;

/** Grids of a place; a phone's position is in WGS84, a place on the map in the map's datum. */
export const askPlace = ([lon, lat], { phone = false } = {}) =>
  fetched("lookup", { lon: lon.toFixed(7), lat: lat.toFixed(7), datum: phone ? "WGS84" : CONFIG.datum });

export const askCode = (grid) => once(`lookup/${code(grid)}`);

export const askSearch = (query) => fetched("search", { q: query, ...datum });

export const askChildren = (area) => once(`grids/${code(area)}/children`);

/** Outlines of all areas, simplified. */
export async function askAreas() {
  const whole = await once("areas", datum);
  const features = [...whole.features];
  while (features.length < whole.total) {
    const page = await once("areas", { ...datum, offset: features.length });
    if (!page.features.length) break;
    features.push(...page.features);
  }
  return { ...whole, features };
}

export const askArea = (area) => once(`areas/${code(area)}`, datum);

export const askGridsOf = (area, level) => once(`areas/${code(area)}/grids`, { level, ...datum });

/** Border of one grid. */
export const askShape = (grid) => once(`grids/${code(grid)}/shape`, datum);

/** Border of a grid on a day when there was one. */
export const askFormerShape = (grid, day) => once(`grids/${code(grid)}/shape`, { ...datum, as_of: day });

/** The archive of tiles that is current: `url` is null where nothing was published, `ready` false while it is written. */
export const askTiles = () => fetched("tiles.json", datum);

/** Say a day in the language of the reader. */
export function day(text) {
  const date = new Date(/T/.test(text ?? "") ? text : `${text}T00:00:00`);
  if (!text || Number.isNaN(date.getTime())) return "";
  return new Intl.DateTimeFormat(currentLanguage() === "zh" ? "zh-CN" : "en-GB", { year: "numeric", month: "long", day: "numeric" }).format(date);
}

/** Say a distance as people do. */
export function distance(metres) {
  if (metres < 950) return t("find.metres", { n: number(Math.max(1, metres < 100 ? Math.round(metres) : Math.round(metres / 10) * 10)) });
  return t("find.kilometres", { n: number(metres / 1000, metres < 10_000 ? 1 : 0) });
}
