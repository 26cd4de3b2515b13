// The side panel: figures, areas, exceptions; or the card of what is selected.

import { areaFigures, showBounds, uncover } from "./atlas_map.js";
import { areaCard, gridCard } from "./card.js";
import { byId, fill, h } from "./dom.js";
import { drawExceptions } from "./exceptions.js";
import { levelRow } from "./figures.js";
import { askArea, askGrid } from "./source.js";
import { change, state } from "./state.js";
import { households, levelName, number, share, t } from "./words.js";

const TABS = ["areas", "exceptions"];
let turn = 0;

/** Draw what the state asks for; `move` takes the map there too. */
export async function drawPanel(summary, { move = false, focus = false, animate = true } = {}) {
  const mine = ++turn;
  const body = byId("panel-body");
  try {
    if (state.grid) {
      const card = await askGrid(state.grid);
      if (mine !== turn) return;
      if (!state.area) change({ area: card.area }, { quiet: true });
      fill(body, gridCard(card));
      if (move) showBounds(card.bounds, { animate });
      else uncover(card.bounds);
    } else if (state.area) {
      const { properties } = await askArea(state.area);
      if (mine !== turn) return;
      fill(body, areaCard(properties));
      if (move) showBounds(properties.bounds, { animate });
    } else {
      fill(body, home(summary));
      if (state.tab === "exceptions") await drawExceptions(byId("tab-panel"));
    }
    if (mine === turn) body.scrollTop = 0;
  } catch (error) {
    if (mine !== turn) return;
    fill(body, problem(error, () => drawPanel(summary, { move, focus: true })));
  }
  if (focus && mine === turn) body.querySelector("h2")?.focus({ preventScroll: true });
}

function problem(error, again) {
  return h(
    "div",
    { class: "problem", role: "alert" },
    h("h2", { tabindex: "-1" }, t("error.title")),
    h("p", {}, error.message),
    h(
      "p",
      { class: "buttons" },
      h("button", { type: "button", class: "plain", on: { click: again } }, t("error.retry")),
      h("button", { type: "button", class: "plain", on: { click: () => change({ grid: null, area: null }) } }, t("back.all")),
    ),
  );
}

function home(summary) {
  return [figures(summary), tabs(summary), tabPanel(summary)];
}

function figures(summary) {
  return h(
    "section",
    { class: "figures", "aria-label": t("figures") },
    h("dl", { class: "totals" }, total(t("households.word"), number(summary.households)), total(t("areas"), number(summary.areas)), total(t("exceptions"), number(summary.exceptions))),
    h("table", { class: "levels" }, h("caption", { class: "quiet" }, t("figures.levels")), h("thead", {}, h("tr", {}, ["level", "grids", "in_band"].map((key) => h("th", { scope: "col" }, t(`column.${key}`))))), h("tbody", {}, summary.levels.map(levelRow))),
  );
}

const total = (name, value) => h("div", {}, h("dt", {}, name), h("dd", {}, value));

function tabs(summary) {
  const text = { areas: t("tab.areas", { n: number(summary.areas) }), exceptions: t("tab.exceptions", { n: number(summary.exceptions) }) };
  const list = h(
    "div",
    { class: "tabs", role: "tablist", "aria-label": t("panel.label") },
    TABS.map((name) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          id: `tab-${name}`,
          "aria-selected": String(state.tab === name),
          "aria-controls": "tab-panel",
          tabindex: state.tab === name ? "0" : "-1",
          on: { click: () => choose(name), keydown: (event) => arrows(event, name) },
        },
        text[name],
      ),
    ),
  );
  return list;
}

function choose(name) {
  change({ tab: name });
  byId(`tab-${name}`)?.focus();
}

function arrows(event, name) {
  if (!["ArrowLeft", "ArrowRight"].includes(event.key)) return;
  event.preventDefault();
  choose(TABS[(TABS.indexOf(name) + 1) % TABS.length]);
}

function tabPanel(summary) {
  const panel = h("div", { id: "tab-panel", role: "tabpanel", "aria-labelledby": `tab-${state.tab}` });
  return state.tab === "areas" ? fill(panel, areaList(summary)) : panel;
}

// with more townships than this, they are listed by county
const MOST_TOWNSHIPS = 12;

function areaList(summary) {
  const areas = areaFigures();
  const townships = grouped(areas, (area) => area.group);
  if (townships.length <= 1) return h("ul", { class: "list" }, areas.map(areaRow));
  const names = summary.places;
  const township = ([code, members], _, all) => group(names[code] ?? code, members, all.length <= 3, () => h("ul", { class: "list" }, members.map(areaRow)));
  if (townships.length <= MOST_TOWNSHIPS) return townships.map(township);
  const counties = grouped(areas, (area) => (/^\d{9,}$/.test(area.group) ? area.group.slice(0, 6) : area.group));
  return counties.map(([code, members]) =>
    group(names[code] ?? code, members, counties.length === 1, () => grouped(members, (area) => area.group).map((entry) => township(entry, 0, counties))),
  );
}

function grouped(areas, keyOf) {
  const groups = new Map();
  for (const area of areas) {
    const key = keyOf(area);
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(area);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A group of areas with its sums; what is in it is drawn when it is first opened. */
function group(name, members, open, draw) {
  // of "<10" nothing is known to add
  const sum = (key) => members.reduce((all, area) => all + (Number.isFinite(area[key]) ? area[key] : 0), 0);
  const figures = [t("group.areas", { n: number(members.length) }), households(sum("households")), t("in_band_share", { share: share(sum("in_band"), sum("banded")) })];
  if (sum("exceptions")) figures.push(t("exceptions.n", { n: number(sum("exceptions")) }));
  const head = h("summary", {}, h("span", { class: "group-name" }, name || t("group.none")), h("span", { class: "quiet" }, figures.join(" · ")));
  const node = h("details", { class: "group" }, head);
  const fillOnce = () => {
    if (node.open && node.children.length === 1) node.append(...[draw()].flat());
  };
  node.addEventListener("toggle", fillOnce);
  node.open = open;
  fillOnce();
  return node;
}

function areaRow(area) {
  const counts = Object.entries(area.grids).map(([level, count]) => `${levelName(level)} ${number(count)}`);
  return h(
    "li",
    {},
    h(
      "button",
      { type: "button", class: "row", "data-area": area.code, on: { click: () => change({ area: area.code, grid: null }) } },
      h("span", { class: "row-head" }, h("span", { class: "row-name" }, area.name), h("span", { class: "tag" }, t(`kind.${area.kind}`)), h("span", { class: "row-value" }, households(area.households))),
      h("span", { class: "row-more" }, `${counts.join(" · ")}`),
      h(
        "span",
        { class: "row-more" },
        t("in_band_share", { share: share(area.in_band, area.banded) }),
        area.exceptions ? h("span", { class: "badge" }, t("exceptions.n", { n: number(area.exceptions) })) : null,
      ),
    ),
  );
}
