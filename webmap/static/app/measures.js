// What places are shaded by: a number of each, and five shades between the least and the most.

import { cityFigures, knowsVacancies, vacantIn } from "./places.js";
import { amount, className, number, share, t } from "./words.js";

const SHADES = {
  plain: ["#e6f2ee", "#bddfd4", "#8cc6b6", "#57a592", "#2c7d6d"],
  alarm: ["#fbf0e3", "#f7d7a8", "#efb46b", "#dd8450", "#b9563f"],
  share: ["#b9563f", "#dd8450", "#f2c879", "#c5e2d8", "#8cc6b6"],
};
const NOTHING = "#e3e6e5";
// of a share in band the last thousandths count
const SHARES = [0.95, 0.98, 0.99, 1];

const FIXED = {
  in_band: { shades: "share", fromTop: true, value: (each) => (each.banded ? each.in_band / each.banded : null), say: (value) => share(value, 1), breaks: SHARES },
  per_grid: { shades: "plain", value: (each) => each.per_grid, say: (value) => number(value, 1) },
  households: { shades: "plain", value: (each) => (Number.isFinite(each.households) ? each.households : null), say: (value) => number(value) },
  grids: { shades: "plain", value: (each) => each.grids, say: (value) => number(value) },
  exceptions: { shades: "alarm", value: (each) => each.exceptions, say: (value) => number(value) },
  vacancies: { shades: "alarm", value: (each) => vacantIn(each.code), say: (value) => number(value) },
};

/** Names of the measures there are, those of elements last. */
export function measures() {
  const held = (cityFigures()?.elements ?? []).map(({ class: name, unit }) => `${name}:${unit}`);
  return [...Object.keys(FIXED).filter((key) => key !== "vacancies" || knowsVacancies()), ...held];
}

export function measureName(key) {
  const [name, unit] = key.split(":");
  return unit ? `${className(name)} (${t(`unit.${unit}`)})` : t(`measure.${key}`);
}

/** A measure by its name: `value` of a place (null where it is not told), how to `say` it, its shades. */
export function measure(key) {
  if (FIXED[key]) return FIXED[key];
  const [name, unit] = key.split(":");
  return {
    shades: "plain",
    value: ({ elements }) => elements.find((item) => item.class === name && item.unit === unit)?.measure ?? 0,
    say: (value) => amount(value, unit),
  };
}

/** Where one shade ends and the next begins: the same number of places in each; nothing at all is a shade of its own. */
function quantiles(values) {
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b);
  const nothing = sorted.length < values.length;
  const parts = nothing ? [0, 0.25, 0.5, 0.75] : [0.2, 0.4, 0.6, 0.8];
  const cuts = parts.map((part) => sorted[Math.floor(part * sorted.length)]);
  return [...new Set(cuts)].filter((cut) => cut > (nothing ? 0 : sorted[0]));
}

/** Shades for some places: the colour of each, and rows of a legend. */
export function shading(key, some) {
  const { shades, fromTop = false, value, say, breaks } = measure(key);
  const values = some.map(value).filter((each) => each !== null);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const cuts = breaks ? breaks.filter((cut) => cut > least && cut <= most) : quantiles(values);
  const colours = fromTop ? SHADES[shades].slice(4 - cuts.length) : SHADES[shades].slice(0, cuts.length + 1);
  const classOf = (number_) => cuts.filter((cut) => number_ >= cut).length;
  const rows = colours
    .map((colour, i) => {
      const inside = values.filter((each) => classOf(each) === i);
      if (!inside.length) return null;
      const [low, high] = [say(Math.min(...inside)), say(Math.max(...inside))];
      return { colour, text: low === high ? low : `${low} – ${high}`, count: inside.length };
    })
    .filter(Boolean);
  if (values.length < some.length) rows.push({ colour: NOTHING, text: t("measure.untold"), count: some.length - values.length });
  const colourOf = (each) => {
    const found = each ? value(each) : null;
    return found === null ? NOTHING : colours[classOf(found)];
  };
  return { colourOf, rows };
}
