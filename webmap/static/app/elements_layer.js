// Managed elements of the areas in view, by class.

/* global L */

import { askElements } from "./source.js";
import { map, renderer } from "./stage.js";
import { ELEMENT_STYLES, elementStyle } from "./style.js";

const MOST_KEPT = 80;
const drawn = new Map(); // area → { class → layer group }
// forest and farmland cover most of the land: they are there for the asking
const shown = new Set(Object.keys(ELEMENT_STYLES).filter((name) => !["forest", "farmland", "hill"].includes(name)));

export const isShown = (name) => shown.has(name);

export function toggleClass(name, on) {
  shown[on ? "add" : "delete"](name);
  for (const groups of drawn.values()) apply(groups);
}

function apply(groups) {
  for (const [name, group] of Object.entries(groups)) {
    if (shown.has(name)) group.addTo(map);
    else group.remove();
  }
}

const ground = ({ colour, pattern }) => ({
  renderer: renderer.ground,
  pane: "ground",
  stroke: true,
  color: colour,
  weight: 1.2,
  opacity: 0.75,
  fill: true,
  fillColor: colour,
  fillOpacity: 0.12,
  pattern,
  patternColour: colour,
});

// thin from afar, so that a net of roads does not cover the grids
const scaled = (weight) => weight * Math.min(1, Math.max(0.3, (map.getZoom() - 9) / 7));
const CASED_FROM = 15;

const line = ({ colour, weight = 2, dash = null }) => ({
  renderer: renderer.lines,
  pane: "lines",
  fill: false,
  color: colour,
  weight: scaled(weight),
  opacity: 0.95,
  dashArray: dash,
  lineCap: dash ? "butt" : "round",
});

const casing = ({ casing: colour, weight = 2 }) => ({
  ...line({ colour, weight: weight + 2.4 }),
  opacity: map.getZoom() < CASED_FROM ? 0 : 0.85,
});

const point = ({ colour }) => ({
  renderer: renderer.lines,
  pane: "lines",
  radius: 5,
  color: "#ffffff",
  weight: 1.6,
  fill: true,
  fillColor: colour,
  fillOpacity: 1,
});

function geometryKind(geometry) {
  if (geometry.type.endsWith("Polygon")) return "ground";
  return geometry.type.endsWith("LineString") ? "line" : "point";
}

function layerOf(features, style) {
  const data = { type: "FeatureCollection", features };
  const options = { interactive: false, pointToLayer: (_, at) => L.circleMarker(at, { ...point(style), interactive: false }) };
  const kindStyle = ({ geometry }) => ({ ground, line, point })[geometryKind(geometry)](style);
  const layers = [];
  if (style.casing) {
    const lines = features.filter(({ geometry }) => geometryKind(geometry) === "line");
    const below = { type: "FeatureCollection", features: lines };
    layers.push(L.geoJSON(below, { ...options, style: () => casing(style) }));
  }
  layers.push(L.geoJSON(data, { ...options, style: kindStyle }));
  return L.layerGroup(layers);
}

let zoom = null;

/** Draw lines anew at the width this zoom asks for. */
function rescale() {
  if (zoom === map.getZoom()) return;
  zoom = map.getZoom();
  for (const groups of drawn.values()) {
    for (const group of Object.values(groups)) group.eachLayer((layer) => layer.resetStyle());
  }
}

async function load(area) {
  const { features } = await askElements(area);
  const byClass = grouped(features);
  const groups = {};
  for (const [name, members] of byClass) {
    groups[name] = layerOf(members.filter(({ geometry }) => geometry), elementStyle(name));
  }
  return groups;
}

const classOf = ({ properties }) => properties.class;

function grouped(features) {
  const out = new Map();
  for (const feature of features) {
    const name = classOf(feature);
    if (!out.has(name)) out.set(name, []);
    out.get(name).push(feature);
  }
  return out;
}

/** Draw the elements of these areas, and forget those of areas long out of view. */
export async function loadElements(areas) {
  const wanted = new Set(areas);
  rescale();
  for (const [code, groups] of drawn) {
    if (wanted.has(code) || (wanted.size && drawn.size <= MOST_KEPT)) continue;
    for (const group of Object.values(groups)) group.remove();
    drawn.delete(code);
  }
  await Promise.all(
    areas
      .filter((code) => !drawn.has(code))
      .map(async (code) => {
        drawn.set(code, {});
        try {
          const groups = await load(code);
          if (!drawn.has(code)) return;
          drawn.set(code, groups);
          apply(groups);
        } catch {
          drawn.delete(code); // asked again at the next move
        }
      }),
  );
}
