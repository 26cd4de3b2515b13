// Keys, and the list of them. Single letters can be switched off by those whose tools send letters by accident.

import { h } from "../app/dom.js";
import { t } from "../app/words.js";
import { withGrid } from "./card.js";
import { desk, emit, put } from "./desk.js";
import { merge, toggleLock } from "./deeds.js";
import { isOpen, open } from "./dialogs.js";
import { stopDrawing } from "./drawing.js";
import { nextFault } from "./faults.js";
import { redo, undo } from "./history.js";
import { gridOfKey, pick } from "./palette.js";
import { escape, holdSpace, pressMiddle } from "./stroke.js";
import { dropSuggestion } from "./suggestion.js";
import { TOOLS, chooseTool, growBrush, moveSelection } from "./tools.js";

const LETTERS_KEY = "geo-grid-letters";

const letters = {
  n: () => nextFault(1),
  N: () => nextFault(-1),
  k: () => withGrid(toggleLock),
  m: () => withGrid(merge),
  g: () => withGrid((grid) => emit("show", grid.bounds)),
  x: pressMiddle,
  "[": () => growBrush(-1),
  "]": () => growBrush(1),
  "?": () => showShortcuts(),
  ...Object.fromEntries(Object.entries(TOOLS).map(([name, { key }]) => [key, () => chooseTool(name)])),
};

/** The list, in the order it is shown: keys, and the word for what they do. */
const LIST = [
  ...Object.entries(TOOLS).map(([name, { key }]) => [key.toUpperCase(), `tool.${name}`]),
  ["[ ]", "brush.size"],
  ["1–9", "keys.target"],
  ["0", "grid.new"],
  ["Alt", "keys.alt"],
  ["Shift+1–3", "level.label"],
  ["Enter", "keys.move"],
  ["X", "keys.middle"],
  ["N  Shift+N", "faults.next"],
  ["G", "deed.zoom"],
  ["K", "keys.lock"],
  ["M", "deed.merge"],
  ["Ctrl+Z", "undo"],
  ["Ctrl+Shift+Z  Ctrl+Y", "redo"],
  ["Esc", "keys.escape"],
  ["?", "keys.title"],
];
const BY_HAND = [["keys.space", "keys.pan"], ["keys.two", "keys.pan"], ["keys.second", "keys.second_does"], ["keys.wheel", "keys.zoom"]];

const lettersOn = () => {
  try {
    return localStorage.getItem(LETTERS_KEY) !== "off";
  } catch {
    return true;
  }
};

function setLetters(yes) {
  try {
    localStorage.setItem(LETTERS_KEY, yes ? "on" : "off");
  } catch {
    // then they stay on
  }
}

const typing = ({ target }) => target.closest?.("input:not([type=checkbox]):not([type=range]), textarea, select") !== null;
const onButton = ({ target }) => target.closest?.("button, a, summary, [role=button]") !== null;

function withControl(event) {
  const key = event.key.toLowerCase();
  if (key === "z") (event.shiftKey ? redo : undo)();
  else if (key === "y") redo();
  else return;
  event.preventDefault();
}

function down(event) {
  if (!desk.model || isOpen() || typing(event)) return;
  if (event.ctrlKey || event.metaKey) {
    withControl(event);
    return;
  }
  if (event.key === "Escape") {
    if (!escape() && !stopDrawing()) dropSuggestion();
    return;
  }
  if (event.altKey) return;
  if (event.key === " " && !onButton(event)) {
    holdSpace(true);
    event.preventDefault();
  } else if (event.key === "Enter" && !onButton(event)) moveSelection();
  else if (lettersOn() || event.key === "?") letter(event);
}

function letter(event) {
  const digit = /^Digit(\d)$/.exec(event.code)?.[1] ?? (/^\d$/.test(event.key) ? event.key : null);
  if (digit !== null && event.shiftKey) {
    if (desk.model.levels.has(Number(digit))) put({ level: Number(digit), target: null });
  } else if (digit !== null) {
    const code = gridOfKey(Number(digit));
    if (code) pick(code);
  } else {
    const run = letters[event.key] ?? letters[event.key.toLowerCase()];
    if (!run) return;
    run();
  }
  event.preventDefault();
}

let bound = false;

export function startShortcuts() {
  if (bound) return;
  bound = true;
  document.addEventListener("keydown", down);
  document.addEventListener("keyup", (event) => event.key === " " && desk.map && holdSpace(false));
  window.addEventListener("blur", () => desk.map && holdSpace(false));
}

const keys = (text) => text.split("  ").map((part, i) => [i ? " " : null, h("kbd", {}, part)]);

export function showShortcuts() {
  open(t("keys.title"), () => {
    const box = h("input", { type: "checkbox", id: "letters", on: { change: (event) => setLetters(event.target.checked) } });
    box.checked = lettersOn();
    return [
      h("dl", { class: "keys-list" }, LIST.map(([key, word]) => h("div", {}, h("dt", {}, keys(key)), h("dd", {}, t(word)))), BY_HAND.map(([what, word]) => h("div", {}, h("dt", {}, t(what)), h("dd", {}, t(word))))),
      h("p", {}, h("label", { for: "letters" }, box, " ", t("keys.letters"))),
    ];
  }, { wide: true });
}
