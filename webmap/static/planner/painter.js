// The canvas that shows the units: all of them after a move of the map, and only what changed while painting.

/* global L */

import { INK } from "../app/style.js";
import { touches } from "./geometry.js";
import { OUTLINE } from "./look.js";

const RIM = 0;
const UNIT = 4;
const FOCUS = 5;
const LINES = {
  [UNIT]: { colour: "rgba(255, 255, 255, 0.95)", width: 0.7 },
  3: { colour: INK, width: 1.1 },
  2: { colour: INK, width: 2 },
  1: { colour: INK, width: 3.2 },
  [RIM]: { colour: INK, width: 3.2 },
  [FOCUS]: { colour: OUTLINE, width: 4 },
};
// borders of units are drawn once a middling unit is this many pixels wide
const LEGIBLE = 7;
const HATCHES = new Map();

/** Stripes in a colour, the same width whatever the zoom. */
function hatch(ctx, colour, scale) {
  if (!HATCHES.has(colour)) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 16;
    const pen = tile.getContext("2d");
    pen.strokeStyle = colour;
    pen.lineWidth = 3.4;
    for (const start of [-16, 0, 16]) {
      pen.moveTo(start, 16);
      pen.lineTo(start + 16, 0);
    }
    pen.stroke();
    HATCHES.set(colour, tile);
  }
  const pattern = ctx.createPattern(HATCHES.get(colour), "repeat");
  pattern.setTransform(new DOMMatrix().scale(0.5 / scale));
  return pattern;
}

export const Painter = L.Renderer.extend({
  options: { pane: "units", padding: 0.2, pmIgnore: true },

  /** `look` says the level shown, the fill of a unit, and the colour of its stripes, if any. */
  initialize(model, look, options) {
    L.setOptions(this, options);
    L.stamp(this);
    this._layers = {};
    this.model = model;
    this.look = look;
    this.frames = 0;
  },

  _initContainer() {
    this._container = document.createElement("canvas");
    this._container.setAttribute("aria-hidden", "true");
    this._ctx = this._container.getContext("2d");
  },

  _destroyContainer() {
    cancelAnimationFrame(this._frame);
    this._container.remove();
    delete this._container;
    delete this._ctx;
  },

  _updatePaths() {},

  _update() {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    this._ratio = Math.min(window.devicePixelRatio || 1, 2);
    L.DomUtil.setPosition(this._container, this._bounds.min);
    this._container.width = Math.round(size.x * this._ratio);
    this._container.height = Math.round(size.y * this._ratio);
    this._container.style.width = `${size.x}px`;
    this._container.style.height = `${size.y}px`;
    this.draw();
    this.fire("update");
  },

  /** Set the pen so that sheet pixels can be drawn as they are. */
  _ready() {
    const { sheet } = this.model;
    const scale = sheet.scale(this._map.getZoom());
    const corner = sheet.origin.multiplyBy(scale).subtract(this._map.getPixelOrigin()).subtract(this._bounds.min);
    this._scale = scale;
    this._ctx.setTransform(this._ratio * scale, 0, 0, this._ratio * scale, this._ratio * corner.x, this._ratio * corner.y);
    this._ctx.lineJoin = this._ctx.lineCap = "round";
    const size = this._bounds.getSize();
    return [-corner.x / scale, -corner.y / scale, (size.x - corner.x) / scale, (size.y - corner.y) / scale];
  },

  /** Draw everything in view. */
  draw() {
    if (!this._ctx) return;
    cancelAnimationFrame(this._frame);
    this._changed = null;
    this._ctx.setTransform(1, 0, 0, 1, 0, 0);
    this._ctx.clearRect(0, 0, this._container.width, this._container.height);
    const view = this._ready();
    const { shapes, index } = this.model;
    const units = [...index.near(...view)].filter((unit) => meets(shapes[unit].box, view));
    this._units(units);
    this.frames += 1;
  },

  /** Draw units that changed, with the next picture of the screen. */
  touch(units) {
    if (!this._changed) {
      this._changed = new Set();
      this._frame = requestAnimationFrame(() => this._redraw());
    }
    for (const unit of units) this._changed.add(unit);
  },

  _redraw() {
    if (!this._ctx || !this._changed) return;
    const around = new Set(this._changed);
    // a border lies half in the neighbour
    for (const unit of this._changed) for (const other of this.model.edges.neighbours[unit]) around.add(other);
    this._changed = null;
    this._ready();
    this._units(around);
    this.frames += 1;
  },

  _units(units) {
    const { shapes } = this.model;
    const [ctx, look] = [this._ctx, this.look];
    const striped = [];
    for (const unit of units) {
      ctx.fillStyle = look.fill(unit);
      ctx.fill(shapes[unit].path, "evenodd");
      const stripes = look.stripes(unit);
      if (stripes) striped.push([unit, stripes]);
    }
    for (const [unit, colour] of striped) {
      ctx.fillStyle = hatch(ctx, colour, this._scale);
      ctx.fill(shapes[unit].path, "evenodd");
    }
    this._borders(units);
  },

  _borders(units) {
    const { edges, shapes } = this.model;
    const paths = { [UNIT]: [], 3: [], 2: [], 1: [], [RIM]: [], [FOCUS]: [] };
    const seen = new Set();
    const legible = this._legible(shapes);
    for (const unit of units) {
      for (const edge of edges.of[unit]) {
        if (seen.has(edge)) continue;
        seen.add(edge);
        const kind = this._kind(edges.sides[edge]);
        if (kind !== UNIT || legible) paths[kind].push(edge);
        if (this._rims(edges.sides[edge])) paths[FOCUS].push(edge);
      }
    }
    for (const kind of [UNIT, 3, 2, 1, RIM, FOCUS]) this._lines(paths[kind], LINES[kind]);
  },

  /** Whether a middling unit is wide enough for its own border to be seen. */
  _legible({ length }) {
    const { x, y } = this.model.sheet.size;
    return Math.sqrt((x * y) / length) * this._scale >= LEGIBLE;
  },

  /** The coarsest level at which two units part, down to the one shown. */
  _kind([a, b]) {
    if (b < 0) return RIM;
    for (let level = 1; level <= this.look.level(); level += 1) {
      const codes = this.model.shown[level];
      if (codes[a] !== codes[b]) return level;
    }
    return UNIT;
  },

  /** Whether an edge goes around the grid that is looked at. */
  _rims([a, b]) {
    const focus = this.look.focus();
    if (!focus) return false;
    const codes = this.model.shown[this.look.level()];
    return (codes[a] === focus) !== (b >= 0 && codes[b] === focus);
  },

  _lines(edges, { colour, width }) {
    if (!edges.length) return;
    const [ctx, at] = [this._ctx, this.model.edges.coordinates];
    ctx.beginPath();
    for (const edge of edges) {
      ctx.moveTo(at[4 * edge], at[4 * edge + 1]);
      ctx.lineTo(at[4 * edge + 2], at[4 * edge + 3]);
    }
    ctx.strokeStyle = colour;
    ctx.lineWidth = width / this._scale;
    ctx.stroke();
  },

  /** Where a point of the map's window lies on the sheet, and how many sheet pixels one of its pixels is. */
  toSheet(point) {
    const scale = this.model.sheet.scale(this._map.getZoom());
    const at = this._map.containerPointToLayerPoint(point).add(this._map.getPixelOrigin()).divideBy(scale).subtract(this.model.sheet.origin);
    return { x: at.x, y: at.y, pixel: 1 / scale };
  },

  /** Units that a disc on the screen touches; without a radius, the one under the point. */
  at(point, radius = 0) {
    const { x, y, pixel } = this.toSheet(point);
    const reach = radius * pixel;
    const { shapes, index } = this.model;
    return [...index.near(x - reach, y - reach, x + reach, y + reach)].filter((unit) => touches(shapes[unit], x, y, reach));
  },
});

const meets = (box, view) => box[0] <= view[2] && box[2] >= view[0] && box[1] <= view[3] && box[3] >= view[1];
