// Find my grid: from a place, a name, a code or a QR link to the answer, and back.

import { busy, byId, fill, h } from "../app/dom.js";
import { CONFIG, LANGUAGES, currentLanguage, setLanguage, t } from "../app/words.js";
import { askFloor, askGrid, askSide, showAnswer, showBusy, showMessage, showOutside, showRetired } from "./card.js";
import { clearMap, drawZoom, markPlace, showArea, showBox, showFormer, showGrids, startMap } from "./map.js";
import { askChildren, askCode, askPlace } from "./service.js";
import { drawWays, say } from "./ways.js";

// draws again what is shown, in another language
let redraw = () => fill(byId("answer"));
let turn = 0;

/** Ask, and show what comes back, unless something else was asked for since. */
async function look(ask, show, place = null) {
  const mine = ++turn;
  showBusy();
  let answer;
  try {
    answer = await busy(ask());
  } catch (error) {
    if (mine === turn) failed(error, place);
    return;
  }
  if (mine !== turn) return;
  redraw = () => show(answer);
  show(answer, true);
}

function failed(error, place) {
  const { code, nearest } = error.problem ?? {};
  redraw = () => failed(error);
  if (code !== "outside") {
    showMessage(t("find.failed.title"), error.message);
    return;
  }
  remember(null);
  showOutside(nearest, (grid) => byCode(grid));
  clearMap();
  // a place in the datum of the map can be shown together with what is nearest to it
  if (nearest?.level && place) busy(showGrids([[{ ...nearest, area: nearest.area.code }]], { beside: place }));
}

const chainOf = ({ grids, area }) => grids.map((grid) => ({ ...grid, area: area.code }));

/** Show an answer to a place: the grids, or the question which of several they are. */
function present(answer, { move = false, again = null } = {}) {
  const choose = (code) => byCode(code, { again: () => present(answer) });
  if (answer.ask_floor) {
    askFloor(answer, choose);
    remember(null);
    busy(showGrids([chainOf(answer)], { move }));
  } else if (answer.sides?.length > 1) {
    askSide(answer.sides, choose);
    remember(null);
    busy(showGrids(answer.sides.map(chainOf), { move }));
  } else {
    showAnswer(answer, { again });
    remember(answer.grids.at(-1).code);
    busy(showGrids([chainOf(answer)], { move }));
  }
}

function byPlace(place, options) {
  markPlace(place, options);
  return look(() => askPlace(place, options), (answer, first) => present(answer, { move: first && (options.move ?? false) }), options.phone && CONFIG.datum !== "WGS84" ? null : place);
}

function byCode(code, { again = null } = {}) {
  return look(
    async () => {
      try {
        const answer = await askCode(code);
        return answer.grids.length ? answer : { ...answer, children: await children(answer.area.code) };
      } catch (error) {
        if (error.problem?.status !== 404) throw error;
        return { unknown: code, retired: error.problem.retired };
      }
    },
    (answer, first) => {
      if (answer.retired) retiredGrid(answer.retired, Boolean(first));
      else if (answer.unknown) unknown(code);
      else if (answer.children) chooseIn(answer);
      else present(answer, { move: Boolean(first), again });
    },
  );
}

const children = async (area) => {
  const told = await askChildren(area);
  return told.items;
};

function chooseIn(answer) {
  askGrid(answer.area, answer.children, (code) => byCode(code));
  remember(answer.area.code);
  busy(showArea(answer.area.code));
}

function unknown(code) {
  showMessage(t("find.unknown.title"), t("find.unknown.text", { code }));
  clearMap();
}

/** An old notice board leads here: its grid was redrawn. */
function retiredGrid(retired, move) {
  clearMap();
  // nobody goes on with it: its area is where to look again
  if (move && retired.area && !retired.successors.length) busy(showArea(retired.area.code));
  showRetired(
    retired,
    (code) => byCode(code),
    () => busy(showFormer(retired.code, retired.as_of)),
  );
}

/** A county or a township has no grid of its own: the map goes there. */
function byBox(hit) {
  return look(
    async () => hit,
    (_, first) => {
      showMessage(hit.name, t("find.place.text"));
      remember(null);
      if (first) showBox(hit.bounds);
    },
  );
}

/** A hit of the search: a building is a place, a county a part of the map, everything else has a code. */
function chosen(hit) {
  markPlace(null);
  if (hit.kind === "place") byBox(hit);
  else if (hit.kind === "building") byPlace(hit.at, { move: true });
  else byCode(hit.code);
}

// ---- address and language

/** Keep the answer's code in the address; never a place, which would be told to whoever gets the link. */
function remember(code) {
  const parts = new URLSearchParams();
  if (code) parts.set("grid", code);
  parts.set("lang", currentLanguage());
  const address = new URL(location.href);
  address.search = "";
  address.hash = parts.toString();
  if (address.href === location.href) return;
  const same = new URLSearchParams(location.hash.slice(1)).get("grid") === code;
  history[code && !same && !location.search ? "pushState" : "replaceState"](null, "", address);
}

function asked() {
  const [hash, query] = [location.hash.slice(1), location.search].map((text) => new URLSearchParams(text));
  return { grid: (hash.get("grid") ?? query.get("grid"))?.trim() || null, lang: hash.get("lang") ?? query.get("lang") };
}

function drawLanguages() {
  fill(
    byId("languages"),
    LANGUAGES.map((name) => h("button", { type: "button", lang: name === "zh" ? "zh-CN" : "en", "aria-pressed": String(name === currentLanguage()), on: { click: () => speak(name) } }, { zh: "中文", en: "English" }[name])),
  );
}

function speak(name) {
  setLanguage(name);
  drawAll();
  redraw();
  byId("languages").querySelector("[aria-pressed=true]").focus();
  remember(asked().grid);
}

function drawAll() {
  document.title = [t("find.title"), byId("city").textContent].filter(Boolean).join(" · ");
  drawLanguages();
  drawWays();
  drawZoom();
  fill(byId("foot"), h("a", { href: `./#lang=${currentLanguage()}` }, t("find.all")));
}

async function start() {
  const { grid, lang } = asked();
  if (lang) setLanguage(lang);
  drawWays({
    place: (place, accuracy) => byPlace(place, { accuracy, phone: true, move: true }),
    rough: (place, accuracy) => markPlace(place, { accuracy, phone: true, move: true }),
    choose: chosen,
  });
  drawAll();
  const begun = busy(
    startMap((place) => {
      say("");
      byPlace(place, {});
    }),
  );
  await Promise.all([begun.catch(() => null), grid ? byCode(grid) : null]);
  window.addEventListener("popstate", () => {
    const { grid: code } = asked();
    if (code) byCode(code);
  });
  document.body.classList.add("ready");
}

start();
