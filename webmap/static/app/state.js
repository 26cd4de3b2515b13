// What is being looked at. It stands in the address, so that a link shows the same to whoever opens it.

import { LANGUAGES, currentLanguage, setLanguage } from "./words.js";

const listeners = [];
const LEVELS = ["auto", "0", "1", "2", "3"];
const COLOURINGS = ["band", "grid"];

export const state = { place: null, area: null, grid: null, shade: "in_band", level: "auto", colour: "band", tab: "areas", at: null };

/** Call `run(changed, via)` after every change: the names of what changed, and whether it was done on the map. */
export function onChange(run) {
  listeners.push(run);
}

export function change(asked, { quiet = false, via = "list" } = {}) {
  const patch = selected(asked);
  const changed = new Set(Object.keys(patch).filter((name) => state[name] !== patch[name]));
  if (patch.lang && patch.lang !== currentLanguage()) {
    setLanguage(patch.lang);
    remember(patch.lang);
    changed.add("lang");
  } else {
    changed.delete("lang");
  }
  if (!changed.size) return;
  const { lang: _lang, ...rest } = patch;
  Object.assign(state, rest);
  write(!quiet && (changed.has("grid") || changed.has("area") || changed.has("place")));
  for (const run of listeners) run(changed, via);
}

/** One thing is selected at a time: a place, an area, or a grid of it. */
function selected(patch) {
  if (patch.place) return { area: null, grid: null, ...patch };
  return "area" in patch || "grid" in patch ? { place: null, ...patch } : patch;
}

function remember(language) {
  try {
    localStorage.setItem("geo-grid-language", language);
  } catch {
    // a browser may forbid storage; then the choice lasts as long as the page
  }
}

function remembered() {
  try {
    return localStorage.getItem("geo-grid-language");
  } catch {
    return null;
  }
}

function write(newEntry) {
  const parts = new URLSearchParams();
  if (state.grid) parts.set("grid", state.grid);
  else if (state.area) parts.set("area", state.area);
  else if (state.place) parts.set("place", state.place);
  if (state.level !== "auto") parts.set("level", state.level);
  if (state.colour !== "band") parts.set("colour", state.colour);
  if (state.shade !== "in_band") parts.set("shade", state.shade);
  if (state.tab !== "areas") parts.set("tab", state.tab);
  if (state.at) parts.set("at", state.at);
  parts.set("lang", currentLanguage());
  const hash = `#${parts}`.replaceAll("%2F", "/").replaceAll("%2C", ",");
  if (hash === location.hash) return;
  history[newEntry ? "pushState" : "replaceState"](null, "", hash);
}

const oneOf = (value, allowed, otherwise) => (allowed.includes(value) ? value : otherwise);

/** Read the address; called at the start and when a visitor goes back. */
export function read() {
  const parts = new URLSearchParams(location.hash.slice(1));
  const asked = parts.get("lang") ?? new URLSearchParams(location.search).get("lang") ?? remembered();
  return {
    place: parts.get("grid") || parts.get("area") ? null : parts.get("place"),
    grid: parts.get("grid"),
    area: parts.get("area"),
    level: oneOf(parts.get("level"), LEVELS, "auto"),
    colour: oneOf(parts.get("colour"), COLOURINGS, "band"),
    shade: /^[a-z_0-9]+(:[a-z0-9]+)?$/.test(parts.get("shade") ?? "") ? parts.get("shade") : "in_band",
    tab: oneOf(parts.get("tab"), ["areas", "exceptions"], "areas"),
    at: /^[\d.]+\/-?[\d.]+\/-?[\d.]+$/.test(parts.get("at") ?? "") ? parts.get("at") : null,
    lang: oneOf(asked, LANGUAGES, currentLanguage()),
  };
}

/** Take the address as it is, without writing it. */
export function begin() {
  const { lang, ...rest } = read();
  setLanguage(lang);
  Object.assign(state, rest);
}
