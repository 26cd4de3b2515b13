// Views of the work outdoors: what was seen, what is due, who has too much, and what was written down.

import { h } from "../app/dom.js";
import { className, t } from "../app/words.js";
import { areaFilter, choice, monthFilter, pages } from "./filters.js";
import { address, get, photo } from "./service.js";
import { badge, bar, day, elementName, moment, percent, some, table, unit } from "./say.js";

const STEP = 100;

const DIGITS = () => [["9", t("office.digits.9")], ["6", t("office.digits.6")], ["12", t("office.digits.12")]];
const named = (row) => [h("span", { class: "name" }, row.name ?? row.code), row.name ? h("span", { class: "code" }, row.code) : null];

/** What part of everything was seen this month: a line a place, a column a class. */
export async function cover(values, office) {
  const told = await get("cover", { month: values.month, area: values.area, digits: values.digits || "9" });
  const classes = [...new Set(told.cover.map((row) => row.class))];
  const places = new Map();
  for (const row of told.cover) {
    const found = places.get(row.code) ?? { code: row.code, name: row.name, overdue: 0, by: {} };
    found.overdue += row.overdue;
    found.by[row.class] = row;
    places.set(row.code, found);
  }
  const rows = [...places.values()];
  const cell = (kind) => ({ by }) => {
    const found = by[kind];
    if (!found) return "–";
    return [h("span", { class: "share" }, percent(found.share)), bar(found.share), h("span", { class: "small" }, `${some(found.seen, 1)} / ${some(found.whole, 1)} ${unit(found.unit)}`)];
  };
  const columns = [[t("office.place"), named], [t("office.overdue"), (row) => (row.overdue ? badge(some(row.overdue), "alarm") : "0"), "number"], ...classes.map((kind) => [className(kind), cell(kind), "share-cell"])];
  return [
    h("div", { class: "filters" }, monthFilter(values.month), await areaFilter(values.area), choice("digits", DIGITS(), values.digits)),
    h("p", { class: "lead" }, t("office.cover.lead", { on: told.on })),
    table(t("office.cover.caption", { first: told.first, last: told.last }), columns, rows),
    office ? exports_(values) : null,
  ];
}

function exports_(values) {
  const link = (format) => h("a", { class: "deed", href: address(`exports/${format}`, { month: values.month, area: values.area, lang: document.documentElement.lang.slice(0, 2) }), download: true }, t(`office.export.${format}`));
  return h("section", { class: "exports" }, h("h2", {}, t("office.export")), ["report", "xlsx", "gpkg"].map(link));
}

const STATES = () => [["overdue", t("office.state.overdue")], ["due", t("office.state.due")], ["seen", t("office.state.seen")], ["later", t("office.state.later")], ["all", t("office.state.all")]];
const TONES = { overdue: "alarm", due: "open", seen: "good", later: "" };

/** What is overdue, or due this month. */
export async function duties(values) {
  const offset = Number(values.offset) || 0;
  const state = values.state || "overdue";
  const told = await get("duties", { month: values.month, area: values.area, state: state === "all" ? "" : state, offset, limit: STEP });
  const columns = [
    [t("office.element"), (row) => [h("span", { class: "name" }, elementName({ element_name: row.name, element_class: row.class, element_id: row.element_id })), h("span", { class: "small" }, className(row.class))]],
    [t("office.grid"), (row) => row.grid, "code"],
    [t("office.state"), (row) => badge(t(`office.state.${row.state}`), TONES[row.state])],
    [t("office.due"), (row) => day(row.due)],
    [t("office.last_seen"), (row) => row.last_seen ?? (row.part > 0 ? t("office.part", { part: Math.floor(100 * row.part), needed: Math.round(100 * row.needed) }) : t("office.never"))],
    [t("office.person"), (row) => row.person ?? t("office.vacant")],
  ];
  const { counts } = told;
  return [
    h("div", { class: "filters" }, monthFilter(values.month), await areaFilter(values.area), choice("state", STATES(), values.state)),
    h("p", { class: "lead" }, t("office.duties.lead", { overdue: some(counts.overdue), due: some(counts.due), seen: some(counts.seen), later: some(counts.later), on: told.on })),
    table(t("office.duties.caption"), columns, told.duties),
    pages(offset, STEP, offset + STEP < told.total, some(told.total)),
  ];
}

/** What people look after, most first. */
export async function load(values) {
  const offset = Number(values.offset) || 0;
  const told = await get("load", { area: values.area, offset, limit: STEP });
  const times = (row, name) => (row[`times_${name}`] === null ? null : h("span", { class: row[`times_${name}`] > told.too_much ? "small too-much" : "small" }, t("office.times", { n: some(row[`times_${name}`], 1) })));
  const measure = (name, digits) => (row) => [h("span", {}, some(row[name], digits)), times(row, name)];
  const columns = [
    [t("office.person"), (row) => [h("span", { class: "name" }, row.name), row.too_much ? badge(t("office.too_much"), "alarm") : null]],
    [t("office.role"), (row) => row.role],
    [t("office.grids"), (row) => some(row.grids), "number"],
    [t("office.households"), measure("households"), "number"],
    [unit("km"), measure("km", 1), "number"],
    [unit("ha"), measure("ha", 1), "number"],
    [t("office.points"), (row) => some(row.points), "number"],
    [t("office.visits"), (row) => some(row.visits), "number"],
  ];
  return [
    h("div", { class: "filters" }, await areaFilter(values.area)),
    h("p", { class: "lead" }, t("office.load.lead", { n: some(told.too_much, 1) })),
    table(t("office.load.caption"), columns, told.people),
    pages(offset, STEP, offset + STEP < told.total, some(told.total)),
  ];
}

/** What was written down, the latest first. */
export async function records(values) {
  const offset = Number(values.offset) || 0;
  const told = await get("records", { area: values.area, element: values.element, offset, limit: STEP });
  const look = (row) => row.photos.map((id, at) => h("a", { class: "photo-link", href: photo(id), target: "_blank", rel: "noopener" }, t("office.photo", { n: at + 1 })));
  const columns = [
    [t("office.when"), (row) => moment(row.made_at), "time"],
    [t("office.who"), (row) => row.display],
    [t("office.element"), (row) => (row.element_id ? h("a", { href: `#records?element=${encodeURIComponent(row.element_id)}` }, elementName(row)) : t("office.free_place"))],
    [t("office.grid"), (row) => row.grid_code ?? row.area_code, "code"],
    [t("office.distance"), (row) => (row.distance === null ? "–" : t("office.metres", { n: some(row.distance) })), "number"],
    [t("office.notes"), (row) => row.notes || "–", "wide"],
    [t("office.photos"), (row) => (row.photos.length ? look(row) : "–")],
  ];
  const back = values.element ? h("p", {}, h("a", { href: "#records" }, t("office.records.all"))) : null;
  return [h("div", { class: "filters" }, await areaFilter(values.area)), back, table(t("office.records.caption"), columns, told.records), pages(offset, STEP, offset + STEP < told.total, some(told.total))];
}
