// Leaflet's canvas, with patterns over fills: hatching for exceptions, and signs for land that is looked after.

/* global L */

const tiles = new Map();

const DRAW = {
  hatch(ctx, size) {
    ctx.lineWidth = 1.4;
    for (const start of [-size, 0, size]) {
      ctx.moveTo(start, size);
      ctx.lineTo(start + size, 0);
    }
    ctx.stroke();
  },
  trees(ctx, size) {
    for (const [x, y] of [[size * 0.25, size * 0.3], [size * 0.75, size * 0.8]]) {
      ctx.moveTo(x, y - 4);
      ctx.lineTo(x + 3, y + 2);
      ctx.lineTo(x - 3, y + 2);
      ctx.closePath();
    }
    ctx.fill();
  },
  furrows(ctx, size) {
    for (const y of [size * 0.25, size * 0.75]) {
      ctx.moveTo(0, y);
      ctx.lineTo(size, y);
    }
    ctx.lineWidth = 1;
    ctx.setLineDash([size * 0.6, size * 0.4]);
    ctx.stroke();
  },
  hills(ctx, size) {
    ctx.lineWidth = 1.2;
    ctx.moveTo(size * 0.2, size * 0.6);
    ctx.quadraticCurveTo(size * 0.5, size * 0.1, size * 0.8, size * 0.6);
    ctx.stroke();
  },
  cross(ctx, size) {
    ctx.lineWidth = 1.3;
    const [a, b] = [size * 0.3, size * 0.7];
    ctx.moveTo(a, a);
    ctx.lineTo(b, b);
    ctx.moveTo(b, a);
    ctx.lineTo(a, b);
    ctx.stroke();
  },
};

const SIZES = { hatch: 8, trees: 22, furrows: 14, hills: 22, cross: 14 };

function tile(name, colour, scale = L.Browser.retina ? 2 : 1) {
  const key = `${name} ${colour} ${scale}`;
  if (!tiles.has(key)) {
    const size = SIZES[name];
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = size * scale;
    const ctx = canvas.getContext("2d");
    ctx.scale(scale, scale);
    ctx.strokeStyle = ctx.fillStyle = colour;
    ctx.beginPath();
    DRAW[name](ctx, size);
    tiles.set(key, { canvas, scale });
  }
  return tiles.get(key);
}

function pattern(ctx, name, colour) {
  const { canvas, scale } = tile(name, colour);
  const made = ctx.createPattern(canvas, "repeat");
  made.setTransform(new DOMMatrix().scale(1 / scale));
  return made;
}

const PatternCanvas = L.Canvas.extend({
  _fillStroke(ctx, layer) {
    const { hatch, pattern: name, patternColour } = layer.options;
    if (!hatch && !name) {
      L.Canvas.prototype._fillStroke.call(this, ctx, layer);
      return;
    }
    const stroke = layer.options.stroke;
    layer.options.stroke = false;
    L.Canvas.prototype._fillStroke.call(this, ctx, layer);
    ctx.globalAlpha = hatch ? 0.42 : 0.75;
    ctx.fillStyle = hatch ? pattern(ctx, "hatch", hatch) : pattern(ctx, name, patternColour);
    ctx.fill("evenodd");
    ctx.globalAlpha = 1;
    layer.options.stroke = stroke;
    if (!stroke) return;
    const filled = layer.options.fill;
    layer.options.fill = false;
    L.Canvas.prototype._fillStroke.call(this, ctx, layer);
    layer.options.fill = filled;
  },
});

/** Add a pane with its own canvas; a passive one lets every click through to what lies below. */
export function canvasPane(map, name, zIndex, { passive = true } = {}) {
  const pane = map.createPane(name);
  pane.style.zIndex = zIndex;
  if (passive) pane.classList.add("passive");
  return new PatternCanvas({ pane: name, padding: 0.25, tolerance: 2 });
}

/** A picture that repeats as a pattern, one of its pixels a pixel of the page. */
export const patternTile = (name, colour) => tile(name, colour, 1).canvas;

/** Give a sign in a legend the pattern that the map shows. */
export function wearPattern(node, name, colour) {
  node.style.backgroundImage = `url(${tile(name, colour).canvas.toDataURL()})`;
  node.style.backgroundSize = `${SIZES[name]}px`;
}
