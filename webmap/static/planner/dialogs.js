// Windows over the map: one at a time, closed by Escape, the focus kept inside and given back afterwards.

import { fill, h, picture } from "../app/dom.js";
import { t } from "../app/words.js";

/**
 * Open a window. `build(close)` returns what it holds; the promise is settled with what `close` was given.
 */
export function open(title, build, { wide = false, sticky = false } = {}) {
  return new Promise((resolve) => {
    const before = document.activeElement;
    let answer;
    const node = h("dialog", { class: wide ? "window wide" : "window", "aria-labelledby": "window-title" });
    const close = (value) => {
      answer = value;
      node.close();
    };
    const cross = h("button", { type: "button", class: "cross", "aria-label": t("close"), title: t("close"), on: { click: () => close() } }, picture("M6 6l12 12M18 6L6 18"));
    fill(
      node,
      h("header", { class: "window-head" }, h("h2", { id: "window-title", tabindex: "-1" }, title), sticky ? null : cross),
      h("div", { class: "window-body" }, build(close, node)),
    );
    node.addEventListener("cancel", (event) => sticky && event.preventDefault());
    node.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (sticky && event.key === "Escape") event.preventDefault();
    });
    node.addEventListener("close", () => {
      // some browsers close at the second asking whatever a page says
      if (sticky && answer === undefined) {
        node.showModal();
        return;
      }
      node.remove();
      if (before?.isConnected) before.focus({ preventScroll: true });
      resolve(answer);
    });
    document.body.append(node);
    node.showModal();
    (node.querySelector("[autofocus]") ?? node.querySelector("h2")).focus({ preventScroll: true });
  });
}

export const isOpen = () => document.querySelector("dialog[open]") !== null;

/** A button with words. */
export const button = (text, run, more = {}) => h("button", { type: "button", class: "plain", ...more, on: { click: run } }, text);

/** A field with its label. */
export function field(label, input, note) {
  input.id ||= `field-${Math.random().toString(36).slice(2, 8)}`;
  return h("p", { class: "field" }, h("label", { for: input.id }, label), input, note ? h("small", { class: "quiet" }, note) : null);
}

/** Ask for one line of text; nothing is answered where it was left. */
export function askText(title, label, { value = "", note, required = true, action = t("save"), long = false } = {}) {
  return open(title, (close) => {
    const input = long ? h("textarea", { rows: 4, maxlength: 500, autofocus: true, required }) : h("input", { type: "text", maxlength: 120, autofocus: true, required });
    input.value = value;
    const submit = (event) => {
      event.preventDefault();
      const text = input.value.trim();
      if (text || !required) close(text);
    };
    return h(
      "form",
      { on: { submit } },
      field(label, input, note),
      h("p", { class: "buttons" }, h("button", { type: "submit", class: "main" }, action), button(t("cancel"), () => close())),
    );
  });
}

/** Ask yes or no. */
export function confirm(title, text, action) {
  return open(title, (close) => [
    h("p", {}, text),
    h("p", { class: "buttons" }, h("button", { type: "button", class: "main", autofocus: true, on: { click: () => close(true) } }, action), button(t("cancel"), () => close(false))),
  ]);
}

/** Show in a form what went wrong. */
export function trouble(form, text) {
  let line = form.querySelector(".trouble");
  if (!line) {
    line = h("p", { class: "trouble", role: "alert" });
    form.prepend(line);
  }
  line.textContent = text;
}
