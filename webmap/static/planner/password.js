// One's own password, changed in a small window.

import { busy, h, notice } from "../app/dom.js";
import { t } from "../app/words.js";
import { desk } from "./desk.js";
import { button, field, open, trouble } from "./dialogs.js";
import { SHORTEST, changePassword } from "./service.js";

const input = (name, autocomplete, more = {}) => h("input", { type: "password", name, autocomplete, required: true, maxlength: 500, ...more });

/** Ask for the old password and the new one; other sessions of the account end. */
export async function changeOwnPassword() {
  const done = await open(t("password.change"), (close) => {
    const old = input("old", "current-password", { autofocus: true });
    const fresh = input("new", "new-password", { minlength: SHORTEST });
    const again = input("again", "new-password");
    const submit = async (event) => {
      event.preventDefault();
      if (fresh.value !== again.value) {
        trouble(form, t("welcome.differ"));
        again.focus();
        return;
      }
      try {
        desk.me = await busy(changePassword(old.value, fresh.value));
        close(true);
      } catch (error) {
        trouble(form, error.status === 401 || error.status === 403 ? t("password.wrong") : error.status === 429 ? t("login.slow") : error.message);
      }
    };
    const form = h(
      "form",
      { on: { submit } },
      field(t("password.old"), old),
      field(t("password.new"), fresh, t("welcome.password_note", { n: SHORTEST })),
      field(t("welcome.again"), again),
      h("p", { class: "quiet" }, t("password.note")),
      h("p", { class: "buttons" }, h("button", { type: "submit", class: "main" }, t("password.change")), button(t("cancel"), () => close())),
    );
    return form;
  });
  if (done) notice(t("password.done"));
}
