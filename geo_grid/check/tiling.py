"""Promise 3: polygons of one level tile their area, children their parent, and the city is one valid coverage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.check.edges import differing
from geo_grid.check.fault import faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.check.facts import Facts, Geometries
    from geo_grid.check.fault import Fault

#: Greatest gap and overlap, as a part of the area of the polygon that is tiled.
RELATIVE = 1e-9
#: Greatest distance of the stored border of an area from the input's, metres.
BORDER_SHIFT = 1e-3


def is_sum_within_rounding(whole: Any, parts: Geometries) -> bool:
    """Tell whether a polygon is the sum of others up to :data:`RELATIVE` of its area.

    Parameters
    ----------
    whole : Polygon or MultiPolygon
        The polygon.
    parts : ndarray of Polygon or MultiPolygon
        The others.

    Returns
    -------
    bool
        False for a gap, an overlap, something beyond, or polygons too broken to tell.
    """
    limit = RELATIVE * shapely.area(whole)
    try:
        union = shapely.union_all(parts)
        beyond = shapely.area(shapely.symmetric_difference(whole, union))
    except shapely.errors.GEOSException:
        return False
    overlap = shapely.area(parts).sum() - shapely.area(union)
    return bool(beyond <= limit and overlap <= limit)


def check_tiling(facts: Facts) -> Iterator[Fault]:
    """Check promise 3.

    Parameters
    ----------
    facts : Facts
        The plan.

    Yields
    ------
    Fault
        Whatever breaks it.
    """
    yield from _shift(facts)
    yield from _areas(facts)
    yield from _parents(facts)
    yield from _city(facts)


def _shift(facts: Facts) -> Iterator[Fault]:
    codes, shift = facts.texts("areas", "code"), facts.tables["areas"]["border_shift"].to_numpy(dtype=np.float64)
    far = np.flatnonzero(~((shift >= 0) & (shift <= BORDER_SHIFT)))
    yield from faults(
        "border_shift", codes[far], (f"the border of area {codes[i]} moved by {shift[i]:.6f} m" for i in far)
    )


def _areas(facts: Facts) -> Iterator[Fault]:
    """Grids of level 1 tile the area; those below tile their parents."""
    codes = facts.texts("areas", "code")
    bad = np.flatnonzero(~shapely.is_valid(facts.area_geometry))
    yield from faults("area_invalid", codes[bad], (f"the polygon of area {codes[i]} is not valid" for i in bad))
    owner = np.where(facts.grid_level == 1, facts.grid_area, -1)
    wrong = differing(facts.area_edges, facts.grid_edges, owner, len(codes))
    off = [
        i
        for i in np.flatnonzero(wrong)
        if not is_sum_within_rounding(facts.area_geometry[i], facts.grid_geometry[owner == i])
    ]
    yield from faults(
        "area_not_tiled", codes[off], (f"grids of level 1 leave gaps in area {codes[i]}, or overlap" for i in off)
    )


def _parents(facts: Facts) -> Iterator[Fault]:
    codes = facts.texts("grids", "code")
    wrong = differing(facts.grid_edges, facts.grid_edges, facts.grid_parent, len(codes))
    wrong &= facts.grid_level < facts.grid_levels
    off = [
        i
        for i in np.flatnonzero(wrong)
        if not is_sum_within_rounding(facts.grid_geometry[i], facts.grid_geometry[facts.grid_parent == i])
    ]
    yield from faults(
        "parent_not_tiled", codes[off], (f"the children of grid {codes[i]} leave gaps, or overlap" for i in off)
    )


def _city(facts: Facts) -> Iterator[Fault]:
    """All units of the city, and all areas, share their borders vertex by vertex and never overlap."""
    layers = (
        ("units_no_coverage", "unit", facts.texts("units", "id"), facts.unit_geometry),
        ("areas_no_coverage", "area", facts.texts("areas", "code"), facts.area_geometry),
    )
    for code, word, names, geometry in layers:
        if not len(geometry):
            continue
        edges = shapely.coverage_invalid_edges(geometry)
        bad = np.flatnonzero(~shapely.is_empty(edges))
        yield from faults(
            code, names[bad], (f"{word} {names[i]} overlaps a neighbour, or their borders differ" for i in bad)
        )
