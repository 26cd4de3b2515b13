// The fields of a form: what a class is asked, what a matter is about, who is to mend it, and in words.

import { h } from "../app/dom.js";
import { t } from "../app/words.js";
import { kindName, label, moment, personName } from "./say.js";
import { elementOf, plan } from "./state.js";

/** What is looked at where there is no element. */
const FREE = "place";

let serial = 0;
const fresh = () => `f${(serial += 1)}`;

/** A choice of one among few: buttons that a finger finds. */
export function pickOne(title, options, value, picked, { name = fresh(), required = false } = {}) {
  let now = value;
  const choice = ([key, text, hint]) => {
    const id = fresh();
    // what was picked by mistake is picked off again
    const pressed = ({ currentTarget: input }) => {
      now = now === key ? null : key;
      input.checked = now === key;
      picked(now);
    };
    return h("span", { class: "pick" }, h("input", { type: "radio", name, id, value: String(key), checked: value === key, on: { click: pressed } }), h("label", { for: id }, h("span", {}, text), hint && h("small", {}, hint)));
  };
  return h("fieldset", { class: "field", "data-field": name }, h("legend", {}, title, required && h("span", { class: "needed" }, t("field.needed"))), h("div", { class: "picks" }, options.map(choice)));
}

/** A field of text. */
export function text(title, value, typed, { rows = 3, required = false, name = "", hint = null } = {}) {
  const id = fresh();
  const input = h("textarea", { id, rows, maxlength: plan().policy.text_characters ?? 2000, "data-field": name, on: { input: () => typed(input.value) } });
  input.value = value ?? "";
  return h("div", { class: "field" }, h("label", { for: id }, title, required && h("span", { class: "needed" }, t("field.needed"))), hint && h("p", { class: "quiet" }, hint), input);
}

function numeric(question, value, typed) {
  const id = fresh();
  const input = h("input", { type: "number", id, inputmode: "decimal", step: "any", on: { input: () => typed(input.value === "" ? null : Number(input.value)) } });
  input.value = value ?? "";
  return h("div", { class: "field" }, h("label", { for: id }, label(question.label), question.unit ? ` (${label(question.unit)})` : ""), input);
}

/** The checklist of the class of an element. */
export function checklist(draft, save) {
  const element = elementOf(draft.element);
  const questions = plan().forms[draft.element ? element?.class : FREE] ?? [];
  const answers = draft.values.checklist;
  const set = (key) => (value) => {
    if (value === null || value === "") delete answers[key];
    else answers[key] = value;
    save();
  };
  const ask = {
    yes_no: (q) => pickOne(label(q.label), [[true, t("field.yes")], [false, t("field.no.answer")]], answers[q.key], set(q.key)),
    choice: (q) => pickOne(label(q.label), (q.options ?? []).map((option) => (typeof option === "string" ? [option, option] : [option.key, label(option.label)])), answers[q.key], set(q.key)),
    number: (q) => numeric(q, answers[q.key], set(q.key)),
    text: (q) => text(label(q.label), answers[q.key], set(q.key), { rows: 2 }),
  };
  return questions.map((question) => (ask[question.type] ?? ask.text)(question));
}

/** Whether an answer points to a problem that should be reported. */
export function alarms(draft) {
  const questions = plan().forms[draft.element ? elementOf(draft.element)?.class : FREE] ?? [];
  const said = { true: "yes", false: "no" };
  return questions.some(({ key, alarm }) => alarm && (said[draft.values.checklist[key]] ?? draft.values.checklist[key]) === alarm);
}

/** What a matter is about; what fits the element comes first. */
export function category(draft, save) {
  const kind = elementOf(draft.element)?.class;
  const fits = (one) => (kind && one.classes?.includes(kind) ? 0 : 1);
  const all = [...plan().categories].sort((a, b) => fits(a) - fits(b));
  const options = all.map((one) => [one.key, label(one.label), t("field.mend_within", { n: one.mend_days })]);
  return pickOne(t("field.category"), options, draft.values.category, (key) => {
    draft.values.category = key;
    save();
  }, { name: "category", required: true });
}

/** To whom, and until when. */
export function assignment(draft, save) {
  const [who, when] = [fresh(), fresh()];
  const people = [...plan().people];
  const select = h("select", { id: who, "data-field": "assignee", on: { change: () => {
    draft.values.assignee = select.value || undefined;
    save();
  } } }, h("option", { value: "" }, t("field.choose")), people.map(([account, name]) => h("option", { value: account, selected: draft.values.assignee === account }, name === account ? account : `${name} (${account})`)));
  const date = h("input", { type: "date", id: when, "data-field": "due", on: { input: () => {
    draft.values.due_at = date.value ? new Date(`${date.value}T23:59:59`).toISOString() : undefined;
    save();
  } } });
  if (draft.values.due_at) date.value = draft.values.due_at.slice(0, 10);
  return [h("div", { class: "field" }, h("label", { for: who }, t("field.assign_to"), h("span", { class: "needed" }, t("field.needed"))), select), h("div", { class: "field" }, h("label", { for: when }, t("field.until")), date)];
}

/** Which of several changes is to count. */
export function settle(draft, matter, save) {
  const options = matter.sides.map(({ head, standing }) => {
    const event = matter.changes.find((each) => each.id === head);
    return [head, `${kindName(event.kind)} → ${t(`field.status.${standing.status}`)}`, `${personName(event.author)}, ${moment(event.made_at)}${event.body.notes || event.body.reason ? `: ${event.body.notes || event.body.reason}` : ""}`];
  });
  return pickOne(t("field.keep_which"), options, draft.values.keep, (key) => {
    draft.values.keep = key;
    save();
  }, { name: "keep", required: true });
}
