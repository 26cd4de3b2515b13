// A one-time link: choose a name and a password.

import { byId, fill, h } from "../app/dom.js";
import { t } from "../app/words.js";
import { field, trouble } from "./dialogs.js";
import { SHORTEST, askLink, welcome } from "./service.js";
import { beginLanguage, languageButtons } from "./tongue.js";

let token = new URLSearchParams(location.hash.slice(1)).get("token");
// the link works once; it need not stay in the list of pages visited
if (token) history.replaceState(null, "", location.pathname + location.search);

let link = { name: "", account: false };

function input(more) {
  return h("input", { type: "text", required: true, maxlength: 120, autocapitalize: "none", spellcheck: "false", ...more });
}

function form() {
  const name = input({ name: "name", autocomplete: "username", autofocus: !link.name, maxlength: 64, value: link.name || null, readonly: Boolean(link.name) });
  const display = input({ name: "display", autocomplete: "name", autofocus: Boolean(link.name) && !link.account });
  const password = input({ type: "password", name: "password", autocomplete: "new-password", minlength: SHORTEST, autofocus: link.account });
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
      trouble(node, [403, 410].includes(error.status) ? t("welcome.used") : error.message);
    }
  };
  const node = h(
    "form",
    { class: "login", on: { submit } },
    field(t("login.name"), name, t(link.name ? "welcome.name_fixed" : "welcome.name_note")),
    link.account ? null : field(t("welcome.display"), display, t("welcome.display_note")),
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

/** Whom the link is for; where the service cannot say, it will when the form is sent. */
async function begin() {
  if (!token) return;
  try {
    link = await askLink(token);
  } catch (error) {
    if (error.status === 403) token = null;
  }
}

beginLanguage();
await begin();
draw();
document.body.classList.add("ready");
