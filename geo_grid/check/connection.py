"""Promise 2: every grid is connected over its units; its polygon is one valid piece, save declared exclaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_grid.check.edges import differing
from geo_grid.check.facts import taken
from geo_grid.check.fault import faults
from geo_grid.check.tiling import is_sum_within_rounding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.check.facts import Facts, Ints
    from geo_grid.check.fault import Fault


def check_connection(facts: Facts) -> Iterator[Fault]:
    """Check promise 2.

    Parameters
    ----------
    facts : Facts
        The plan.

    Yields
    ------
    Fault
        Whatever breaks it.
    """
    yield from _validity(facts)
    yield from _exclaves(facts)
    yield from _pieces(facts)
    yield from _polygons(facts)


def _validity(facts: Facts) -> Iterator[Fault]:
    for code, names, geometry in (
        ("grid_invalid", facts.texts("grids", "code"), facts.grid_geometry),
        ("unit_invalid", facts.texts("units", "id"), facts.unit_geometry),
    ):
        bad = np.flatnonzero(~shapely.is_valid(geometry))
        reasons = shapely.is_valid_reason(geometry[bad])
        yield from faults(
            code,
            names[bad],
            (f"the polygon of {names[i]} is not valid: {reason}" for i, reason in zip(bad, reasons, strict=True)),
        )


def _exclaves(facts: Facts) -> Iterator[Fault]:
    """Check that exclaves have no households, nor the whole piece of the area they lie in."""
    names, weight = facts.texts("units", "id"), facts.ints("units", "households")
    lived_in = np.flatnonzero(facts.exclave & (weight > 0))
    yield from faults(
        "exclave_with_households", names[lived_in], (f"exclave {names[i]} has households" for i in lived_in)
    )
    piece = facts.pieces(facts.unit_area)
    held = piece >= 0
    people = np.zeros(int(piece.max(initial=-1)) + 1, dtype=np.int64)
    np.add.at(people, piece[held], weight[held])
    joined = np.flatnonzero(facts.exclave & held & (weight == 0) & (taken(people, piece, 0) > 0))
    yield from faults(
        "exclave_not_apart",
        names[joined],
        (f"exclave {names[i]} lies in a piece of its area that has households" for i in joined),
    )


def _pieces(facts: Facts) -> Iterator[Fault]:
    codes = facts.texts("grids", "code")
    exceptions = facts.tables["exceptions"]
    split = set(exceptions.loc[exceptions["reason"] == "given_group", "grid_code"])
    may_split = np.array([code in split for code in codes], dtype=bool) & (facts.grid_level == 1)
    for level in range(1, facts.levels + 1):
        grid = facts.unit_grid[level - 1]
        core = _pieces_of(facts, np.where(facts.exclave, -1, grid), len(codes))
        used = np.isin(np.arange(len(codes)), grid) & (facts.grid_level == level)
        bare = np.flatnonzero(used & (core == 0))
        yield from faults("grid_of_exclaves", codes[bare], (f"grid {codes[i]} is nothing but exclaves" for i in bare))
        broken = np.flatnonzero(used & (core > 1) & ~may_split)
        yield from faults(
            "grid_not_connected", codes[broken], (f"grid {codes[i]} is in {core[i]} pieces" for i in broken)
        )
        every = _pieces_of(facts, grid, len(codes))
        parts = shapely.get_num_geometries(facts.grid_geometry)
        wrong = np.flatnonzero(used & (parts != every))
        yield from faults(
            "grid_parts",
            codes[wrong],
            (f"the polygon of grid {codes[i]} has {parts[i]} parts, its units {every[i]}" for i in wrong),
        )


def _pieces_of(facts: Facts, owner: Ints, count: int) -> Ints:
    """Count the connected pieces of each grid."""
    piece = facts.pieces(owner)
    held = np.flatnonzero(piece >= 0)
    first = held[np.unique(piece[held], return_index=True)[1]]
    return np.bincount(owner[first], minlength=count)


def _polygons(facts: Facts) -> Iterator[Fault]:
    """Compare each finest grid with the sum of its units; parents are compared with their children, see tiling."""
    codes = facts.texts("grids", "code")
    leaf_level, level = facts.grid_levels, facts.unit_levels
    leaf = np.where(level > 0, facts.unit_grid[level - 1, np.arange(len(level))], -1)
    wrong = differing(facts.grid_edges, facts.unit_edges, leaf, len(codes))
    wrong &= (facts.grid_level == leaf_level) & np.isin(np.arange(len(codes)), leaf)
    off = [
        i
        for i in np.flatnonzero(wrong)
        if not is_sum_within_rounding(facts.grid_geometry[i], facts.unit_geometry[leaf == i])
    ]
    yield from faults("grid_not_its_units", codes[off], (f"grid {codes[i]} is not the union of its units" for i in off))
