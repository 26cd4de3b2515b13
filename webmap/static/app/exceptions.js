// The list of grids outside their band.

import { fill, h } from "./dom.js";
import { askExceptions } from "./source.js";
import { change } from "./state.js";
import { STATE_COLOURS } from "./style.js";
import { band, households, levelName, number, t, why } from "./words.js";

/** Fill a node with the exceptions, worst first, more on demand. */
export async function drawExceptions(node) {
  fill(node, h("p", { class: "loading" }, t("loading")));
  const page = await askExceptions();
  if (!page.total) {
    fill(node, h("p", { class: "empty" }, t("exceptions.none")));
    return;
  }
  const reasons = h(
    "ul",
    { class: "reasons" },
    Object.entries(page.reasons).map(([reason, count]) => h("li", {}, `${t(`reason.${reason}`)} `, h("b", {}, number(count)))),
  );
  const list = h("ul", { class: "list" }, page.items.map(row));
  fill(node, reasons, list);
  more(node, list, page.items.length, page.total);
}

function more(node, list, shown, total) {
  if (shown >= total) return;
  const button = h("button", { type: "button", class: "plain" }, t("exceptions.more", { n: number(total - shown) }));
  button.addEventListener("click", async () => {
    const page = await askExceptions(shown);
    list.append(...page.items.map(row));
    button.remove();
    more(node, list, shown + page.items.length, total);
  });
  node.append(button);
}

function row(grid) {
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "row", "data-grid": grid.code, on: { click: () => change({ grid: grid.code, area: grid.area }) } },
      h("span", { class: "row-head" }, h("span", { class: "swatch", colour: STATE_COLOURS[grid.state] }), h("span", { class: "row-name" }, grid.name), h("span", { class: "row-value" }, households(grid.households))),
      h("span", { class: "row-more" }, `${levelName(grid.level)} · ${band(grid)}`),
      h("span", { class: "row-why" }, why(grid)),
    ),
  );
}
