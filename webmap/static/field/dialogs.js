// A question over the page, for what cannot be undone.

import { h } from "../app/dom.js";
import { t } from "../app/words.js";

/** Show a picture over the page: a blob of the phone, or what is at an address. */
export function showPicture(picture, text) {
  const address = typeof picture === "string" ? picture : URL.createObjectURL(picture);
  const node = h("dialog", { class: "picture", "aria-label": text }, h("img", { src: address, alt: text }), h("form", { method: "dialog" }, h("button", { class: "deed main", autofocus: true }, t("field.close"))));
  node.addEventListener("close", () => {
    node.remove();
    if (address !== picture) URL.revokeObjectURL(address);
  });
  document.body.append(node);
  node.showModal();
}

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
