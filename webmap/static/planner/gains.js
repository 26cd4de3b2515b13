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

/** Rows of gain and loss, from what moves. */
export function rowsOf(model, delta, { trial, moves } = movesOf(model, delta)) {
  const rows = new Map();
  const row = (level, code) => {
    const key = `${level} ${code}`;
    if (!rows.has(key)) {
      const [before, after] = [model.grids.get(code), trial.grids.get(code)];
      const { low = null, high = null } = after ?? before ?? {};
      rows.set(key, { level, code, before: before?.households ?? 0, after: after?.households ?? 0, low, high, gained: [], lost: [] });
    }
    return rows.get(key);
  };
  for (const { unit, was } of moves) {
    for (const level of LEVELS) {
      const [from, to] = [model.told[level][was], trial.told[level][unit]];
      if (from === to || !from || !to) continue;
      add(row(level, to).gained, "from", from, trial.households[unit]);
      add(row(level, from).lost, "to", to, trial.households[unit]);
    }
  }
  for (const code of [...(delta.grids ?? []).map((grid) => grid.code), ...(delta.removed_grids ?? [])]) {
    const [before, after] = [model.grids.get(code), trial.grids.get(code)];
    if (before?.households !== after?.households) row((after ?? before).level, code);
  }
  return [...rows.values()].sort((a, b) => a.level - b.level || (a.code < b.code ? -1 : 1));
}

function add(list, name, code, households) {
  const found = list.find((entry) => entry[name] === code);
  if (found) found.households += households;
  else list.push({ [name]: code, households });
}

const outOfBand = (households, { low, high }) => low !== null && households > 0 && (households < low || households > high);

const sign = (households, row) => (outOfBand(households, row) ? h("span", { class: "off", title: t(households < row.low ? "state.below" : "state.above") }, households < row.low ? " ▼" : " ▲", h("span", { class: "unseen" }, t(households < row.low ? "state.below" : "state.above"))) : null);

const parts = (row) => [...row.gained.map(({ from, households }) => `+${number(households)} ← ${gridLabel(from)}`), ...row.lost.map(({ to, households }) => `−${number(households)} → ${gridLabel(to)}`)];

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
      h("thead", {}, h("tr", {}, ["level", "grid", "before", "after", "change"].map((name) => h("th", { scope: "col", class: ["before", "after", "change"].includes(name) ? "figure" : null }, t(`gains.${name}`))))),
      h(
        "tbody",
        {},
        rows.map((row) =>
          h(
            "tr",
            {},
            h("td", {}, levelName(row.level)),
            h("th", { scope: "row" }, title(row), h("small", { class: "quiet" }, ` ${bandText(row)}`), h("ul", { class: "parts" }, parts(row).map((part) => h("li", {}, part)))),
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
