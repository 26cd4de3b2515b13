// Numbers on the map: of each grid its code, its count, and whether it is out of band, locked, or on a number key.

/* global L */

import { h } from "../app/dom.js";
import { number } from "../app/words.js";
import { NEW, desk, on } from "./desk.js";
import { stateOf } from "./look.js";
import { keyOfGrid } from "./palette.js";
import { shortCode } from "./say.js";

const MOST = 150;
const SIGNS = { below: "▼", above: "▲" };
let layer = null;
let asked = null;

const width = (text) => [...text].reduce((sum, sign) => sum + (sign.charCodeAt(0) > 255 ? 13 : 8), 0);

/** How wide a grid is on the screen. */
function widthOf(map, { bounds: [west, , east], label }) {
  return map.latLngToContainerPoint([label[1], east]).x - map.latLngToContainerPoint([label[1], west]).x;
}

/** Place labels over a map; `view` says model, level, and what else they show. */
export function placeLabels(map, model, level, { keys = () => 0, target = null } = {}) {
  const view = map.getBounds();
  const taken = [];
  const markers = [];
  const grids = model.gridsOf(level).filter(({ label }) => label && view.contains([label[1], label[0]]));
  const heavy = (grid) => (grid.code === target ? 2 : stateOf(model, level, grid.code) in SIGNS ? 1 : 0);
  for (const grid of grids.sort((a, b) => heavy(b) - heavy(a))) {
    const point = map.latLngToContainerPoint([grid.label[1], grid.label[0]]);
    const state = stateOf(model, level, grid.code);
    const count = `${number(model.total(level, grid.code))}${SIGNS[state] ?? ""}`;
    const whole = shortCode(grid.code);
    const key = keys(grid.code);
    const name = width(whole) + (key ? 28 : 8) < widthOf(map, grid) ? whole : whole.split("·").at(-1);
    const half = Math.max(width(name), width(count)) / 2 + 4;
    const box = [point.x - half, point.y - 17, point.x + half, point.y + 17];
    if (taken.some((other) => box[0] < other[2] && box[2] > other[0] && box[1] < other[3] && box[3] > other[1])) continue;
    taken.push(box);
    const text = h("span", { "aria-hidden": "true" }, h("b", {}, key ? h("kbd", {}, key) : null, name, grid.locked ? h("i", { class: "padlock" }) : null), h("small", { class: SIGNS[state] ? "off" : "" }, count));
    markers.push(L.marker([grid.label[1], grid.label[0]], { interactive: false, keyboard: false, pmIgnore: true, icon: L.divIcon({ className: "label count-label", iconSize: null, html: text }) }));
    if (markers.length >= MOST) break;
  }
  return L.layerGroup(markers).addTo(map);
}

function draw() {
  layer?.remove();
  layer = placeLabels(desk.map, desk.painter.model, desk.level, { keys: keyOfGrid, target: desk.target === NEW ? null : desk.target });
}

function soon() {
  asked ??= requestAnimationFrame(() => {
    asked = null;
    if (desk.model) draw();
  });
}

export function startLabels() {
  layer = null;
  for (const name of ["numbers", "labels", "target", "lang", "model", "queue"]) on(name, soon);
  soon();
}
