"""Walks around cells that no single point sees whole: over the triangles of the cell, see :mod:`geo_grid.cells.fans`."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from math import dist
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely

from geo_grid.cells.rebuild import polygons_of, ragged

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely import Polygon

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Geometries = NDArray[np.object_]

Point = tuple[float, float]

#: Shares of the cell's size within which its corners are smoothed before it is cut into triangles; the first that fits.
_SMOOTHING = (1e-3, 1e-5, 0.0)


@dataclass(slots=True)
class Walk:
    """A walk as it is made.

    Parameters
    ----------
    edge : list of int
        Edge of the rim of each step, −1 inside.
    start, hub : list of tuple
        Where each step starts, and its hub.
    contact : list of tuple
        Two steps whose triangles share an edge inside the cell.
    contact_length : list of float
        Length of that edge, metres.
    """

    edge: list[int] = field(default_factory=list)
    start: list[Point] = field(default_factory=list)
    hub: list[Point] = field(default_factory=list)
    contact: list[tuple[int, int]] = field(default_factory=list)
    contact_length: list[float] = field(default_factory=list)

    def step(self, edge: int, start: Point, hub: Point) -> int:
        """Append a step.

        Parameters
        ----------
        edge : int
            Edge of the rim, −1 inside.
        start, hub : tuple
            Where the step starts, and its hub.

        Returns
        -------
        int
            Number of the step.
        """
        self.edge.append(edge)
        self.start.append(start)
        self.hub.append(hub)
        return len(self.edge) - 1

    def touch(self, one: int, other: int, length: float) -> None:
        """Note that the triangles of two steps share an edge.

        Parameters
        ----------
        one, other : int
            The steps.
        length : float
            Length of the edge, metres.
        """
        self.contact.append((one, other))
        self.contact_length.append(length)


def walk_triangles(polygon: Polygon, start: Floats, ring: Ints) -> Walk:
    """Walk around a polygon of any shape.

    Parameters
    ----------
    polygon : Polygon
        The polygon, shell counter-clockwise.
    start : ndarray of float64, shape (e, 2)
        Where each edge of its rings starts, in ring order.
    ring : ndarray of int64, shape (e,)
        Ring of each edge, non-decreasing.

    Returns
    -------
    Walk
        The walk; edges are numbered as in ``start``.
    """
    points: list[Point] = [(x, y) for x, y in start.tolist()]
    scale = float(np.sqrt(polygon.area))
    for smoothing in _SMOOTHING:
        smooth = shapely.simplify(polygon, smoothing * scale) if smoothing else polygon
        tour = _Tour(smooth, points, _chains(smooth, points, ring))
        if tour.closes:
            walk = tour.walk()
            if _tiles(walk, polygon.area):
                return walk
    raise AssertionError(f"a cell cannot be cut into triangles: {polygon.wkt}")  # pragma: no cover - none is known


def _tiles(walk: Walk, area: float) -> bool:
    """Tell whether the fans around the hubs are sound and tile the polygon."""
    start, hub = np.array(walk.start), np.array(walk.hub)
    fans = sweep_fans(np.vstack((start, start[:1])), hub)
    # signed areas: a fan that lies the wrong way round counts against
    area_of = np.where(shapely.is_ccw(shapely.get_exterior_ring(fans)), 1.0, -1.0) * shapely.area(fans)
    return bool(abs(area_of.sum() - area) <= 1e-9 * area and shapely.is_valid(fans).all())


def sweep_fans(points: Floats, hubs: Floats) -> Geometries:
    """Return the fans along a stretch of a walk, one for each change of hub.

    Parameters
    ----------
    points : ndarray of float64, shape (p + 1, 2)
        Ends of the p pieces of the stretch.
    hubs : ndarray of float64, shape (p or more, 2)
        Hub of each piece.

    Returns
    -------
    ndarray of object
        The fans as Polygons, in order.
    """
    pieces = len(points) - 1
    new = np.concatenate(([True], (hubs[1:pieces] != hubs[: pieces - 1]).any(axis=1), [True]))
    bounds = np.flatnonzero(new)
    first, last = bounds[:-1], bounds[1:]
    # all the way around the hub there is no way in or out: then the hub is no corner
    tip = (points[first] != points[last]).any(axis=1)
    count = last - first + 1 + tip
    fan = np.repeat(np.arange(len(first)), count)
    rank = ragged(np.zeros(len(first), dtype=np.int64), count) - tip[fan]
    corners = points[np.maximum(first[fan] + rank, 0)]
    corners[rank < 0] = hubs[first[tip]]
    return polygons_of(corners, fan, fan)


def _chains(smooth: Polygon, points: list[Point], ring: Ints) -> dict[tuple[Point, Point], list[int]]:
    """Return the edges of the rim that each edge of the smoothed rim stands for."""
    chains: dict[tuple[Point, Point], list[int]] = {}
    for number, smooth_ring in enumerate((smooth.exterior, *smooth.interiors), start=int(ring[0])):
        first, last = np.searchsorted(ring, [number, number + 1]).tolist()
        at = {points[edge]: edge for edge in range(first, last)}  # by ring: rings may touch in a point
        for a, b in pairwise(smooth_ring.coords):
            begin, end = at[a], at[b]
            chains[a, b] = list(range(begin, end)) if begin < end else [*range(begin, last), *range(first, end)]
    return chains


class _Side(NamedTuple):
    """To do: walk along one side of a triangle."""

    triangle: int
    side: int


class _Close(NamedTuple):
    """To do: walk the second half of a chord, whose first half was walked in the step ``first``."""

    triangle: int
    start: Point
    middle: Point
    first: int


class _Tour:
    """The tour around the triangles of a smoothed polygon, along the original rim.

    Parameters
    ----------
    smooth : Polygon
        The polygon to cut into triangles; its corners are among the rim's.
    points : list of tuple
        Where each edge of the original rim starts.
    chains : dict
        Edges of the original rim, by edge of the smoothed rim.
    """

    def __init__(self, smooth: Polygon, points: list[Point], chains: dict[tuple[Point, Point], list[int]]) -> None:
        triangles = shapely.get_parts(shapely.constrained_delaunay_triangles(smooth))
        triangles = shapely.orient_polygons(triangles)
        corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3].tolist()
        self.corners: list[list[Point]] = [[(x, y) for x, y in triangle] for triangle in corners]
        self.hubs = [_incentre(*triangle) for triangle in self.corners]
        self.side_of = {
            (triangle[k], triangle[(k + 1) % 3]): (number, k)
            for number, triangle in enumerate(self.corners)
            for k in range(3)
        }
        self.points = points
        self.chains = chains
        self.seen = {0}
        self.walls: dict[tuple[Point, Point], int] = {}
        # what is still to do, last first: rims are too long to recurse
        self.tasks: list[_Side | _Close] = [_Side(0, k) for k in (2, 1, 0)]

    @property
    def closes(self) -> bool:
        """Whether each side of a triangle is rim or another triangle's: smoothing may part rings that touch."""
        return all(side in self.chains or side[::-1] in self.side_of for side in self.side_of)

    def walk(self) -> Walk:
        """Walk around the triangles, depth first."""
        walk = Walk()
        while self.tasks:
            task = self.tasks.pop()
            if isinstance(task, _Side):
                self._pass_side(walk, task)
            else:
                hub = self.hubs[task.triangle]
                last = walk.step(-1, task.start, hub)
                walk.touch(task.first, last, dist(task.middle, hub))
        return walk

    def _pass_side(self, walk: Walk, task: _Side) -> None:
        """Walk along one side of a triangle: along the rim, into the neighbour, or along a wall."""
        hub = self.hubs[task.triangle]
        a, b = self.corners[task.triangle][task.side], self.corners[task.triangle][(task.side + 1) % 3]
        if (a, b) in self.chains:
            for edge in self.chains[a, b]:
                walk.step(edge, self.points[edge], hub)
            return
        neighbour, side = self.side_of[b, a]
        here = walk.step(-1, a, hub)
        if neighbour in self.seen:  # a wall: the chain of triangles closes around a hole
            self.walls[a, b] = here
            if (b, a) in self.walls:
                walk.touch(self.walls[b, a], here, dist(a, b))
            return
        self.seen.add(neighbour)
        middle = ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2)
        turned = walk.step(-1, middle, self.hubs[neighbour])
        self.tasks += (
            _Close(task.triangle, middle, middle, here),
            _Close(neighbour, b, middle, turned),
            _Side(neighbour, (side + 2) % 3),
            _Side(neighbour, (side + 1) % 3),
        )


def _incentre(a: Point, b: Point, c: Point) -> Point:
    """Return the point of a triangle that is equally far from its sides."""
    p, q, r = dist(b, c), dist(c, a), dist(a, b)
    total = p + q + r
    return ((p * a[0] + q * b[0] + r * c[0]) / total, (p * a[1] + q * b[1] + r * c[1]) / total)
