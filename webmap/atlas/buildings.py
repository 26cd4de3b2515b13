"""Buildings that several grids share, floor by floor."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
import shapely

_FACTS = ("stack_id", "building", "entrance", "floor_from", "floor_to", "households")


class _Unit(NamedTuple):
    building: Any
    entrance: Any
    floor_from: Any
    floor_to: Any
    households: int


def shared_buildings(units: Any, column: str) -> dict[str, list[dict[str, Any]]]:
    """List, for each grid, the buildings it shares with others of its level.

    Parameters
    ----------
    units : DataFrame
        Units of one area.
    column : str
        ``grid_code_l1``, ``grid_code_l2`` or ``grid_code_l3``.

    Returns
    -------
    dict of str to list of dict
        By grid: ``building, households`` and ``parts`` (``grid, floors, entrances, households``), by entrance,
        lowest floors first.
    """
    lived = units.loc[(units["households"] > 0) & units[column].notna(), [*_FACTS, column]]
    grids = lived.groupby("stack_id")[column].transform("nunique")
    stacks: dict[str, dict[str, list[_Unit]]] = {}
    for stack, *facts, grid in lived[grids > 1].itertuples(index=False, name=None):
        stacks.setdefault(stack, {}).setdefault(grid, []).append(_Unit(*facts))
    out: dict[str, list[dict[str, Any]]] = {}
    for _, members in sorted(stacks.items()):
        parts = [_part(grid, each) for grid, found in members.items() for each in _by_entrance(found)]
        parts.sort(key=lambda part: (part["entrances"], part["floors"] or [0, 0], part["grid"]))
        name = next((unit.building for found in members.values() for unit in found if not pd.isna(unit.building)), None)
        building = {"building": name, "households": sum(part["households"] for part in parts), "parts": parts}
        for grid in members:
            out.setdefault(grid, []).append(building)
    return out


def without_homes(units: Any, names_from: int) -> Any:
    """Return units with those of single homes joined, grid by grid.

    Cells of homes are Voronoi cells, and what points such cells belong to can be worked out from their borders.

    Parameters
    ----------
    units : DataFrame
        Units of one area.
    names_from : int
        Households a building needs to stay what it is.

    Returns
    -------
    DataFrame
        Columns as before; what was joined has no households, which is to say that nothing is told of them.
    """
    small = units.groupby("stack_id")["households"].transform("sum") < names_from
    homes = units[small]
    if not len(homes):
        return units
    levels = ["grid_code_l1", "grid_code_l2", "grid_code_l3"]
    finest = homes[levels[2]].fillna(homes[levels[1]]).fillna(homes[levels[0]])
    joined = homes.assign(finest=finest).drop_duplicates("finest").set_index("finest")
    shapes = {grid: shapely.coverage_union_all(part.to_numpy()) for grid, part in homes["geom"].groupby(finest)}
    land = joined.assign(
        geom=[shapes[grid] for grid in joined.index],
        stack_id=[f"land of {grid}" for grid in joined.index],
        households=0,
        building=None,
        entrance=None,
        floor_from=pd.NA,
        floor_to=pd.NA,
    )
    return pd.concat([units[~small], land.reset_index(drop=True)], ignore_index=True)


def _by_entrance(units: list[_Unit]) -> list[list[_Unit]]:
    """Tell the entrances apart: a floor without its entrance names nobody's door."""
    found: dict[Any, list[_Unit]] = {}
    for unit in units:
        found.setdefault(None if pd.isna(unit.entrance) else unit.entrance, []).append(unit)
    return list(found.values())


def _part(grid: str, units: list[_Unit]) -> dict[str, Any]:
    floors = [floor for unit in units for floor in (unit.floor_from, unit.floor_to) if not pd.isna(floor)]
    return {
        "grid": grid,
        "floors": [int(min(floors)), int(max(floors))] if floors else None,
        "entrances": sorted({unit.entrance for unit in units if not pd.isna(unit.entrance)}),
        "households": int(sum(unit.households for unit in units)),
    }
