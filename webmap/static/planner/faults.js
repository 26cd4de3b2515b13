// What is not in order in this area: always in sight, worst first, and each a way to its place on the map.

import { byId, fill, h, notice } from "../app/dom.js";
import { knows, levelName, number, t } from "../app/words.js";
import { desk, emit, on, put } from "./desk.js";
import { isIdle } from "./queue.js";
import { bandText, gridLabel } from "./say.js";

let current = -1;

const ORDER = ["unassigned", "not_connected", "out_of_band"];

const off = ({ households, low, high }) => (low === null || low === undefined ? 0 : households < low ? low - households : Math.max(0, households - high));

/** Faults in the order they are shown: those without a written reason first, then by kind and size. */
export function ordered() {
  return [...(desk.model.faults ?? [])].sort(
    (a, b) => Boolean(a.reason) - Boolean(b.reason) || ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind) || a.level - b.level || off(b) - off(a) || (a.grid < b.grid ? -1 : 1),
  );
}

const signOf = (fault) => (fault.kind !== "out_of_band" ? "✕" : fault.households < fault.low ? "▼" : "▲");

export function faultText(fault) {
  if (fault.kind === "out_of_band") return t(fault.households < fault.low ? "fault.below" : "fault.above", { n: number(fault.households), band: bandText(fault), by: number(off(fault)) });
  if (fault.kind === "not_connected") return t("fault.not_connected", { n: number(fault.pieces ?? 2) });
  return t(knows(`fault.${fault.kind}`) ? `fault.${fault.kind}` : "fault.other", { n: number(fault.households ?? 0) });
}

function row(fault, i) {
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: `row fault ${fault.reason ? "excused" : ""}`, "data-fault": i, "data-grid": fault.grid, "aria-current": i === current ? "true" : null, on: { click: () => visit(i) } },
      h("span", { class: "fault-sign", "aria-hidden": "true" }, signOf(fault)),
      h("span", { class: "fault-text" }, h("span", { class: "row-head" }, h("span", { class: "row-name" }, fault.grid ? gridLabel(fault.grid) : t("fault.no_grid")), h("span", { class: "tag" }, levelName(fault.level))), h("span", { class: "row-why" }, faultText(fault)), fault.reason ? h("span", { class: "row-more" }, t("fault.excused", { reason: knows(`reason.${fault.reason}`) ? t(`reason.${fault.reason}`) : fault.reason })) : null),
    ),
  );
}

export function drawFaults() {
  const faults = ordered();
  const open = faults.filter(({ reason }) => !reason).length;
  const node = byId("faults");
  const top = node.querySelector(".fault-list")?.scrollTop ?? 0;
  const held = node.contains(document.activeElement) ? document.activeElement.dataset.fault : undefined;
  fill(
    node,
    h(
      "header",
      { class: "side-head" },
      h("h2", {}, t("faults.title"), " ", h("span", { class: open ? "badge" : "badge fine", id: "fault-count" }, number(open))),
      faults.length ? h("button", { type: "button", class: "small", "aria-keyshortcuts": "n", title: `${t("faults.next")} (N)`, on: { click: () => nextFault(1) } }, t("faults.next"), h("kbd", {}, "N")) : null,
    ),
    faults.length ? h("ul", { class: "list fault-list" }, faults.map(row)) : h("p", { class: "empty" }, t(isIdle() ? "faults.none" : "faults.unchecked")),
  );
  const list = node.querySelector(".fault-list");
  if (list) list.scrollTop = top;
  if (held !== undefined) node.querySelector(`[data-fault="${held}"]`)?.focus();
}

/** Go to a fault: its level, its grid, its place. */
function visit(i) {
  const fault = ordered()[i];
  if (!fault) return;
  current = i;
  if (fault.level && fault.level !== desk.level) put({ level: fault.level });
  put({ target: fault.grid ?? null });
  const grid = desk.model.grids.get(fault.grid);
  if (grid?.bounds) emit("show", grid.bounds);
  else if (fault.at) emit("show", [fault.at[0], fault.at[1], fault.at[0], fault.at[1]]);
  for (const node of byId("faults").querySelectorAll("[data-fault]")) {
    if (Number(node.dataset.fault) === i) {
      node.setAttribute("aria-current", "true");
      node.scrollIntoView({ block: "nearest" });
    } else node.removeAttribute("aria-current");
  }
}

/** Go to the next fault, or the one before. */
export function nextFault(direction = 1) {
  const { length } = ordered();
  if (!length) {
    notice(t("faults.none"));
    return;
  }
  visit((current + direction + length) % length);
  const fault = ordered()[current];
  notice(`${t("faults.place", { i: current + 1, n: length })} ${gridLabel(fault.grid ?? "")} ${faultText(fault)}`);
}

export function startFaults() {
  current = -1;
  for (const name of ["model", "lang", "queue"]) on(name, drawFaults);
  drawFaults();
}
