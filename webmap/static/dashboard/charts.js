// Bars: a row a place. What they show stands in the table too, so that nobody needs to see them.

import { h } from "../app/dom.js";

/** Bars of one or several parts a row; `rows` are {name, parts: [{value, colour, text}], text}. */
export function bars(title, rows, legend = []) {
  const total = ({ parts }) => parts.reduce((sum, { value }) => sum + (value ?? 0), 0);
  const most = Math.max(...rows.map(total), 0);
  const width = (value) => `${most ? (100 * (value ?? 0)) / most : 0}%`;
  const part = ({ value, colour }) => {
    const node = h("span", { class: "part", colour });
    node.style.width = width(value);
    return node;
  };
  const line = (each) => h("li", {}, h("span", { class: "bar-name" }, each.name), h("span", { class: "bar", "aria-hidden": "true" }, each.parts.map(part)), h("span", { class: "bar-value" }, each.text));
  return h(
    "figure",
    { class: "chart" },
    h("figcaption", {}, h("h3", {}, title), legend.length ? h("span", { class: "key" }, legend.map(([text, colour]) => h("span", {}, h("span", { class: "swatch", colour }), text))) : null),
    h("ol", { class: "bars" }, rows.map(line)),
  );
}
