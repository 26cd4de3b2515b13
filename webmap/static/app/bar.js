// Controls over the map: level, colouring, zoom, legend.

import { currentLevel, drawnStates, setUnits, showBounds, wantedLevel, wholeBounds } from "./atlas_map.js";
import { wearPattern } from "./canvas.js";
import { byId, fill, h, picture } from "./dom.js";
import { measureName, measures } from "./measures.js";
import { isShown, toggleClass } from "./elements_layer.js";
import { canLocate, locate } from "./locate.js";
import { shadedLevel, shadesOf } from "./shades.js";
import { map } from "./stage.js";
import { change, state } from "./state.js";
import { EXCEPTION_INK, STATE_COLOURS, elementStyle } from "./style.js";
import { refreshTiles, tiled } from "./tile_map.js";
import { amount, className, levelName, number, t } from "./words.js";

const choices = { units: false, open: null };

function segmented(name, label, options, chosen) {
  return h(
    "div",
    { class: "segmented", role: "group", "aria-label": label },
    options.map(([value, text]) =>
      h(
        "button",
        {
          type: "button",
          "data-value": value,
          "aria-pressed": String(value === chosen),
          on: { click: () => change({ [name]: value }) },
        },
        text,
      ),
    ),
  );
}

/** Draw the bar above the map. */
export function drawBar() {
  const levels = [["auto", t("level.auto")], ["0", t("level.0")], ...[1, 2, 3].map((level) => [String(level), levelName(level)])];
  fill(
    byId("bar"),
    segmented("level", t("level.label"), levels, state.level),
    segmented("colour", t("colour.label"), [["band", t("colour.band")], ["grid", t("colour.grid")]], state.colour),
  );
  markLevel();
}

/** Show which level the automatic choice came to. */
export function markLevel() {
  for (const button of byId("bar").querySelectorAll(".segmented:first-child button")) {
    button.classList.toggle("effective", state.level === "auto" && button.dataset.value === String(currentLevel()));
  }
}

export function drawZoom() {
  const button = (key, d, run) =>
    h("button", { type: "button", "aria-label": t(key), title: t(key), on: { click: run } }, picture(d));
  fill(
    byId("zoom"),
    button("zoom.in", "M12 5v14M5 12h14", () => map.zoomIn(1)),
    button("zoom.out", "M5 12h14", () => map.zoomOut(1)),
    button("zoom.all", "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5", () => showBounds(wholeBounds())),
    canLocate() ? button("locate", "M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z", locate) : null,
    button("print", "M7 9V4h10v5M7 17H4v-7h16v7h-3M7 14h10v6H7z", () => window.print()),
  );
}

function stateRows(summary) {
  const figures = drawnStates();
  const known = new Set(summary.levels.flatMap(({ states }) => Object.keys(states)));
  const rows = Object.entries(STATE_COLOURS)
    .filter(([name]) => known.has(name))
    .map(([name, colour]) =>
      h(
        "li",
        {},
        h("span", { class: "swatch", colour }),
        h("span", {}, t(`state.${name}`)),
        figures ? h("span", { class: "count" }, number(figures.states[name] ?? 0)) : null,
      ),
    );
  if (summary.exceptions) {
    const hatch = h("span", { class: "swatch hatch" });
    wearPattern(hatch, "hatch", EXCEPTION_INK);
    rows.push(h("li", {}, hatch, h("span", {}, t("legend.exception")), figures ? h("span", { class: "count" }, number(figures.exceptions)) : null));
  }
  return rows;
}

/** Choose what places are shaded by, and say what the shades mean. */
function shadeRows() {
  const option = (key) => h("option", { value: key, selected: key === state.shade }, measureName(key));
  const choice = h("select", { id: "shade", on: { change: (event) => change({ shade: event.target.value }) } }, measures().map(option));
  const level = shadedLevel();
  const rows = shadesOf(level)?.rows ?? [];
  return [
    h("label", { class: "shade" }, h("span", {}, t("shade.label")), choice),
    h("h2", {}, t(`places.${level}`)),
    h("ul", { class: "washed-area" }, rows.map(({ colour, text, count }) => h("li", {}, h("span", { class: "swatch", colour }), h("span", {}, text), h("span", { class: "count" }, number(count))))),
  ];
}

function elementSign(name) {
  const style = elementStyle(name);
  const sign = h("span", { class: `sign sign-${style.kind}`, colour: style.colour });
  if (style.pattern) wearPattern(sign, style.pattern, style.colour);
  if (style.dash) sign.classList.add("dashed");
  return sign;
}

function showClass(name, on) {
  toggleClass(name, on);
  if (tiled()) refreshTiles(wantedLevel());
}

function elementRows(summary) {
  const byClass = new Map();
  for (const row of summary.elements) {
    const text = row.outside ? t("legend.outside", { all: amount(row.measure, row.unit), outside: amount(row.outside, row.unit) }) : amount(row.measure, row.unit);
    byClass.set(row.class, byClass.has(row.class) ? `${byClass.get(row.class)} · ${text}` : text);
  }
  return [...byClass].map(([name, text]) => checkbox(name, isShown(name), (on) => showClass(name, on), elementSign(name), className(name), text));
}

function checkbox(name, checked, run, sign, label, text) {
  const box = h("input", { type: "checkbox", "data-class": name, on: { change: (event) => run(event.target.checked) } });
  box.checked = checked;
  return h("li", {}, h("label", {}, box, sign, h("span", {}, label), h("span", { class: "count" }, text)));
}

/** Draw the legend's figures anew, and leave the focus where it was. */
export function redrawLegend(summary) {
  const held = document.activeElement?.closest?.("#legend") ? document.activeElement : null;
  const again = held?.dataset.class ? `[data-class="${held.dataset.class}"]` : held?.id ? `#${held.id}` : ".legend-toggle";
  drawLegend(summary);
  if (held) byId("legend").querySelector(again)?.focus();
}

/** Draw the legend; on a phone it is closed until asked for. */
export function drawLegend(summary) {
  if (choices.open === null) choices.open = !window.matchMedia("(max-width: 760px)").matches;
  const body = h(
    "div",
    { class: "legend-body", id: "legend-body", hidden: !choices.open },
    currentLevel() === 0
      ? shadeRows()
      : state.colour === "band"
        ? [h("h2", {}, t("legend.grids")), h("ul", { class: "washed-grid" }, stateRows(summary))]
        : h("p", { class: "legend-note" }, t("legend.by_grid")),
    summary.elements.length && currentLevel() ? [h("h2", {}, t("legend.elements")), h("ul", {}, elementRows(summary))] : null,
    currentLevel() === 0 ? null : h("ul", { class: "legend-extra" }, checkbox("units", choices.units, (on) => setUnits((choices.units = on)), h("span", { class: "sign sign-units" }), t("legend.units"), "")),
  );
  const toggle = h(
    "button",
    {
      type: "button",
      class: "legend-toggle",
      "aria-expanded": String(choices.open),
      "aria-controls": "legend-body",
      on: {
        click: () => {
          choices.open = !choices.open;
          drawLegend(summary);
          byId("legend").querySelector(".legend-toggle").focus();
        },
      },
    },
    t("legend.title"),
    picture(choices.open ? "M6 9l6 6 6-6" : "M6 15l6-6 6 6"),
  );
  fill(byId("legend"), toggle, body);
}
