// Areas on the phone, room, language, account, and how to install the page.

import { byId, h, notice } from "../app/dom.js";
import { LANGUAGES, currentLanguage, number, t } from "../app/words.js";
import { remember } from "./account.js";
import { dropFor } from "./db.js";
import { ask } from "./dialogs.js";
import { canInstall, install, isInstalled, isOnPhone, version } from "./install.js";
import { counts } from "./outbox.js";
import { areasKnown, ageOf, dropArea, keepArea } from "./packages.js";
import { atTimes, refill } from "./redraw.js";
import { ago, block, button, bytes, chip, warn } from "./say.js";
import { signOut } from "./service.js";
import { emit, isOffice, on, state } from "./state.js";
import { isKept, keepForGood, room } from "./storage.js";
import { sync } from "./sync.js";

const STALE = 7 * 86_400_000;
const SHOWN = 30;
let node = null;
let areas = [];
let query = "";
const busy = new Set();

async function fetchArea(area) {
  busy.add(area.code);
  draw();
  try {
    await keepForGood();
    await keepArea(area);
  } catch (error) {
    notice(error.name === "QuotaExceededError" ? t("field.full") : error.message, { error: true });
  }
  busy.delete(area.code);
  draw();
}

function keptArea(one) {
  const area = areas.find(({ code }) => code === one.code) ?? { code: one.code, name: one.name };
  const { body } = one;
  return h(
    "li",
    {},
    h("p", { class: "change" }, h("b", {}, one.name), " ", h("span", { class: "quiet" }, one.code)),
    h("p", { class: "quiet" }, t("field.area.holds", { grids: number(body.grids.length), elements: number(body.elements.length), size: bytes(one.bytes), ago: ago(one.checked_at) })),
    ageOf(one) > STALE && warn(t("field.area.old")),
    h("div", { class: "deeds two" }, button(busy.has(one.code) ? t("field.area.busy") : t("field.area.update"), () => fetchArea(area), { "data-key": `update ${one.code}`, disabled: busy.has(one.code) }), button(t("field.area.drop"), async () => {
      if (await ask(t("field.area.drop"), t("field.area.drop.text", { name: one.name }), t("field.area.drop"))) await dropArea(one.code);
    }, { look: "danger", "data-key": `drop ${one.code}` })),
  );
}

function otherAreas() {
  const kept = new Set(state.packages.map(({ code }) => code));
  const text = query.trim().toLowerCase();
  const rest = areas.filter((area) => !kept.has(area.code) && (!text || `${area.name} ${area.code}`.toLowerCase().includes(text)));
  const input = h("input", { type: "search", "aria-label": t("field.area.search"), placeholder: t("field.area.search"), "data-key": "area-search", on: { input: () => {
    query = input.value;
    draw();
  } } });
  input.value = query;
  return [
    areas.length > 8 && h("p", { class: "field" }, input),
    h("ul", { class: "outbox" }, rest.slice(0, SHOWN).map((area) => h("li", { class: "area" }, h("p", {}, h("b", {}, area.name), " ", h("span", { class: "quiet" }, [t("field.area.counts", { grids: number(area.grids), elements: number(area.elements) }), area.bytes ? bytes(area.bytes) : null].filter(Boolean).join(" · "))), button(busy.has(area.code) ? t("field.area.busy") : t("field.area.keep"), () => fetchArea(area), { look: "main", "data-key": `keep ${area.code}`, disabled: busy.has(area.code), "aria-label": `${t("field.area.keep")}: ${area.name}` })))),
    rest.length > SHOWN && h("p", { class: "quiet" }, t("field.first_of", { n: number(SHOWN), all: number(rest.length) })),
    !areas.length && h("p", { class: "quiet" }, t("field.area.unknown")),
  ];
}

function languages() {
  return h("div", { class: "choice", role: "group", "aria-label": t("language") }, LANGUAGES.map((name) => h("button", { type: "button", lang: name === "zh" ? "zh-CN" : "en", "aria-pressed": String(name === currentLanguage()), "data-key": `lang-${name}`, on: { click: () => emit("language", name) } }, { zh: "中文", en: "English" }[name])));
}

async function leave() {
  await signOut().catch(() => null); // without signal the session ends by itself; what is kept stays
  remember({ account: null, ended: true });
  location.hash = "";
  location.reload();
}

async function wipe() {
  const n = counts(state.rows, state.photos);
  const open = n.events + n.photos + n.waiting + n.refused + n.held + state.drafts.length;
  if (!(await ask(t("field.wipe"), open ? t("field.wipe.open", { n: number(open) }) : t("field.wipe.text"), t("field.wipe")))) return;
  await dropFor(state.me.name);
  await leave();
}

function account() {
  const { me, sync: { trouble } } = state;
  return block(
    t("field.account"),
    h("p", {}, h("b", {}, me.display || me.name), " ", chip(t(`account.${me.role}`)), me.prefix ? ` ${t("field.prefix", { prefix: me.prefix })}` : ""),
    trouble?.kind === "signed_out" && warn(t("field.signed_out")),
    h("div", { class: "deeds two" }, trouble?.kind === "signed_out" && button(t("field.sign_in"), () => emit("sign-in"), { look: "main", "data-key": "sign-in" }), button(t("field.sign_out"), async () => {
      const n = counts(state.rows, state.photos);
      if (await ask(t("field.sign_out"), [n.events + n.photos ? t("field.sign_out.open") : t("field.sign_out.text"), trouble?.kind === "offline" && t("field.sign_out.offline")].filter(Boolean).join(" "), t("field.sign_out"), { look: "main" })) await leave();
    }, { "data-key": "sign-out" }), button(t("field.wipe"), wipe, { look: "danger", "data-key": "wipe" })),
  );
}

function storage() {
  const { used, quota, tight } = room();
  return block(
    t("field.storage"),
    h("p", {}, quota ? t("field.storage.used", { used: bytes(used), quota: bytes(quota) }) : t("field.storage.unknown")),
    tight && warn(t("field.storage.tight"), "alarm"),
    h("p", {}, isOnPhone() ? t("field.shell.kept") : t("field.shell.not_kept")),
    h("p", { class: "quiet" }, isKept() ? t("field.storage.kept") : t("field.storage.not_kept")),
    !isKept() && button(t("field.storage.keep"), async () => {
      if (!(await keepForGood())) notice(t("field.storage.refused"));
      draw();
    }, { "data-key": "persist" }),
  );
}

function installing() {
  if (isInstalled()) return null;
  return block(t("field.install"), h("p", { class: "quiet" }, canInstall() ? t("field.install.text") : t("field.install.how")), canInstall() && button(t("field.install"), install, { look: "main", "data-key": "install" }));
}

function draw() {
  if (!node?.isConnected) return;
  refill(
    node,
    block(t("field.areas.kept"), state.packages.length ? h("ul", { class: "outbox" }, [...state.packages].sort((a, b) => a.name.localeCompare(b.name)).map(keptArea)) : h("p", { class: "quiet" }, t("field.areas.none"))),
    (areas.length > state.packages.length || !areas.length) && block(t("field.areas.more"), otherAreas()),
    storage(),
    block(t("language"), languages()),
    account(),
    installing(),
    isOffice() && h("p", {}, h("a", { class: "deed", href: "field/office" }, t("field.office"))),
    h("p", { class: "quiet" }, t("field.version", { version: version() })),
  );
}

on("changed", atTimes(draw));
on("install", draw);
on("sync", async () => {
  if (!node?.isConnected) return;
  areas = await areasKnown();
  draw();
});

export async function show(main) {
  node = h("div", { class: "view" });
  main.replaceChildren(node);
  areas = await areasKnown();
  draw();
  if (!areas.length) sync();
  return { title: t("field.more"), tab: "more" };
}

export const focusLanguage = () => byId("main").querySelector(`[data-key="lang-${currentLanguage()}"]`)?.focus();
