// Why a row was refused, in the language of the page; the service says it in English.

import { t } from "../app/words.js";

const FAULTS = [
  [/^no grid code$/, "no_code"],
  [/^no grid has the code (\S+)$/, "unknown_code"],
  [/^no area or grid has the code (\S+)$/, "unknown_place"],
  [/^spreadsheets cut numbers/, "cut"],
  [/^(\S+) is a role of level (.+); the grid (\S+) is of level (\d) and has a (\S+)$/, "role_level"],
  [/^no grid has the role (.+); the grid (\S+) has a (\S+)$/, "role"],
  [/^no name$/, "name"],
  [/^the phone is no number/, "phone"],
  [/^the consent says neither/, "consent"],
  [/^the beginning of the term is no date/, "begin"],
  [/^the end of the term is no date/, "end"],
  [/^the beginning of the term is a day/, "begin_day"],
  [/^the end of the term is a day/, "end_day"],
  [/^the term ends before it begins$/, "backwards"],
  [/^the term was over on (\S+)$/, "over"],
  [/^a double of row (\d+)/, "double"],
  [/^the row has (\d+) cells where the header has (\d+)$/, "cells"],
  [/^neither a code, nor an area/, "no_place"],
  [/^no area is called (.+)$/, "no_area"],
  [/^(\d+) areas are called (.+)$/, "many_areas"],
  [/^no kind, and the name/, "kind"],
  [/^building '(.*)': (.+)$/, "building"],
];

function one(text) {
  for (const [pattern, key] of FAULTS) {
    const found = pattern.exec(text);
    if (found) return t(`people.fault.${key}`, { ...found.slice(1) });
  }
  return text;
}

/** Say the reasons of a row; a reason may hold a semicolon itself. */
export function reasons(text) {
  const parts = text.split("; ");
  const out = [];
  for (let at = 0; at < parts.length; at += 1) {
    const whole = `${parts[at]}; ${parts[at + 1] ?? ""}`;
    const joined = at + 1 < parts.length && FAULTS.some(([pattern]) => pattern.test(whole)) && !FAULTS.some(([pattern]) => pattern.test(parts[at]));
    out.push(one(joined ? whole : parts[at]));
    if (joined) at += 1;
  }
  return out;
}
