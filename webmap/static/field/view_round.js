// Today's round: what is due, from where one stands; drafts first, for they are not sent by themselves.

import { h } from "../app/dom.js";
import { ELEMENT_STYLES } from "../app/style.js";
import { number, t } from "../app/words.js";
import { remember, remembered } from "./account.js";
import { dayOf } from "./clock.js";
import { bearing, nearest } from "./geo.js";
import { askAgain, here, onFix, release, watch } from "./position.js";
import { atTimes, refill } from "./redraw.js";
import { ago, block, button, chip, day, elementName, far, gridName, kindName, line, tagged, warn, way } from "./say.js";
import { elementOf, on, plan, state } from "./state.js";
import * as track from "./track.js";

const SHOWN = 40;
const PAUSE = 2000;
let node = null;
let everything = false;
let most = SHOWN;
let query = "";
let walked = null;
let quiet = 0; // when it was drawn last
let later = 0;

export const today = () => dayOf(Date.now(), plan().policy.utc_offset ?? 8);

/** What is due of each element by today: the earliest day, and the grids it lies in. */
export function dueNow(on_day = today()) {
  const due = new Map();
  for (const { element_id: id, grid, due: when, last_seen: seen, held, part, needed } of plan().duties) {
    if (!when || when > on_day || (walked && grid !== walked)) continue;
    const one = due.get(id) ?? { id, due: when, grids: [], seen: null, needed, held: 0, got: 0 };
    due.set(id, { ...one, held: one.held + held, got: one.got + held * part, due: when < one.due ? when : one.due, grids: [...one.grids, grid], seen: seen && (!one.seen || seen < one.seen) ? seen : one.seen });
  }
  return due;
}

/** Elements that were recorded today, by whomever this phone knows of. */
export function recordedOn(on_day) {
  const offset = plan().policy.utc_offset ?? 8;
  const events = [...state.known, ...state.rows.filter(({ status }) => status !== "refused").map(({ event }) => event)];
  return new Set(events.filter((event) => event.kind === "record" && event.body.element_id && dayOf(Date.parse(event.made_at), offset) === on_day).map((event) => event.body.element_id));
}

/** Say that an element was recorded today; and where the service has told since that it is still due, that this was not enough of it. */
export function recordedChip({ id, area }, due, on_day = today()) {
  const told = state.packages.find(({ code }) => code === area)?.checked_at ?? "";
  const offset = plan().policy.utc_offset ?? 8;
  const mine = ({ event, status, sent_at: at }) => event.kind === "record" && event.body.element_id === id && ["taken", "known"].includes(status) && at < told && dayOf(Date.parse(event.made_at), offset) === on_day;
  return due && state.rows.some(mine) ? chip(partText(due, "field.recorded.part") ?? t("field.recorded.short"), "due") : chip(t("field.recorded"), "good");
}

/** How much of what is due was seen, and how much is wanted; null where nothing was, or it is not known. */
export function partText({ got, held, needed }, key = "field.seen.part") {
  const part = got / held; // not a number where the service did not tell
  return part > 0 && part < needed ? t(key, { part: number(Math.floor(100 * part)), needed: number(Math.round(100 * needed)) }) : null;
}

/** Elements with how far they are, nearest first; without a position those that are longest overdue first. */
export function stops(elements, due) {
  const at = here.fix && [here.fix.lon, here.fix.lat];
  const rows = elements.map((element) => ({ element, due: due.get(element.id) ?? null, ...(at ? nearest(at, element.geometry) : { metres: null }) }));
  const late = ({ due: one }) => one?.due ?? "9999";
  return rows.sort((a, b) => (at ? a.metres - b.metres : late(a).localeCompare(late(b))) || a.element.id.localeCompare(b.element.id));
}

export function dueChip(due, on_day = today()) {
  if (!due) return null;
  const days = Math.round((Date.parse(on_day) - Date.parse(due.due)) / 86_400_000);
  return days > 0 ? chip(t(days === 1 ? "field.late.one" : "field.late", { n: number(days) }), "alarm") : chip(t("field.due_today"), "due");
}

function stopLine({ element, due, metres, at }, done) {
  const from = here.fix && [here.fix.lon, here.fix.lat];
  const where = metres === null ? null : metres < 1 ? t("field.you_are_here") : `${far(metres)} ${way(bearing(from, at))}`;
  const grids = due ? [...due.grids].sort().map(gridName) : [];
  return line(
    `#element/${encodeURIComponent(element.id)}`,
    [h("span", { class: "swatch", colour: ELEMENT_STYLES[element.class]?.colour ?? "#7a3e9d" }), elementName(element)],
    [tagged(element), grids.length && grids.slice(0, 2).join(t("field.and")) + (grids.length > 2 ? ` +${grids.length - 2}` : "")].filter(Boolean).join(" · "),
    [where && h("b", { class: "where" }, where), done ? recordedChip(element, due) : dueChip(due)],
  );
}

function positionLine() {
  if (here.trouble && !here.fix) return h("div", {}, warn(t(`field.position.${here.trouble}`)), button(t("field.position.again"), askAgain, { sign: "here" }));
  if (!here.fix) return h("p", { class: "quiet" }, t("field.position.looking"));
  return h("p", { class: "quiet" }, t("field.position.at", { n: number(here.fix.accuracy), ago: ago(here.fix.at) }));
}

function drafts() {
  if (!state.drafts.length) return null;
  const rows = [...state.drafts].sort((a, b) => b.changed - a.changed);
  return block(
    t("field.drafts", { n: number(rows.length) }),
    h("ul", { class: "lines" }, rows.map((draft) => line(`#draft/${draft.id}`, [kindName(draft.kind), draft.element ? ` · ${elementName(elementOf(draft.element))}` : ""], draft.values.notes || draft.values.reason || null, [chip(ago(draft.changed), "due")]))),
  );
}

function trackBlock() {
  const running = state.round;
  return h(
    "div",
    { class: "track" },
    h("button", { type: "button", class: "switch", role: "switch", "aria-checked": String(Boolean(running)), "data-key": "track", on: { click: () => (running ? track.stop() : track.start()) } }, h("span", { class: "knob" }), h("span", {}, t("field.track"))),
    h("p", { class: "quiet" }, running ? t("field.track.on", { ago: ago(running.started) }) : t("field.track.note")),
  );
}

function list() {
  const [due, done] = [dueNow(), recordedOn(today())];
  const all = [...plan().elements.values()].filter(({ shares }) => !walked || shares?.some(({ grid }) => grid.startsWith(walked)));
  const text = query.trim().toLowerCase();
  const wanted = (everything ? all : all.filter(({ id }) => due.has(id))).filter((one) => !text || `${one.name ?? ""} ${one.id}`.toLowerCase().includes(text));
  const rows = stops(wanted, due);
  const open = everything ? rows : rows.filter(({ element }) => !done.has(element.id));
  const finished = everything ? [] : rows.filter(({ element }) => done.has(element.id));
  return [
    open.length ? h("ul", { class: "lines" }, open.slice(0, most).map((row) => stopLine(row, done.has(row.element.id)))) : h("p", { class: "empty" }, emptyText(all.length)),
    open.length > most && button(t("field.show_more", { n: number(open.length - most) }), () => {
      most += SHOWN;
      draw();
    }, { "data-key": "show-more" }),
    finished.length > 0 && block(t("field.done_today", { n: number(finished.length) }), h("ul", { class: "lines" }, finished.slice(0, most).map((row) => stopLine(row, true)))),
  ];
}

const emptyText = (count) => (!state.packages.length ? t("field.no_area") : count && !everything ? t("field.nothing_due") : t("field.nothing_found"));

function choose() {
  const tab = (value, text) => h("button", { type: "button", "aria-pressed": String(everything === value), "data-key": `tab-${value}`, on: { click: () => {
    [everything, most] = [value, SHOWN];
    draw();
  } } }, text);
  return h("div", { class: "choice", role: "group", "aria-label": t("field.which") }, tab(false, t("field.only_due", { n: number(dueNow().size) })), tab(true, t("field.all_elements", { n: number(plan().elements.size) })));
}

function draw() {
  if (!node?.isConnected) return;
  quiet = Date.now();
  refill(
    node,
    drafts(),
    h("div", { class: "deeds two" }, h("a", { class: "deed main", href: "#new/record" }, t("field.record_here")), h("a", { class: "deed", href: "#new/found" }, t("field.report_here"))),
    positionLine(),
    trackBlock(),
    !state.packages.length && h("p", {}, h("a", { class: "deed main", href: "#more" }, t("field.choose_areas"))),
    grids(),
    state.packages.length > 0 && choose(),
    everything && search(),
    list(),
  );
}

/** Which grid one walks, where there are several. */
function grids() {
  const level = plan().policy.level ?? 1;
  const own = [...plan().grids.values()].filter((grid) => grid.level === level).sort((a, b) => (a.code < b.code ? -1 : 1));
  if (walked && !plan().grids.has(walked)) walked = null;
  if (own.length < 2) return null;
  const select = h("select", { id: "walked", "data-key": "walked", on: { change: () => {
    walked = select.value || null;
    remember({ walked });
    draw();
  } } }, h("option", { value: "" }, t("field.all_grids")), own.map(({ code }) => h("option", { value: code, selected: code === walked }, gridName(code))));
  return h("div", { class: "field walked" }, h("label", { for: "walked" }, t("field.walked")), select);
}

function search() {
  const input = h("input", { type: "search", "aria-label": t("field.search"), placeholder: t("field.search"), "data-key": "search", on: { input: () => {
    query = input.value;
    most = SHOWN;
    draw();
  } } });
  input.value = query; // not as an attribute: the field under somebody's hands stays the same one
  return h("p", { class: "field" }, input);
}

/** A list that jumps under the finger is of no use: at most once in two seconds. */
onFix(() => {
  if (later || !node?.isConnected) return;
  later = setTimeout(() => {
    later = 0;
    draw();
  }, Math.max(0, quiet + PAUSE - Date.now()));
});
on("changed", atTimes(draw));

export function show(main) {
  walked = remembered().walked ?? null;
  node = h("div", { class: "view" });
  main.replaceChildren(node);
  watch("round");
  draw();
  return { title: t("field.round"), tab: "round", leave: () => release("round") };
}
