// The city's numbers as its leaders quote them: the whole, its counties, their townships, their villages.

import { busy, byId, fill, h } from "../app/dom.js";
import { elementStyle } from "../app/style.js";
import { CONFIG, LANGUAGES, amount, className, currentLanguage, levelName, minute, number, setLanguage, share, t } from "../app/words.js";
import { bars } from "./charts.js";
import { above, gridsOf, heldOf, inside, load, placeOf, shareOf } from "./numbers.js";
import { sortable, swipe } from "./table.js";

const LEVEL_COLOURS = { 1: "#0f5c56", 2: "#57a592", 3: "#bddfd4" };
const ALARM = "#dd8450";
let told = null;
let element = null;
let turn = 0;

const hash = () => new URLSearchParams(location.hash.slice(1));
const nameOf = ({ name, code }) => name ?? code;
const vacancies = () => told.city.vacant !== undefined;

function link(place) {
  const parts = new URLSearchParams({ ...(place ? { place } : {}), lang: currentLanguage() });
  return `#${parts}`;
}

function drawHead() {
  document.title = `${t("numbers.title")} · ${told.name}`;
  byId("city").textContent = told.name;
  const { version } = told;
  const shown = version ? t("version.shown", { n: version.number, name: version.name, day: minute(version.made_at) }) : t("version.draft");
  fill(byId("about"), h("span", {}, shown), told.sample ? h("span", { class: "sample" }, t("sample")) : null, told.exact ? h("span", { class: "internal" }, t("numbers.internal")) : h("span", {}, t("numbers.public")));
  fill(
    byId("languages"),
    LANGUAGES.map((name) => h("button", { type: "button", lang: name === "zh" ? "zh-CN" : "en", "aria-pressed": String(name === currentLanguage()), on: { click: () => speak(name) } }, { zh: "中文", en: "English" }[name])),
  );
  const book = `api/v1/dashboard${told.exact ? "/staff" : ""}.xlsx?lang=${currentLanguage()}`;
  fill(byId("ways"), h("a", { href: book, download: "" }, t("numbers.xlsx")), h("a", { href: `./#lang=${currentLanguage()}` }, t("numbers.map")), h("button", { type: "button", on: { click: () => window.print() } }, t("print")));
}

function speak(name) {
  setLanguage(name);
  const parts = hash();
  parts.set("lang", name);
  history.replaceState(null, "", `#${parts}`);
  draw();
  byId("languages").querySelector("[aria-pressed=true]")?.focus();
}

function trail(place) {
  if (place.level === "city") return null;
  const steps = [{ code: "", name: t("back.all") }, ...above(place)];
  return h("nav", { class: "trail", "aria-label": t("trail") }, h("ol", {}, steps.map((each) => h("li", {}, h("a", { href: link(each.code) }, nameOf(each)))), h("li", { "aria-current": "page" }, nameOf(place))));
}

const total = (name, value, more = null) => h("div", {}, h("dt", {}, name), h("dd", {}, value, more ? h("small", {}, more) : null));

function totals(place) {
  const part = shareOf(place);
  return h(
    "dl",
    { class: "totals" },
    total(t("households.word"), number(place.households)),
    total(t("areas"), number(place.areas), t("areas.kinds", { urban: number(place.urban), rural: number(place.rural) })),
    total(t("measure.grids"), number(place.grids)),
    total(t("column.in_band"), part === null ? t("band.none") : share(place.in_band, place.banded), t("numbers.of", { n: number(place.in_band), all: number(place.banded) })),
    total(t("exceptions"), number(place.exceptions)),
    vacancies() ? total(t("measure.vacancies"), number(place.vacant)) : null,
    total(t("numbers.elements"), number(place.elements.reduce((sum, { count }) => sum + count, 0))),
  );
}

function levels(place) {
  const keys = ["grids", "banded", "in_band", "exceptions", ...(vacancies() ? ["vacant"] : [])];
  const row = (level) => h("tr", {}, h("th", { scope: "row" }, levelName(level.level)), keys.map((key) => h("td", {}, number(level[key]))), h("td", {}, level.banded ? share(level.in_band, level.banded) : t("band.none")));
  return section(t("figures.levels"), swipe(), h("div", { class: "table", tabindex: "0", role: "region", "aria-label": t("figures.levels") }, h("table", {}, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("column.level")), keys.map((key) => h("th", { scope: "col" }, t(`numbers.${key}`))), h("th", { scope: "col" }, t("measure.in_band")))), h("tbody", {}, place.levels.map(row)))));
}

const section = (title, ...children) => h("section", {}, h("h2", {}, title), ...children);

function charts(places) {
  const shown = [1, 2, 3].filter((level) => places.some((each) => gridsOf(each, level)));
  const plain = (key, colour) => places.map((each) => ({ name: nameOf(each), parts: [{ value: Number.isFinite(each[key]) ? each[key] : 0, colour }], text: number(each[key]) }));
  const grids = places.map((each) => ({ name: nameOf(each), parts: shown.map((level) => ({ value: gridsOf(each, level), colour: LEVEL_COLOURS[level] })), text: number(each.grids) }));
  return h(
    "div",
    { class: "charts" },
    bars(t("numbers.chart.grids"), grids, shown.map((level) => [levelName(level), LEVEL_COLOURS[level]])),
    bars(t("households.word"), plain("households", LEVEL_COLOURS[2])),
    bars(t("exceptions"), plain("exceptions", ALARM)),
    vacancies() ? bars(t("measure.vacancies"), plain("vacant", ALARM)) : null,
    elementChart(places),
  );
}

function elementChart(places) {
  const held = told.city.elements;
  if (!held.length) return null;
  const keyOf = (item) => `${item.class}:${item.unit}`;
  const chosen = held.find((item) => keyOf(item) === element) ?? held[0];
  const rows = places.map((each) => ({ name: nameOf(each), value: heldOf(each, chosen.class, chosen.unit) }));
  const chart = bars(
    t("legend.elements"),
    rows.map(({ name, value }) => ({ name, parts: [{ value, colour: elementStyle(chosen.class).colour }], text: amount(value, chosen.unit) })),
  );
  const choice = h("select", { "aria-label": t("numbers.element"), on: { change: (event) => chooseElement(event.target.value) } }, held.map((item) => h("option", { value: keyOf(item), selected: item === chosen }, `${className(item.class)} (${t(`unit.${item.unit}`)})`)));
  chart.classList.add("element-chart");
  chart.querySelector("figcaption").append(choice);
  return chart;
}

function chooseElement(key) {
  element = key;
  draw().then(() => document.querySelector(".element-chart select").focus());
}

function placesTable(places) {
  const { level } = places[0];
  const name = (each) => (level === "area" ? h("a", { href: `./#area=${encodeURIComponent(each.code)}&lang=${currentLanguage()}` }, nameOf(each)) : h("a", { href: link(each.code) }, nameOf(each)));
  const count = (key, title) => ({ title, value: (each) => each[key], cell: (each) => number(each[key]) });
  const of = (n) => ({ title: levelName(n), value: (each) => gridsOf(each, n), cell: (each) => number(gridsOf(each, n)) });
  const columns = [
    { title: t(`places.${level}`), value: nameOf, cell: name },
    level === "area" ? { title: t("kind"), value: (each) => t(`kind.${each.kind}`), cell: (each) => t(`kind.${each.kind}`) } : count("areas", t("areas")),
    count("households", t("households.word")),
    ...[1, 2, 3].filter((n) => places.some((each) => gridsOf(each, n))).map(of),
    { title: t("numbers.per_grid"), value: (each) => each.per_grid, cell: (each) => (each.per_grid === null ? "–" : number(each.per_grid, 1)) },
    count("banded", t("numbers.banded")),
    count("in_band", t("numbers.in_band")),
    { title: t("column.in_band"), value: shareOf, cell: (each) => (shareOf(each) === null ? "–" : share(each.in_band, each.banded)) },
    count("exceptions", t("exceptions")),
    vacancies() ? count("vacant", t("measure.vacancies")) : null,
  ].filter(Boolean);
  return sortable(t("numbers.by_place"), columns, places);
}

function elementsTable(places) {
  const held = told.city.elements;
  if (!held.length) return null;
  const of = ({ class: name, unit }) => ({ title: className(name), value: (each) => heldOf(each, name, unit), cell: (each) => (heldOf(each, name, unit) ? amount(heldOf(each, name, unit), unit) : "–") });
  return [sortable(t("legend.elements"), [{ title: t(`places.${places[0].level}`), value: nameOf, cell: nameOf }, ...held.map(of)], places), outsideNote(held)];
}

/** What no place holds, so that these numbers and those of all elements agree. */
function outsideNote(held) {
  const beyond = held.filter(({ outside }) => outside);
  const said = beyond.map(({ class: name, unit, measure, outside }) => t("numbers.outside.one", { name: className(name), inside: amount(measure, unit), outside: amount(outside, unit), all: amount(measure + outside, unit) }));
  return beyond.length ? h("p", { class: "note" }, t("numbers.outside"), " ", said.join(t("numbers.outside.gap"))) : null;
}

async function draw() {
  const mine = ++turn;
  const place = placeOf(hash().get("place"));
  const places = await busy(inside(place));
  if (mine !== turn) return;
  drawHead();
  const title = h("h2", { class: "place", tabindex: "-1" }, place.level === "city" ? t("numbers.whole") : nameOf(place));
  fill(byId("numbers"), trail(place), title, totals(place), levels(place), places.length ? [section(t("numbers.charts"), charts(places)), section(t("numbers.tables"), placesTable(places), elementsTable(places))] : null);
}

async function start() {
  setLanguage(hash().get("lang") ?? new URLSearchParams(location.search).get("lang") ?? CONFIG.language);
  try {
    told = await load();
    await draw();
  } catch (error) {
    fill(byId("numbers"), h("div", { class: "problem", role: "alert" }, h("h2", {}, t("error.title")), h("p", {}, error.message), h("button", { type: "button", class: "plain", on: { click: () => location.reload() } }, t("error.again"))));
    return;
  }
  window.addEventListener("hashchange", async () => {
    await draw();
    document.querySelector("h2.place")?.focus();
    window.scrollTo(0, 0);
  });
  document.body.classList.add("ready");
}

start();
