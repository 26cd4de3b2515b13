// Colours and lines. Told apart by lightness as well as hue, and never by colour alone: exceptions are hatched too.

export const STATE_COLOURS = {
  in_band: "#7cc4a4",
  below: "#f4c95d",
  above: "#d9694f",
  exception: "#b58bd0",
  given: "#9fbbe0",
};

// neighbours differ; light enough for dark labels
export const GRID_COLOURS = ["#8fc9b9", "#f3d27a", "#a9bfe8", "#eba889", "#c9d98a", "#cfaedb", "#8fd0e0", "#f0b6c6", "#d8c3a5", "#b7c4b1"];

export const INK = "#1d2a2c";
export const EXCEPTION_INK = "#8e1b2e";
export const FOCUS = "#0b57d0";

export const ELEMENT_STYLES = {
  forest: { kind: "ground", colour: "#2f7d3b", pattern: "trees" },
  farmland: { kind: "ground", colour: "#a87a12", pattern: "furrows" },
  hill: { kind: "ground", colour: "#8a5a33", pattern: "hills" },
  mine: { kind: "ground", colour: "#3c3f46", pattern: "cross" },
  road: { kind: "line", colour: "#5f6468", weight: 2.6, casing: "#ffffff" },
  river: { kind: "line", colour: "#1f78c8", weight: 3.2, casing: "#ffffff" },
  gully: { kind: "line", colour: "#8a5a33", weight: 2, dash: "7 4" },
  well: { kind: "point", colour: "#0b6fb3" },
};

const OTHER = { kind: "line", colour: "#7a3e9d", weight: 2 };

export const elementStyle = (name) => ELEMENT_STYLES[name] ?? OTHER;

/** How much of a colour is seen over the ground; the legend shows its colours so too. */
export const GRID_WASH = 0.72;
export const AREA_WASH = 0.85;

const LINE_WEIGHT = { 0: 1, 1: 1.6, 2: 1.1, 3: 0.8 };

/** Style of one grid on the map. */
export function gridStyle(grid, colouring) {
  return {
    stroke: true,
    color: INK,
    opacity: 0.7,
    weight: LINE_WEIGHT[grid.level] ?? 1,
    fill: true,
    fillColor: colouring === "grid" ? GRID_COLOURS[grid.colour % GRID_COLOURS.length] : STATE_COLOURS[grid.state],
    fillOpacity: GRID_WASH,
    hatch: grid.exceptional ? EXCEPTION_INK : null,
  };
}

/** Style of an area seen from afar, where grids would be dots. */
export function areaStyle(fillColor) {
  return {
    stroke: true,
    color: INK,
    opacity: 0.7,
    weight: 1,
    fill: true,
    fillColor: fillColor ?? "#e3e6e5",
    fillOpacity: AREA_WASH,
    hatch: null,
  };
}
