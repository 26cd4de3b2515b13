"""A new house gets ground of its own: a part of the cell it stands in, cut from corner to corner.

The cut ends at corners that are there already, so that no other cell, grid or area gets a vertex.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

#: Where the cut passes between the two houses: halfway, else nearer to one of them.
_BETWEEN = (0.5, 0.35, 0.65)
#: Least sine of the angle between a cut and the line from house to house.
_STEEP = 0.1
#: Least share of the cell that either part has.
_LEAST = 1e-3


def split_cell(
    cell: Any, there: tuple[float, float] | None, new: tuple[float, float], beside: Any = None
) -> tuple[Any, Any] | None:
    """Cut a cell between the house that stands there and a new one.

    Parameters
    ----------
    cell : Polygon
        The cell; its shell may run either way.
    there : tuple of float or None
        The house that stands there; None where any place will do.
    new : tuple of float
        The new house.
    beside : Polygon or MultiPolygon, optional
        Other parts of the same building: every corner shared with them stays with the old house.

    Returns
    -------
    tuple of Polygon or None
        The part that stays, and that of the new house; None where no cut from corner to corner does it.
    """
    if shapely.get_num_interior_rings(cell):
        return None
    corners = shapely.get_coordinates(cell)[:-1]
    stays = _shared(corners, beside)
    if there is not None:
        old = np.array(there)
    else:
        old = corners[stays].mean(axis=0) if stays.any() else shapely.get_coordinates(shapely.point_on_surface(cell))[0]
    fresh = np.array(new)
    if np.hypot(*(fresh - old)) < 1e-2 or len(corners) < 4:
        return None
    for share in _BETWEEN:
        middle = old + share * (fresh - old)
        ends = _ends(corners, middle, fresh - old)
        parts = None if ends is None else _parts(cell, corners, middle, ends, new, there)
        if parts is not None and stays.any() and not _holds(parts[0], corners, stays):
            parts = None
        if parts is not None:
            return parts
    return None


def _shared(corners: Floats, beside: Any) -> NDArray[np.bool_]:
    """Mark the corners that other parts of the same building have too."""
    if beside is None:
        return np.zeros(len(corners), dtype=bool)
    others = {tuple(xy) for xy in shapely.get_coordinates(beside).tolist()}
    return np.array([tuple(xy) in others for xy in corners.tolist()], dtype=bool)


def _holds(part: Any, corners: Floats, shared: NDArray[np.bool_]) -> bool:
    """Tell whether a part still has every corner, and every edge, that it had in common with the rest of its building."""
    ring = [tuple(xy) for xy in shapely.get_coordinates(part).tolist()]
    mine = {frozenset(edge) for edge in itertools.pairwise(ring)}
    points = [tuple(xy) for xy in corners.tolist()]
    if not {point for point, is_shared in zip(points, shared, strict=True) if is_shared} <= set(ring):
        return False
    both = shared & np.roll(shared, -1)
    return all(frozenset((points[at], points[(at + 1) % len(points)])) in mine for at in np.flatnonzero(both).tolist())


def _ends(corners: Floats, middle: Floats, towards: Floats) -> tuple[int, int] | None:
    """Return the corners that a cut through a point goes to: one on either side, seen from it, and best across."""
    away = corners - middle
    reach = np.hypot(away[:, 0], away[:, 1])
    if (reach < 1e-6).any():
        return None
    slope = (towards[0] * away[:, 1] - towards[1] * away[:, 0]) / (reach * np.hypot(*towards))
    order, steep = np.argsort(-np.abs(slope), kind="stable").tolist(), slope.tolist()
    points = corners.tolist()
    found: list[int] = []
    for side in (1.0, -1.0):
        for at in order:
            if steep[at] * side > _STEEP and _sees(points, middle, at):
                found.append(at)
                break
    return (found[0], found[1]) if len(found) == 2 else None


def _sees(points: list[list[float]], middle: Floats, at: int) -> bool:
    """Tell whether nothing lies between a point and a corner, nor touches the line between."""
    (x, y), (goal_x, goal_y) = middle.tolist(), points[at]
    away_x, away_y = goal_x - x, goal_y - y
    slack = 1e-9 * math.hypot(away_x, away_y)
    before = (at - 1) % len(points)
    for number, (start_x, start_y) in enumerate(points):
        if number in (at, before):
            continue
        end_x, end_y = points[number + 1 - len(points)]
        one = away_x * (start_y - y) - away_y * (start_x - x)
        other = away_x * (end_y - y) - away_y * (end_x - x)
        if one * other <= slack:
            edge_x, edge_y = end_x - start_x, end_y - start_y
            near = edge_x * (y - start_y) - edge_y * (x - start_x)
            far = edge_x * (goal_y - start_y) - edge_y * (goal_x - start_x)
            if near * far <= slack and _sign(near) != _sign(far):
                return False
    return True


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _parts(
    cell: Any,
    corners: Floats,
    middle: Floats,
    ends: tuple[int, int],
    new: tuple[float, float],
    there: tuple[float, float] | None,
) -> tuple[Any, Any] | None:
    low, high = sorted(ends)
    rings = np.vstack((corners[low : high + 1], middle, corners[high:], corners[: low + 1], middle))
    first = high - low + 2
    if first < 3 or len(rings) - first < 3:
        return None
    pair = shapely.polygons(shapely.linearrings(rings, indices=(np.arange(len(rings)) >= first).astype(np.intp)))
    areas, whole = shapely.area(pair), float(shapely.area(cell))
    if not shapely.is_valid(pair).all() or (areas < _LEAST * whole).any() or abs(areas.sum() - whole) > 1e-9 * whole:
        return None  # the middle may lie outside: then the parts are more than the cell
    mine = shapely.contains_xy(pair, *new)
    if mine.sum() != 1:
        return None
    stays, goes = (pair[0], pair[1]) if mine[1] else (pair[1], pair[0])
    if there is not None and not shapely.intersects_xy(stays, *there):
        return None
    return stays, goes
