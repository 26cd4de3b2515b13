// Distances on the phone: a flat map around where one stands is true to a thousandth within tens of kilometres.

const RAD = Math.PI / 180;

/** Metres of a degree of longitude and of latitude at a latitude (WGS84). */
function degree(lat) {
  const f = lat * RAD;
  return [
    111_412.84 * Math.cos(f) - 93.5 * Math.cos(3 * f) + 0.118 * Math.cos(5 * f),
    111_132.92 - 559.82 * Math.cos(2 * f) + 1.175 * Math.cos(4 * f),
  ];
}

function plane([lon, lat]) {
  const [east, north] = degree(lat);
  return { to: (p) => [(p[0] - lon) * east, (p[1] - lat) * north], back: ([x, y]) => [lon + x / east, lat + y / north] };
}

/** Metres between two places. */
export function metres(a, b) {
  const [x, y] = plane(a).to(b);
  return Math.hypot(x, y);
}

/** Which way from one place to another: 0 is north, 1 north-east, … 7 north-west. */
export function bearing(a, b) {
  const [x, y] = plane(a).to(b);
  return Math.round((Math.atan2(x, y) / RAD + 360) / 45) % 8;
}

function onSegment([ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const long = dx * dx + dy * dy;
  const t = long ? Math.max(0, Math.min(1, -(ax * dx + ay * dy) / long)) : 0;
  return [ax + t * dx, ay + t * dy];
}

function nearestOnLine(line, best) {
  for (let i = 0; i < line.length; i += 1) {
    const at = i ? onSegment(line[i - 1], line[i]) : line[0];
    const far = Math.hypot(...at);
    if (far < best.metres) Object.assign(best, { metres: far, at });
  }
}

function holds(rings) {
  let inside = false;
  for (const ring of rings) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
      if (yi > 0 !== yj > 0 && 0 < ((xj - xi) * -yi) / (yj - yi) + xi) inside = !inside;
    }
  }
  return inside;
}

const PARTS = {
  Point: (c) => ({ lines: [[c]], surfaces: [] }),
  MultiPoint: (c) => ({ lines: c.map((p) => [p]), surfaces: [] }),
  LineString: (c) => ({ lines: [c], surfaces: [] }),
  MultiLineString: (c) => ({ lines: c, surfaces: [] }),
  Polygon: (c) => ({ lines: c, surfaces: [c] }),
  MultiPolygon: (c) => ({ lines: c.flat(), surfaces: c }),
};

function parts(geometry) {
  if (geometry?.type === "GeometryCollection") {
    const all = geometry.geometries.map(parts);
    return { lines: all.flatMap((p) => p.lines), surfaces: all.flatMap((p) => p.surfaces) };
  }
  return PARTS[geometry?.type]?.(geometry.coordinates) ?? { lines: [], surfaces: [] };
}

/** How far a place is from a geometry, and its nearest place; inside a surface 0. */
export function nearest(place, geometry) {
  const { to, back } = plane(place);
  const { lines, surfaces } = parts(geometry);
  if (surfaces.some((rings) => holds(rings.map((ring) => ring.map(to))))) return { metres: 0, at: place };
  const best = { metres: Infinity, at: [0, 0] };
  for (const line of lines) nearestOnLine(line.map(to), best);
  return Number.isFinite(best.metres) ? { metres: best.metres, at: back(best.at) } : { metres: Infinity, at: null };
}

/** Whether a place lies in a surface. */
export const inside = (place, geometry) => parts(geometry).surfaces.some((rings) => holds(rings.map((ring) => ring.map(plane(place).to))));

/** Some place of a geometry, to go by where nothing better is known. */
export const somewhere = (geometry) => {
  const [line] = parts(geometry).lines;
  return line ? line[Math.floor(line.length / 2)].slice(0, 2) : null;
};
