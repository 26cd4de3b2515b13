"""What changes in the tables between two states: only rows that really differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.edit.shapes import cells_apart, cuts_of
from geo_grid.edit.tables import (
    area_row,
    exceptions_rows,
    framed,
    grids_rows,
    household_units,
    units_rows,
)
from geo_grid.edit.view import runs_of, starts_of, view_of
from geo_grid.schema import TABLES
from geo_grid.store.delta import Delta

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.state import AreaState
    from geo_grid.edit.view import View

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Rows = dict[str, NDArray[np.object_]]


def delta_of(ground: Ground, before: AreaState, after: AreaState) -> Delta:
    """Return what changes in the tables of an area between two of its states.

    Parameters
    ----------
    ground : Ground
        The area.
    before, after : AreaState
        The states.

    Returns
    -------
    Delta
        Rows that differ, keys of rows that go, and households whose unit changed; empty tables are left out. Rows of
        cells that the store has cut otherwise (``ground.odd``) are always in it.
    """
    one, other = (cuts_of(ground, runs_of(ground, state)) for state in (before, after))
    apart = cells_apart(ground, one, other) | ground.odd
    upserts: dict[str, Any] = {}
    deletes: dict[str, list[tuple[Any, ...]]] = {}
    codes = [_grids(ground, this, apart, that) for this, that in ((before, after), (after, before))]
    touched = [mine | theirs for mine, theirs in zip(*codes, strict=True)]
    views = [view_of(ground, state) for state in (before, after)]
    tables = {
        "units": [_units(ground, before, apart, after), _units(ground, after, apart, before)],
        "grids": [
            grids_rows(ground, state, _among(view, touched)) for state, view in zip((before, after), views, strict=True)
        ],
        "exceptions": [exceptions_rows(ground, before), exceptions_rows(ground, after)],
        "areas": [area_row(ground, before), area_row(ground, after)],
    }
    for table, (old, new) in tables.items():
        differs, gone = _compared(table, old, new)
        if ground.odd.any() and table != "exceptions":
            differs |= _stale(ground, after, table, new)
        if differs.any():
            upserts[table] = framed(ground, table, {name: values[differs] for name, values in new.items()})
        if gone:
            deletes[table] = [(code,) for code in gone]
    return Delta(upserts, deletes, _rehoused(ground, before, after))


def _rehoused(ground: Ground, before: AreaState, after: AreaState) -> pd.DataFrame | None:
    """Return the households whose unit changed."""
    units = [household_units(ground, state) for state in (before, after)]
    moved = units[0] != units[1]
    if not moved.any():
        return None
    return pd.DataFrame({"id": ground.household_ids[moved], "unit_id": units[1][moved]}, dtype="str")


def _compared(table: str, old: Rows, new: Rows) -> tuple[Bools, list[str]]:
    """Say which new rows differ from the old ones of the same key, and which keys are no more."""
    key = TABLES[table].key[0]
    place = {value: at for at, value in enumerate(old[key])}
    at = np.array([place.get(value, -1) for value in new[key]], dtype=np.int64)
    differs = at < 0
    both = np.flatnonzero(~differs)
    for name in TABLES[table].column_names:
        was, now = old[name][at[both]], new[name][both]
        same = np.array([a is b or (name != "geom" and a == b) for a, b in zip(was, now, strict=True)], dtype=bool)
        if name == "geom":
            some = np.flatnonzero(~same)
            same[some] = shapely.equals_exact(shapely.normalize(was[some]), shapely.normalize(now[some]), 0)
        differs[both[~same]] = True
    present = set(new[key])
    return differs, [str(value) for value in old[key] if value not in present]


def _stale(ground: Ground, after: AreaState, table: str, rows: Rows) -> Bools:
    """Mark rows that the store holds otherwise than they are cut now."""
    if table == "areas":
        return np.ones(1, dtype=bool)
    if table == "units":
        stacks = set(ground.stack_ids[ground.odd])
        return np.array([stack in stacks for stack in rows["stack_id"]], dtype=bool)
    view, touched = view_of(ground, after), ground.odd[ground.cell_of]
    codes = {
        names[at] for names, labels in zip(view.codes, view.labels, strict=True) for at in np.unique(labels[touched])
    }
    return np.array([code in codes for code in rows["code"]], dtype=bool)


def _units(ground: Ground, state: AreaState, apart: Bools, other: AreaState) -> Rows:
    """Return the rows of units that may be different in another state."""
    runs, view, that = runs_of(ground, state), view_of(ground, state), view_of(ground, other)
    starts = starts_of(runs)
    wanted = apart[np.searchsorted(ground.first_atom, starts, side="right") - 1]
    return units_rows(ground, state, wanted | _recoded(view, that, -1)[starts])


def _recoded(view: View, that: View, level: int) -> Bools:
    """Mark atoms whose grid has another code in another state."""
    place = {code: at for at, code in enumerate(that.codes[level])}
    there = np.array([place.get(code, -1) for code in view.codes[level]], dtype=np.int64)
    return there[view.labels[level]] != that.labels[level]


def _grids(ground: Ground, state: AreaState, apart: Bools, other: AreaState) -> list[set[str]]:
    """Return, for each level, the codes of grids that may be different in another state."""
    view, that = view_of(ground, state), view_of(ground, other)
    touched = apart[ground.cell_of]
    wanted = []
    for level in range(ground.depth):
        mine = np.zeros(len(view.codes[level]), dtype=bool)
        mine[view.labels[level][touched | _recoded(view, that, level)]] = True
        mine |= _said(ground, view, state, other, level)
        wanted.append({view.codes[level][at] for at in np.flatnonzero(mine)})
    return wanted


def _among(view: View, codes: list[set[str]]) -> list[Bools]:
    """Mark the grids of a state that are among some codes."""
    return [
        np.array([code in mine for code in level], dtype=bool) for level, mine in zip(view.codes, codes, strict=True)
    ]


def _said(ground: Ground, view: View, state: AreaState, other: AreaState, level: int) -> Bools:
    """Mark grids of which names, reasons or verdicts differ."""
    from geo_grid.edit.certify import verdicts

    def said(this: AreaState) -> dict[str, Any]:
        codes = view_of(ground, this).codes[level]
        return {codes[v.grid]: (v.reason, v.violation) for v in verdicts(ground, this) if v.level == level + 1}

    here, there = said(state), said(other)
    return np.array(
        [
            state.names.get(code) != other.names.get(code) or here.get(code) != there.get(code)
            for code in view.codes[level]
        ],
        dtype=bool,
    )
