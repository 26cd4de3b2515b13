// The grid that is looked at: its count against its band, and all that can be done with it.

import { byId, fill, h, notice } from "../app/dom.js";
import { levelName, number, t } from "../app/words.js";
import { gauge } from "./balance.js";
import { NEW, desk, emit, mayEdit, on, put } from "./desk.js";
import { commentsOf } from "./comments.js";
import { cutBuilding, excuse, mend, merge, redraw, rename, splitBySolver, toggleLock } from "./deeds.js";
import { stateOf } from "./look.js";
import { bandText, gridLabel, shortCode } from "./say.js";
import { chooseTool, isLocked } from "./tools.js";

const SIGNS = { below: "▼", above: "▲", in_band: "✓", given: "–" };

const action = (name, run, { key, disabled } = {}) =>
  h("button", { type: "button", class: "small", "data-deed": name, disabled, "aria-keyshortcuts": key, title: key ? `${t(`deed.${name}`)} (${key.toUpperCase()})` : null, on: { click: run } }, t(`deed.${name}`));

function figures(grid) {
  const { model } = desk;
  const households = model.total(grid.level, grid.code);
  const band = model.bandOf(grid.level, grid.code);
  const state = stateOf(model, grid.level, grid.code);
  return [
    h("p", { class: `state ${state}` }, h("span", { class: "state-sign", "aria-hidden": "true" }, SIGNS[state]), h("b", {}, t("households", { n: number(households) })), h("span", { class: "quiet" }, bandText(band)), h("span", {}, t(`state.${state}`))),
    gauge(households, band),
  ];
}

function trail(grid) {
  const parents = [];
  for (let up = desk.model.grids.get(grid.parent); up; up = desk.model.grids.get(up.parent)) parents.unshift(up);
  if (!parents.length) return null;
  return h("nav", { class: "trail", "aria-label": t("trail") }, parents.map((up) => h("button", { type: "button", class: "crumb", on: { click: () => put({ level: up.level, target: up.code }) } }, `${levelName(up.level)} ${shortCode(up.code)}`)));
}

/** Words are for a band that is broken and need not be, and to change words that are there. */
const wantsWords = (grid) => Boolean(grid.reason) || (desk.model.faults ?? []).some((fault) => fault.grid === grid.code && fault.kind === "out_of_band" && !fault.reason);

function deeds(grid) {
  const locked = isLocked(grid.code);
  const fixed = locked || grid.state === "given";
  return h(
    "div",
    { class: "deeds", role: "group", "aria-label": t("card.deeds") },
    action("zoom", () => emit("show", grid.bounds), { key: "g" }),
    action("brush", () => chooseTool("brush"), { key: "b", disabled: fixed }),
    action("line", () => chooseTool("line"), { key: "l", disabled: fixed }),
    action("split", () => splitBySolver(grid), { disabled: fixed }),
    action("merge", () => merge(grid), { key: "m", disabled: fixed }),
    action(grid.locked ? "unlock" : "lock", () => toggleLock(grid), { key: "k" }),
    action("mend", () => mend([grid.code]), { disabled: locked }),
    action("redraw", () => redraw([grid.code]), { disabled: fixed }),
    action("rename", () => rename(grid)),
    action("excuse", () => excuse(grid), { disabled: !wantsWords(grid) }),
  );
}

function buildings(grid) {
  const { model } = desk;
  const held = model.unitsOf(grid.level, grid.code).map((unit) => ({ unit, ...model.unit(unit) }));
  const named = held.filter(({ households }) => households > 1).sort((a, b) => b.households - a.households);
  if (!named.length) return null;
  return h(
    "details",
    { class: "more" },
    h("summary", {}, t("card.units", { n: number(held.length) })),
    h(
      "ul",
      { class: "list units" },
      named.slice(0, 40).map((unit) =>
        h(
          "li",
          {},
          h("span", { class: "unit-name" }, unit.building || t("building"), floorsOf(unit), h("span", { class: "quiet" }, ` ${t("households", { n: number(unit.households) })}`)),
          mayEdit() ? h("button", { type: "button", class: "small", "aria-label": `${t("deed.cut")} ${unit.building ?? ""}`, disabled: isLocked(grid.code), on: { click: () => cutBuilding(unit) } }, t("deed.cut")) : null,
        ),
      ),
      named.length > 40 ? h("li", { class: "quiet" }, t("elements.more", { n: number(named.length - 40) })) : null,
    ),
  );
}

function floorsOf({ floors }) {
  if (!floors || floors[0] === null) return "";
  return ` ${floors[0] === floors[1] ? t("floor", { n: floors[0] }) : t("floors", { from: floors[0], to: floors[1] })}`;
}

function nothing() {
  return h(
    "div",
    { class: "hints" },
    h("p", {}, t("card.none")),
    mayEdit()
      ? h("div", { class: "deeds", role: "group", "aria-label": t("card.area_deeds") }, action("mend_all", () => mend(null)), action("redraw_all", () => redraw(null)), desk.selection.size ? action("redraw_selection", redrawSelection) : null)
      : null,
  );
}

/** Draw anew the grids that what is selected lies in. */
function redrawSelection() {
  const codes = new Set([...desk.selection].map((unit) => desk.model.shown[desk.level][unit]));
  redraw([...codes].sort());
}

export function drawCard() {
  const node = byId("card");
  const { target, model } = desk;
  const held = node.contains(document.activeElement) ? document.activeElement.dataset.deed : null;
  const opened = node.querySelector("details.more")?.open;
  const written = node.querySelector(".comment-form textarea");
  if (written && written === document.activeElement) written.dataset.focus = "yes";
  const shown = node.dataset.grid;
  const grid = model.grids.get(target);
  if (target === NEW) {
    fill(node, h("h2", {}, t("grid.new")), h("p", {}, t("grid.new_note")));
  } else if (!grid) {
    if (target !== null) put({ target: null });
    fill(node, h("h2", {}, t("card.title")), nothing());
  } else {
    fill(
      node,
      trail(grid),
      h("h2", {}, grid.name || gridLabel(target), grid.locked ? h("span", { class: "tag lock" }, t("card.locked")) : null),
      h("p", { class: "code" }, grid.code, " · ", levelName(grid.level)),
      figures(grid),
      grid.pieces > 1 ? h("p", { class: "trouble" }, t("fault.not_connected", { n: number(grid.pieces) })) : null,
      grid.reason ? h("p", { class: "reason" }, t("card.reason", { reason: grid.reason })) : null,
      mayEdit() ? deeds(grid) : action("zoom", () => emit("show", grid.bounds)),
      buildings(grid),
      commentsOf(grid),
    );
  }
  node.dataset.grid = grid?.code ?? "";
  if (shown === node.dataset.grid) keepOpen(node, opened, written);
  if (held) node.querySelector(`[data-deed="${held}"]`)?.focus();
}

/** Leave what was opened open, and what was being written there. */
function keepOpen(node, opened, written) {
  const details = node.querySelector("details.more");
  if (opened && details) details.open = true;
  const field = node.querySelector(".comment-form textarea");
  if (!written?.value || !field) return;
  field.value = written.value;
  if (document.activeElement === document.body && written.dataset.focus) field.focus();
}

/** Run something with the grid that is looked at, if it may be changed. */
export function withGrid(run) {
  const grid = desk.model.grids.get(desk.target);
  if (!grid) notice(t("target.first"), { error: true });
  else if (!mayEdit()) notice(t("read_only"), { error: true });
  else run(grid);
}

export function startCard() {
  for (const name of ["model", "target", "level", "lang", "comments", "queue"]) on(name, drawCard);
  on("selection", () => desk.target || drawCard());
  drawCard();
}
