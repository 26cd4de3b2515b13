// Matters: what was found and is not mended yet, whose it is, and what stands side by side.

import { h } from "../app/dom.js";
import { number, t } from "../app/words.js";
import { metres } from "./geo.js";
import { isLate, isOpen, matters } from "./matters.js";
import { here } from "./position.js";
import { atTimes, refill } from "./redraw.js";
import { categoryName, chip, day, elementName, far, line } from "./say.js";
import { elementOf, on, plan, state } from "./state.js";

const SHOWN = 60;
const FILTERS = {
  open: (matter) => isOpen(matter) || matter.conflict,
  mine: (matter) => isOpen(matter) && (matter.shown.assignee === state.me.name || matter.found.author === state.me.name),
  late: (matter) => isLate(matter),
  all: () => true,
};

let node = null;
let filter = "open";
let kept = { key: null, value: new Map() };

/** The rules a matter of a category is under, as far as this phone knows. */
export function rulesOf(category) {
  const { categories, policy } = plan();
  const known = categories.find((one) => one.key === category) ?? {};
  return { mend_days: known.mend_days ?? 7, check_days: known.check_days ?? 7, photo_before: known.photo_before ?? true, photo_after: known.photo_after ?? true, on_spot: policy.mend_on_spot ?? true };
}

/** All matters, worked out once for each state of what is known. */
export function allMatters() {
  const key = [state.known, state.rows, state.packages];
  if (!kept.key || key.some((each, i) => each !== kept.key[i])) kept = { key, value: matters(state.known, state.rows, state.me, rulesOf) };
  return kept.value;
}

const tone = { found: "alarm", assigned: "due", mended: "good", checked: "good", closed: "quiet", rejected: "quiet" };

export function matterChips(matter) {
  const unsent = matter.changes.some((event) => event.local === "new" || event.local === "waiting");
  return [
    matter.conflict ? chip(t("field.conflict"), "alarm") : null,
    chip(t(`field.status.${matter.shown.status}`), tone[matter.shown.status]),
    isLate(matter) ? chip(t("field.overdue", { day: day(matter.shown.due) }), "alarm") : isOpen(matter) ? chip(t("field.due_by", { day: day(matter.shown.due) })) : null,
    unsent ? chip(t("field.unsent.one"), "due") : null,
  ];
}

export function placeName({ body, stamp }) {
  const element = body.element_id && elementOf(body.element_id);
  const grid = stamp?.grid_code && plan().grids.get(stamp.grid_code);
  return [element ? elementName(element) : null, grid ? (grid.name ?? grid.code) : (stamp?.grid_code ?? null)].filter(Boolean).join(" · ");
}

export function matterLine(matter) {
  const { body } = matter.found;
  const long = here.fix ? metres([here.fix.lon, here.fix.lat], [body.lon, body.lat]) : null;
  const away = long === null ? null : long < 10 ? t("field.you_are_here") : far(long);
  return line(`#matter/${matter.id}`, categoryName(body.category), [away, placeName(matter.found), body.notes].filter(Boolean).join(" · ").slice(0, 140), matterChips(matter));
}

function draw() {
  if (!node?.isConnected) return;
  const all = [...allMatters().values()];
  const rows = all.filter(FILTERS[filter]).sort((a, b) => (a.shown.due < b.shown.due ? -1 : 1));
  const tab = (name) => h("button", { type: "button", "aria-pressed": String(filter === name), "data-key": name, on: { click: () => {
    filter = name;
    draw();
  } } }, t(`field.filter.${name}`, { n: number(all.filter(FILTERS[name]).length) }));
  refill(
    node,
    h("div", { class: "deeds" }, h("a", { class: "deed main", href: "#new/found" }, t("field.report_here"))),
    h("div", { class: "choice", role: "group", "aria-label": t("field.which") }, Object.keys(FILTERS).map(tab)),
    rows.length ? h("ul", { class: "lines" }, rows.slice(0, SHOWN).map(matterLine)) : h("p", { class: "empty" }, t("field.no_matters")),
    rows.length > SHOWN && h("p", { class: "quiet" }, t("field.first_of", { n: number(SHOWN), all: number(rows.length) })),
  );
}

on("changed", atTimes(draw));

export function show(main) {
  node = h("div", { class: "view" });
  main.replaceChildren(node);
  draw();
  return { title: t("field.matters"), tab: "matters" };
}
