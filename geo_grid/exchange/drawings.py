"""Grids drawn by hand: polygons of one level or several; each household gets the grid whose polygon holds it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
import shapely

from geo_grid.config import Source
from geo_grid.errors import InputError, UsageError
from geo_grid.exchange.drawn_levels import level_counts, level_of_text, usual_level
from geo_grid.exchange.keys import LONGEST, key_of, new_key
from geo_grid.exchange.loading import loaded, plain_words
from geo_grid.exchange.present import read_present
from geo_grid.exchange.sheets import Sheet, gap_remarks, overlap_remarks
from geo_grid.exchange.takeover import OTHER_GROUP, Draft, finish, foreign_to_group, refuse_given
from geo_grid.read.coordinates import project_geometries
from geo_grid.read.delimited import unique_names
from geo_grid.read.table import Table, column_map

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo_grid.config import Datum
    from geo_grid.exchange.assignment import Assignment
    from geo_grid.exchange.present import Present
    from geo_grid.model import Plan

    Objects = NDArray[np.object_]

Overlaps = Literal["report", "nearer"]

#: Polygons and vertices one import may have: a hundred times the largest community's.
MOST_POLYGONS, MOST_VERTICES = 20_000, 2_000_000


def read_polygons(
    plan: Plan,
    paths: Sequence[str | Path],
    *,
    labels: Sequence[str] | None = None,
    layer: str | None = None,
    crs: str | None = None,
    datum: Datum | None = None,
    encoding: str | None = None,
    level: int | None = None,
    overlaps: Overlaps = "report",
) -> Assignment:
    """Read grids drawn by hand for one area.

    Parameters
    ----------
    plan : Plan
        ``store.area_plan(code, TABLES)`` with :data:`geo_grid.exchange.present.TABLES`: the draft of the area.
    paths : sequence of str or Path
        Files of polygons; several for several levels.
    labels : sequence of str, optional
        Names of the files for messages; their own by default.
    layer : str, optional
        Layer to be read.
    crs : str, optional
        Coordinate system as "EPSG:…", where a file does not say.
    datum : {"WGS84", "CGCS2000", "GCJ02", "BD09"}, optional
        Datum of the coordinates.
    encoding : str, optional
        Encoding of text, where it is not found out.
    level : int, optional
        Level of polygons whose row does not say it; found out by default.
    overlaps : {"report", "nearer"}
        What becomes of a household in polygons of two grids: listed and put with its neighbours, or given to the grid
        whose centre is nearer.

    Returns
    -------
    Assignment
        A grid for every household of the area, and an account of every polygon and every household.

    Raises
    ------
    InputError
        A file cannot be used as a whole.
    UsageError
        There is no such level or rule.
    """
    present = read_present(plan)
    if overlaps not in ("report", "nearer"):
        raise UsageError(f"there is no rule {overlaps!r} for overlaps", mend="Use report or nearer.")
    if level is not None and not 1 <= level <= present.levels:
        raise UsageError(f"area {present.code} has no level {level}", mend=f"It has levels 1 to {present.levels}.")
    asked: dict[str, Any] = {"layer": layer, "encoding": encoding, "datum": datum, "crs": crs}
    names = unique_names([*labels] if labels else [Path(path).name for path in paths])
    sources = [
        Source("polygons", name, str(Path(path).resolve()), **asked) for name, path in zip(names, paths, strict=True)
    ]
    return match_polygons([loaded(source) for source in sources], plan, level=level, overlaps=overlaps)


def match_polygons(
    tables: Sequence[Table], plan: Plan, *, level: int | None = None, overlaps: Overlaps = "report"
) -> Assignment:
    """Give each household of an area the grid whose polygon holds it.

    Parameters
    ----------
    tables : sequence of Table
        Polygons, read with the role "polygons".
    plan : Plan
        As in :func:`read_polygons`.
    level : int, optional
        As in :func:`read_polygons`.
    overlaps : {"report", "nearer"}
        As in :func:`read_polygons`.

    Returns
    -------
    Assignment
        A grid for every household of the area, and an account of every polygon and every household.

    Raises
    ------
    InputError
        There are no polygons, their level is not to be told, or no household lies in any.
    """
    present = read_present(plan)
    label = ", ".join(table.source.label for table in tables)
    drawings = [_read_drawing(table, present) for table in tables]
    if not sum(len(drawing.table) for drawing in drawings):
        raise InputError("there are no polygons", file=label, mend="Deliver at least one")
    if level is None and len(drawings) > 1:
        _levels_of_files(drawings, present)
    for drawing in drawings:
        drawing.find_levels(present, level)
    levels = sorted({n for drawing in drawings for n in drawing.levels_used()})
    if present.given and levels[:1] == [1] and len(levels) > 1:
        for drawing in drawings:
            drawing.leave_given(present)
        levels = levels[1:]
    if not levels:
        first = next(reason for drawing in drawings for reason in drawing.reason if reason is not None)
        raise InputError(f"no polygon can be used; the first: {first}", file=label, mend="Correct the drawing.")
    for n in levels:
        refuse_given(present, n, label)
    names: dict[str, str] = {}
    sheets = {n: Sheet.of([drawing.sheet(present, n, names) for drawing in drawings], n) for n in levels}
    return _assign(present, drawings, sheets, names, overlaps, label)


def _assign(
    present: Present,
    drawings: list[_Drawing],
    sheets: dict[int, Sheet],
    names: dict[str, str],
    overlaps: Overlaps,
    label: str,
) -> Assignment:
    target = max(sheets)
    found = {n: sheet.place(present, nearer=overlaps == "nearer") for n, sheet in sheets.items()}
    found[target].leave_out(foreign_to_group(present, found[target].key), OTHER_GROUP)
    draft = Draft(
        present,
        target,
        key=found[target].key,
        reason=found[target].reason,
        upper={n: _with_parents(sheets, found, n, target) for n in sheets if n < target},
        names=names,
        cells=sheets[target].place_cells(present),
        read=sum(len(drawing.table) + len(drawing.table.broken) for drawing in drawings),
        remarks=[note for drawing in drawings for note in drawing.table.notes],
    )
    for n, sheet in sheets.items():
        for drawing in drawings:
            drawing.refuse_empty(n, sheet, found[n].held())
        draft.remarks += overlap_remarks(sheet, present)
        draft.remarks += gap_remarks(sheet, present)
        if n < target:
            lost = int(pd.isna(found[n].key).sum())
            if lost:
                draft.remarks.append(
                    f"{lost} households lie in no grid of level {n}, or in several; they follow their finer grid"
                )
    draft.errors = [error for drawing in drawings for error in drawing.errors()]
    return finish(draft, label)


def _with_parents(sheets: dict[int, Sheet], found: dict[int, Any], level: int, target: int) -> Objects:
    """Return the grid of each household at a coarser level: what the finer polygon names as parent, else by place."""
    key = np.array(found[level].key, dtype=object)
    finer = min(n for n in sheets if level < n <= target)
    said = sheets[finer].parents
    if finer == level + 1 and said:
        known = set(sheets[level].key)
        named = np.array([said.get(name) for name in found[finer].key], dtype=object)
        good = np.array([name in known for name in named], dtype=bool)
        key[good] = named[good]
    return key


@dataclass(slots=True)
class _Drawing:
    """Polygons of one file; ``reason`` says what is wrong with a row, ``place`` where, in the file's coordinates."""

    table: Table
    columns: dict[str, str]
    shapes: Objects
    reason: Objects
    place: NDArray[np.float64]
    level: NDArray[np.int64]

    def text(self, word: str) -> Objects:
        """Return a column as text, empty where the file has none."""
        if word in self.columns:
            return self.table.text(self.columns[word])
        return np.full(len(self.table), None, dtype=object)

    def refuse(self, row: int, reason: str, at: tuple[float, float] | None = None) -> None:
        """Say what is wrong with a row that nothing is wrong with yet."""
        if self.reason[row] is None:
            self.reason[row] = reason
            if at is not None:
                self.place[row] = at

    def good(self) -> NDArray[np.int64]:
        """Return the rows nothing is wrong with."""
        return np.flatnonzero(pd.isna(self.reason))

    def levels_used(self) -> set[int]:
        """Return the levels of good rows."""
        return {int(n) for n in self.level[self.good()]}

    def find_levels(self, present: Present, level: int | None) -> None:
        """Find the level of each row that does not say it."""
        open_ = self.good()
        open_ = open_[self.level[open_] == 0]
        if not len(open_):
            return
        if level is None:
            level = usual_level(present, self.text("code")[open_], self.text("name")[open_])
        self.level[open_] = level

    def leave_given(self, present: Present) -> None:
        """Put polygons of level 1 aside where it is given, but for those that say what is there already."""
        code = self.text("code")
        for row in self.good():
            if self.level[row] == 1 and code[row] not in present.given:
                self.refuse(
                    int(row), f"level 1 of area {present.code} are its villager groups, which are given and stay"
                )

    def tells_no_level(self, present: Present) -> bool:
        """Tell whether no row says its level, not by a code or a name either."""
        good = self.good()
        known = level_counts(present, self.text("code")[good], self.text("name")[good])
        return len(good) > 0 and not self.level[good].any() and not any(known.values())

    def sheet(self, present: Present, level: int, names: dict[str, str]) -> Sheet:
        """Return the good polygons of one level; names of new grids are added."""
        rows = self.good()
        rows = rows[self.level[rows] == level]
        code, name, parent = (self.text(word)[rows] for word in ("code", "name", "parent"))
        keys, parents = [], {}
        for i, row in enumerate(rows):
            key = _polygon_key(present, code[i], name[i], level, f"{self.table.source.label} {self.table.rows[row]}")
            keys.append(key.key)
            if key.name or (name[i] and name[i] != present.titles.get(key.key)):
                names[key.key] = (name[i] or key.name)[:LONGEST]
            if parent[i] is not None and level > 1:
                parents[key.key] = _polygon_key(present, parent[i], parent[i], level - 1, "").key
        files = np.full(len(rows), self.table.source.label, dtype=object)
        return Sheet(level, self.shapes[rows], np.array(keys, dtype=object), files, self.table.rows[rows], parents)

    def refuse_empty(self, level: int, sheet: Sheet, held: set[str]) -> None:
        """Put polygons aside whose grid holds no household."""
        mine = sheet.file == self.table.source.label
        position = {int(row): i for i, row in enumerate(self.table.rows)}
        for key, row in zip(sheet.key[mine], sheet.row[mine], strict=True):
            if key not in held:
                self.refuse(position[int(row)], f"no household is left to this grid of level {level}")

    def errors(self) -> list[tuple[Any, ...]]:
        """Return what is wrong, row by row."""
        label = self.table.source.label
        bad = np.flatnonzero(~pd.isna(self.reason))
        found: list[tuple[Any, ...]] = [(label, int(self.table.rows[i]), self.reason[i], *self.place[i]) for i in bad]
        found += [(label, int(row), why) for row, why in self.table.broken[["row", "reason"]].itertuples(index=False)]
        return found


def _read_drawing(table: Table, present: Present) -> _Drawing:
    name, shapes = table.source.label, table.geometry
    if shapes is None:
        raise InputError("the file has no geometry", file=name, mend="Deliver polygons, as GeoPackage or Shapefile")
    if len(table) > MOST_POLYGONS or shapely.get_num_coordinates(shapes).sum() > MOST_VERTICES:
        message = f"the file has more than {MOST_POLYGONS} polygons, or {MOST_VERTICES} vertices"
        raise InputError(message, file=name, mend="Deliver the grids of one area")
    columns = column_map(table.source, [str(column) for column in table.frame.columns])
    count = len(table)
    drawing = _Drawing(
        table, columns, np.full(count, None, dtype=object), np.full(count, None, dtype=object),
        np.full((count, 2), np.nan), np.zeros(count, dtype=np.int64),
    )  # fmt: skip
    _refuse_bad_shapes(drawing, shapes)
    good = drawing.good()
    if len(good):
        with plain_words():
            drawing.shapes[good] = project_geometries(table, shapes[good], present.crs)
        _refuse_misplaced(drawing, present, good)
    _read_levels(drawing, present)
    return drawing


def _refuse_bad_shapes(drawing: _Drawing, shapes: Objects) -> None:
    """Say of each polygon that is none, or an invalid one, what is wrong and where; none is repaired."""
    types = shapely.get_type_id(shapes)
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    valid = np.asarray(shapely.is_valid(shapes))
    for row, shape in enumerate(shapes):
        if shape is None or shape.is_empty:
            drawing.refuse(row, "the row has no geometry")
        elif not finite[row]:
            drawing.refuse(row, "a coordinate is not a finite number")
        elif types[row] not in (3, 6):
            drawing.refuse(row, f"a {shape.geom_type}, not a polygon")
        elif not valid[row]:
            why = shapely.is_valid_reason(shape)
            words, _, place = why.partition("[")
            x, _, y = place.rstrip("]").partition(" ")
            drawing.refuse(row, f"the polygon is invalid: {words.strip()}", (float(x), float(y)) if y else None)


def _refuse_misplaced(drawing: _Drawing, present: Present, good: NDArray[np.int64]) -> None:
    """Say of polygons that have nothing to do with the area that they have not."""
    shapely.prepare(present.border)
    bounds = shapely.bounds(drawing.shapes[good])
    valid = np.asarray(shapely.is_valid(drawing.shapes[good]))
    outside = ~np.asarray(shapely.intersects(present.border, drawing.shapes[good]))
    for i, row in enumerate(good):
        if not np.isfinite(bounds[i]).all():
            drawing.refuse(int(row), "the polygon cannot be turned into the plan's coordinate system")
        elif not valid[i]:
            drawing.refuse(int(row), "the polygon is so narrow that it crosses itself in the plan's coordinate system")
        elif outside[i]:
            drawing.refuse(int(row), f"the polygon lies outside area {present.code}")


def _read_levels(drawing: _Drawing, present: Present) -> None:
    if "level" not in drawing.columns:
        return
    texts = drawing.text("level")
    for row in drawing.good():
        if texts[row] is None:
            continue
        level = level_of_text(texts[row])
        if 1 <= level <= present.levels:
            drawing.level[row] = level
        else:
            drawing.refuse(int(row), f"level {texts[row]!r} is none of 1 to {present.levels}")


def _levels_of_files(drawings: list[_Drawing], present: Present) -> None:
    """Tell the levels of several files by the size of their polygons, where there is a file a level."""
    open_ = [drawing for drawing in drawings if drawing.tells_no_level(present)]
    if len(open_) <= 1:
        return
    if len(open_) != present.levels:
        label = ", ".join(drawing.table.source.label for drawing in open_)
        mend = "Give the polygons a column 级别 (level) with 1, 2 or 3."
        raise InputError("the files do not say which levels their grids are of", file=label, mend=mend)
    sizes = [float(np.median(shapely.area(drawing.shapes[drawing.good()]))) for drawing in open_]
    for level, position in enumerate(np.argsort(sizes)[::-1], start=1):
        open_[position].level[open_[position].good()] = level


def _polygon_key(present: Present, code: str | None, name: str | None, level: int, other: str) -> Any:
    """Return the grid of a polygon: by its code where that fits, else by its name, else a new one."""
    if code is not None:
        found = key_of(present, code, level)
        if not found.fault and not found.name:
            return found
    if name is not None and code is None:
        found = key_of(present, name, level)
        if not found.fault:
            return found
    return new_key((code or name or other)[:LONGEST], level)
