// Start the page and keep its parts in step with what is being looked at.

import { followSelection, onDrawn, recolour, refresh, showBounds, showFocus, startMap, wholeBounds } from "./atlas_map.js";
import { drawBar, drawLegend, redrawLegend, drawZoom, markLevel } from "./bar.js";
import { busy, byId, fill, h } from "./dom.js";
import { measures } from "./measures.js";
import { drawPanel } from "./panel.js";
import { drawSearch } from "./search.js";
import { drawSheet, openSheet } from "./sheet.js";
import { askSummary, isSaved } from "./source.js";
import { finely, map } from "./stage.js";
import { begin, change, onChange, read, state } from "./state.js";
import { CONFIG, LANGUAGES, currentLanguage, minute, setLanguage, t } from "./words.js";

let summary = null;

function drawLanguages() {
  fill(
    byId("languages"),
    LANGUAGES.map((name) =>
      h("button", { type: "button", lang: name === "zh" ? "zh-CN" : "en", "aria-pressed": String(name === currentLanguage()), on: { click: () => speak(name) } }, { zh: "中文", en: "English" }[name]),
    ),
  );
}

function speak(name) {
  change({ lang: name });
  byId("languages").querySelector("[aria-pressed=true]").focus();
}

function drawHead() {
  byId("plan-name").textContent = summary.name || t("title");
  document.title = summary.name ? `${summary.name} · ${t("title")}` : t("title");
  fill(byId("plan-sub"), h("span", {}, t("title")), h("span", { class: "version" }, versionText()), summary.sample ? h("span", { class: "sample" }, t("sample")) : null, isSaved ? null : h("span", { class: "links" }, h("a", { class: "find", href: `find?lang=${currentLanguage()}` }, t("find")), h("a", { class: "find", href: `dashboard?lang=${currentLanguage()}` }, t("dashboard"))));
  document.querySelector(".stage").dataset.title = `${summary.name} · ${t("title")} · ${versionText()}${summary.sample ? ` · ${t("sample")}` : ""}`;
  byId("credit").textContent = CONFIG.attribution ?? "";
}

/** Which version is shown, with the day it was made where the visitor is. */
function versionText() {
  const { version } = summary;
  return version ? t("version.shown", { n: version.number, name: version.name, day: minute(version.made_at) }) : t("version.draft");
}

function drawAll() {
  drawHead();
  drawLanguages();
  drawSearch();
  drawSheet();
  drawBar();
  drawZoom();
  drawLegend(summary);
  map.getContainer().setAttribute("aria-label", t("map.canvas"));
}

function onStateChange(changed, via) {
  if (changed.has("lang")) {
    drawAll();
    drawPanel(summary);
    refresh();
  }
  if (changed.has("colour")) {
    recolour();
    drawLegend(summary);
  }
  if (changed.has("shade")) redrawLegend(summary);
  if (changed.has("level") || changed.has("shade")) refresh();
  if (changed.has("shade") && !state.grid && !state.area) busy(drawPanel(summary));
  if (changed.has("colour") || changed.has("level")) refocusBar(changed);
  if (changed.has("grid") || changed.has("area") || changed.has("place")) {
    const quiet = changed.size === 1 && changed.has("area") && state.grid;
    if (!quiet) busy(select(via !== "map"));
  }
  if (changed.has("tab")) busy(drawPanel(summary));
}

/** Show the card of what was selected, and take the map there. */
async function select(move) {
  if (state.grid || state.area || state.place) openSheet("half");
  await followSelection();
  await Promise.all([showFocus(), drawPanel(summary, { move, focus: move })]);
  refresh();
}

/** Draw the bar again without taking the focus from a button that was just pressed. */
function refocusBar() {
  const pressed = document.activeElement?.closest?.("#bar") ? document.activeElement.dataset.value : null;
  drawBar();
  if (pressed) byId("bar").querySelector(`[data-value="${pressed}"]`)?.focus();
}

function firstView() {
  if (state.at) {
    const [zoom, lat, lng] = state.at.split("/").map(Number);
    finely(() => zoom, () => map.setView([lat, lng], zoom, { animate: false }));
  } else {
    showBounds(wholeBounds(), { animate: false });
  }
}

/** Leaflet takes the focus at every click; only those who use keys need to see it around the whole map. */
function watchKeys() {
  const usesKeys = (yes) => () => document.body.classList.toggle("keys", yes);
  document.addEventListener("keydown", usesKeys(true), { capture: true });
  document.addEventListener("pointerdown", usesKeys(false), { capture: true });
}

async function start() {
  begin();
  watchKeys();
  try {
    summary = await askSummary();
    await startMap(summary);
  } catch (error) {
    fill(byId("panel-body"), h("div", { class: "problem", role: "alert" }, h("h2", {}, t("error.title")), h("p", {}, error.message), h("button", { type: "button", class: "plain", on: { click: () => location.reload() } }, t("error.again"))));
    return;
  }
  drawAll();
  onDrawn(() => {
    redrawLegend(summary);
    markLevel();
  });
  onChange(onStateChange);
  const linked = state.at !== null;
  if (state.grid || state.area || state.place) openSheet("half");
  if (!measures().includes(state.shade)) change({ shade: "in_band" }, { quiet: true });
  await followSelection();
  firstView();
  await drawPanel(summary, { move: !linked, animate: false });
  await Promise.all([refresh(), showFocus()]);
  window.addEventListener("popstate", () => {
    const { lang, at: _at, ...rest } = read();
    setLanguage(lang);
    change(rest, { quiet: true });
  });
  document.body.classList.add("ready");
}

start();
