// Saying why something did not work.

import { byId, notice } from "../app/dom.js";
import { knows, t } from "../app/words.js";
import { desk, emit } from "./desk.js";
import { SignedOutError } from "./service.js";
import { gridLabel } from "./say.js";

/** Take a complaint away that no longer holds. */
export function hush() {
  const node = byId("notice");
  if (node.classList.contains("error")) node.classList.remove("shown");
}

/** Tell of an error; where the service says the place, show it. */
export function say(error) {
  if (error instanceof SignedOutError) {
    emit("signed-out");
    return;
  }
  const { reason, grids, at } = error.body ?? {};
  const text = knows(`refused.${reason}`) ? t(`refused.${reason}`, { grids: (grids ?? []).filter((code) => desk.model?.grids.has(code)).map(gridLabel).join(t("comma")) }) : error.message;
  // that nothing is to be done is no error
  notice(text, { error: reason !== "no_change" });
  if (at) emit("flash", at);
}
