// The hand on the map: brush strokes and boxes by mouse, pen or finger. A second finger ends a stroke and takes it back,
// for two fingers move the map; so do the middle button, and the space bar held down.

/* global L */

import { byId, h } from "../app/dom.js";
import { desk, emit, on } from "./desk.js";
import { pick } from "./palette.js";
import { clearSelection, movable, ready, select, send, showSelection } from "./tools.js";

const hand = { fingers: new Set(), space: false, stroke: null, ring: null, box: null };

export const isStroking = () => hand.stroke !== null;

export function startStrokes() {
  const node = desk.map.getContainer();
  Object.assign(hand, { fingers: new Set(), space: false, stroke: null });
  hand.ring = h("div", { class: "brush-ring", "aria-hidden": "true", hidden: true });
  hand.box = h("div", { class: "drag-box", "aria-hidden": "true", hidden: true });
  byId("stage").append(hand.ring, hand.box);
  const early = { capture: true };
  node.addEventListener("pointerdown", down, early);
  node.addEventListener("pointermove", move, early);
  node.addEventListener("pointerup", up, early);
  node.addEventListener("pointercancel", cancelled, early);
  node.addEventListener("pointerleave", () => (hand.ring.hidden = true));
  for (const name of ["mousedown", "touchstart"]) node.addEventListener(name, shield, { ...early, passive: false });
  node.addEventListener("contextmenu", eyedrop);
  desk.map.on("click", clicked);
  on("tool", () => (hand.ring.hidden = true));
}

/** Whether this press draws, rather than moves the map. */
const draws = () => (desk.tool === "brush" || desk.tool === "rectangle") && !hand.space;

/** Leaflet must not see presses that draw; it sees those of two fingers, and of the middle button. */
function shield(event) {
  if (!draws() || onControl(event)) return;
  if (event.type === "mousedown" && event.button === 0) event.stopPropagation();
  if (event.type === "touchstart" && event.touches.length === 1) {
    event.stopPropagation();
    event.preventDefault();
  }
}

const onControl = (event) => event.target.closest?.(".leaflet-marker-icon, .leaflet-control, button") !== null;

const pointOf = (event) => desk.map.mouseEventToContainerPoint(event);

function down(event) {
  if (event.pointerType === "touch") {
    hand.fingers.add(event.pointerId);
    if (hand.fingers.size > 1) {
      cancelStroke();
      return;
    }
  }
  if (!draws() || event.button !== 0 || onControl(event)) return;
  if (event.altKey && desk.tool === "brush") {
    eyedrop(event);
    return;
  }
  if (desk.tool === "brush" && !ready()) return;
  desk.map.getContainer().setPointerCapture(event.pointerId);
  desk.map.getContainer().focus({ preventScroll: true });
  begin(event);
}

function begin(event) {
  const point = pointOf(event);
  hand.stroke = { tool: desk.tool, pointer: event.pointerId, level: desk.level, target: desk.target, from: point, last: point, away: event.altKey, before: desk.selection, units: new Set() };
  if (desk.tool === "brush") dab([point]);
  else drag(point);
}

function move(event) {
  ring(event);
  const { stroke } = hand;
  if (!stroke || stroke.pointer !== event.pointerId) return;
  event.stopPropagation();
  // a screen shows fewer pictures than a mouse sends places
  const events = event.getCoalescedEvents?.() ?? [];
  const points = (events.length ? events : [event]).map(pointOf);
  if (stroke.tool === "brush") dab(points);
  else drag(points.at(-1));
}

/** Paint along the way of the hand, leaving no gaps where it was fast. */
function dab(points) {
  const { stroke } = hand;
  const found = new Set();
  for (const point of points) {
    const way = point.subtract(stroke.last);
    const steps = Math.max(1, Math.ceil(Math.hypot(way.x, way.y) / desk.brush));
    for (let i = 1; i <= steps; i += 1) {
      for (const unit of desk.painter.at(stroke.last.add(way.multiplyBy(i / steps)), desk.brush)) found.add(unit);
    }
    stroke.last = point;
  }
  const fresh = movable(found, stroke);
  if (fresh.length) {
    for (const unit of fresh) stroke.units.add(unit);
    desk.model.paint(fresh, stroke.level, stroke.target);
    desk.painter.touch(fresh);
  }
  emit("stroke", stroke);
}

function drag(point) {
  const { stroke, box } = hand;
  stroke.last = point;
  const bounds = L.bounds(stroke.from, point);
  box.hidden = false;
  Object.assign(box.style, { transform: `translate(${bounds.min.x}px, ${bounds.min.y}px)`, width: `${bounds.max.x - bounds.min.x}px`, height: `${bounds.max.y - bounds.min.y}px` });
  const [a, b] = [desk.painter.toSheet(bounds.min), desk.painter.toSheet(bounds.max)];
  const { index, shapes } = desk.model;
  const inBox = [...index.near(a.x, a.y, b.x, b.y)].filter((unit) => {
    const [x, y] = shapes[unit].middle;
    return x >= a.x && x <= b.x && y >= a.y && y <= b.y;
  });
  const selection = new Set(stroke.before);
  for (const unit of inBox) stroke.away ? selection.delete(unit) : selection.add(unit);
  showSelection(selection);
  emit("stroke", stroke);
}

function up(event) {
  hand.fingers.delete(event.pointerId);
  const { stroke } = hand;
  if (!stroke || stroke.pointer !== event.pointerId) return;
  event.stopPropagation();
  finish();
}

function finish() {
  const { stroke } = hand;
  hand.stroke = null;
  hand.box.hidden = true;
  emit("stroke", null);
  if (stroke.tool !== "brush") return;
  if (stroke.units.size) send([...stroke.units], stroke.level, stroke.target);
  desk.painter.draw();
}

function cancelled(event) {
  hand.fingers.delete(event.pointerId);
  if (hand.stroke?.pointer === event.pointerId) cancelStroke();
}

/** Go on with a stroke that was under way when an answer came. */
export function repaintStroke(light) {
  const { stroke } = hand;
  if (!stroke) return;
  if (!light) {
    stroke.units = desk.model.renumbered(stroke.units);
    stroke.before = desk.model.renumbered(stroke.before);
  }
  if (stroke.tool === "brush") desk.model.paint(stroke.units, stroke.level, stroke.target);
}

/** Take a stroke back before it counts. */
export function cancelStroke() {
  const { stroke } = hand;
  if (!stroke) return false;
  hand.stroke = null;
  hand.box.hidden = true;
  if (stroke.tool === "brush") {
    desk.model.wipe([...stroke.units]);
    emit("repaint");
    desk.painter.draw();
  } else showSelection(stroke.before);
  emit("stroke", null);
  return true;
}

function ring(event) {
  const shown = desk.tool === "brush" && !hand.space && (event.pointerType !== "touch" || hand.stroke);
  hand.ring.hidden = !shown;
  if (!shown) return;
  const { x, y } = pointOf(event);
  const size = 2 * desk.brush;
  Object.assign(hand.ring.style, { width: `${size}px`, height: `${size}px`, transform: `translate(${x - desk.brush}px, ${y - desk.brush}px)` });
}

/** The space bar turns every tool into a hand while it is down. */
export function holdSpace(held) {
  hand.space = held;
  desk.map.getContainer().classList.toggle("panning", held);
}

function eyedrop(event) {
  event.preventDefault();
  const [unit] = desk.painter.at(pointOf(event));
  if (unit !== undefined) pick(desk.model.shown[desk.level][unit]);
}

/** A plain click: choose a grid, or add a unit to what is selected. */
function clicked(event) {
  if (draws() || desk.map.pm.globalDrawModeEnabled()) return;
  const [unit] = desk.painter.at(event.containerPoint);
  if (desk.tool === "select") {
    if (unit !== undefined) select([unit], { away: desk.selection.has(unit) });
  } else pick(unit === undefined ? null : desk.model.shown[desk.level][unit]);
}

/** Do with the tool in hand what a press in the middle of the map would do: for those who use keys. */
export function pressMiddle() {
  const point = desk.map.getSize().divideBy(2);
  if (desk.tool === "brush") {
    if (!ready()) return;
    const units = movable(desk.painter.at(point, desk.brush));
    if (units.length) send(units, desk.level, desk.target);
  } else clicked({ containerPoint: point });
}

export function escape() {
  if (cancelStroke()) return true;
  if (!desk.selection.size) return false;
  clearSelection();
  return true;
}
