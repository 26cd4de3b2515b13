// The side panel: figures, areas, exceptions; or the card of what is selected.

import { showBounds, uncover, wholeBounds } from "./atlas_map.js";
import { areaCard, gridCard } from "./card.js";
import { byId, fill, h } from "./dom.js";
import { drawExceptions } from "./exceptions.js";
import { placeCard, placeRows } from "./place_card.js";
import { childrenAtHand, childrenOf, place } from "./places.js";
import { levelRow } from "./figures.js";
import { SourceError, askArea, askGrid } from "./source.js";
import { change, state } from "./state.js";
import { number, t } from "./words.js";

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
    } else if (state.place) {
      const shown = place(state.place);
      if (!shown) throw new SourceError(t("error.unknown"));
      const inside = childrenAtHand(state.place) ?? (await childrenOf(state.place));
      if (mine !== turn) return;
      fill(body, placeCard(shown, inside));
      if (move) showBounds(shown.bounds, { animate });
    } else {
      const inside = childrenAtHand(null) ?? (await childrenOf(null));
      if (mine !== turn) return;
      fill(body, home(summary, inside));
      if (move) showBounds(wholeBounds(), { animate });
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

function home(summary, inside) {
  return [figures(summary), tabs(summary), tabPanel(inside)];
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

function tabPanel(inside) {
  const panel = h("div", { id: "tab-panel", role: "tabpanel", "aria-labelledby": `tab-${state.tab}` });
  return state.tab === "areas" ? fill(panel, placeRows(inside)) : panel;
}
