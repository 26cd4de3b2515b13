// Figures that several cards show.

import { h } from "./dom.js";
import { levelName, number, share, t } from "./words.js";

/** One level in a table: grids, and how many of those with a band are in it. */
export function levelRow(row) {
  const bar = h("span", { class: "meter" }, h("span", {}));
  bar.firstChild.style.width = `${row.banded ? (100 * row.in_band) / row.banded : 0}%`;
  return h(
    "tr",
    {},
    h("th", { scope: "row" }, levelName(row.level)),
    h("td", {}, number(row.grids)),
    // 50 % of two is not 50 % of the 74 beside it
    h("td", {}, row.banded ? [share(row.in_band, row.banded), row.banded < row.grids ? h("span", { class: "quiet" }, ` ${t("band.of", { n: number(row.banded) })}`) : null, bar] : t("band.none")),
  );
}
