// Times, distances and sizes, as people say them; small parts that every view is made of.

import { h, picture } from "../app/dom.js";
import { className, currentLanguage, knows, number, t } from "../app/words.js";
import { plan, state } from "./state.js";

const locale = () => (currentLanguage() === "zh" ? "zh-CN" : "en-GB");

export function ago(time) {
  const seconds = (Date.now() - (typeof time === "number" ? time : Date.parse(time))) / 1000;
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 60) return t("field.now");
  const [value, unit] = seconds < 3600 ? [seconds / 60, "minute"] : seconds < 86_400 ? [seconds / 3600, "hour"] : [seconds / 86_400, "day"];
  return new Intl.RelativeTimeFormat(locale(), { numeric: "always" }).format(-Math.floor(value), unit);
}

export const moment = (time) =>
  new Intl.DateTimeFormat(locale(), { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" }).format(new Date(time));

export const day = (text) => new Intl.DateTimeFormat(locale(), { month: "short", day: "numeric" }).format(new Date(text.length === 10 ? `${text}T12:00:00` : text));

export function far(metres) {
  if (!Number.isFinite(metres)) return "";
  if (metres < 950) return t("field.metres", { n: number(metres < 100 ? Math.round(metres) : Math.round(metres / 10) * 10) });
  return t("field.kilometres", { n: number(metres / 1000, metres < 10_000 ? 1 : 0) });
}

export const way = (direction) => t(`field.way.${direction}`);

export function bytes(count) {
  if (count < 1_000_000) return t("field.kb", { n: number(Math.max(1, count / 1000)) });
  return count < 1_000_000_000 ? t("field.mb", { n: number(count / 1_000_000, 1) }) : t("field.gb", { n: number(count / 1_000_000_000, 1) });
}

/** Say a name that has two languages. */
export function label(given) {
  const text = typeof given === "string" ? given : (given?.[currentLanguage()] ?? given?.zh ?? given?.en ?? "");
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** A grid's name: without that of its area where the phone holds this one alone, and with it where it holds several. */
export function gridName(code) {
  const grid = plan().grids.get(code);
  if (!grid?.name) return code;
  const area = state.packages.find((one) => one.code === grid.area)?.name ?? "";
  const rest = area && grid.name.startsWith(area) ? grid.name.slice(area.length).trim() : grid.name;
  return state.packages.length > 1 ? `${area} ${rest}`.trim() : rest || grid.name;
}

export const elementName = (element) => (element ? element.name || t("field.nameless", { class: className(element.class) }) : t("field.element"));
export const categoryName = (key) => label(plan().categories.find((one) => one.key === key)?.label) || key;
export const personName = (account) => (account === state.me?.name ? t("field.me", { name: state.me.display || account }) : (plan().people.get(account) ?? account));
export const kindName = (kind) => t(`field.kind.${kind}`);
export const reasonText = (reason) => (knows(`field.refused.${reason}`) ? t(`field.refused.${reason}`) : reason);
export const warningText = (warning) => (knows(`field.warning.${warning}`) ? t(`field.warning.${warning}`) : warning);

// ---- parts

export const ICONS = {
  round: ["M4 6h11M4 12h11M4 18h7", "M17.5 17.5l2 2 3.5-4"],
  map: ["M9 4 3 6.5v13L9 17l6 3 6-2.5v-13L15 7 9 4z", "M9 4v13M15 7v13"],
  matters: ["M12 4 2.5 20h19L12 4z", "M12 10v5M12 17.5v.4"],
  outbox: ["M12 15V4M7.5 8 12 3.5 16.5 8", "M4 14v6h16v-6"],
  more: ["M5 6.5h14M5 12h14M5 17.5h14"],
  camera: ["M4 8h4l1.5-2.5h5L16 8h4v11H4z", "M12 16.5a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4z"],
  album: ["M4 5h16v14H4z", "M4 16l5-5 4 4 3-3 4 4"],
  here: ["M12 3v4M12 17v4M3 12h4M17 12h4", "M12 15.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z"],
  back: ["M15 5l-7 7 7 7"],
  check: ["M5 12.5l4.5 4.5L19 7.5"],
  close: ["M6 6l12 12M18 6L6 18"],
  plus: ["M12 5v14M5 12h14"],
  minus: ["M5 12h14"],
};

export const icon = (name) => picture(ICONS[name]);

export const chip = (text, tone = "quiet") => h("span", { class: `chip ${tone}` }, text);

/** A button: what it says, what it does, how it looks. */
export function button(text, run, { look = "", sign = null, ...more } = {}) {
  return h("button", { type: "button", class: `deed ${look}`, on: { click: run }, ...more }, sign && icon(sign), h("span", {}, text));
}

/** A line of a list that leads somewhere. */
export const line = (address, heading, below, chips = [], more = {}) =>
  h("li", {}, h("a", { class: "line", href: address, "data-key": address, ...more }, h("span", { class: "line-name" }, heading), h("span", { class: "line-chips" }, chips), below && h("span", { class: "line-below" }, below)));

export const block = (title, ...children) => h("section", { class: "block" }, title && h("h2", {}, title), children);

export const warn = (text, tone = "warn", more = {}) => h("p", { class: `said ${tone}`, ...more }, text);

const addresses = new WeakMap();

/** A small picture of a blob that is kept on the phone. */
export function thumb(blob, text) {
  if (!addresses.has(blob)) addresses.set(blob, URL.createObjectURL(blob));
  return h("img", { src: addresses.get(blob), alt: text, class: "thumb" });
}

export const tagged = (element) => [className(element.class), element.measure !== undefined && element.measure !== null ? amountOf(element) : null].filter(Boolean).join(" · ");

function amountOf({ measure, unit }) {
  if (unit === "count") return null;
  if (unit === "m") return far(measure);
  return measure < 10_000 ? t("amount.m2", { n: number(measure) }) : t("amount.ha", { n: number(measure / 10_000, measure < 1e6 ? 1 : 0) });
}
