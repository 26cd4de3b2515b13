// A suggestion: what a solver, or a file, would change, shown in stripes on the map with its gains and losses, to accept or drop.

import { byId, fill, h, notice } from "../app/dom.js";
import { number, t } from "../app/words.js";
import { desk, emit, mayEdit, on, put } from "./desk.js";
import { gainsTable, movedAt, movesOf, rowsOf } from "./gains.js";
import { enqueue, isIdle } from "./queue.js";
import { preview } from "./service.js";
import { say } from "./refusals.js";
import { stopWaiting, waitFor } from "./wait.js";

/** Ask for a suggestion, and show it. */
export async function suggest(op, label) {
  if (!mayEdit()) return notice(t("read_only"), { error: true });
  if (!isIdle()) return notice(t("queue.first"), { error: true });
  dropSuggestion();
  stopWaiting();
  const { area, model } = desk;
  try {
    const answer = await waitFor(t("suggestion.wait"), (signal) => preview(area, model.revision, op, signal));
    // left meanwhile, or given up
    if (answer && desk.model === model) show(answer, { op, label, accept: () => enqueue({ kind: "edit", op, label }) });
  } catch (error) {
    say(error);
  }
  return undefined;
}

/** Show an answer that has been stored nowhere yet. */
export function show(answer, { op, label, accept, note }) {
  const { model } = desk;
  const change = movesOf(model, answer);
  const finest = model.depths.at(-1);
  const moved = movedAt(finest, answer) ?? change.moves.filter(({ unit, was }) => model.told[finest][was] !== change.trial.told[finest][unit]).reduce((sum, { unit }) => sum + change.trial.households[unit], 0);
  display(change.trial);
  put({ suggestion: { answer, rows: rowsOf(model, answer, change), units: new Set(change.moves.map(({ unit }) => unit)), op, label, accept, note, moved, before: open(model), after: open(change.trial) } });
  draw();
  emit("labels");
}

const open = ({ faults }) => faults.filter(({ reason }) => !reason).length;

/** Let the map show a model; what is edited stays the desk's own. */
function display(model) {
  desk.painter.model = model;
}

/** Drop what is suggested. */
export function dropSuggestion() {
  if (!desk.suggestion) return false;
  display(desk.model);
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
  const { rows, answer, label, note, op, units, moved, before, after } = suggestion;
  fill(
    node,
    h("header", { class: "side-head" }, h("h2", { tabindex: "-1" }, t("suggestion.title")), h("span", { class: "tag" }, t("suggestion.preview"))),
    h("p", { class: "suggestion-what" }, label),
    note ?? null,
    h("p", {}, t("suggestion.sum", { moved: number(moved), before: number(before), after: number(after) })),
    gainsTable(rows, ({ code }) => emit("show", (desk.model.grids.get(code) ?? answer.grids?.find((grid) => grid.code === code))?.bounds)),
    h(
      "p",
      { class: "buttons" },
      h("button", { type: "button", class: "main", id: "accept", disabled: !rows.length && !units.size, on: { click: accept } }, t("suggestion.accept")),
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
    display(desk.model);
    put({ suggestion: null });
    draw();
  });
}
