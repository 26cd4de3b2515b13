// Publishing: what stands against it, and a name for what is published.

import { busy, h, notice } from "../app/dom.js";
import { number, t } from "../app/words.js";
import { button, field, open, trouble } from "./dialogs.js";
import { desk, emit, put } from "./desk.js";
import { faultText } from "./faults.js";
import { isIdle } from "./queue.js";
import { askProblems, publish } from "./service.js";
import { say } from "./refusals.js";
import { gridLabel } from "./say.js";

/** Ask what stands against publishing this area, and publish it. */
export async function showPublish() {
  if (!isIdle()) {
    notice(t("queue.first"), { error: true });
    return;
  }
  let problems;
  try {
    ({ problems } = await busy(askProblems([desk.area])));
  } catch (error) {
    say(error);
    return;
  }
  const answer = await open(t("publish.title", { name: desk.model.area.name }), (close) => body(problems, close));
  if (answer?.fault) goTo(answer.fault);
  if (answer?.version) notice(t("publish.done", { n: answer.version }));
}

function goTo(fault) {
  if (fault.level) put({ level: fault.level });
  put({ target: fault.grid ?? null });
  const grid = desk.model.grids.get(fault.grid);
  if (grid?.bounds) emit("show", grid.bounds);
}

function list(problems, close) {
  return h(
    "ul",
    { class: "list problems" },
    problems.map((one) => h("li", {}, h("button", { type: "button", class: "row", on: { click: () => close({ fault: one }) } }, h("span", { class: "row-name" }, one.grid ? gridLabel(one.grid) : (one.area ?? "")), h("span", { class: "row-why" }, one.kind ? faultText(one) : (one.detail ?? ""))))),
  );
}

function body(problems, close) {
  if (problems.length) {
    return [h("p", { class: "trouble", role: "alert" }, t("publish.problems", { n: number(problems.length) })), list(problems, close), h("p", { class: "buttons" }, button(t("close"), () => close()))];
  }
  const name = h("input", { type: "text", required: true, maxlength: 120, autofocus: true });
  const note = h("textarea", { rows: 3, maxlength: 1000 });
  const form = h("form", { on: { submit: (event) => send(event, form, { name, note }, close) } });
  form.append(
    h("p", { class: "fine" }, t("publish.fine")),
    field(t("publish.name"), name),
    field(t("publish.note"), note),
    h("p", { class: "buttons" }, h("button", { type: "submit", class: "main" }, t("publish.do")), button(t("cancel"), () => close())),
  );
  return form;
}

async function send(event, form, { name, note }, close) {
  event.preventDefault();
  try {
    const answer = await busy(publish({ name: name.value.trim(), note: note.value.trim(), areas: [desk.area] }));
    close({ version: answer.version ?? answer.number });
  } catch (error) {
    const problems = error.body?.problems;
    if (!problems) trouble(form, error.message);
    else form.replaceChildren(...body(problems, close));
  }
}
