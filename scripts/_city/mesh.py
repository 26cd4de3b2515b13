"""A mesh of small Voronoi cells: areas are unions of them, so that neighbours share every vertex."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Geometries = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Mesh:
    """Voronoi cells of sites, as closed rings.

    Parameters
    ----------
    sites : ndarray of float64, shape (n, 2)
        The sites.
    xy : ndarray of float64, shape (m, 2)
        Vertices of all cells, ring by ring, counter-clockwise.
    ptr : ndarray of int64, shape (n + 1,)
        Where each cell's vertices begin; a cell without bounds has none.
    pairs : ndarray of int64, shape (e, 2)
        Cells that share an edge.
    """

    sites: Floats
    xy: Floats
    ptr: Ints
    pairs: Ints

    def polygons(self, which: Ints) -> Geometries:
        """Return some of the cells as polygons."""
        count = np.diff(self.ptr)[which]
        ring = np.repeat(np.arange(len(which)), count)
        rank = np.arange(len(ring)) - np.repeat(np.cumsum(count) - count, count)
        return shapely.polygons(shapely.linearrings(self.xy[self.ptr[which][ring] + rank], indices=ring))

    def points_in(self, which: Ints, rng: np.random.Generator) -> Floats:
        """Return one random point inside each of some cells, by a random fan triangle's random point."""
        first, count = self.ptr[which], np.diff(self.ptr)[which]
        turn = np.floor(rng.uniform(size=len(which)) * count).astype(np.int64)
        a, b = self.xy[first + turn], self.xy[first + (turn + 1) % count]
        u, v = np.sqrt(rng.uniform(0, 0.8, len(which)))[:, None], rng.uniform(size=len(which))[:, None]
        middle = self.sites[which]
        return middle + u * ((a - middle) * (1 - v) + (b - middle) * v)


def voronoi(sites: Floats) -> Mesh:
    """Make the cells of sites."""
    origin = sites.mean(axis=0)
    diagram = Voronoi(sites - origin)
    edge_sites = np.asarray(diagram.ridge_points, dtype=np.int64)
    edge_ends = np.array(diagram.ridge_vertices, dtype=np.int64)
    site = np.repeat(edge_sites.ravel(), 2)
    vertex = np.repeat(edge_ends[:, None, :], 2, axis=1).reshape(-1)
    width = len(diagram.vertices) + 1
    keys = np.unique(site * width + vertex + 1)
    site, vertex = keys // width, keys % width - 1
    open_cell = np.zeros(len(sites), dtype=bool)
    open_cell[site[vertex < 0]] = True
    keep = ~open_cell[site]
    site, vertex = site[keep], vertex[keep]
    away = diagram.vertices[vertex] - diagram.points[site]
    order = np.lexsort((np.arctan2(away[:, 1], away[:, 0]), site))
    ptr = np.searchsorted(site[order], np.arange(len(sites) + 1)).astype(np.int64)
    return Mesh(sites, diagram.vertices[vertex[order]] + origin, ptr, edge_sites)


def relax(sites: Floats) -> Floats:
    """Move each site to the middle of its cell, which makes cells rounder."""
    mesh = voronoi(sites)
    count = np.diff(mesh.ptr)
    ring = np.repeat(np.arange(len(sites)), count)
    following = np.arange(len(mesh.xy)) + 1
    following[mesh.ptr[1:][count > 0] - 1] = mesh.ptr[:-1][count > 0]
    a, b = mesh.xy - sites[ring], mesh.xy[following] - sites[ring]
    cross = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    twice = np.bincount(ring, cross, len(sites))
    moment = np.column_stack([np.bincount(ring, (a[:, i] + b[:, i]) * cross, len(sites)) for i in (0, 1)])
    some = twice > 0
    shift = np.where(some[:, None], moment / np.where(some, 3 * twice, 1)[:, None], 0.0)
    return sites + shift


def components(n: int, pairs: Ints, label: Ints) -> Ints:
    """Find the connected pieces of cells of one label, and number them."""
    same = pairs[label[pairs[:, 0]] == label[pairs[:, 1]]]
    links = coo_array((np.ones(len(same), dtype=np.int8), (same[:, 0], same[:, 1])), shape=(n, n))
    return connected_components(links, directed=False)[1].astype(np.int64)


def one_piece_each(pairs: Ints, label: Ints) -> Ints:
    """Leave each label its largest piece, and give the rest to neighbours, ring by ring; −1 is the outside."""
    piece = components(len(label), pairs, label)
    size = np.bincount(piece)
    label_of = np.empty(len(size), dtype=np.int64)
    label_of[piece] = label
    order = np.lexsort((-size, label_of))
    good = np.zeros(len(size), dtype=bool)
    good[order[np.unique(label_of[order], return_index=True)[1]]] = True
    label = label.copy()
    loose = ~good[piece]
    both = np.concatenate((pairs, pairs[:, ::-1]))
    while loose.any():
        edge = both[loose[both[:, 0]] & ~loose[both[:, 1]] & (label[both[:, 1]] >= 0)]
        if not len(edge):
            label[loose] = -1
            break
        cell, first = np.unique(edge[:, 0], return_index=True)
        label[cell] = label[edge[first, 1]]
        loose[cell] = False
    return label
