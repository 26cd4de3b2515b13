// The map as a view: tap an element to see what it is, and record it.

import { byId, h } from "../app/dom.js";
import { t } from "../app/words.js";
import { inside } from "./geo.js";
import { makeMap } from "./map.js";
import { here, onFix, release, watch } from "./position.js";
import { refill } from "./redraw.js";
import { elementName, icon, tagged } from "./say.js";
import { elementOf, on, plan, state } from "./state.js";

const NEAR = 16;
let drawn = null;
let packages = null; // as they are drawn
let view = null; // where one looked last
let waits = false; // for the first position, to go there

const deed = (name, label, run) => h("button", { type: "button", class: "round-deed", "aria-label": label, title: label, on: { click: run } }, icon(name));

function card(element) {
  if (!element) return refill(byId("map-card"), h("p", { class: "quiet" }, t("field.map.hint")));
  const code = encodeURIComponent(element.id);
  return refill(byId("map-card"), h("p", {}, h("a", { class: "map-name", href: `#element/${code}` }, elementName(element)), " ", h("span", { class: "quiet" }, tagged(element))), h("div", { class: "deeds two" }, h("a", { class: "deed main", href: `#new/record/${code}` }, t("field.record")), h("a", { class: "deed", href: `#new/found/${code}` }, t("field.report"))));
}

function tapped(latlng) {
  card(drawn.elementAt(latlng));
}

on("changed", () => {
  if (!drawn) return;
  if (state.packages !== packages) drawn.drawPlan();
  packages = state.packages;
  drawn.drawMatters();
});
onFix(() => {
  drawn?.drawMe();
  if (drawn && waits) goHere();
});

/** Go to where one is, if that is on the map. */
function goHere() {
  const { fix } = here;
  if (!fix || ![...plan().grids.values()].some((grid) => inside([fix.lon, fix.lat], grid.geometry))) return;
  waits = false;
  drawn.goTo([fix.lon, fix.lat], NEAR);
}

function begin(target) {
  if (target?.startsWith("@")) {
    const place = target.slice(1).split(",").map(Number);
    drawn.goTo(place);
    drawn.pick(place);
    return;
  }
  const element = target && elementOf(decodeURIComponent(target));
  if (element) {
    drawn.showElement(element);
    card(element);
  } else if (view) drawn.map.setView(view.centre, view.zoom, { animate: false });
  else {
    drawn.showAll();
    waits = true;
    goHere();
  }
}

export function show(main, target = null) {
  const canvas = h("div", { class: "map", id: "map", role: "application", tabindex: "0", "aria-label": t("field.map.label") });
  main.replaceChildren(
    h(
      "div",
      { class: "map-view" },
      h("div", { class: "map-box" }, canvas, h("div", { class: "map-deeds" }, deed("plus", t("zoom.in"), () => drawn.map.zoomIn(1)), deed("minus", t("zoom.out"), () => drawn.map.zoomOut(1)), deed("here", t("field.map.me"), () => here.fix && drawn.goTo([here.fix.lon, here.fix.lat])), deed("map", t("field.map.all"), () => drawn.showAll()))),
      h("div", { class: "map-card", id: "map-card", "aria-live": "polite" }),
    ),
  );
  waits = false;
  packages = state.packages;
  drawn = makeMap(canvas, { alone: target && !target.startsWith("@") ? decodeURIComponent(target) : null });
  card(null);
  begin(target);
  drawn.map.on("dragstart zoomstart", ({ type }) => {
    waits = waits && type === "zoomstart";
  });
  drawn.map.on("click", ({ latlng }) => tapped(latlng));
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === canvas) tapped(drawn.map.getCenter());
  });
  watch("map");
  return {
    title: t("field.map"),
    tab: "map",
    wide: true,
    leave: () => {
      release("map");
      if (plan().grids.size) view = { centre: drawn.map.getCenter(), zoom: drawn.map.getZoom() };
      drawn.remove();
      drawn = null;
    },
  };
}
