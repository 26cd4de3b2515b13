// The editor of one area: its parts put together.

/* global L */

import { busy, byId, fill, h, picture } from "../app/dom.js";
import { CONFIG, t } from "../app/words.js";
import { startBalance } from "./balance.js";
import { startCard } from "./card.js";
import { startComments } from "./comments.js";
import { startConflicts } from "./conflict.js";
import { clearDesk, desk, on } from "./desk.js";
import { startDrawing } from "./drawing.js";
import { startFaults } from "./faults.js";
import { startHistory } from "./history.js";
import { startLabels } from "./labels.js";
import { signInAgain } from "./login.js";
import { deskLook } from "./look.js";
import { Model } from "./model.js";
import { Painter } from "./painter.js";
import { startPalette } from "./palette.js";
import { paintWaiting, startQueue } from "./queue.js";
import { say } from "./refusals.js";
import { askArea, askChanges } from "./service.js";
import { startShortcuts } from "./shortcuts.js";
import { repaintStroke, startStrokes } from "./stroke.js";
import { startSuggestions } from "./suggestion.js";
import { startSync, stopSync } from "./sync.js";
import { startTools } from "./tools.js";
import { startTop } from "./topbar.js";

const part = (tag, id, more = {}, ...children) => h(tag, { id, ...more }, ...children);

/** A way past the bars; not by address, which says which area is open. */
function skipLink() {
  const skip = (event) => {
    event.preventDefault();
    byId("side").focus();
  };
  return h("a", { class: "skip", href: "#side", "data-word": "skip", on: { click: skip } }, t("skip"));
}

function layout() {
  return h(
    "div",
    { class: "editor" },
    skipLink(),
    h("header", { class: "top" }, part("div", "top-left"), part("div", "history", { role: "group" }), part("div", "levels"), part("div", "saved", { role: "status" }), part("div", "top-right")),
    h("nav", { class: "rail", id: "rail-nav" }, part("div", "rail", { role: "toolbar", "aria-orientation": "vertical" })),
    h(
      "main",
      { class: "stage", id: "stage", "aria-label": t("map.label") },
      part("div", "map", { role: "application" }),
      part("div", "colouring"),
      part("div", "balance", { class: "balance", hidden: true, role: "status", "aria-live": "off" }),
      part("div", "banner", { class: "banner", hidden: true, role: "alert" }),
      part("div", "zoom", { class: "zoom" }),
      part("div", "palette", { class: "palette", role: "group" }),
      h("p", { class: "credit" }, CONFIG.attribution ?? ""),
    ),
    h("aside", { class: "side", id: "side", tabindex: "-1" }, part("section", "faults"), part("section", "suggestion", { hidden: true, role: "region" }), part("section", "card", { class: "card" })),
  );
}

function nameParts() {
  byId("map").setAttribute("aria-label", t("map.desk"));
  for (const [id, key] of [["history", "history.label"], ["rail", "rail.label"], ["rail-nav", "rail.label"], ["palette", "palette.label"], ["side", "side.label"], ["suggestion", "suggestion.title"], ["stage", "map.label"]]) byId(id).setAttribute("aria-label", t(key));
}

const toBounds = ([west, south, east, north]) => L.latLngBounds([south, west], [north, east]);
const still = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

function makeMap() {
  const map = L.map("map", { preferCanvas: true, zoomControl: false, attributionControl: false, zoomSnap: 0.25, maxZoom: 21, minZoom: 4, doubleClickZoom: false, boxZoom: false });
  for (const url of CONFIG.base_map?.urls ?? []) {
    L.tileLayer(url, { subdomains: CONFIG.base_map.subdomains ?? "abc", maxNativeZoom: CONFIG.base_map.max_zoom, maxZoom: 21, pmIgnore: true }).addTo(map);
    document.body.classList.add("with-base");
  }
  map.createPane("units").style.zIndex = 390;
  return map;
}

function drawZoom() {
  const button = (key, d, run) => h("button", { type: "button", "aria-label": t(key), title: t(key), on: { click: run } }, picture(d));
  fill(
    byId("zoom"),
    button("zoom.in", "M12 5v14M5 12h14", () => desk.map.zoomIn(1)),
    button("zoom.out", "M5 12h14", () => desk.map.zoomOut(1)),
    button("zoom.all", "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5", () => show(desk.model.area.bounds, { around: 0 })),
  );
}

/** Take the map to a box; around a grid its neighbours should be seen too. */
function show(bounds, { animate = true, around = 0.7 } = {}) {
  if (bounds) desk.map.fitBounds(toBounds(bounds).pad(around), { paddingTopLeft: [40, 70], paddingBottomRight: [70, 80], maxZoom: 19, animate: animate && !still() });
}

/** Draw attention to a place. */
function flash([lng, lat]) {
  const ring = L.marker([lat, lng], { interactive: false, keyboard: false, pmIgnore: true, icon: L.divIcon({ className: "flash", iconSize: [44, 44] }) }).addTo(desk.map);
  if (!desk.map.getBounds().contains([lat, lng])) desk.map.panTo([lat, lng], { animate: !still() });
  setTimeout(() => ring.remove(), 3500);
}

function onModel({ light }) {
  if (!light) desk.selection = desk.model.renumbered(desk.selection);
  repaintStroke(light);
  desk.painter.draw();
}

/** Open an area. */
export async function openArea(code) {
  closeArea();
  const { last } = await busy(askChanges());
  const answer = await busy(askArea(code));
  desk.area = code;
  fill(byId("root"), layout());
  desk.model = new Model(answer);
  desk.level = desk.model.depths.at(-1);
  desk.map = makeMap();
  show(answer.area.bounds, { animate: false, around: 0 });
  desk.painter = new Painter(desk.model, deskLook());
  desk.painter.addTo(desk.map);
  startStrokes();
  on("model", onModel);
  on("level", () => desk.painter.draw());
  on("colour", () => desk.painter.draw());
  on("repaint", paintWaiting);
  on("show", (bounds) => show(bounds));
  on("flash", flash);
  on("refused", ({ error }) => say(error));
  on("signed-out", signInAgain);
  for (const start of [startTop, startTools, startPalette, startLabels, startDrawing, startBalance, startSuggestions, startFaults, startCard, startComments, startHistory, startConflicts, startShortcuts, drawZoom, nameParts]) start();
  on("lang", drawZoom);
  on("lang", nameParts);
  startQueue();
  desk.painter.draw();
  startSync(last);
}

/** Leave the area; what has not been sent stays kept for the next visit. */
export function closeArea() {
  stopSync();
  desk.map?.remove();
  clearDesk();
  desk.area = null;
}
