// The language of the page, which stays as it was chosen.

import { h } from "../app/dom.js";
import { CONFIG, LANGUAGES, currentLanguage, setLanguage, t } from "../app/words.js";
import { emit } from "./desk.js";

// the same place as on the public map
const KEY = "geo-grid-language";
const NAMES = { zh: "中文", en: "English" };

export function beginLanguage() {
  let kept = null;
  try {
    kept = localStorage.getItem(KEY);
  } catch {
    // then the choice lasts as long as the page
  }
  const asked = new URLSearchParams(location.search).get("lang") ?? kept ?? CONFIG.language;
  setLanguage(LANGUAGES.includes(asked) ? asked : currentLanguage());
}

function speak(name, redraw) {
  setLanguage(name);
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // as above
  }
  emit("lang", name);
  redraw?.();
  document.querySelector(".languages [aria-pressed=true]")?.focus();
}

export function languageButtons(redraw) {
  return h(
    "div",
    { class: "languages", role: "group", "aria-label": t("language") },
    LANGUAGES.map((name) => h("button", { type: "button", lang: name === "zh" ? "zh-CN" : "en", "aria-pressed": String(name === currentLanguage()), on: { click: () => speak(name, redraw) } }, NAMES[name])),
  );
}
