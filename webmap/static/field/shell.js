// The frame: what view is shown, what is not sent yet, and what everybody has to know before anything else.

import { byId, fill, h } from "../app/dom.js";
import { t } from "../app/words.js";
import { hasUpdate, update } from "./install.js";
import { counts } from "./outbox.js";
import { atTimes } from "./redraw.js";
import { button, icon } from "./say.js";
import { emit, on, state } from "./state.js";
import { room } from "./storage.js";
import { isOffline } from "./sync.js";
import * as draft from "./view_draft.js";
import * as element from "./view_element.js";
import * as map from "./view_map.js";
import * as matter from "./view_matter.js";
import * as matters from "./view_matters.js";
import * as more from "./view_more.js";
import * as outbox from "./view_outbox.js";
import * as round from "./view_round.js";

const TABS = ["round", "map", "matters", "outbox", "more"];
const VIEWS = { round, map, matters, outbox, more };
let current = null;
let turn = 0;

/** Show the view the address names. */
export async function route({ focus = true } = {}) {
  const [name, ...rest] = location.hash.slice(1).split("/");
  if (name === "main") return;
  const mine = ++turn;
  current?.leave?.();
  current = null;
  const main = byId("main");
  const shown = await open(main, name, rest);
  if (mine !== turn) {
    shown.leave?.();
    return;
  }
  current = shown;
  byId("title").textContent = shown.title;
  document.title = [shown.title, byId("city").textContent].filter(Boolean).join(" · ");
  document.body.classList.toggle("wide", Boolean(shown.wide));
  const back = byId("back");
  back.hidden = !shown.back;
  back.href = shown.back ?? "#round";
  drawTabs();
  drawStatus();
  if (!focus) return;
  window.scrollTo(0, 0);
  byId("title").focus({ preventScroll: true });
}

function open(main, name, rest) {
  if (name === "new" || name === "draft") return draft.show(main, name, ...rest);
  if (name === "element") return element.show(main, decodeURIComponent(rest.join("/")));
  if (name === "matter") return matter.show(main, rest[0]);
  return (VIEWS[name] ?? round).show(main, ...rest);
}

function drawTabs() {
  const open = state.rows.filter((row) => row.status === "refused").length;
  fill(
    byId("tabs"),
    TABS.map((name) => h("a", { href: `#${name}`, "aria-current": current?.tab === name ? "page" : null }, icon(name), h("span", {}, t(`field.tab.${name}`)), name === "outbox" && open > 0 && h("span", { class: "dot", "aria-hidden": "true" }))),
  );
}

/** What is not sent: always there, in a few signs. */
export function drawStatus() {
  const n = counts(state.rows, state.photos);
  const all = n.events + n.photos + n.waiting + n.refused + n.held;
  const offline = isOffline();
  const text = all ? t("field.pill", { n: all }) : t("field.pill.none");
  const node = byId("unsent");
  const look = `pill ${n.refused ? "alarm" : all ? "due" : "good"}`;
  const words = [offline ? t("field.pill.offline") : state.sync.running && all ? t("field.pill.sending") : null, text].filter(Boolean).join(" · ");
  if (node.className !== look) node.className = look;
  if (node.textContent !== words) node.textContent = words;
  if (byId("tabs").children.length) drawTabs();
}

/** What stands above every view. */
export function drawBanners() {
  const { trouble } = state.sync;
  const rows = [
    hasUpdate() && ["update", t("field.update"), button(t("field.update.now"), update, { "data-key": "update" })],
    trouble?.kind === "signed_out" && ["sign-in", t("field.signed_out"), button(t("field.sign_in"), () => emit("sign-in"), { "data-key": "sign-in" })],
    trouble?.kind === "other" && ["other", t("field.other_account", { name: trouble.text }), null],
    (trouble?.kind === "full" || room().tight) && ["full", t("field.storage.tight"), null],
  ].filter(Boolean);
  const key = JSON.stringify(rows.map(([name, text]) => [name, text]));
  const node = byId("banners");
  if (node.dataset.shown === key) return;
  node.dataset.shown = key;
  fill(node, rows.map(([name, text, deed]) => h("div", { class: `banner ${name}` }, h("p", {}, text), deed)));
}

/** Draw everything that is not a view again, as in another language. */
export function startShell({ focus }) {
  window.addEventListener("hashchange", () => route());
  const redraw = atTimes(() => {
    drawStatus();
    drawBanners();
  });
  for (const name of ["changed", "sync", "room", "update"]) on(name, redraw);
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    byId("main").focus();
  });
  byId("tabs").setAttribute("aria-label", t("field.tabs"));
  return route({ focus });
}
