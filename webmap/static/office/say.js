// Words, times and pieces that all views share.

import { h } from "../app/dom.js";
import { className, currentLanguage, knows, number, t } from "../app/words.js";

const TAGS = { zh: "zh-CN", en: "en-GB" };

/** Say a moment by the clock of whoever reads. */
export function moment(text) {
  if (!text) return "–";
  return new Intl.DateTimeFormat(TAGS[currentLanguage()], { dateStyle: "medium", timeStyle: "short" }).format(new Date(text));
}

export const day = (text) => text ?? "–";
export const category = (key) => (knows(`office.category.${key}`) ? t(`office.category.${key}`) : key);
export const status = (key) => t(`office.status.${key}`);
export const kind = (key) => t(`office.kind.${key}`);
/** What an element is called; one without a name by what it is, one that the plan has no more by its id. */
export const elementName = ({ element_name: name, element_class: kind_, element_id: id }) => name || (kind_ ? t("office.nameless", { class: className(kind_) }) : id);
export const percent = (part) => (part === null || part === undefined ? "–" : new Intl.NumberFormat(TAGS[currentLanguage()], { style: "percent", maximumFractionDigits: 0 }).format(part));
export const unit = (key) => t(`office.unit.${key}`);
export const some = (value, digits = 0) => (value === null || value === undefined ? "–" : number(value, digits));

/** A state, told by a word and a colour. */
export const badge = (text, tone = "") => h("span", { class: `badge ${tone}` }, text);

export function statusBadge(matter) {
  const tone = { closed: "good", rejected: "quiet", mended: "half", checked: "half" }[matter.status] ?? "open";
  return [badge(status(matter.status), tone), matter.overdue ? badge(t("office.overdue"), "alarm") : null, matter.conflict ? badge(t("office.conflict"), "alarm") : null];
}

/** A bar that shows a share; the number stands beside it. */
export function bar(part) {
  const inner = h("span", { class: "bar-inner" });
  inner.style.width = `${Math.round(Math.min(1, Math.max(0, part ?? 0)) * 100)}%`;
  return h("span", { class: "bar", "aria-hidden": "true" }, inner);
}

/** A table: columns as [head, cell of a row, class]; it scrolls by itself where the window is narrow. */
export function table(caption, columns, rows) {
  if (!rows.length) return h("p", { class: "empty" }, t("office.none"));
  const head = h("tr", {}, columns.map(([name, , kind_ = ""]) => h("th", { scope: "col", class: kind_ }, name)));
  const lines = rows.map((row) => h("tr", {}, columns.map(([, cell, kind_ = ""], at) => h(at ? "td" : "th", { class: kind_, scope: at ? null : "row" }, cell(row)))));
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, h("table", {}, h("caption", {}, caption), h("thead", {}, head), h("tbody", {}, lines)));
}

export const button = (text, run, more = {}) => h("button", { type: "button", class: "deed", ...more, on: { click: run } }, text);

/** A labelled field. */
export const field = (id, label, node) => {
  node.id = id;
  return h("div", { class: "field" }, h("label", { for: id }, label), node);
};

/** A choice: options as [value, text]. */
export function select(options, value, change) {
  const node = h("select", { on: change ? { change: () => change(node.value) } : {} }, options.map(([key, text]) => h("option", { value: key }, text)));
  node.value = options.some(([key]) => key === value) ? value : options[0][0];
  return node;
}
