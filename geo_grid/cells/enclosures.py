"""Enclosures: the faces that the area's border, barriers and dividers leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_grid.cells.dissolve import dissolve
from geo_grid.cells.segments import match_segments, rings_of, sum_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from shapely import MultiPolygon, Polygon

    from geo_grid.cells.settings import CellSettings

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Geometries = NDArray[np.object_]

#: A site within this distance (m) of an enclosure's border may belong to it.
SITE_REACH = 1e-6


@dataclass(frozen=True, slots=True)
class Enclosures:
    """The enclosures of an area and whose sites lie where.

    Parameters
    ----------
    polygons : ndarray of object, shape (e,)
        One Polygon an enclosure, vertices on the grid; together a coverage of the area.
    site_enclosure : ndarray of int64, shape (s,)
        Enclosure of each site.
    """

    polygons: Geometries
    site_enclosure: Ints


def find_enclosures(
    area: Polygon | MultiPolygon, sites: Floats, lines: Sequence[Geometries], settings: CellSettings
) -> Enclosures:
    """Cut an area along lines and give each site to one enclosure.

    Enclosures without sites that are too small or too narrow join the neighbour of the longest common border.

    Parameters
    ----------
    area : Polygon or MultiPolygon
        The area.
    sites : ndarray of float64, shape (s, 2)
        Sites, in or on the border of the area.
    lines : sequence of ndarray of object
        LineStrings and MultiLineStrings that meet the area; what leaves it or ends blindly does no harm.
    settings : CellSettings
        Limits and tolerances.

    Returns
    -------
    Enclosures
        The enclosures.
    """
    faces = _faces(area, lines, settings.grid_size)
    home = _assign_sites(faces, sites)
    label = _join_small(faces, home, settings)
    return Enclosures(dissolve(faces, label), label[home])


def polygonize(lines: Geometries, grid_size: float, noded: Geometries | None = None) -> Geometries:
    """Node lines on a grid and return the faces between them, in a fixed order.

    Parameters
    ----------
    lines : ndarray of object
        Lines of any kind.
    grid_size : float
        Size of the grid, metres.
    noded : ndarray of LineString, optional
        Further lines of two vertices that meet nothing but at their ends, and come near nothing: they are merely put on the grid, for
        noding costs more than all else here.

    Returns
    -------
    ndarray of object
        The faces, shells counter-clockwise, ordered by their envelope.
    """
    edges = shapely.get_parts(shapely.union_all(lines, grid_size=grid_size))
    if noded is not None:
        ends = _on_grid(shapely.get_coordinates(noded), grid_size)
        edges = np.concatenate((edges, shapely.linestrings(ends.reshape(-1, 2, 2))))
    faces = shapely.get_parts(shapely.polygonize(edges))
    faces = shapely.orient_polygons(faces)
    return faces[np.lexsort(shapely.bounds(faces).T[::-1])]


def _on_grid(xy: Floats, grid_size: float) -> Floats:
    """Round coordinates to a grid, to the last bit as GEOS does."""
    scaled = xy * (1.0 / grid_size)
    below = np.floor(scaled)
    return np.asarray((below + (scaled - below >= 0.5)) / (1.0 / grid_size))


def _faces(area: Polygon | MultiPolygon, lines: Sequence[Geometries], grid_size: float) -> Geometries:
    """Return the faces of an area between lines."""
    shapely.prepare(area)
    faces = polygonize(np.concatenate((np.array([area.boundary], dtype=object), *lines)), grid_size)
    return faces[shapely.intersects(area, shapely.point_on_surface(faces))]


def _assign_sites(faces: Geometries, sites: Floats) -> Ints:
    """Give each site the face it lies in; on a border the largest one, then the first one."""
    points = shapely.points(sites)
    home = np.full(len(sites), -1, dtype=np.int64)
    # asked face by face, each is prepared once; asked point by point, all of its border is looked at every time
    face, site = shapely.STRtree(points).query(faces, predicate="dwithin", distance=SITE_REACH)
    smallness = 0.0 - shapely.area(faces)
    order = np.lexsort((face, smallness[face], site))
    found, first = np.unique(site[order], return_index=True)
    home[found] = face[order][first]
    strays = np.flatnonzero(home < 0)
    if len(strays):  # outside by more than rounding: the nearest face is the best there is
        home[strays] = shapely.STRtree(faces).nearest(points[strays])
    return home


def _join_small(faces: Geometries, home: Ints, settings: CellSettings) -> Ints:
    """Label faces so that small ones carry the label of a neighbour."""
    area = shapely.area(faces)
    width = 2.0 * area / shapely.length(faces)
    small = (area < settings.min_enclosure_area) | (width < settings.min_enclosure_width)
    small[home] = width[home] < settings.min_home_width
    if not small.any() or len(faces) == 1:
        return np.arange(len(faces), dtype=np.int64)
    segments = match_segments(rings_of(faces))
    keep = segments.shared & (segments.i != segments.j)
    label = join_loose(segments.i[keep], segments.j[keep], segments.length[keep], small)
    return np.unique(label, return_inverse=True)[1].astype(np.int64)


def join_loose(i: Ints, j: Ints, length: Floats, loose: NDArray[np.bool_]) -> Ints:
    """Join each loose face to the firm one it shares the longest border with, ring by ring outwards.

    Parameters
    ----------
    i, j : ndarray of int64, shape (m,)
        Faces on both sides of each border segment.
    length : ndarray of float64, shape (m,)
        Metres of each segment.
    loose : ndarray of bool, shape (f,)
        Faces that should join another.

    Returns
    -------
    ndarray of int64, shape (f,)
        The face each face belongs to: itself where firm. Loose faces that no chain of neighbours leads from to a firm
        one gather at the longest-bordered of themselves.
    """
    label = np.where(loose, -1, np.arange(len(loose)))
    u, v, metres = (np.concatenate(pair) for pair in ((i, j), (j, i), (length, length)))
    while (label < 0).any():
        open_edge = (label[u] < 0) & (label[v] >= 0)
        if not open_edge.any():
            # an island of loose faces: the first of them stands for all
            label[np.flatnonzero(label < 0)[0]] = np.flatnonzero(label < 0)[0]
            continue
        face, target, border = sum_pairs(u[open_edge], label[v[open_edge]], metres[open_edge])
        order = np.lexsort((target, 0.0 - border, face))
        first = order[np.unique(face[order], return_index=True)[1]]
        label[face[first]] = target[first]
    return label.astype(np.int64)
