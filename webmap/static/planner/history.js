// Back and forth: undo and redo without losing branches, and versions with names.

import { busy, byId, fill, h, notice, picture } from "../app/dom.js";
import { t } from "../app/words.js";
import { desk, mayEdit, on } from "./desk.js";
import { askText, button, open } from "./dialogs.js";
import { enqueue, isIdle, queue } from "./queue.js";
import { askHistory, snapshot } from "./service.js";
import { say } from "./refusals.js";
import { when, whatOf, whoIs } from "./say.js";
import { dropSuggestion } from "./suggestion.js";

const ICONS = { undo: "M9 5L4 10l5 5M4 10h10a5 5 0 0 1 0 10h-3", redo: "M15 5l5 5-5 5M20 10H10a5 5 0 0 0 0 10h3", branch: "M6 9l6 6 6-6" };

export function undo() {
  if (!mayEdit()) return notice(t("read_only"), { error: true });
  if (dropSuggestion()) return undefined;
  // with changes on their way there will be something to undo
  if (!desk.model.canUndo && isIdle()) return notice(t("undo.none"));
  return enqueue({ kind: "undo", label: t("did.undo") });
}

/** Do again what was undone; where there are several ways on, ask which. */
export async function redo() {
  if (!mayEdit()) return notice(t("read_only"), { error: true });
  const ways = desk.model.redo ?? [];
  if (!ways.length) return notice(t("redo.none"));
  if (ways.length === 1 || !isIdle()) return enqueue({ kind: "redo", to: ways[0], label: t("did.redo") });
  return chooseBranch();
}

/** Choose among the ways on. */
export async function chooseBranch() {
  const { revisions } = await busy(askHistory(desk.area)).catch((error) => (say(error), { revisions: [] }));
  const known = new Map(revisions.map((one) => [one.number, one]));
  const to = await open(t("redo.which"), (close) =>
    h("ul", { class: "list options" }, (desk.model.redo ?? []).map((number) => h("li", {}, h("button", { type: "button", class: "row", "data-revision": number, on: { click: () => close(number) } }, line(known.get(number) ?? { number }))))),
  );
  if (to !== undefined) enqueue({ kind: "redo", to, label: t("did.redo") });
}

const line = (one) => [
  h("span", { class: "row-head" }, h("span", { class: "row-name" }, one.name || whatOf(opName(one.op)) || t("revision", { n: one.number })), one.number === desk.model.head ? h("span", { class: "tag here" }, t("revision.here")) : null, h("span", { class: "row-value quiet" }, t("revision", { n: one.number }))),
  h("span", { class: "row-more" }, [one.author ? whoIs(one) : null, one.made_at ? when(one.made_at) : null, one.name ? whatOf(opName(one.op)) : null].filter(Boolean).join(" · ")),
];

const opName = (op) => {
  if (op && typeof op === "object") return op.op;
  try {
    return JSON.parse(op).op ?? op;
  } catch {
    return op;
  }
};

/** All versions of the area: name the present one, go to another. */
export async function showHistory() {
  let answer;
  try {
    answer = await busy(askHistory(desk.area));
  } catch (error) {
    say(error);
    return;
  }
  const { compareWith } = await import("./compare.js");
  const revisions = withBuilt(answer.revisions).sort((a, b) => b.number - a.number);
  const chosen = await open(t("history.title"), (close) => [
    mayEdit() ? h("p", { class: "buttons" }, button(t("snapshot.make"), () => close({ name: true }), { class: "main", "data-deed": "snapshot" })) : null,
    h("ul", { class: "list revisions" }, revisions.map((one) => row(one, close))),
  ], { wide: true });
  if (chosen?.name) nameVersion();
  else if (chosen?.go !== undefined) enqueue({ kind: "go", revision: chosen.go, label: t("did.go") });
  else if (chosen?.compare !== undefined) compareWith(String(chosen.compare), String(desk.model.revision));
}

/** All revisions, and the one that was built, which is recorded nowhere. */
const withBuilt = (revisions) => (revisions.some(({ number }) => number === 0) ? [...revisions] : [...revisions, { number: 0, op: "build" }]);

function row(one, close) {
  const here = one.number === desk.model.head;
  return h(
    "li",
    { class: one.name ? "revision named" : "revision", "data-revision": one.number },
    h("div", { class: "revision-text" }, line(one)),
    here ? null : [button(t("compare.short"), () => close({ compare: one.number }), { class: "small" }), mayEdit() ? button(t("history.go"), () => close({ go: one.number }), { class: "small" }) : null],
  );
}

/** Give the present state a name. */
export async function nameVersion() {
  if (!isIdle()) {
    notice(t("queue.first"), { error: true });
    return;
  }
  const name = await askText(t("snapshot.make"), t("snapshot.name"), { note: t("snapshot.note") });
  if (!name) return;
  try {
    await busy(snapshot(desk.area, desk.model.revision, name));
    notice(t("snapshot.made", { name }));
  } catch (error) {
    say(error);
  }
}

const icon = (name, run, { disabled, key }) =>
  h("button", { type: "button", class: "icon", id: name, "aria-label": t(name), title: `${t(name)} (${key})`, disabled, "aria-keyshortcuts": key.replace("Ctrl", "Control"), on: { click: run } }, picture(ICONS[name]));

function draw() {
  const held = document.activeElement?.closest?.("#history")?.querySelector(":focus")?.id;
  const ways = desk.model.redo ?? [];
  const waiting = queue.items.length > 0;
  fill(
    byId("history"),
    icon("undo", undo, { disabled: !mayEdit() || (!desk.model.canUndo && !waiting), key: "Ctrl+Z" }),
    icon("redo", redo, { disabled: !mayEdit() || !ways.length, key: "Ctrl+Shift+Z" }),
    ways.length > 1 ? h("button", { type: "button", class: "icon narrow", id: "branches", "aria-label": t("redo.branches", { n: ways.length }), title: t("redo.branches", { n: ways.length }), on: { click: chooseBranch } }, picture(ICONS.branch), h("span", { class: "dot-count" }, ways.length)) : null,
  );
  if (held) byId(held)?.focus();
}

export function startHistory() {
  for (const name of ["model", "queue", "lang"]) on(name, draw);
  draw();
}
