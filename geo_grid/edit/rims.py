"""The cells of a stored area as they were before units were cut out of them, and the points that cuts put into their rims."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_grid.cells import dissolve
from geo_grid.cells.rebuild import polygons_of
from geo_grid.cells.segments import Rings, match_segments, rings_of, vertex_numbers
from geo_grid.errors import StoreError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.cells.segments import Segments

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]

#: A point put into a straight edge lies off it by this many roundings of a coordinate at most.
_ROUNDINGS = 8.0
#: A point that a neighbouring area put into the common border lies off it by this (m) at most.
_SEAM = 3e-7
#: A first cut so near (m) a corner stands there because the hub does not see the rim in between.
_UNSEEN = 0.05


@dataclass(frozen=True, slots=True)
class Rims:
    """Cells without the points that cuts put into their rims.

    Parameters
    ----------
    polygons : ndarray of Polygon, shape (c,)
        The cells.
    edge : ndarray of int64, shape (k,)
        For each point left out the edge of the cells' rings it lies on.
    xy : ndarray of float64, shape (k, 2)
        These points.
    fixed : ndarray of bool, shape (k,)
        Points on the area's border: a neighbouring area may have put them there, so they stay.
    hubs : ndarray of float64, shape (c, 2)
        Where all cuts of a cell meet inside it; NaN where it is not cut, or they do not.
    """

    polygons: Geometries
    edge: Ints
    xy: Floats
    fixed: Bools
    hubs: Floats


@dataclass(frozen=True, slots=True)
class Reading:
    """How the rims of cells are read where there is more than one way.

    Parameters
    ----------
    moved : ndarray of bool, shape (c,)
        Cells of which the place where sharing out begins is read the less likely way.
    full : ndarray of bool, shape (c,)
        Cells that keep points on the area's border at which no cut of theirs ends.
    turn : ndarray of int64, shape (c,)
        Corners by which the rim of a cell begins after the place where sharing out begins.
    """

    moved: Bools
    full: Bools
    turn: Ints


def bare_rims(units: Geometries, cell: Ints, reading: Reading) -> Rims:
    """Unite units to cells and take the points out that only cuts put there.

    Parameters
    ----------
    units : ndarray of Polygon, shape (u,)
        Units that tile an area exactly, those of a cell in the order it was cut.
    cell : ndarray of int64, shape (u,)
        Cell of each, 0 … c − 1, never decreasing and none left out.
    reading : Reading
        How it is read.

    Returns
    -------
    Rims
        The cells.

    Raises
    ------
    StoreError
        If the units of a cell are no one piece, or units overlap.
    """
    units = shapely.orient_polygons(units)
    whole = shapely.orient_polygons(dissolve(units, cell))
    if (shapely.get_type_id(whole) != shapely.GeometryType.POLYGON).any():
        raise StoreError("the units of one building do not hang together", mend="Run geo-grid check on the store.")
    rings = rings_of(whole)
    try:
        segments, inner = match_segments(rings), _inner_ends(units, cell)
    except AssertionError:
        raise StoreError("units overlap", mend="Run geo-grid check on the store.") from None
    count = len(rings.start)
    number, vertices = vertex_numbers(np.vstack((rings.start, inner[:, :2])))
    point = number[:count]
    at_cut, on_rim = np.zeros((2, len(vertices)), dtype=bool)
    at_cut[number[count:]] = True
    on_rim[point] = True
    limit, outer = _limits(segments, vertices, at_cut)
    first = _first_cuts(rings, rings_of(units), cell)
    uncut = np.bincount(cell)[rings.polygon] == 1
    limit[point[np.flatnonzero(uncut)[np.unique(rings.ring[uncut], return_index=True)[1]]]] = -1.0
    limit[point[reading.full[rings.polygon] & ~at_cut[point]]] = -1.0
    keep = _kept(rings, point, limit)
    stays = _begins_at(rings, keep, first) ^ (first & reading.moved[rings.polygon])
    limit[point[stays]] = -1.0
    keep = _kept(rings, point, limit)
    rings, point, keep = _turned(rings, point, keep, first, reading.turn)
    polygons = polygons_of(rings.start[keep], rings.ring[keep], rings.polygon[keep])
    left = np.flatnonzero(~keep)
    left = left[np.unique(point[left], return_index=True)[1]]
    hubs = _hubs(inner, ~on_rim[number[count:]], len(whole))
    return Rims(polygons, _edge_before(rings, keep)[left], rings.start[left], outer[point[left]], hubs)


def _first_cuts(rings: Rings, units: Rings, cell: Ints) -> Bools:
    """Mark where in the shell of a cut cell its first unit follows its last: there the sharing out began."""
    number, distinct = vertex_numbers(np.vstack((rings.start, rings.end, units.start, units.end)))
    count, size = len(rings.start), len(units.start)
    edge = number[:count] * len(distinct) + number[count : 2 * count]
    other = number[2 * count : 2 * count + size] * len(distinct) + number[2 * count + size :]
    order = np.argsort(other, kind="stable")
    owner = units.polygon[order[np.minimum(np.searchsorted(other[order], edge), size - 1)]]
    first_unit = np.searchsorted(cell, np.arange(int(cell.max(initial=-1)) + 2))
    shell = np.unique(rings.ring[np.searchsorted(rings.polygon, np.arange(len(first_unit) - 1))])
    begin = np.searchsorted(rings.ring, rings.ring, side="left")
    last = np.searchsorted(rings.ring, rings.ring, side="right") - 1
    place = np.arange(count)
    before = np.where(place > begin, place - 1, last)
    mine = rings.polygon
    follows = (owner == first_unit[mine]) & (owner[before] == first_unit[mine + 1] - 1)
    return follows & (first_unit[mine + 1] - first_unit[mine] > 1) & np.isin(rings.ring, shell)


def _begins_at(rings: Rings, keep: Bools, first: Bools) -> Bools:
    """Mark first cuts that are corners themselves, not just beyond one that the cell's hub does not see from there."""
    before, _ = _neighbours(rings, keep)
    away = rings.start - rings.start[before]
    return first & ~keep & (np.hypot(away[:, 0], away[:, 1]) > _UNSEEN)


def _turned(rings: Rings, point: Ints, keep: Bools, first: Bools, turn: Ints) -> tuple[Rings, Ints, Bools]:
    """Let the shells of cut cells begin at the first cut, or at the corner before it where it is inside an edge."""
    before, _ = _neighbours(rings, keep)
    begin = np.searchsorted(rings.ring, rings.ring, side="left")
    size = np.searchsorted(rings.ring, rings.ring, side="right") - begin
    kept = np.flatnonzero(keep)
    rank = np.searchsorted(kept, before[first])
    low = np.searchsorted(rings.ring[kept], rings.ring[first], side="left")
    high = np.searchsorted(rings.ring[kept], rings.ring[first], side="right")
    start = kept[low + (rank - low + turn[rings.polygon[first]]) % np.maximum(high - low, 1)]
    shift = np.zeros(int(rings.ring.max(initial=-1)) + 1, dtype=np.int64)
    shift[rings.ring[first]] = start - begin[first]
    turned = begin + (np.arange(len(begin)) - begin + shift[rings.ring]) % size
    return Rings(rings.start[turned], rings.end[turned], rings.ring, rings.polygon), point[turned], keep[turned]


def _inner_ends(units: Geometries, cell: Ints) -> Floats:
    """Return x, y and cell of the ends of all borders between units of one cell."""
    segments = match_segments(rings_of(units))
    inside = segments.shared & (cell[segments.i] == cell[segments.j])
    ends, owner = segments.ends[inside], cell[segments.i[inside]]
    return np.unique(np.column_stack((np.vstack((ends[:, :2], ends[:, 2:])), np.tile(owner, 2))), axis=0)


def _hubs(inner: Floats, free: Bools, count: int) -> Floats:
    """Return the one point inside each cell where its cuts meet."""
    cell = inner[free, 2].astype(np.int64)
    lone = np.bincount(cell, minlength=count) == 1
    hubs = np.full((count, 2), np.nan)
    mine = lone[cell]
    hubs[cell[mine]] = inner[free][mine, :2]
    return hubs


def _limits(segments: Segments, vertices: Floats, at_cut: Bools) -> tuple[Floats, Bools]:
    """Return how far each vertex may lie off the line through its neighbours to be left out, and which are outside.

    Below 0 where it stays in any case: where three cells meet, and where no cut ends inside the area.
    """
    count = len(segments.i)
    number, distinct = vertex_numbers(np.vstack((segments.ends[:, :2], segments.ends[:, 2:])))
    here = np.concatenate((number[:count], number[count:]))
    degree = np.bincount(here, minlength=len(distinct))
    outside = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(outside, here, np.tile(~segments.shared, 2))
    place = _places(distinct, vertices)
    outer = np.zeros(len(vertices), dtype=bool)
    outer[place] = outside == 2
    simple = np.zeros(len(vertices), dtype=bool)
    simple[place] = degree == 2
    rounding = _ROUNDINGS * float(np.spacing(np.abs(vertices).max(initial=1.0)))
    return np.where(simple & outer, _SEAM, np.where(simple & at_cut, rounding, -1.0)), outer


def _places(some: Floats, vertices: Floats) -> Ints:
    """Return where each of some points stands among all vertices (both sorted by x, then y, without doubles)."""
    number, distinct = vertex_numbers(np.vstack((vertices, some)))
    back = np.empty(len(distinct), dtype=np.int64)
    back[number[: len(vertices)]] = np.arange(len(vertices))
    return back[number[len(vertices) :]]


def _off_line(point: Floats, one: Floats, other: Floats) -> Floats:
    """Return how far points lie off the line between two others, metres; infinity where they are not between them."""
    along, towards = other - one, point - one
    length = np.hypot(along[:, 0], along[:, 1])
    share = (along * towards).sum(axis=1)
    off = np.abs(along[:, 0] * towards[:, 1] - along[:, 1] * towards[:, 0]) / np.maximum(length, 1e-300)
    return np.where((share > 0) & (share < length**2), off, np.inf)


def _kept(rings: Rings, point: Ints, limit: Floats) -> Bools:
    """Return which points of the rings stay: all but those that lie on the line between the ones that do."""
    limit = limit.copy()
    everything = np.ones(len(point), dtype=bool)
    before, after = _neighbours(rings, everything)
    place = np.arange(len(point))
    begin = np.searchsorted(rings.ring, rings.ring, side="left")
    last = np.searchsorted(rings.ring, rings.ring, side="right") - 1
    before = np.where(place > begin, place - 1, last)
    spare = _off_line(rings.start, rings.start[before], rings.start[after]) <= limit[point]
    limit[point[~spare]] = -1.0
    while True:
        keep = limit[point] < 0
        poor = (np.bincount(rings.ring, weights=keep) < 3)[rings.ring] & ~keep
        if not poor.any():
            before, after = _neighbours(rings, keep)
            left = np.flatnonzero(~keep)
            off = _off_line(rings.start[left], rings.start[before[left]], rings.start[after[left]])
            poor = np.zeros(len(keep), dtype=bool)
            poor[left[off > 2 * limit[point[left]]]] = True
            if not poor.any():
                return keep
        limit[point[poor]] = -1.0


def _neighbours(rings: Rings, keep: Bools) -> tuple[Ints, Ints]:
    """Return for each point of the rings the kept ones before and after it, around its ring."""
    kept = np.flatnonzero(keep)
    place = np.arange(len(keep))
    rank = np.searchsorted(kept, place, side="right") - 1
    ring_of_kept = rings.ring[kept]
    first = np.searchsorted(ring_of_kept, rings.ring, side="left")
    last = np.searchsorted(ring_of_kept, rings.ring, side="right") - 1
    before = np.where(rank < first, last, rank)
    after = np.where(before == last, first, before + 1)
    return kept[before], kept[after]


def _edge_before(rings: Rings, keep: Bools) -> Ints:
    """Return for each point the edge of the thinned rings it lies on or starts."""
    before, _ = _neighbours(rings, keep)
    return (np.cumsum(keep) - 1)[before]
