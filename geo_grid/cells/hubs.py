"""Hubs: the point inside a cell that sees all of its rim, where there is one."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_grid.cells.segments import rings_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely import Polygon

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Geometries = NDArray[np.object_]

    Point = tuple[float, float]

#: A centroid that is this far inside of all edges' lines (share of the root of the cell's area) is good as it is.
_COMFORT = 0.05
#: A hub must be this far inside of all edges' lines (same share), or slices become needles.
_MARGIN = 0.01
#: Corners that stand out less than this (same share) do not count when a hub is looked for.
SMOOTH = 1e-4


def find_hubs(polygons: Geometries) -> Floats:
    """Return a point of each polygon that sees its whole rim from a distance.

    Parameters
    ----------
    polygons : ndarray of object, shape (n,)
        Polygons with shells counter-clockwise.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        The hubs, metres; NaN where a polygon has holes or no such point.
    """
    scale = np.sqrt(shapely.area(polygons))
    whole = shapely.get_num_interior_rings(polygons) == 0
    hubs = shapely.get_coordinates(shapely.centroid(polygons))
    height = _lowest_height(polygons, hubs, scale)
    for at in np.flatnonzero(whole & (height < _COMFORT * scale)):
        smooth = shapely.simplify(polygons[at], SMOOTH * scale[at])
        centre = _kernel_centre(smooth)
        if centre is None:
            continue
        other = _lowest_height(polygons[at : at + 1], np.array([centre]), scale[at : at + 1])[0]
        if other > height[at]:
            hubs[at], height[at] = centre, other
    hubs[~whole | (height < _MARGIN * scale)] = np.nan
    return hubs


def _lowest_height(polygons: Geometries, points: Floats, scale: Floats) -> Floats:
    """Return the least height (m) of a point over the lines of its polygon's edges, negative where it is outside one.

    Edges far shorter than the cell are left out: noding leaves such, and they may point anywhere.
    """
    rings = rings_of(polygons)
    along = rings.end - rings.start
    towards = points[rings.polygon] - rings.start
    length = np.hypot(along[:, 0], along[:, 1])
    height = (along[:, 0] * towards[:, 1] - along[:, 1] * towards[:, 0]) / length
    height[length < SMOOTH * scale[rings.polygon]] = np.inf
    lowest = np.full(len(polygons), np.inf)
    np.minimum.at(lowest, rings.polygon, height)
    return lowest


def _kernel_centre(polygon: Polygon) -> Point | None:
    """Return the centroid of a polygon's kernel, the set of points that see all of it; None where it is empty."""
    x_min, y_min, x_max, y_max = polygon.bounds
    # near the origin: areas of small figures at large coordinates would lose their digits
    x_0, y_0 = (x_min + x_max) / 2, (y_min + y_max) / 2
    kernel = [
        (x_min - x_0, y_min - y_0),
        (x_max - x_0, y_min - y_0),
        (x_max - x_0, y_max - y_0),
        (x_min - x_0, y_max - y_0),
    ]
    ring = [(x - x_0, y - y_0) for x, y in polygon.exterior.coords]
    for a, b in pairwise(ring):
        kernel = _clip(kernel, a, b)
        if len(kernel) < 3:
            return None
    centre = _centroid(kernel)
    return None if centre is None else (centre[0] + x_0, centre[1] + y_0)


def _clip(figure: list[Point], a: Point, b: Point) -> list[Point]:
    """Keep what of a convex figure lies left of the line from a to b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    side = [dx * (y - a[1]) - dy * (x - a[0]) for x, y in figure]
    if min(side) >= 0:
        return figure
    kept: list[Point] = []
    for k, (x, y) in enumerate(figure):
        here, before = side[k], side[k - 1]
        if (here > 0) != (before > 0) and here != before:
            share = before / (before - here)
            px, py = figure[k - 1]
            kept.append((px + share * (x - px), py + share * (y - py)))
        if here > 0:
            kept.append((x, y))
    return kept


def _centroid(figure: list[Point]) -> Point | None:
    """Return the centroid of a convex figure, None if it has no area."""
    x_0, y_0 = figure[0]
    twice = x_sum = y_sum = 0.0
    for (ax, ay), (bx, by) in pairwise(figure[1:]):
        cross = (ax - x_0) * (by - y_0) - (bx - x_0) * (ay - y_0)
        twice += cross
        x_sum += cross * (ax + bx - 2 * x_0)
        y_sum += cross * (ay + by - 2 * y_0)
    return None if twice <= 0 else (x_0 + x_sum / (3 * twice), y_0 + y_sum / (3 * twice))
