// The tools, their rail at the left, and what goes with each: the size of the brush, and what is selected.

import { byId, fill, h, notice, picture } from "../app/dom.js";
import { number, t } from "../app/words.js";
import { NEW, desk, emit, mayEdit, on, put } from "./desk.js";
import { stateOf } from "./look.js";
import { enqueue } from "./queue.js";
import { hush } from "./refusals.js";
import { gridLabel, shortCode } from "./say.js";

const SIZES = { least: 8, most: 90, step: 6 };

export const TOOLS = {
  pan: { key: "v", icon: "M12 3v18M3 12h18M12 3l-3 3M12 3l3 3M12 21l-3-3M12 21l3-3M3 12l3-3M3 12l3 3M21 12l-3-3M21 12l-3 3" },
  brush: { key: "b", icon: "M14 4l6 6-8 8-6-6zM6 12c-3 1-1 5-4 8 4 1 8 0 10-2" },
  select: { key: "s", icon: "M5 3l14 8-6 2-3 6z" },
  rectangle: { key: "r", icon: "M4 6h16v12H4z" },
  polygon: { key: "p", icon: "M12 3l9 7-4 11H7L3 10z" },
  line: { key: "l", icon: "M4 20L20 4M4 20h4M4 20v-4M20 4h-4M20 4v4" },
};

const EDITING = new Set(["brush", "line"]);

/** Take up a tool. */
export function chooseTool(tool) {
  if (EDITING.has(tool) && !mayEdit()) return notice(t("read_only"), { error: true });
  if (tool === "line" && (!desk.target || desk.target === NEW)) return notice(t("line.first"), { error: true });
  if (tool === "brush" && !desk.target) notice(t("target.first"));
  if (desk.tool === tool) emit("tool", tool);
  else put({ tool });
  focusMap();
  return undefined;
}

export const focusMap = () => desk.map?.getContainer().focus({ preventScroll: true });

export function setBrush(size) {
  put({ brush: Math.max(SIZES.least, Math.min(SIZES.most, size)) });
}

export const growBrush = (direction) => setBrush(desk.brush + direction * SIZES.step);

export function drawRail() {
  const buttons = Object.entries(TOOLS).map(([name, { key, icon }]) =>
    h(
      "button",
      {
        type: "button",
        class: "tool",
        "data-tool": name,
        "aria-pressed": String(desk.tool === name),
        "aria-keyshortcuts": key,
        title: `${t(`tool.${name}`)} (${key.toUpperCase()})`,
        on: { click: () => chooseTool(name) },
      },
      picture(icon),
      h("span", {}, t(`tool.${name}`)),
    ),
  );
  const slider = h("input", { type: "range", id: "brush", min: SIZES.least, max: SIZES.most, step: 2, "aria-label": t("brush.size"), title: `${t("brush.size")} ([ ])`, on: { input: (event) => setBrush(Number(event.target.value)) } });
  slider.value = desk.brush;
  fill(byId("rail"), buttons, h("div", { class: "brush-size", hidden: desk.tool !== "brush" }, h("span", { class: "brush-dot" }), slider));
  sizeDot();
}

function sizeDot() {
  const dot = byId("rail").querySelector(".brush-dot");
  const shown = Math.min(40, 6 + desk.brush * 0.4);
  dot.style.width = dot.style.height = `${shown}px`;
  byId("brush").value = desk.brush;
}

function onTool(tool) {
  for (const button of byId("rail").querySelectorAll(".tool")) button.setAttribute("aria-pressed", String(button.dataset.tool === tool));
  byId("rail").querySelector(".brush-size").hidden = tool !== "brush";
  desk.map.getContainer().dataset.tool = tool;
}

/** Add units to what is selected, or take them away. */
export function select(units, { away = false } = {}) {
  const selection = new Set(desk.selection);
  for (const unit of units) away ? selection.delete(unit) : selection.add(unit);
  showSelection(selection);
}

export function showSelection(selection) {
  const before = desk.selection;
  const changed = [...selection].filter((unit) => !before.has(unit)).concat([...before].filter((unit) => !selection.has(unit)));
  if (!changed.length) return;
  put({ selection });
  desk.painter.touch(changed);
}

export const clearSelection = () => showSelection(new Set());

/** Units that may leave their grid for the target: those elsewhere, in no locked grid. */
export function movable(units, { target = desk.target, level = desk.level } = {}) {
  const { model } = desk;
  return [...units].filter((unit) => model.shown[level][unit] !== target && !lockedAt(unit, level));
}

function lockedAt(unit, level) {
  const { model } = desk;
  return model.depths.some((depth) => depth >= level && model.grids.get(model.shown[depth][unit])?.locked) || isLocked(model.shown[level][unit]);
}

/** Whether a grid, or one it lies in, is locked. */
export function isLocked(code) {
  for (let grid = desk.model.grids.get(code); grid; grid = desk.model.grids.get(grid.parent)) if (grid.locked) return true;
  return false;
}

/** Move what is selected to the target. */
export function moveSelection() {
  if (!desk.selection.size) return;
  if (!ready()) return;
  const units = movable(desk.selection);
  if (!units.length) return notice(t("move.nothing"), { error: true });
  send(units, desk.level, desk.target);
  clearSelection();
}

/** Whether there is a target that may be changed; says what is missing. */
export function ready() {
  if (!mayEdit()) notice(t("read_only"), { error: true });
  else if (!desk.target) notice(t("target.first"), { error: true });
  else if (isLocked(desk.target)) notice(t("target.locked", { grid: shortCode(desk.target) }), { error: true });
  else if (desk.suggestion) notice(t("suggestion.first"), { error: true });
  else {
    hush();
    return true;
  }
  return false;
}

/** Send a move; the map shows it already. */
export function send(units, level, target) {
  const ids = units.map((unit) => desk.model.ids[unit]);
  desk.model.paint(units, level, target);
  desk.painter.touch(units);
  enqueue({
    kind: "edit",
    op: { op: "move", units: ids, to: target === NEW ? null : target, level },
    label: t("did.move_to", { n: ids.length, grid: gridLabel(target) }),
    painted: { units: ids, level, to: target },
  });
}

/** Say to those who do not see the map what came of a change. */
function announce({ item }) {
  const code = item.painted?.to ?? desk.target;
  const grid = desk.model.grids.get(code);
  if (!document.body.classList.contains("keys") || !grid) return;
  const state = stateOf(desk.model, grid.level, code);
  notice(`${item.label}${t("comma")}${gridLabel(code)} ${t("households", { n: number(grid.households) })} ${t(`state.${state}`)}`);
}

export function startTools() {
  drawRail();
  on("tool", onTool);
  on("saved", announce);
  on("brush", sizeDot);
  on("lang", drawRail);
  on("target", (target) => {
    if (target) hush();
    desk.painter.draw();
  });
  on("suggestion", () => desk.painter.draw());
  onTool(desk.tool);
}
