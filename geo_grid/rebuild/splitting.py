"""A new house gets ground of its own: a part of the cell it stands in, cut from corner to corner.

The cut ends at corners that are there already, so that no other cell, grid or area gets a vertex.
"""

from __future__ import annotations

import itertools
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
    order = np.argsort(-np.abs(slope), kind="stable")
    found: list[int] = []
    for side in (1.0, -1.0):
        for at in order.tolist():
            if slope[at] * side > _STEEP and _sees(corners, middle, at):
                found.append(at)
                break
    return (found[0], found[1]) if len(found) == 2 else None


def _sees(corners: Floats, middle: Floats, at: int) -> bool:
    """Tell whether nothing lies between a point and a corner, nor touches the line between."""
    start, end = corners, np.roll(corners, -1, axis=0)
    n = len(corners)
    edges = np.ones(n, dtype=bool)
    edges[[at, at - 1]] = False
    goal = corners[at]

    def turn(a: Any, b: Any, c: Any) -> Any:
        return (b[..., 0] - a[..., 0]) * (c[..., 1] - a[..., 1]) - (b[..., 1] - a[..., 1]) * (c[..., 0] - a[..., 0])

    slack = 1e-9 * float(np.hypot(*(goal - middle)))
    one, other = turn(middle, goal, start), turn(middle, goal, end)
    near, far = turn(start, end, middle), turn(start, end, goal)
    crosses = (one * other <= slack) & (near * far <= slack) & (np.sign(near) != np.sign(far))
    return not bool((crosses & edges).any())


def _parts(
    cell: Any,
    corners: Floats,
    middle: Floats,
    ends: tuple[int, int],
    new: tuple[float, float],
    there: tuple[float, float] | None,
) -> tuple[Any, Any] | None:
    low, high = sorted(ends)
    one = np.vstack((corners[low : high + 1], middle))
    other = np.vstack((corners[high:], corners[: low + 1], middle))
    if len(one) < 3 or len(other) < 3:
        return None
    pair = np.array([shapely.Polygon(ring) for ring in (one, other)], dtype=object)
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
