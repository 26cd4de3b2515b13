// What is on the desk: who works, on which area, with which tool. Parts of the page hear of every change here.

export const LEVELS = [1, 2, 3];
/** The target that is no grid yet. */
export const NEW = "+";

const empty = () => ({
  model: null,
  map: null,
  painter: null,
  level: 1,
  tool: "pan",
  target: null,
  colour: "grid",
  selection: new Set(),
  suggestion: null,
});

export const desk = { me: null, area: null, brush: 26, ...empty() };
let listeners = new Map();

/** Call `run(detail)` whenever a part of the desk changes, or an event of that name happens. */
export function on(name, run) {
  if (!listeners.has(name)) listeners.set(name, []);
  listeners.get(name).push(run);
}

export function emit(name, detail) {
  for (const run of listeners.get(name) ?? []) run(detail);
}

/** Change parts of the desk, and say so, part by part. */
export function put(patch) {
  const changed = Object.keys(patch).filter((name) => desk[name] !== patch[name]);
  Object.assign(desk, patch);
  for (const name of changed) emit(name, desk[name]);
}

/** Clear the desk for another area; nobody listens any more. */
export function clearDesk() {
  listeners = new Map();
  Object.assign(desk, empty());
}

export const mayEdit = () => desk.me?.role !== "inspector";
