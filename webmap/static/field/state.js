// What the page shows, read from what is kept on the phone, and told to whoever draws it.

import { all } from "./db.js";

const hub = new EventTarget();
const tabs = "BroadcastChannel" in window ? new BroadcastChannel("geo-grid-field") : null;

export const state = {
  me: null, // name, display, role, prefix: who this phone was signed in as last
  rows: [], // events made here: {id, event, status, reason, …}
  photos: [],
  drafts: [],
  packages: [],
  known: [], // events of others, and one's own as the service tells them
  round: null, // the round whose track is being kept
  sync: { running: false, trouble: null, at: null, note: "" },
};

export const on = (name, run) => hub.addEventListener(name, ({ detail }) => run(detail));
export const emit = (name, detail = null) => hub.dispatchEvent(new CustomEvent(name, { detail }));

const PLACES = { events: "rows", photos: "photos", drafts: "drafts", packages: "packages", known: "known" };

/** Read again what was written, and say so, here and in other windows. */
export async function changed(...stores) {
  await load(stores);
  tabs?.postMessage({ account: state.me?.name, stores });
}

/** One row is another one now; the rest is as it was, and need not be read again. */
export function patched(store, row) {
  const place = PLACES[store];
  state[place] = state[place].map((each) => (each.id === row.id ? row : each));
  emit("changed");
}

export async function load(stores = Object.keys(PLACES)) {
  const found = await Promise.all(stores.map((store) => all(store)));
  stores.forEach((store, i) => {
    state[PLACES[store]] = found[i];
  });
  index = null;
  emit("changed");
}

tabs?.addEventListener("message", ({ data }) => {
  if (state.me && data.account === state.me.name) load(data.stores).catch(() => null);
});

let index = null;

/** What the packages hold together: elements, grids and duties by id; limits and lists of the newest one. */
export function plan() {
  if (index) return index;
  const ordered = [...state.packages].sort((a, b) => (a.kept_at < b.kept_at ? -1 : 1));
  const [elements, grids, duties, people] = [new Map(), new Map(), new Map(), new Map()];
  for (const { code, body } of ordered) {
    for (const grid of body.grids) grids.set(grid.code, { ...grid, area: code });
    for (const element of body.elements) elements.set(element.id, { ...element, area: code });
    for (const one of body.people ?? []) people.set(one.account, one.display || one.account);
    for (const duty of body.duties) duties.set(`${duty.element_id} ${duty.grid}`, duty);
  }
  const newest = ordered.at(-1)?.body ?? {};
  const forms = Object.assign({}, ...ordered.map(({ body }) => body.forms));
  index = { elements, grids, duties: [...duties.values()], people, forms, categories: newest.categories ?? [], policy: newest.policy ?? {}, version: newest.plan_version ?? 0 };
  return index;
}

export const elementOf = (id) => plan().elements.get(id) ?? null;
export const isOffice = () => ["planner", "administrator"].includes(state.me?.role);
