"""Voronoi faces of the sites, cut at the enclosures, gathered into one cell a site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import KDTree, QhullError, Voronoi

from geo_grid.cells.dissolve import dissolve
from geo_grid.cells.enclosures import join_loose, polygonize
from geo_grid.cells.segments import match_segments, rings_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.cells.enclosures import Enclosures
    from geo_grid.cells.settings import CellSettings

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Geometries = NDArray[np.object_]

#: Far sites that close the diagram stand this many diameters of the enclosure away: their cells stay outside it.
_FAR = 8.0
#: Below this share of the enclosure's diameter between two sites, Qhull's lifted coordinates lose their digits and
#: GEOS's extended precision is used, which is slower.
_DENSE = 1e-5
#: Voronoi vertices nearer (m) than this to each other are noded with care: on the grid their edges might cross.
_CROWDED = 1e-3
#: How often a site that was left without a cell (in the tip of a needle) is moved towards open ground.
_ATTEMPTS = 12


def site_cells(enclosures: Enclosures, sites: Floats, settings: CellSettings) -> tuple[Geometries, Ints]:
    """Tile each enclosure with the cells of its sites.

    Parameters
    ----------
    enclosures : Enclosures
        The enclosures and whose sites they hold.
    sites : ndarray of float64, shape (s, 2)
        Sites, no two in one place.
    settings : CellSettings
        Tolerances.

    Returns
    -------
    tuple of ndarray
        Cells (object; those of the sites first, in their order, then enclosures without sites) and their enclosures.
    """
    seeds = sites.copy()
    for attempt in range(-1, _ATTEMPTS):
        careful = attempt >= 0
        faces, face_enclosure = _cut_faces(enclosures, seeds, settings, careful=careful)
        face_site, missing = _owners(enclosures, faces, face_enclosure, seeds)
        if not len(missing) and (careful or _whole(faces, enclosures)):
            break
        if not careful:  # seldom: edges that were taken to be free of each other are not
            continue
        inner = shapely.get_coordinates(shapely.point_on_surface(enclosures.polygons[enclosures.site_enclosure]))
        seeds[missing] += (inner[missing] - seeds[missing]) * min(1.0, 1e-4 * 2.0**attempt)
    else:  # pragma: no cover - no input is known that comes here
        raise AssertionError(f"{len(missing)} sites have no cell")
    empty = np.setdiff1d(np.arange(len(enclosures.polygons)), enclosures.site_enclosure)
    number = np.full(len(enclosures.polygons), -1, dtype=np.int64)
    number[empty] = len(sites) + np.arange(len(empty))
    label = np.where(face_site >= 0, face_site, number[face_enclosure])
    cells = dissolve(faces, label)
    return cells, np.concatenate((enclosures.site_enclosure, empty))


def _whole(faces: Geometries, enclosures: Enclosures) -> bool:
    """Tell whether faces cover all enclosures."""
    total = float(shapely.area(enclosures.polygons).sum())
    return abs(float(shapely.area(faces).sum()) - total) <= 1e-10 * total


def _cut_faces(
    enclosures: Enclosures, seeds: Floats, settings: CellSettings, *, careful: bool
) -> tuple[Geometries, Ints]:
    """Cut the enclosures along Voronoi edges, noding all of them if careful; return faces and their enclosures."""
    cuts, free = _voronoi_cuts(enclosures, seeds)
    if len(cuts) or len(free):
        rings = shapely.boundary(enclosures.polygons)
        if careful:
            cuts, free = np.concatenate((cuts, free)), free[:0]
        faces = polygonize(np.concatenate((rings, cuts)), settings.grid_size, free)
        inner = shapely.point_on_surface(faces)
    else:  # noding rings that are noded already changes nothing, but their vertices must match
        return enclosures.polygons, np.arange(len(enclosures.polygons), dtype=np.int64)
    tree = shapely.STRtree(enclosures.polygons)
    face, enclosure = tree.query(inner, predicate="intersects")
    home = np.full(len(faces), -1, dtype=np.int64)
    home[face] = enclosure
    return faces[home >= 0], home[home >= 0]


def _voronoi_cuts(enclosures: Enclosures, seeds: Floats) -> tuple[Geometries, Geometries]:
    """Return the Voronoi edges of each enclosure's seeds: those to be noded, clipped to it, and those free of all else."""
    order = np.argsort(enclosures.site_enclosure, kind="stable")
    used, start, count = np.unique(enclosures.site_enclosure[order], return_index=True, return_counts=True)
    several = count > 1
    edges, free = [np.zeros(0, dtype=object)], [np.zeros(0, dtype=object)]
    for enclosure, first, number in zip(used[several], start[several], count[several], strict=True):
        polygon = enclosures.polygons[enclosure]
        lines = _voronoi_edges(seeds[order[first : first + number]], polygon.bounds)
        shapely.prepare(polygon)
        inside = shapely.contains_properly(polygon, lines)
        crowded = _crowded(lines)
        free.append(lines[inside & ~crowded])
        edges.append(lines[inside & crowded])
        if not inside.all():
            clipped = shapely.intersection(shapely.multilinestrings(lines[~inside]), polygon)
            edges.append(shapely.get_parts(np.array([clipped], dtype=object)))
    return np.concatenate(edges), np.concatenate(free)


def _crowded(lines: Geometries) -> NDArray[np.bool_]:
    """Tell which edges are very short, or end where a very short one does."""
    ends = shapely.get_coordinates(lines).reshape(-1, 2, 2)
    short = np.hypot(*(ends[:, 1] - ends[:, 0]).T) < _CROWDED
    if not short.any():
        return short
    near = KDTree(ends[short].reshape(-1, 2)).query(ends.reshape(-1, 2), distance_upper_bound=_CROWDED)[0]
    return np.asarray(np.isfinite(near).reshape(-1, 2).any(axis=1))


def _voronoi_edges(seeds: Floats, bounds: tuple[float, float, float, float]) -> Geometries:
    """Return the edges of the Voronoi diagram of two or more seeds, reaching beyond the bounds."""
    x_min, y_min, x_max, y_max = bounds
    centre = np.array([(x_min + x_max) / 2, (y_min + y_max) / 2])
    reach = _FAR * max(x_max - x_min, y_max - y_min)
    local = seeds - centre
    if len(seeds) > 2 and KDTree(local).query(local, k=2)[0][:, 1].min() < _DENSE * reach:
        return _voronoi_edges_exact(seeds, bounds)
    far = reach * np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    try:
        diagram = Voronoi(np.vstack((local, far)))
    except QhullError:  # pragma: no cover - depends on Qhull's own tolerances
        return _voronoi_edges_exact(seeds, bounds)
    inner = (diagram.ridge_points < len(seeds)).all(axis=1)
    ridges = np.asarray(diagram.ridge_vertices, dtype=np.int64)[inner]
    lines: Geometries = shapely.linestrings(diagram.vertices[ridges] + centre)
    return lines


def _voronoi_edges_exact(seeds: Floats, bounds: tuple[float, float, float, float]) -> Geometries:
    """Return the same as :func:`_voronoi_edges`, slower, for seeds very close to each other."""
    diagram = shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=shapely.box(*bounds), only_edges=True)
    lines: Geometries = shapely.get_parts(np.array([diagram], dtype=object))
    return lines


def _owners(enclosures: Enclosures, faces: Geometries, face_enclosure: Ints, seeds: Floats) -> tuple[Ints, Ints]:
    """Give each face to a site of its enclosure, or −1 where that has none; list the sites left without a face."""
    sited = np.isin(face_enclosure, enclosures.site_enclosure)
    owner = np.full(len(faces), -1, dtype=np.int64)
    if not len(seeds):
        return owner, np.zeros(0, dtype=np.int64)
    inner = shapely.get_coordinates(shapely.point_on_surface(faces[sited]))
    # a third coordinate keeps the enclosures apart: one tree answers for all of them
    span = 4.0 * float(np.ptp(seeds, axis=0).max() + np.ptp(inner, axis=0).max() + 1.0)
    origin = seeds.mean(axis=0)
    tree = KDTree(np.column_stack((seeds - origin, enclosures.site_enclosure * span)))
    owner[sited] = tree.query(np.column_stack((inner - origin, face_enclosure[sited] * span)))[1]
    main = _main_faces(faces, owner, seeds)
    missing = np.setdiff1d(np.arange(len(seeds)), owner[main])
    loose = sited.copy()
    loose[main] = False
    if loose.any() and not len(missing):
        segments = match_segments(rings_of(faces))
        keep = segments.shared & (segments.i != segments.j)
        keep[keep] = face_enclosure[segments.i[keep]] == face_enclosure[segments.j[keep]]
        label = join_loose(segments.i[keep], segments.j[keep], segments.length[keep], loose)
        owner = owner[label]
    return owner, missing


def _main_faces(faces: Geometries, owner: Ints, seeds: Floats) -> Ints:
    """Return the face of each owner that is its cell's core: the one its seed lies in, or at; then the largest."""
    owned = np.flatnonzero(owner >= 0)
    away = np.round(shapely.distance(faces[owned], shapely.points(seeds[owner[owned]])), 5)
    order = np.lexsort((-shapely.area(faces[owned]), away, owner[owned]))
    first = np.unique(owner[owned][order], return_index=True)[1]
    return owned[order][first]
