// Where something was seen: by the phone, with how well it knows; or by hand on the map.

import { h } from "../app/dom.js";
import { number, t } from "../app/words.js";
import { inside, nearest } from "./geo.js";
import { makeMap } from "./map.js";
import { askAgain, here, onFix, release, watch } from "./position.js";
import { refill } from "./redraw.js";
import { ago, button, elementName, far, warn } from "./say.js";
import { elementOf, plan } from "./state.js";

/** While a form is this young, or its place this poor, a better position replaces a worse one. */
const SETTLING = 25_000;
const POOR = 40;
const MOVED = 200;

let active = null;

/** What is to be said of the place of a draft: nothing, a warning, or that it will be refused. */
export function judge(draft) {
  const { place } = draft;
  const { policy, grids } = plan();
  if (!place) return { trouble: "none" };
  const at = [place.lon, place.lat];
  const element = elementOf(draft.element);
  const metres = element ? nearest(at, element.geometry).metres : null;
  if (metres !== null && metres > (policy.far_metres ?? 200)) return { trouble: policy.refuse_far ? "too_far" : "far", metres };
  if (!element && grids.size && ![...grids.values()].some((grid) => inside(at, grid.geometry))) return { trouble: "outside", metres };
  if (place.source === "gps" && place.accuracy > (policy.worst_accuracy ?? 100)) return { trouble: "inaccurate", metres };
  return { trouble: null, metres };
}

function better(draft, fix) {
  const { place } = draft;
  if (!place) return true;
  if (place.source !== "gps" || place.fixed) return false;
  const young = Date.now() - draft.opened < SETTLING || place.accuracy > POOR;
  return young && fix.accuracy <= place.accuracy && fix.at - Date.parse(place.at) < MOVED * 1000;
}

const ofFix = ({ lon, lat, accuracy, at }) => ({ lon, lat, accuracy, source: "gps", at: new Date(at).toISOString() });

onFix((fix) => {
  if (!active) return;
  if (fix && (active.again || better(active.draft, fix))) {
    active.again = false;
    active.draft.place = ofFix(fix);
    active.save();
  }
  draw();
});

function words(draft) {
  const { place } = draft;
  if (!place) return h("p", {}, here.trouble ? "" : t("field.position.looking"));
  const how = place.source === "gps" ? t("field.place.gps", { n: number(place.accuracy), ago: ago(place.at) }) : t("field.place.hand");
  return h("p", {}, h("b", {}, how), h("br"), h("span", { class: "quiet" }, `${place.lon.toFixed(5)}, ${place.lat.toFixed(5)}`));
}

function trouble(draft) {
  const { trouble: kind, metres } = judge(draft);
  if (kind === "none") return here.trouble && !here.fix ? warn(t(`field.position.${here.trouble}`)) : null;
  if (!kind) return metres === null ? null : h("p", { class: "quiet" }, metres < 1 ? t("field.place.on_it") : t("field.place.away", { far: far(metres), name: elementName(elementOf(draft.element)) }));
  return warn(t(`field.place.${kind}`, { far: far(metres), name: elementName(elementOf(draft.element)), most: far(plan().policy.far_metres ?? 200) }), kind === "too_far" ? "alarm" : "warn");
}

function draw() {
  const { node, draft, picking } = active;
  if (!node.isConnected) return;
  refill(
    node,
    words(draft),
    h("div", { role: "status" }, trouble(draft)),
    h(
      "div",
      { class: "deeds two" },
      button(t("field.place.now"), () => {
        active.again = true;
        if (here.fix && Date.now() - here.fix.at < 10_000) take(ofFix(here.fix));
        else askAgain();
      }, { sign: "here", "data-key": "now" }),
      button(picking ? t("field.place.close") : t("field.place.map"), () => (picking ? closeMap() : openMap()), { sign: "map", "data-key": "pick", "aria-expanded": String(picking) }),
    ),
  );
}

function take(place) {
  active.again = false;
  active.draft.place = place;
  active.save(true);
  active.map?.pick([place.lon, place.lat]);
  draw();
}

const byHand = ([lon, lat]) => take({ lon: Number(lon.toFixed(7)), lat: Number(lat.toFixed(7)), accuracy: null, source: "hand", at: new Date().toISOString(), fixed: true });

function openMap() {
  const canvas = h("div", { class: "map", role: "application", tabindex: "0", "aria-label": t("field.map.pick_label") });
  active.box.replaceChildren(h("p", { class: "quiet" }, t("field.map.pick")), h("div", { class: "map-box small" }, canvas, h("span", { class: "cross", "aria-hidden": "true" })), button(t("field.map.centre"), () => byHand(active.map.centre()), { look: "main" }));
  active.map = makeMap(canvas, { alone: active.draft.element });
  active.picking = true;
  const { place, element } = active.draft;
  if (place) {
    active.map.goTo([place.lon, place.lat]);
    active.map.pick([place.lon, place.lat]);
  } else if (here.fix) active.map.goTo([here.fix.lon, here.fix.lat]);
  else if (elementOf(element)) active.map.showElement(elementOf(element));
  else active.map.showAll();
  active.map.map.on("click", ({ latlng }) => byHand([latlng.lng, latlng.lat]));
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === canvas) byHand(active.map.centre());
  });
  draw();
}

function closeMap() {
  active.map?.remove();
  active.box.replaceChildren();
  Object.assign(active, { map: null, picking: false });
  draw();
}

/** The part of a form that says where. */
export function placeField(draft, save) {
  const [node, box] = [h("div", { "data-field": "place" }), h("div", { class: "picker" })];
  active = { node, box, draft, save, map: null, picking: false, again: false };
  watch("form");
  if (here.fix && Date.now() - here.fix.at < 60_000 && better(draft, here.fix)) {
    draft.place = ofFix(here.fix);
    save();
  }
  queueMicrotask(() => active?.node === node && draw());
  return h("section", { class: "block" }, h("h2", {}, t("field.place")), node, box);
}

export function leavePlace() {
  release("form");
  active?.map?.remove();
  active = null;
}
