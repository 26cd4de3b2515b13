// Publishing: what stands against it, and a name for what is published.

import { busy, fill, h, notice } from "../app/dom.js";
import { number, t } from "../app/words.js";
import { button, field, open, trouble } from "./dialogs.js";
import { desk, emit, put } from "./desk.js";
import { faultText } from "./faults.js";
import { isIdle } from "./queue.js";
import { askAreas, askProblems, askVersions, publish } from "./service.js";
import { say } from "./refusals.js";
import { gridLabel } from "./say.js";

/** Ask what stands against publishing an area, or all of them, and publish. Returns whether it was done. */
export async function showPublish(area = null) {
  if (area && !isIdle()) {
    notice(t("queue.first"), { error: true });
    return false;
  }
  let first;
  let problems;
  let names;
  try {
    first = (await busy(askVersions())).versions.length === 0;
    if (first && desk.me.prefix) {
      await open(t("top.publish"), (close) => [h("p", {}, t("publish.first_whole")), h("p", { class: "buttons" }, button(t("close"), () => close(), { class: "main", autofocus: true }))]);
      return false;
    }
    names = new Map((await busy(askAreas())).areas.map(({ code, name }) => [code, name]));
    // the first version holds everything
    problems = await problemsOf(first ? null : area);
  } catch (error) {
    say(error);
    return false;
  }
  const title = area ? t("publish.title", { name: desk.model.area.name }) : t("publish.title_all");
  const answer = await open(title, (close) => {
    const holder = h("div", {});
    draw(holder, { area, first, all: first || !area, problems, names }, close);
    return holder;
  });
  if (answer?.fault) goTo(answer.fault);
  if (answer?.version) notice(t("publish.done", { n: answer.version }));
  return Boolean(answer?.version);
}

const problemsOf = async (area) => (await busy(askProblems(area ? [area] : undefined))).problems;

function goTo(fault) {
  if (fault.area !== desk.area) {
    location.hash = `area=${fault.area}`;
    return;
  }
  if (fault.level) put({ level: fault.level });
  put({ target: fault.grid ?? null });
  const grid = desk.model.grids.get(fault.grid);
  if (grid?.bounds) emit("show", grid.bounds);
}

/** Where a fault is: the area by its name, unless one is in it, and the grid. */
function placeOf({ area, grid }, names) {
  const own = area === desk.area;
  const short = own || !grid ? null : grid.slice(area.length).replace(/^(\d{3})(\d{2})?(\d{2})?$/, (_, ...parts) => parts.slice(0, 3).filter(Boolean).join("·"));
  return [own && grid ? null : `${names.get(area) ?? ""} ${area}`.trim(), own && grid ? gridLabel(grid) : short].filter(Boolean).join(" · ");
}

function list({ problems, names }, close) {
  return h(
    "ul",
    { class: "list problems" },
    problems.slice(0, 100).map((one) => h("li", {}, h("button", { type: "button", class: "row", on: { click: () => close({ fault: one }) } }, h("span", { class: "row-name" }, placeOf(one, names), " ", h("span", { "aria-hidden": "true" }, "›")), h("span", { class: "row-why" }, one.kind ? faultText(one) : (one.detail ?? ""))))),
  );
}

/** Choose between this area and all of them, where there is a choice. */
function scope(holder, state, close) {
  if (state.first) return h("p", { class: "quiet" }, t("publish.first"));
  if (!state.area) return null;
  const select = h("select", { id: "publish-scope" }, [["one", "publish.one"], ["all", "publish.all"]].map(([value, key]) => h("option", { value }, t(key))));
  select.value = state.all ? "all" : "one";
  select.addEventListener("change", async () => {
    const all = select.value === "all";
    const problems = await problemsOf(all ? null : state.area).catch((error) => (say(error), state.problems));
    draw(holder, { ...state, all, problems }, close);
    holder.querySelector("select").focus();
  });
  return field(t("publish.scope"), select);
}

function draw(holder, state, close) {
  const { problems } = state;
  if (problems.length) {
    fill(holder, scope(holder, state, close), h("p", { class: "trouble", role: "alert" }, t("publish.problems", { n: number(problems.length) })), list(state, close), h("p", { class: "buttons" }, button(t("close"), () => close())));
    return;
  }
  const name = h("input", { type: "text", name: "version", required: true, maxlength: 120, autofocus: true });
  const note = h("textarea", { rows: 3, maxlength: 1000 });
  const form = h(
    "form",
    { on: { submit: (event) => send(event, { holder, form, name, note, state, close }) } },
    scope(holder, state, close),
    h("p", { class: "fine" }, t("publish.fine")),
    field(t("publish.name"), name),
    field(t("publish.note"), note),
    h("p", { class: "buttons" }, h("button", { type: "submit", class: "main" }, t("publish.do")), button(t("cancel"), () => close())),
  );
  fill(holder, form);
}

async function send(event, { holder, form, name, note, state, close }) {
  event.preventDefault();
  try {
    const answer = await busy(publish({ name: name.value.trim(), note: note.value.trim(), areas: state.all ? null : [state.area] }));
    close({ version: answer.version });
  } catch (error) {
    const problems = error.body?.problems;
    if (problems?.length) draw(holder, { ...state, problems }, close);
    else trouble(form, error.message);
  }
}
