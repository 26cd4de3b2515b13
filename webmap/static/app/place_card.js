// What is said of a county or a township, and of what lies in it.

import { showBounds } from "./atlas_map.js";
import { trail } from "./card.js";
import { h } from "./dom.js";
import { levelRow } from "./figures.js";
import { measure, measureName } from "./measures.js";
import { vacantIn } from "./places.js";
import { shadesOf } from "./shades.js";
import { change, state } from "./state.js";
import { elementStyle } from "./style.js";
import { amount, className, households, levelName, number, share, t } from "./words.js";

const MOST_ROWS = 300;

const open = (each) => change(each.level === "area" ? { area: each.code, grid: null } : { place: each.code });

/** Places as rows: what they are called, what they hold, and the measure the map shades by. */
export function placeRows(places) {
  if (!places.length) return h("p", { class: "empty" }, t("places.none"));
  const { value, say } = measure(state.shade);
  const shades = shadesOf(places[0].level);
  const most = Math.max(...places.map((each) => value(each) ?? 0));
  const head = h("p", { class: "measure-head quiet" }, h("span", {}, t("places.n", { n: number(places.length), level: t(`places.${places[0].level}`) })), h("span", {}, measureName(state.shade)));
  const list = h("ul", { class: "list places" }, places.slice(0, MOST_ROWS).map((each) => row(each, { value, say, shades, most })));
  return [head, list, places.length > MOST_ROWS ? more(list, places, { value, say, shades, most }) : null];
}

function more(list, places, how) {
  const button = h("button", { type: "button", class: "plain" }, t("exceptions.more", { n: number(places.length - MOST_ROWS) }));
  button.addEventListener("click", () => {
    list.append(...places.slice(MOST_ROWS).map((each) => row(each, how)));
    button.remove();
  });
  return button;
}

function row(each, { value, say, shades, most }) {
  const told = value(each);
  const bar = h("span", { class: "measure-bar", "aria-hidden": "true" }, h("span", { colour: shades?.colourOf(each) ?? "#8cc6b6" }));
  bar.firstChild.style.width = `${told && most > 0 ? Math.max(1, (100 * told) / most) : 0}%`;
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "row", "data-place": each.level === "area" ? null : each.code, "data-area": each.level === "area" ? each.code : null, on: { click: () => open(each) } },
      h("span", { class: "row-head" }, h("span", { class: "row-name" }, each.name ?? each.code), each.kind ? h("span", { class: "tag" }, t(`kind.${each.kind}`)) : null, h("span", { class: "row-value" }, told === null ? t("measure.untold") : say(told))),
      bar,
      h("span", { class: "row-more" }, about(each).join(" · ")),
    ),
  );
}

function about(each) {
  const parts = [each.level === "area" ? null : t("group.areas", { n: number(each.areas) }), households(each.households)];
  parts.push(...(each.level === "area" ? each.levels.map(({ level, grids }) => `${levelName(level)} ${number(grids)}`) : [t("grids.n", { n: number(each.grids) })]));
  if (each.exceptions) parts.push(t("exceptions.n", { n: number(each.exceptions) }));
  return parts.filter(Boolean);
}

const fact = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));

/** The card of a county or a township. */
export function placeCard(shown, inside) {
  const vacant = vacantIn(shown.code);
  return [
    trail(shown.parent),
    h(
      "article",
      { class: "card" },
      h("h2", { tabindex: "-1" }, shown.name ?? shown.code),
      h("p", { class: "code" }, shown.code),
      h(
        "dl",
        { class: "facts" },
        fact(t("households.word"), number(shown.households)),
        fact(t("areas"), t("areas.kinds", { urban: number(shown.urban), rural: number(shown.rural) })),
        fact(t("column.in_band"), shown.banded ? share(shown.in_band, shown.banded) : t("band.none")),
        fact(t("exceptions"), number(shown.exceptions)),
        fact(t("measure.per_grid"), shown.per_grid === null ? t("measure.untold") : number(shown.per_grid, 1)),
        vacant === null ? null : fact(t("measure.vacancies"), number(vacant)),
      ),
      h("table", { class: "levels" }, h("caption", { class: "quiet" }, t("figures.levels")), h("thead", {}, h("tr", {}, ["level", "grids", "in_band"].map((key) => h("th", { scope: "col" }, t(`column.${key}`))))), h("tbody", {}, shown.levels.map(levelRow))),
      elements(shown),
      h("section", {}, h("h3", {}, t("places.inside")), placeRows(inside)),
      h("button", { type: "button", class: "plain", on: { click: () => showBounds(shown.bounds) } }, t("zoom.here")),
    ),
  ];
}

function elements({ elements: held }) {
  if (!held.length) return null;
  const item = ({ class: name, unit, measure: value }) => h("li", {}, h("span", { class: "dot", colour: elementStyle(name).colour }), h("span", { class: "row-name" }, className(name)), h("span", { class: "row-value" }, amount(value, unit)));
  return h("section", {}, h("h3", {}, t("legend.elements")), h("ul", { class: "held" }, held.map(item)));
}
