// Signing in: a page of its own at the start, a window over the work when a session has ended.

import { byId, fill, h } from "../app/dom.js";
import { t } from "../app/words.js";
import { desk, emit } from "./desk.js";
import { field, open, trouble } from "./dialogs.js";
import { signIn } from "./service.js";
import { languageButtons } from "./tongue.js";

function form(done, fixed) {
  const name = h("input", { type: "text", name: "name", autocomplete: "username", required: true, autofocus: !fixed, maxlength: 120, autocapitalize: "none", spellcheck: "false", readonly: Boolean(fixed) });
  if (fixed) name.value = fixed;
  const password = h("input", { type: "password", name: "password", autocomplete: "current-password", required: true, maxlength: 500, autofocus: Boolean(fixed) });
  const submit = async (event) => {
    event.preventDefault();
    const button = node.querySelector("[type=submit]");
    button.disabled = true;
    try {
      done(await signIn(name.value.trim(), password.value));
    } catch (error) {
      trouble(node, error.status === 401 ? t("login.wrong") : error.status === 429 ? t("login.slow") : error.message);
      button.disabled = false;
      password.select();
    }
  };
  const node = h("form", { class: "login", on: { submit } }, field(t("login.name"), name), field(t("login.password"), password), h("p", { class: "buttons" }, h("button", { type: "submit", class: "main" }, t("login.do"))));
  return node;
}

/** The page of someone who is not signed in. */
export function showLogin(done) {
  const draw = () => {
    document.title = `${t("login.title")} · ${t("plan.title")}`;
    fill(
      byId("root"),
      h("main", { class: "card-page" }, h("header", {}, h("div", {}, h("h1", {}, t("plan.title")), h("p", { class: "quiet" }, t("login.note"))), languageButtons(draw)), form(done)),
    );
    document.body.classList.add("ready");
    byId("root").querySelector("[autofocus]").focus();
  };
  draw();
}

let asking = false;

/** Ask the same person again, over the work. */
export async function signInAgain() {
  if (asking) return;
  asking = true;
  const me = await open(t("login.again"), (close) => [h("p", {}, t("login.again_note")), form(close, desk.me.name)]);
  asking = false;
  if (!me) return;
  desk.me = me;
  emit("signed-in");
}
