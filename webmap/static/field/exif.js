// What a camera wrote into a picture, read before the picture is made smaller, and kept apart from it.

const APP1 = 0xffe1;
const SCAN = 0xffda;
const MARK = 0x45786966; // "Exif"
const SIZES = { 1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8 };
const LONGEST = 120;

// tag → name; what says how, when and where it was taken, and nothing else
const MAIN = { 0x010f: "make", 0x0110: "model", 0x0112: "orientation", 0x0132: "modified" };
const PHOTO = { 0x9003: "taken", 0x9011: "zone", 0x829a: "exposure", 0x8827: "iso", 0x920a: "focal_length" };
const PLACE = { 1: "lat_ref", 2: "lat", 3: "lon_ref", 4: "lon", 5: "altitude_ref", 6: "altitude", 16: "direction_ref", 17: "direction", 0x1f: "accuracy" };
const [PHOTO_AT, PLACE_AT] = [0x8769, 0x8825];

/** Read what a picture says of itself; nothing where it says nothing, or says it wrongly. */
export function readExif(buffer) {
  try {
    const view = new DataView(buffer);
    const start = segment(view);
    return start ? read(view, start) : {};
  } catch {
    return {}; // cut short or broken: as good as nothing
  }
}

/** Find where the TIFF part begins. */
function segment(view) {
  if (view.getUint16(0) !== 0xffd8) return 0;
  for (let at = 2; at + 10 < view.byteLength; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at);
    if (marker === APP1 && view.getUint32(at + 4) === MARK) return at + 10;
    if (marker === SCAN || marker >> 8 !== 0xff) return 0;
  }
  return 0;
}

function read(view, start) {
  const little = view.getUint16(start) === 0x4949;
  const source = { view, start, little };
  const { found, links } = directory(source, view.getUint32(start + 4, little), MAIN);
  if (links[PHOTO_AT]) Object.assign(found, directory(source, links[PHOTO_AT], PHOTO).found);
  if (links[PLACE_AT]) Object.assign(found, place(directory(source, links[PLACE_AT], PLACE).found));
  return found;
}

function directory({ view, start, little }, offset, names) {
  const [found, links] = [{}, {}];
  const count = view.getUint16(start + offset, little);
  for (let i = 0; i < count; i += 1) {
    const at = start + offset + 2 + 12 * i;
    const tag = view.getUint16(at, little);
    if (tag === PHOTO_AT || tag === PLACE_AT) links[tag] = view.getUint32(at + 8, little);
    if (!(tag in names)) continue;
    const value = valueAt({ view, start, little }, at);
    if (value !== null) found[names[tag]] = value;
  }
  return { found, links };
}

function valueAt({ view, start, little }, at) {
  const [type, count] = [view.getUint16(at + 2, little), view.getUint32(at + 4, little)];
  const size = (SIZES[type] ?? 0) * count;
  if (!size) return null;
  const from = size > 4 ? start + view.getUint32(at + 8, little) : at + 8;
  if (type === 2) {
    const signs = new Uint8Array(view.buffer, view.byteOffset + from, Math.min(count, LONGEST));
    return new TextDecoder().decode(signs).replace(/\0.*$/s, "").trim() || null;
  }
  const one = { 1: (p) => view.getUint8(p), 3: (p) => view.getUint16(p, little), 4: (p) => view.getUint32(p, little), 9: (p) => view.getInt32(p, little) }[type];
  const ratio = (p) => view.getUint32(p, little) / view.getUint32(p + 4, little);
  const read = one ?? (type === 5 ? ratio : type === 10 ? (p) => view.getInt32(p, little) / view.getInt32(p + 4, little) : null);
  if (!read || count > 4) return null;
  const values = Array.from({ length: count }, (_, i) => read(from + i * SIZES[type]));
  if (!values.every(Number.isFinite)) return null;
  return count === 1 ? values[0] : values;
}

/** Turn degrees, minutes and seconds into degrees. */
function place({ lat, lat_ref: south, lon, lon_ref: west, ...rest }) {
  const degrees = ([d, m, s], back) => Number(((d + m / 60 + s / 3600) * (back ? -1 : 1)).toFixed(7));
  if (lat?.length === 3) rest.lat = degrees(lat, south === "S");
  if (lon?.length === 3) rest.lon = degrees(lon, west === "W");
  return rest;
}

/** When a picture says it was taken, in ISO 8601 with zone; null where it does not say, or not with its zone. */
export function takenAt({ taken, zone }) {
  const match = /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)$/.exec(taken ?? "");
  if (!match || !/^[+-]\d\d:\d\d$/.test(zone ?? "")) return null;
  const date = new Date(`${match[1]}-${match[2]}-${match[3]}T${match[4]}${zone}`);
  return Number.isNaN(date.getTime()) ? null : date.toISOString();
}
