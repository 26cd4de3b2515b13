// Names on the map: as many as there is room for, the largest first, none over another.

/* global L */

import { h } from "./dom.js";
import { map } from "./stage.js";
import { households } from "./words.js";

const MOST = 160;
let layer = null;

const width = (text) => [...text].reduce((sum, sign) => sum + (sign.charCodeAt(0) > 255 ? 13 : 7.2), 0);

function place(features, level) {
  const view = map.getBounds();
  const taken = [];
  const placed = [];
  for (const { properties } of features) {
    if (!properties.label) continue;
    const at = L.latLng(properties.label[1], properties.label[0]);
    if (!view.contains(at)) continue;
    const lines = level ? [properties.short, households(properties.households)] : [properties.name];
    const point = map.latLngToContainerPoint(at);
    const [w, height] = [Math.max(...lines.map(width)) / 2 + 4, lines.length * 8 + 3];
    const box = [point.x - w, point.y - height, point.x + w, point.y + height];
    if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
    taken.push(box);
    placed.push({ at, lines });
    if (placed.length >= MOST) break;
  }
  return placed;
}

/** Label grids by number and households, or areas by name. */
export function drawLabels(features, level) {
  layer?.remove();
  const markers = place(features, level).map(({ at, lines }) =>
    L.marker(at, {
      interactive: false,
      keyboard: false,
      icon: L.divIcon({
        className: level ? "label" : "label label-area",
        iconSize: null,
        html: h("span", { "aria-hidden": "true" }, h("b", {}, lines[0]), lines[1] ? h("small", {}, lines[1]) : null),
      }),
    }),
  );
  layer = L.layerGroup(markers).addTo(map);
}
