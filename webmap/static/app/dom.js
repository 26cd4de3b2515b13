// Small helpers for building the page; text is always set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element: attributes by name, `on` for handlers, children as nodes or text. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on") for (const [event, run] of Object.entries(value)) node.addEventListener(event, run);
    else if (name === "colour") node.style.setProperty("--swatch", value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

/** Make an SVG picture that says nothing to a screen reader. */
export function picture(paths, attributes = {}) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", "aria-hidden": "true", ...attributes })) {
    svg.setAttribute(name, value);
  }
  for (const d of [paths].flat()) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

export const byId = (id) => document.getElementById(id);

/** Replace what a node holds. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat(Infinity).filter(Boolean));
  return node;
}

let working = 0;

/** Show that something is being fetched until a promise is settled. */
export function busy(promise) {
  working += 1;
  document.body.classList.add("busy");
  const done = () => {
    working -= 1;
    document.body.classList.toggle("busy", working > 0);
  };
  promise.then(done, done);
  return promise;
}

let noticeTimer = 0;

/** Tell everyone, screen readers too, in one line that goes away by itself. */
export function notice(text, { error = false } = {}) {
  const node = byId("notice");
  node.textContent = text;
  node.classList.toggle("error", error);
  node.classList.add("shown");
  clearTimeout(noticeTimer);
  noticeTimer = setTimeout(() => node.classList.remove("shown"), error ? 9000 : 4000);
}
