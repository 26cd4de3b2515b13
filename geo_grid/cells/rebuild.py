"""Rings with further points in them, and polygons made of rings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]


def ragged(first: Ints, count: Ints) -> Ints:
    """Return first[0], first[0] + 1, …, first[1], first[1] + 1, …: count[k] numbers from each first[k].

    Parameters
    ----------
    first, count : ndarray of int64, shape (n,)
        First number and length of each run.

    Returns
    -------
    ndarray of int64, shape (sum of count,)
        The runs, one after the other.
    """
    ends = np.cumsum(count)
    return np.repeat(first - (ends - count), count) + np.arange(int(ends[-1]) if len(ends) else 0)


def polygons_of(start: Floats, ring: Ints, polygon: Ints) -> Geometries:
    """Make polygons of their edges.

    Parameters
    ----------
    start : ndarray of float64, shape (e, 2)
        Where each edge starts, in ring order.
    ring : ndarray of int64, shape (e,)
        Ring of each edge, non-decreasing; numbers may be left out.
    polygon : ndarray of int64, shape (e,)
        Polygon of each edge, non-decreasing; the first ring of a polygon is its shell. Numbers may be left out.

    Returns
    -------
    ndarray of object
        The polygons, in order.
    """
    if not len(start):
        return np.zeros(0, dtype=object)
    first = np.unique(ring, return_index=True)[1]
    dense_ring = np.unique(ring, return_inverse=True)[1]
    rings = shapely.linearrings(start, indices=dense_ring)
    return np.asarray(shapely.polygons(rings, indices=np.unique(polygon[first], return_inverse=True)[1]), dtype=object)
