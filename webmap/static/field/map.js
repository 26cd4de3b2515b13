// The map: grids, elements, matters and oneself on canvas. It needs no signal, for all of it is on the phone.

/* global L */

import { FOCUS, GRID_COLOURS, INK, elementStyle } from "../app/style.js";
import { CONFIG } from "../app/words.js";
import { nearest } from "./geo.js";
import { drawLabels } from "./map_labels.js";
import { isOpen } from "./matters.js";
import { here } from "./position.js";
import { plan } from "./state.js";
import { allMatters } from "./view_matters.js";

const CLOSE = 17;
const FINGER = 26;
const ALARM = "#8e1b2e";
const PICKED = "#b3261e";

const ground = ({ kind }) => kind === "ground";

/** Make a map in a node. */
export function makeMap(node, { alone = null } = {}) {
  const map = L.map(node, { zoomControl: false, attributionControl: false, preferCanvas: true, maxZoom: 20, minZoom: 5, zoomSnap: 0.5, bounceAtZoomLimits: false, fadeAnimation: false });
  const renderer = L.canvas({ padding: 0.3 });
  const layers = { plan: L.layerGroup().addTo(map), matters: L.layerGroup().addTo(map), picked: L.layerGroup().addTo(map), labels: L.layerGroup().addTo(map), me: L.layerGroup().addTo(map) };
  const style = { renderer, interactive: false };
  map.setView([37.5, 111.2], 9, { animate: false });
  // a base map in another datum would put everything half a kilometre off; without signal there is none at all
  if (CONFIG.base_map && CONFIG.datum === "WGS84") for (const url of CONFIG.base_map.urls) L.tileLayer(url, { subdomains: CONFIG.base_map.subdomains, maxNativeZoom: CONFIG.base_map.max_zoom, maxZoom: 20 }).addTo(map);
  const watcher = new ResizeObserver(() => map.invalidateSize({ animate: false }));
  watcher.observe(node);

  function drawPlan() {
    layers.plan.clearLayers();
    const { grids, elements } = plan();
    const all = [...grids.values()].sort((a, b) => b.level - a.level);
    for (const [i, grid] of all.filter(({ level }) => level === 1).entries()) layers.plan.addLayer(L.geoJSON(grid.geometry, { ...style, style: { stroke: false, fillColor: GRID_COLOURS[i % GRID_COLOURS.length], fillOpacity: 0.28 } }));
    for (const grid of all) layers.plan.addLayer(L.geoJSON(grid.geometry, { ...style, style: { color: INK, weight: grid.level === 1 ? 2.2 : 0.7, opacity: grid.level === 1 ? 0.9 : 0.45, fill: false } }));
    const sorted = [...elements.values()].sort((a, b) => ground(elementStyle(b.class)) - ground(elementStyle(a.class)));
    for (const element of sorted) drawElement(element, alone === element.id);
    drawLabels(map, layers.labels);
  }

  function drawElement({ class: name, geometry }, strong) {
    const { kind, colour, weight = 2, dash, casing } = elementStyle(name);
    const width = (strong ? 3 : 0) + weight + 1;
    const line = { color: colour, weight: kind === "ground" ? (strong ? 4 : 1.6) : width, opacity: 1, fill: kind === "ground", fillColor: colour, fillOpacity: strong ? 0.3 : 0.16, dashArray: dash ?? null };
    const point = (_, at) => L.circleMarker(at, { ...style, radius: strong ? 11 : 8, color: "#ffffff", weight: 2.5, fillColor: colour, fillOpacity: 1 });
    if (casing && kind === "line") layers.plan.addLayer(L.geoJSON(geometry, { ...style, style: { color: casing, weight: width + 2.5, opacity: 0.9, fill: false }, pointToLayer: point }));
    layers.plan.addLayer(L.geoJSON(geometry, { ...style, style: line, pointToLayer: point }));
  }

  function drawMatters() {
    layers.matters.clearLayers();
    for (const matter of allMatters().values()) {
      if (!isOpen(matter)) continue;
      const { lon, lat } = matter.found.body;
      layers.matters.addLayer(L.circleMarker([lat, lon], { ...style, radius: 9, color: "#ffffff", weight: 3, fillColor: ALARM, fillOpacity: 1 }));
    }
  }

  function drawMe() {
    layers.me.clearLayers();
    if (!here.fix) return;
    const at = [here.fix.lat, here.fix.lon];
    layers.me.addLayer(L.circle(at, { ...style, radius: here.fix.accuracy, color: FOCUS, weight: 1, fillOpacity: 0.1 }));
    layers.me.addLayer(L.circleMarker(at, { ...style, radius: 9, color: "#ffffff", weight: 3, fillColor: FOCUS, fillOpacity: 1 }));
  }

  function pick(place) {
    layers.picked.clearLayers();
    if (!place) return;
    layers.picked.addLayer(L.circleMarker([place[1], place[0]], { ...style, radius: 10, color: "#ffffff", weight: 3, fillColor: PICKED, fillOpacity: 1 }));
  }

  const boundsOf = (geometry) => L.geoJSON(geometry).getBounds();

  function showAll() {
    const bounds = L.latLngBounds([]);
    for (const grid of plan().grids.values()) bounds.extend(boundsOf(grid.geometry));
    if (!bounds.isValid()) for (const element of plan().elements.values()) bounds.extend(boundsOf(element.geometry));
    if (bounds.isValid()) map.fitBounds(bounds, { animate: false, padding: [14, 14] });
  }

  /** Which element a place of the screen is on, within a finger's breadth. */
  function elementAt(latlng) {
    const place = [latlng.lng, latlng.lat];
    const east = map.containerPointToLatLng(map.latLngToContainerPoint(latlng).add([FINGER, 0]));
    const reach = map.distance(latlng, east);
    const hits = [...plan().elements.values()].map((element) => ({ element, far: nearest(place, element.geometry).metres, big: ground(elementStyle(element.class)) })).filter(({ far }) => far <= reach);
    return hits.sort((a, b) => a.big - b.big || a.far - b.far)[0]?.element ?? null;
  }

  map.on("moveend", () => drawLabels(map, layers.labels));
  drawPlan();
  drawMatters();
  drawMe();
  return {
    map,
    drawPlan,
    drawMatters,
    drawMe,
    pick,
    showAll,
    elementAt,
    centre: () => [Number(map.getCenter().lng.toFixed(7)), Number(map.getCenter().lat.toFixed(7))],
    goTo: (place, zoom = CLOSE) => map.setView([place[1], place[0]], zoom, { animate: false }),
    showElement: (element) => map.fitBounds(boundsOf(element.geometry), { animate: false, maxZoom: CLOSE, padding: [40, 40] }),
    remove: () => {
      watcher.disconnect();
      map.remove();
    },
  };
}
