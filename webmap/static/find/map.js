// The map of the lookup: tiles where a version is published, else areas and the grids around the answer.

/* global L */

import { byId, fill, h, picture } from "../app/dom.js";
import { FOCUS, GRID_COLOURS, INK } from "../app/style.js";
import { tileLayer } from "../app/tile_layer.js";
import { CONFIG, t } from "../app/words.js";
import { askArea, askAreas, askFormerShape, askGridsOf, askShape, askTiles } from "./service.js";

const GROUND = "#eef1ef";
const CLOSE = 17;
const [WAIT, MOST_TRIES] = [4000, 60];
const LINES = { 1: 3.5, 2: 2.5, 3: 2 };
const still = window.matchMedia("(prefers-reduced-motion: reduce)");

const map = L.map("map", { zoomControl: false, attributionControl: false, preferCanvas: true, maxZoom: 20, minZoom: 4, keyboard: true, zoomSnap: 0.5, bounceAtZoomLimits: false });
const panes = {};
for (const [name, order] of [["ground", 390], ["grids", 400], ["answer", 420], ["here", 430]]) {
  map.createPane(name).style.zIndex = order;
  panes[name] = L.canvas({ pane: name, padding: 0.4 });
}

let tiles = null;
let areas = null;
let shown = L.layerGroup().addTo(map);
let marks = L.layerGroup().addTo(map);
let context = null;

const toBounds = ([west, south, east, north]) => L.latLngBounds([south, west], [north, east]);
const plain = (layer, name, style) => L.geoJSON(layer, { renderer: panes[name], pane: name, interactive: false, style });

/** Start the map; `tapped` gets longitude and latitude. */
export async function startMap(tapped) {
  map.fitBounds(CONFIG.bounds ? toBounds(CONFIG.bounds) : L.latLngBounds([36.7, 110.3], [38.7, 112.3]), { animate: false, padding: [12, 12] });
  for (const url of CONFIG.base_map?.urls ?? []) {
    L.tileLayer(url, { subdomains: CONFIG.base_map.subdomains, maxNativeZoom: CONFIG.base_map.max_zoom, maxZoom: 20 }).addTo(map);
  }
  map.on("click", ({ latlng }) => tapped([latlng.lng, latlng.lat]));
  map.getContainer().addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== map.getContainer()) return;
    const { lng, lat } = map.getCenter();
    tapped([lng, lat]);
  });
  byId("credit").textContent = CONFIG.attribution ?? "";
  new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
  if (await addTiles(0)) return;
  const outlines = await askAreas();
  areas = plain(outlines, "ground", { color: INK, weight: outlines.features.length > 300 ? 0.5 : 1.2, opacity: 0.7, fillColor: GRID_COLOURS[0], fillOpacity: 0.35 }).addTo(map);
}

/** Draw the tiles; while they are being written, look again from time to time. */
async function addTiles(tries) {
  const told = await askTiles().catch(() => ({ url: null }));
  if (!told.url) return false;
  if (!told.ready) {
    if (tries < MOST_TRIES) setTimeout(() => addTiles(tries + 1), WAIT);
    return false;
  }
  tiles = tileLayer(told.url, { colouring: "grid", level: "auto", ground: CONFIG.base_map ? null : GROUND });
  tiles.addTo(map);
  areas?.remove();
  context?.remove();
  return true;
}

/** Where a place is in the window, in pixels. */
export function pointOf([lon, lat]) {
  const { x, y } = map.latLngToContainerPoint([lat, lon]);
  const box = map.getContainer().getBoundingClientRect();
  return [box.left + x, box.top + y];
}

export function drawZoom() {
  const button = (key, d, run) => h("button", { type: "button", "aria-label": t(key), title: t(key), on: { click: run } }, picture(d));
  fill(
    byId("zoom"),
    button("zoom.in", "M12 5v14M5 12h14", () => map.zoomIn(1)),
    button("zoom.out", "M5 12h14", () => map.zoomOut(1)),
    button("find.map.centre", ["M12 3v5M12 16v5M3 12h5M16 12h5", "M12 12.5a.5.5 0 1 0 0-1 .5.5 0 0 0 0 1z"], () => map.fire("click", { latlng: map.getCenter() })),
  );
}

/** Mark the place that was asked for, and, for a phone, how well it is known. */
export function markPlace(place, { accuracy = 0, phone = false, move = false } = {}) {
  marks.clearLayers();
  // a phone's place is in WGS84; on a map in another datum the dot would lie
  if (!place || (phone && CONFIG.datum !== "WGS84")) return;
  const at = L.latLng(place[1], place[0]);
  const style = { renderer: panes.here, pane: "here", interactive: false };
  if (accuracy) marks.addLayer(L.circle(at, { ...style, radius: accuracy, color: FOCUS, weight: 1, fillOpacity: 0.12 }));
  marks.addLayer(L.circleMarker(at, { ...style, radius: 8, color: "#ffffff", weight: 3, fillColor: FOCUS, fillOpacity: 1 }));
  if (move) go(accuracy ? at.toBounds(2 * accuracy) : at.toBounds(120));
}

const go = (bounds) => map.fitBounds(bounds, { maxZoom: CLOSE, padding: [36, 36], animate: !still.matches });

export function clearMap() {
  shown.clearLayers();
  context?.remove();
  context = null;
}

const codesOf = (chains) => [...new Set(chains.flat().map(({ code }) => code))];

/** Without tiles the grids beside the answer are drawn too: those of its level, in its areas. */
async function drawContext(chains, mine) {
  if (tiles) return;
  const wanted = new Map(chains.map((chain) => chain.at(-1)).filter(Boolean).map(({ area, level }) => [`${area} ${level}`, [area, level]]));
  const collections = await Promise.all([...wanted.values()].map(([area, level]) => askGridsOf(area, level)));
  if (mine !== turn) return;
  context?.remove();
  context = L.layerGroup(collections.map((grids) => plain(grids, "grids", beside))).addTo(map);
}

const beside = ({ properties: { colour } }) => ({ color: INK, weight: 0.8, opacity: 0.6, fillColor: GRID_COLOURS[colour % GRID_COLOURS.length], fillOpacity: 0.55 });

let turn = 0;

/** Show the borders of chains of grids (each level 1 first); the finest is what the map goes to. */
export async function showGrids(chains, { move = true, beside: place = null } = {}) {
  const mine = ++turn;
  const found = await Promise.all(codesOf(chains).map(askShape));
  if (mine !== turn) return;
  shown.clearLayers();
  const finest = new Set(chains.map((chain) => chain.at(-1)?.code));
  const ordered = [...found].sort((a, b) => a.properties.level - b.properties.level);
  for (const feature of ordered) {
    const { level, code } = feature.properties;
    const weight = finest.has(code) ? 4.5 : LINES[level];
    shown.addLayer(plain(feature, "answer", { color: "#ffffff", weight: weight + 3, opacity: 0.9, fill: false, lineJoin: "round" }));
    shown.addLayer(plain(feature, "answer", { color: FOCUS, weight, opacity: 1, dashArray: finest.has(code) ? null : "1 6", lineCap: "round", fill: finest.has(code), fillOpacity: 0.14 }));
  }
  const settled = drawContext(chains, mine);
  if (!move) return settled;
  const bounds = L.latLngBounds([]);
  for (const feature of found) if (finest.has(feature.properties.code)) bounds.extend(L.geoJSON(feature).getBounds());
  if (place) bounds.extend([place[1], place[0]]);
  if (bounds.isValid()) go(bounds);
  return settled;
}

/** Show the border of an area. */
export const showArea = (code) => showBorder(askArea(code));

/** Show a county or a township. */
export function showBox(bounds) {
  turn += 1;
  clearMap();
  go(toBounds(bounds));
}

/** Show where a grid was that is no more. */
export const showFormer = (code, day) => showBorder(askFormerShape(code, day));

async function showBorder(asked) {
  const mine = ++turn;
  const feature = await asked;
  if (mine !== turn) return;
  clearMap();
  const border = plain(feature, "answer", { color: FOCUS, weight: 4, fill: false });
  shown.addLayer(plain(feature, "answer", { color: "#ffffff", weight: 7, fill: false })).addLayer(border);
  go(border.getBounds());
}
