"""Cells: one a stack, one an enclosure without households; together they tile their area exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo_grid.cells.enclosures import Enclosures, find_enclosures
from geo_grid.cells.faces import site_cells
from geo_grid.cells.segments import Rings, Segments, match_segments, rings_of
from geo_grid.cells.settings import DEFAULTS, CellSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Cells:
    """The cells of one area.

    Parameters
    ----------
    polygons : ndarray of object, shape (c,)
        One valid Polygon a cell, shells counter-clockwise: cells of sites first, in their order, then cells without
        households, west to east. They form an exact coverage of the area.
    sites : ndarray of float64, shape (s, 2)
        The sites, metres.
    rings : Rings
        The cells' edges in ring order.
    segments : Segments
        The cells' border segments, shared and outer ones.
    strength : ndarray of float64, shape (m,)
        Strength of the barrier each segment lies on, 0..1; 0 off barriers and on the outer border.
    part : ndarray of int64, shape (c,)
        Connected part of the area each cell lies in, numbered from 0.
    """

    polygons: Geometries
    sites: Floats
    rings: Rings
    segments: Segments
    strength: Floats
    part: Ints

    @property
    def area(self) -> Polygon | MultiPolygon:
        """The area as it is stored: the exact union of the cells."""
        return shapely.coverage_union_all(self.polygons)


def build_cells(
    area: Polygon | MultiPolygon,
    sites: Floats,
    barriers: Sequence[tuple[Geometries, float]] = (),
    dividers: Geometries | None = None,
    *,
    settings: CellSettings = DEFAULTS,
) -> Cells:
    """Tile an area with one cell a site, so that cell borders lie on barriers.

    Barriers, dividers and the area's border cut the area into enclosures; the Voronoi cells of an enclosure's sites
    tile it. What a cell has apart from its site joins the neighbour of the longest border in the same enclosure. An
    enclosure without sites is a cell of its own, unless it is small.

    Parameters
    ----------
    area : Polygon or MultiPolygon
        The area, valid, metres.
    sites : ndarray of float64, shape (s, 2)
        Sites in the area, no two in one place. May be none.
    barriers : sequence of (ndarray of object, float)
        Lines and the strength (0..1) of each class of barriers; they may leave the area, end blindly or cross. All are
        looked at: of a whole city's, hand over those near the area.
    dividers : ndarray of object, optional
        Lines to cut along that are no barriers: borders of given villager groups.
    settings : CellSettings
        Limits and tolerances.

    Returns
    -------
    Cells
        The cells.
    """
    sites = np.asarray(sites, dtype=np.float64).reshape(-1, 2)
    shapely.prepare(area)
    barriers = [(_touching(area, layer), strength) for layer, strength in barriers]
    lines = [layer for layer, _ in barriers]
    if dividers is not None:
        lines.append(_touching(area, dividers))
    if len(sites):
        enclosures = find_enclosures(area, sites, lines, settings)
        polygons, enclosure = site_cells(enclosures, sites, settings)
    else:
        polygons, enclosure = _bare_parts(area, sites, settings)
    polygons = shapely.orient_polygons(polygons)
    rings = rings_of(polygons)
    segments = match_segments(rings)
    strength = _strengths(segments, enclosure, barriers, settings.barrier_reach)
    return Cells(polygons, sites, rings, segments, strength, _parts(len(polygons), segments))


def _touching(area: Polygon | MultiPolygon, lines: Geometries) -> Geometries:
    """Return the lines that meet the area."""
    lines = np.asarray(lines, dtype=object)
    return lines[np.asarray(shapely.intersects(area, lines), dtype=bool)]


def _bare_parts(area: Polygon | MultiPolygon, sites: Floats, settings: CellSettings) -> tuple[Geometries, Ints]:
    """Return the parts of an area without sites, on the grid."""
    enclosures: Enclosures = find_enclosures(area, sites, [], settings)
    return enclosures.polygons, np.arange(len(enclosures.polygons), dtype=np.int64)


def _parts(count: int, segments: Segments) -> Ints:
    """Label cells by the connected part of the area they lie in."""
    shared = segments.shared
    links = coo_array(
        (np.ones(int(shared.sum()), dtype=np.int8), (segments.i[shared], segments.j[shared])), shape=(count, count)
    )
    return connected_components(links, directed=False)[1].astype(np.int64)


def _strengths(
    segments: Segments, enclosure: Ints, barriers: Sequence[tuple[Geometries, float]], reach: float
) -> Floats:
    """Return the strength of the strongest barrier that each segment lies on."""
    strength = np.zeros(len(segments.i))
    between = np.flatnonzero(segments.shared & (enclosure[segments.i] != enclosure[segments.j]))
    if not len(between) or not barriers:
        return strength
    ends = segments.ends[between]
    middles = shapely.points((ends[:, :2] + ends[:, 2:]) / 2)
    tree = shapely.STRtree(middles)  # asked line by line, for a line is prepared once
    for lines, value in sorted(barriers, key=lambda layer: layer[1]):
        touched = np.unique(tree.query(lines, predicate="dwithin", distance=reach)[1])
        strength[between[touched]] = value
    return strength
