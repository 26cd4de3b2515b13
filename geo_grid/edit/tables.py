"""The rows of an area's tables, as a function of its ground and a state."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.cells import dissolve
from geo_grid.edit.certify import verdicts
from geo_grid.edit.shapes import border_cuts, unit_shapes
from geo_grid.edit.view import absent, remembered, runs_of, starts_of, unit_ids, view_of
from geo_grid.plan import LEVELS
from geo_grid.schema import TABLES
from geo_grid.store.frames import frame_from_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo_grid.edit.certify import Verdict
    from geo_grid.edit.ground import Ground
    from geo_grid.edit.state import AreaState

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]
    Rows = dict[str, NDArray[np.object_]]


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
    view = view_of(ground, state)
    units = units_rows(ground, state, np.ones(int(runs_of(ground, state)[-1]) + 1, dtype=bool))
    grids = grids_rows(ground, state, [np.ones(len(codes), dtype=bool) for codes in view.codes])
    return {
        "areas": framed(ground, "areas", area_row(ground, state)),
        "units": framed(ground, "units", units),
        "grids": framed(ground, "grids", grids),
        "exceptions": framed(ground, "exceptions", exceptions_rows(ground, state)),
        "households": pd.DataFrame(
            {"id": ground.household_ids, "unit_id": household_units(ground, state)}, dtype="str"
        ),
    }


def framed(ground: Ground, table: str, rows: Rows) -> Any:
    """Make a frame of rows.

    Parameters
    ----------
    ground : Ground
        The area.
    table : str
        Name of the table.
    rows : dict of str to ndarray
        Values by column.

    Returns
    -------
    DataFrame or GeoDataFrame
        Columns and types as in the schema.
    """
    schema = TABLES[table]
    if schema.geometry is None:
        return frame_from_columns(schema, rows, None, ground.crs)
    shapes = rows["geom"].copy()
    if schema.geometry == "MULTIPOLYGON":
        single = np.flatnonzero(shapely.get_type_id(shapes) == shapely.GeometryType.POLYGON)
        if len(single):
            shapes[single] = shapely.multipolygons(shapes[single], indices=np.arange(len(single)))
    return frame_from_columns(schema, rows, shapes, ground.crs)


def _objects(values: Any) -> NDArray[np.object_]:
    out = np.empty(len(values), dtype=object)
    out[:] = values if isinstance(values, list) else list(values)
    return out


def _rows(columns: dict[str, Any], count: int) -> Rows:
    """Return columns as arrays of plain values; a single value stands for all."""
    return {
        name: _objects([value] * count if value is None or isinstance(value, str | int) else value)
        for name, value in columns.items()
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


def units_rows(ground: Ground, state: AreaState, wanted: Bools) -> Rows:
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
    dict of str to ndarray
        Values by column, in the order of their atoms.
    """
    runs, view, atoms = runs_of(ground, state), view_of(ground, state), ground.atoms
    starts = starts_of(runs)[wanted]
    cells = np.zeros(len(ground.stack_ids), dtype=bool)
    cell = np.searchsorted(ground.first_atom, starts, side="right") - 1
    cells[cell] = True
    shapes = unit_shapes(ground, state, cells)[wanted]
    size = np.bincount(runs, atoms.weight, len(wanted)).astype(np.int64)[wanted]
    return _rows(
        {
            "id": unit_ids(ground, starts),
            "area_code": ground.code,
            **{f"grid_code_l{level}": _codes_at(view, level, starts) for level in LEVELS},
            "households": size.tolist(),
            "stack_id": ground.stack_ids[cell],
            **_described(ground, runs, wanted),
            "group": ground.group[starts],
            "exclave": (atoms.host[starts] >= 0).astype(np.int64).tolist(),
            "geom": shapes,
        },
        len(starts),
    )


def _codes_at(view: Any, level: int, starts: Ints) -> Any:
    if level > len(view.codes):
        return None
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
    known = ~absent(text)
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
    known = ~absent(values)
    unit, at = np.unique(number[known], return_index=True)
    out[unit] = values[known][at]
    return out


def _whole(values: NDArray[np.float64]) -> list[int | None]:
    good = np.isfinite(values)
    return [int(value) if fine else None for value, fine in zip(values, good, strict=True)]


def grids_rows(ground: Ground, state: AreaState, wanted: list[Bools]) -> Rows:
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
    dict of str to ndarray
        Values by column, by level, then by code.
    """
    said = {(verdict.level, verdict.grid): verdict for verdict in verdicts(ground, state)}
    parts = [_grids_of(ground, state, level, mine, said) for level, mine in enumerate(wanted)]
    return {name: np.concatenate([part[name] for part in parts]) for name in TABLES["grids"].column_names}


def _grids_of(
    ground: Ground, state: AreaState, level: int, wanted: Bools, said: Mapping[tuple[int, int], Verdict]
) -> Rows:
    view, step = view_of(ground, state), ground.policy.levels[level]
    given = ground.given and level == 0
    which = np.flatnonzero(wanted).tolist()
    codes = [view.codes[level][g] for g in which]
    return _rows(
        {
            "code": codes,
            "level": level + 1,
            "parent_code": [view.codes[level - 1][view.parent[level][g]] if level else None for g in which],
            "area_code": ground.code,
            "name": [state.names.get(code) or ground.default_name(code) for code in codes],
            "role": step.role,
            "households": view.households[level][wanted].tolist(),
            "low": None if given else step.band.low,
            "high": None if given else step.band.high,
            "status": [_status(said.get((level + 1, g)), given=given) for g in which],
            "geom": grid_shapes(ground, state, level, wanted),
        },
        len(which),
    )


def _status(verdict: Verdict | None, *, given: bool) -> str:
    if verdict is not None and verdict.reason:
        return "exception"
    if verdict is not None and verdict.violation:
        return "open"
    return "given" if given else "in_band"


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
    missing = wanted & absent(known)
    if missing.any():
        starts = starts_of(runs)
        grid = view.labels[level][starts]
        mine = missing[grid]
        cells = np.zeros(len(ground.stack_ids), dtype=bool)
        cells[np.searchsorted(ground.first_atom, starts[mine], side="right") - 1] = True
        shapes = unit_shapes(ground, state, cells)[mine]
        known[missing] = dissolve(shapes, (np.cumsum(missing) - 1)[grid[mine]])
    return known[wanted]


def exceptions_rows(ground: Ground, state: AreaState) -> Rows:
    """Make the table ``exceptions``.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.

    Returns
    -------
    dict of str to ndarray
        A row for every grid that something is said for, values by column.
    """
    view = view_of(ground, state)
    found = [verdict for verdict in verdicts(ground, state) if verdict.reason is not None]
    return _rows(
        {
            "grid_code": [view.codes[verdict.level - 1][verdict.grid] for verdict in found],
            "level": [verdict.level for verdict in found],
            "reason": [verdict.reason for verdict in found],
            "violation": [verdict.violation for verdict in found],
            "smallest_violation": [verdict.smallest for verdict in found],
            "proof": [json.dumps(verdict.proof, ensure_ascii=False) for verdict in found],
        },
        len(found),
    )


def area_row(ground: Ground, state: AreaState) -> Rows:
    """Make the row of the table ``areas``: its border takes the points in that cuts put there.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.

    Returns
    -------
    dict of str to ndarray
        One row, values by column.
    """
    row = ground.area.iloc[0]
    columns = {
        name: None if pd.isna(row[name]) else row[name] for name in TABLES["areas"].column_names if name != "geom"
    }
    columns["households"] = int(row["households"])
    return {**{name: _objects([value]) for name, value in columns.items()}, "geom": _objects([_border(ground, state)])}


def _border(ground: Ground, state: AreaState) -> Any:
    stored = ground.area["geom"].iloc[0]
    if not len(border_cuts(ground, runs_of(ground, state))) and not ground.odd.any():
        return stored

    def make() -> Any:
        every = np.ones(len(view_of(ground, state).codes[0]), dtype=bool)
        return shapely.coverage_union_all(grid_shapes(ground, state, 0, every))

    return remembered(ground, state, "border", make)
