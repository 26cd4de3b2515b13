// Drawing a view again under somebody's finger or focus: what is the same stays, and nothing changes while a finger is down.

const FOCUSABLE = "a, button, input, select, textarea";
const CLICK = 60;

const later = new Map();
let pressed = false;

const nameOf = (node) => node.dataset.key ?? node.getAttribute("href") ?? node.getAttribute("aria-label") ?? node.textContent;

function lift() {
  // the click comes after the finger
  setTimeout(() => {
    pressed = false;
    const waiting = [...later];
    later.clear();
    for (const [node, children] of waiting) if (node.isConnected) replace(node, children);
  }, CLICK);
}

document.addEventListener("pointerdown", () => (pressed = true), { capture: true });
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, lift, { capture: true });

function replace(node, children) {
  const focus = node.contains(document.activeElement) ? document.activeElement.closest(FOCUSABLE) : null;
  const name = focus && nameOf(focus);
  const old = [...node.childNodes];
  children.forEach((child, i) => {
    if (i >= old.length) node.append(child);
    else if (!old[i].isEqualNode(child)) old[i].replaceWith(child);
  });
  for (const gone of old.slice(children.length)) gone.remove();
  if (focus && !focus.isConnected) [...node.querySelectorAll(FOCUSABLE)].find((each) => nameOf(each) === name)?.focus({ preventScroll: true });
}

const PAUSE = 120;

/** Let something that is called often be done once in a while. */
export function atTimes(run) {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    setTimeout(() => {
      due = false;
      run();
    }, PAUSE);
  };
}

/** Replace what a view shows; the focus stays on what is called the same. */
export function refill(node, ...given) {
  const children = given.flat(Infinity).filter(Boolean);
  if (pressed && node.childNodes.length) later.set(node, children);
  else {
    later.delete(node);
    replace(node, children);
  }
}
