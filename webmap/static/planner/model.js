// One area in memory: its units and grids as the service last told them, and over that what has been painted since.

import { Index, edgesOf, holds, shapeOf, sheetOf } from "./geometry.js";
import { LEVELS, NEW } from "./desk.js";

const keyOf = (level) => `l${level}`;

/** A unit's grids from level 1 down, from the properties of its feature. */
const codesOf = (properties) => LEVELS.map((level) => properties[keyOf(level)] ?? null);

export class Model {
  constructor(answer) {
    this.sheet = sheetOf(answer.area.bounds);
    this.features = new Map();
    this.load(answer);
  }

  /** Take the whole area as the service tells it. */
  load(answer) {
    Object.assign(this, { area: answer.area, comments: answer.comments ?? [] });
    this.levels = new Map(answer.levels.map((level) => [level.level, level]));
    this.grids = new Map(answer.grids.map((grid) => [grid.code, grid]));
    this.colours ??= new Map();
    const before = this.features;
    this.features = new Map(answer.units.features.map((feature) => [feature.properties.id ?? feature.id, feature]));
    const same = before.size === this.features.size && [...this.features].every(([id, feature]) => alike(before.get(id)?.geometry, feature.geometry));
    if (same && this.ids) this.retell();
    else this.lay();
    this.stand(answer);
  }

  /** Take what an edit changed; returns false where shapes changed too, and all must be drawn anew. */
  apply(answer) {
    let reshaped = answer.removed_units?.length > 0;
    for (const id of answer.removed_units ?? []) this.features.delete(id);
    for (const feature of answer.units ?? []) {
      const id = feature.properties.id ?? feature.id;
      const known = this.features.get(id);
      if (!known || !alike(known.geometry, feature.geometry)) reshaped = true;
      this.features.set(id, feature);
    }
    for (const grid of answer.grids ?? []) this.grids.set(grid.code, grid);
    // what is gone counts last: a preview may still tell of it, for its reason went with it
    for (const code of answer.removed_grids ?? []) this.grids.delete(code);
    if (reshaped) this.lay();
    else this.retell();
    this.stand(answer);
    return !reshaped;
  }

  /** Return a model of the area as an answer would have it; this one stays as it is. */
  fork(answer) {
    const twin = Object.assign(Object.create(Model.prototype), this);
    twin.features = new Map(this.features);
    twin.grids = new Map(this.grids);
    twin.apply(answer);
    return twin;
  }

  /** The unit that lies where the middle of a shape is. */
  under({ middle: [x, y] }) {
    for (const unit of this.index.near(x, y, x, y)) if (holds(this.shapes[unit], x, y)) return unit;
    return undefined;
  }

  /** Take the part of an answer that says where the area stands. */
  stand(answer) {
    if (answer.revision !== null && answer.revision !== undefined) this.revision = answer.revision;
    this.head = answer.head ?? this.revision;
    if (answer.faults) this.faults = answer.faults;
    if ("can_undo" in answer) this.canUndo = answer.can_undo;
    if (answer.redo) this.redo = answer.redo;
    this.painted = new Map();
    this.colour();
  }

  /** Lay out shapes, borders and the index anew; units get new numbers. */
  lay() {
    const before = this.ids ?? [];
    this.ids = [...this.features.keys()];
    this.place = new Map(this.ids.map((id, i) => [id, i]));
    // where units went whose number was known before
    this.renumbered = (units) => new Set([...units].map((unit) => this.place.get(before[unit])).filter((unit) => unit !== undefined));
    this.drawn ??= new WeakMap();
    this.shapes = this.ids.map((id) => this.shape(this.features.get(id).geometry));
    this.index = new Index(this.shapes);
    this.edges = edgesOf(this.shapes);
    this.retell();
  }

  shape(geometry) {
    if (!this.drawn.has(geometry)) this.drawn.set(geometry, shapeOf(geometry, this.sheet));
    return this.drawn.get(geometry);
  }

  /** Read households and grids of the units from their features. */
  retell() {
    const properties = this.ids.map((id) => this.features.get(id).properties);
    this.households = Float64Array.from(properties, (unit) => unit.households);
    const codes = properties.map(codesOf);
    this.told = [null, ...LEVELS.map((_, i) => codes.map((row) => row[i]))];
    this.shown = this.told.map((column) => column && [...column]);
    this.totals = [null, ...LEVELS.map((level) => this.sum(level))];
  }

  sum(level) {
    const totals = new Map();
    this.shown[level].forEach((code, unit) => totals.set(code, (totals.get(code) ?? 0) + this.households[unit]));
    return totals;
  }

  /** Levels this area has. */
  get depths() {
    return LEVELS.filter((level) => this.levels.has(level));
  }

  unit(i) {
    return this.features.get(this.ids[i]).properties;
  }

  total(level, code) {
    return this.totals[level].get(code) ?? 0;
  }

  bandOf(level, code) {
    const { low, high } = this.grids.get(code) ?? this.levels.get(level) ?? {};
    return { low: low ?? null, high: high ?? null };
  }

  /** Grids of a level, in the order of their codes. */
  gridsOf(level) {
    return [...this.grids.values()].filter((grid) => grid.level === level).sort((a, b) => (a.code < b.code ? -1 : 1));
  }

  unitsOf(level, code) {
    const found = [];
    this.shown[level].forEach((own, unit) => own === code && found.push(unit));
    return found;
  }

  /** The grid of a level that a grid lies in. */
  above(code, level) {
    let grid = this.grids.get(code);
    while (grid && grid.level > level) grid = this.grids.get(grid.parent);
    return grid?.level === level ? grid.code : null;
  }

  /** Show units in another grid, before anyone has been told. */
  paint(units, level, to) {
    for (const unit of units) {
      if (!this.painted.has(unit)) this.painted.set(unit, LEVELS.map((each) => this.told[each][unit]));
      this.assign(unit, level, to);
      for (let coarser = 1; coarser < level; coarser += 1) {
        const parent = to === NEW ? null : this.above(to, coarser);
        if (parent) this.assign(unit, coarser, parent);
      }
    }
  }

  assign(unit, level, code) {
    const from = this.shown[level][unit];
    if (from === code) return;
    const totals = this.totals[level];
    totals.set(from, totals.get(from) - this.households[unit]);
    totals.set(code, (totals.get(code) ?? 0) + this.households[unit]);
    this.shown[level][unit] = code;
  }

  /** Take painted units back to where the service has them; returns their numbers. */
  wipe(units = [...this.painted.keys()]) {
    for (const unit of units) {
      for (const level of LEVELS) this.assign(unit, level, this.told[level][unit]);
      this.painted.delete(unit);
    }
    return units;
  }

  neighboursOf(level, code) {
    const found = new Set();
    for (const unit of this.unitsOf(level, code)) {
      for (const other of this.edges.neighbours[unit]) found.add(this.shown[level][other]);
    }
    found.delete(code);
    found.delete(null);
    return [...found].sort();
  }

  /** Give each grid a colour that none of its neighbours has, and keep it. */
  colour() {
    for (const level of this.depths) {
      for (const { code } of this.gridsOf(level)) {
        if (this.colours.has(code)) continue;
        const taken = new Set(this.neighboursOf(level, code).map((other) => this.colours.get(other)));
        this.colours.set(code, freeColour(taken, code));
      }
    }
  }
}

/** A colour that is not taken; each grid starts looking elsewhere, so that the first few colours do not stand everywhere. */
function freeColour(taken, code) {
  const start = [...code].reduce((sum, sign) => (sum * 7 + sign.charCodeAt(0)) % 10, 0);
  for (let i = 0; i < 10; i += 1) if (!taken.has((start + i) % 10)) return (start + i) % 10;
  return start;
}

/** Whether two geometries are equal, number by number. */
function alike(a, b) {
  if (a === b) return true;
  if (!a || !b) return false;
  if (Array.isArray(a)) return Array.isArray(b) && a.length === b.length && a.every((part, i) => alike(part, b[i]));
  if (typeof a === "object") return a.type === b.type && alike(a.coordinates, b.coordinates);
  return false;
}
