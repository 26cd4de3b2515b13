// What can be done with a grid, apart from painting: each asks for what it needs, and puts a change on its way.

import { fill, h } from "../app/dom.js";
import { number, t } from "../app/words.js";
import { gauge } from "./balance.js";
import { desk } from "./desk.js";
import { askText, button, field, open } from "./dialogs.js";
import { enqueue } from "./queue.js";
import { bandText, gridLabel } from "./say.js";
import { suggest } from "./suggestion.js";
import { isLocked } from "./tools.js";

const SEED = 0;

const change = (op, label, why) => enqueue({ kind: "edit", op, label, ...(why ? { why } : {}) });

export async function rename(grid) {
  const name = await askText(t("deed.rename"), t("rename.label"), { value: grid.name ?? "" });
  if (name && name !== grid.name) change({ op: "rename", grid: grid.code, name }, t("did.rename_of", { grid: gridLabel(grid.code) }));
}

/** Write down why a grid may stay outside its band; an empty text takes the reason back. */
export async function excuse(grid) {
  const reason = await askText(t("deed.excuse"), t("excuse.label"), { value: grid.reason ?? "", required: false, long: true, note: t("excuse.note") });
  if (reason !== undefined && reason !== (grid.reason ?? "")) change({ op: "excuse", grid: grid.code, reason: reason || null }, t("did.excuse_of", { grid: gridLabel(grid.code) }), reason || undefined);
}

export function toggleLock(grid) {
  change({ op: "lock", grids: [grid.code], locked: !grid.locked }, t(grid.locked ? "did.unlock_of" : "did.lock_of", { grid: gridLabel(grid.code) }));
}

/** Choose a neighbour to merge with, seeing what would come of it. */
export async function merge(grid) {
  const { model } = desk;
  const own = model.total(grid.level, grid.code);
  const neighbours = model
    .neighboursOf(grid.level, grid.code)
    .filter((code) => model.grids.has(code) && !isLocked(code))
    .map((code) => ({ code, sum: own + model.total(grid.level, code) }))
    .sort((a, b) => a.sum - b.sum);
  const other = await open(t("merge.title", { grid: gridLabel(grid.code) }), (close) =>
    neighbours.length
      ? h("ul", { class: "list options" }, neighbours.map(({ code, sum }) => option(grid, code, sum, close)))
      : h("p", { class: "empty" }, t("merge.none")),
  );
  if (other) change({ op: "merge", grids: [grid.code, other], into: grid.code }, t("did.merge_of", { a: gridLabel(grid.code), b: gridLabel(other) }));
}

function option(grid, code, sum, close) {
  const band = desk.model.bandOf(grid.level, grid.code);
  const state = band.low === null ? "given" : sum < band.low ? "below" : sum > band.high ? "above" : "in_band";
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "row", "data-grid": code, on: { click: () => close(code) } },
      h("span", { class: "row-head" }, h("span", { class: "row-name" }, gridLabel(code)), h("span", { class: "row-value" }, h("b", {}, number(sum)), ` / ${bandText(band)} `, h("span", { class: state === "in_band" || state === "given" ? "" : "off" }, t(`state.${state}`)))),
      gauge(sum, band),
    ),
  );
}

/** Cut a building in two, by floor or by a number of households, so that the parts can be painted apart. */
export async function cutBuilding(unit) {
  const { floors, households } = unit;
  const storeys = floors && floors[0] !== null && floors[1] > floors[0];
  const answer = await open(t("cut.title", { building: unit.building || t("building") }), (close) => {
    const input = h("input", { type: "number", required: true, autofocus: true, min: storeys ? floors[0] : 1, max: storeys ? floors[1] - 1 : households - 1, step: 1 });
    const by = h("select", {}, storeys ? h("option", { value: "floor" }, t("cut.floor")) : null, h("option", { value: "after" }, t("cut.households")));
    const set = () => {
      const floor = by.value === "floor";
      input.min = floor ? floors[0] : 1;
      input.max = floor ? floors[1] - 1 : households - 1;
      input.value = Math.floor((Number(input.min) + Number(input.max)) / 2);
    };
    by.addEventListener("change", set);
    set();
    const submit = (event) => {
      event.preventDefault();
      close({ [by.value]: Number(input.value) });
    };
    return h(
      "form",
      { on: { submit } },
      h("p", { class: "quiet" }, t("cut.note", { n: number(households) })),
      field(t("cut.by"), by),
      field(t("cut.place"), input),
      h("p", { class: "buttons" }, h("button", { type: "submit", class: "main" }, t("deed.cut")), button(t("cancel"), () => close())),
    );
  });
  if (answer) change({ op: "cut", unit: unit.id, ...answer }, t("did.cut_of", { building: unit.building || t("building") }));
}

/** Let the solver split a grid, into as many parts as asked for. */
export async function splitBySolver(grid) {
  const parts = await open(t("split.title", { grid: gridLabel(grid.code) }), (close) => {
    const input = h("input", { type: "number", min: 2, max: 30, step: 1, autofocus: true, placeholder: t("split.auto") });
    const submit = (event) => {
      event.preventDefault();
      close(input.value ? Number(input.value) : "auto");
    };
    const form = h("form", { on: { submit } });
    return fill(form, field(t("split.parts"), input, t("split.note")), h("p", { class: "buttons" }, h("button", { type: "submit", class: "main" }, t("suggestion.ask")), button(t("cancel"), () => close())));
  });
  if (parts) suggest({ op: "split", grid: grid.code, parts: parts === "auto" ? null : parts }, t("did.split_of", { grid: gridLabel(grid.code) }));
}

const named = (grids) => (grids === null ? t("did.whole") : grids.map(gridLabel).join(t("comma")));

/** Suggest the fewest moves that bring grids into band. */
export const mend = (grids) => suggest({ op: "mend", grids, seed: SEED }, t("did.mend_of", { grid: named(grids) }));

/** Draw grids anew around what is locked; another seed is another drawing. */
export const redraw = (grids, seed = SEED) => suggest({ op: "resolve", grids, seed }, t("did.resolve_of", { grid: named(grids) }));
