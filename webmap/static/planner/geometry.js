// Units as shapes on a flat sheet: borders they share, what lies under a point, a brush, a box or a ring.

/* global L */

// the sheet is Web Mercator at this zoom, counted from a corner of the area, so that numbers stay small
const SHEET_ZOOM = 22;

/** Sheet of an area: turns degrees into sheet pixels and says how many of them a pixel of the map is. */
export function sheetOf([west, south, east, north]) {
  const crs = L.CRS.EPSG3857;
  const origin = crs.latLngToPoint(L.latLng(north, west), SHEET_ZOOM).floor();
  const far = crs.latLngToPoint(L.latLng(south, east), SHEET_ZOOM);
  return {
    origin,
    size: far.subtract(origin),
    at: (lng, lat) => crs.latLngToPoint(L.latLng(lat, lng), SHEET_ZOOM).subtract(origin),
    scale: (zoom) => 2 ** (zoom - SHEET_ZOOM),
    latLng: (x, y) => crs.pointToLatLng(L.point(x, y).add(origin), SHEET_ZOOM),
  };
}

const polygonsOf = ({ type, coordinates }) => (type === "Polygon" ? [coordinates] : type === "MultiPolygon" ? coordinates : []);

/** Shape of a geometry: its rings as flat numbers, its box, its middle, and a path to fill. */
export function shapeOf(geometry, sheet) {
  const rings = [];
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const polygon of polygonsOf(geometry)) {
    for (const ring of polygon) {
      const flat = new Float64Array(ring.length * 2);
      ring.forEach(([lng, lat], i) => {
        const { x, y } = sheet.at(lng, lat);
        flat[2 * i] = x;
        flat[2 * i + 1] = y;
        box[0] = Math.min(box[0], x);
        box[1] = Math.min(box[1], y);
        box[2] = Math.max(box[2], x);
        box[3] = Math.max(box[3], y);
      });
      rings.push(flat);
    }
  }
  const path = new Path2D();
  for (const ring of rings) trace(path, ring);
  return { rings, box, path, middle: middleOf(rings, box) };
}

function trace(path, ring) {
  path.moveTo(ring[0], ring[1]);
  for (let i = 2; i < ring.length; i += 2) path.lineTo(ring[i], ring[i + 1]);
  path.closePath();
}

/** A point inside: the middle of the widest run of the middle line. */
function middleOf(rings, [, top, , bottom]) {
  const y = (top + bottom) / 2 + 1e-7;
  const cuts = [];
  for (const ring of rings) {
    for (let i = 2; i < ring.length; i += 2) {
      const [x1, y1, x2, y2] = [ring[i - 2], ring[i - 1], ring[i], ring[i + 1]];
      if (y1 > y !== y2 > y) cuts.push(x1 + ((y - y1) / (y2 - y1)) * (x2 - x1));
    }
  }
  cuts.sort((a, b) => a - b);
  let best = [cuts[0] ?? 0, cuts[0] ?? 0];
  for (let i = 1; i < cuts.length; i += 2) if (cuts[i] - cuts[i - 1] > best[1] - best[0]) best = [cuts[i - 1], cuts[i]];
  return [(best[0] + best[1]) / 2, y];
}

export function holds({ rings, box }, x, y) {
  if (x < box[0] || x > box[2] || y < box[1] || y > box[3]) return false;
  let odd = false;
  for (const ring of rings) odd = odd !== crossed(ring, x, y);
  return odd;
}

function crossed(ring, x, y) {
  let odd = false;
  for (let i = 2; i < ring.length; i += 2) {
    const [x1, y1, x2, y2] = [ring[i - 2], ring[i - 1], ring[i], ring[i + 1]];
    if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) odd = !odd;
  }
  return odd;
}

/** Whether a disc touches a shape. */
export function touches(shape, x, y, radius) {
  const { box } = shape;
  if (x < box[0] - radius || x > box[2] + radius || y < box[1] - radius || y > box[3] + radius) return false;
  if (holds(shape, x, y)) return true;
  const limit = radius * radius;
  for (const ring of shape.rings) {
    for (let i = 2; i < ring.length; i += 2) {
      if (squareTo(x, y, ring[i - 2], ring[i - 1], ring[i], ring[i + 1]) <= limit) return true;
    }
  }
  return false;
}

function squareTo(x, y, x1, y1, x2, y2) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const length = dx * dx + dy * dy;
  const along = length ? Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / length)) : 0;
  const [ex, ey] = [x - x1 - along * dx, y - y1 - along * dy];
  return ex * ex + ey * ey;
}

/** Squares of a checkerboard, each with the shapes whose boxes touch it. */
export class Index {
  constructor(shapes) {
    const all = shapes.map(({ box }) => box);
    this.left = Math.min(...all.map((box) => box[0]));
    this.top = Math.min(...all.map((box) => box[1]));
    const [right, bottom] = [Math.max(...all.map((box) => box[2])), Math.max(...all.map((box) => box[3]))];
    this.side = Math.max(right - this.left, bottom - this.top, 1) / Math.max(4, Math.ceil(Math.sqrt(shapes.length)));
    this.squares = new Map();
    all.forEach((box, i) => {
      for (const key of this.keys(...box)) {
        if (!this.squares.has(key)) this.squares.set(key, []);
        this.squares.get(key).push(i);
      }
    });
  }

  *keys(x1, y1, x2, y2) {
    const [a, b] = [Math.floor((x1 - this.left) / this.side), Math.floor((x2 - this.left) / this.side)];
    const [c, d] = [Math.floor((y1 - this.top) / this.side), Math.floor((y2 - this.top) / this.side)];
    for (let i = a; i <= b; i += 1) for (let j = c; j <= d; j += 1) yield i * 65536 + j;
  }

  /** Numbers of the shapes whose boxes may touch a box. */
  near(x1, y1, x2, y2) {
    const found = new Set();
    for (const key of this.keys(x1, y1, x2, y2)) for (const i of this.squares.get(key) ?? []) found.add(i);
    return found;
  }
}

/**
 * Edges of all shapes: each once, with the shapes on both sides (the second is -1 at the rim).
 * Units tile their area corner to corner, so two that touch have equal edges.
 */
export function edgesOf(shapes) {
  const byKey = new Map();
  const coordinates = [];
  const sides = [];
  const of = shapes.map(() => []);
  const name = (x, y) => `${x.toFixed(2)},${y.toFixed(2)}`;
  shapes.forEach(({ rings }, shape) => {
    for (const ring of rings) {
      let previous = name(ring[0], ring[1]);
      for (let i = 2; i < ring.length; i += 2) {
        const next = name(ring[i], ring[i + 1]);
        const key = previous < next ? `${previous} ${next}` : `${next} ${previous}`;
        let edge = byKey.get(key);
        if (edge === undefined) {
          edge = sides.length;
          byKey.set(key, edge);
          sides.push([shape, -1]);
          coordinates.push(ring[i - 2], ring[i - 1], ring[i], ring[i + 1]);
        } else if (sides[edge][0] !== shape) sides[edge][1] = shape;
        of[shape].push(edge);
        previous = next;
      }
    }
  });
  const neighbours = of.map((edges, shape) => [
    ...new Set(edges.map((edge) => (sides[edge][0] === shape ? sides[edge][1] : sides[edge][0])).filter((other) => other >= 0)),
  ]);
  return { coordinates: Float64Array.from(coordinates), sides, of, neighbours };
}
