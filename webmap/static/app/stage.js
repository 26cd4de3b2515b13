// The Leaflet map that folium wrote into the page, and the canvases we draw on, from the bottom up.

import { canvasPane } from "./canvas.js";

export const map = window[document.querySelector(".folium-map").id];

export const renderer = {
  areas: canvasPane(map, "areas", 390, { passive: false }),
  grids: canvasPane(map, "grids", 400),
  units: canvasPane(map, "units", 402),
  ground: canvasPane(map, "ground", 404),
  outlines: canvasPane(map, "outlines", 408),
  lines: canvasPane(map, "lines", 412),
  focus: canvasPane(map, "focus", 416),
};

/** Let grids be clicked, or, where none are drawn, the areas below them. */
export function gridsTakeClicks(yes) {
  map.getPane("grids").classList.toggle("passive", !yes);
}
