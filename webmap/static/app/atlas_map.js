// The map: areas from afar, grids of the areas in view from near, and the outlines of coarser levels above them.

/* global L */

import { loadElements } from "./elements_layer.js";
import { inside } from "./inside.js";
import { drawLabels } from "./labels.js";
import { drawBorders, drawPlaces, placeLabels } from "./place_layer.js";
import { askVacancies, place, startPlaces } from "./places.js";
import { areaColour, areaSays, shadedLevel, shadesOf, shadesReady, wholeAt } from "./shades.js";
import { isPhone, sheetHeight } from "./sheet.js";
import { askArea, askAreas, askGrid, askGrids, askPlace, askPlaces, askUnits } from "./source.js";
import { finely, gridsTakeClicks, map, renderer } from "./stage.js";
import { change, state } from "./state.js";
import { FOCUS, INK, areaStyle, gridStyle } from "./style.js";
import { refreshTiles, setTileUnits, startTiles, tileLevel, tiled } from "./tile_map.js";
import { busy, byId, notice } from "./dom.js";
import { CONFIG, band, floors, households, t } from "./words.js";

// a level is drawn once a middling grid of it is this many pixels wide
const LEGIBLE = 40;
const AREAS_FROM = 9;
const MOST_AREAS = 60;
const MOST_KEPT = 120;
const UNITS_FROM_ZOOM = 16.5;
const NEARER = 1.25;
const EXACT_FROM = 11;

// a finger leaves tips standing
const canHover = window.matchMedia("(hover: hover)").matches;
const areas = new Map(); // code → { feature, bounds, layer }
const drawn = new Map(); // area code → { level, group, features, outlines }
const options = { units: false };
let shownLevel = 0;
const drawnListeners = [];

/** Return the grid drawn at a place, if any. */
export function gridAt({ lng, lat }) {
  for (const { features } of drawn.values()) {
    const found = features.find(({ geometry }) => inside(geometry, lng, lat));
    if (found) return found.properties;
  }
  return null;
}

/** How many of the grids drawn are of each state, and how many are exceptions; null of tiles, which are not counted. */
export function drawnStates() {
  if (tiled()) return null;
  const states = {};
  let exceptions = 0;
  for (const { features } of drawn.values()) {
    for (const { properties } of features) {
      states[properties.state] = (states[properties.state] ?? 0) + 1;
      if (properties.exceptional) exceptions += 1;
    }
  }
  return { states, exceptions };
}

export const currentLevel = () => shownLevel;
export const onDrawn = (run) => drawnListeners.push(run);

const toBounds = ([west, south, east, north]) => L.latLngBounds([south, west], [north, east]);

let whole = null;

/** Fetch what the map begins with: counties and townships, and the tiles of a large plan or else all areas. */
export async function startMap(summary) {
  whole = summary.bounds;
  const [collection] = await Promise.all([askPlaces(), startTiles(summary, areaColour, areaSays)]);
  startPlaces(collection);
  if (CONFIG.staff) await askVacancies().catch(() => null); // then nobody is told of them
  if (!tiled()) await startAreas();
  map.on("moveend", onMoved);
}

async function startAreas() {
  for (const feature of (await askAreas()).features) {
    const layer = L.geoJSON(feature, { renderer: renderer.areas, pane: "areas", style: areaStyle(areaColour(feature.properties.code)) });
    const bounds = feature.properties.bounds ? toBounds(feature.properties.bounds) : null;
    layer.on("click", (event) => {
      L.DomEvent.stop(event);
      change({ area: feature.properties.code, grid: null });
    });
    if (canHover) layer.bindTooltip(() => feature.properties.name, { sticky: true, className: "tip" });
    areas.set(feature.properties.code, { feature, bounds, layer: layer.addTo(map) });
  }
  map.on("click", onEmptyClick);
}

function onEmptyClick() {
  if (state.grid || state.area || state.place) change({ grid: null, area: null }, { via: "map" });
}

export const wholeBounds = () => whole;

/** Padding that keeps what matters out from under the bars, the legend and, on a phone, the sheet. */
function padding() {
  if (isPhone()) return { paddingTopLeft: [16, 104], paddingBottomRight: [16, sheetHeight() + 16] };
  const legend = byId("legend").querySelector(".legend-body:not([hidden])");
  const room = legend && window.innerWidth > 1000 ? 290 : 64;
  return { paddingTopLeft: [24, 70], paddingBottomRight: [room, 40] };
}

/** Bring a box, as far as there is room, out from under the sheet of a phone, without zooming. */
export function uncover(box) {
  if (!isPhone() || !box) return;
  const bounds = toBounds(box);
  const { paddingTopLeft: [left, top], paddingBottomRight: [right, bottom] } = padding();
  const [a, b] = [bounds.getNorthWest(), bounds.getSouthEast()].map((corner) => map.latLngToContainerPoint(corner));
  const room = map.getSize().subtract([left + right, top + bottom]);
  const [x, y] = [Math.min(b.x - a.x, room.x) / 2 - 1, Math.min(b.y - a.y, room.y) / 2 - 1];
  map.panInside(bounds.getCenter(), {
    paddingTopLeft: [left + x, top + y],
    paddingBottomRight: [right + x, bottom + y],
    animate: !reducedMotion(),
  });
}

let zooming = false;
map.on("zoomanim", () => (zooming = true));
map.on("zoomend", () => (zooming = false));

/** Take the map to a box. Leaflet drops a move asked for during an animated zoom, so such a one waits for its end. */
export function showBounds(box, { maxZoom = 18, animate = true } = {}) {
  if (!box) return;
  const bounds = toBounds(box);
  const go = () => finely(() => zoomOf(box), () => map.fitBounds(bounds, { ...padding(), maxZoom, animate: animate && !reducedMotion() }));
  if (zooming) map.once("zoomend", () => setTimeout(go));
  else go();
}

/** The zoom at which a box fills what is seen of the map. */
function zoomOf(box) {
  const { paddingTopLeft: a, paddingBottomRight: b } = padding();
  return map.getBoundsZoom(toBounds(box), false, L.point(a).add(b));
}

const reducedMotion = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

function onMoved() {
  const centre = map.getCenter();
  change({ at: `${+map.getZoom().toFixed(2)}/${centre.lat.toFixed(5)}/${centre.lng.toFixed(5)}` }, { quiet: true });
  refresh();
}

function inView() {
  const view = map.getBounds().pad(0.1);
  return [...areas.values()].filter(({ bounds }) => bounds && view.intersects(bounds));
}

const metresAPixel = () =>
  (40075016.686 * Math.cos((map.getCenter().lat * Math.PI) / 180)) / (256 * 2 ** map.getZoom());

/** The level asked for; what lies in a selected place is shaded until one looks closer. */
export function wantedLevel() {
  const selected = state.level === "auto" ? place(state.place) : null;
  return selected && map.getZoom() < zoomOf(selected.bounds) + NEARER ? "0" : state.level;
}

/** Choose the finest level whose grids can be told apart at this zoom; 0 draws areas alone. */
function chooseLevel(visible) {
  const wanted = wantedLevel();
  if (visible.length > MOST_AREAS) return 0;
  if (wanted !== "auto") return Number(wanted);
  if (state.grid && selectedLevel) return selectedLevel;
  const scale = metresAPixel();
  const widths = { 1: [], 2: [], 3: [] };
  for (const { feature } of visible) {
    for (const [level, size] of Object.entries(feature.properties.sizes)) widths[level].push(size / scale);
  }
  const middling = (values) => values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
  if (middling(widths[1]) < AREAS_FROM) return 0;
  return middling(widths[3]) >= LEGIBLE ? 3 : middling(widths[2]) >= LEGIBLE ? 2 : 1;
}

let turn = 0;

/** Draw what belongs in the present view. */
export async function refresh() {
  const mine = ++turn;
  if (tiled()) {
    await drawTiles();
    return;
  }
  const visible = inView();
  const level = chooseLevel(visible);
  if (Number(state.level) > 0 && level === 0) notice(t("map.too_many"));
  shownLevel = level;
  const shaded = await shade(level);
  if (mine !== turn) return;
  const wanted = new Set(level ? visible.map(({ feature }) => feature.properties.code) : []);
  forget(wanted, level);
  const results = await busy(Promise.allSettled([...wanted].map((code) => drawArea(code, level, mine))));
  if (mine !== turn) return;
  const failed = results.find(({ status }) => status === "rejected");
  if (failed) notice(failed.reason.message, { error: true });
  busy(loadElements(level ? [...wanted] : []));
  for (const run of drawnListeners) run();
  if (shaded) drawLabels([], placeLabels(shaded), 0);
  else drawLabels([...drawn.values()].flatMap((entry) => entry.features), visible.map(({ feature }) => (level ? feature : withNumber(feature))), level);
  showFocus();
}

const withNumber = (feature) => ({ ...feature, properties: { ...feature.properties, more: areaSays(feature.properties.code) } });

let areasShadedBy = "";

/** Shade what is to be seen where no grids are drawn; return the level of places that takes, if any. */
async function shade(level) {
  wholeAt(zoomOf(whole));
  const shaded = level ? null : shadedLevel();
  if (shaded) await busy(shadesReady(shaded)).catch((error) => notice(error.message, { error: true }));
  const coarse = shaded === "area" ? null : shaded;
  drawPlaces(coarse);
  drawBorders();
  if (shaded === "area" && areasShadedBy !== state.shade && shadesOf("area")) {
    areasShadedBy = state.shade;
    for (const [code, { layer }] of areas) layer.setStyle(areaStyle(areaColour(code)));
  }
  return coarse;
}

async function drawTiles() {
  shownLevel = tileLevel(wantedLevel());
  const mine = turn;
  const shaded = await shade(shownLevel);
  if (mine !== turn) return;
  refreshTiles(wantedLevel(), shaded === null);
  for (const run of drawnListeners) run();
  drawLabels([], placeLabels(shaded), 0);
  showFocus();
}

function forget(wanted, level) {
  for (const [code, entry] of drawn) {
    if (!wanted.has(code) && (entry.level !== level || drawn.size > MOST_KEPT)) remove(code, entry);
  }
}

function remove(code, entry) {
  entry.group.remove();
  entry.outlines.remove();
  entry.units?.remove();
  drawn.delete(code);
  areas.get(code).layer.addTo(map);
  gridsTakeClicks(drawn.size > 0);
}

async function drawArea(code, level, mine) {
  const entry = drawn.get(code);
  if (entry && entry.level === level) {
    await drawUnits(code, entry);
    return;
  }
  const coarser = Array.from({ length: level - 1 }, (_, i) => askGrids(code, i + 1));
  const [collection, exact, ...above] = await Promise.all([askGrids(code, level), askArea(code), ...coarser]);
  if (mine !== turn) return;
  const before = drawn.get(code);
  if (before) remove(code, before);
  const group = L.geoJSON(collection, {
    renderer: renderer.grids,
    pane: "grids",
    style: ({ properties }) => gridStyle(properties, state.colour),
    onEachFeature: bind,
  }).addTo(map);
  const outlines = L.layerGroup([
    ...above.map((grids, i) => outline(grids, [2.4, 1.7][i])),
    outline(exact, 3),
  ]).addTo(map);
  gridsTakeClicks(true);
  areas.get(code).layer.remove();
  const made = { level, group, outlines, features: collection.features, units: null };
  drawn.set(code, made);
  await drawUnits(code, made);
}

const outline = (data, weight) =>
  L.geoJSON(data, {
    renderer: renderer.outlines,
    pane: "outlines",
    interactive: false,
    style: { fill: false, color: INK, weight, opacity: 0.85 },
  });

async function drawUnits(code, entry) {
  const wanted = options.units && map.getZoom() >= UNITS_FROM_ZOOM;
  if (!wanted || entry.units) {
    if (!wanted && entry.units) {
      entry.units.remove();
      entry.units = null;
    }
    return;
  }
  entry.units = L.geoJSON(await askUnits(code), {
    renderer: renderer.units,
    pane: "units",
    interactive: false,
    style: { fill: false, color: INK, weight: 0.7, opacity: 0.55, dashArray: "2 3" },
  });
  if (drawn.get(code) === entry) entry.units.addTo(map);
}

function bind({ properties: grid }, layer) {
  layer.on("click", (event) => {
    L.DomEvent.stop(event);
    change({ grid: grid.code, area: grid.area }, { via: "map" });
  });
  if (canHover) layer.bindTooltip(() => tipOf(grid), { sticky: true, className: "tip" });
}

function tipOf(grid) {
  const node = document.createElement("div");
  const name = document.createElement("strong");
  name.textContent = grid.name;
  node.append(name, document.createElement("br"), `${households(grid.households)} · ${band(grid)}`);
  if (grid.stack) node.append(document.createElement("br"), [grid.stack.building, floors(grid.stack.floors)].filter(Boolean).join(" "));
  return node;
}

export function setUnits(on) {
  options.units = on;
  if (on && map.getZoom() < UNITS_FROM_ZOOM) notice(t("map.units_zoom"));
  if (tiled()) setTileUnits(on);
  else refresh();
}

/** Colour drawn grids anew. */
export function recolour() {
  if (tiled()) refreshTiles(wantedLevel());
  for (const { group } of drawn.values()) group.setStyle(({ properties }) => gridStyle(properties, state.colour));
}

let selectedLevel = 0;
let focusLayer = null;
let focusKey = "";

/** Outline what is selected. */
export async function showFocus() {
  const key = state.grid ?? state.area ?? state.place ?? "";
  const exact = map.getZoom() >= EXACT_FROM; // from afar the border of what is shaded
  const drawnKey = `${key} ${exact}`;
  if (drawnKey === focusKey) return;
  focusKey = drawnKey;
  focusLayer?.remove();
  focusLayer = null;
  if (!key) return;
  const feature = await (state.grid ? gridFeature(state.grid) : state.area ? askArea(key) : exact && place(key) ? askPlace(key) : Promise.resolve(place(key)?.feature)).catch(() => null);
  if (!feature || focusKey !== drawnKey) return;
  const style = (weight, color) => ({ fill: false, weight, color, opacity: 1, lineJoin: "round" });
  const draw = (weight, color) =>
    L.geoJSON(feature, { renderer: renderer.focus, pane: "focus", interactive: false, style: style(weight, color) });
  focusLayer = L.layerGroup([draw(7, "#ffffff"), draw(3.5, FOCUS)]).addTo(map);
}

async function gridFeature(code) {
  const { area, level } = await askGrid(code);
  const { features } = await askGrids(area, level);
  return features.find(({ properties }) => properties.code === code);
}

/** Draw the level of what is selected, so that it can be seen among its like. */
export async function followSelection() {
  const card = state.grid ? await askGrid(state.grid).catch(() => null) : null;
  selectedLevel = card?.level ?? 0;
}
