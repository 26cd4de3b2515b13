"""Where points lie: in which area, or how far from the nearest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_grid.read.limits import ON_BORDER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.read.table import Geometries

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@dataclass(slots=True)
class Placed:
    """Points and their areas.

    Parameters
    ----------
    area : ndarray of int, shape (n,)
        Position of the area; -1 outside all.
    x, y : ndarray of float64, shape (n,)
        The points, those on an outer border brought inside by less than twice the tolerance.
    brought_in : ndarray of bool, shape (n,)
        Which were.
    """

    area: Ints
    x: Floats
    y: Floats
    brought_in: NDArray[np.bool_]


def place_points(x: Floats, y: Floats, shapes: Geometries, codes: list[str], declared: Ints | None = None) -> Placed:
    """Find the area of each point; on a border of two, the one with the lower code.

    Parameters
    ----------
    x, y : ndarray of float64, shape (n,)
        Finite coordinates, in metres.
    shapes : ndarray of Polygon or MultiPolygon, shape (m,)
        The areas.
    codes : list of str, length m
        Their codes.
    declared : ndarray of int, shape (n,), optional
        The area each point is likely to be in, below 0 for none: looked at first, for inside one it is in no other.

    Returns
    -------
    Placed
        Every point with an area lies in it (its polygon covers the point).
    """
    places, first, inverse = _different(np.asarray(x), np.asarray(y))
    area = _covering(places, shapes, codes, None if declared is None else declared[first])
    brought = np.zeros(len(places), dtype=bool)
    outside = np.flatnonzero(area < 0)
    if len(outside) and len(shapes):
        nearest, distance = nearest_area(places[outside], shapes, codes)
        close = distance <= ON_BORDER
        inside, fits = _bring_in(places[outside[close]], shapes[nearest[close]])
        chosen = outside[close][fits]
        places[chosen] = inside[fits]
        area[chosen] = nearest[close][fits]
        brought[chosen] = True
    return Placed(area[inverse], places[inverse, 0], places[inverse, 1], brought[inverse])


def _different(x: Floats, y: Floats) -> tuple[Floats, Ints, Ints]:
    """Return places each once where they come one after the other, the first row of each, and the place of each row."""
    new = np.ones(len(x), dtype=bool)
    new[1:] = (x[1:] != x[:-1]) | (y[1:] != y[:-1])
    first = np.flatnonzero(new)
    return np.column_stack((x[first], y[first])), first, np.cumsum(new) - 1


def _covering(places: Floats, shapes: Geometries, codes: list[str], likely: Ints | None) -> Ints:
    area = np.full(len(places), -1, dtype=np.int64)
    shapely.prepare(shapes)  # they are asked again, batch by batch
    if likely is not None:
        asked = np.flatnonzero(likely >= 0)
        inside = asked[shapely.contains_xy(shapes[likely[asked]], *places[asked].T)]
        area[inside] = likely[inside]
    left = np.flatnonzero(area < 0)
    if len(left):
        area[left] = _searched(places[left], shapes, codes)
    return area


def _searched(places: Floats, shapes: Geometries, codes: list[str]) -> Ints:
    # areas ask for points, not points for areas: then each polygon is prepared once
    which, point = shapely.STRtree(shapely.points(places)).query(shapes, predicate="covers")
    rank = _rank(codes)
    best = np.full(len(places), len(codes), dtype=np.int64)
    np.minimum.at(best, point, rank[which])
    by_rank = np.append(np.argsort(rank), -1)
    return by_rank[best]


def _rank(codes: list[str]) -> Ints:
    rank = np.empty(len(codes), dtype=np.int64)
    rank[np.argsort(np.array(codes, dtype=object), kind="stable")] = np.arange(len(codes))
    return rank


def nearest_area(places: Floats, shapes: Geometries, codes: list[str]) -> tuple[Ints, Floats]:
    """Find the area nearest to each place.

    Parameters
    ----------
    places : ndarray of float64, shape (n, 2)
        Coordinates, in metres.
    shapes : ndarray of Polygon or MultiPolygon, shape (m,)
        The areas, at least one.
    codes : list of str, length m
        Their codes; the lower wins where two are equally near.

    Returns
    -------
    area : ndarray of int, shape (n,)
        Position of the nearest area.
    distance : ndarray of float64, shape (n,)
        How far it is, metres.
    """
    points = shapely.points(places)
    (point, which), distance = shapely.STRtree(shapes).query_nearest(points, return_distance=True)
    order = np.lexsort((_rank(codes)[which], distance, point))
    point, which, distance = point[order], which[order], distance[order]
    _, first = np.unique(point, return_index=True)
    return which[first], distance[first]


def _bring_in(places: Floats, shapes: Geometries) -> tuple[Floats, NDArray[np.bool_]]:
    """Move points from just outside a polygon to just inside, where that is possible."""
    points = shapely.points(places)
    rim = shapely.shortest_line(points, shapely.boundary(shapes))
    ends = shapely.get_coordinates(rim).reshape(-1, 2, 2)
    step = ends[:, 1] - ends[:, 0]
    length = np.hypot(step[:, 0], step[:, 1])
    ahead = np.divide(step, length[:, None], out=np.zeros_like(step), where=length[:, None] > 0)
    middle = shapely.get_coordinates(shapely.point_on_surface(shapes)) - ends[:, 1]
    middle /= np.maximum(np.hypot(middle[:, 0], middle[:, 1]), 1e-9)[:, None]
    result, fits = places.copy(), np.zeros(len(places), dtype=bool)
    for direction in (ahead, middle, -middle):
        tried = ends[:, 1] + direction * 1e-3
        good = ~fits & shapely.covers(shapes, shapely.points(tried))
        result[good], fits = tried[good], fits | good
    return result, fits
