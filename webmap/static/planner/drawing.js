// Lines and polygons, drawn with Geoman: a polygon selects the units in it, a line splits the grid that is looked at.

import { notice } from "../app/dom.js";
import { FOCUS } from "../app/style.js";
import { t } from "../app/words.js";
import { NEW, desk, emit, on, put } from "./desk.js";
import { holds } from "./geometry.js";
import { cutBuilding } from "./deeds.js";
import { enqueue } from "./queue.js";
import { gridLabel } from "./say.js";
import { isLocked, showSelection } from "./tools.js";

const STYLE = { color: FOCUS, weight: 3, fillOpacity: 0.08 };
const SHAPES = { polygon: "Polygon", line: "Line" };
let corners = [];
let before = new Set();

export function startDrawing() {
  const { map } = desk;
  map.pm.setGlobalOptions({ snappable: false, pathOptions: STYLE, templineStyle: STYLE, hintlineStyle: { ...STYLE, dashArray: "6 5" }, tooltips: false, finishOn: "dblclick", cursorMarker: true });
  map.on("pm:create", created);
  map.on("pm:drawstart", ({ workingLayer }) => {
    corners = [];
    before = new Set(desk.selection);
    workingLayer.on("pm:vertexadded", (event) => corners.push(event.latlng));
  });
  map.on("mousemove", ({ latlng }) => {
    if (desk.tool === "polygon" && corners.length > 1) around([...corners, latlng]);
  });
  on("tool", begin);
}

function begin(tool) {
  const { map } = desk;
  map.pm.disableDraw();
  if (!SHAPES[tool]) return;
  map.pm.enableDraw(SHAPES[tool]);
  notice(t(`tool.${tool}_hint`));
}

/** Leave what is half drawn; tells whether there was anything. */
export function stopDrawing() {
  if (!desk.map.pm.globalDrawModeEnabled()) return false;
  if (corners.length && desk.tool === "polygon") showSelection(before);
  corners = [];
  put({ tool: "pan" });
  return true;
}

function around(latLngs) {
  const { model } = desk;
  const flat = new Float64Array(2 * (latLngs.length + 1));
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  [...latLngs, latLngs[0]].forEach(({ lat, lng }, i) => {
    const { x, y } = model.sheet.at(lng, lat);
    flat.set([x, y], 2 * i);
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  });
  const ring = { rings: [flat], box };
  const selection = new Set(before);
  for (const unit of model.index.near(...box)) if (holds(ring, ...model.shapes[unit].middle)) selection.add(unit);
  showSelection(selection);
  emit("stroke", { tool: "polygon" });
}

function created({ layer, shape }) {
  const points = shape === "Line" ? layer.getLatLngs() : layer.getLatLngs()[0];
  layer.remove();
  corners = [];
  if (shape === "Line") {
    split(points);
    put({ tool: "pan" });
    return;
  }
  around(points);
  emit("stroke", null);
  // ready for the next one
  setTimeout(() => desk.tool === "polygon" && begin("polygon"));
}

function split(points) {
  const grid = desk.target;
  if (!grid || grid === NEW) return;
  if (isLocked(grid)) {
    notice(t("target.locked", { grid: gridLabel(grid) }), { error: true });
    return;
  }
  // a line goes between units; what is one building is cut inside
  const units = desk.model.unitsOf(desk.level, grid);
  if (units.length === 1 && desk.model.households[units[0]] > 1) {
    notice(t("line.one_building", { grid: gridLabel(grid) }));
    cutBuilding(desk.model.unit(units[0]));
    return;
  }
  enqueue({ kind: "edit", op: { op: "split_line", grid, line: points.map(({ lng, lat }) => [lng, lat]) }, label: t("did.split_of", { grid: gridLabel(grid) }) });
}
