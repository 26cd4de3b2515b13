// One matter: how it stands, what may be done, its history, and changes that stand side by side.

import { h } from "../app/dom.js";
import { t } from "../app/words.js";
import { KINDS, maySettle, offered } from "./matters.js";
import { atTimes, refill } from "./redraw.js";
import { block, categoryName, chip, kindName, moment, personName, reasonText, thumb, warn } from "./say.js";
import { photoAddress } from "./service.js";
import { all, get } from "./db.js";
import { showPicture } from "./dialogs.js";
import { on, state } from "./state.js";
import { allMatters, matterChips, placeName } from "./view_matters.js";

let shown = null;
const copies = new Map();

/** A photo: from the phone where it has one, else from the service while there is signal. */
function photo(id, number) {
  const text = t("field.photo.n", { n: number });
  const own = state.photos.find((each) => each.id === id);
  const box = h("span", { class: "photo" });
  const small = own?.thumb ?? copies.get(id);
  if (small) box.append(h("button", { type: "button", "aria-label": text, "data-key": `photo ${id}`, on: { click: () => showLarge(id, text) } }, thumb(small, "")));
  else box.append(h("span", { class: "no-photo" }, t("field.photo.later")));
  return box;
}

/** Show a photo as large as the phone has it; as the service has it where the phone keeps none. */
async function showLarge(id, text) {
  showPicture((await get("blobs", id))?.blob ?? copies.get(id) ?? photoAddress(id), text);
}

/** Take the copies of others' photos that are on the phone. */
async function findCopies() {
  const before = copies.size;
  for (const { id, blob } of await all("seen")) if (!copies.has(id)) copies.set(id, blob);
  if (copies.size !== before) draw();
}

const photosOf = (event) => (event.body.photos?.length ? h("div", { class: "photos" }, event.body.photos.map((id, i) => photo(id, i + 1))) : null);

function said({ body }) {
  return [
    body.assignee ? h("p", {}, t("field.to", { name: personName(body.assignee) }), body.due_at ? ` · ${t("field.due_by", { day: moment(body.due_at) })}` : "") : null,
    body.reason ? h("p", {}, h("b", {}, t("field.reason")), " ", body.reason) : null,
    body.notes ? h("p", { class: "note" }, body.notes) : null,
  ];
}

function change(event, matter) {
  return h(
    "li",
    { class: matter.aside.has(event.id) ? "aside" : null },
    h("p", { class: "change" }, h("b", {}, kindName(event.kind)), " ", personName(event.author), " ", h("span", { class: "quiet" }, moment(event.made_at)), " ", event.local === "new" ? chip(t("field.unsent.one"), "due") : event.local === "waiting" ? chip(t("field.waiting.one"), "due") : null, matter.aside.has(event.id) ? chip(t("field.set_aside")) : null),
    said(event),
    photosOf(event),
  );
}

/** What may be done after one head. */
function deeds(matter, head) {
  return h("div", { class: "deeds two" }, offered(matter, head, state.me).map((kind, i) => h("a", { class: `deed ${i ? "" : "main"}`, href: `#new/${kind}/${matter.id}/${head}`, "data-key": `${kind} ${head}` }, t(`field.do.${kind}`))));
}

function side(matter, { head, standing }) {
  const event = matter.changes.find((each) => each.id === head);
  return h("li", { class: "side" }, h("p", {}, chip(t(`field.status.${standing.status}`), "due")), h("p", { class: "change" }, h("b", {}, kindName(event.kind)), " ", personName(event.author), " ", h("span", { class: "quiet" }, moment(event.made_at))), said(event), photosOf(event), deeds(matter, head));
}

function draw() {
  const { node, id } = shown ?? {};
  if (!node?.isConnected) return;
  const matter = allMatters().get(id);
  if (!matter) {
    refill(node, warn(t("field.matter_gone")));
    return;
  }
  const { found, shown: standing } = matter;
  const refused = state.rows.filter((row) => row.status === "refused" && KINDS.has(row.event.kind) && row.event.matter === id);
  refill(
    node,
    h("p", { class: "line-chips" }, matterChips(matter)),
    placeName(found) && h("p", { class: "lead" }, placeName(found)),
    standing.assignee && h("p", {}, t("field.assignee", { name: personName(standing.assignee) })),
    refused.map((row) => warn([h("b", {}, kindName(row.event.kind)), " ", reasonText(row.reason), " ", h("a", { href: "#outbox" }, t("field.see_outbox"))], "alarm")),
    matter.conflict
      ? block(t("field.conflict.title"), h("p", {}, t("field.conflict.text")), h("ul", { class: "sides" }, matter.sides.map((each) => side(matter, each))), maySettle(matter, state.me) ? h("a", { class: "deed main", href: `#new/resolved/${matter.id}`, "data-key": "settle" }, t("field.do.resolved")) : h("p", { class: "quiet" }, t("field.conflict.office")))
      : deeds(matter, matter.heads[0]),
    h("p", {}, h("a", { class: "deed", href: `#map/@${found.body.lon},${found.body.lat}`, "data-key": "map" }, t("field.on_map"))),
    block(t("field.history"), h("ol", { class: "history" }, [...matter.changes].reverse().map((event) => change(event, matter)))),
  );
}

on("changed", atTimes(draw));
on("sync", () => shown?.node.isConnected && findCopies());

export function show(main, id) {
  const node = h("div", { class: "view" });
  main.replaceChildren(node);
  shown = { node, id };
  draw();
  findCopies();
  const matter = allMatters().get(id);
  return { title: matter ? categoryName(matter.found.body.category) : t("field.matter"), tab: "matters", back: "#matters" };
}
