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
    _take(upserts, deletes, "units", _units(ground, before, apart, after), _units(ground, after, apart, before))
    codes = [_grids(ground, this, apart, that) for this, that in ((before, after), (after, before))]
    touched = [one | other for one, other in zip(*codes, strict=True)]
    old, new = (grids_rows(ground, state, _among(view_of(ground, state), touched)) for state in (before, after))
    _take(upserts, deletes, "grids", old, new)
    _take(upserts, deletes, "exceptions", exceptions_rows(ground, before), exceptions_rows(ground, after))
    if apart.any():
        _take(upserts, deletes, "areas", area_row(ground, before), area_row(ground, after))
    if ground.odd.any():
        _always(ground, after, upserts)
    units = [household_units(ground, state) for state in (before, after)]
    moved = units[0] != units[1]
    households = None
    if moved.any():
        households = pd.DataFrame({"id": ground.household_ids[moved], "unit_id": units[1][moved]}, dtype="str")
    return Delta(upserts, deletes, households)


def _take(upserts: dict[str, Any], deletes: dict[str, list[tuple[Any, ...]]], table: str, old: Any, new: Any) -> None:
    """Compare the rows of a table that may differ."""
    key = TABLES[table].key[0]
    at = pd.Index(old[key]).get_indexer(new[key])
    differs = at < 0
    both = np.flatnonzero(~differs)
    for column in TABLES[table].column_names:
        if not len(both):
            break
        was, now = old[column].iloc[at[both]], new[column].iloc[both]
        if column == "geom":
            here, there = np.asarray(was, dtype=object), np.asarray(now, dtype=object)
            same = np.array([a is b for a, b in zip(here, there, strict=True)], dtype=bool)
            some = np.flatnonzero(~same)
            same[some] = shapely.equals_exact(shapely.normalize(here[some]), shapely.normalize(there[some]), 0)
        else:
            a, b = (values.astype(object).where(values.notna(), None).to_numpy() for values in (was, now))
            same = a == b
        differs[both[~same]] = True
    if differs.any():
        upserts[table] = new[differs].reset_index(drop=True)
    gone = ~old[key].isin(new[key]).to_numpy(dtype=bool)
    if gone.any():
        deletes[table] = [(str(value),) for value in old[key][gone]]


def _units(ground: Ground, state: AreaState, apart: Bools, other: AreaState) -> Any:
    """Return the rows of units that may be different in another state."""
    runs, view, that = runs_of(ground, state), view_of(ground, state), view_of(ground, other)
    starts = starts_of(runs)
    wanted = apart[np.searchsorted(ground.first_atom, starts, side="right") - 1]
    codes, others = (np.array(v.codes[-1], dtype=object)[v.labels[-1][starts]] for v in (view, that))
    return units_rows(ground, state, wanted | (codes != others))


def _grids(ground: Ground, state: AreaState, apart: Bools, other: AreaState) -> list[set[str]]:
    """Return, for each level, the codes of grids that may be different in another state."""
    view, that = view_of(ground, state), view_of(ground, other)
    touched = apart[ground.cell_of]
    wanted = []
    for level in range(ground.depth):
        mine = np.zeros(len(view.codes[level]), dtype=bool)
        codes, others = (np.array(v.codes[level], dtype=object)[v.labels[level]] for v in (view, that))
        mine[view.labels[level][touched | (codes != others)]] = True
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


def _always(ground: Ground, after: AreaState, upserts: dict[str, Any]) -> None:
    """Add the rows that the store holds otherwise than they are cut now."""
    runs, view = runs_of(ground, after), view_of(ground, after)
    wanted = ground.odd[np.searchsorted(ground.first_atom, starts_of(runs), side="right") - 1]
    touched = ground.odd[ground.cell_of]
    grids = []
    for level in range(ground.depth):
        mine = np.zeros(len(view.codes[level]), dtype=bool)
        mine[view.labels[level][touched]] = True
        grids.append(mine)
    for table, rows in (
        ("units", units_rows(ground, after, wanted)),
        ("grids", grids_rows(ground, after, grids)),
        ("areas", area_row(ground, after)),
    ):
        key = TABLES[table].key[0]
        known = upserts.get(table)
        more = rows if known is None else rows[~rows[key].isin(known[key])]
        upserts[table] = more if known is None else pd.concat([known, more], ignore_index=True)
