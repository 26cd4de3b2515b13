// Two versions side by side: two maps that move as one, and a table of gains and losses.

/* global L */

import { busy, fill, h } from "../app/dom.js";
import { levelName, number, t } from "../app/words.js";
import { desk } from "./desk.js";
import { open } from "./dialogs.js";
import { gainsTable, rowsOfTable } from "./gains.js";
import { placeLabels } from "./labels.js";
import { sideLook } from "./look.js";
import { Model } from "./model.js";
import { Painter } from "./painter.js";
import { askArea, askCompare, askHistory } from "./service.js";
import { say } from "./refusals.js";

const FIXED = ["built", "published"];

/** Open the comparison: what was built, or published, or any version, beside the present one. */
export async function compareWith(a = "built", b = String(desk.model.revision)) {
  let revisions = [];
  try {
    ({ revisions } = await busy(askHistory(desk.area)));
  } catch (error) {
    say(error);
    return;
  }
  await open(t("compare.title"), (close, node) => {
    // what was built has a word of its own in the list, and no number
    const sides = { a: a === "0" ? "built" : a, b: b === "0" ? "built" : b };
    const holder = h("div", { class: "compare" });
    const chooser = (side) => {
      const select = h("select", { "aria-label": t(`compare.${side}`), id: `compare-${side}` }, options(revisions));
      select.value = sides[side];
      select.addEventListener("change", () => {
        sides[side] = select.value;
        draw(holder, sides);
      });
      return select;
    };
    node.classList.add("full");
    draw(holder, sides);
    return [h("div", { class: "compare-heads" }, chooser("a"), chooser("b")), holder];
  }, { wide: true });
}

function options(revisions) {
  const named = (one) => `${t("revision", { n: one.number })}${one.name ? ` ${one.name}` : ""}${one.number === desk.model.revision ? ` (${t("revision.here")})` : ""}`;
  return [
    FIXED.map((name) => h("option", { value: name }, t(`compare.${name}`))),
    [...revisions].sort((x, y) => y.number - x.number).map((one) => h("option", { value: one.number }, named(one))),
  ];
}

let turn = 0;

async function draw(holder, { a, b }) {
  const mine = ++turn;
  fill(holder, h("p", { class: "loading" }, t("loading")));
  try {
    const table = await busy(askCompare(desk.area, a, b));
    const number_ = (side, asked) => table[side] ?? (asked === "built" ? 0 : asked);
    const answers = await busy(Promise.all([askArea(desk.area, number_("a", a)), askArea(desk.area, number_("b", b))]));
    if (mine === turn && holder.isConnected) fillSides(holder, table, answers);
  } catch (error) {
    const never = error.status === 400 && [a, b].includes("published");
    if (mine === turn) fill(holder, h("p", { class: "trouble", role: "alert" }, never ? t("problem.no_version") : error.message));
  }
}

function fillSides(holder, table, answers) {
  const view = { level: desk.level };
  const models = answers.map((answer) => new Model(answer));
  // a grid keeps its colour on both sides
  models[0].colours = new Map([...desk.model.colours, ...models[0].colours]);
  models[1].colours = new Map([...models[1].colours, ...models[0].colours]);
  models[0].colour();
  models[1].colour();
  const places = ["a", "b"].map((side) => h("div", { class: "compare-map", role: "application", "aria-label": t(`compare.${side}`), "data-side": side }));
  const levels = h("div", { class: "segmented", role: "group", "aria-label": t("level.label") });
  const moved = desk.model.depths.map((level) => `${levelName(level)} ${t("households", { n: number(table.moved?.[level] ?? 0) })}`).join(t("comma"));
  const rows = h("div", { class: "compare-table" });
  fill(holder, h("div", { class: "compare-maps" }, places), h("div", { class: "compare-bar" }, levels, h("p", {}, t("compare.moved", { moved }))), rows);
  const maps = models.map((model, i) => sideMap(places[i], model, models[1 - i], view));
  together(maps);
  const choose = (level) => {
    view.level = level;
    fill(levels, models[1].depths.map((each) => h("button", { type: "button", "aria-pressed": String(each === level), on: { click: () => choose(each) } }, levelName(each))));
    maps.forEach((side) => side.draw());
    const go = ({ code }) => show(maps, models.map((model) => model.grids.get(code)?.bounds).find(Boolean));
    fill(rows, gainsTable(rowsOfTable(table).filter((row) => row.level === level), go));
  };
  choose(view.level);
}

function sideMap(place, model, other, view) {
  const map = L.map(place, { zoomControl: false, attributionControl: false, zoomSnap: 0.25, maxZoom: 21, pmIgnore: true });
  map.createPane("units").style.zIndex = 400;
  const { west, south, east, north } = boxOf(model.area.bounds);
  map.fitBounds([[south, west], [north, east]], { animate: false, padding: [12, 12] });
  const differs = (unit, level) => {
    const twin = other.place.get(model.ids[unit]);
    return twin === undefined || other.told[level][twin] !== model.told[level][unit];
  };
  const painter = new Painter(model, sideLook(model, view, differs)).addTo(map);
  let labels = null;
  const label = () => {
    labels?.remove();
    labels = placeLabels(map, model, view.level);
  };
  map.on("moveend", label);
  return {
    map,
    draw() {
      painter.draw();
      label();
    },
  };
}

const boxOf = ([west, south, east, north]) => ({ west, south, east, north });

function show(maps, bounds) {
  if (!bounds) return;
  const { west, south, east, north } = boxOf(bounds);
  maps[0].map.fitBounds([[south, west], [north, east]], { padding: [60, 60], maxZoom: 19, animate: false });
}

/** Let two maps move as one. */
function together([one, two]) {
  let busyNow = false;
  for (const [from, to] of [[one.map, two.map], [two.map, one.map]]) {
    from.on("move zoomend", () => {
      if (busyNow) return;
      busyNow = true;
      to.setView(from.getCenter(), from.getZoom(), { animate: false });
      busyNow = false;
    });
  }
}
