// Counties and townships on the map: shaded by a measure from afar, outlined from nearer.

/* global L */

import { allOf, place, usableLevels } from "./places.js";
import { measure, measureName } from "./measures.js";
import { shadesOf } from "./shades.js";
import { askPlace } from "./source.js";
import { map, renderer, showPane } from "./stage.js";
import { change, state } from "./state.js";
import { AREA_WASH, INK } from "./style.js";
import { households } from "./words.js";

// from here on simplified borders would be seen to run beside those of areas
const OUTLINED_TO = 11;
const canHover = window.matchMedia("(hover: hover)").matches;
let shaded = null;
let outlines = null;
let drawn = "";

/** What somebody who points at a place reads. */
function tipOf(each) {
  const node = document.createElement("div");
  const name = document.createElement("strong");
  name.textContent = each.name ?? each.code;
  const { value, say } = measure(state.shade);
  const told = value(each);
  node.append(name, document.createElement("br"), households(each.households));
  if (told !== null) node.append(document.createElement("br"), `${measureName(state.shade)} ${say(told)}`);
  return node;
}

function shade(level) {
  const shades = shadesOf(level);
  const dim = place(state.place);
  const inside = ({ code, parent }) => !dim || code === dim.code || parent === dim.code || parent === dim.parent;
  const layers = allOf(level).map((each) => {
    const layer = L.geoJSON(each.feature, {
      renderer: renderer.places,
      pane: "places",
      style: { stroke: true, color: INK, weight: 1, opacity: 0.6, fill: true, fillColor: shades.colourOf(each), fillOpacity: inside(each) ? AREA_WASH : 0.45 },
    });
    layer.on("click", (event) => {
      L.DomEvent.stop(event);
      change({ place: each.code });
    });
    if (canHover) layer.bindTooltip(() => tipOf(each), { sticky: true, className: "tip" });
    return layer;
  });
  return L.layerGroup(layers);
}

const line = (level, weight) =>
  allOf(level).map(({ feature }) =>
    L.geoJSON(feature, { renderer: renderer.outlines, pane: "outlines", interactive: false, style: { fill: false, color: INK, weight, opacity: 0.85 } }),
  );

/** Shade a level of places, or none; and outline those that are coarser than what is drawn. */
export function drawPlaces(level) {
  const near = map.getZoom() >= OUTLINED_TO;
  const key = JSON.stringify([level, near, state.shade, state.place]);
  if (key === drawn) return;
  drawn = key;
  shaded?.remove();
  outlines?.remove();
  showPane("places", Boolean(level));
  showPane("areas", !level);
  shaded = level ? shade(level).addTo(map) : null;
  const lines = near ? [] : [...(level === "county" ? [] : line("county", 2.6)), ...(level ? [] : line("township", 1.5))];
  outlines = L.layerGroup(lines).addTo(map);
}

const borders = new Map(); // township → layer of its border to the metre

function inView() {
  const view = map.getBounds();
  return usableLevels().includes("township") && map.getZoom() >= OUTLINED_TO ? allOf("township").filter(({ bounds: [w, s, e, n] }) => view.intersects([[s, w], [n, e]])) : [];
}

/** From near, outline the townships in view as exactly as the areas beside them. */
export function drawBorders() {
  const wanted = new Set(inView().map(({ code }) => code));
  for (const [code, layer] of borders) {
    if (wanted.has(code)) continue;
    layer?.remove();
    borders.delete(code);
  }
  for (const code of wanted) {
    if (borders.has(code)) continue;
    borders.set(code, null);
    askPlace(code).then(
      (feature) => borders.has(code) && borders.set(code, L.geoJSON(feature, { renderer: renderer.outlines, pane: "outlines", interactive: false, style: { fill: false, color: "#4a2545", weight: 1.8, opacity: 0.8, dashArray: "10 3 2 3" } }).addTo(map)),
      () => borders.delete(code), // asked again at the next move
    );
  }
}

/** Names and numbers to write on what is shaded. */
export function placeLabels(level) {
  if (!level) return [];
  const { value, say } = measure(state.shade);
  return allOf(level).map((each) => {
    const told = value(each);
    return { type: "Feature", geometry: each.feature.geometry, properties: { label: each.label, name: each.name ?? each.code, more: told === null ? null : say(told), code: each.code } };
  });
}
