// What is not sent yet, what waits, what was refused and why, and what has arrived.

import { h } from "../app/dom.js";
import { number, t } from "../app/words.js";
import { ask } from "./dialogs.js";
import { discard, reissue, reopen } from "./make.js";
import { counts, family, held } from "./outbox.js";
import { atTimes, refill } from "./redraw.js";
import { ago, block, button, bytes, categoryName, chip, elementName, kindName, moment, reasonText, thumb, warn, warningText } from "./say.js";
import { elementOf, emit, on, state } from "./state.js";
import { isOffline, sendNow, sync } from "./sync.js";
import { allMatters } from "./view_matters.js";

const SHOWN = 30;
const CLOCK = 120_000;
let node = null;
let byId = new Map(); // photos
let most = SHOWN;

function what({ event }) {
  const { body, kind, matter } = event;
  const found = kind === "found" ? body : allMatters().get(matter)?.found.body;
  const about = found ? categoryName(found.category) : body.element_id ? elementName(elementOf(body.element_id)) : "";
  return [kindName(kind), about].filter(Boolean).join(" · ");
}

function head(row) {
  const photos = row.event.body.photos ?? [];
  const open = photos.map((id) => byId.get(id)).filter(Boolean);
  const sent = open.filter((photo) => photo.state === "sent").length;
  return [
    h("p", { class: "change" }, h("b", {}, what(row)), " ", h("span", { class: "quiet" }, moment(row.event.made_at))),
    row.event.body.notes && h("p", { class: "note" }, row.event.body.notes.slice(0, 120)),
    open.length > 0 && h("p", { class: "quiet" }, t("field.photos_sent", { n: number(sent), all: number(open.length) })),
    open.length > 0 && h("div", { class: "photos" }, open.filter((photo) => photo.thumb).map((photo, i) => thumb(photo.thumb, t("field.photo.n", { n: i + 1 })))),
    row.warnings?.length > 0 && row.warnings.map((warning) => h("p", { class: "quiet" }, t("field.noticed", { text: warningText(warning) }))),
  ];
}

/** What was refused can be mended by hand where it has a form; anything else is said anew, or thrown away. */
const hasForm = ({ event }) => !["photo", "track"].includes(event.kind);

function refused(row) {
  const parts = family(state.rows, row.id).length - 1;
  return h(
    "li",
    { class: "refused" },
    head(row),
    warn([h("b", {}, t("field.refused_because")), " ", reasonText(row.reason), row.reason === "in_future" && row.told_at ? ` ${t("field.server_time", { time: moment(row.told_at) })}` : ""], "alarm"),
    parts > 0 && h("p", { class: "quiet" }, t("field.holds_up", { n: number(parts) })),
    h(
      "div",
      { class: "deeds two" },
      hasForm(row) && button(t("field.mend_it"), async () => {
        const draft = state.drafts.find((each) => each.instead === row.id) ?? (await reopen(row));
        location.hash = `#draft/${draft.id}`;
      }, { look: "main", "data-key": `mend ${row.id}` }),
      // of a photo that was found broken after it had arrived there is nothing left to be sent
      !byId.get(row.id)?.gone && button(t("field.send_again"), async () => {
        await reissue(row.id);
        sync();
      }, { "data-key": `again ${row.id}` }),
      button(t("field.throw_away"), async () => {
        if (await ask(t("field.throw_away"), t("field.throw_away.text"), t("field.throw_away"))) await discard(row.id);
      }, { look: "danger", "data-key": `away ${row.id}` }),
    ),
  );
}

function trouble() {
  const { trouble: kind, running, at, ahead = 0 } = state.sync;
  if (running) return h("p", { class: "quiet" }, t("field.sending"));
  const clock = Math.abs(ahead) > CLOCK ? warn(t("field.clock_off", { n: number(Math.round(Math.abs(ahead) / 60_000)) }), "alarm") : null;
  if (isOffline()) return [warn(t("field.offline")), clock];
  if (kind?.kind === "signed_out") return h("div", {}, warn(t("field.signed_out")), button(t("field.sign_in"), () => emit("sign-in"), { look: "main", "data-key": "sign-in" }));
  if (kind?.kind === "other") return warn(t("field.other_account", { name: kind.text }), "alarm");
  if (kind?.kind === "full") return warn(t("field.full"), "alarm");
  if (kind) return warn(t("field.failed", { text: kind.text }), "alarm");
  return [at ? h("p", { class: "quiet" }, t("field.last_sent", { ago: ago(at) })) : null, clock];
}

function draw() {
  if (!node?.isConnected) return;
  byId = new Map(state.photos.map((photo) => [photo.id, photo]));
  const n = counts(state.rows, state.photos);
  const stuck = held(state.rows);
  const plain = state.rows.filter(({ event }) => event.kind !== "photo");
  const unsent = new Set(state.photos.filter((photo) => photo.state === "new").map(({ owner }) => owner));
  const refusals = state.rows.filter((row) => row.status === "refused" && !(row.event.kind === "photo" && state.rows.some((other) => other.id === row.event.body.owner_id && other.status === "refused")));
  const open = plain.filter((row) => row.status === "new" && !stuck.has(row.id));
  const waiting = plain.filter((row) => row.status === "waiting");
  const stopped = plain.filter((row) => stuck.has(row.id));
  const half = plain.filter((row) => ["taken", "known"].includes(row.status) && unsent.has(row.id));
  const sent = plain.filter((row) => ["taken", "known"].includes(row.status) && !half.includes(row)).sort((a, b) => (a.event.made_at < b.event.made_at ? 1 : -1));
  const rows = (list, tail = () => null) => [
    h("ul", { class: "outbox" }, list.slice(0, most).map((row) => h("li", {}, head(row), tail(row)))),
    list.length > most &&
      button(t("field.show_more", { n: number(list.length - most) }), () => {
        most += SHOWN;
        draw();
      }),
  ];
  refill(
    node,
    h("p", { class: "lead", id: "unsent-text" }, summary(n)),
    trouble(),
    h("p", {}, button(t("field.send_now"), sendNow, { look: "main", "data-key": "send", disabled: state.sync.running && !isOffline() })),
    refusals.length > 0 && block(t("field.refused", { n: number(refusals.length) }), h("ul", { class: "outbox" }, refusals.map(refused))),
    open.length > 0 && block(t("field.not_sent", { n: number(open.length) }), rows(open)),
    half.length > 0 && block(t("field.photos_open", { n: number(half.length) }), rows(half)),
    waiting.length > 0 && block(t("field.waiting", { n: number(waiting.length) }), h("p", { class: "quiet" }, t("field.waiting.text")), rows(waiting)),
    stopped.length > 0 && block(t("field.held", { n: number(stopped.length) }), h("p", { class: "quiet" }, t("field.held.text")), rows(stopped)),
    sent.length > 0 && block(t("field.sent", { n: number(sent.length) }), rows(sent, () => chip(t("field.sent.one"), "good"))),
  );
}

/** Say in one sentence what is not sent. */
export function summary(n) {
  const parts = [
    n.events && t(n.events === 1 ? "field.count.event" : "field.count.events", { n: number(n.events) }),
    n.photos && t(n.photos === 1 ? "field.count.photo" : "field.count.photos", { n: number(n.photos), size: bytes(n.bytes) }),
    n.waiting && t("field.count.waiting", { n: number(n.waiting) }),
    n.refused && t("field.count.refused", { n: number(n.refused) }),
    n.held && t("field.count.held", { n: number(n.held) }),
  ].filter(Boolean);
  return parts.length ? t("field.unsent", { parts: parts.join(t("field.comma")) }) : t("field.all_sent");
}

const redraw = atTimes(draw);
on("changed", redraw);
on("sync", redraw);

export function show(main) {
  node = h("div", { class: "view" });
  main.replaceChildren(node);
  draw();
  return { title: t("field.outbox"), tab: "outbox" };
}
