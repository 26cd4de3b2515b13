// Names on the map: as many as there is room for, the largest first, none over another.

/* global L */

import { h } from "./dom.js";
import { inside } from "./inside.js";
import { map } from "./stage.js";
import { floors, households } from "./words.js";

const MOST = 160;
let layer = null;

const width = (text) => [...text].reduce((sum, sign) => sum + (sign.charCodeAt(0) > 255 ? 13 : 7.2), 0);

const half = (lines) => [Math.max(...lines.map(width)) / 2 + 3, lines.length * 7.5 + 2];

/** Whether a label lies wholly inside its grid: its corners do. */
function fits(lines, feature, point) {
  const [w, height] = half(lines);
  const corners = [[-w, -height], [w, -height], [-w, height], [w, height]];
  return corners.every(([dx, dy]) => {
    const { lng, lat } = map.containerPointToLatLng(L.point(point.x + dx, point.y + dy));
    return inside(feature.geometry, lng, lat);
  });
}

/** Choose what to write: what fits into its polygon, and touches no label chosen before. */
function place(features, level, taken = []) {
  const view = map.getBounds();
  const placed = [];
  for (const feature of features) {
    const { properties } = feature;
    if (!properties.label) continue;
    const at = L.latLng(properties.label[1], properties.label[0]);
    if (!view.contains(at)) continue;
    const point = map.latLngToContainerPoint(at);
    const lines = level ? [properties.short, properties.stack ? floors(properties.stack.floors) : households(properties.households)] : [properties.name, properties.more].filter(Boolean);
    if (!fits(lines, feature, point)) lines.length = 1;
    if (!fits(lines, feature, point)) continue;
    const [w, height] = half(lines);
    const box = [point.x - w, point.y - height, point.x + w, point.y + height];
    if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
    taken.push(box);
    placed.push({ at, lines, level });
    if (placed.length >= MOST) break;
  }
  return placed;
}

/** Names of areas, where several are in view and each is wide enough for its name. */
function placeAreas(features, taken) {
  const view = map.getBounds();
  const seen = features.filter(({ properties }) => properties.label && view.contains([properties.label[1], properties.label[0]]));
  return seen.length < 2 ? [] : place(seen, 0, taken);
}

/** Label grids by number and households; from afar, areas by name. */
export function drawLabels(grids, areas, level) {
  layer?.remove();
  const taken = [];
  const names = level <= 1 ? placeAreas(areas, taken) : [];
  const markers = [...names, ...place(grids, level, taken)].map(({ at, lines, level: of }) =>
    L.marker(at, {
      interactive: false,
      keyboard: false,
      icon: L.divIcon({
        className: of ? "label" : "label label-area",
        iconSize: null,
        html: h("span", { "aria-hidden": "true" }, h("b", {}, lines[0]), lines[1] ? h("small", {}, lines[1]) : null),
      }),
    }),
  );
  layer = L.layerGroup(markers).addTo(map);
}
