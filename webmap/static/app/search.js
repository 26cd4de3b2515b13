// Search: a combobox over codes and names of areas and grids.

import { byId, fill, h } from "./dom.js";
import { find } from "./source.js";
import { change } from "./state.js";
import { levelName, t } from "./words.js";

let input = null;
let list = null;
let hits = [];
let active = -1;
let turn = 0;
let timer = 0;

export function drawSearch() {
  const kept = input?.value ?? "";
  input = h("input", {
    id: "query",
    type: "search",
    autocomplete: "off",
    spellcheck: "false",
    role: "combobox",
    "aria-expanded": "false",
    "aria-controls": "hits",
    "aria-autocomplete": "list",
    "aria-label": t("search.label"),
    placeholder: t("search.placeholder"),
    maxlength: 100,
    on: { input: onInput, keydown: onKey, blur: () => setTimeout(close, 150) },
  });
  input.value = kept;
  list = h("ul", { id: "hits", role: "listbox", "aria-label": t("search.hits"), hidden: true });
  fill(byId("search"), input, list);
}

function onInput() {
  clearTimeout(timer);
  timer = setTimeout(run, 120);
}

async function run() {
  const mine = ++turn;
  const query = input.value.trim();
  if (!query) {
    close();
    return;
  }
  let found;
  try {
    found = await find(query);
  } catch (error) {
    found = [];
    show([h("li", { class: "nothing", role: "option", "aria-disabled": "true" }, error.message)]);
  }
  if (mine !== turn) return;
  hits = found;
  active = -1;
  show(
    hits.length
      ? hits.map(option)
      : [h("li", { class: "nothing", role: "option", "aria-disabled": "true" }, t("search.nothing", { query }))],
  );
}

function option(hit, i) {
  return h(
    "li",
    { id: `hit-${i}`, role: "option", "aria-selected": "false", on: { pointerdown: (event) => event.preventDefault(), click: () => choose(hit) } },
    h("span", { class: "hit-name" }, hit.name),
    h("span", { class: "hit-more" }, hit.level ? `${levelName(hit.level)} · ${hit.area_name}` : hit.kind === "building" ? hit.area_name : t(hit.kind === "place" ? "hit.place" : "area")),
    h("span", { class: "hit-code" }, hit.code),
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
  if (hit.kind === "place") change({ place: hit.code });
  else change(hit.level ? { grid: hit.code, area: hit.area } : { grid: null, area: hit.code });
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

function onKey(event) {
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "Enter") {
    event.preventDefault();
    const hit = hits[Math.max(active, 0)];
    if (hit && !list.hidden) choose(hit);
  } else if (event.key === "Escape") {
    if (list.hidden) input.value = "";
    close();
  }
}
