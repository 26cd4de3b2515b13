// Someone was faster: what they changed, and what shall become of one's own change.

import { h } from "../app/dom.js";
import { t } from "../app/words.js";
import { button, open, trouble } from "./dialogs.js";
import { deltaTable } from "./gains.js";
import { desk, on } from "./desk.js";
import { settle } from "./queue.js";
import { when, whatOf } from "./say.js";

export function startConflicts() {
  on("conflict", (conflict) => open(t("conflict.title"), (close) => body(conflict, close), { sticky: true, wide: true }));
}

function body(conflict, close) {
  const { item, error } = conflict;
  const edits = error.body.edits ?? [];
  const name = h("input", { type: "text", maxlength: 120, id: "conflict-name" });
  name.value = t("conflict.name", { who: desk.me.display || desk.me.name });
  const choose = async (choice) => {
    try {
      await settle(choice, conflict, name.value.trim());
      close(choice);
    } catch (problem) {
      trouble(holder, problem.message);
    }
  };
  const option = (choice, main) =>
    h("div", { class: "choice" }, button(t(`conflict.${choice}`), () => choose(choice), { class: main ? "main" : "plain", "data-choice": choice, autofocus: main }), h("p", { class: "quiet" }, t(`conflict.${choice}_note`)));
  const holder = h(
    "div",
    { class: "conflict" },
    h("p", {}, t("conflict.mine_was", { what: item.label })),
    h("h3", {}, t("conflict.theirs_was")),
    h("ul", { class: "edits" }, edits.map((edit) => h("li", {}, h("strong", {}, edit.author), " ", whatOf(edit.what), h("span", { class: "quiet" }, ` ${when(edit.made_at)}`)))),
    error.body.delta?.units ? deltaTable(desk.model, error.body.delta) : null,
    h("div", { class: "choices" }, option("mine", true), option("theirs"), item.kind === "edit" ? [option("snapshot"), h("p", { class: "field" }, h("label", { for: "conflict-name" }, t("snapshot.name")), name)] : null),
  );
  return holder;
}
