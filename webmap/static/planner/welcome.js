// A one-time link: choose a name and a password.

import { byId, fill, h } from "../app/dom.js";
import { t } from "../app/words.js";
import { field, trouble } from "./dialogs.js";
import { welcome } from "./service.js";
import { beginLanguage, languageButtons } from "./tongue.js";

const SHORTEST = 10;
const token = new URLSearchParams(location.hash.slice(1)).get("token");
// the link works once; it need not stay in the list of pages visited
if (token) history.replaceState(null, "", location.pathname + location.search);

function input(more) {
  return h("input", { type: "text", required: true, maxlength: 120, autocapitalize: "none", spellcheck: "false", ...more });
}

function form() {
  const name = input({ name: "name", autocomplete: "username", autofocus: true, pattern: "[A-Za-z0-9._@\\-]{2,}" });
  const display = input({ name: "display", autocomplete: "name" });
  const password = input({ type: "password", name: "password", autocomplete: "new-password", minlength: SHORTEST });
  const again = input({ type: "password", name: "again", autocomplete: "new-password" });
  const submit = async (event) => {
    event.preventDefault();
    if (password.value !== again.value) {
      trouble(node, t("welcome.differ"));
      again.focus();
      return;
    }
    try {
      await welcome({ token, name: name.value.trim(), display: display.value.trim(), password: password.value });
      done(name.value.trim());
    } catch (error) {
      trouble(node, [403, 404, 410].includes(error.status) ? t("welcome.used") : error.message);
    }
  };
  const node = h(
    "form",
    { class: "login", on: { submit } },
    field(t("login.name"), name, t("welcome.name_note")),
    field(t("welcome.display"), display, t("welcome.display_note")),
    field(t("login.password"), password, t("welcome.password_note", { n: SHORTEST })),
    field(t("welcome.again"), again),
    h("p", { class: "buttons" }, h("button", { type: "submit", class: "main" }, t("welcome.do"))),
  );
  return node;
}

function page(...children) {
  fill(byId("root"), h("main", { class: "card-page" }, h("header", {}, h("div", {}, h("h1", {}, t("welcome.title")), h("p", { class: "quiet" }, t("welcome.note"))), languageButtons(draw)), children));
}

function done(name) {
  page(h("p", { class: "fine", role: "status" }, t("welcome.done", { name })), h("p", { class: "buttons" }, h("a", { class: "main", href: "plan" }, t("welcome.go"))));
}

function draw() {
  document.title = `${t("welcome.title")} · ${t("plan.title")}`;
  if (token) page(form());
  else page(h("p", { class: "trouble", role: "alert" }, t("welcome.used")));
  byId("root").querySelector("[autofocus]")?.focus();
}

beginLanguage();
draw();
document.body.classList.add("ready");
