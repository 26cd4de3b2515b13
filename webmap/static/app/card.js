// Cards: all that is said of one grid, or of one area.

import { showBounds } from "./atlas_map.js";
import { h, picture } from "./dom.js";
import { levelRow } from "./figures.js";
import { chain, place } from "./places.js";
import { change } from "./state.js";
import { STATE_COLOURS, elementStyle } from "./style.js";
import { amount, band, className, floors, households, knows, levelName, number, roleName, share, t, why } from "./words.js";

const MOST_ITEMS = 8;
const MOST_PARTS = 6;

const toPlace = (code) => () => change({ place: code });

/** The way down to what is shown: everything, counties and townships, and what comes after them. */
export function trail(group, steps = []) {
  const home = h("button", { type: "button", class: "crumb", on: { click: () => change({ grid: null, area: null }) } }, picture("M15 5l-7 7 7 7"), t("back.all"));
  const above = chain(group).map(({ code, name }) => [name ?? code, toPlace(code)]);
  return h("nav", { class: "trail", "aria-label": t("trail") }, home, [...above, ...steps].map(([text, run]) => h("button", { type: "button", class: "crumb", on: { click: run } }, text)));
}

const toArea = (code) => () => change({ area: code, grid: null });
const toGrid = (grid) => () => change({ grid: grid.code, area: grid.area });

function fact(name, ...value) {
  return h("div", {}, h("dt", {}, name), h("dd", {}, ...value));
}

export function gridRow(grid) {
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "row slim", "data-grid": grid.code, on: { click: toGrid(grid) } },
      h("span", { class: "swatch", colour: STATE_COLOURS[grid.state] }),
      h("span", { class: "row-name" }, grid.name),
      grid.exceptional ? h("span", { class: "badge" }, t("exception")) : null,
      h("span", { class: "row-value" }, households(grid.households)),
    ),
  );
}

/** The card of a grid. */
export function gridCard(card) {
  const steps = [[card.area_name, toArea(card.area)]];
  if (card.parent_grid) steps.push([card.parent_grid.name, toGrid(card.parent_grid)]);
  return [
    trail(card.group, steps),
    h(
      "article",
      { class: "card" },
      h("h2", { tabindex: "-1" }, card.name),
      h("p", { class: "code" }, card.code),
      h("p", { class: "state" }, h("span", { class: "swatch", colour: STATE_COLOURS[card.state] }), t(`state.${card.state}`), card.exceptional && card.state !== "exception" ? h("span", { class: "badge" }, t("exception")) : null),
      gauge(card),
      h("dl", { class: "facts" }, fact(t("households.word"), number(card.households)), fact(t("band.word"), band(card)), fact(t("column.level"), levelName(card.level)), fact(t("role"), roleName(card.role))),
      exceptionPart(card),
      buildingsPart(card),
      elementsPart(card),
      childrenPart(card),
      h("button", { type: "button", class: "plain", on: { click: () => showBounds(card.bounds) } }, t("zoom.here")),
    ),
  ];
}

/** Where the households stand against the band. */
function gauge(card) {
  if (card.low === null || card.high === null) return null;
  const told = Number.isFinite(card.households); // "<10" is no place on the gauge
  const top = Math.max(card.high * 1.35, told ? card.households * 1.08 : 0);
  const inside = h("span", { class: "gauge-band" });
  inside.style.left = `${(100 * card.low) / top}%`;
  inside.style.width = `${(100 * (card.high - card.low)) / top}%`;
  const mark = h("span", { class: "gauge-mark" });
  if (told) mark.style.left = `${(100 * card.households) / top}%`;
  return h("div", { class: "gauge", "aria-hidden": "true" }, inside, told ? mark : null);
}

function section(title, ...children) {
  return h("section", {}, h("h3", {}, title), ...children);
}

function exceptionPart(card) {
  if (!card.exception) return null;
  const { reason, violation, smallest_violation: smallest, proof } = card.exception;
  return h(
    "section",
    { class: "exception" },
    h("h3", {}, `${t("exception")} · ${t(`reason.${reason}`)}`),
    h("p", {}, why(card)),
    violation ? h("p", { class: "quiet" }, violation === smallest ? t("proved", { n: number(violation) }) : t("not_least", { n: number(violation), least: number(smallest) })) : null,
    proofPart(proof),
  );
}

// what only the solver counts in
const UNSAID = new Set(["piece_atoms", "pieces_atoms"]);

function proofPart(proof) {
  if (!proof || typeof proof !== "object") return null;
  const rows = Object.entries(proof)
    .filter(([key]) => !UNSAID.has(key))
    .map(([key, value]) => fact(knows(`proof.${key}`) ? t(`proof.${key}`) : key.replaceAll("_", " "), proofValue(key, value)));
  return h("details", { class: "proof" }, h("summary", {}, t("proof")), h("dl", { class: "facts" }, rows));
}

function proofValue(key, value) {
  if (Array.isArray(value)) return value.map((item) => proofValue(key, item)).join(t("comma"));
  if (typeof value === "number") return number(value, 2);
  if (key === "by_zones") return Object.entries(value).map(([k, n]) => h("div", {}, t("proof.with_zones", { k, n: number(n) })));
  if (knows(`proof.value.${value}`)) return t(`proof.value.${value}`);
  return value && typeof value === "object" ? JSON.stringify(value) : String(value);
}

function buildingsPart(card) {
  if (!card.buildings.length) return null;
  const line = (part) =>
    h(
      "li",
      { class: part.grid === card.code ? "own" : null },
      h("span", {}, [part.entrances.join(t("comma")), floors(part.floors)].filter(Boolean).join(" ")),
      part.grid === card.code ? h("span", { class: "tag" }, t("this_grid")) : h("button", { type: "button", class: "link", on: { click: toGrid({ code: part.grid, area: card.area }) } }, t("grid.n", { n: part.short })),
      h("span", { class: "row-value" }, households(part.households)),
    );
  const parts = (item) => {
    if (item.parts.length <= MOST_PARTS) return h("ul", {}, item.parts.map(line));
    const own = item.parts.filter((part) => part.grid === card.code);
    const rest = t("buildings.all", { n: number(item.parts.length) });
    return [h("ul", {}, own.map(line)), h("details", { class: "more" }, h("summary", {}, rest), h("ul", {}, item.parts.map(line)))];
  };
  const block = (item) => h("div", { class: "building" }, h("h4", {}, item.building ?? t("building")), parts(item));
  return section(t("buildings"), h("p", { class: "quiet" }, t("buildings.note")), card.buildings.map(block));
}

function elementsPart(card) {
  if (!card.elements.length) return section(t("legend.elements"), h("p", { class: "quiet" }, t("elements.none")));
  return section(
    t("legend.elements"),
    card.elements.map((group) =>
      h(
        "details",
        { class: "element" },
        h("summary", {}, h("span", { class: "dot", colour: elementStyle(group.class).colour }), h("span", { class: "row-name" }, className(group.class)), h("span", { class: "row-value" }, amount(group.held, group.unit))),
        h("ul", {}, group.items.slice(0, MOST_ITEMS).map((item) => elementItem(item, group.unit)), group.items.length > MOST_ITEMS ? h("li", { class: "quiet" }, t("elements.more", { n: number(group.items.length - MOST_ITEMS) })) : null),
      ),
    ),
  );
}

function elementItem(item, unit) {
  const name = item.name ?? t("unnamed");
  const shared = item.held > item.measure * 1.000001 ? h("span", { class: "tag" }, t("elements.shared")) : null;
  const text = item.bounds ? h("button", { type: "button", class: "link", on: { click: () => showBounds(item.bounds) } }, name) : h("span", {}, name);
  return h("li", {}, text, shared, h("span", { class: "row-value" }, amount(item.held, unit)));
}

function childrenPart(card) {
  if (!card.children.length) return null;
  return section(t("children", { level: levelName(card.level + 1), n: number(card.children.length) }), h("ul", { class: "list" }, card.children.map(gridRow)));
}

/** The card of an area. */
export function areaCard(area) {
  return [
    trail(area.group),
    h(
      "article",
      { class: "card" },
      h("h2", { tabindex: "-1" }, area.name),
      h("p", { class: "code" }, area.code),
      h(
        "dl",
        { class: "facts" },
        fact(t("kind"), t(`kind.${area.kind}`)),
        fact(t("households.word"), number(area.households)),
        fact(t("column.in_band"), area.banded ? share(area.in_band, area.banded) : t("band.none")),
        fact(t("exceptions"), number(area.exceptions)),
        area.group && !place(area.group) ? fact(t("group"), area.group) : null,
      ),
      h("table", { class: "levels" }, h("tbody", {}, area.levels.map(levelRow))),
      section(t("children", { level: levelName(1), n: number(area.tops.length) }), h("ul", { class: "list" }, area.tops.map(gridRow))),
      h("button", { type: "button", class: "plain", on: { click: () => showBounds(area.bounds) } }, t("zoom.here")),
    ),
  ];
}
