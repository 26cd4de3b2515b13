// The ways to look: by the phone's position, by name or code. (The third, a tap, is the map's.)

import { byId, fill, h, picture } from "../app/dom.js";
import { CONFIG, levelName, number, t } from "../app/words.js";
import { askCode, askSearch, distance } from "./service.js";

// metres: beyond the first the neighbour may be meant, beyond the second no grid can be told
const ROUGH = 40;
const TOO_ROUGH = 1000;
// milliseconds after which a search says that it is under way
const PATIENCE = 500;
// and after which it is asked again where not all names could be found
const AGAIN = 1500;
// what may be a code
const CODE = /^(?=.*\d)[\w-]{6,64}$/;
const PIN = ["M12 21s7-6.2 7-11.5A7 7 0 0 0 5 9.5C5 14.8 12 21 12 21z", "M12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z"];
const LENS = ["M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14z", "M16.2 16.2L21 21"];

let run = { place: null, choose: null, rough: null };
let said = null;
let input = null;
let list = null;
let hits = [];
let active = -1;
let turn = 0;
let timer = 0;
let answered = ""; // the query the hits belong to

/** Say something beside the ways, to screen readers too. */
export function say(text, kind = "plain") {
  said = text ? { text, kind } : null;
  drawSaid();
}

function drawSaid() {
  const node = byId("said");
  if (!node) return;
  node.className = `said said-${said?.kind ?? "plain"}`;
  node.textContent = said?.text ?? "";
}

/** Draw the ways; `handlers` say what to do with a place, a hit, and a place that is only known roughly. */
export function drawWays(handlers) {
  run = handlers ?? run;
  const text = input?.value ?? "";
  fill(
    byId("ways"),
    h("button", { type: "button", id: "here", class: "primary", "aria-describedby": "private", on: { click: locate } }, picture(PIN), h("span", {}, t("find.here"))),
    h("p", { class: "private", id: "private" }, t("find.private")),
    h("div", { id: "said", role: "status", "aria-live": "polite" }),
    searchBox(text),
    h("p", { class: "hint" }, t("find.tap")),
  );
  drawSaid();
}

// ---- position

/** Whether and why browsers do not tell this page where it is; null if they may. */
function obstacle() {
  if (!window.isSecureContext) return "find.insecure";
  return navigator.geolocation ? null : "find.unsupported";
}

const FAILURES = { 1: "find.refused", 2: "find.unavailable", 3: "find.timeout" };

function locate() {
  const why = obstacle();
  if (why) {
    say(t(why), "warning");
    input.focus({ preventScroll: true });
    return;
  }
  const label = byId("here").querySelector("span");
  label.textContent = t("find.here.busy");
  byId("here").setAttribute("aria-busy", "true");
  const ready = () => {
    byId("here").removeAttribute("aria-busy");
    byId("here").querySelector("span").textContent = t("find.here");
  };
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      ready();
      arrived(coords);
    },
    (failure) => {
      ready();
      say(t(FAILURES[failure.code] ?? "find.unavailable"), "warning");
    },
    { enableHighAccuracy: true, timeout: 15_000, maximumAge: 20_000 },
  );
}

function arrived({ longitude, latitude, accuracy }) {
  const place = [longitude, latitude];
  if (accuracy > TOO_ROUGH) {
    say(t("find.too_rough", { n: distance(accuracy) }), "warning");
    run.rough(place, accuracy);
    return;
  }
  say(accuracy > ROUGH ? t("find.rough", { n: number(Math.round(accuracy)) }) : "", "warning");
  run.place(place, accuracy);
}

// ---- names

function searchBox(text) {
  input = h("input", {
    id: "query",
    type: "search",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    enterkeyhint: "search",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": "hits",
    "aria-autocomplete": "list",
    "aria-label": t("find.search.label"),
    "aria-describedby": "search-help",
    placeholder: t("find.search.placeholder"),
    maxlength: 80,
    on: { input: onInput, keydown: onKey, blur: () => setTimeout(close, 150) },
  });
  input.value = text;
  list = h("ul", { id: "hits", role: "listbox", "aria-label": t("find.search.hits"), hidden: true });
  return h("div", { class: "search", role: "search" }, picture(LENS, { class: "lens" }), input, list, h("p", { class: "help", id: "search-help" }, CONFIG.example ? t("find.search.example", CONFIG.example) : t("find.search.help")));
}

function onInput() {
  clearTimeout(timer);
  timer = setTimeout(search, 160);
}

async function search() {
  const mine = ++turn;
  const query = input.value.trim();
  if (!query) {
    close();
    return;
  }
  // the first search of a service takes a while
  const waiting = setTimeout(() => mine === turn && show([nothing(t("find.busy"))]), PATIENCE);
  const found = await askSearch(query).then(withRetired, (error) => error);
  clearTimeout(waiting);
  if (mine !== turn) return;
  active = -1;
  answered = query;
  hits = found.hits ?? [];
  // a service that has just started does not know all names yet
  if (found.complete === false) timer = setTimeout(search, AGAIN);
  const none = found.complete === false ? t("find.busy") : t("find.search.nothing", { query });
  show(hits.length ? hits.map(option) : [nothing(found.hits ? none : found.message)]);
}

/** Where nothing is found, a code on an old notice board still leads to what became of its grid. */
async function withRetired(found) {
  if (found.hits.length || found.complete === false || !CODE.test(found.query)) return found;
  const retired = await askCode(found.query).then(() => null, (error) => error.problem?.retired);
  return retired ? { ...found, hits: [{ kind: "retired", code: retired.code, name: retired.code, area_name: retired.area?.name }] } : found;
}

const nothing = (text) => h("li", { class: "nothing", role: "option", "aria-disabled": "true", "aria-selected": "false" }, text);

const KINDS = { building: "find.kind.building", place: "hit.place", retired: "find.retired.hit" };
const kindOf = (hit) => (hit.level ? levelName(hit.level) : t(KINDS[hit.kind] ?? "find.kind.area"));

function option(hit, i) {
  const where = [...(hit.places ?? []), hit.code === hit.area && hit.kind !== "building" ? "" : hit.area_name].filter(Boolean).join(" ");
  return h(
    "li",
    { id: `hit-${i}`, role: "option", "aria-selected": "false", on: { pointerdown: (event) => event.preventDefault(), click: () => choose(hit) } },
    h("span", { class: "hit-name" }, hit.name),
    h("span", { class: "hit-kind" }, kindOf(hit)),
    h("span", { class: "hit-where" }, where || hit.code),
  );
}

function show(items) {
  fill(list, ...items);
  list.hidden = false;
  input.setAttribute("aria-expanded", "true");
  input.removeAttribute("aria-activedescendant");
}

function close() {
  list.hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
  active = -1;
}

function choose(hit) {
  turn += 1;
  close();
  input.value = "";
  input.blur();
  say("");
  run.choose(hit);
}

function move(step) {
  if (!hits.length || list.hidden) return;
  list.children[active]?.setAttribute("aria-selected", "false");
  active = (active + step + hits.length) % hits.length;
  const item = list.children[active];
  item.setAttribute("aria-selected", "true");
  item.scrollIntoView({ block: "nearest" });
  input.setAttribute("aria-activedescendant", item.id);
}

async function onKey(event) {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    event.preventDefault();
    if (list.hidden || answered !== input.value.trim()) {
      clearTimeout(timer); // what was typed last is chosen from, however long it takes
      await search();
    }
    const hit = hits[Math.max(active, 0)];
    if (hit && !list.hidden) choose(hit);
  } else if (event.key === "Escape") {
    if (list.hidden) input.value = "";
    close();
  }
}
