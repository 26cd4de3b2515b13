"""Promise 5: every element is covered by shares that add up to its whole measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.check.facts import rows_of, taken
from geo_grid.check.fault import faults
from geo_grid.schema import ELEMENT_CLASSES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo_grid.check.facts import Bools, Facts, Geometries, Ints
    from geo_grid.check.fault import Fault

    Floats = NDArray[np.float64]

#: Greatest difference of measures, as a part of the element's.
RELATIVE = 1e-6
#: Metres within which a line or point counts as lying on a border.
BORDER = 2e-3
#: Metres that rounding may cost at each end of a line.
END = 1e-2
_UNITS = ("count", "m", "m2")


def check_shares(facts: Facts) -> Iterator[Fault]:
    """Check promise 5.

    Parameters
    ----------
    facts : Facts
        The plan.

    Yields
    ------
    Fault
        Whatever breaks it.
    """
    element = rows_of(facts.tables["elements"]["id"], facts.tables["element_shares"]["element_id"])
    valid = shapely.is_valid(_geometry(facts, "elements"))
    grid = rows_of(facts.tables["grids"]["code"], facts.tables["element_shares"]["grid_code"])
    yield from _elements(facts)
    yield from _rows(facts, element, grid)
    sound = (element >= 0) & (grid >= 0)
    yield from _sums(facts, element, grid, sound)
    # what is not valid cannot be measured against anything, and is a fault of its own
    able = (
        sound
        & shapely.is_valid(_geometry(facts, "element_shares"))
        & taken(valid, element, False)
        & taken(shapely.is_valid(facts.grid_geometry), grid, False)
    )
    yield from _places(facts, element, grid, able)
    yield from _missing(facts, element, grid)
    yield from _outside(facts, valid)


def measures(geometry: Geometries) -> tuple[Floats, Ints]:
    """Return how much there is of each geometry.

    Parameters
    ----------
    geometry : ndarray of Geometry
        Points, lines or polygons.

    Returns
    -------
    measure : ndarray of float64
        Points, metres or square metres; NaN for a collection of mixed kinds.
    dimension : ndarray of int64
        0, 1 or 2.
    """
    dimension = shapely.get_dimensions(geometry).astype(np.int64)
    points = shapely.get_num_coordinates(geometry).astype(np.float64)
    out = np.choose(np.maximum(dimension, 0), [points, shapely.length(geometry), shapely.area(geometry)])
    mixed = shapely.get_type_id(geometry) == shapely.GeometryType.GEOMETRYCOLLECTION
    return np.where(mixed, np.nan, out), dimension


def _geometry(facts: Facts, table: str) -> Geometries:
    return np.asarray(facts.tables[table]["geom"], dtype=object)


def _floats(facts: Facts, table: str, column: str) -> Floats:
    return facts.tables[table][column].to_numpy(dtype=np.float64)


def _differ(found: Floats, stated: Floats, whole: Floats) -> Bools:
    return ~(np.abs(found - stated) <= RELATIVE * np.maximum(np.abs(whole), 1e-9))  # NaN differs from all


def _elements(facts: Facts) -> Iterator[Fault]:
    names, classes = facts.texts("elements", "id"), facts.texts("elements", "class")
    twice = np.flatnonzero(facts.tables["elements"]["id"].duplicated())
    yield from faults("element_twice", names[twice], (f"element {names[i]} stands twice" for i in twice))
    unknown = np.flatnonzero(~np.isin(classes.astype(str), list(ELEMENT_CLASSES)))
    yield from faults(
        "element_class", names[unknown], (f"element {names[i]}: no such class as {classes[i]!r}" for i in unknown)
    )
    bad = np.flatnonzero(~shapely.is_valid(_geometry(facts, "elements")))
    yield from faults("element_invalid", names[bad], (f"element {names[i]} is not valid" for i in bad))
    found, dimension = measures(_geometry(facts, "elements"))
    stated, unit = _floats(facts, "elements", "measure"), facts.texts("elements", "measure_unit")
    wrong = np.flatnonzero(_differ(found, stated, found))
    yield from faults(
        "element_measure",
        names[wrong],
        (f"element {names[i]} measures {found[i]:.9g}, not {stated[i]:.9g}" for i in wrong),
    )
    fitting = np.array(_UNITS, dtype=object)[np.maximum(dimension, 0)]
    odd = np.flatnonzero(unit != fitting)
    yield from faults(
        "element_unit", names[odd], (f"element {names[i]} is measured in {fitting[i]}, not {unit[i]}" for i in odd)
    )


def _rows(facts: Facts, element: Ints, grid: Ints) -> Iterator[Fault]:
    shares = facts.tables["element_shares"]
    names, codes = facts.texts("element_shares", "element_id"), facts.texts("element_shares", "grid_code")
    twice = np.flatnonzero(shares.duplicated(["element_id", "grid_code"]))
    yield from faults(
        "share_twice", names[twice], (f"grid {codes[i]} has two shares of element {names[i]}" for i in twice)
    )
    lost = np.flatnonzero(element < 0)
    yield from faults(
        "share_without_element", names[lost], (f"grid {codes[i]} has a share of no element {names[i]}" for i in lost)
    )
    lost = np.flatnonzero(grid < 0)
    yield from faults(
        "share_without_grid", names[lost], (f"element {names[i]} has a share in no grid {codes[i]}" for i in lost)
    )
    level = facts.ints("element_shares", "level")
    wrong = np.flatnonzero((grid >= 0) & (taken(facts.grid_level, grid, 0) != level))
    yield from faults(
        "share_level", names[wrong], (f"the share of {names[i]} in {codes[i]} is of another level" for i in wrong)
    )
    bad = np.flatnonzero(~shapely.is_valid(_geometry(facts, "element_shares")))
    yield from faults("share_invalid", names[bad], (f"the share of {names[i]} in {codes[i]} is not valid" for i in bad))
    held, dimension = measures(_geometry(facts, "element_shares"))
    stated, counted = _floats(facts, "element_shares", "held"), _floats(facts, "element_shares", "measure")
    kind = shapely.get_dimensions(_geometry(facts, "elements"))
    whole = np.where(element >= 0, taken(_floats(facts, "elements", "measure"), element, 0.0), held)
    wrong = np.flatnonzero(_differ(held, stated, whole) | ((element >= 0) & (taken(kind, element, -1) != dimension)))
    yield from faults(
        "share_held",
        names[wrong],
        (f"the share of {names[i]} in {codes[i]} measures {held[i]:.9g}, not {stated[i]:.9g}" for i in wrong),
    )
    over = np.flatnonzero((counted < 0) | (counted > stated + RELATIVE * whole))
    yield from faults(
        "share_over", names[over], (f"the share of {names[i]} in {codes[i]} counts more than it holds" for i in over)
    )


def _sums(facts: Facts, element: Ints, grid: Ints, sound: Bools) -> Iterator[Fault]:
    """Shares of a level, and what is outside, make the whole; an area without that level has its finest stand in."""
    names, whole = facts.texts("elements", "id"), _floats(facts, "elements", "measure")
    outside, counted = _floats(facts, "elements", "outside"), _floats(facts, "element_shares", "measure")
    level = taken(facts.grid_level, grid, 0)
    deepest = taken(facts.grid_levels, grid, 0)
    for wanted in range(1, int(facts.area_levels.max(initial=0)) + 1):
        mine = sound & (level == np.minimum(wanted, deepest))
        total = np.bincount(element[mine], weights=counted[mine], minlength=len(names)) + outside
        off = np.flatnonzero(_differ(total, whole, whole))
        yield from faults(
            "share_sum",
            names[off],
            (f"element {names[i]}: level {wanted} and outside make {total[i]:.9g} of {whole[i]:.9g}" for i in off),
        )
    yield from _parents(facts, element, grid, sound)


def _parents(facts: Facts, element: Ints, grid: Ints, sound: Bools) -> Iterator[Fault]:
    """Compare what a grid counts of an element with what its children do."""
    counted, whole = _floats(facts, "element_shares", "measure"), _floats(facts, "elements", "measure")
    codes, names = facts.texts("grids", "code"), facts.texts("elements", "id")
    size = max(len(codes), 1)
    deepest = taken(facts.grid_levels, grid, 0)
    below = sound & (taken(facts.grid_parent, grid, -1) >= 0)
    above = sound & (taken(facts.grid_level, grid, 0) < deepest)
    key = np.concatenate([element[below] * size + facts.grid_parent[grid[below]], element[above] * size + grid[above]])
    amount = np.concatenate([counted[below], -counted[above]])
    pairs, place = np.unique(key, return_inverse=True)
    rest = np.bincount(place, weights=amount, minlength=len(pairs))
    off = np.flatnonzero(np.abs(rest) > RELATIVE * whole[pairs // size])
    yield from faults(
        "share_parent",
        names[pairs[off] // size],
        (
            f"grid {codes[pairs[i] % size]} counts another amount of {names[pairs[i] // size]} than its children"
            for i in off
        ),
    )


def _places(facts: Facts, element: Ints, grid: Ints, sound: Bools) -> Iterator[Fault]:
    """Check that a share lies in its grid, and on its element."""
    geometry, rows = _geometry(facts, "element_shares"), np.flatnonzero(sound)
    whole = _floats(facts, "elements", "measure")
    names, codes = facts.texts("element_shares", "element_id"), facts.texts("element_shares", "grid_code")
    for code, word, hosts, host in (
        ("share_outside_grid", "its grid", facts.grid_geometry, grid),
        ("share_off_element", "its element", _geometry(facts, "elements"), element),
    ):
        beyond = _beyond(geometry[rows], hosts, host[rows])
        far = rows[beyond > RELATIVE * whole[element[rows]]]
        yield from faults(
            code, names[far], (f"the share of {names[i]} in {codes[i]} reaches out of {word}" for i in far)
        )


def _beyond(geometry: Geometries, hosts: Geometries, host: Ints) -> Floats:
    """Return how much of each geometry lies farther from its host than a border's width."""
    out = np.zeros(len(geometry))
    hosts = hosts.copy()
    shapely.prepare(hosts)
    rest = np.flatnonzero(~shapely.covers(hosts[host], geometry))
    if not len(rest):
        return out
    wide = hosts.copy()
    used = np.unique(host[rest])
    wide[used] = shapely.buffer(hosts[used], BORDER, quad_segs=2)
    shapely.prepare(wide)
    rest = rest[~shapely.covers(wide[host[rest]], geometry[rest])]
    out[rest] = measures(shapely.difference(geometry[rest], wide[host[rest]]))[0]
    return out


def _missing(facts: Facts, element: Ints, grid: Ints) -> Iterator[Fault]:
    """No element reaches into a grid that has no share of it."""
    geometry, stated = _geometry(facts, "elements"), _floats(facts, "elements", "measure")
    names, codes = facts.texts("elements", "id"), facts.texts("grids", "code")
    which, where = shapely.STRtree(facts.grid_geometry).query(geometry, predicate="intersects")
    size = max(len(codes), 1)
    unheld = ~np.isin(which * size + where, element * size + grid)
    unheld &= shapely.is_valid(geometry)[which] & shapely.is_valid(facts.grid_geometry)[where]
    which, where = which[unheld], where[unheld]
    part = _of_kind(shapely.intersection(geometry[which], facts.grid_geometry[where]), geometry[which])
    # each end of a line, and each metre of a polygon's rim, may be rounded to either side of a border
    ends = np.select(
        [shapely.get_dimensions(geometry[which]) == kind for kind in (1, 2)],
        [END * shapely.get_num_geometries(part), BORDER * shapely.length(part)],
        0.5,
    )
    left_out = np.flatnonzero(np.nan_to_num(measures(part)[0]) > RELATIVE * stated[which] + ends)
    yield from faults(
        "share_missing",
        names[which[left_out]],
        (f"element {names[which[i]]} lies in grid {codes[where[i]]}, which has no share of it" for i in left_out),
    )


def _of_kind(parts: Geometries, whole: Geometries) -> Geometries:
    """Replace what merely touches (a point of a line, the rim of a polygon) by nothing."""
    less = shapely.get_dimensions(parts) < shapely.get_dimensions(whole)
    out = np.where(less, shapely.Point(), parts)
    mixed = np.flatnonzero(shapely.get_type_id(out) == shapely.GeometryType.GEOMETRYCOLLECTION)
    for i in mixed:
        pieces = shapely.get_parts(out[i])
        out[i] = shapely.union_all(pieces[shapely.get_dimensions(pieces) == shapely.get_dimensions(whole[i])])
    return out


def _outside(facts: Facts, valid: Bools) -> Iterator[Fault]:
    """Work out afresh what lies outside all areas."""
    geometry, stated = _geometry(facts, "elements"), _floats(facts, "elements", "outside")
    names, whole = facts.texts("elements", "id"), _floats(facts, "elements", "measure")
    areas, sound = facts.area_geometry, shapely.is_valid(facts.area_geometry)
    valid = valid.copy()
    valid[shapely.STRtree(areas[~sound]).query(geometry)[0]] = False  # near a broken area nothing can be said
    areas = areas[sound]
    inside = ~valid
    inside[shapely.STRtree(areas).query(geometry, predicate="covered_by")[0]] = True
    least, most = np.zeros(len(geometry)), np.zeros(len(geometry))
    rest = np.flatnonzero(~inside)
    near, area = shapely.STRtree(areas).query(geometry[rest], predicate="dwithin", distance=BORDER)
    for i, row in enumerate(rest):
        least[row], most[row] = _left_over(geometry[row], areas[area[near == i]])
    slack = RELATIVE * whole
    off = np.flatnonzero(valid & ~((least - slack <= stated) & (stated <= most + slack)))
    yield from faults(
        "outside",
        names[off],
        (f"element {names[i]} lies outside all areas with {least[i]:.9g}, not {stated[i]:.9g}" for i in off),
    )


def _left_over(geometry: Any, areas: Geometries) -> tuple[float, float]:
    """Return the least and the most of an element that lies in none of some areas.

    What runs along a border, or meets it at a sharp angle, may be counted to either side of it; polygons may not.
    """
    cover = shapely.union_all(areas)
    widths = (0.0,) if shapely.get_dimensions(geometry) == 2 else (BORDER, -BORDER)
    left = [
        shapely.difference(geometry, shapely.buffer(cover, width, quad_segs=2) if width else cover) for width in widths
    ]
    amounts = measures(np.array(left, dtype=object))[0].tolist()
    return amounts[0], amounts[-1]
