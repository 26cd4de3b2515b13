// The bar at the top: where one is, whether all is saved, levels, and the ways to everything that is not on the map.

import { byId, fill, h, picture } from "../app/dom.js";
import { levelName, number, t } from "../app/words.js";
import { compareWith } from "./compare.js";
import { desk, mayEdit, on, put } from "./desk.js";
import { showExport, showImport } from "./exchange.js";
import { showHistory } from "./history.js";
import { languageButtons } from "./tongue.js";
import { showPublish } from "./publish.js";
import { drop, pump, queue } from "./queue.js";
import { showShortcuts } from "./shortcuts.js";

const ICONS = {
  compare: "M4 5h7v14H4zM13 5h7v14h-7z",
  history: "M4 12a8 8 0 1 0 2.5-5.8M4 4v4h4M12 8v4l3 2",
  import: "M12 4v11M8 11l4 4 4-4M4 19h16",
  export: "M12 15V4M8 8l4-4 4 4M4 19h16",
  keys: "M9 9a3 3 0 1 1 4.5 2.6c-1 .6-1.5 1.2-1.5 2.4M12 18v.4",
};

const icon = (name, run) => h("button", { type: "button", class: "icon", "data-deed": name, "aria-label": t(`top.${name}`), title: t(`top.${name}`), on: { click: run } }, picture(ICONS[name]));

function segmented(label, options, chosen, run) {
  return h("div", { class: "segmented", role: "group", "aria-label": label }, options.map(([value, text]) => h("button", { type: "button", "data-value": value, "aria-pressed": String(value === chosen), on: { click: () => run(value) } }, text)));
}

export function drawTop() {
  const { area } = desk.model;
  document.title = `${area.name} · ${t("plan.title")}`;
  fill(
    byId("top-left"),
    h("a", { class: "icon back", href: "#", "aria-label": t("back.areas"), title: t("back.areas") }, picture("M15 5l-7 7 7 7")),
    h("div", { class: "where" }, h("h1", {}, area.name), h("p", { class: "quiet" }, area.code)),
  );
  fill(
    byId("top-right"),
    icon("compare", () => compareWith()),
    icon("history", showHistory),
    mayEdit() ? icon("import", showImport) : null,
    icon("export", showExport),
    icon("keys", showShortcuts),
    languageButtons(),
    mayEdit() ? h("button", { type: "button", class: "main", id: "publish", on: { click: () => showPublish(desk.area) } }, t("top.publish")) : null,
  );
  drawLevels();
  drawSaved();
}

function drawLevels() {
  const held = byId("levels").querySelector(":focus")?.dataset.value;
  fill(byId("levels"), segmented(t("level.label"), desk.model.depths.map((level) => [level, levelName(level)]), desk.level, (level) => put({ level, target: null })));
  if (held) byId("levels").querySelector(`[data-value="${held}"]`)?.focus();
}

export function drawColouring() {
  const held = byId("colouring").querySelector(":focus")?.dataset.value;
  fill(byId("colouring"), segmented(t("colour.label"), [["grid", t("colour.grid")], ["band", t("colour.band")]], desk.colour, (colour) => put({ colour })));
  if (held) byId("colouring").querySelector(`[data-value="${held}"]`)?.focus();
}

let offline = false;

function drawSaved() {
  const { items, state, error } = queue;
  const node = byId("saved");
  const bad = ["stuck", "signed-out"].includes(state) && items.length > 0;
  node.className = `saved ${bad ? "bad" : ""}`;
  fill(
    node,
    h("span", { class: "saved-dot", "aria-hidden": "true" }),
    h("span", {}, !items.length ? t(offline ? "saved.offline" : "saved.all") : bad ? t("saved.waiting", { n: number(items.length) }) : t("saved.sending")),
  );
  drawBanner(bad, items, error);
}

/** What has not been sent stays in sight until it is. */
function drawBanner(bad, items, error) {
  const banner = byId("banner");
  banner.hidden = !bad;
  if (!bad) return fill(banner);
  return fill(
    banner,
    h("p", {}, h("b", {}, t(items.length === 1 ? "unsent.one" : "unsent.title", { n: number(items.length) })), " ", t("unsent.note"), error ? h("small", {}, ` ${error.message}`) : null),
    h("ul", {}, items.slice(0, 3).map(({ label }) => h("li", {}, label)), items.length > 3 ? h("li", {}, "…") : null),
    h("p", { class: "buttons" }, h("button", { type: "button", class: "main", id: "send-again", on: { click: pump } }, t("unsent.send")), h("button", { type: "button", class: "plain", id: "give-up", on: { click: drop } }, t("unsent.drop"))),
  );
}

export function startTop() {
  offline = false;
  drawTop();
  drawColouring();
  on("lang", () => {
    drawTop();
    drawColouring();
  });
  on("level", drawLevels);
  on("colour", drawColouring);
  on("queue", drawSaved);
  on("online", (yes) => {
    if (offline === !yes) return;
    offline = !yes;
    drawSaved();
  });
}
