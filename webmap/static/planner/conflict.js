// Someone was faster: what they changed, and what shall become of one's own change.

import { busy, h } from "../app/dom.js";
import { t } from "../app/words.js";
import { button, open, trouble } from "./dialogs.js";
import { gainsTable, rowsOf, rowsOfTable } from "./gains.js";
import { desk, on } from "./desk.js";
import { settle } from "./queue.js";
import { detailOf, when, whoIs } from "./say.js";
import { askCompare } from "./service.js";

export function startConflicts() {
  on("conflict", async (conflict) => {
    const rows = await between(conflict);
    open(t(isAnew(conflict) ? "conflict.anew" : "conflict.title"), (close) => body(conflict, rows, close), { sticky: true, wide: true });
  });
}

/** What one's change was based on is no more: the plan was built anew. */
const isAnew = ({ error }) => error.status === 412;

/** What was gained and lost between one's own base and theirs: counted by the service, else from what it told. */
async function between({ item, error }) {
  const { delta, revision } = error.body;
  if (!delta?.units) return null;
  try {
    return rowsOfTable(await busy(askCompare(desk.area, item.base, revision ?? delta.revision)));
  } catch {
    return rowsOf(desk.model, delta);
  }
}

function body(conflict, rows, close) {
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
  const beside = item.kind === "edit" && !isAnew(conflict);
  const holder = h(
    "div",
    { class: "conflict" },
    h("p", {}, t("conflict.mine_was", { what: item.label })),
    isAnew(conflict) ? h("p", { class: "trouble" }, t("conflict.anew_note")) : [h("h3", {}, t("conflict.theirs_was")), h("ul", { class: "edits" }, edits.map(line))],
    rows?.length ? gainsTable(rows) : null,
    h("div", { class: "choices" }, option("mine", true), option("theirs"), beside ? [option("snapshot"), h("p", { class: "field" }, h("label", { for: "conflict-name" }, t("snapshot.name")), name)] : null),
  );
  return holder;
}

const line = (edit) => h("li", {}, h("strong", {}, whoIs(edit, t("who.you_elsewhere"))), " ", detailOf(edit), h("span", { class: "quiet" }, ` ${when(edit.made_at)}`));
