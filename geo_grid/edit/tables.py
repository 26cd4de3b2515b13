"""The rows of an area's tables, as a function of its ground and a state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.cells import dissolve
from geo_grid.edit.certify import verdicts
from geo_grid.edit.shapes import cells_apart, cuts_of, unit_shapes
from geo_grid.edit.view import remembered, runs_of, starts_of, unit_ids, view_of
from geo_grid.plan import LEVELS
from geo_grid.schema import TABLES
from geo_grid.store.frames import conform

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.state import AreaState

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]


def area_tables(ground: Ground, state: AreaState) -> dict[str, Any]:
    """Make the tables of an area.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.

    Returns
    -------
    dict of str to DataFrame
        ``areas``, ``units``, ``grids`` and ``exceptions`` as in the schema, and ``households`` with the columns
        ``id, unit_id``.
    """
    runs = runs_of(ground, state)
    every = np.ones(int(runs[-1]) + 1, dtype=bool)
    return {
        "areas": area_row(ground, state),
        "units": units_rows(ground, state, every),
        "grids": grids_rows(ground, state, [np.ones(len(codes), dtype=bool) for codes in view_of(ground, state).codes]),
        "exceptions": exceptions_rows(ground, state),
        "households": pd.DataFrame(
            {"id": ground.households["id"], "unit_id": household_units(ground, state)}, dtype="str"
        ),
    }


def household_units(ground: Ground, state: AreaState) -> NDArray[np.object_]:
    """Return the unit id of every household, in the order of the atoms.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.

    Returns
    -------
    ndarray of str
        Ids.
    """
    runs = runs_of(ground, state)
    return np.array(unit_ids(ground, starts_of(runs)), dtype=object)[runs[: ground.stacks.n]]


def units_rows(ground: Ground, state: AreaState, wanted: Bools) -> Any:
    """Make rows of the table ``units``.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.
    wanted : ndarray of bool, shape (u,)
        Units that are wanted.

    Returns
    -------
    GeoDataFrame
        Their rows, in the order of their atoms.
    """
    runs, view, atoms = runs_of(ground, state), view_of(ground, state), ground.atoms
    starts = starts_of(runs)[wanted]
    cells = np.zeros(len(ground.stack_ids), dtype=bool)
    cell = np.searchsorted(ground.first_atom, starts, side="right") - 1
    cells[cell] = True
    shapes = unit_shapes(ground, state, cells)[wanted]
    size = np.bincount(runs, atoms.weight, len(wanted)).astype(np.int64)[wanted]
    frame = pd.DataFrame(
        {
            "id": unit_ids(ground, starts),
            "area_code": ground.code,
            **{f"grid_code_l{level}": _codes_at(view, level, starts) for level in LEVELS},
            "households": size,
            "stack_id": ground.stack_ids[cell],
            **_described(ground, runs, wanted),
            "group": ground.group[starts],
            "exclave": (atoms.host[starts] >= 0).astype(np.int64),
            "geom": shapes,
        }
    )
    return conform(TABLES["units"], frame, ground.crs)


def _codes_at(view: Any, level: int, starts: Ints) -> Any:
    if level > len(view.codes):
        return pd.Series([None] * len(starts), dtype="str")
    return np.array(view.codes[level - 1], dtype=object)[view.labels[level - 1][starts]]


def _described(ground: Ground, runs: Ints, wanted: Bools) -> dict[str, Any]:
    """Read each unit's building, entrance and floors off its households, as the build does."""
    count = ground.stacks.n
    mine = wanted[runs[:count]]
    number = (np.cumsum(wanted) - 1)[runs[:count][mine]]
    columns = remembered(ground, ground.base, "columns", lambda: _columns(ground))
    total = int(wanted.sum())
    building, entrance = (_first_of(columns[name][mine], number, total) for name in ("building", "entrance"))
    text = columns["entrance"][mine]
    other = np.zeros(total, dtype=bool)
    known = np.array([value is not None for value in text], dtype=bool)
    other[number[known][text[known] != entrance[number[known]]]] = True
    entrance[other] = None
    floors = columns["floor"][mine]
    low, high = np.full(total, np.inf), np.full(total, -np.inf)
    np.fmin.at(low, number, floors)
    np.fmax.at(high, number, floors)
    return {"building": building, "entrance": entrance, "floor_from": _whole(low), "floor_to": _whole(high)}


def _columns(ground: Ground) -> dict[str, NDArray[Any]]:
    people = ground.households
    text = {name: people[name].astype(object).where(people[name].notna(), None) for name in ("building", "entrance")}
    floor = people["floor"].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    return {**{name: values.to_numpy(dtype=object) for name, values in text.items()}, "floor": floor}


def _first_of(values: NDArray[Any], number: Ints, total: int) -> NDArray[np.object_]:
    """Return the first value that is there of each unit; its households stand together."""
    out = np.full(total, None, dtype=object)
    known = np.array([value is not None for value in values], dtype=bool)
    unit, at = np.unique(number[known], return_index=True)
    out[unit] = values[known][at]
    return out


def _whole(values: NDArray[np.float64]) -> Any:
    good = np.isfinite(values)
    return pd.array([int(value) if fine else None for value, fine in zip(values, good, strict=True)], dtype="Int64")


def grids_rows(ground: Ground, state: AreaState, wanted: list[Bools]) -> Any:
    """Make rows of the table ``grids``.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.
    wanted : list of ndarray of bool
        For each level the grids that are wanted.

    Returns
    -------
    GeoDataFrame
        Their rows, by level, then by code.
    """
    view = view_of(ground, state)
    said = {(verdict.level, verdict.grid): verdict for verdict in verdicts(ground, state)}
    parts = []
    for level, mine in enumerate(wanted):
        if not mine.any():
            continue
        step, given = ground.policy.levels[level], ground.given and level == 0
        which = np.flatnonzero(mine)
        codes = [view.codes[level][g] for g in which]
        status = []
        for g in which.tolist():
            verdict = said.get((level + 1, g))
            idle = verdict is None or (not verdict.violation and verdict.reason is None)
            good = "given" if given else "in_band"
            status.append(good if idle or verdict is None else "exception" if verdict.reason else "open")
        parts.append(
            pd.DataFrame(
                {
                    "code": codes,
                    "level": level + 1,
                    "parent_code": [view.codes[level - 1][view.parent[level][g]] if level else None for g in which],
                    "area_code": ground.code,
                    "name": [state.names.get(code) or ground.default_name(code) for code in codes],
                    "role": step.role,
                    "households": view.households[level][which],
                    "low": pd.array([None if given else step.band.low] * len(which), dtype="Int64"),
                    "high": pd.array([None if given else step.band.high] * len(which), dtype="Int64"),
                    "status": status,
                    "geom": grid_shapes(ground, state, level, mine),
                }
            )
        )
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=TABLES["grids"].column_names)
    return conform(TABLES["grids"], frame, ground.crs)


def grid_shapes(ground: Ground, state: AreaState, level: int, wanted: Bools) -> Geometries:
    """Return the polygons of grids: the exact unions of their units.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.
    level : int
        Position of the level.
    wanted : ndarray of bool
        Grids of the level that are wanted.

    Returns
    -------
    ndarray of Polygon or MultiPolygon
        One a wanted grid.
    """
    runs, view = runs_of(ground, state), view_of(ground, state)
    known: Geometries = remembered(
        ground, state, f"grids{level}", lambda: np.full(len(view.codes[level]), None, dtype=object)
    )
    missing = wanted & np.equal(known, None)
    if missing.any():
        starts = starts_of(runs)
        grid = view.labels[level][starts]
        mine = missing[grid]
        cells = np.zeros(len(ground.stack_ids), dtype=bool)
        cells[np.searchsorted(ground.first_atom, starts[mine], side="right") - 1] = True
        shapes = unit_shapes(ground, state, cells)[mine]
        known[missing] = dissolve(shapes, (np.cumsum(missing) - 1)[grid[mine]])
    return known[wanted]


def exceptions_rows(ground: Ground, state: AreaState) -> pd.DataFrame:
    """Make the table ``exceptions``.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.

    Returns
    -------
    DataFrame
        A row for every grid that something is said for.
    """
    view = view_of(ground, state)
    rows = [
        (
            view.codes[verdict.level - 1][verdict.grid],
            verdict.level,
            verdict.reason,
            verdict.violation,
            verdict.smallest,
            json.dumps(verdict.proof, ensure_ascii=False),
        )
        for verdict in verdicts(ground, state)
        if verdict.reason is not None
    ]
    return conform(TABLES["exceptions"], pd.DataFrame(rows, columns=TABLES["exceptions"].column_names), ground.crs)


def area_row(ground: Ground, state: AreaState) -> Any:
    """Make the row of the table ``areas``: its border takes the points in that cuts put there.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.

    Returns
    -------
    GeoDataFrame
        One row.
    """
    apart = cells_apart(ground, cuts_of(ground, ground.runs), cuts_of(ground, runs_of(ground, state))) | ground.odd
    frame = ground.area.copy()
    segments = ground.cells.segments
    if apart[segments.i[~segments.shared]].any():
        every = np.ones(len(view_of(ground, state).codes[0]), dtype=bool)
        tops = grid_shapes(ground, state, 0, every)
        whole = shapely.coverage_union_all(tops)
        if not shapely.equals_exact(shapely.normalize(whole), shapely.normalize(_polygonal(frame["geom"].iloc[0])), 0):
            frame["geom"] = [whole]
    return conform(TABLES["areas"], frame, ground.crs)


def _polygonal(geometry: Any) -> Any:
    """Return a lone polygon as such."""
    parts = shapely.get_parts(geometry)
    return parts[0] if len(parts) == 1 else geometry


def rows_by_key(frame: Any, key: str) -> Mapping[str, int]:
    """Return where each row of a frame stands.

    Parameters
    ----------
    frame : DataFrame
        Rows.
    key : str
        Column that tells them apart.

    Returns
    -------
    dict of str to int
        Position by value.
    """
    return {str(value): at for at, value in enumerate(frame[key])}
