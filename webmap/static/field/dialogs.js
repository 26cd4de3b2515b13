// A question over the page, for what cannot be undone.

import { h } from "../app/dom.js";
import { t } from "../app/words.js";

/** Ask; resolves true where somebody says yes. */
export function ask(title, text, yes, { look = "danger" } = {}) {
  return new Promise((answer) => {
    const node = h(
      "dialog",
      { class: "ask", "aria-labelledby": "ask-title" },
      h("h2", { id: "ask-title" }, title),
      h("p", {}, text),
      h(
        "form",
        { method: "dialog", class: "deeds" },
        h("button", { class: "deed", value: "no" }, t("field.no")),
        h("button", { class: `deed ${look}`, value: "yes" }, yes),
      ),
    );
    node.addEventListener("close", () => {
      node.remove();
      answer(node.returnValue === "yes");
    });
    document.body.append(node);
    node.showModal();
  });
}
