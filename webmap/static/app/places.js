// Counties and townships, what lies in them, and the figures of all of them.

import { ask, askFigures } from "./source.js";

const places = new Map(); // code → { feature, …figures }
let city = null;
let usable = []; // levels that tell anything apart: of one county only its townships are of use
let areas = null; // figures of all areas, once they were asked for
let vacancies = null; // by code, for those who are signed in

// so many areas are listed as they are rather than by codes nobody has a name for
const FEW_AREAS = 60;

/** Whether places are of use to go down by: several that hold all areas, and known by name unless there are many. */
export function tellsApart(some, count) {
  const held = some.reduce((sum, { areas: inside }) => sum + inside, 0);
  return some.length > 1 && held === count && (count > FEW_AREAS || some.some(({ name }) => name));
}

/** Take in the answer of the service. */
export function startPlaces(collection) {
  city = collection.city;
  for (const feature of collection.features) places.set(feature.properties.code, { ...feature.properties, feature });
  usable = ["county", "township"].filter((level) => tellsApart(allOf(level), city.areas));
}

export const cityFigures = () => city;
export const place = (code) => places.get(code) ?? null;
export const allOf = (level) => [...places.values()].filter((each) => each.level === level);
export const usableLevels = () => usable;

/** The places from the coarsest down to this one. */
export function chain(code) {
  const out = [];
  for (let at = place(code); at; at = place(at.parent)) out.unshift(at);
  return out.filter(({ level }) => usable.includes(level));
}

const asObject = (columns) => (row) => {
  const out = { level: "area", elements: [], levels: [] };
  columns.forEach((name, i) => {
    const [first, unit] = name.split(":");
    if (unit) {
      if (row[i]) out.elements.push({ class: first, unit, measure: row[i] });
    } else if (/^grids_\d$/.test(name)) {
      if (row[i]) out.levels.push({ level: Number(name.slice(6)), grids: row[i] });
    } else out[name] = row[i];
  });
  return out;
};

/** Figures of all areas, by code; asked for once. */
export async function areaFigures() {
  if (!areas) {
    const { columns, rows } = await askFigures();
    areas = new Map(rows.map(asObject(columns)).map((area) => [area.code, area]));
  }
  return areas;
}

/** The same, if they are here already. */
export const areasAtHand = () => areas;

/** Take in who is missing where; only somebody who is signed in is told. */
export async function askVacancies() {
  const told = await ask("dashboard/staff");
  vacancies = new Map([told.city, ...told.counties, ...told.townships, ...told.areas].map((each) => [each.code, each]));
}

/** Grids nobody is in charge of, of a place; null where that is not known. */
export const vacantIn = (code) => vacancies?.get(code)?.vacant ?? null;
export const knowsVacancies = () => vacancies !== null;

/** What lies directly in a place; of the whole, the coarsest places there are. Null as long as it has to be fetched. */
export function childrenAtHand(code) {
  if (!code && usable.length) return allOf(usable[0]);
  if (place(code)?.level === "county") return allOf("township").filter(({ parent }) => parent === code);
  if (!areas) return null;
  return [...areas.values()].filter(({ parent }) => !code || parent === code);
}

/** The same, fetched where it has to be. */
export async function childrenOf(code) {
  if (childrenAtHand(code) === null) await areaFigures();
  return childrenAtHand(code);
}
