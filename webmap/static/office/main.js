// The office's page of field inspection: who is signed in, which view, and in which language.

import { busy, byId, fill, h, notice } from "../app/dom.js";
import { LANGUAGES, currentLanguage, setLanguage, t } from "../app/words.js";
import { areaFilter, forgetAreas, place } from "./filters.js";
import { figures, matters } from "./matters.js";
import { matter } from "./matter.js";
import { cover, duties, load, records } from "./patrol.js";
import { askMe, signIn, signOut } from "./service.js";
import { button, field } from "./say.js";

const VIEWS = { cover, duties, load, matters, figures, records };
const OFFICE = new Set(["planner", "administrator"]);

let me = null;
let turn = 0;

const views = () => Object.keys(VIEWS).filter((name) => name !== "load" || OFFICE.has(me.role));

function tabs(view) {
  fill(byId("tabs"), me ? views().map((name) => h("a", { href: `#${name}`, "aria-current": name === view || (view === "matter" && name === "matters") ? "page" : null }, t(`office.tab.${name}`))) : []);
}

function who() {
  const languages = LANGUAGES.map((name) => button(t(`office.language.${name}`), () => speak(name), { "aria-pressed": String(name === currentLanguage()), lang: name === "zh" ? "zh-CN" : "en", class: "small-button" }));
  fill(byId("who"), me ? [h("span", { class: "me" }, me.display), button(t("office.sign_out"), leave, { class: "small-button" })] : [], h("div", { class: "languages", role: "group", "aria-label": t("office.languages") }, languages));
}

function speak(name) {
  setLanguage(name);
  draw();
}

async function leave() {
  await signOut().catch(() => null);
  me = null;
  forgetAreas();
  draw();
}

/** Show what the address names. */
async function draw() {
  turn += 1;
  const mine = turn;
  const { view, id, values } = place();
  const name = view === "matter" || (me && views().includes(view)) ? view : "cover";
  who();
  tabs(name);
  byId("title").textContent = t(me ? `office.tab.${name === "matter" ? "matters" : name}` : "office.sign_in");
  const main = byId("main");
  if (!me) return fill(main, login());
  try {
    const nodes = await busy(name === "matter" ? matter(id, draw) : VIEWS[name](values, OFFICE.has(me.role)));
    if (mine === turn) fill(main, nodes);
  } catch (error) {
    if (mine !== turn) return null;
    if (error.status === 401) me = null;
    if (!me) return draw();
    const other = error.status === 403 && values.area;
    const told = h("p", { class: "trouble", role: "alert" }, other ? t("office.area.unknown", { text: values.area }) : error.message);
    const filter = values.area ? await areaFilter(values.area).catch(() => null) : null;
    if (mine === turn) fill(main, filter ? h("div", { class: "filters" }, filter) : null, filter?.querySelector(".trouble:not([hidden])") ? null : told);
  }
  document.body.classList.add("ready");
  return null;
}

function login() {
  const name = h("input", { type: "text", autocomplete: "username", required: true, maxlength: 120, autocapitalize: "none", spellcheck: "false" });
  const secret = h("input", { type: "password", autocomplete: "current-password", required: true, maxlength: 500 });
  const trouble = h("p", { class: "trouble", role: "alert", hidden: true });
  document.body.classList.add("ready");
  return h("form", { class: "login", on: { submit: async (event) => {
    event.preventDefault();
    try {
      me = await signIn(name.value.trim(), secret.value);
      await draw();
    } catch (error) {
      trouble.textContent = error.status === 401 ? t("office.login.wrong") : error.message;
      trouble.hidden = false;
      secret.select();
    }
  } } }, field("login-name", t("office.login.name"), name), field("login-password", t("office.login.password"), secret), trouble, h("button", { type: "submit", class: "deed main" }, t("office.sign_in")));
}

addEventListener("hashchange", () => {
  draw();
  byId("title").focus();
});

askMe()
  .then((found) => (me = found.name ? found : null))
  .catch((error) => error.status === 401 || notice(error.message, { error: true }))
  .then(draw);
