// Gain and loss: a table of what each grid has before and after.

import { h } from "../app/dom.js";
import { levelName, number, t } from "../app/words.js";
import { LEVELS } from "./desk.js";
import { bandText, gridLabel, signed } from "./say.js";

/** What an answer would change: units of its model, each with the unit that lies there now. */
export function movesOf(model, delta) {
  const trial = model.fork(delta);
  const moves = [];
  for (const feature of delta.units ?? []) {
    const unit = trial.place.get(feature.properties.id ?? feature.id);
    const was = model.under(trial.shapes[unit]);
    if (was !== undefined && LEVELS.some((level) => model.told[level][was] !== trial.told[level][unit])) moves.push({ unit, was });
  }
  return { trial, moves };
}

/** What goes from which grid to which: as the service counts households, else by where units lie. */
function flowsOf(model, delta, { trial, moves }) {
  const { moved, renamed } = delta.change ?? {};
  if (Array.isArray(moved)) return [...moved, ...renamedFlows(model, moved, renamed ?? {})];
  return moves.flatMap(({ unit, was }) => LEVELS.map((level) => ({ level, from: model.told[level][was], to: trial.told[level][unit], households: trial.households[unit] })));
}

/** Households of a grid that goes on under another code have not moved, yet the rows are told by codes. */
function renamedFlows(model, moved, renamed) {
  return Object.entries(renamed).map(([from, to]) => {
    const { level, households } = model.grids.get(from) ?? {};
    const left = moved.filter((flow) => flow.from === from).reduce((sum, flow) => sum + flow.households, 0);
    return { level, from, to, households: (households ?? 0) - left };
  });
}

/** Rows of gain and loss, from what moves; what no flow explains is told as others, so that each row adds up. */
export function rowsOf(model, delta, change = movesOf(model, delta)) {
  const { trial } = change;
  const rows = new Map();
  const row = (level, code) => {
    if (!rows.has(code)) {
      const [before, after] = [model.grids.get(code), trial.grids.get(code)];
      const { low = null, high = null } = after ?? before ?? {};
      rows.set(code, { level, code, before: before?.households ?? 0, after: after?.households ?? 0, low, high, gained: [], lost: [] });
    }
    return rows.get(code);
  };
  for (const { level, from, to, households } of flowsOf(model, delta, change)) {
    if (from === to || !from || !to || !households) continue;
    add(row(level, to).gained, "from", from, households);
    add(row(level, from).lost, "to", to, households);
  }
  for (const code of [...(delta.grids ?? []).map((grid) => grid.code), ...(delta.removed_grids ?? [])]) {
    const [before, after] = [model.grids.get(code), trial.grids.get(code)];
    if (before?.households !== after?.households) row((after ?? before).level, code);
  }
  return [...rows.values()].map(balanced).sort((a, b) => a.level - b.level || (a.code < b.code ? -1 : 1));
}

const sum = (flows) => flows.reduce((whole, { households }) => whole + households, 0);

/** A row with what is missing for its flows to add up to its change. */
function balanced(row) {
  const others = row.after - row.before - sum(row.gained) + sum(row.lost);
  if (others > 0) return { ...row, gained: [...row.gained, { from: null, households: others }] };
  if (others < 0) return { ...row, lost: [...row.lost, { to: null, households: -others }] };
  return row;
}

/** Households whose grid of a level is another one, where the service counted them. */
export function movedAt(level, delta) {
  const moved = delta.change?.moved;
  return Array.isArray(moved) ? sum(moved.filter((flow) => flow.level === level)) : null;
}

/** Rows of the service's own comparison, told as those of an answer. */
export const rowsOfTable = ({ rows }) => rows.map((row) => balanced({ ...row, before: row.before ?? 0, after: row.after ?? 0 }));

function add(list, name, code, households) {
  const found = list.find((entry) => entry[name] === code);
  if (found) found.households += households;
  else list.push({ [name]: code, households });
}

const outOfBand = (households, { low, high }) => low !== null && households > 0 && (households < low || households > high);

const sign = (households, row) => (outOfBand(households, row) ? h("span", { class: "off", title: t(households < row.low ? "state.below" : "state.above") }, households < row.low ? " ▼" : " ▲", h("span", { class: "unseen" }, t(households < row.low ? "state.below" : "state.above"))) : null);

const place = (code) => (code === null ? t("gains.others") : gridLabel(code));

const parts = (row) => [...row.gained.map(({ from, households }) => `+${number(households)} ← ${place(from)}`), ...row.lost.map(({ to, households }) => `−${number(households)} → ${place(to)}`)];

/** The table itself; a grid's name takes the map there where `go` is given. */
export function gainsTable(rows, go) {
  if (!rows.length) return h("p", { class: "empty" }, t("gains.none"));
  const title = (row) => (go && row.after ? h("button", { type: "button", class: "link", on: { click: () => go(row) } }, gridLabel(row.code)) : gridLabel(row.code));
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": t("gains.title") },
    h(
      "table",
      { class: "gains" },
      h("caption", { class: "unseen" }, t("gains.title")),
      h("thead", {}, h("tr", {}, ["grid", "before", "after", "change"].map((name) => h("th", { scope: "col", class: ["before", "after", "change"].includes(name) ? "figure" : null }, t(`gains.${name}`))))),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            h("th", { scope: "row" }, title(row), h("small", { class: "quiet" }, `${levelName(row.level)} ${bandText(row)}`), h("ul", { class: "parts" }, parts(row).map((part) => h("li", {}, part)))),
            h("td", { class: "figure" }, number(row.before), sign(row.before, row)),
            h("td", { class: "figure" }, number(row.after), sign(row.after, row)),
            h("td", { class: "figure" }, signed(row.after - row.before)),
          ),
        ),
      ),
    ),
  );
}

export const deltaTable = (model, delta, go) => gainsTable(rowsOf(model, delta), go);
