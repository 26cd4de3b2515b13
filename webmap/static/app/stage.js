// The Leaflet map that folium wrote into the page, and the canvases we draw on, from the bottom up.

import { canvasPane } from "./canvas.js";

export const map = window[document.querySelector(".folium-map").id];

export const renderer = {
  places: canvasPane(map, "places", 385, { passive: false }),
  areas: canvasPane(map, "areas", 390, { passive: false }),
  grids: canvasPane(map, "grids", 400),
  units: canvasPane(map, "units", 402),
  ground: canvasPane(map, "ground", 404),
  outlines: canvasPane(map, "outlines", 408),
  lines: canvasPane(map, "lines", 412),
  focus: canvasPane(map, "focus", 416),
};

/** Show a pane, or hide it, so that what lies below takes the clicks. */
export function showPane(name, yes) {
  map.getPane(name).style.display = yes ? "" : "none";
}

// pictures of tiles are drawn for whole zooms; where there are none any zoom will do
const WHOLE_FROM = 10.6;

/** Move the map with zooms that are as fine as what is drawn there allows: `run` asks Leaflet for it. */
export function finely(zoomThere, run) {
  const snap = map.options.zoomSnap;
  map.options.zoomSnap = 0.25;
  if (zoomThere() > WHOLE_FROM) map.options.zoomSnap = snap;
  run();
  map.options.zoomSnap = snap;
}

/** Let grids be clicked, or, where none are drawn, the areas below them. */
export function gridsTakeClicks(yes) {
  map.getPane("grids").classList.toggle("passive", !yes);
}
