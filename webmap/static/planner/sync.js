// What others do: asked for often enough to be seen within two seconds, and shown as soon as no stroke is under way.

import { notice } from "../app/dom.js";
import { t } from "../app/words.js";
import { desk, emit, on } from "./desk.js";
import { isIdle, queue, take } from "./queue.js";
import { SignedOutError, askArea, askChanges, askComments } from "./service.js";
import { when } from "./say.js";

const EVERY = 1200;
let timer = 0;
let last = null;
let round = 0;
const pause = { stroke: false };

/** Watch the area until the next one is opened. */
export async function startSync(since) {
  last = since;
  round += 1;
  on("stroke", (stroke) => (pause.stroke = Boolean(stroke)));
  pause.stroke = false;
  plan(round);
}

export function stopSync() {
  round += 1;
  clearTimeout(timer);
}

function plan(mine) {
  clearTimeout(timer);
  timer = setTimeout(() => look(mine), EVERY);
}

async function look(mine) {
  try {
    if (document.visibilityState === "visible" && !pause.stroke && isIdle()) await catchUp(mine);
    if (mine === round) emit("online", true);
  } catch (error) {
    if (mine === round) emit(error instanceof SignedOutError ? "signed-out" : "online", false);
  }
  if (mine === round) plan(mine);
}

async function catchUp(mine) {
  const answer = await askChanges(last);
  if (mine !== round) return;
  const own = answer.changes.filter(({ area }) => area === desk.area);
  // a new build counts from 0 again: the number alone does not say that all is another
  const anew = answer.changes.findLast(({ what, area }) => what === "build" && (!area || area === desk.area));
  const others = own.filter(({ author }) => author !== desk.me.name);
  const newest = own.filter(({ revision }) => revision !== null).at(-1);
  if (anew || (newest && newest.revision !== desk.model.revision)) {
    const area = await askArea(desk.area);
    // what was begun meanwhile is judged by the service; the next round shows the rest
    if (mine !== round || pause.stroke || !isIdle()) return;
    if (anew || area.revision !== desk.model.revision) {
      take(area);
      if (anew) notice(t("others.built", { when: when(anew.made_at) }));
      else if (others.length) notice(t("others.changed", { who: [...new Set(others.map(({ author }) => author))].join(t("comma")) }));
    }
  }
  if (own.some(({ what }) => /comment/.test(what))) {
    desk.model.comments = (await askComments(desk.area)).comments;
    emit("comments");
  }
  last = answer.last;
}

export const syncState = () => ({ last, waiting: queue.items.length });
