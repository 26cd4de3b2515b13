// The page of people: who is signed in, which view, and in which language.

import { busy, byId, fill, h } from "../app/dom.js";
import { LANGUAGES, currentLanguage, setLanguage, t } from "../app/words.js";
import { button, field } from "../office/say.js";
import { askMe, signIn, signOut } from "../office/service.js";
import { log, roster, vacancies } from "./views.js";

const VIEWS = { vacancies, import: roster, log };
const ROLES = { import: ["planner", "administrator"], log: ["administrator"] };

let me = null;
let turn = 0;

const views = () => Object.keys(VIEWS).filter((name) => !ROLES[name] || ROLES[name].includes(me.role));

function frame(view) {
  fill(byId("tabs"), me ? views().map((name) => h("a", { href: `#${name}`, "aria-current": name === view ? "page" : null }, t(`people.tab.${name}`))) : []);
  const languages = LANGUAGES.map((name) => button(t(`office.language.${name}`), () => speak(name), { "aria-pressed": String(name === currentLanguage()), lang: name === "zh" ? "zh-CN" : "en", class: "small-button" }));
  fill(byId("who"), me ? [h("span", { class: "me" }, me.display), h("a", { href: `../plan#lang=${currentLanguage()}` }, t("people.plan")), button(t("office.sign_out"), leave, { class: "small-button" })] : [], h("div", { class: "languages", role: "group", "aria-label": t("office.languages") }, languages));
}

function speak(name) {
  setLanguage(name);
  draw();
}

async function leave() {
  await signOut().catch(() => null);
  me = null;
  draw();
}

/** Show the view the address names. */
async function draw() {
  turn += 1;
  const mine = turn;
  const asked = location.hash.slice(1);
  const name = me && views().includes(asked) ? asked : "vacancies";
  frame(name);
  byId("title").textContent = t(me ? `people.tab.${name}` : "office.sign_in");
  document.title = `${t(`people.tab.${name}`)} · ${t("people.name")}`;
  if (!me) {
    fill(byId("main"), login());
  } else {
    try {
      const nodes = await busy(VIEWS[name]());
      if (mine === turn) fill(byId("main"), nodes);
    } catch (error) {
      if (mine !== turn) return;
      if (error.status === 401) {
        me = null;
        draw();
        return;
      }
      fill(byId("main"), h("p", { class: "trouble", role: "alert" }, error.message));
    }
  }
  document.body.classList.add("ready");
}

function login() {
  const name = h("input", { type: "text", autocomplete: "username", required: true, maxlength: 120, autocapitalize: "none", spellcheck: "false" });
  const secret = h("input", { type: "password", autocomplete: "current-password", required: true, maxlength: 500 });
  const trouble = h("p", { class: "trouble", role: "alert", hidden: true });
  const submit = async (event) => {
    event.preventDefault();
    try {
      me = await signIn(name.value.trim(), secret.value);
    } catch (error) {
      trouble.textContent = error.status === 401 ? t("office.login.wrong") : error.message;
      trouble.hidden = false;
      secret.select();
      return;
    }
    await draw();
  };
  return h("form", { class: "login", on: { submit } }, field("login-name", t("office.login.name"), name), field("login-password", t("office.login.password"), secret), trouble, h("button", { type: "submit", class: "deed main" }, t("office.sign_in")));
}

window.addEventListener("hashchange", () => {
  draw();
  byId("title").focus();
});
me = await askMe().catch(() => null);
draw();
