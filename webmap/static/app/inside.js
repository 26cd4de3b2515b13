// Whether a point lies in a polygon on the screen.

/** Tell whether a GeoJSON polygon or multipolygon holds a point. */
export function inside({ type, coordinates }, x, y) {
  const polygons = type === "Polygon" ? [coordinates] : coordinates;
  return polygons.some((rings) => rings.reduce((odd, ring) => odd !== crossed(ring, x, y), false));
}

/** Whether a ray to the east crosses a ring an odd number of times. */
function crossed(ring, x, y) {
  let odd = false;
  for (let i = 1; i < ring.length; i += 1) {
    const [[x1, y1], [x2, y2]] = [ring[i - 1], ring[i]];
    if (y1 > y !== y2 > y && x < x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)) odd = !odd;
  }
  return odd;
}
