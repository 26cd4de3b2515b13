// What a view looks at: it stands in the address, so that it can be kept and passed on.

import { h } from "../app/dom.js";
import { t } from "../app/words.js";
import { get } from "./service.js";
import { field, select } from "./say.js";

/** Read the address: the view, what follows it, and its values. */
export function place() {
  const [path, text = ""] = location.hash.slice(1).split("?");
  const [view = "", id = ""] = path.split("/");
  return { view, id, values: Object.fromEntries(new URLSearchParams(text)) };
}

/** Go to a view; values that are empty are left out. */
export function go(view, values = {}) {
  const given = Object.entries(values).filter(([, value]) => value !== "" && value !== undefined && value !== null);
  const text = new URLSearchParams(given).toString();
  location.hash = `${view}${text ? `?${text}` : ""}`;
}

const set = (name, value) => {
  const { view, values } = place();
  go(view, { ...values, [name]: value });
};

let areas = null;

/** The areas of whoever is signed in, asked for once. */
export async function knownAreas() {
  areas ??= (await get("areas")).areas;
  return areas;
}

export const forgetAreas = () => (areas = null);

/** Choose by name or code, or by the beginning of a code. */
export async function areaFilter(value) {
  const known = await knownAreas();
  const list = h("datalist", { id: "areas" }, known.map(({ code, name }) => h("option", { value: code }, name)));
  const trouble = h("p", { class: "trouble", id: "area-trouble", role: "alert", hidden: true });
  const input = h("input", { type: "text", list: "areas", maxlength: 64, autocomplete: "off", "aria-describedby": "area-trouble", placeholder: t("office.area.all"), on: { change: () => choose(input.value.trim()) } });
  const judge = (text) => {
    const code = codeOf(text, known);
    trouble.textContent = code === null ? t("office.area.unknown", { text }) : "";
    trouble.hidden = code !== null;
    input.setAttribute("aria-invalid", String(code === null));
    return code;
  };
  const choose = (text) => {
    const code = judge(text);
    if (code !== null) set("area", code);
  };
  input.value = value ?? "";
  judge(input.value);
  return h("div", { class: "filter" }, field("filter-area", t("office.area"), input), list, trouble);
}

const within = (one, other) => one.startsWith(other) || other.startsWith(one);

/** The code somebody means: a code or its beginning, a name, or a part that only one name has; null where there is none. */
function codeOf(text, known) {
  if (known.some(({ code }) => within(code, text))) return text;
  const named = known.filter(({ name }) => name === text);
  const like = named.length ? named : known.filter(({ name }) => name?.includes(text));
  return like.length === 1 ? like[0].code : null;
}

export function monthFilter(value) {
  const input = h("input", { type: "month", on: { change: () => set("month", input.value) } });
  input.value = value ?? new Date().toISOString().slice(0, 7);
  return field("filter-month", t("office.month"), input);
}

export const choice = (name, options, value) => field(`filter-${name}`, t(`office.filter.${name}`), select(options, value ?? "", (chosen) => set(name, chosen)));

export function tick(name, value) {
  const input = h("input", { type: "checkbox", on: { change: () => set(name, input.checked ? "1" : "") } });
  input.checked = value === "1";
  return h("label", { class: "tick" }, input, t(`office.filter.${name}`));
}

/** Pages of a long list. */
export function pages(offset, step, more, total) {
  if (!offset && !more) return null;
  const to = (next) => h("button", { type: "button", class: "deed", on: { click: () => set("offset", next || "") } }, t(next > offset ? "office.next" : "office.previous"));
  return h("p", { class: "pages" }, offset ? to(Math.max(0, offset - step)) : null, more ? to(offset + step) : null, total === undefined ? null : h("span", {}, t("office.total", { n: total })));
}
