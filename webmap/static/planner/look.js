// How units look: by grid or by band, with stripes for what is selected and what a suggestion would change.

import { EXCEPTION_INK, FOCUS, GRID_COLOURS, INK, STATE_COLOURS } from "../app/style.js";
import { NEW, desk } from "./desk.js";

export const OUTLINE = FOCUS;
const NEW_COLOUR = "#ffffff";
const NOWHERE = "#e3e3e0";

/** State of a grid, by the households it would have now. */
export function stateOf(model, level, code) {
  const { low, high } = model.bandOf(level, code);
  if (low === null) return "given";
  const households = model.total(level, code);
  return households < low ? "below" : households > high ? "above" : "in_band";
}

export function colourOf(model, level, code) {
  if (code === null || code === undefined) return NOWHERE;
  if (code === NEW) return NEW_COLOUR;
  if (desk.colour === "band") return STATE_COLOURS[stateOf(model, level, code)];
  return GRID_COLOURS[(model.colours.get(code) ?? 0) % GRID_COLOURS.length];
}

/** The look of the map that is edited; a suggestion has a model of its own. */
export function deskLook() {
  const model = () => desk.painter.model;
  return {
    level: () => desk.level,
    focus: () => desk.target,
    fill: (unit) => colourOf(model(), desk.level, model().shown[desk.level][unit]),
    stripes(unit) {
      if (desk.suggestion) return desk.suggestion.units.has(unit) ? INK : null;
      if (desk.selection.has(unit)) return FOCUS;
      return model().shown[desk.level][unit] === NEW ? FOCUS : null;
    },
  };
}

/** The look of one side of a comparison: stripes where the other side differs. */
export function sideLook(model, view, differs) {
  return {
    level: () => view.level,
    focus: () => null,
    fill: (unit) => colourOf(model, view.level, model.shown[view.level][unit]),
    stripes: (unit) => (differs(unit, view.level) ? EXCEPTION_INK : null),
  };
}
