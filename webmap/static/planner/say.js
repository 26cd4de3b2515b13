// How grids, times and kinds of change are said.

import { currentLanguage, knows, number, t } from "../app/words.js";
import { NEW, desk } from "./desk.js";

/** A time, as short as it can be. */
export function when(text) {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) return text ?? "";
  const tag = currentLanguage() === "zh" ? "zh-CN" : "en";
  const today = time.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(tag, today ? { hour: "2-digit", minute: "2-digit" } : { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" }).format(time);
}

const OPS = ["move", "split", "split_line", "merge", "lock", "rename", "excuse", "cut", "resolve", "mend", "assign"];

/** A kind of change in words: "op:move", "move", "undo"… */
export function whatOf(what) {
  const name = (what ?? "").replace(/^(edit|op)[: ]/, "");
  return knows(`did.${name}`) ? t(`did.${name}`) : OPS.includes(name) ? t(`did.${name}`) : (what ?? "");
}

/** A grid's number in its area, part by part: that of its level-1 grid, then its own in that, and so on. */
export function shortCode(code) {
  if (code === NEW) return t("grid.new_short");
  const parts = [];
  for (let grid = desk.model?.grids.get(code); grid; grid = desk.model.grids.get(grid.parent)) {
    const above = grid.parent ?? desk.area;
    if (!grid.code.startsWith(above)) return code;
    parts.unshift(grid.code.slice(above.length));
  }
  return parts.join("·") || (code.startsWith(desk.area) ? code.slice(desk.area.length) : code);
}

/** A grid's number and name. */
export function gridLabel(code) {
  if (code === NEW) return t("grid.new");
  const grid = desk.model?.grids.get(code);
  // the names that a build gives repeat the number
  const own = grid?.name && !grid.name.includes(code.slice(desk.area.length)) && !/\d{2,}/.test(grid.name) ? ` ${grid.name}` : "";
  return `${shortCode(code)}${own}`;
}

export const bandText = ({ low, high }) => (low === null ? t("band.none") : t("band.short", { low: number(low), high: number(high) }));

export const signed = (value) => (value > 0 ? `+${number(value)}` : value < 0 ? `−${number(-value)}` : "±0");
