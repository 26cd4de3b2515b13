// The answer: which grids, whom to call, what is looked after; or the question that is still open.

import { byId, fill, h, picture } from "../app/dom.js";
import { className, number, roleName, t } from "../app/words.js";
import { day, distance } from "./service.js";
import { shareButtons } from "./share.js";

const MOST_ELEMENTS = 6;
const MOST_BUILDINGS = 6;
const CALL = "M6.5 3.5l3 4.5-2 2.2a12 12 0 0 0 6.3 6.3l2.2-2 4.5 3-1.5 3.5C10.5 21.5 2.5 13.5 3 5z";

/** A grid's name without its area's, which stands above it. */
export const shortName = (grid, area) => {
  const name = grid.name ?? "";
  const rest = area?.name && name.startsWith(area.name) ? name.slice(area.name.length).trim() : name;
  if (/^\d+(?:-\d+)*$/.test(rest)) return t("find.numbered", { n: rest });
  return rest || grid.code;
};

/** An area's name and a grid's, with a blank between them where they would read as one word or number. */
export const placeName = (area, name) => (/[\w)]$/.test(area) || /^[\w(]/.test(name) ? `${area} ${name}` : `${area}${name}`).trim();

const counted = (households) => t("find.households", { n: typeof households === "number" ? number(households) : households });

export function showBusy() {
  fill(byId("answer"), h("p", { class: "loading" }, t("find.busy")));
}

/** A card that says one thing, and perhaps where to go. */
export function showMessage(title, text, ...more) {
  byId("details").hidden = true;
  fill(byId("answer"), h("div", { class: "card message" }, h("h2", { tabindex: "-1" }, title), text ? h("p", {}, text) : null, ...more));
  focusAnswer();
}

/** Bring the answer before the reader, whatever they use. */
function focusAnswer() {
  const heading = byId("answer").querySelector("h2");
  heading?.focus({ preventScroll: true });
  if (window.matchMedia("(max-width: 860px)").matches) {
    byId("answer").scrollIntoView({ block: "start", behavior: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  }
}

// ---- one chain of grids

function levels(chain, area) {
  return h(
    "ol",
    { class: "levels" },
    [...chain].reverse().map((grid, i) =>
      h(
        "li",
        { class: i === 0 ? "level finest" : "level", "data-code": grid.code },
        h("p", { class: "level-kind" }, t(`find.level.${grid.level}`), grid.households === undefined || grid.households === null ? null : h("span", {}, counted(grid.households))),
        i === 0 ? h("h2", { class: "level-name", tabindex: "-1" }, shortName(grid, area)) : h("p", { class: "level-name" }, shortName(grid, area)),
        h("p", { class: "level-code" }, h("span", { class: "quiet" }, t("find.code")), " ", h("code", {}, grid.code)),
        buildingsOf(grid, i === 0 ? MOST_BUILDINGS : 1),
      ),
    ),
  );
}

/** The buildings of a grid that has only a part of one; of the coarse ones only the parts. */
function buildingsOf(grid, most) {
  const told = (grid.buildings ?? []).filter((each) => most > 1 || !each.whole);
  if (!told.length) return null;
  const line = ({ name, parts }) => {
    const floors = parts.map((part) => {
      const doors = doorsOf(part).join(t("board.semicolon"));
      return doors ? t("find.floor.part", { floors: floorsOf(part), doors }) : floorsOf(part);
    });
    return [name ?? t("find.floor.this"), ...floors].join(" ");
  };
  const shown = told.slice(0, Math.max(most, told.filter((each) => !each.whole).length));
  const more = told.length - shown.length;
  return h("ul", { class: "level-buildings", "aria-label": t("find.buildings") }, shown.map((each) => h("li", {}, line(each))), more > 0 ? h("li", { class: "quiet" }, t("find.buildings.more", { n: more })) : null);
}

function person(member) {
  const name = h("span", { class: "person-name" }, member.name);
  if (!member.phone) return h("div", { class: "person" }, name, h("span", { class: "quiet" }, t("find.people.no_phone")));
  const label = t("find.people.call", { name: member.name, phone: member.phone });
  return h("div", { class: "person" }, name, h("a", { class: "call", href: `tel:${member.phone.replace(/[^\d+]/g, "")}`, "aria-label": label }, picture(CALL), h("span", {}, member.phone)));
}

function people(chain) {
  const told = chain.some((grid) => grid.staff?.length);
  const post = (grid) =>
    h("div", { class: "post" }, h("dt", {}, roleName(grid.role ?? t(`find.level.${grid.level}`))), h("dd", {}, grid.staff?.length ? grid.staff.map(person) : h("span", { class: "quiet" }, t("find.people.vacant"))));
  return h("section", { class: "block people" }, h("h3", {}, t("find.people")), told ? h("dl", {}, [...chain].reverse().map(post)) : h("p", { class: "quiet" }, t("find.people.nobody")));
}

function elementRows(kind, rows, byOf) {
  const row = (element) => h("li", {}, h("span", {}, element.name || t("find.elements.unnamed")), byOf ? h("span", { class: "quiet" }, byOf(element)) : null);
  const more = rows.length - MOST_ELEMENTS;
  return h(
    "div",
    { class: "kind" },
    h("h4", {}, className(kind)),
    h("ul", {}, rows.slice(0, MOST_ELEMENTS).map(row)),
    more > 0 ? h("details", {}, h("summary", {}, t("find.elements.more", { n: more })), h("ul", {}, rows.slice(MOST_ELEMENTS).map(row))) : null,
  );
}

function elements(answer) {
  const kinds = new Map();
  for (const element of answer.elements ?? []) kinds.set(element.class, [...(kinds.get(element.class) ?? []), element]);
  const names = new Map(answer.grids.map((grid) => [grid.code, shortName(grid, answer.area)]));
  const byOf = ({ grid }) => t("find.elements.by", { grid: names.get(grid) ?? grid });
  // one line says it where all of them are one grid's
  const keepers = new Set(kinds.size ? answer.elements.map(({ grid }) => grid) : []);
  return h(
    "section",
    { class: "block elements" },
    h("h3", {}, t("find.elements")),
    keepers.size === 1 ? h("p", { class: "quiet" }, byOf(answer.elements[0])) : null,
    kinds.size ? [...kinds].map(([kind, rows]) => elementRows(kind, rows, keepers.size > 1 ? byOf : null)) : h("p", { class: "quiet" }, t("find.elements.none")),
  );
}

function provenance(answer) {
  const changed = answer.grids.map(({ changed_at: at }) => at).filter(Boolean).sort().at(-1);
  const made = day(answer.made_at);
  return h(
    "section",
    { class: "block dates" },
    changed ? h("p", {}, h("span", { class: "quiet" }, t("find.changed.title")), " ", h("b", {}, day(changed))) : null,
    h("p", { class: "quiet" }, answer.version ? t("find.version", { n: answer.version, date: made }) : t("find.draft")),
  );
}

/** Show the answer: one grid of each level. */
export function showAnswer(answer, { again = null } = {}) {
  const leaf = answer.grids.at(-1);
  fill(
    byId("answer"),
    h(
      "div",
      { class: "card" },
      h("p", { class: "area-name" }, picture(["M4 21V9l8-5 8 5v12", "M9 21v-6h6v6"]), answer.area.name),
      levels(answer.grids, answer.area),
      again ? h("button", { type: "button", class: "plain", on: { click: again } }, t("find.again.choose")) : null,
    ),
    people(answer.grids),
  );
  fill(byId("details"), elements(answer), provenance(answer), shareButtons(leaf, answer.area, shortName(leaf, answer.area)));
  byId("details").hidden = false;
  focusAnswer();
}

// ---- questions

// 2单元 is not said to be 2单元单元
function bare(entrance) {
  const beside = t("find.floor.entrance", { entrance: "" }).trim();
  return entrance.replace(new RegExp(`^${beside}|${beside}$`, "g"), "").trim() || entrance;
}

export function floorsOf({ floors, entrance }) {
  const [from, to] = floors ?? [];
  const range = from === null || from === undefined ? t("find.floor.unknown") : from === to || to === null || to === undefined ? t("find.floor.one", { from }) : t("find.floor.floors", { from, to });
  return entrance ? `${t("find.floor.entrance", { entrance: bare(entrance) })} ${range}` : range;
}

const doorsOf = ({ shared }) => (shared ?? []).map(({ floor, doors }) => t(`find.floor.doors.${doors ?? "some"}`, { floor }));

/** Ask for the floor, in a building that several grids share. */
export function askFloor(answer, choose) {
  const { building, ranges } = answer.ask_floor;
  byId("details").hidden = true;
  // high floors stand above low ones, as in the building
  const order = [...ranges].sort((a, b) => String(a.entrance ?? "").localeCompare(String(b.entrance ?? "")) || (b.floors?.[0] ?? -99) - (a.floors?.[0] ?? -99));
  fill(
    byId("answer"),
    h(
      "div",
      { class: "card question" },
      h("p", { class: "area-name" }, answer.area.name),
      h("h2", { tabindex: "-1" }, t("find.floor.title")),
      h("p", {}, t("find.floor.in", { building: /[\w)]$/.test(building ?? "") ? ` ${building} ` : building || t("find.floor.this") }).trim()),
      h("ul", { class: "floors" }, order.map((range) => floorButton(range, choose))),
      order.some(({ shared }) => shared?.length) ? h("p", { class: "quiet" }, t("find.floor.doubt")) : null,
    ),
  );
  focusAnswer();
}

function floorButton(range, choose) {
  const doors = doorsOf(range);
  return h("li", {}, h("button", { type: "button", class: "floor", "data-grid": range.grid, on: { click: () => choose(range.grid) } }, h("span", {}, floorsOf(range)), doors.map((text) => h("small", {}, text))));
}

function choices(rows, choose) {
  return h("ul", { class: "sides" }, rows.map(({ code, title, text }) => h("li", {}, h("button", { type: "button", class: "side", "data-grid": code, on: { click: () => choose(code) } }, h("b", {}, title), h("span", {}, text)))));
}

/** Name both sides of a border. */
export function askSide(sides, choose) {
  byId("details").hidden = true;
  const rows = sides.map(({ area, grids }) => ({
    code: grids.at(-1).code,
    title: shortName(grids.at(-1), area),
    text: [area.name, ...grids.slice(0, -1).map((grid) => shortName(grid, area))].join(" · "),
  }));
  fill(byId("answer"), h("div", { class: "card question" }, h("h2", { tabindex: "-1" }, t("find.border.title")), h("p", {}, t("find.border.text")), choices(rows, choose)));
  focusAnswer();
}

/** Let one of an area's grids be chosen. */
export function askGrid(area, grids, choose) {
  byId("details").hidden = true;
  const rows = grids.map((grid) => ({ code: grid.code, title: shortName(grid, area), text: grid.code }));
  fill(
    byId("answer"),
    h("div", { class: "card question" }, h("p", { class: "area-name" }, area.name), h("h2", { tabindex: "-1" }, t("find.area.title")), h("p", {}, t("find.area.text", { name: area.name, n: number(grids.length) })), choices(rows, choose)),
  );
  focusAnswer();
}

/** Say that a place is in no grid, and what is nearest. */
export function showOutside(nearest, show) {
  const area = nearest?.area?.name ?? "";
  const name = nearest?.level ? shortName(nearest, nearest.area) : "";
  const text = nearest ? t("find.outside.nearest", { place: placeName(area, name), distance: distance(nearest.metres) }) : t("find.outside.none");
  showMessage(t("find.outside.title"), text, nearest ? h("button", { type: "button", class: "plain", on: { click: () => show(nearest.code) } }, t("find.outside.show")) : null);
}

/** Say what became of a grid that is no more: who goes on with it, and where it was. */
export function showRetired(retired, choose, show) {
  byId("details").hidden = true;
  const rows = retired.successors.map(({ code, name, area }) => ({ code, title: shortName({ code, name }, { name: area }), text: `${placeName(area ?? "", "")} · ${code}` }));
  fill(
    byId("answer"),
    h(
      "div",
      { class: "card question" },
      h("h2", { tabindex: "-1" }, t("find.retired.title")),
      h("p", {}, t("find.retired.text", { code: retired.code, n: retired.version })),
      h("p", {}, rows.length ? t("find.retired.successors") : retired.area ? t("find.retired.in", { area: retired.area.name ?? retired.area.code }) : t("find.retired.none")),
      rows.length ? choices(rows, choose) : null,
      retired.as_of ? h("button", { type: "button", class: "plain", on: { click: show } }, t("find.retired.show")) : null,
    ),
  );
  focusAnswer();
}
