// A suggestion: what a solver, or a file, would change, shown in stripes on the map with its gains and losses, to accept or drop.

import { busy, byId, fill, h, notice } from "../app/dom.js";
import { number, t } from "../app/words.js";
import { LEVELS, desk, emit, mayEdit, on, put } from "./desk.js";
import { gainsTable, rowsOf } from "./gains.js";
import { enqueue, isIdle } from "./queue.js";
import { preview } from "./service.js";
import { say } from "./refusals.js";

/** Ask for a suggestion, and show it. */
export async function suggest(op, label) {
  if (!mayEdit()) return notice(t("read_only"), { error: true });
  if (!isIdle()) return notice(t("queue.first"), { error: true });
  dropSuggestion();
  notice(t("suggestion.wait"));
  try {
    const answer = await busy(preview(desk.area, desk.model.revision, op));
    byId("notice").classList.remove("shown");
    show(answer, { op, label, accept: () => enqueue({ kind: "edit", op, label }) });
  } catch (error) {
    say(error);
  }
  return undefined;
}

/** Show an answer that has been stored nowhere yet. */
export function show(answer, { op, label, accept, note }) {
  const { model } = desk;
  const rows = rowsOf(model, answer);
  const units = new Set();
  const reshaped = answer.removed_units?.length > 0 || (answer.units ?? []).some((feature) => !model.place.has(feature.properties.id ?? feature.id));
  for (const feature of answer.units ?? []) {
    const unit = model.place.get(feature.properties.id ?? feature.id);
    if (unit === undefined) continue;
    const before = LEVELS.map((level) => model.told[level][unit]);
    if (LEVELS.every((level, i) => (feature.properties[`l${level}`] ?? null) === before[i])) continue;
    units.add(unit);
    model.painted.set(unit, before);
    for (const level of model.depths) model.assign(unit, level, feature.properties[`l${level}`]);
  }
  lend(answer);
  put({ suggestion: { answer, rows, units, op, label, accept, note, reshaped, faults: model.faults.length } });
  draw();
  emit("labels");
}

// new grids of a suggestion need a colour and a band while it is shown
function lend({ grids = [] }) {
  const { model } = desk;
  for (const grid of grids) {
    if (model.grids.has(grid.code)) continue;
    const taken = new Set(model.neighboursOf(grid.level, grid.code).map((code) => model.colours.get(code)));
    model.colours.set(grid.code, [...Array(10).keys()].find((i) => !taken.has(i)) ?? 0);
  }
}

/** Drop what is suggested. */
export function dropSuggestion() {
  if (!desk.suggestion) return false;
  desk.model.wipe();
  emit("repaint");
  put({ suggestion: null });
  draw();
  emit("labels");
  return true;
}

function accept() {
  const { accept: run } = desk.suggestion;
  dropSuggestion();
  run();
}

/** Another drawing of the same, where the solver can make one. */
function another() {
  const { op, label } = desk.suggestion;
  suggest({ ...op, seed: op.seed + 1 }, label);
}

function draw() {
  const node = byId("suggestion");
  const { suggestion } = desk;
  node.hidden = suggestion === null;
  if (!suggestion) return fill(node);
  const { rows, answer, label, note, op, units, reshaped, faults } = suggestion;
  const moved = [...units].reduce((sum, unit) => sum + desk.model.households[unit], 0);
  const left = answer.faults?.length ?? faults;
  const nothing = !rows.length && !units.size && !reshaped;
  fill(
    node,
    h("header", { class: "side-head" }, h("h2", { tabindex: "-1" }, t("suggestion.title")), h("span", { class: "tag" }, t("suggestion.preview"))),
    h("p", { class: "suggestion-what" }, label),
    note ?? null,
    h("p", {}, t("suggestion.sum", { moved: number(moved), before: number(faults), after: number(left) })),
    gainsTable(rows, ({ code }) => emit("show", (desk.model.grids.get(code) ?? answer.grids?.find((grid) => grid.code === code))?.bounds)),
    h(
      "p",
      { class: "buttons" },
      h("button", { type: "button", class: "main", id: "accept", disabled: nothing, on: { click: accept } }, t("suggestion.accept")),
      h("button", { type: "button", class: "plain", id: "drop", on: { click: dropSuggestion } }, t("suggestion.drop")),
      op && "seed" in op ? h("button", { type: "button", class: "plain", on: { click: another } }, t("suggestion.another")) : null,
    ),
  );
  node.querySelector("h2").focus({ preventScroll: true });
  return node;
}

export function startSuggestions() {
  draw();
  on("lang", draw);
  // what was suggested for another state of the area counts no longer
  on("model", () => {
    if (!desk.suggestion) return;
    put({ suggestion: null });
    draw();
  });
}
