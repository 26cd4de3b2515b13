// Files in and out: an assignment or drawn polygons come in as a suggestion, plans go out in seven formats.

import { busy, h, notice } from "../app/dom.js";
import { knows, number, t } from "../app/words.js";
import { button, field, open, trouble } from "./dialogs.js";
import { desk, mayEdit } from "./desk.js";
import { isIdle, take } from "./queue.js";
import { exportFile, importFile } from "./service.js";
import { say } from "./refusals.js";
import { show } from "./suggestion.js";
import { waitFor } from "./wait.js";

/** Kinds of file that plans go out in; an inspector gets none that names households. */
export const FORMATS = ["gpkg", "geojson", "shp", "kml", "xlsx", "csv"];
/** Formats that name households. */
const RESTRICTED = new Set(["csv"]);
const KINDS = { assignment: ".csv,.tsv,.xlsx", polygons: ".gpkg,.geojson,.json,.zip" };
const DATUMS = ["WGS84", "CGCS2000", "GCJ02", "BD09"];
const MOST_ERRORS = 200;

/** Choose a format; the file is fetched first, so that a refusal can be told. */
export async function showExport() {
  const chosen = await open(t("export.title"), (close) => {
    const which = h("select", {}, [["", "export.draft"], ["published", "export.published"]].map(([value, key]) => h("option", { value }, t(key))));
    const choice = (format) => h("button", { type: "button", class: "row", "data-format": format, on: { click: () => close({ format, version: which.value }) } }, h("span", { class: "row-name" }, t(`export.${format}`)), h("span", { class: "row-more" }, t(`export.${format}_note`)), RESTRICTED.has(format) ? h("span", { class: "trouble" }, t("export.restricted")) : null);
    const formats = FORMATS.filter((format) => mayEdit() || format !== "csv");
    return [field(t("export.which"), which), h("ul", { class: "list" }, formats.map((format) => h("li", {}, choice(format))))];
  });
  if (!chosen) return;
  try {
    const { area } = desk.model;
    const answer = await waitFor(t("export.wait"), (signal) => exportFile(chosen.format, area.code, chosen.version, signal));
    if (!answer) return;
    const { blob } = answer;
    const name = fileName(area, chosen, answer.name);
    const link = h("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    notice(t("export.done", { file: name }));
  } catch (error) {
    say(error);
  }
}

/** What a file is of stands in its name: the area, and which of its states. */
function fileName(area, { version }, told) {
  const suffix = told.includes(".") ? told.slice(told.indexOf(".")) : "";
  const state = t(version ? "export.published" : "export.draft");
  const day = new Date().toLocaleDateString("sv-SE");
  return `${[area.name, area.code, state, day].join("-").replace(/[\\/:*?"<>|\s]+/g, "_")}${suffix}`;
}

/** Choose a file; what it would change is shown before anything is stored. */
export async function showImport() {
  if (!mayEdit()) return notice(t("read_only"), { error: true });
  if (!isIdle()) return notice(t("queue.first"), { error: true });
  const chosen = await open(t("import.title"), (close) => {
    const kind = h("select", {}, Object.keys(KINDS).map((name) => h("option", { value: name }, t(`import.${name}`))));
    const file = h("input", { type: "file", required: true, accept: KINDS.assignment });
    const note = h("p", { class: "quiet" }, t("import.assignment_note"));
    kind.addEventListener("change", () => {
      file.accept = KINDS[kind.value];
      note.textContent = t(`import.${kind.value}_note`);
    });
    const datum = h("select", {}, h("option", { value: "" }, t("import.datum_own")), DATUMS.map((name) => h("option", { value: name }, name)));
    const datums = field(t("import.datum"), datum, t("import.datum_note"));
    datums.hidden = true;
    kind.addEventListener("change", () => (datums.hidden = kind.value !== "polygons"));
    const read = () => ({ kind: kind.value, file: file.files[0], datum: kind.value === "polygons" ? datum.value : "" });
    const form = h("form", { on: { submit: (event) => ask(event, form, read(), close) } });
    form.append(field(t("import.kind"), kind), note, field(t("import.file"), file), datums, h("p", { class: "buttons" }, h("button", { type: "submit", class: "main" }, t("import.preview")), button(t("cancel"), () => close())));
    return form;
  });
  if (chosen) suggestImport(chosen);
  return undefined;
}

async function ask(event, form, source, close) {
  event.preventDefault();
  const revision = desk.model.revision;
  try {
    const answer = await waitFor(t("import.wait"), (signal) => importFile(desk.area, revision, source, { preview: true, signal }));
    if (answer) close({ source, revision, answer });
  } catch (error) {
    trouble(form, error.message);
    const rows = error.body?.errors;
    if (rows?.length) form.append(errorList(rows));
  }
}

function errorList(errors) {
  return h(
    "details",
    { class: "row-errors", open: errors.length < 8 },
    h("summary", {}, t("import.errors", { n: number(errors.length) })),
    h("ul", { class: "list" }, errors.slice(0, MOST_ERRORS).map((one) => h("li", {}, h("b", {}, t("import.row", { n: one.row })), ` ${whyNot(one)}`))),
  );
}

/** Why a row was not taken, in the language of the reader where the reason has a name. */
const whyNot = ({ code, fields, reason }) => (knows(`import.why.${code}`) ? t(`import.why.${code}`, fields ?? {}) : reason);

function suggestImport({ source, revision, answer }) {
  const { file } = source;
  const errors = answer.errors ?? [];
  show(answer, {
    label: t("import.of", { file: file.name }),
    note: h("div", {}, h("p", {}, t("import.placed", { n: number(answer.placed ?? 0) })), errors.length ? errorList(errors) : null),
    accept: async () => {
      try {
        take(await busy(importFile(desk.area, revision, source, { preview: false })));
        notice(t("import.done", { file: file.name }));
      } catch (error) {
        say(error);
      }
    },
  });
}
