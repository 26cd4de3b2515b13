// The public map of a large plan: tiles of what is published, instead of the grids of every area in view.

/* global L */

import { busy, notice } from "./dom.js";
import { isShown } from "./elements_layer.js";
import { measure, measureName } from "./measures.js";
import { areasAtHand } from "./places.js";
import { ask, askGrid, askUnits, isSaved } from "./source.js";
import { map, renderer } from "./stage.js";
import { change, state } from "./state.js";
import { INK } from "./style.js";
import { levelAt, tileLayer } from "./tile_layer.js";
import { CONFIG, households, t } from "./words.js";

const GROUND = "#eef1ef";
const canHover = window.matchMedia("(hover: hover)").matches;

let layer = null;
let drawn = "";
let chosen = "auto"; // the level drawn, as far as that is chosen

/** Whether the map is drawn from tiles. */
export const tiled = () => layer !== null;

/** The level of grids drawn now; 0 where only areas can be told apart. */
export const tileLevel = (level = chosen) => levelAt(Math.round(map.getZoom()), level);

const total = (summary) => summary.levels.reduce((sum, { grids }) => sum + grids, 0);

function load(source) {
  return new Promise((done, failed) => {
    const node = document.createElement("script");
    node.src = source;
    node.addEventListener("load", done);
    node.addEventListener("error", failed);
    document.head.append(node);
  });
}

/** Draw tiles if the plan is large and they are written; `areaFill` says the colour of an area seen from afar, `areaSays` its number. */
export async function startTiles(summary, areaFill, areaSays) {
  if (isSaved || total(summary) < CONFIG.tiles_from) return;
  try {
    const told = await ask("tiles.json");
    if (!told.url || !told.ready) return;
    await load(new URL("../vendor/protomaps-leaflet/protomaps-leaflet.js", document.querySelector("script[type=module]").src));
    layer = tileLayer(told.url, { ...wanted(state.level), areaFill, areaSays, ground: CONFIG.attribution ? null : GROUND, pane: "areas" });
  } catch {
    // without tiles the map is drawn as that of a small plan
    return;
  }
  drawn = key(state.level);
  map.options.zoomSnap = 1; // between whole zooms pictures of tiles are stretched, and their edges show
  map.on("click", onClick);
  map.on("moveend", drawUnits);
  if (canHover) watchPointer();
}

const wanted = (level) => ({ colouring: state.colour, level, classes: isShown });
const key = (level) => JSON.stringify([state.colour, level, state.shade, areasAtHand() !== null, ["forest", "farmland", "hill", "mine", "road", "river", "gully", "well"].map(isShown)]);

/** Draw by what is chosen now; from afar, where places are shaded, there are no tiles. */
export function refreshTiles(level, near = map.hasLayer(layer)) {
  if (tileLevel(level) < Number(state.level)) notice(t("map.too_many"));
  chosen = level;
  const changed = key(level) !== drawn;
  drawn = key(level);
  if (changed) layer.restyle(wanted(level));
  if (!near) layer.remove();
  else if (map.getZoom() % 1) map.setZoom(Math.round(map.getZoom()), { animate: false }); // and draw there
  else layer.addTo(map);
}

const UNITS_FROM_ZOOM = 17;
// places of the view that are looked at for areas: every hundred pixels or so
const LOOKS = 8;
const units = new Map(); // area → layer
let unitsShown = false;

/** Show the borders of units, or do not. */
export function setTileUnits(on) {
  unitsShown = on;
  drawUnits();
}

/** Codes of the areas in view, as the tiles show them. */
function areasInView() {
  const { x, y } = map.getSize();
  const found = new Set();
  for (let i = 0; i <= LOOKS; i += 1) {
    for (let j = 0; j <= LOOKS; j += 1) {
      const code = layer.areaAt(map.containerPointToLatLng([(x * i) / LOOKS, (y * j) / LOOKS]));
      if (code) found.add(code);
    }
  }
  return found;
}

async function drawUnits() {
  const wanted_ = unitsShown && map.getZoom() >= UNITS_FROM_ZOOM ? areasInView() : new Set();
  for (const [code, drawnUnits] of units) {
    if (wanted_.has(code)) continue;
    drawnUnits?.remove();
    units.delete(code);
  }
  for (const code of wanted_) {
    if (units.has(code)) continue;
    units.set(code, null);
    busy(askUnits(code)).then(
      (data) => {
        if (!units.has(code)) return;
        units.set(code, L.geoJSON(data, { renderer: renderer.units, pane: "units", interactive: false, style: { fill: false, color: INK, weight: 0.7, opacity: 0.55, dashArray: "2 3" } }).addTo(map));
      },
      () => units.delete(code), // asked again at the next move
    );
  }
}

/** The slice of a shared building that the map shows there; a place alone does not tell on which floor one is. */
async function slice(place, answer) {
  const shown = layer.gridAt(place, map.getZoom());
  if (!shown?.level) return null;
  const card = await askGrid(shown.code).catch(() => null);
  return card?.area === answer.area.code ? shown.code : null;
}

/** The grid of a level at a place, as the store has it: what a tile shows is rounded to its pixels. */
export async function gridThere(place, level = 3) {
  const { lng, lat } = place;
  const answer = await busy(ask(`lookup?lon=${lng.toFixed(7)}&lat=${lat.toFixed(7)}`)).catch(() => null);
  if (!answer) return { grid: null, area: null };
  const chain = answer.grids.length ? answer.grids : (answer.sides?.[0]?.grids ?? []);
  const grid = chain.filter((each) => each.level <= level).at(-1);
  const floor = answer.ask_floor && (grid?.level ?? 0) < level ? await slice(place, answer) : null;
  return { grid: floor ?? grid?.code ?? null, area: answer.area.code };
}

/** Open what was clicked; an area that is seen from afar is gone to, as a place is. */
async function onClick({ latlng }) {
  const level = tileLevel();
  change(await gridThere(latlng, level), { via: level ? "map" : "list" });
}

function watchPointer() {
  const tip = L.tooltip({ className: "tip", direction: "right", offset: [12, 0] });
  let waiting = false;
  let last = null;
  map.on("mousemove", (event) => {
    last = event.latlng;
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      const found = last && layer.gridAt(last, map.getZoom());
      if (found) map.openTooltip(tip.setLatLng(last).setContent(tipOf(found)));
      else map.closeTooltip(tip);
    });
  });
  map.on("mouseout movestart", () => {
    last = null;
    map.closeTooltip(tip);
  });
}

function tipOf(props) {
  const node = document.createElement("div");
  const name = document.createElement("strong");
  name.textContent = props.name;
  node.append(name);
  if (props.households !== undefined) node.append(document.createElement("br"), households(props.households));
  const shaded = props.level === undefined ? areasAtHand()?.get(props.code) : null;
  if (shaded) {
    const { value, say } = measure(state.shade);
    const told = value(shaded);
    node.append(document.createElement("br"), `${measureName(state.shade)} ${told === null ? t("measure.untold") : say(told)}`);
  }
  return node;
}
