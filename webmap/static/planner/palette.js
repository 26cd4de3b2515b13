// The row of grids to paint with: those nearest to the middle of the map, one for each number key, and a new one.

import { byId, fill, h } from "../app/dom.js";
import { number, t } from "../app/words.js";
import { NEW, desk, emit, on, put } from "./desk.js";
import { colourOf, stateOf } from "./look.js";
import { shortCode } from "./say.js";

const MOST = 9;
let codes = [];

/** Choose the grid that is looked at and painted with. */
export function pick(code) {
  put({ target: code });
}

/** The grid a number key stands for; 0 is the new one. */
export const gridOfKey = (digit) => (digit === 0 ? NEW : codes[digit - 1]);
export const keyOfGrid = (code) => codes.indexOf(code) + 1;

function nearest() {
  const { map, model, level } = desk;
  const view = map.getBounds();
  const middle = map.latLngToContainerPoint(map.getCenter());
  return model
    .gridsOf(level)
    .filter(({ label, bounds: [west, south, east, north] }) => label && view.intersects([[south, west], [north, east]]))
    .map((grid) => ({ code: grid.code, far: map.latLngToContainerPoint([grid.label[1], grid.label[0]]).distanceTo(middle) }))
    .sort((a, b) => a.far - b.far)
    .slice(0, MOST)
    .map(({ code }) => code)
    .sort();
}

/** Number the grids in view anew. */
export function renumber() {
  codes = nearest();
  drawPalette();
  emit("numbers");
}

/** The last two parts of a number, where that tells the grids in the row apart. */
function brief(code) {
  const cut = (each) => shortCode(each).split("·").slice(-2).join("·");
  return [...new Set([...codes, desk.target ?? code])].filter((each) => cut(each) === cut(code)).length > 1 ? shortCode(code) : cut(code);
}

const SIGNS = { below: "▼", above: "▲" };

function chip(code, key) {
  const { model, level } = desk;
  const grid = model.grids.get(code);
  const state = code === NEW ? "given" : stateOf(model, level, code);
  const households = code === NEW ? model.total(level, NEW) : model.total(level, code);
  const name = code === NEW ? t("grid.new") : `${shortCode(code)} ${t("households", { n: number(households) })}${SIGNS[state] ? ` ${t(`state.${state}`)}` : ""}`;
  return h(
    "button",
    { type: "button", class: "chip", "data-grid": code, "aria-pressed": String(desk.target === code), "aria-keyshortcuts": String(key), "aria-label": name, title: grid?.name ?? name, on: { click: () => pick(desk.target === code ? null : code) } },
    h("kbd", { class: code === NEW ? "new" : null, colour: colourOf(model, level, code) }, key),
    h("span", { class: "chip-text" }, h("b", {}, brief(code)), code === NEW ? null : h("span", { class: SIGNS[state] ? "off" : "" }, number(households), SIGNS[state] ?? "")),
  );
}

export function drawPalette() {
  const held = document.activeElement?.closest?.("#palette")?.querySelector(":focus")?.dataset.grid;
  const shown = desk.target && desk.target !== NEW && !codes.includes(desk.target) ? [desk.target] : [];
  fill(
    byId("palette"),
    shown.map((code) => chip(code, "·")),
    codes.map((code, i) => chip(code, String(i + 1))),
    chip(NEW, "0"),
  );
  if (held) byId("palette").querySelector(`[data-grid="${CSS.escape(held)}"]`)?.focus();
}

export function startPalette() {
  desk.map.on("moveend", renumber);
  on("level", renumber);
  on("model", renumber);
  for (const name of ["target", "colour", "lang", "queue"]) on(name, drawPalette);
  renumber();
}
