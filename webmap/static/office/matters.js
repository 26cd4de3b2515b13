// Views of matters: the list, and how many there are.

import { h } from "../app/dom.js";
import { t } from "../app/words.js";
import { areaFilter, choice, pages, tick } from "./filters.js";
import { get } from "./service.js";
import { badge, category, elementName, moment, percent, some, status, statusBadge, table } from "./say.js";

const STEP = 100;
const STATUSES = ["found", "assigned", "mended", "checked", "closed", "rejected"];
const CATEGORIES = ["house", "landslide", "mining", "river", "forest_fire", "flood", "road", "water", "farmland", "pollution"];

/** The list, the latest found first. */
export async function matters(values) {
  const offset = Number(values.offset) || 0;
  const told = await get("matters", { status: values.status, category: values.category, overdue: values.overdue, conflict: values.conflict, area: values.area, offset, limit: STEP });
  const columns = [
    [t("office.matter"), (row) => [h("a", { class: "name", href: `#matter/${row.id}` }, category(row.category)), row.element_id ? h("span", { class: "small" }, elementName(row)) : null]],
    [t("office.filter.status"), statusBadge],
    [t("office.place"), (row) => [h("span", {}, row.area_name ?? row.area_code), h("span", { class: "code" }, row.grid_code ?? row.area_code)]],
    [t("office.found"), (row) => [h("span", { class: "time" }, moment(row.found_at)), h("span", { class: "small" }, row.found_by_display)]],
    [t("office.assignee"), (row) => row.assignee_display ?? "–"],
    [t("office.due"), (row) => moment(row.due_at), "time"],
  ];
  const any = [["", t("office.all")]];
  return [
    h(
      "div",
      { class: "filters" },
      choice("status", [...any, ...STATUSES.map((key) => [key, status(key)])], values.status),
      choice("category", [...any, ...CATEGORIES.map((key) => [key, category(key)])], values.category),
      await areaFilter(values.area),
      tick("overdue", values.overdue),
      tick("conflict", values.conflict),
    ),
    table(t("office.matters.caption"), columns, told.matters),
    pages(offset, STEP, told.more),
  ];
}

/** How many were found, mended and are overdue, by place and category. */
export async function figures(values) {
  const told = await get("figures", { digits: values.digits || "9", area: values.area });
  const columns = [
    [t("office.place"), (row) => [h("span", { class: "name" }, row.name ?? (row.code || t("office.area.all"))), row.name ? h("span", { class: "code" }, row.code) : null]],
    [t("office.filter.category"), (row) => category(row.category)],
    ...["found", "mended", "open"].map((name) => [t(`office.count.${name}`), (row) => some(row[name]), "number"]),
    [t("office.overdue"), (row) => (row.overdue ? badge(some(row.overdue), "alarm") : "0"), "number"],
    [t("office.conflict"), (row) => (row.conflicts ? badge(some(row.conflicts), "alarm") : "0"), "number"],
    [t("office.count.share"), (row) => percent(row.share_mended), "number"],
  ];
  const digits = ["9", "6", "12", "0"].map((key) => [key, t(`office.digits.${key}`)]);
  return [
    h("div", { class: "filters" }, choice("digits", digits, values.digits), await areaFilter(values.area)),
    h("p", { class: "lead" }, t("office.figures.lead", { first: told.first, end: told.end })),
    table(t("office.figures.caption"), columns, told.figures),
  ];
}
