// The list of areas: how many people live there, what is not in order, what has changed since it was published.

import { busy, byId, fill, h } from "../app/dom.js";
import { currentLanguage, number, t } from "../app/words.js";
import { desk, mayEdit } from "./desk.js";
import { changeOwnPassword } from "./password.js";
import { showPublish } from "./publish.js";
import { askAreas, askVersions, signOut } from "./service.js";
import { languageButtons } from "./tongue.js";

const view = { query: "", only: false };
let areas = [];
/** Whether there is a version: the first one holds all areas. */
let published = false;

const matches = ({ name, code, faults }) => (!view.only || faults > 0) && `${name} ${code}`.toLowerCase().includes(view.query.toLowerCase().trim());

function row(area) {
  const unpublished = area.published_revision === null || area.published_revision === undefined ? (published ? "areas.rebuilt" : "areas.never") : area.published_revision === area.revision ? "areas.same" : "areas.changed";
  return h(
    "tr",
    { "data-area": area.code },
    h("th", { scope: "row" }, h("a", { href: `#area=${area.code}` }, area.name), h("small", { class: "quiet" }, ` ${area.code}`)),
    h("td", {}, t(`kind.${area.kind}`)),
    h("td", { class: "figure" }, number(area.households)),
    h("td", { class: "figure" }, area.faults ? h("span", { class: "badge" }, number(area.faults)) : h("span", { class: "badge fine" }, "0")),
    h("td", {}, h("span", { class: unpublished === "areas.changed" ? "tag changed" : "tag" }, t(unpublished))),
  );
}

function table() {
  const shown = areas.filter(matches).sort((a, b) => (b.faults > 0) - (a.faults > 0) || (a.code < b.code ? -1 : 1));
  if (!shown.length) return h("p", { class: "empty" }, t("areas.nothing"));
  return h(
    "table",
    { class: "areas" },
    h("caption", { class: "unseen" }, t("areas.title")),
    h("thead", {}, h("tr", {}, ["name", "kind", "households", "faults", "state"].map((name) => h("th", { scope: "col" }, t(`areas.${name}`))))),
    h("tbody", {}, shown.map(row)),
  );
}

/** Show the areas that this account may see. */
export async function showAreas(left) {
  const [told, { versions }] = await busy(Promise.all([askAreas(), askVersions()]));
  areas = told.areas;
  published = versions.length > 0;
  const publishAll = async () => {
    if (await showPublish()) await showAreas(left);
  };
  const holder = h("div", { class: "areas-list" });
  const draw = () => fill(holder, table());
  const page = () => {
    document.title = t("plan.title");
    const search = h("input", { type: "search", "aria-label": t("areas.search"), placeholder: t("areas.search"), on: { input: (event) => ((view.query = event.target.value), draw()) } });
    search.value = view.query;
    const only = h("input", { type: "checkbox", id: "only-faults", on: { change: (event) => ((view.only = event.target.checked), draw()) } });
    only.checked = view.only;
    fill(
      byId("root"),
      h(
        "main",
        { class: "areas-page" },
        h("header", {}, h("div", {}, h("h1", {}, t("plan.title")), h("p", { class: "quiet" }, `${desk.me.display || desk.me.name} · ${t(`account.${desk.me.role}`)}${desk.me.prefix ? ` · ${desk.me.prefix}` : ""}`)), mayEdit() ? h("button", { type: "button", class: "main", id: "publish", on: { click: publishAll } }, t("top.publish")) : null, languageButtons(page), h("a", { class: "plain", href: `office/people?lang=${currentLanguage()}` }, t("areas.people")), h("button", { type: "button", class: "plain", "data-deed": "password", on: { click: changeOwnPassword } }, t("password.change")), h("button", { type: "button", class: "plain", on: { click: () => signOut().then(left, left) } }, t("logout"))),
        h("div", { class: "areas-filter" }, search, h("label", { for: "only-faults" }, only, " ", t("areas.only_faults")), h("span", { class: "quiet" }, t("areas.sum", { n: number(areas.length), faults: number(areas.filter(({ faults }) => faults).length) }))),
        holder,
      ),
    );
    draw();
  };
  page();
}
