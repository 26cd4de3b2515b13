"""Places at which the shares of elements are looked at: along lines, over surfaces, at points."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Cells of the lattice over one surface at most, however crooked it is.
_MOST_CELLS = 20_000


class Samples(NamedTuple):
    """Places of shares.

    Parameters
    ----------
    share : ndarray of int64, shape (k,)
        Which share, as a position in what was handed in; ascending.
    place : ndarray of float64, shape (k, 2)
        Where.
    weight : ndarray of float64, shape (k,)
        What each stands for: metres, square metres or one.
    """

    share: NDArray[np.int64]
    place: NDArray[np.float64]
    weight: NDArray[np.float64]


def sample(shapes: NDArray[Any], step: NDArray[np.float64], places: int) -> Samples:
    """Choose places.

    Parameters
    ----------
    shapes : ndarray of geometry, shape (n,)
        Points, lines or polygons.
    step : ndarray of float64, shape (n,)
        Metres between places along lines, and at least over surfaces.
    places : int
        Places over a surface at most, about.

    Returns
    -------
    Samples
        At least one of each shape that is not empty; the same for the same shapes.
    """
    parts, owner = shapely.get_parts(shapes, return_index=True)
    dimension = shapely.get_dimensions(parts)
    found = [
        _points(parts[dimension == 0], owner[dimension == 0]),
        _along(parts[dimension == 1], owner[dimension == 1], step[owner[dimension == 1]]),
        _over(parts[dimension == 2], owner[dimension == 2], step[owner[dimension == 2]], places),
    ]
    share, place, weight = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.argsort(share, kind="stable")
    return Samples(share[order], place[order], weight[order])


def _points(parts: NDArray[Any], owner: NDArray[np.int64]) -> Samples:
    return Samples(owner, shapely.get_coordinates(parts), np.ones(len(parts)))


def _along(parts: NDArray[Any], owner: NDArray[np.int64], step: NDArray[np.float64]) -> Samples:
    length = shapely.length(parts)
    count = np.maximum(np.ceil(length / step).astype(np.int64), 1)
    rows = np.repeat(np.arange(len(parts)), count)
    number = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    gap = (length / count)[rows]
    # all lines end to end are one long line; interpolating there is ten times as quick as line by line
    vertex, of = shapely.get_coordinates(parts, return_index=True)
    steps = np.hypot(*np.diff(vertex, axis=0).T) * (of[1:] == of[:-1])
    along = np.concatenate([np.zeros(min(len(vertex), 1)), np.cumsum(steps)])
    start = along[np.unique(of, return_index=True)[1]][rows]
    wanted = start + (number + 0.5) * gap
    place = np.column_stack([np.interp(wanted, along, each) for each in vertex.T]) if len(vertex) else vertex
    return Samples(owner[rows], place, gap)


def _over(parts: NDArray[Any], owner: NDArray[np.int64], step: NDArray[np.float64], places: int) -> Samples:
    area = shapely.area(parts)
    west, south, east, north = (each.ravel() for each in np.hsplit(shapely.bounds(parts).reshape(-1, 4), 4))
    gap = np.maximum(np.sqrt(area / places), step)
    gap = np.maximum(gap, np.sqrt((east - west) * (north - south) / _MOST_CELLS))
    across = np.maximum(np.ceil((east - west) / np.maximum(gap, 1e-9)).astype(np.int64), 1)
    up = np.maximum(np.ceil((north - south) / np.maximum(gap, 1e-9)).astype(np.int64), 1)
    rows = np.repeat(np.arange(len(parts)), across * up)
    number = np.arange(len(rows)) - np.repeat(np.cumsum(across * up) - across * up, across * up)
    x = west[rows] + (number % across[rows] + 0.5) * ((east - west) / across)[rows]
    y = south[rows] + (number // across[rows] + 0.5) * ((north - south) / up)[rows]
    shapely.prepare(parts)
    inside = shapely.contains_xy(parts[rows], x, y)
    missed = np.setdiff1d(np.arange(len(parts)), rows[inside])
    at = np.concatenate([rows[inside], missed])
    alone = shapely.get_coordinates(shapely.point_on_surface(parts[missed]))
    place = np.concatenate([np.column_stack([x[inside], y[inside]]), alone])
    weight = area[at] / np.maximum(np.bincount(at, minlength=len(parts))[at], 1)
    return Samples(owner[at], place, weight)
