// The views of the page: which posts are vacant, rosters in, and who was given household data.

import { busy, fill, h } from "../app/dom.js";
import { number, roleName, t } from "../app/words.js";
import { button, field, moment, select, table } from "../office/say.js";
import { call } from "../office/service.js";
import { reasons } from "./faults.js";

const PAGE = 200;
const level = (row) => t(`people.level.${row.level}`);

const address = (path, values) => {
  const given = Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return `${path}?${new URLSearchParams(given)}`;
};

/** Grids nobody is in charge of, people whose grid is gone, and doubles. */
export async function vacancies() {
  const asked = { prefix: "", on: "" };
  const prefix = field("prefix", t("people.prefix"), h("input", { type: "text", inputmode: "numeric", maxlength: 30 }));
  const on = field("on", t("people.on"), h("input", { type: "date" }));
  const found = h("div", {});
  const look = async () => {
    asked.prefix = prefix.querySelector("input").value.trim();
    asked.on = on.querySelector("input").value;
    try {
      fill(found, await busy(listed(asked)));
    } catch (error) {
      if (error.status === 401) throw error;
      fill(found, h("p", { class: "trouble", role: "alert" }, error.message));
    }
  };
  const filters = h("form", { class: "filters", on: { submit: (event) => { event.preventDefault(); look(); } } }, prefix, on, h("button", { type: "submit", class: "deed" }, t("people.show")));
  fill(found, await listed(asked));
  return [filters, found];
}

async function listed(asked) {
  const [told, twice] = await Promise.all([call("GET", address("people/vacancies", { ...asked, limit: PAGE })), call("GET", address("people/doubles", asked))]);
  const lead = told.total ? t("people.vacancies.lead", { day: told.on, n: number(told.total) }) : t("people.vacancies.none");
  const rows = h("div", {}, vacant(told.vacancies));
  return [
    h("p", { class: "lead" }, lead),
    told.total ? rows : null,
    told.total > told.vacancies.length ? more(rows, told, asked) : null,
    told.gone.length ? [h("h2", {}, t("people.gone")), table(t("people.gone"), [[t("people.grid"), (row) => row.grid_code, "code"], [t("people.role"), (row) => roleName(row.role)], [t("people.who"), (row) => row.name]], told.gone)] : null,
    twice.doubles.length ? [h("h2", {}, t("people.doubles")), table(t("people.doubles"), [[t("people.kind"), (row) => t(`people.kind.${row.kind}`)], [t("people.who"), (row) => row.names.join(t("comma"))], [t("people.codes"), (row) => row.codes.join(" "), "code"]], twice.doubles)] : null,
  ];
}

const vacant = (rows) => table(t("people.tab.vacancies"), [[t("people.grid"), (row) => [h("span", { class: "name" }, row.name || row.code), " ", h("span", { class: "code" }, row.code)]], [t("people.level"), level], [t("people.role"), (row) => roleName(row.role)], [t("people.next"), (row) => row.next_from ?? "–"]], rows);

function more(node, told, asked) {
  const rows = [...told.vacancies];
  const next = button(t("people.more", { n: number(Math.min(PAGE, told.total - rows.length)) }), async () => {
    const page = await busy(call("GET", address("people/vacancies", { ...asked, limit: PAGE, offset: rows.length })));
    rows.push(...page.vacancies);
    fill(node, vacant(rows));
    if (rows.length >= told.total || !page.vacancies.length) next.remove();
    else next.textContent = t("people.more", { n: number(Math.min(PAGE, told.total - rows.length)) });
  });
  return h("p", { class: "pages" }, next);
}

/** Take a roster: first it is checked, then taken. */
export async function roster() {
  const file = h("input", { type: "file", accept: ".csv,.tsv,.xlsx", required: true });
  const kind = select([["staff", t("people.import.staff")], ["organisations", t("people.import.organisations")]], "staff");
  const skip = h("input", { type: "checkbox", id: "skip" });
  const account = h("div", { "aria-live": "polite" });
  const take = button(t("people.import.do"), () => send(false), { class: "deed main", disabled: true });
  const stale = () => {
    take.disabled = true;
    if (account.childNodes.length) fill(account, h("p", { class: "account" }, t("people.import.changed")));
  };
  for (const node of [file, kind, skip]) node.addEventListener("change", stale);

  async function send(preview) {
    if (!file.files.length) {
      fill(account, h("p", { class: "trouble", role: "alert" }, t("people.import.first")));
      return;
    }
    const form = new FormData();
    form.append("file", file.files[0]);
    take.disabled = true;
    try {
      const told = await busy(call("POST", address("people/import", { kind: kind.value, preview: preview ? "1" : "", skip_refused: skip.checked ? "1" : "" }), form));
      fill(account, accounted(told));
      take.disabled = told.stored || told.added === null || !told.taken;
    } catch (error) {
      fill(account, h("p", { class: "trouble", role: "alert" }, error.status === 403 ? t("people.forbidden") : error.message));
    }
  }

  return [
    h("p", { class: "lead" }, t("people.import.lead")),
    h("form", { class: "form", on: { submit: (event) => { event.preventDefault(); send(true); } } }, field("kind", t("people.import.kind"), kind), field("file", t("people.import.file"), file), h("label", { class: "check" }, skip, t("people.import.skip")), h("div", { class: "deeds" }, h("button", { type: "submit", class: "deed" }, t("people.import.check")), take)),
    account,
  ];
}

function accounted(told) {
  const counts = { added: told.added, changed: told.changed, ended: told.ended, kept: told.kept };
  const done = told.added === null ? t("people.import.mend") : t(told.stored ? "people.import.done" : "people.import.would", counts);
  return [
    h("p", { class: "account" }, t("people.import.read", { read: told.read, taken: told.taken, refused: told.refused_total }), " ", done),
    told.notes.map((note) => h("p", { class: "small" }, note)),
    told.refused.length ? table(t("people.import.refused"), [[t("people.import.row"), (row) => number(row.row), "number"], [t("people.import.reason"), (row) => reasons(row.reason).map((text) => h("div", {}, text))]], told.refused) : null,
  ];
}

function deed(what) {
  if (what === "draft") return t("people.log.draft");
  const [word, ...rest] = what.split(" ");
  if (word === "export") return t("people.log.export", { what: rest.join(" ") });
  return word === "import" ? t("people.log.import") : what;
}

/** Who was given household data, newest first. */
export async function log() {
  const entries = [];
  for (let since = 0; ; ) {
    const page = (await call("GET", address("access-log", { since, limit: 2000 }))).accesses;
    entries.push(...page);
    if (page.length < 2000) break;
    since = page.at(-1).id;
  }
  const rows = entries.reverse();
  const drawn = h("div", {});
  let shown = PAGE;
  const draw = () => fill(drawn, table(t("people.tab.log"), [[t("people.log.at"), (row) => moment(row.at), "time"], [t("people.log.account"), (row) => row.account], [t("people.log.what"), (row) => deed(row.what)], [t("people.log.area"), (row) => row.area || t("people.log.city"), "code"]], rows.slice(0, shown)), rows.length > shown ? h("p", { class: "pages" }, button(t("people.more", { n: number(Math.min(PAGE, rows.length - shown)) }), () => { shown += PAGE; draw(); })) : null);
  draw();
  return [h("p", { class: "lead" }, t("people.log.lead")), drawn];
}
