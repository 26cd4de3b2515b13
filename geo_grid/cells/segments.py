"""Border segments of a coverage, found by matching pairs of vertices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Rings:
    """The rings of polygons as flat arrays of edges, in ring order.

    Parameters
    ----------
    start, end : ndarray of float64, shape (e, 2)
        Ends of each edge, metres.
    ring : ndarray of int64, shape (e,)
        Ring of each edge, 0 … r − 1, non-decreasing.
    polygon : ndarray of int64, shape (e,)
        Polygon of each edge, non-decreasing; its first ring is its shell.
    """

    start: Floats
    end: Floats
    ring: Ints
    polygon: Ints


@dataclass(frozen=True, slots=True)
class Segments:
    """Every straight piece of border of a coverage, once.

    Parameters
    ----------
    ends : ndarray of float64, shape (m, 4)
        x, y of the first and of the second end, metres; the first is the smaller one.
    i, j : ndarray of int64, shape (m,)
        The polygons on both sides, i < j; j is −1 on the outer border of the coverage.
    edge_segment : ndarray of int64, shape (e,)
        Segment of each edge of :class:`Rings`.
    edge_flip : ndarray of bool, shape (e,)
        Whether the ring runs from the second end to the first.
    """

    ends: Floats
    i: Ints
    j: Ints
    edge_segment: Ints
    edge_flip: Bools

    @property
    def length(self) -> Floats:
        """Length of each segment, metres, shape (m,)."""
        return np.hypot(self.ends[:, 2] - self.ends[:, 0], self.ends[:, 3] - self.ends[:, 1])

    @property
    def shared(self) -> Bools:
        """Whether a segment has a polygon on both sides, shape (m,)."""
        return self.j >= 0


def rings_of(polygons: Geometries) -> Rings:
    """Return the edges of polygons in ring order.

    Parameters
    ----------
    polygons : ndarray of object, shape (n,)
        Polygons or MultiPolygons, none empty.

    Returns
    -------
    Rings
        All their edges.
    """
    parts, part_polygon = shapely.get_parts(polygons, return_index=True)
    rings, ring_part = shapely.get_rings(parts, return_index=True)
    xy, point_ring = shapely.get_coordinates(rings, return_index=True)
    last = np.concatenate((point_ring[1:] != point_ring[:-1], [True])) if len(xy) else np.zeros(0, dtype=bool)
    starts = np.flatnonzero(~last)
    ring = point_ring[starts].astype(np.int64)
    return Rings(xy[starts], xy[starts + 1], ring, part_polygon[ring_part[ring]].astype(np.int64))


def vertex_numbers(xy: Floats) -> tuple[Ints, Floats]:
    """Give equal points equal numbers.

    Parameters
    ----------
    xy : ndarray of float64, shape (n, 2)
        Points.

    Returns
    -------
    tuple of ndarray
        Number of each point, shape (n,), and the distinct points by number, shape (v, 2), sorted by x, then y.
    """
    order = np.lexsort((xy[:, 1], xy[:, 0]))
    ordered = xy[order]
    new = np.concatenate(([True], (ordered[1:] != ordered[:-1]).any(axis=1))) if len(xy) else np.zeros(0, dtype=bool)
    number = np.empty(len(xy), dtype=np.int64)
    number[order] = np.cumsum(new) - 1
    return number, ordered[new]


def same_edges(start: Floats, end: Floats) -> tuple[Ints, Ints]:
    """Gather edges with the same two ends, whichever way they run.

    Parameters
    ----------
    start, end : ndarray of float64, shape (n, 2)
        The ends.

    Returns
    -------
    tuple of ndarray
        The edges, equal ones next to each other (int64, shape (n,)), and where each gathering starts among them.
    """
    # sorting one number an edge is several times faster than sorting its four coordinates
    key = point_hash(start) + point_hash(end)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    new = np.concatenate(([True], ordered[1:] != ordered[:-1])) if len(key) else np.zeros(0, dtype=bool)
    again = np.flatnonzero(~new)
    one, two = order[again - 1], order[again]
    straight = (start[one] == start[two]).all(axis=1) & (end[one] == end[two]).all(axis=1)
    turned = (start[one] == end[two]).all(axis=1) & (end[one] == start[two]).all(axis=1)
    if not (straight | turned).all():  # two numbers fell together: seldom, but then by the coordinates themselves
        number, vertices = vertex_numbers(np.vstack((start, end)))
        a, b = number[: len(start)], number[len(start) :]
        key = (np.minimum(a, b) * len(vertices) + np.maximum(a, b)).astype(np.uint64)
        order = np.argsort(key, kind="stable")
        ordered = key[order]
        new = np.concatenate(([True], ordered[1:] != ordered[:-1]))
    return order.astype(np.int64), np.flatnonzero(new)


def point_hash(xy: Floats) -> NDArray[np.uint64]:
    """Return a number of each point, well mixed so that different points have different ones.

    Parameters
    ----------
    xy : ndarray of float64, shape (n, 2)
        The points.

    Returns
    -------
    ndarray of uint64, shape (n,)
        Equal for equal points; of others nearly never.
    """
    x, y = (np.ascontiguousarray(xy[:, axis] + 0.0).view(np.uint64) for axis in (0, 1))  # + 0.0: no −0.0
    out = x * np.uint64(0x9E3779B97F4A7C15)
    out ^= out >> np.uint64(29)
    out += y
    for factor, shift in ((0xBF58476D1CE4E5B9, 32), (0x94D049BB133111EB, 29)):
        out *= np.uint64(factor)
        out ^= out >> np.uint64(shift)
    return out


def match_segments(rings: Rings) -> Segments:
    """Match the edges of a coverage into border segments.

    Parameters
    ----------
    rings : Rings
        Edges of the coverage's polygons.

    Returns
    -------
    Segments
        The segments, sorted by their ends.

    Raises
    ------
    AssertionError
        If a segment belongs to more than two edges: the polygons overlap.
    """
    count = len(rings.start)
    number, vertices = vertex_numbers(np.vstack((rings.start, rings.end)))
    a, b = number[:count], number[count:]
    flip = a > b
    key = np.minimum(a, b) * len(vertices) + np.maximum(a, b)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    new = np.concatenate(([True], ordered[1:] != ordered[:-1])) if count else np.zeros(0, dtype=bool)
    first = np.flatnonzero(new)
    uses = np.diff(np.append(first, count))
    if len(uses) and uses.max() > 2:
        raise AssertionError("a border segment has more than two sides: the polygons are no coverage")
    segment = np.empty(count, dtype=np.int64)
    segment[order] = np.cumsum(new) - 1
    one = rings.polygon[order[first]]
    other = np.where(uses == 2, rings.polygon[order[np.minimum(first + 1, count - 1)]], -1)
    i = np.where(uses == 2, np.minimum(one, other), one)
    j = np.where(uses == 2, np.maximum(one, other), -1)
    ends = np.hstack(
        (vertices[ordered[first] // max(len(vertices), 1)], vertices[ordered[first] % max(len(vertices), 1)])
    )
    return Segments(ends, i, j, segment, flip)


def sum_pairs(i: Ints, j: Ints, *values: Floats) -> tuple[Any, ...]:
    """Add up values by pair.

    Parameters
    ----------
    i, j : ndarray of int64, shape (m,)
        The pair of each value.
    *values : ndarray of float64, shape (m,)
        What is added up.

    Returns
    -------
    tuple of ndarray
        i and j of the distinct pairs in order, then the sum of each of the values.
    """
    order = np.lexsort((j, i))
    i, j = i[order], j[order]
    new = np.concatenate(([True], (i[1:] != i[:-1]) | (j[1:] != j[:-1]))) if len(i) else np.zeros(0, dtype=bool)
    pair = np.cumsum(new) - 1
    sums = (np.bincount(pair, value[order], int(new.sum())) for value in values)
    return (i[new], j[new], *sums)


def shared_edges(polygons: Geometries) -> tuple[Ints, Ints, Floats]:
    """Find which polygons of a coverage share a border, and how much of it.

    Parameters
    ----------
    polygons : ndarray of object, shape (n,)
        Polygons or MultiPolygons that form a coverage: shared borders have the same vertices on both sides.

    Returns
    -------
    tuple of ndarray
        i and j (int64, i < j, in order) of each pair that shares more than points, and the metres they share.
    """
    segments = match_segments(rings_of(polygons))
    keep = segments.shared & (segments.i != segments.j)
    i, j, length = sum_pairs(segments.i[keep], segments.j[keep], segments.length[keep])
    return i.astype(np.int64), j.astype(np.int64), length.astype(np.float64)
