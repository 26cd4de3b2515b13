"""Promise 1: every placed household is in exactly one grid of each level of its area; children hold their parent's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_grid.check.facts import rows_of, taken
from geo_grid.check.fault import faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.check.facts import Facts, Ints
    from geo_grid.check.fault import Fault

#: A stored border is at most 1 mm from the input's; a household on it may be that far outside.
_BORDER = 2e-3


def check_membership(facts: Facts) -> Iterator[Fault]:
    """Check promise 1.

    Parameters
    ----------
    facts : Facts
        The plan.

    Yields
    ------
    Fault
        Whatever breaks it.
    """
    if facts.has_households:
        yield from _households(facts)
    yield from _units(facts)
    yield from _grids(facts)
    yield from _counts(facts)


def _households(facts: Facts) -> Iterator[Fault]:
    households, units = facts.tables["households"], facts.tables["units"]
    ids = facts.texts("households", "id")
    twice = np.flatnonzero(households["id"].duplicated())
    yield from faults("household_twice", ids[twice], (f"household {ids[i]} stands twice" for i in twice))
    unit = rows_of(units["id"], households["unit_id"])
    lost = np.flatnonzero(unit < 0)
    yield from faults("household_without_unit", ids[lost], (f"household {ids[i]} is in no unit" for i in lost))
    area = rows_of(facts.tables["areas"]["code"], households["area_code"])
    elsewhere = np.flatnonzero((unit >= 0) & (taken(facts.unit_area, unit, -1) != area))
    yield from faults(
        "household_in_other_area",
        ids[elsewhere],
        (f"household {ids[i]} is in a unit of another area" for i in elsewhere),
    )
    count = np.bincount(unit[unit >= 0], minlength=len(units))
    stated = facts.ints("units", "households")
    names = facts.texts("units", "id")
    wrong = np.flatnonzero(count != stated)
    yield from faults(
        "unit_count",
        names[wrong],
        (f"unit {names[i]} says {stated[i]} households and has {count[i]}" for i in wrong),
    )
    yield from _outside(facts, area)


def _outside(facts: Facts, area: Ints) -> Iterator[Fault]:
    points = np.asarray(facts.tables["households"]["geom"], dtype=object)
    known = np.flatnonzero(area >= 0)
    polygons = facts.area_geometry.copy()
    known = known[shapely.is_valid(polygons)[area[known]]]  # a broken area is a fault of its own
    shapely.prepare(polygons)
    inside = shapely.intersects(polygons[area[known]], points[known])
    doubtful = known[~inside]
    far = doubtful[~shapely.dwithin(polygons[area[doubtful]], points[doubtful], _BORDER)]
    ids = facts.texts("households", "id")
    yield from faults("household_outside_area", ids[far], (f"household {ids[i]} lies outside its area" for i in far))


def _units(facts: Facts) -> Iterator[Fault]:
    names = facts.texts("units", "id")
    twice = np.flatnonzero(facts.tables["units"]["id"].duplicated())
    yield from faults("unit_twice", names[twice], (f"unit {names[i]} stands twice" for i in twice))
    lost = np.flatnonzero(facts.unit_area < 0)
    yield from faults("unit_without_area", names[lost], (f"unit {names[i]} is in no area" for i in lost))
    wanted = facts.unit_levels
    for level in range(1, facts.levels + 1):
        grid = facts.unit_grid[level - 1]
        code = facts.texts("units", f"grid_code_l{level}")
        stated = facts.tables["units"][f"grid_code_l{level}"].notna().to_numpy()
        missing = np.flatnonzero((wanted >= level) & (grid < 0))
        yield from faults(
            "unit_without_grid", names[missing], (f"unit {names[i]} is in no grid of level {level}" for i in missing)
        )
        extra = np.flatnonzero((wanted < level) & (facts.unit_area >= 0) & stated)
        yield from faults(
            "unit_with_extra_grid", names[extra], (f"unit {names[i]} has a grid of level {level}" for i in extra)
        )
        held = grid >= 0
        wrong = np.flatnonzero(
            held
            & (facts.unit_area >= 0)
            & ((taken(facts.grid_level, grid, 0) != level) | (taken(facts.grid_area, grid, -1) != facts.unit_area))
        )
        yield from faults(
            "unit_in_wrong_grid",
            names[wrong],
            (f"unit {names[i]}: grid {code[i]} is of another level or area" for i in wrong),
        )


def _grids(facts: Facts) -> Iterator[Fault]:
    codes = facts.texts("grids", "code")
    lost = np.flatnonzero(facts.grid_area < 0)
    yield from faults("grid_without_area", codes[lost], (f"grid {codes[i]} is in no area" for i in lost))
    level, parent = facts.grid_level, facts.grid_parent
    deep = np.where(facts.grid_area >= 0, facts.grid_levels, facts.levels)
    odd = np.flatnonzero((level < 1) | (level > deep))
    yield from faults("grid_level", codes[odd], (f"grid {codes[i]} is of level {level[i]}" for i in odd))
    stated = facts.tables["grids"]["parent_code"].notna().to_numpy()
    top = np.flatnonzero((level == 1) & stated)
    yield from faults("grid_parent", codes[top], (f"grid {codes[i]} of level 1 has a parent" for i in top))
    good = (taken(level, parent, 0) == level - 1) & (taken(facts.grid_area, parent, -1) == facts.grid_area)
    orphan = np.flatnonzero((level > 1) & ~good)
    yield from faults(
        "grid_parent", codes[orphan], (f"grid {codes[i]} has no parent one level above in its area" for i in orphan)
    )
    for below in range(2, facts.levels + 1):
        grid, above = facts.unit_grid[below - 1], facts.unit_grid[below - 2]
        held = grid >= 0
        astray = np.unique(grid[held & (above >= 0) & (taken(parent, grid, -1) != above)])
        yield from faults(
            "child_not_in_parent", codes[astray], (f"grid {codes[i]} has units its parent has not" for i in astray)
        )


def _counts(facts: Facts) -> Iterator[Fault]:
    codes, stated = facts.texts("grids", "code"), facts.ints("grids", "households")
    weight = facts.ints("units", "households")
    count = np.zeros(len(codes), dtype=np.int64)
    used = np.zeros(len(codes), dtype=bool)
    for grid in facts.unit_grid:
        held = grid >= 0
        np.add.at(count, grid[held], weight[held])
        used[grid[held]] = True
    empty = np.flatnonzero(~used)
    yield from faults("grid_without_units", codes[empty], (f"grid {codes[i]} has no unit" for i in empty))
    wrong = np.flatnonzero(used & (count != stated))
    yield from faults(
        "grid_count",
        codes[wrong],
        (f"grid {codes[i]} says {stated[i]} households and has {count[i]}" for i in wrong),
    )
    areas, said = facts.texts("areas", "code"), facts.ints("areas", "households")
    held = facts.unit_area >= 0
    total = np.bincount(facts.unit_area[held], weights=weight[held], minlength=len(areas)).astype(np.int64)
    off = np.flatnonzero(total != said)
    yield from faults(
        "area_count", areas[off], (f"area {areas[i]} says {said[i]} households and has {total[i]}" for i in off)
    )
    bare = np.flatnonzero(~np.isin(np.arange(len(areas)), facts.unit_area))
    yield from faults("area_without_units", areas[bare], (f"area {areas[i]} has no unit" for i in bare))
    kinds = facts.texts("areas", "kind")
    unknown = np.flatnonzero(facts.area_levels == 0)
    yield from faults(
        "area_kind", areas[unknown], (f"area {areas[i]}: no policy for the kind {kinds[i]!r}" for i in unknown)
    )
