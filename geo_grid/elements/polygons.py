"""Polygons: forests, fields, leases; cut by areas first, then by the grids inside, level by level.

Going down the levels keeps every overlay small: a forest as large as a county is cut by its areas once, and each
grid then meets only what its parent holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.elements.leaves import totals
from geo_grid.elements.pieces import LevelShares
from geo_grid.elements.points import single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo_grid.elements.leaves import Leaves

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[Any]

_SLIVER = 1e-7  # of the element's measure; what is smaller, and thinner than the tolerance, is an overlay's crumb
_OUTSIDE = 1e-9  # of the element's measure; a smaller gap is rounding, not land outside all areas


@dataclass(frozen=True, slots=True)
class _Zones:
    """Zones of one stage: their numbers, polygons, and the number of the zone above that each lies in."""

    number: Ints
    parent: Ints
    polygons: Geometries


@dataclass(frozen=True, slots=True)
class _Parts:
    """Parts of elements: the element (or, fresh from the overlay, the part above), the zone, what is in it."""

    source: Ints
    zone: Ints
    geometry: Geometries
    area: Floats
    measure: Floats


class Polygons:
    """Polygons and the grids that hold them.

    Parameters
    ----------
    element : ndarray of int64, shape (e,)
        Numbers of the elements, rising.
    geometry : ndarray of Polygon or MultiPolygon, shape (e,)
        Their polygons.
    leaves : Leaves
        The finest grids.
    tol : float
        Width (m) below which a part is no share but a crumb of the overlay.
    """

    def __init__(self, element: Ints, geometry: Geometries, leaves: Leaves, tol: float) -> None:
        self._leaves, self._tol, self._element = leaves, tol, element
        shapely.prepare(geometry)
        self._near = np.unique(leaves.tree.query(geometry, predicate="intersects")[1])
        measure = shapely.area(geometry)
        nowhere = np.zeros(len(element), dtype=np.int64)
        whole = _Parts(np.arange(len(element)), nowhere, geometry, measure, measure)
        areas = self._zones(leaves.area, np.zeros_like(leaves.area))
        parts = self._clip(whole, areas, measure)
        self._outside = _outside(whole, parts, areas, tol)
        self._in_areas = _conserve(parts, measure - self._outside)
        self._whole = measure

    def outside(self, elements: int) -> Floats:
        """Return how much of each element lies outside all areas.

        Parameters
        ----------
        elements : int
            Number of elements.

        Returns
        -------
        ndarray of float64, shape (elements,)
            Square metres.
        """
        return totals(self._element, self._outside, elements)

    def shares(self) -> Iterator[tuple[int, LevelShares]]:
        """Yield the shares of every level.

        Yields
        ------
        tuple of int and LevelShares
            Level and its shares; the shares of a grid's children add up to the grid's.
        """
        above, parents = self._leaves.area, self._in_areas
        for level, holder in self._leaves.holder.items():
            zones = self._zones(holder, above, self._leaves.own[level])
            children = self._clip(parents, zones, self._whole[parents.source])
            settled = _conserve(children, parents.measure)
            parents = _Parts(
                parents.source[settled.source], settled.zone, settled.geometry, settled.area, settled.measure
            )
            yield (
                level,
                LevelShares(
                    self._element[parents.source], parents.zone, parents.measure, parents.area, parents.geometry
                ),
            )
            above = holder

    def _zones(self, number: Ints, parent: Ints, own: Bools | None = None) -> _Zones:
        """Join the leaves near any element to zones; ``own`` says which zone numbers count."""
        near = self._near if own is None else self._near[own[number[self._near]]]
        order = near[np.argsort(number[near], kind="stable")]
        numbers, first = np.unique(number[order], return_index=True)
        groups = np.split(self._leaves.polygons[order], first[1:]) if len(order) else []
        polygons = np.array([_union(group) for group in groups], dtype=object)
        return _Zones(numbers, parent[order[first]], polygons)

    def _clip(self, above: _Parts, zones: _Zones, whole: Floats) -> _Parts:
        """Cut parts by the zones inside theirs; ``whole`` is the measure of each part's element."""
        part, zone = shapely.STRtree(zones.polygons).query(above.geometry)
        inside = zones.parent[zone] == above.zone[part]
        part, zone = part[inside], zone[inside]
        geometry = _overlay(above.geometry[part], zones.polygons[zone])
        area = shapely.area(geometry)
        most = np.zeros(len(above.zone))
        np.maximum.at(most, part, area)
        keep = (area > 0) & (~_crumbs(geometry, whole[part], self._tol) | (area == most[part]))
        part, zone, geometry, area = part[keep], zone[keep], geometry[keep], area[keep]
        return _Parts(part, zones.number[zone], geometry, area, area)


def _union(polygons: Geometries) -> Any:
    """Join the leaves of one zone."""
    return polygons[0] if len(polygons) == 1 else shapely.coverage_union_all(shapely.get_parts(polygons))


def _overlay(first: Geometries, second: Geometries) -> Geometries:
    """Intersect pairs of polygons, without an overlay where one covers the other; touching pairs become empty."""
    out = np.full(len(first), shapely.Polygon(), dtype=object)
    shapely.prepare(first)
    shapely.prepare(second)
    left = np.flatnonzero(shapely.intersects(first, second))
    for outer, inner in ((first, second), (second, first)):
        covered = shapely.covers(outer[left], inner[left])
        out[left[covered]] = inner[left[covered]]
        left = left[~covered]
    out[left] = _polygonal(_intersection(first[left], second[left]))
    return out


def _intersection(first: Geometries, second: Geometries) -> Geometries:
    """Intersect pairs; a pair whose exact overlay fails is overlaid on a grid of a tenth of a micrometre."""
    try:
        return shapely.intersection(first, second)
    except shapely.errors.GEOSException:
        if len(first) == 1:
            return shapely.intersection(first, second, grid_size=1e-7)
        half = len(first) // 2
        return np.concatenate([_intersection(first[:half], second[:half]), _intersection(first[half:], second[half:])])


def _polygonal(geometry: Geometries) -> Geometries:
    """Drop the points and lines in which polygons merely touch."""
    mixed = np.flatnonzero(shapely.get_type_id(geometry) == shapely.GeometryType.GEOMETRYCOLLECTION)
    out = np.where(shapely.get_dimensions(geometry) == 2, geometry, shapely.Polygon())
    for i in mixed:
        parts = shapely.get_parts(shapely.get_parts(geometry[i]))
        out[i] = shapely.multipolygons(parts[shapely.get_dimensions(parts) == 2])
    several = np.flatnonzero(shapely.get_type_id(out) == shapely.GeometryType.MULTIPOLYGON)
    out[several] = single(out[several])
    return out


def _crumbs(geometry: Geometries, whole: Floats, tol: float) -> Bools:
    """Tell which parts of elements are as good as nothing; ``whole`` is the measure of each part's element."""
    area = shapely.area(geometry)
    return (2 * area <= tol * shapely.length(geometry)) & (area <= _SLIVER * whole)


def _conserve(parts: _Parts, total: Floats) -> _Parts:
    """Make the parts of each source add up to its total: the largest takes up crumbs and rounding."""
    order = np.lexsort((parts.zone, parts.area, parts.source))  # added up in an order that no search tree decides
    source, measure = parts.source[order], parts.area.copy()
    missing = total - totals(source, parts.area[order], len(total))
    last = order[np.append(np.diff(source) > 0, True)] if len(order) else order
    measure[last] += missing[parts.source[last]]
    return _Parts(parts.source, parts.zone, parts.geometry, parts.area, measure)


def _outside(whole: _Parts, parts: _Parts, areas: _Zones, tol: float) -> Floats:
    """Measure what of each element lies in no area, by the geometry of it and not by what is missing."""
    found = totals(parts.source, parts.area, len(whole.area))
    hit = found > 0
    outside = np.where(hit, 0.0, whole.area)
    polygon_of = dict(zip(areas.number.tolist(), areas.polygons, strict=True))
    for i in np.flatnonzero(hit & (whole.area - found > _OUTSIDE * whole.area)):
        around = np.array([polygon_of[zone] for zone in parts.zone[parts.source == i].tolist()], dtype=object)
        beyond = _polygonal(np.array([shapely.difference(whole.geometry[i], _union(around))], dtype=object))
        outside[i] = 0.0 if _crumbs(beyond, whole.area[[i]], tol)[0] else shapely.area(beyond[0])
    return outside
