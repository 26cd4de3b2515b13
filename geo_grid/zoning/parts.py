"""Connected parts of labelled nodes, and pieces of an area that stand for themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo_grid.zoning._flood import join_edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.zoning.graph import AtomGraph, Floats, Ints

#: Mark of an edge between two buildings, and of one that closes a building's ring (not between consecutive dwellings).
BETWEEN, RING = -1, -2


def connected_parts(n: int, u: Ints, v: Ints, labels: Ints) -> Ints:
    """Find the connected parts of equally labelled nodes.

    Parameters
    ----------
    n : int
        Number of nodes.
    u, v : ndarray of int64, shape (m,)
        Ends of the edges.
    labels : ndarray of int64, shape (n,)
        Label of each node; nodes below 0 belong to no part.

    Returns
    -------
    ndarray of int64, shape (n,)
        Part of each node, numbered 0 … p − 1 in order of first node; −1 where the label is below 0.
    """
    row = np.ascontiguousarray  # slices would each be compiled for anew
    parts: Ints = join_edges(n, row(u, np.int64), row(v, np.int64), row(labels, np.int64))
    return parts


def renumber(labels: Ints) -> Ints:
    """Give labels the numbers 0 … k − 1 in order of first appearance; labels below 0 become −1.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        Any labels.

    Returns
    -------
    ndarray of int64, shape (n,)
        The same partition, numbered without gaps.
    """
    used = labels >= 0
    values, first, inverse = np.unique(labels[used], return_index=True, return_inverse=True)
    rank = np.empty(len(values), np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(values))
    out = np.full(len(labels), -1, np.int64)
    out[used] = rank[inverse]
    return out


@dataclass(frozen=True, slots=True)
class Piece:
    """A connected set of nodes of one area, with the edges inside it, by local numbers.

    Parameters
    ----------
    atoms : ndarray of int64, shape (n,)
        Node of the area of each local node, ascending.
    weight, stack, rank : ndarray of int64, shape (n,)
        Households, building and cut rank, as in :class:`geo_grid.zoning.graph.AtomGraph`.
    x, y : ndarray of float64, shape (n,)
        Positions, metres.
    u, v : ndarray of int64, shape (m,)
        Local ends of each edge, u < v.
    length, barrier : ndarray of float64, shape (m,)
        Metres of common border, and those on barriers times strength.
    glue : ndarray of int64, shape (m,)
        Cut rank of an edge between consecutive dwellings of one building, else :data:`BETWEEN` or :data:`RING`.
    """

    atoms: Ints
    weight: Ints
    stack: Ints
    rank: Ints
    x: Floats
    y: Floats
    u: Ints
    v: Ints
    length: Floats
    barrier: Floats
    glue: Ints

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.atoms)

    @property
    def households(self) -> int:
        """Number of households."""
        return int(self.weight.sum())


def whole_area(atoms: AtomGraph) -> Piece:
    """Return an area as one piece (which need not be connected).

    Parameters
    ----------
    atoms : AtomGraph
        The area.

    Returns
    -------
    Piece
        All its nodes and edges.
    """
    u, v = atoms.edge_u, atoms.edge_v
    same = (atoms.stack[u] == atoms.stack[v]) & (atoms.stack[u] >= 0)
    glue = np.where(same & (v == u + 1), atoms.cut_rank[v], np.where(same, RING, BETWEEN))
    return Piece(
        np.arange(atoms.n),
        atoms.weight,
        atoms.stack,
        atoms.cut_rank,
        atoms.x,
        atoms.y,
        u,
        v,
        atoms.length,
        atoms.barrier,
        glue,
    )


def split_piece(piece: Piece, labels: Ints, *, connected: bool = True) -> list[Piece]:
    """Cut a piece into the connected parts of a labelling.

    Parameters
    ----------
    piece : Piece
        What is cut.
    labels : ndarray of int64, shape (n,)
        Label of each local node; nodes below 0 are left out.
    connected : bool
        False when every label is known to be connected already, and numbered 0 … k − 1: saves the search.

    Returns
    -------
    list of Piece
        One piece a connected part, in order of first node (of label where ``connected`` is False).
    """
    parts = connected_parts(piece.n, piece.u, piece.v, labels) if connected else labels
    count = int(parts.max(initial=-1)) + 1
    order = np.argsort(parts, kind="stable")
    order = order[parts[order] >= 0]
    ptr = np.searchsorted(parts[order], np.arange(count + 1))
    local = np.full(piece.n, -1, np.int64)
    local[order] = np.arange(len(order)) - ptr[parts[order]]
    kept = np.flatnonzero((parts[piece.u] == parts[piece.v]) & (parts[piece.u] >= 0))
    kept = kept[np.argsort(parts[piece.u[kept]], kind="stable")]
    edge_ptr = np.searchsorted(parts[piece.u[kept]], np.arange(count + 1))
    return [_take(piece, order[ptr[i] : ptr[i + 1]], kept[edge_ptr[i] : edge_ptr[i + 1]], local) for i in range(count)]


def _take(piece: Piece, nodes: Ints, edges: Ints, local: Ints) -> Piece:
    """Return the piece of some nodes and edges."""
    return Piece(
        piece.atoms[nodes],
        piece.weight[nodes],
        piece.stack[nodes],
        piece.rank[nodes],
        piece.x[nodes],
        piece.y[nodes],
        local[piece.u[edges]],
        local[piece.v[edges]],
        piece.length[edges],
        piece.barrier[edges],
        piece.glue[edges],
    )


def run_starts(piece: Piece) -> NDArray[np.bool_]:
    """Mark where a new run of consecutive dwellings of one building begins.

    Parameters
    ----------
    piece : Piece
        Its nodes.

    Returns
    -------
    ndarray of bool, shape (n,)
        True at the first node of each run; a cell without households is a run of its own. Dwellings that follow one
        another without touching start new runs too, so that every run is connected.
    """
    start = np.ones(piece.n, bool)
    start[piece.v[(piece.glue >= 0) & (piece.v == piece.u + 1)]] = False
    return start
