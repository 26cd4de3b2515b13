// Which places are shaded at a zoom, and how.

import { measure, shading } from "./measures.js";
import { allOf, areaFigures, areasAtHand, place, usableLevels } from "./places.js";
import { map } from "./stage.js";
import { state } from "./state.js";

const FINER = { county: "township", township: "area" };
const ORDER = ["county", "township", "area"];
// zooms of the map up to which a level of places is told apart best
const COUNTY_TO = 9.5;
const TOWNSHIP_TO = 10.6;
// so much nearer than the whole the coarsest places are still shaded
const NEARER = 0.75;

let whole = 0;

/** Say at which zoom the whole is seen: there the coarsest places are shaded, however near that is. */
export function wholeAt(zoom) {
  whole = zoom;
}

/** The level of places shaded now, where no grids are drawn: by zoom, but never coarser than what lies in what is selected. */
export function shadedLevel() {
  const byZoom = map.getZoom() < COUNTY_TO ? "county" : map.getZoom() < TOWNSHIP_TO ? "township" : "area";
  const selected = place(state.place);
  const least = selected ? FINER[selected.level] : (usableLevels()[0] ?? "area");
  if (!selected && map.getZoom() < whole + NEARER) return least;
  const finest = ORDER[Math.max(ORDER.indexOf(byZoom), ORDER.indexOf(least))];
  return finest === "area" || usableLevels().includes(finest) ? finest : "area";
}

let made = null;
let madeFor = "";

/** Shades of a level; of areas only once their figures are here. */
export function shadesOf(level) {
  const some = level === "area" ? [...(areasAtHand()?.values() ?? [])] : allOf(level);
  const key = JSON.stringify([level, state.shade, some.length]);
  if (key !== madeFor) {
    madeFor = key;
    made = some.length ? shading(state.shade, some) : null;
  }
  return made;
}

/** Fetch what shading a level needs. */
export const shadesReady = (level) => (level === "area" ? areaFigures() : Promise.resolve());

/** The colour of an area seen from afar; null as long as its figures are not here. */
export function areaColour(code) {
  const figures = areasAtHand()?.get(code);
  return figures ? shadesOf("area").colourOf(figures) : null;
}

/** What an area is shaded by, in words; null where that is not told, or its figures are not here. */
export function areaSays(code) {
  const figures = areasAtHand()?.get(code);
  const { value, say } = measure(state.shade);
  const told = figures ? value(figures) : null;
  return told === null ? null : say(told);
}
