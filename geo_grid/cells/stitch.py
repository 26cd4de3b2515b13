"""The seam between areas: each side takes over the vertices that the other side's units put into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from geo_grid.cells.rebuild import polygons_of, ragged
from geo_grid.cells.segments import Rings, rings_of, same_edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[np.object_]

#: A vertex within this distance (m) of another area's border lies on it: noding moves no point further.
_REACH = 5e-7
#: Vertices of different areas within this distance (m) of each other are one.
_SAME = 3e-7


def stitch(polygons: Geometries, area_index: Ints) -> Geometries:
    """Make the units of all areas one coverage.

    Areas that touch share the vertices of their common border; the units on each side have put further vertices into
    it. Each side takes over those of the other; no border moves by more than a rounding.

    Parameters
    ----------
    polygons : ndarray of object, shape (n,)
        Polygons; those of one area form a coverage.
    area_index : ndarray of int64, shape (n,)
        Area of each polygon.

    Returns
    -------
    ndarray of object, shape (n,)
        The polygons, those of no foreign neighbour unchanged.
    """
    polygons = np.asarray(polygons, dtype=object)
    area_index = np.asarray(area_index, dtype=np.int64)
    if not len(polygons):
        return polygons
    rings = rings_of(polygons)
    open_edge = _open_edges(rings)
    united, moved = _unite_vertices(rings, open_edge, area_index)
    if moved.any():
        rings, open_edge = united, _open_edges(united)
    edge, xy = _points_to_insert(rings, open_edge, area_index)
    touched = np.zeros(len(polygons), dtype=bool)
    touched[rings.polygon[edge]] = True
    touched |= moved
    stitched = polygons.copy()
    if touched.any():
        stitched[touched] = _rebuild(rings, touched, edge, xy)
    return stitched


def _open_edges(rings: Rings) -> Ints:
    """Return the edges that no other edge matches."""
    order, first = same_edges(rings.start, rings.end)
    alone = np.diff(np.append(first, len(order))) == 1
    return np.sort(order[first[alone]])


def _border_vertices(rings: Rings, border: Ints, area_index: Ints) -> Floats:
    """Return x, y and area of the ends of edges, each once by area."""
    area = np.tile(area_index[rings.polygon[border]], 2)
    return np.unique(np.column_stack((np.vstack((rings.start[border], rings.end[border])), area)), axis=0)


def _unite_vertices(rings: Rings, border: Ints, area_index: Ints) -> tuple[Rings, Bools]:
    """Make vertices of different areas that are a rounding apart the same; say which polygons changed."""
    moved = np.zeros(int(rings.polygon.max()) + 1, dtype=bool)
    marks = _border_vertices(rings, border, area_index)
    points = marks[:, :2]
    pairs = KDTree(points).query_pairs(_SAME, output_type="ndarray").reshape(-1, 2)
    if not (points[pairs[:, 0]] != points[pairs[:, 1]]).any():
        return rings, moved
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    anchor = _anchors(connected_components(links, directed=False)[1], marks)
    tangled = np.unique(pairs)
    place = points.copy()
    place[tangled] = points[anchor][KDTree(points[anchor]).query(points[tangled])[1]]
    away = (place != points).any(axis=1)
    if not away.any():
        return rings, moved
    start, end = (_moved(xy, points[away], place[away]) for xy in (rings.start, rings.end))
    changed = (start != rings.start).any(axis=1) | (end != rings.end).any(axis=1)
    moved[rings.polygon[changed]] = True
    some = (start != end).any(axis=1)  # an edge shorter than a rounding has vanished
    return Rings(start[some], end[some], rings.ring[some], rings.polygon[some]), moved


def _moved(xy: Floats, old: Floats, new: Floats) -> Floats:
    """Put points that stand at an old place at its new one."""
    old, first = np.unique(old, axis=0, return_index=True)
    columns = np.unique(old[:, 0])
    at = np.minimum(np.searchsorted(columns, xy[:, 0]), len(columns) - 1)
    near = np.flatnonzero(columns[at] == xy[:, 0])  # few: the rest need not be looked at closely
    place = dict(zip(map(tuple, old.tolist()), new[first].tolist(), strict=True))
    out = xy.copy()
    for edge, point in zip(near.tolist(), map(tuple, xy[near].tolist()), strict=True):
        out[edge] = place.get(point, point)
    return out


def _anchors(knot: Ints, marks: Floats) -> Bools:
    """Say which vertices (x, y, area) of each knot stay, for the others of the knot to move to.

    Where one area has several vertices in a knot, a neck runs between them that must not close: all of them stay. Else
    the westernmost stays.
    """
    _, at, uses = np.unique(np.column_stack((knot, marks[:, 2])), axis=0, return_inverse=True, return_counts=True)
    several = uses[at.reshape(-1)] > 1
    order = np.lexsort((marks[:, 1], marks[:, 0], knot))
    first = np.zeros(len(knot), dtype=bool)
    first[order[np.unique(knot[order], return_index=True)[1]]] = True
    return np.where(np.isin(knot, knot[several]), several, first)


def _points_to_insert(rings: Rings, border: Ints, area_index: Ints) -> tuple[Ints, Floats]:
    """Find foreign vertices on border edges: the edge and the vertex, sorted along edges."""
    # every area brings its vertices: one that two areas share already may be missing in a third
    marks = _border_vertices(rings, border, area_index)
    vertices = marks[:, :2]
    lines = shapely.linestrings(np.stack((rings.start[border], rings.end[border]), axis=1))
    vertex, near = shapely.STRtree(lines).query(shapely.points(vertices), predicate="dwithin", distance=_REACH)
    edge = border[near]
    xy = vertices[vertex]
    own = marks[vertex, 2] == area_index[rings.polygon[edge]]
    is_end = (xy == rings.start[edge]).all(axis=1) | (xy == rings.end[edge]).all(axis=1)
    along, towards = rings.end[edge] - rings.start[edge], xy - rings.start[edge]
    share = (along * towards).sum(axis=1) / (along**2).sum(axis=1)
    keep = ~own & ~is_end & (share > 0) & (share < 1)
    edge, share, xy = edge[keep], share[keep], xy[keep]
    order = np.lexsort((xy[:, 1], xy[:, 0], share, edge))
    again = np.zeros(len(order), dtype=bool)  # two areas may bring the same vertex
    again[1:] = (edge[order[1:]] == edge[order[:-1]]) & (xy[order[1:]] == xy[order[:-1]]).all(axis=1)
    order = order[~again]
    return edge[order], xy[order]


def _rebuild(rings: Rings, touched: Bools, edge: Ints, xy: Floats) -> Geometries:
    """Make the touched polygons anew, with the inserted vertices."""
    used = np.flatnonzero(touched[rings.polygon])
    count = np.bincount(edge, minlength=len(rings.start))[used]
    source = np.repeat(used, count + 1)
    rank = ragged(np.zeros(len(used), dtype=np.int64), count + 1)
    start = rings.start[source]
    start[rank > 0] = xy
    return polygons_of(start, rings.ring[source], rings.polygon[source])
