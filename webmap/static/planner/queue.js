// Changes on their way to the service, one after the other. Nothing leaves the queue before the service has answered,
// and what has not been answered is kept in this browser, so that neither a lost network nor a closed page loses it.

import { on, desk, emit } from "./desk.js";
import { ConflictError, OfflineError, RefusedError, SignedOutError, askArea, branch, edit, go, redo, undo } from "./service.js";

const AGAIN_AFTER = 4000;

/** `safe`: what waits is kept where the next visit finds it. */
export const queue = { items: [], state: "idle", error: null, safe: true };
let timer = 0;

const key = () => `geo-grid-unsent ${desk.me.name} ${desk.area}`;

function keep() {
  try {
    if (queue.items.length) localStorage.setItem(key(), JSON.stringify(queue.items));
    else localStorage.removeItem(key());
    queue.safe = true;
  } catch {
    // a browser may forbid storage; then the queue lasts as long as the page, which asks before it is left
    queue.safe = false;
  }
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(key()) ?? "[]");
  } catch {
    return [];
  }
}

function tell(state, error = null) {
  Object.assign(queue, { state, error });
  emit("queue", queue);
}

/** Take up what an earlier visit left unsent. */
export function startQueue() {
  clearTimeout(timer);
  Object.assign(queue, { items: kept(), state: "idle", error: null });
  on("signed-in", pump);
  repaint();
  pump();
}

const idle = () => queue.items.length === 0;
export const isIdle = idle;

/** Add a change; `item` is {kind, op?, why?, to?, revision?, label, painted?: {units: [ids], level, to}}. */
export function enqueue(item) {
  item.base = idle() ? desk.model.revision : null;
  queue.items.push(item);
  keep();
  pump();
}

/** Send what waits, now. */
export async function pump() {
  clearTimeout(timer);
  if (queue.state === "sending" || queue.state === "conflict") return;
  if (idle()) {
    tell("idle");
    return;
  }
  const item = queue.items[0];
  tell("sending");
  try {
    const answer = await send(item);
    done(item, answer);
  } catch (error) {
    failed(item, error);
  }
}

const SENDERS = {
  edit: (item, revision) => edit(desk.area, revision, item.why ? { ...item.op, why: item.why } : item.op),
  undo: (item, revision) => undo(desk.area, revision),
  redo: (item, revision) => redo(desk.area, revision, item.to),
  go: (item, revision) => go(desk.area, revision, item.revision),
};

function send(item) {
  item.base ??= desk.model.revision;
  return SENDERS[item.kind](item, item.base);
}

function done(item, answer) {
  queue.items.shift();
  // what waits was drawn on top of this change
  for (const other of queue.items) if (!other.tried) other.base = answer.revision;
  keep();
  take(answer);
  tell("idle");
  emit("saved", { item, answer });
  pump();
}

export const paintWaiting = repaint;

/** Let the model take an answer, and show again what still waits. */
export function take(answer) {
  const light = Array.isArray(answer.units) ? desk.model.apply(answer) : desk.model.load(answer);
  repaint();
  emit("model", { light });
}

/** Take what others changed since: told with the conflict, else the whole area. */
async function catchUp({ body }) {
  if (body.delta?.units) take({ ...body.delta, revision: body.revision });
  else take(await askArea(desk.area));
}

function repaint() {
  for (const { painted } of queue.items) {
    if (!painted) continue;
    const units = painted.units.map((id) => desk.model.place.get(id)).filter((unit) => unit !== undefined);
    desk.model.paint(units, painted.level, painted.to);
  }
}

function failed(item, error) {
  if (error instanceof ConflictError) {
    conflict(item, error);
  } else if (error instanceof RefusedError) {
    // what should have been undone has never been
    if (queue.items[1]?.kind === "undo") queue.items.splice(1, 1);
    drop();
    emit("refused", { item, error });
  } else {
    item.tried = true;
    keep();
    tell(error instanceof SignedOutError ? "signed-out" : "stuck", error);
    if (error instanceof SignedOutError) emit("signed-out");
    // lost networks come back, and services that are started again
    if (error instanceof OfflineError || error.status >= 500) timer = setTimeout(pump, AGAIN_AFTER);
  }
}

/** Give the first change up, and show the map without it. */
export function drop() {
  queue.items.shift();
  keep();
  desk.model.wipe();
  repaint();
  tell("idle");
  emit("model", { light: true });
  pump();
}

async function conflict(item, error) {
  if (item.tried && isMine(item, error.body.edits ?? [])) {
    // it had arrived, only its answer was lost
    queue.items.shift();
    keep();
    await catchUp(error);
    rebase();
    tell("idle");
    emit("saved", { item, answer: error.body.delta ?? {} });
    pump();
    return;
  }
  tell("conflict", error);
  emit("conflict", { item, error });
}

const isMine = (item, edits) =>
  edits.length > 0 && edits.every(({ author }) => author === desk.me.name) && item.kind === "edit" && same(edits.at(-1).request, item.op);

function same(request, op) {
  const plain = request?.op && typeof request.op === "object" ? request.op : request;
  return plain !== null && typeof plain === "object" && Object.keys(op).every((name) => JSON.stringify(plain[name]) === JSON.stringify(op[name]));
}

function rebase() {
  for (const item of queue.items) item.base = desk.model.revision;
  keep();
}

/** End a conflict: "mine" sends the change again on top, "theirs" gives it up, "snapshot" keeps it as a version beside. */
export async function settle(choice, { item, error }, name) {
  if (choice === "snapshot") await branch(desk.area, item.base, item.op, name);
  if (choice !== "mine") queue.items.shift();
  item.tried = false;
  await catchUp(error);
  rebase();
  tell("idle");
  pump();
}
