"""Shared borders: the same vertices on both sides, found once for all areas together.

Only borders that have no twin yet are looked at, so clean data costs little. A vertex is never computed: it is moved
to, or inserted at, a vertex another area has, so that both sides agree to the last bit in whatever projection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.read.table import Geometries

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

_ROUNDS = 4  # a move can bring further vertices within the tolerance; seldom twice


@dataclass(slots=True)
class _Rings:
    """All rings of all areas as one list of vertices; ``vertex`` numbers them, the same place has the same number."""

    vertex: Ints  # shape (n,), the first of a ring is repeated as its last
    ring: Ints  # shape (n,), ring of each entry
    ring_area: Ints  # area of each ring
    places: Floats  # shape (m, 2), coordinates by vertex number
    unit: Floats  # shape (2,), metres per coordinate unit in x and y

    @property
    def starts(self) -> Ints:
        """Entries an edge starts at."""
        return np.flatnonzero(self.ring[:-1] == self.ring[1:])

    @property
    def metres(self) -> Floats:
        """Places in metres, good for distances between near places only."""
        return self.places * self.unit


def node_together(polygons: Geometries, tolerance: float, unit: Floats) -> tuple[Geometries, Floats]:
    """Give the borders that polygons share the same vertices on both sides.

    Parameters
    ----------
    polygons : ndarray of Polygon or MultiPolygon, shape (n,)
        Valid polygons.
    tolerance : float
        Vertices and borders nearer than this (m) are one.
    unit : ndarray of float64, shape (2,)
        Metres per unit of x and of y.

    Returns
    -------
    polygons : ndarray of MultiPolygon, shape (n,)
        The same areas; may be invalid where an area is narrower than the tolerance.
    shift : ndarray of float64, shape (n,)
        How far (m) the border of each area moved at most.
    """
    rings, offsets = _take_apart(polygons, unit)
    shift = np.zeros(len(polygons))
    for _ in range(_ROUNDS):
        moved = _snap(rings, tolerance, shift)
        inserted = _insert(rings, tolerance, shift)
        if not moved and not inserted:
            break
    return _put_together(rings, offsets), shift


def _take_apart(polygons: Geometries, unit: Floats) -> tuple[_Rings, tuple[Ints, Ints]]:
    parts, owner = shapely.get_parts(polygons, return_index=True)
    whole = shapely.multipolygons(parts, indices=owner)
    _, coordinates, (ring_ends, polygon_ends, area_ends) = shapely.to_ragged_array(whole)
    places, vertex = _unique_places(coordinates)
    ring = np.repeat(np.arange(len(ring_ends) - 1), np.diff(ring_ends))
    ring_polygon = np.repeat(np.arange(len(polygon_ends) - 1), np.diff(polygon_ends))
    polygon_area = np.repeat(np.arange(len(area_ends) - 1), np.diff(area_ends))
    rings = _Rings(vertex, ring, polygon_area[ring_polygon], places, unit)
    return rings, (polygon_ends.astype(np.int64), area_ends.astype(np.int64))


def _unique_places(coordinates: Floats) -> tuple[Floats, Ints]:
    coordinates = coordinates + 0.0  # -0.0 becomes 0.0
    order = np.lexsort((coordinates[:, 1], coordinates[:, 0]))
    ordered = coordinates[order]
    new = np.ones(len(ordered), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    vertex = np.empty(len(ordered), dtype=np.int64)
    vertex[order] = np.cumsum(new) - 1
    return ordered[new], vertex


def _put_together(rings: _Rings, offsets: tuple[Ints, Ints]) -> Geometries:
    """Build the polygons again, without repeated vertices and without rings that vanished."""
    polygon_ends, area_ends = offsets
    size = np.bincount(rings.ring, minlength=len(rings.ring_area))
    kept = size >= 4
    ring_polygon = np.repeat(np.arange(len(polygon_ends) - 1), np.diff(polygon_ends))
    kept &= kept[polygon_ends[:-1]][ring_polygon]  # no shell, no holes
    entries = kept[rings.ring]
    ring_ends = np.concatenate(([0], np.cumsum(size[kept])))
    polygon_size = np.bincount(ring_polygon[kept], minlength=len(polygon_ends) - 1)
    whole = polygon_size > 0
    polygon_area = np.repeat(np.arange(len(area_ends) - 1), np.diff(area_ends))
    area_size = np.bincount(polygon_area[whole], minlength=len(area_ends) - 1)
    ends = (
        ring_ends,
        np.concatenate(([0], np.cumsum(polygon_size[whole]))),
        np.concatenate(([0], np.cumsum(area_size))),
    )
    coordinates = rings.places[rings.vertex[entries]]
    result = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, coordinates, ends)
    return np.asarray(result, dtype=object)


def _lonely(rings: _Rings) -> Ints:
    """Return the entries whose edge no other ring has too."""
    starts = rings.starts
    a, b = rings.vertex[starts], rings.vertex[starts + 1]
    key = np.minimum(a, b) * len(rings.places) + np.maximum(a, b)
    _, inverse, count = np.unique(key, return_inverse=True, return_counts=True)
    return starts[count[inverse] == 1]


def _owners(rings: _Rings) -> tuple[Ints, Ints]:
    """Return the first and the last area at each vertex."""
    first = np.full(len(rings.places), len(rings.ring_area), dtype=np.int64)
    last = np.full(len(rings.places), -1, dtype=np.int64)
    area = rings.ring_area[rings.ring]
    np.minimum.at(first, rings.vertex, area)
    np.maximum.at(last, rings.vertex, area)
    return first, last


def _snap(rings: _Rings, tolerance: float, shift: Floats) -> bool:
    """Move vertices to a near vertex of another area, always to that of the first area; True if any moved."""
    edges = _lonely(rings)
    near = np.unique(np.concatenate((rings.vertex[edges], rings.vertex[edges + 1])))
    if len(near) < 2:
        return False
    pairs = near[_near_pairs(rings.metres[near], tolerance)]
    first, last = _owners(rings)
    alone = first == last
    foreign = ~(alone[pairs[:, 0]] & alone[pairs[:, 1]] & (first[pairs[:, 0]] == first[pairs[:, 1]]))
    pairs = pairs[foreign]
    if not len(pairs):
        return False
    # each vertex goes to its best neighbour, and only to one that stays where it is
    rank = np.empty(len(rings.places), dtype=np.int64)
    rank[np.lexsort((np.arange(len(rank)), first))] = np.arange(len(rank))
    low = np.where(rank[pairs[:, 0]] < rank[pairs[:, 1]], pairs[:, 0], pairs[:, 1])
    high = pairs.sum(axis=1) - low
    target = np.arange(len(rings.places))
    order = np.lexsort((rank[low], rank[high]))
    stays = np.ones(len(rings.places), dtype=bool)
    for h, t in zip(high[order].tolist(), low[order].tolist(), strict=True):
        if stays[h] and stays[t]:
            target[h] = t
            stays[h] = False
    _record(rings, target, shift)
    rings.vertex = target[rings.vertex]
    _drop_repeats(rings)
    return True


def _near_pairs(metres: Floats, tolerance: float) -> Ints:
    """Return pairs of places not farther apart than a tolerance."""
    some = np.flatnonzero(_crowded(metres, 2.5 * tolerance))
    if not len(some):
        return np.empty((0, 2), dtype=np.int64)
    from scipy.spatial import cKDTree  # a fifth of a second, and clean borders need none

    return np.asarray(some[cKDTree(metres[some]).query_pairs(tolerance, output_type="ndarray")], dtype=np.int64)


def _crowded(metres: Floats, side: float) -> NDArray[np.bool_]:
    """Tell which places may have another within half a side: of four boards, moved by half a field, one has both in a field."""
    out = np.zeros(len(metres), dtype=bool)
    for east in (0.0, 0.5):
        for north in (0.0, 0.5):
            field = np.floor(metres / side + (east, north)).astype(np.int64)
            number = field[:, 0] * np.int64(0x9E3779B97F4A7C1) + field[:, 1]  # what does not fit is cut off
            order = np.argsort(number)
            same = number[order[1:]] == number[order[:-1]]
            out[order[1:][same]] = out[order[:-1][same]] = True
    return out


def _record(rings: _Rings, target: Ints, shift: Floats) -> None:
    metres = rings.metres
    distance = np.hypot(*(metres - metres[target]).T)
    moved = np.zeros(len(shift))
    np.maximum.at(moved, rings.ring_area[rings.ring], distance[rings.vertex])
    shift += moved


def _drop_repeats(rings: _Rings) -> None:
    keep = np.ones(len(rings.vertex), dtype=bool)
    keep[1:] = (rings.vertex[1:] != rings.vertex[:-1]) | (rings.ring[1:] != rings.ring[:-1])
    rings.vertex, rings.ring = rings.vertex[keep], rings.ring[keep]


def _insert(rings: _Rings, tolerance: float, shift: Floats) -> bool:
    """Insert vertices of other areas into the edges they lie on; True if any was inserted."""
    edges = _lonely(rings)
    if not len(edges):
        return False
    a, b = rings.vertex[edges], rings.vertex[edges + 1]
    near = np.unique(np.concatenate((a, b)))
    metres = rings.metres
    lines = shapely.linestrings(np.stack((metres[a], metres[b]), axis=1))
    points = shapely.points(metres[near])
    at, edge = shapely.STRtree(lines).query(points, predicate="dwithin", distance=tolerance)
    vertex = near[at]
    first, last = _owners(rings)
    area = rings.ring_area[rings.ring[edges[edge]]]
    wanted = (vertex != a[edge]) & (vertex != b[edge]) & ~((first[vertex] == area) & (last[vertex] == area))
    vertex, edge, area = vertex[wanted], edge[wanted], area[wanted]
    along = metres[b[edge]] - metres[a[edge]]
    offset = metres[vertex] - metres[a[edge]]
    length2 = (along**2).sum(axis=1)
    share = (along * offset).sum(axis=1) / length2
    inside = (share > 0.0) & (share < 1.0)
    vertex, edge, area, share = vertex[inside], edge[inside], area[inside], share[inside]
    if not len(vertex):
        return False
    distance = shapely.distance(shapely.points(metres[vertex]), lines[edge])
    moved = np.zeros(len(shift))
    np.maximum.at(moved, area, distance)
    shift += moved
    entry = np.concatenate((np.arange(len(rings.vertex)), edges[edge]))
    order = np.lexsort((np.concatenate((np.zeros(len(rings.vertex)), share)), entry))
    rings.vertex = np.concatenate((rings.vertex, vertex))[order]
    rings.ring = np.concatenate((rings.ring, rings.ring[edges[edge]]))[order]
    _drop_repeats(rings)
    return True
