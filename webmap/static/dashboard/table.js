// A table whose columns can be sorted by.

import { fill, h } from "../app/dom.js";
import { t } from "../app/words.js";

/** Where the page is narrow, say that a table goes on to the right. */
export const swipe = () => h("p", { class: "swipe", "aria-hidden": "true" }, t("numbers.swipe"));

/** Columns are {key, title, value(row), cell(row)}; the first is the row's heading. */
export function sortable(caption, columns, rows) {
  const body = h("tbody", {});
  const heads = columns.map((column) => h("th", { scope: "col" }, h("button", { type: "button", class: "sort", on: { click: () => sort(column) } }, column.title)));
  let by = null;
  let down = false;

  function sort(column) {
    down = by === column ? !down : column !== columns[0];
    by = column;
    draw();
  }

  function draw() {
    const sorted = [...rows];
    if (by) sorted.sort((a, b) => compared(by.value(a), by.value(b)) * (down ? -1 : 1));
    columns.forEach((column, i) => {
      if (column === by) heads[i].setAttribute("aria-sort", down ? "descending" : "ascending");
      else heads[i].removeAttribute("aria-sort");
    });
    fill(body, sorted.map((row) => h("tr", {}, columns.map((column, i) => h(i ? "td" : "th", i ? {} : { scope: "row" }, column.cell(row))))));
  }

  draw();
  return [swipe(), h("div", { class: "table", tabindex: "0", role: "region", "aria-label": caption }, h("table", {}, h("caption", {}, caption), h("thead", {}, h("tr", {}, heads)), body))];
}

// what is not told is least
const known = (value) => (typeof value === "number" ? value : -1);
const compared = (a, b) => (typeof a === "string" && typeof b === "string" && !/^</.test(a) ? a.localeCompare(b, "zh") : known(a) - known(b));
