// Signing in: a page at the first start, a window over the work when a session has ended.

import { byId, h } from "../app/dom.js";
import { t } from "../app/words.js";
import { SignedOutError, signIn } from "./service.js";
import { button, warn } from "./say.js";
import { emit } from "./state.js";

function form(name, done) {
  const who = h("input", { type: "text", id: "login-name", name: "name", autocomplete: "username", required: true, maxlength: 120, autocapitalize: "none", spellcheck: "false", readonly: Boolean(name) });
  const secret = h("input", { type: "password", id: "login-password", name: "password", autocomplete: "current-password", required: true, maxlength: 500 });
  who.value = name ?? "";
  const trouble = h("div", { role: "alert" });
  const submit = h("button", { type: "submit", class: "deed main big" }, t("field.sign_in"));
  return h(
    "form",
    { class: "login", on: { submit: async (event) => {
      event.preventDefault();
      submit.disabled = true;
      try {
        await done(await signIn(who.value.trim(), secret.value));
      } catch (error) {
        const words = error instanceof SignedOutError ? t("field.login.wrong") : error.status === 429 ? t("field.login.slow") : error.message;
        trouble.replaceChildren(warn(words, "alarm"));
        secret.select();
      }
      submit.disabled = false;
    } } },
    h("div", { class: "field" }, h("label", { for: "login-name" }, t("field.login.name")), who),
    h("div", { class: "field" }, h("label", { for: "login-password" }, t("field.login.password")), secret),
    trouble,
    h("div", { class: "deeds" }, submit),
  );
}

/** The first page of a phone nobody works with yet. */
export function showLogin(main, done) {
  main.replaceChildren(h("div", { class: "view" }, h("p", {}, t("field.login.note")), form(null, done), h("p", {}, button(t("field.other_language"), () => emit("language", "other"), { "data-key": "language" }))));
  main.querySelector("input").focus();
}

let asking = false;

/** Ask the same person again, over the work. */
export function signInAgain(name, done) {
  if (asking) return;
  asking = true;
  const node = h("dialog", { class: "ask", "aria-labelledby": "login-title" }, h("h2", { id: "login-title" }, t("field.sign_in")), h("p", {}, t("field.login.again")), form(name, async (me) => {
    node.close();
    await done(me);
  }), h("div", { class: "deeds" }, button(t("field.later"), () => node.close())));
  node.addEventListener("close", () => {
    asking = false;
    node.remove();
  });
  byId("main").append(node);
  node.showModal();
  byId("login-password").focus();
}
