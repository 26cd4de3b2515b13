// One element: what it is, when it is due, what was recorded and found there.

import { h } from "../app/dom.js";
import { t } from "../app/words.js";
import { bearing, nearest } from "./geo.js";
import { here, onFix, release, watch } from "./position.js";
import { atTimes, refill } from "./redraw.js";
import { block, chip, day, elementName, far, line, moment, personName, tagged, warn, way } from "./say.js";
import { elementOf, on, plan, state } from "./state.js";
import { allMatters, matterLine } from "./view_matters.js";
import { dueChip, dueNow, partText, recordedChip, recordedOn, today } from "./view_round.js";

let shown = null;

function where(element) {
  if (!here.fix) return t("field.position.none");
  const from = [here.fix.lon, here.fix.lat];
  const { metres, at } = nearest(from, element.geometry);
  return metres < 1 ? t("field.you_are_here") : t("field.away", { far: far(metres), way: way(bearing(from, at)) });
}

function records(id) {
  const own = state.rows.filter(({ event, status }) => event.kind === "record" && event.body.element_id === id && status !== "refused").map(({ event, status }) => ({ ...event, author: state.me.name, local: status }));
  const events = new Map([...own, ...state.known.filter((event) => event.kind === "record" && event.body.element_id === id)].map((event) => [event.id, event]));
  return [...events.values()].sort((a, b) => (a.made_at < b.made_at ? 1 : -1)).slice(0, 12);
}

function draw() {
  const { node, id } = shown ?? {};
  if (!node?.isConnected) return;
  const element = elementOf(id);
  if (!element) {
    refill(node, warn(t("field.element_gone")));
    return;
  }
  const due = dueNow().get(id);
  const duties = plan().duties.filter((duty) => duty.element_id === id);
  const seen = duties.map((duty) => duty.last_seen).filter(Boolean).sort().at(-1);
  const told = records(id);
  const recorded = recordedOn(today()).has(id);
  const open = [...allMatters().values()].filter((matter) => matter.found.body.element_id === id);
  const code = encodeURIComponent(id);
  refill(
    node,
    h("p", { class: "lead" }, tagged(element)),
    h("p", { class: "line-chips" }, recorded ? recordedChip(element, due) : [dueChip(due), partText(due ?? {}) && chip(partText(due), "due")], seen ? chip(t("field.seen", { day: day(seen) })) : recorded ? null : chip(t("field.never_seen"))),
    h("p", {}, where(element)),
    h("div", { class: "deeds two" }, h("a", { class: "deed main", href: `#new/record/${code}`, "data-key": "record" }, t("field.record")), h("a", { class: "deed", href: `#new/found/${code}`, "data-key": "found" }, t("field.report")), h("a", { class: "deed", href: `#map/${code}`, "data-key": "map" }, t("field.on_map"))),
    block(t("field.grids_of"), h("ul", { class: "plain" }, (element.shares ?? []).map(({ grid }) => plan().grids.get(grid)).filter((grid) => grid?.level === (plan().policy.level ?? 1)).map((grid) => h("li", {}, grid.name ?? grid.code, " ", h("span", { class: "quiet" }, grid.code))))),
    open.length > 0 && block(t("field.matters"), h("ul", { class: "lines" }, open.map(matterLine))),
    block(t("field.records"), told.length ? h("ul", { class: "plain" }, told.map((event) => h("li", {}, h("b", {}, moment(event.made_at)), " ", personName(event.author), event.local && event.local !== "taken" && event.local !== "known" ? [" ", chip(t("field.unsent.one"), "due")] : null, event.body.notes ? h("p", { class: "note" }, event.body.notes) : null))) : h("p", { class: "quiet" }, t("field.no_records"))),
  );
}

on("changed", atTimes(draw));
onFix(draw);

export function show(main, id) {
  const node = h("div", { class: "view" });
  main.replaceChildren(node);
  shown = { node, id };
  watch("element");
  draw();
  return { title: elementOf(id) ? elementName(elementOf(id)) : t("field.element"), tab: "round", back: "#round", leave: () => release("element") };
}
