// Before the hand lets go: what each grid would have, against its band, while it changes.

import { byId, fill, h } from "../app/dom.js";
import { number, t } from "../app/words.js";
import { NEW, desk, on } from "./desk.js";
import { stateOf } from "./look.js";
import { bandText, gridLabel, signed } from "./say.js";
import { clearSelection, movable, moveSelection } from "./tools.js";

const MOST = 4;

/** Draw a count against its band: the band as a stretch of green, the count as a mark. */
export function gauge(households, { low, high }) {
  if (low === null) return h("div", { class: "gauge none" });
  const span = Math.max(high * 1.4, households * 1.05);
  const band = h("span", { class: "gauge-band" });
  band.style.left = `${(100 * low) / span}%`;
  band.style.right = `${100 - (100 * high) / span}%`;
  const mark = h("span", { class: "gauge-mark" });
  mark.style.left = `${(100 * households) / span}%`;
  return h("div", { class: "gauge" }, band, mark);
}

const SIGNS = { below: "▼", above: "▲" };

function row(level, code, change) {
  const { model } = desk;
  const after = model.total(level, code) + change.shift;
  const band = model.bandOf(level, code);
  const state = band.low === null ? "given" : after < band.low ? "below" : after > band.high ? "above" : "in_band";
  return h(
    "div",
    { class: `balance-row ${state}`, "data-grid": code },
    h("span", { class: "balance-name" }, gridLabel(code)),
    h("span", { class: "balance-count" }, h("b", {}, number(after)), ` ${signed(change.by)}`),
    gauge(after, band),
    h("span", { class: "balance-band" }, bandText(band), SIGNS[state] ? ` ${SIGNS[state]} ${t(`state.${state}`)}` : ""),
  );
}

/** What a set of units takes from whom; `shift` is what the totals do not show yet. */
function changes(units, level, target, shown) {
  const { model } = desk;
  const found = new Map();
  let moved = 0;
  for (const unit of units) {
    const from = shown ? model.painted.get(unit)?.[level - 1] : model.shown[level][unit];
    if (!from || from === target) continue;
    found.set(from, (found.get(from) ?? 0) + model.households[unit]);
    moved += model.households[unit];
  }
  const rows = [...found].sort((a, b) => b[1] - a[1]).map(([code, households]) => [code, { by: -households, shift: shown ? 0 : -households }]);
  if (target) rows.unshift([target, { by: moved, shift: shown ? 0 : moved }]);
  return { rows, moved };
}

function draw(stroke) {
  const brushing = stroke?.tool === "brush";
  const units = brushing ? stroke.units : desk.selection;
  const node = byId("balance");
  node.hidden = !units.size || desk.suggestion !== null;
  if (node.hidden) return;
  const { level, target } = brushing ? stroke : desk;
  const { rows, moved } = changes(brushing ? units : movable(units), level, target, brushing);
  const most = node.parentElement.clientWidth < 760 ? MOST - 1 : MOST;
  const hidden = rows.length - most;
  const total = [...units].reduce((sum, unit) => sum + desk.model.households[unit], 0);
  fill(
    node,
    h("p", { class: "balance-sum" }, h("b", {}, t("households", { n: number(brushing ? moved : total) })), h("span", {}, t("balance.units", { n: number(units.size) })), hidden > 0 ? h("span", {}, t("balance.more", { n: number(hidden) })) : null),
    rows.slice(0, most).map(([code, change]) => row(level, code, change)),
    brushing || stroke ? null : buttons(target),
  );
}

function buttons(target) {
  return h(
    "p",
    { class: "buttons" },
    h("button", { type: "button", class: "main", id: "move-selection", disabled: !target, on: { click: moveSelection } }, target ? t("move.to", { grid: target === NEW ? t("grid.new") : gridLabel(target) }) : t("target.first_short"), h("kbd", {}, "↵")),
    h("button", { type: "button", class: "plain", on: { click: clearSelection } }, t("selection.clear"), h("kbd", {}, "Esc")),
  );
}

export function startBalance() {
  let asked = null;
  let current = null;
  const soon = () => {
    asked ??= requestAnimationFrame(() => {
      asked = null;
      if (desk.model) draw(current);
    });
  };
  on("stroke", (stroke) => {
    current = stroke;
    soon();
  });
  for (const name of ["selection", "target", "level", "model", "lang", "suggestion"]) on(name, soon);
}

export const stateNow = (level, code) => stateOf(desk.model, level, code);
