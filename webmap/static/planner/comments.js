// Comments pinned to grids: a pin on the map, and the talk on the card of the grid.

/* global L */

import { h, notice } from "../app/dom.js";
import { t } from "../app/words.js";
import { desk, emit, on, put } from "./desk.js";
import { askComments, closeComment, comment } from "./service.js";
import { say } from "./refusals.js";
import { gridLabel, when, whoIs } from "./say.js";

let pins = null;

const open = () => (desk.model.comments ?? []).filter(({ closed_at: closed }) => !closed);

async function refresh() {
  desk.model.comments = (await askComments(desk.area)).comments;
  emit("comments");
}

function drawPins() {
  pins?.remove();
  const byGrid = new Map();
  for (const one of open()) {
    if (!byGrid.has(one.grid)) byGrid.set(one.grid, []);
    byGrid.get(one.grid).push(one);
  }
  const markers = [...byGrid].map(([code, list]) => {
    const at = list[0].at ?? desk.model.grids.get(code)?.label;
    if (!at) return null;
    const name = t("comments.pin", { grid: gridLabel(code), n: list.length });
    const marker = L.marker([at[1], at[0]], {
      keyboard: true,
      alt: name,
      title: name,
      pmIgnore: true,
      icon: L.divIcon({ className: "pin", iconSize: [26, 30], iconAnchor: [-6, 40], html: h("span", {}, String(list.length)) }),
    });
    marker.on("click", () => {
      const grid = desk.model.grids.get(code);
      if (grid) put({ level: grid.level, target: code });
    });
    marker.on("add", () => marker.getElement().setAttribute("aria-label", name));
    return marker;
  });
  pins = L.layerGroup(markers.filter(Boolean)).addTo(desk.map);
}

/** The talk about a grid, and a field to add to it. */
export function commentsOf(grid) {
  const own = open().filter((one) => one.grid === grid.code);
  const input = h("textarea", { rows: 2, maxlength: 1000, "aria-label": t("comments.text"), placeholder: t("comments.text") });
  const submit = async (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    try {
      await comment(desk.area, { grid: grid.code, at: grid.label, text });
      input.value = "";
      await refresh();
      notice(t("comments.added"));
    } catch (error) {
      say(error);
      input.value = text;
    }
  };
  const close = async (id) => {
    try {
      await closeComment(desk.area, id);
      await refresh();
    } catch (error) {
      say(error);
    }
  };
  return h(
    "section",
    { class: "comments", "aria-label": t("comments.title") },
    h("h3", {}, t("comments.title"), own.length ? ` ${own.length}` : ""),
    h("ul", { class: "list" }, own.map((one) => h("li", { class: "comment" }, h("p", {}, one.text), h("p", { class: "row-more" }, `${whoIs(one)} · ${when(one.made_at)}`, h("button", { type: "button", class: "link", on: { click: () => close(one.id) } }, t("comments.close")))))),
    h("form", { class: "comment-form", on: { submit } }, input, h("button", { type: "submit", class: "small" }, t("comments.add"))),
  );
}

export function startComments() {
  pins = null;
  for (const name of ["comments", "lang"]) on(name, drawPins);
  drawPins();
}
