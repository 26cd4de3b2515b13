"""Straight pieces of polygon borders, compared by their very coordinates: no overlay, no tolerance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Geometries = NDArray[Any]


class Edges(NamedTuple):
    """Border pieces of polygons.

    Parameters
    ----------
    owner : ndarray of int64, shape (m,)
        Polygon each belongs to.
    key : ndarray of int64, shape (m,)
        Number of the pair of end points, whichever way it is walked.
    sign : ndarray of int64, shape (m,)
        1 if walked from the lesser end point to the greater, −1 if the other way; inside is on the left.
    """

    owner: Ints
    key: Ints
    sign: Ints


def edges_of(*collections: Geometries) -> tuple[Edges, ...]:
    """Take polygons apart, with end points numbered alike in all collections.

    Parameters
    ----------
    *collections : ndarray of Polygon or MultiPolygon
        Polygons; -0.0 and 0.0 are one coordinate.

    Returns
    -------
    tuple of Edges
        One for each collection.
    """
    points, owners, starts = [], [], []
    for polygons in collections:
        oriented = shapely.orient_polygons(polygons, exterior_cw=False)
        parts, part_owner = shapely.get_parts(oriented, return_index=True)
        rings, ring_part = shapely.get_rings(parts, return_index=True)
        coordinates, ring = shapely.get_coordinates(rings, return_index=True)
        points.append(coordinates + 0.0)
        owners.append(part_owner[ring_part][ring])
        starts.append(ring)
    number = _numbers(np.concatenate(points)) if points else np.empty(0, np.int64)
    size = int(number.max()) + 1 if len(number) else 1
    out, begin = [], 0
    for coordinates, owner, ring in zip(points, owners, starts, strict=True):
        mine = number[begin : begin + len(coordinates)]
        begin += len(coordinates)
        first, second = mine[:-1], mine[1:]
        real = (ring[:-1] == ring[1:]) & (first != second)
        first, second = first[real], second[real]
        key = np.minimum(first, second) * size + np.maximum(first, second)
        out.append(Edges(owner[:-1][real].astype(np.int64), key, np.where(first < second, 1, -1)))
    return tuple(out)


def _numbers(points: NDArray[np.float64]) -> Ints:
    """Give equal points equal numbers."""
    order = np.lexsort((points[:, 1], points[:, 0]))
    inner = points[order]
    fresh = np.ones(len(points), dtype=np.int64)
    fresh[1:] = (inner[1:] != inner[:-1]).any(axis=1)
    out = np.empty(len(points), dtype=np.int64)
    out[order] = np.cumsum(fresh) - 1
    return out


def neighbours(edges: Edges) -> tuple[Ints, Ints]:
    """Return which polygons have a piece of border in common.

    Parameters
    ----------
    edges : Edges
        Their borders.

    Returns
    -------
    tuple of ndarray of int64
        First and second polygon of each pair; a pair may stand more than once.
    """
    order = np.argsort(edges.key, kind="stable")
    key, owner = edges.key[order], edges.owner[order]
    same = np.flatnonzero(key[1:] == key[:-1])
    return owner[same], owner[same + 1]


def differing(parents: Edges, children: Edges, parent_of: Ints, count: int) -> NDArray[np.bool_]:
    """Tell which polygons are not exactly the sum of their children.

    The borders of the children, walked with the inside on the left, must cancel each other but for the border of the
    parent. Then every place of the parent lies in exactly one child, and no other place in any: neither gap nor
    overlap, without any rounding.

    Parameters
    ----------
    parents, children : Edges
        Borders, of valid polygons.
    parent_of : ndarray of int64, shape (children,)
        Parent of each child; −1 for none.
    count : int
        Number of parents.

    Returns
    -------
    ndarray of bool, shape (count,)
        True where anything is left over.
    """
    owner = parent_of[children.owner]
    known = owner >= 0
    owner = np.concatenate([owner[known], parents.owner])
    key = np.concatenate([children.key[known], parents.key])
    sign = np.concatenate([children.sign[known], -parents.sign])
    order = np.lexsort((key, owner))
    owner, key, sign = owner[order], key[order], sign[order]
    out = np.zeros(count, dtype=bool)
    if not len(owner):
        return out
    first = np.flatnonzero(np.concatenate([[True], (key[1:] != key[:-1]) | (owner[1:] != owner[:-1])]))
    out[owner[first[np.add.reduceat(sign, first) != 0]]] = True
    return out
