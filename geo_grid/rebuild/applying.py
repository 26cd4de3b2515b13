"""The tables of one area with its new households, before bands are looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.model import Plan
from geo_grid.rebuild.former import LEVEL_COLUMNS
from geo_grid.schema import TABLES
from geo_grid.store.frames import conform, fit_geometries, frame_from_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_grid.rebuild.changed import Patch, Unit
    from geo_grid.rebuild.diff import Difference

_FACTS = ("building", "entrance", "floor_from", "floor_to")


def patched_plan(
    stored: Plan,
    patch: Patch,
    facts: Mapping[str, tuple[Any, ...]],
    diff: Difference,
    gone: set[str],
    known: pd.DataFrame,
) -> Plan:
    """Lay a patch over the stored tables of an area.

    Parameters
    ----------
    stored : Plan
        Tables of the area, :data:`geo_grid.edit.GROUND_TABLES`.
    patch : Patch
        What changes.
    facts : mapping of str to tuple
        What :func:`geo_grid.rebuild.changed.described` returned.
    diff : Difference
        What is different.
    gone : set of str
        Ids of households that are no more where they were.
    known : DataFrame
        Rows of the table ``households`` that stay and say something else.

    Returns
    -------
    Plan
        The tables; grids and exceptions may be out of date, and grids without households have become others' ground.
    """
    units = patched_units(stored["units"], patch, facts, stored.crs)
    people = _people(stored["households"], patch, diff, gone, known, stored.crs)
    units = _inhabited(units)
    areas = stored["areas"].assign(households=len(people))
    leaves = set(units[list(LEVEL_COLUMNS)].to_numpy(dtype=object).ravel())
    grids = stored["grids"][stored["grids"]["code"].isin(leaves)].reset_index(drop=True)
    exceptions = stored["exceptions"]
    exceptions = exceptions[exceptions["grid_code"].isin(grids["code"])].reset_index(drop=True)
    tables = {"areas": areas, "units": units, "grids": grids, "exceptions": exceptions, "households": people}
    return Plan(stored.crs, {**stored.tables, **tables}, stored.meta)


def unit_rows(units: list[Unit], shapes: list[Any], facts: Mapping[str, tuple[Any, ...]], crs: str) -> Any:
    """Make rows of the table ``units``.

    Parameters
    ----------
    units : list of Unit
        The units.
    shapes : list of Polygon
        Their ground.
    facts : mapping of str to tuple
        Building, entrance and floors of each.
    crs : str
        Coordinate system.

    Returns
    -------
    GeoDataFrame
        The rows.
    """
    rows = [
        (unit.id, unit.area, *unit.grids, unit.households, unit.stack, *facts[unit.id], unit.group, unit.exclave)
        for unit in units
    ]
    names = ("id", "area_code", *LEVEL_COLUMNS, "households", "stack_id", *_FACTS, "group", "exclave")
    columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    geometry = np.empty(len(shapes), dtype=object)
    geometry[:] = shapes
    return frame_from_columns(TABLES["units"], columns, fit_geometries(TABLES["units"], geometry), crs)


def patched_units(stored: Any, patch: Patch, facts: Mapping[str, tuple[Any, ...]], crs: str) -> Any:
    """Lay a patch over the stored units of an area.

    Parameters
    ----------
    stored : GeoDataFrame
        Its units.
    patch : Patch
        What changes.
    facts : mapping of str to tuple
        Building, entrance and floors of changed units.
    crs : str
        Coordinate system.

    Returns
    -------
    GeoDataFrame
        The units as they will be.
    """
    shapes = dict(zip(stored["id"], stored["geom"], strict=True)) | patch.shapes
    changed = [unit for unit in patch.units.values() if unit.id not in patch.lost]
    if not changed:
        return stored
    rows = unit_rows(changed, [shapes[unit.id] for unit in changed], facts, crs)
    kept = stored[~stored["id"].isin(patch.units)]
    return pd.concat((kept, rows), ignore_index=True)


def _people(stored: Any, patch: Patch, diff: Difference, gone: set[str], known: pd.DataFrame, crs: str) -> Any:
    """Return the households of the area: who stays, as is said of them now, and who came."""
    stays = stored[~stored["id"].isin(gone)]
    come = people_rows(diff, list(patch.housed), list(patch.housed.values()), crs)
    said = known[known["id"].isin(stays["id"])]
    people = pd.concat((stays[~stays["id"].isin(said["id"])], said, come), ignore_index=True)
    if patch.rehoused:
        units = {diff.old_ids[row]: unit for row, unit in patch.rehoused.items()}
        people["unit_id"] = [units.get(name, unit) for name, unit in zip(people["id"], people["unit_id"], strict=True)]
    return people


def people_rows(diff: Difference, rows: list[int], units: list[str], crs: str) -> Any:
    """Make rows of the table ``households``.

    Parameters
    ----------
    diff : Difference
        What is different.
    rows : list of int
        Positions in the new data.
    units : list of str
        Unit of each.
    crs : str
        Coordinate system.

    Returns
    -------
    GeoDataFrame
        The rows.
    """
    frame = diff.new.iloc[rows]
    frame = frame.assign(unit_id=units, geom=shapely.points(frame["x"].to_numpy(), frame["y"].to_numpy()))
    return conform(TABLES["households"], frame, crs)


def _inhabited(units: Any) -> Any:
    """Give ground of grids without households to the inhabited grid next to it; of an empty area all to one grid."""
    if not len(units):
        return units
    columns = list(LEVEL_COLUMNS)
    leaf = units["grid_code_l3"].astype(object).where(units["grid_code_l3"].notna(), units["grid_code_l2"])
    leaf = leaf.where(leaf.notna(), units["grid_code_l1"]).to_numpy(dtype=object)
    lived = units["households"].to_numpy() > 0
    if not lived.any():
        one = units[columns].iloc[[0] * len(units)].set_axis(units.index)
        return units.assign(**{name: one[name] for name in columns})
    dead = ~np.isin(leaf.astype(str), leaf[lived].astype(str))
    if not dead.any():
        return units
    shapes = np.asarray(units["geom"], dtype=object)
    homes = np.flatnonzero(~dead & lived)
    tree = shapely.STRtree(shapes[homes])
    at, near = tree.query_nearest(shapes[dead], all_matches=True)
    # of several that touch, the one in the same grid above
    rows = np.flatnonzero(dead)
    target = np.full(len(units), -1, dtype=np.int64)
    first = units["grid_code_l1"].to_numpy(dtype=object)
    for one, other in zip(rows[at].tolist(), homes[near].tolist(), strict=True):
        if target[one] < 0 or (first[other] == first[one] and first[target[one]] != first[one]):
            target[one] = other
    source = np.where(target >= 0, target, np.arange(len(units)))
    return units.assign(**{name: units[name].to_numpy()[source] for name in columns})
