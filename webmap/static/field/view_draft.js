// A form: a record, a matter found, or a change of one. What is typed is kept at once; saving makes an event of it.

import { byId, h, notice } from "../app/dom.js";
import { t } from "../app/words.js";
import { ask } from "./dialogs.js";
import { close, keep, newDraft, reopenDraft, throwAway } from "./drafts.js";
import { alarms, assignment, category, checklist, settle, text } from "./form_fields.js";
import { judge, leavePlace, placeField } from "./form_place.js";
import { photoField } from "./form_photos.js";
import { get } from "./db.js";
import { commit, fork } from "./make.js";
import { button, categoryName, elementName, kindName, reasonText, tagged, warn } from "./say.js";
import { elementOf, plan, state } from "./state.js";
import { keepForGood } from "./storage.js";
import { sync } from "./sync.js";
import { allMatters, rulesOf } from "./view_matters.js";

const ROLES = { record: "record", found: "before", reopened: "before", noted: "record" };
const PLACED = new Set(["record", "found"]);
const PHOTOGRAPHED = new Set(["record", "found", "mended", "checked", "reopened", "noted"]);
const REASONED = new Set(["reopened", "rejected"]);

const matterOf = (draft) => (draft.matter ? (allMatters().get(draft.matter) ?? null) : null);

function needsPhoto(draft) {
  if (draft.kind === "found") return draft.values.category ? rulesOf(draft.values.category).photo_before : false;
  return draft.kind === "mended" && (matterOf(draft)?.rules.photo_after ?? true);
}

/** What is missing, as the field it is missing in and the words for it; null where the form can be saved. */
function missing(draft) {
  const { kind, values } = draft;
  if (PLACED.has(kind)) {
    if (!draft.place) return ["place", t("field.need.place")];
    if (judge(draft).trouble === "too_far") return ["place", t("field.need.nearer")];
  }
  if (kind === "found" && !values.category) return ["category", t("field.need.category")];
  if (needsPhoto(draft) && !draft.photos.length) return ["photos", t("field.need.photo")];
  if (kind === "assigned" && !values.assignee) return ["assignee", t("field.need.assignee")];
  if (kind === "assigned" && values.due_at && Date.parse(values.due_at) < Date.now()) return ["due", reasonText("due_before")];
  if (REASONED.has(kind) && !values.reason?.trim()) return ["reason", t("field.need.reason")];
  if (kind === "resolved" && !values.keep) return ["keep", t("field.need.keep")];
  if (kind === "noted" && !values.notes?.trim() && !draft.photos.length) return ["notes", t("field.need.notes")];
  return null;
}

/** A record that says nothing but that somebody was there. */
const isBare = ({ kind, values, photos }) => kind === "record" && !Object.keys(values.checklist).length && !values.notes?.trim() && !photos.length;

/** The body of the event, without its photos. */
function bodyOf(draft) {
  const { kind, place, values } = draft;
  const { notes, checklist: answers, category: about, assignee, due_at, reason, keep: kept } = values;
  const said = notes?.trim() ? { notes: notes.trim() } : {};
  if (!PLACED.has(kind)) return { ...said, ...clean({ assignee, due_at, keep: kept, reason: reason?.trim() }) };
  const where = { plan_version: plan().version, lon: place.lon, lat: place.lat, accuracy: place.accuracy, place_source: place.source, ...clean({ element_id: draft.element }) };
  if (kind === "found") return { ...where, category: about, ...said, ...clean({ record_id: draft.record }) };
  return { ...where, ...(Object.keys(answers).length ? { checklist: answers } : {}), ...said, ...clean({ round_id: state.round?.id ?? draft.round }) };
}

/** When it was seen: when its place was taken, though it may be saved days later; a change of a matter is made now. */
function seenAt({ kind, place }) {
  return PLACED.has(kind) ? new Date(Math.min(Date.now(), Date.parse(place.at))).toISOString() : undefined;
}

const clean = (values) => Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== ""));

async function save(draft, form) {
  const lack = missing(draft);
  if (lack) {
    const [name, words] = lack;
    byId("trouble").replaceChildren(warn(words, "alarm"));
    const field = form.querySelector(`[data-field="${name}"]`);
    (field?.matches("textarea, select, input") ? field : field?.querySelector("input, button, textarea, select"))?.focus();
    return null;
  }
  if (isBare(draft) && !(await ask(t("field.bare"), t("field.bare.text"), t("field.bare.save"), { look: "main" }))) return null;
  await close(draft);
  try {
    const made = await commit(draft, { made_at: seenAt(draft), kind: draft.kind, matter: draft.matter, after: draft.after, body: bodyOf(draft), role: ROLES[draft.kind] ?? "after" });
    keepForGood();
    sync();
    return { id: draft.id, before: !made, forked: made ? null : await fork(draft, bodyOf(draft)) };
  } catch (error) {
    reopenDraft(draft);
    byId("trouble").replaceChildren(warn(error.name === "QuotaExceededError" ? t("field.full") : t("field.not_kept", { text: error.message }), "alarm"));
    return null;
  }
}

function heading(draft) {
  const element = elementOf(draft.element);
  const matter = matterOf(draft);
  if (matter) return [h("p", { class: "lead" }, categoryName(matter.found.body.category)), matter.found.body.notes && h("p", { class: "note" }, matter.found.body.notes)];
  return element ? h("p", { class: "lead" }, elementName(element), " ", h("span", { class: "quiet" }, tagged(element))) : h("p", { class: "lead" }, t("field.free_place"));
}

function fields(draft, { kept, placed, redraw }) {
  const { kind, values } = draft;
  const typed = (key) => (value) => {
    values[key] = value;
    kept();
  };
  return [
    PLACED.has(kind) && placeField(draft, placed),
    kind === "found" && h("section", { class: "block" }, category(draft, () => {
      kept();
      redraw();
    })),
    kind === "resolved" && matterOf(draft) && h("section", { class: "block" }, settle(draft, matterOf(draft), kept)),
    kind === "assigned" && h("section", { class: "block" }, assignment(draft, kept)),
    REASONED.has(kind) && h("section", { class: "block" }, text(t("field.reason"), values.reason, typed("reason"), { required: true, name: "reason" })),
    kind === "record" && checklistBlock(draft, () => {
      kept();
      hint(draft);
    }),
    !REASONED.has(kind) && h("section", { class: "block" }, text(t("field.notes"), values.notes, typed("notes"), { name: "notes", required: kind === "noted" })),
    PHOTOGRAPHED.has(kind) && h("div", { id: "photo-field" }, photoField(draft, { required: needsPhoto(draft), added: kept })),
  ].filter(Boolean);
}

function checklistBlock(draft, kept) {
  const asked = checklist(draft, kept);
  return asked.length ? h("section", { class: "block" }, h("h2", {}, t("field.checklist")), asked) : null;
}

/** Where an answer points to a problem, say that it can be reported at once. */
function hint(draft) {
  const shown = draft.kind === "record" && alarms(draft);
  byId("alarm")?.replaceChildren(...(shown ? [warn(t("field.alarm"))] : []));
}

function home(draft) {
  if (draft.matter) return `#matter/${draft.matter}`;
  return draft.element ? `#element/${encodeURIComponent(draft.element)}` : "#round";
}

function draw(node, draft) {
  const state_line = h("p", { class: "quiet", id: "kept" }, "");
  const kept = () => {
    if (!draft.touched) history.replaceState(null, "", `#draft/${draft.id}`);
    draft.touched = true;
    return keep(draft).then(() => {
      state_line.textContent = t("field.kept");
    });
  };
  // a position that came by itself is no work yet that would have to be kept
  const placed = (byHand) => (byHand || draft.touched ? kept() : null);
  const form = h("form", { novalidate: true, on: { submit: (event) => event.preventDefault() } });
  const redraw = () => byId("photo-field")?.replaceChildren(photoField(draft, { required: needsPhoto(draft), added: kept }));
  const done = async (next) => {
    const buttons = form.querySelectorAll(".form-end button");
    for (const each of buttons) each.disabled = true;
    const made = await save(draft, form);
    for (const each of buttons) each.disabled = false;
    if (!made) return;
    if (!made.forked) notice(t(made.before ? "field.saved_before" : "field.saved"));
    location.replace(made.forked ? `#draft/${made.forked.id}` : next(made));
  };
  form.append(
    ...fields(draft, { kept, placed, redraw }),
    h(
      "div",
      { class: "form-end" },
      h("div", { id: "alarm", role: "status" }),
      h("div", { id: "trouble", role: "alert" }),
      state_line,
      h(
        "div",
        { class: "deeds" },
        button(t("field.save"), () => done(() => home(draft)), { look: "main big", id: "save" }),
        draft.kind === "record" && button(t("field.save_and_report"), () => done(({ id }) => `#new/found/${encodeURIComponent(draft.element ?? "-")}/${id}`), { id: "save-report" }),
        button(t("field.discard"), async () => {
          if (await ask(t("field.discard"), t("field.discard.text"), t("field.discard"))) {
            await throwAway(draft);
            location.replace(home(draft));
          }
        }, { look: "danger", id: "discard" }),
      ),
    ),
  );
  node.replaceChildren(...[draft.forked && warn(t("field.forked"), "alarm"), heading(draft), form].flat().filter(Boolean));
  hint(draft);
}

/** Open a new form: `#new/KIND/…`, or a draft that is kept: `#draft/ID`. */
export async function show(main, ...rest) {
  const node = h("div", { class: "view form" });
  main.replaceChildren(node);
  const draft = rest[0] === "new" ? await begin(rest[1], rest[2], rest[3]) : await get("drafts", rest[1]);
  if (!draft) {
    node.replaceChildren(warn(t("field.draft_gone")));
    return { title: t("field.draft"), tab: "round", back: "#round" };
  }
  draw(node, draft);
  return { title: kindName(draft.kind), tab: draft.matter || draft.kind === "found" ? "matters" : "round", back: home(draft), leave: leavePlace };
}

async function begin(kind, first, second) {
  if (kind === "record") return newDraft(kind, { element: first ? decodeURIComponent(first) : null, round: state.round?.id ?? null });
  if (kind === "found") {
    const element = first && first !== "-" ? decodeURIComponent(first) : null;
    const record = second ? await get("events", second) : null;
    const { lon, lat, accuracy, place_source: source } = record?.event.body ?? {};
    return newDraft(kind, { element, record: second ?? null, place: record ? { lon, lat, accuracy, source, at: record.event.made_at, fixed: true } : null });
  }
  const matter = allMatters().get(first);
  if (!matter) return null;
  return newDraft(kind, { matter: first, after: kind === "resolved" ? matter.heads : [second] });
}
