// A published city on the map: its tiles, drawn on canvas by protomaps-leaflet, in the colours of everything else.

/* global protomapsL */

import { patternTile } from "./canvas.js";
import { AREA_WASH, ELEMENT_STYLES, EXCEPTION_INK, GRID_COLOURS, GRID_WASH, INK, STATE_COLOURS, elementStyle } from "./style.js";

export const DEEPEST = 14;
// zooms of the map; a level is filled from its first on, until a finer one is
const FILLED_FROM = { 1: 12, 2: 14, 3: 16 };
// zooms of the map from which a level is in the tiles at all
const THERE_FROM = { 1: 7, 2: 12, 3: 14 };
const OUTLINED_FROM = { 0: 7, 1: 12, 2: 14, 3: 15 };
const WRITTEN = { areas_label: [11, 14], grids_1_label: [13, 16], grids_2_label: [16, 17], grids_3_label: [18, 30] };
const GAP = 4;
const LINES = { 0: 2.2, 1: 1.6, 2: 1, 3: 0.7 };
// thin from afar, so that a city of thousands of areas is not all lines
const thinned = (width) => (zoom) => width * Math.min(1, Math.max(0.18, (zoom - 6) / 8));
const FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Micro Hei", sans-serif';
const OUT_OF_BAND = new Set(["below", "above", "exception"]);
const [POINT, LINE, POLYGON] = [1, 2, 3];

/** Lay a colour over the ground of the page, so that grids drawn over coarser ones hide them. */
function mixed(colour, share, ground) {
  const parts = (text) => [1, 3, 5].map((at) => Number.parseInt(text.slice(at, at + 2), 16));
  const [over, under] = [parts(colour), parts(ground)];
  return `rgb(${over.map((value, i) => Math.round(value * share + under[i] * (1 - share))).join(" ")})`;
}

/** The finest level that is filled at a zoom of the map; 0 fills areas. */
export function levelAt(zoom, chosen = "auto") {
  const finest = (table) => Math.max(0, ...Object.entries(table).map(([level, from]) => (zoom >= from ? Number(level) : 0)));
  return chosen === "auto" ? finest(FILLED_FROM) : Math.min(Number(chosen), finest(THERE_FROM));
}

function fills({ colouring, level: chosen, ground, areaFill }) {
  const colour = ({ props }) => {
    const area = props.level === undefined ? areaFill?.(props.code) : null;
    const own = area ?? (colouring === "grid" ? GRID_COLOURS[props.colour % GRID_COLOURS.length] : (STATE_COLOURS[props.state] ?? STATE_COLOURS.in_band));
    return ground ? mixed(own, area ? AREA_WASH : GRID_WASH, ground) : own;
  };
  // whatever is out of its band is an exception, hatched as in the legend
  const hatched = (layer, shown) => ({
    dataLayer: layer,
    filter: (zoom, { props }) => shown(levelAt(zoom, chosen)) && OUT_OF_BAND.has(props.state),
    symbolizer: new protomapsL.PolygonSymbolizer({ pattern: patternTile("hatch", EXCEPTION_INK), opacity: 0.42 }),
  });
  const filled = (layer, shown) => ({
    dataLayer: layer,
    filter: (zoom) => shown(levelAt(zoom, chosen)),
    symbolizer: new protomapsL.PolygonSymbolizer({ fill: (_, feature) => colour(feature), opacity: ground ? 1 : 0.6, perFeature: true }),
  });
  return [
    filled("areas", (level) => level === 0),
    // villages have two levels, so the coarser lies below the finest
    ...[1, 2, 3].flatMap((level) => {
      const shown = (finest) => level === finest || (level === 2 && finest === 3);
      return colouring === "grid" ? [filled(`grids_${level}`, shown)] : [filled(`grids_${level}`, shown), hatched(`grids_${level}`, shown)];
    }),
  ];
}

function outlines({ level: chosen }) {
  const outlined = (layer, level) => ({
    dataLayer: layer,
    filter: (zoom) => (chosen === "auto" ? zoom >= OUTLINED_FROM[level] : level <= levelAt(zoom, chosen)),
    symbolizer: new protomapsL.LineSymbolizer({ color: INK, width: thinned(LINES[level]), opacity: 0.75, lineJoin: "round" }),
  });
  return [outlined("grids_3", 3), outlined("grids_2", 2), outlined("grids_1", 1), outlined("areas", 0)];
}

function elements({ classes, level: chosen }) {
  // shaded areas are left as they are
  const shown = (dimension, kind) => (zoom, { geomType, props }) => geomType === dimension && props.class === kind && (!classes || classes(kind)) && levelAt(zoom, chosen) > 0;
  const rules = [];
  const add = (dimension, kind, symbolizer) => rules.push({ dataLayer: "elements", filter: shown(dimension, kind), symbolizer });
  for (const kind of Object.keys(ELEMENT_STYLES)) {
    const { colour, weight = 2, dash, casing } = elementStyle(kind);
    add(POLYGON, kind, new protomapsL.PolygonSymbolizer({ fill: colour, opacity: 0.16 }));
    add(POLYGON, kind, new protomapsL.LineSymbolizer({ color: colour, width: 1.2, opacity: 0.8 }));
    if (casing) add(LINE, kind, new protomapsL.LineSymbolizer({ color: casing, width: thinned(weight + 2), opacity: 0.8 }));
    const stroke = dash ? { dash: dash.split(" ").map(Number), dashColor: colour, dashWidth: thinned(weight) } : {};
    add(LINE, kind, new protomapsL.LineSymbolizer({ color: colour, width: thinned(weight), ...stroke }));
    add(POINT, kind, new protomapsL.CircleSymbolizer({ radius: 3.5, fill: colour, stroke: "#ffffff", width: 1.5 }));
  }
  return rules;
}

/** Keep labels some pixels apart: their white edges would else run into each other. */
function apart(symbolizer) {
  const place = (...where) => {
    const placed = symbolizer.place(...where);
    for (const { bboxes } of placed ?? []) {
      for (const box of bboxes) Object.assign(box, { minX: box.minX - GAP, minY: box.minY - GAP, maxX: box.maxX + GAP, maxY: box.maxY + GAP });
    }
    return placed;
  };
  return { place };
}

/** The name of an area seen from afar stands with the number it is shaded by. */
function named(options) {
  return (zoom, { props }) => {
    const told = levelAt(Math.round(zoom), options.level) === 0 ? options.areaSays?.(props.code) : null;
    props.named = told ? `${props.label} ${told}` : props.label;
    return ["named"];
  };
}

function labels(options) {
  return Object.entries(WRITTEN).map(([layer, [from, to]]) => ({
    dataLayer: layer,
    filter: (zoom) => zoom >= from && zoom <= to,
    symbolizer: apart(new protomapsL.CenteredTextSymbolizer({
      labelProps: layer === "areas_label" ? named(options) : ["label"],
      font: layer === "areas_label" ? `600 13px ${FONT}` : `600 12px ${FONT}`,
      fill: layer === "areas_label" ? "#0f4f4a" : "#10201d",
      stroke: "#ffffff",
      width: 3,
    })),
  }));
}

/** Rules for drawing: `ground` is the colour of the page where no base map lies below; `classes` says which elements. */
const rulesFor = (options) => [...fills(options), ...(options.elements === false ? [] : elements(options)), ...outlines(options)];

/** Make the layer of an archive of tiles. */
export function tileLayer(url, options) {
  const layer = protomapsL.leafletLayer({
    url,
    maxDataZoom: DEEPEST,
    maxZoom: 21,
    attribution: "",
    paintRules: rulesFor(options),
    labelRules: labels(options),
    ...(options.pane ? { pane: options.pane } : {}),
    ...(options.bounds ? { bounds: options.bounds } : {}),
  });
  /** Draw by other rules from now on. */
  layer.restyle = (changed) => {
    layer.paintRules = rulesFor(Object.assign(options, changed));
    layer.clearLayout();
    layer.rerenderTiles();
  };
  const pickedAt = ({ lng, lat }) => (layer._map ? [...layer.queryTileFeaturesDebug(lng, lat, 0).values()].flat() : []);
  /** The code of the area that the tile shows at a place. */
  layer.areaAt = (at) => pickedAt(at).find(({ layerName }) => layerName === "areas")?.feature.props.code ?? null;
  /** What the tile shows of the finest level filled at a place: good enough to hover, not to decide. */
  layer.gridAt = (at, zoom) => {
    const finest = levelAt(Math.round(zoom), options.level);
    const picked = pickedAt(at);
    for (const level of finest === 3 ? [3, 2] : [finest]) {
      const name = level ? `grids_${level}` : "areas";
      const found = picked.find(({ layerName }) => layerName === name);
      if (found) return found.feature.props;
    }
    return null;
  };
  return layer;
}
