// Words and numbers in the language of the reader.

const WORDS = JSON.parse(document.getElementById("words").textContent);
export const CONFIG = JSON.parse(document.getElementById("config").textContent);
const TAGS = { zh: "zh-CN", en: "en" };
export const LANGUAGES = Object.keys(TAGS);

let language = CONFIG.language;

export const currentLanguage = () => language;

/** Change the language of everything that is drawn from now on, and of the words that stand in the document. */
export function setLanguage(next) {
  language = LANGUAGES.includes(next) ? next : language;
  document.documentElement.lang = TAGS[language];
  for (const node of document.querySelectorAll("[data-word]")) node.textContent = t(node.dataset.word);
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t(node.dataset.label));
}

export const knows = (key) => key in WORDS[language];

/** Say a key, with {names} filled in. */
export function t(key, values = {}) {
  const text = WORDS[language][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** Say a number; what is told as text, like "<10", as it is. */
export function number(value, digits = 0) {
  if (typeof value === "string") return value;
  return new Intl.NumberFormat(TAGS[language], { maximumFractionDigits: digits }).format(value);
}

export const share = (part, whole) =>
  new Intl.NumberFormat(TAGS[language], { style: "percent", maximumFractionDigits: 1 })
    // cut, not rounded: 99.96 % is not all of it; the billionth is for thousandths that binary fractions fall just short of
    .format(whole ? Math.floor((1000 * part) / whole + 1e-9) / 1000 : 1);

/** A moment to the minute, by the clocks of the plan wherever the reader is, and with their name. */
export const minute = (moment) => t("time.beijing", { time: new Date(moment).toLocaleString("sv", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "short" }) });

export const households = (count) => t(count === 1 ? "household" : "households", { n: number(count) });

/** Say a measure with the unit a planner would use. */
export function amount(value, unit) {
  if (unit === "count") return t("amount.count", { n: number(value, 2) });
  if (unit === "m") return value < 1000 ? t("amount.m", { n: number(value) }) : t("amount.km", { n: number(value / 1000, 2) });
  return value < 10000 ? t("amount.m2", { n: number(value) }) : t("amount.ha", { n: number(value / 10000, value < 1e6 ? 2 : 0) });
}

export const band = (grid) => (grid.low === null ? t("band.none") : t("band", { low: number(grid.low), high: number(grid.high) }));

export const levelName = (level) => t(`level.${level}`);

export function className(name) {
  return knows(`class.${name}`) ? t(`class.${name}`) : name;
}

export const roleName = (role) => (knows(`role.${role}`) ? t(`role.${role}`) : role);

export function floors(range) {
  if (!range) return t("floors.unknown");
  return range[0] === range[1] ? t("floor", { n: range[0] }) : t("floors", { from: range[0], to: range[1] });
}

/** Say why a grid is outside its band. */
export function why(grid) {
  const { reason, violation, smallest_violation: smallest, proof } = grid.exception;
  const piece = (proof && typeof proof === "object" ? proof.piece_households : undefined) ?? grid.households;
  const values = {
    n: number(grid.households),
    low: grid.low === null ? "" : number(grid.low),
    high: grid.high === null ? "" : number(grid.high),
    piece: number(piece),
    violation: number(violation ?? 0),
    smallest: number(smallest ?? 0),
  };
  return t(knows(`why.${reason}`) ? `why.${reason}` : "why.other", values);
}
