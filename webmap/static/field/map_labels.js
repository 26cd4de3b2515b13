// Names on the map: of the grids people walk and of elements, as many as there is room for.

/* global L */

import { here } from "./position.js";
import { elementName, gridName } from "./say.js";
import { somewhere } from "./geo.js";
import { plan } from "./state.js";

const [HIGH, WIDE] = [20, 15];
const MOST = 40;
const CLOSE = 14;

const clash = (a, b) => a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3];

/** Names and where they stand: grids first, for they tell whose ground it is. */
function wanted(map) {
  const level = plan().policy.level ?? 1;
  const grids = [...plan().grids.values()].filter((grid) => grid.level === level).map((grid) => {
    const bounds = L.geoJSON(grid.geometry).getBounds();
    const [west, east] = [bounds.getSouthWest(), bounds.getNorthEast()].map((at) => map.latLngToContainerPoint(at));
    return { name: gridName(grid.code), at: bounds.getCenter(), room: east.x - west.x, kind: "grid" };
  });
  const elements = map.getZoom() < CLOSE ? [] : [...plan().elements.values()].filter(({ name }) => name).map((element) => {
    const place = somewhere(element.geometry);
    return { name: elementName(element), at: L.latLng(place[1], place[0]), room: Infinity, kind: "element" };
  });
  return [...grids, ...elements];
}

/** Write the names that fit what is in view. */
export function drawLabels(map, layer) {
  layer.clearLayers();
  const me = here.fix && map.latLngToContainerPoint([here.fix.lat, here.fix.lon]);
  const taken = me ? [[me.x - HIGH, me.y - HIGH, me.x + HIGH, me.y + HIGH]] : [];
  for (const { name, at, room, kind } of wanted(map)) {
    if (taken.length >= MOST) return;
    const { x, y } = map.latLngToContainerPoint(at);
    const width = name.length * WIDE;
    const box = [x - width / 2, y - HIGH / 2, x + width / 2, y + HIGH / 2];
    if (width > room + HIGH || !map.getBounds().contains(at) || taken.some((other) => clash(box, other))) continue;
    taken.push(box);
    const text = document.createElement("span");
    text.textContent = name;
    layer.addLayer(L.marker(at, { interactive: false, keyboard: false, icon: L.divIcon({ className: `map-label ${kind}`, html: text, iconSize: [0, 0] }) }));
  }
}
