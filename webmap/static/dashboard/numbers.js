// Numbers of the service, and what lies in what.

import { tellsApart } from "../app/places.js";
import { ask, askFigures } from "../app/source.js";
import { CONFIG } from "../app/words.js";

let told = null;
let areas = null;

/** Ask for the numbers: the exact ones where somebody is signed in, and the public ones where that has ended. */
export async function load() {
  told = CONFIG.staff ? await ask("dashboard/staff").catch(() => ask("dashboard")) : await ask("dashboard");
  if (told.areas) areas = told.areas.map((each) => ({ ...each, level: "area" }));
  return told;
}

const withLevel = (level) => (each) => ({ ...each, level });
const counties = () => told.counties.map(withLevel("county"));
const townships = () => told.townships.map(withLevel("township"));

/** A place by its code; the whole where there is none such. */
export const placeOf = (code) => [...counties(), ...townships()].find((each) => each.code === code) ?? { ...told.city, level: "city" };

async function allAreas() {
  if (!areas) {
    const { columns, rows } = await askFigures();
    areas = rows.map((row) => areaOf(Object.fromEntries(columns.map((name, i) => [name, row[i]]))));
  }
  return areas;
}

function areaOf(row) {
  const levels = [1, 2, 3].filter((level) => row[`grids_${level}`]).map((level) => ({ level, grids: row[`grids_${level}`] }));
  const elements = Object.entries(row)
    .filter(([name, value]) => name.includes(":") && value)
    .map(([name, measure]) => ({ class: name.split(":")[0], unit: name.split(":")[1], measure }));
  return { ...row, level: "area", levels, elements };
}

/** What lies directly in a place; a level of which there is one place only is passed over. */
export async function inside(place) {
  if (place.level === "city") {
    if (tellsApart(told.counties, told.city.areas)) return counties();
    if (tellsApart(told.townships, told.city.areas)) return townships();
    return allAreas();
  }
  if (place.level === "county") return townships().filter(({ parent }) => parent === place.code);
  return (await allAreas()).filter(({ parent }) => parent === place.code);
}

/** The places above one, coarsest first. */
export function above(place) {
  const parent = place.parent ? placeOf(place.parent) : null;
  return parent && parent.level !== "city" ? [...above(parent), parent] : [];
}

export const shareOf = ({ banded, in_band: fine }) => (banded ? fine / banded : null);
export const gridsOf = ({ levels }, level) => levels.find((each) => each.level === level)?.grids ?? 0;
export const heldOf = ({ elements }, name, unit) => elements.find((item) => item.class === name && item.unit === unit)?.measure ?? 0;
