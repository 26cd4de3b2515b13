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

/** Who did something: as others see them, or oneself. */
export function whoIs({ author, display }, oneself = null) {
  if (author !== desk.me?.name) return display || author;
  return oneself ?? (desk.me.display || author);
}

/** What was done, and to which grids, where that is said in few words. */
export function detailOf({ what, request }) {
  const op = request?.op && typeof request.op === "object" ? request.op : (request ?? {});
  const codes = op.grids ?? (op.grid ? [op.grid] : op.to ? [op.to] : []);
  const at = Array.isArray(codes) && codes.every((code) => typeof code === "string") ? codes.map(gridLabel).join(t("comma")) : "";
  if (op.op === "lock") return `${t(op.locked ? "did.locked" : "did.unlocked")} ${at}`;
  if (op.op === "rename") return t("did.renamed", { grid: shortCode(op.grid), name: op.name ?? "" });
  return `${whatOf(what)}${at ? ` ${at}` : ""}`;
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
  return parts.join("·") || byLength(code);
}

/** The number of a grid that is not on the desk (new, or gone), cut where the codes of its area are cut. */
function byLength(code) {
  if (!code.startsWith(desk.area)) return code;
  const lengths = new Set([...(desk.model?.grids.values() ?? [])].map((grid) => grid.code.length));
  if (!lengths.has(code.length)) return code.slice(desk.area.length);
  const cuts = [desk.area.length, ...[...lengths].filter((length) => length <= code.length).sort((a, b) => a - b)];
  return cuts.slice(1).map((end, i) => code.slice(cuts[i], end)).join("·");
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
