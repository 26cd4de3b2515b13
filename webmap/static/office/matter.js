// One matter: what is known, its photos, its history, what stands side by side, and what can be done.

import { byId, h, notice } from "../app/dom.js";
import { t } from "../app/words.js";
import { change } from "./changes.js";
import { get, photo } from "./service.js";
import { badge, button, category, elementName, field, kind, moment, select, status, statusBadge } from "./say.js";

const picture = (each) =>
  each.ready
    ? h("a", { class: "photo", href: photo(each.id), target: "_blank", rel: "noopener" }, h("img", { src: photo(each.id), alt: t(`office.photo.${each.role}`), loading: "lazy", width: 240, height: 180 }), h("span", { class: "small" }, moment(each.taken_at)))
    : h("p", { class: "photo missing" }, t(each.refused ? "office.photo.refused" : "office.photo.coming"));

function facts({ matter, grid_now: now }) {
  const rows = [
    ["place", [matter.area_name ?? matter.area_code, " ", h("span", { class: "code" }, matter.grid_code ?? "")]],
    now && now !== matter.grid_code ? ["grid_now", h("span", { class: "code" }, now)] : null,
    matter.element_id ? ["element", elementName(matter)] : null,
    ["position", `${matter.lon.toFixed(5)}, ${matter.lat.toFixed(5)}${matter.accuracy === null ? "" : ` (± ${Math.round(matter.accuracy)} m)`}`],
    ["found", `${moment(matter.found_at)} · ${matter.found_by_display}`],
    ["assignee", matter.assignee_display ?? "–"],
    ["due", moment(matter.due_at)],
    matter.mended_at ? ["mended", moment(matter.mended_at)] : null,
    matter.closed_at ? ["closed", moment(matter.closed_at)] : null,
  ].filter(Boolean);
  return h("dl", { class: "facts" }, rows.map(([name, value]) => h("div", {}, h("dt", {}, t(`office.${name}`)), h("dd", {}, value))));
}

/** What a change says: whom, why, and what was written. */
function saying({ body }, { people, changes }) {
  const kept = body.keep ? keptOf(body.keep, changes) : null;
  const who = people.find(({ account }) => account === body.assignee)?.display ?? body.assignee;
  return [kept ? h("p", {}, t("office.says.keep", { what: kind(kept.kind), who: kept.display, when: moment(kept.made_at) })) : null, body.assignee ? h("p", {}, t("office.says.assignee", { who })) : null, body.due_at ? h("p", {}, t("office.says.due", { when: moment(body.due_at) })) : null, body.reason ? h("p", {}, t("office.says.reason", { why: body.reason })) : null, body.notes ? h("p", { class: "notes" }, body.notes) : null];
}

/** The change that counts after a settlement, though others settled before it. */
function keptOf(id, changes) {
  const kept = changes.find((each) => each.id === id);
  return kept?.kind === "resolved" && kept.body.keep !== id ? (keptOf(kept.body.keep, changes.filter((each) => each !== kept)) ?? kept) : kept;
}

const side = (change_, told, more = []) =>
  h("article", { class: "change" }, h("h3", {}, kind(change_.kind), change_.status ? badge(status(change_.status), "open") : null), h("p", { class: "small" }, `${moment(change_.made_at)} · ${change_.display}`), saying(change_, told), change_.photos.length ? h("div", { class: "photos" }, change_.photos.map(picture)) : null, more);

/** Changes made without knowing of each other: whoever may, says which one counts. */
function conflict(told, done) {
  if (!told.conflict.length) return null;
  const may = Boolean(told.actions.resolved);
  const keep = (one) => (may ? button(t("office.keep"), () => send(told, "resolved", told.actions.resolved, { keep: one.id }, done), { class: "deed main" }) : null);
  return h("section", { class: "conflict", "aria-labelledby": "conflict" }, h("h2", { id: "conflict" }, t("office.conflict.title", { n: told.conflict.length })), h("p", {}, t(may ? "office.conflict.lead" : "office.conflict.wait")), h("div", { class: "sides" }, told.conflict.map((one) => side(one, told, keep(one)))));
}

const headsOf = (told) => told.changes.filter((each) => each.head).map((each) => each.id).sort().join(" ");

let sending = false;

/** Send a change once, however often it was asked for, and only if the matter still stands as it is shown. */
async function send(told, kind_, after, body, done) {
  if (sending) return;
  sending = true;
  const buttons = [...byId("main").querySelectorAll("button:enabled")];
  for (const each of buttons) each.disabled = true;
  try {
    const present = await get(`matters/${encodeURIComponent(told.matter.id)}`);
    if (headsOf(present) === headsOf(told)) {
      await change(present, kind_, after, body);
      notice(t("office.sent"));
      await done();
    } else {
      await reload(kind_, done);
    }
  } catch (error) {
    notice(error.message, { error: true });
  } finally {
    sending = false;
    for (const each of buttons) each.disabled = false;
  }
}

/** Show the matter as it is by now; what was typed is kept where it may still be said. */
async function reload(kind_, done) {
  const typed = [...document.querySelectorAll(".deed-form input, .deed-form select, .deed-form textarea")].map(({ id, value }) => [id, value]);
  await done();
  document.querySelector(`[data-deed=${kind_}]`)?.click();
  for (const [id, value] of typed) if (byId(id)) byId(id).value = value;
  notice(t("office.stale"), { error: true });
}

const text = (required) => h("textarea", { rows: 2, maxlength: 2000, required });

/** What a deed asks for. */
const ASKS = {
  assigned: (told) => {
    const who = select(told.people.map(({ account, display }) => [account, display === account ? account : `${display} (${account})`]), told.matter.assignee ?? told.people[0]?.account);
    const until = h("input", { type: "date" });
    return { nodes: [field("deed-assignee", t("office.assignee"), who), field("deed-due", t("office.due"), until)], body: () => ({ assignee: who.value, ...(until.value ? { due_at: new Date(`${until.value}T23:59:59`).toISOString() } : {}) }) };
  },
  noted: () => noted("notes", true),
  checked: () => noted("notes", false),
  closed: () => noted("notes", false),
  reopened: () => noted("reason", true),
  rejected: () => noted("reason", true),
};

function noted(name, required) {
  const words = text(required);
  return { nodes: [field(`deed-${name}`, t(`office.${name}`), words)], body: () => (words.value.trim() ? { [name]: words.value.trim() } : {}) };
}

/** Forms of what may follow the one change the matter rests on. */
function deeds(told, done) {
  const [head] = told.changes.filter((each) => each.head);
  if (!head || told.conflict.length) return null;
  const kinds = (told.actions[head.id] ?? []).filter((each) => ASKS[each]);
  const room = h("div", { class: "deed-room" });
  const open = (each) => {
    const { nodes, body } = ASKS[each](told);
    const form = h("form", { class: "deed-form", on: { submit: (event) => {
      event.preventDefault();
      send(told, each, [head.id], body(), done);
    } } }, h("h3", {}, t(`office.do.${each}`)), nodes, h("button", { type: "submit", class: "deed main" }, t("office.do_it")));
    room.replaceChildren(form);
    form.querySelector("input, select, textarea")?.focus();
  };
  return h("section", { class: "deeds" }, h("h2", {}, t("office.deeds")), h("div", { class: "deed-row" }, kinds.map((each) => button(t(`office.do.${each}`), () => open(each), { "data-deed": each }))), room);
}

/** Show one matter. */
export async function matter(id, again) {
  const told = await get(`matters/${encodeURIComponent(id)}`);
  return [
    h("p", {}, h("a", { href: "#matters" }, t("office.back"))),
    h("h2", { class: "headline" }, category(told.matter.category), " ", statusBadge(told.matter)),
    facts(told),
    conflict(told, again),
    deeds(told, again),
    h("section", {}, h("h2", {}, t("office.history")), h("ol", { class: "history" }, told.changes.map((each) => h("li", {}, side(each, told))))),
  ];
}
