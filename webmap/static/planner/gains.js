// Gain and loss: a table of what each grid has before and after.

import { h } from "../app/dom.js";
import { levelName, number, t } from "../app/words.js";
import { LEVELS } from "./desk.js";
import { bandText, gridLabel, signed } from "./say.js";

/** Rows of gain and loss, from the units an answer would change. */
export function rowsOf(model, delta) {
  const rows = new Map();
  const removed = new Set(delta.removed_grids ?? []);
  const told = new Map((delta.grids ?? []).map((grid) => [grid.code, grid]));
  const row = (level, code) => {
    const key = `${level} ${code}`;
    if (!rows.has(key)) {
      const grid = told.get(code) ?? model.grids.get(code);
      const before = model.grids.get(code)?.households ?? 0;
      rows.set(key, { level, code, before, after: removed.has(code) ? 0 : (told.get(code)?.households ?? before), low: grid?.low ?? null, high: grid?.high ?? null, gained: [], lost: [] });
    }
    return rows.get(key);
  };
  for (const feature of delta.units ?? []) {
    const now = feature.properties;
    const unit = model.place.get(now.id ?? feature.id);
    if (unit === undefined) continue;
    for (const level of LEVELS) {
      const [from, to] = [model.told[level][unit], now[`l${level}`] ?? null];
      if (from === to || !from || !to) continue;
      add(row(level, to).gained, "from", from, now.households);
      add(row(level, from).lost, "to", to, now.households);
    }
  }
  for (const code of [...told.keys(), ...removed]) {
    const level = (told.get(code) ?? model.grids.get(code))?.level;
    const before = model.grids.get(code)?.households ?? 0;
    if (level && before !== (removed.has(code) ? 0 : told.get(code).households)) row(level, code);
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
