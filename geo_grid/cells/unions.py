"""Unions of the polygons of a coverage at several levels, along half-edges: each level costs one walk along its borders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Geometries = NDArray[np.object_]

_MIX1, _MIX2, _S29, _S32 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(29), np.uint64(32)


def unite_levels(polygons: Geometries, labels: Ints) -> list[Geometries]:
    """Unite the polygons of a coverage by label at each of some levels: no coordinate is computed anew.

    Parameters
    ----------
    polygons : ndarray of Polygon, shape (n,)
        Polygons that form a coverage, none empty.
    labels : ndarray of int64, shape (levels, n)
        Label of each polygon at each level, 0 … k − 1, none left out.

    Returns
    -------
    list of ndarray of object, shape (k,)
        Union by label at each level: a Polygon where it is one piece, else a MultiPolygon.
    """
    polygons = shapely.orient_polygons(polygons)
    rings, owner = shapely.get_rings(polygons, return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.searchsorted(ring, np.arange(len(rings) + 1))
    after, polygon, corner = half_edges(xy, first, owner)
    across = twins(corner, after)
    return [_united(polygons, row, xy, after, polygon, corner, across) for row in np.atleast_2d(labels)]


def _united(
    polygons: Geometries, label: Ints, xy: Floats, after: Ints, polygon: Ints, corner: Ints, across: Ints
) -> Geometries:
    """Unite polygons of one level."""
    count = int(label.max()) + 1 if len(label) else 0
    points, sizes, of, shell = walk(np.ascontiguousarray(label, dtype=np.int64)[polygon], xy, after, corner, across)
    united = np.empty(count, dtype=object)
    # by label, the shell first
    order = np.lexsort((~shell, of))
    starts = np.cumsum(sizes) - sizes
    at = np.repeat(starts[order] - np.cumsum(sizes[order]) + sizes[order], sizes[order]) + np.arange(len(points))
    made = shapely.linearrings(xy[points[at]], indices=np.repeat(np.arange(len(sizes)), sizes[order]))
    several = np.bincount(of[shell], minlength=count) != 1
    alone = ~several[of[order]]
    united[~several] = shapely.polygons(made[alone], indices=np.cumsum(~several)[of[order][alone]] - 1)
    for row in np.flatnonzero(several):  # seldom: which hole lies in which piece is left to GEOS
        united[row] = shapely.coverage_union_all(polygons[label == row])
    return united


@njit(cache=True)
def half_edges(xy: Floats, first: Ints, owner: Ints) -> tuple[Ints, Ints, Ints]:
    """Return of each point of some rings the next one in its ring, its polygon, and the number of its place.

    The last point of a ring is its first one again: it has no number (−1) and begins no edge.
    """
    count = len(xy)
    after, polygon, corner = np.full(count, -1, np.int64), np.zeros(count, np.int64), np.full(count, -1, np.int64)
    size = 16
    while size < 2 * count:
        size *= 2
    table = np.full(size, -1, np.int64)
    bits = xy.view(np.uint64)
    for r in range(len(first) - 1):
        for p in range(first[r], first[r + 1] - 1):
            after[p] = p + 1 if p + 2 < first[r + 1] else first[r]
            polygon[p] = owner[r]
            key = bits[p, 0] * _MIX1
            key = ((key ^ (key >> _S29)) + bits[p, 1]) * _MIX2
            slot = np.int64((key ^ (key >> _S32)) & np.uint64(size - 1))
            while table[slot] >= 0 and (xy[table[slot], 0] != xy[p, 0] or xy[table[slot], 1] != xy[p, 1]):
                slot = (slot + 1) & (size - 1)
            if table[slot] < 0:
                table[slot] = p
            corner[p] = table[slot]
    return after, polygon, corner


@njit(cache=True)
def twins(corner: Ints, after: Ints) -> Ints:
    """Return the edge that runs the other way along each edge, −1 where there is none."""
    count = len(corner)
    across = np.full(count, -1, np.int64)
    size = 16
    while size < 2 * count:
        size *= 2
    table = np.full(size, -1, np.int64)
    for p in range(count):
        if after[p] < 0:
            continue
        a, b = corner[p], corner[after[p]]
        low, high = min(a, b), max(a, b)
        key = (np.uint64(low) * _MIX1 ^ np.uint64(high)) * _MIX2
        slot = np.int64((key ^ (key >> _S32)) & np.uint64(size - 1))
        while table[slot] >= 0:
            q = table[slot]
            if corner[q] == b and corner[after[q]] == a:
                across[p], across[q] = q, p
                break
            slot = (slot + 1) & (size - 1)
        if table[slot] < 0:
            table[slot] = p
    return across


@njit(cache=True)
def walk(
    label: Ints, xy: Floats, after: Ints, corner: Ints, across: Ints
) -> tuple[Ints, Ints, Ints, NDArray[np.bool_]]:  # pragma: no cover
    """Walk along all borders between labels, each zone to the left, and return simple rings.

    At a corner the next edge is found by turning through the zone, edge by edge. A walk that comes to a corner again
    has closed a ring there: zones may touch themselves in a point.

    Returns
    -------
    tuple of ndarray
        Points of all rings, the first of each repeated at its end; how many each has; its label; whether it is a shell.
    """
    count = len(label)
    edge = np.zeros(count, np.bool_)
    for p in range(count):
        edge[p] = after[p] >= 0 and (across[p] < 0 or label[across[p]] != label[p])
    room = 2 * int(edge.sum()) + 1
    points, sizes, of = np.empty(room, np.int64), np.empty(room, np.int64), np.empty(room, np.int64)
    shell = np.empty(room, np.bool_)
    place, path = np.full(count, -1, np.int64), np.empty(room, np.int64)
    made, rings = 0, 0
    for start in range(count):
        if not edge[start]:
            continue
        p, length = start, 0
        while True:
            c = corner[p]
            if place[c] >= 0:  # round: what was walked since makes a ring
                twice = 0.0
                begin = place[c]
                x, y = xy[path[begin], 0], xy[path[begin], 1]
                for i in range(begin, length):
                    q, r = path[i], path[i + 1] if i + 1 < length else path[begin]
                    twice += (xy[q, 0] - x) * (xy[r, 1] - y) - (xy[r, 0] - x) * (xy[q, 1] - y)
                    points[made] = q
                    made += 1
                    place[corner[q]] = -1
                points[made] = path[begin]
                made += 1
                sizes[rings], of[rings], shell[rings] = length - begin + 1, label[start], twice > 0.0
                rings += 1
                length = begin
            if not edge[p]:
                break
            place[c] = length
            path[length] = p
            length += 1
            edge[p] = False
            p = after[p]
            while across[p] >= 0 and label[across[p]] == label[start]:
                p = after[across[p]]
    return points[:made], sizes[:rings], of[:rings], shell[:rings]
