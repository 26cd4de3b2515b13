"""What a border costs: metres across open ground, less along barriers, much through a building."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo_grid.zoning._flood import keep_joining
from geo_grid.zoning.graph import Graph
from geo_grid.zoning.parts import BETWEEN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.zoning.graph import Floats, Ints
    from geo_grid.zoning.parts import Piece

#: A border that lies on barriers of mean strength at least this is a barrier that no zone should straddle.
HARD = 0.9
#: Worth, in metres of open border, of a metre of border along a barrier of strength 1; a strength of 1/2 costs nothing.
BARRIER_WORTH = 2.0
#: The same for hard barriers.
HARD_WORTH = 20.0
#: Cost in metres of a cut through a building that no zone can hold whole, and through one that a zone could hold.
SPLIT_LARGE, SPLIT_SMALL = 60.0, 1500.0
#: Factor on that cost by what lies at the cut: dwellings of one floor, a floor end, an entrance end, a group's end.
RANK_FACTOR = np.array([1.0, 0.5, 0.35, 0.25, 0.25])


@dataclass(frozen=True, slots=True)
class NodeGraph:
    """A graph of nodes, and what its edges are made of.

    Parameters
    ----------
    graph : Graph
        What the solver sees.
    node : ndarray of int64, shape (n,)
        Node of each local node of the piece.
    u, v : ndarray of int64, shape (m,)
        Ends of each edge, u < v.
    length, barrier : ndarray of float64, shape (m,)
        Metres of common border, and those on barriers times strength.
    """

    graph: Graph
    node: Ints
    u: Ints
    v: Ints
    length: Floats
    barrier: Floats

    @property
    def hard(self) -> NDArray[np.bool_]:
        """Edges that cross a barrier no zone should straddle."""
        return (self.barrier >= HARD * self.length) & (self.length > 0)


def edge_costs(piece: Piece, large: NDArray[np.bool_]) -> Floats:
    """Return the cost of cutting each edge between two nodes of a piece.

    Parameters
    ----------
    piece : Piece
        Its edges.
    large : ndarray of bool, shape (n,)
        Whether a node's building is larger than a zone may be, so that cutting it cannot be avoided.

    Returns
    -------
    ndarray of float64, shape (m,)
        Metres: negative along barriers stronger than 1/2; 0 where a building's ring closes, so that a cut building
        pays by the number of its parts alone.
    """
    worth = np.where(piece.barrier >= HARD * piece.length, HARD_WORTH, BARRIER_WORTH)
    cost = np.where(piece.glue == BETWEEN, piece.length - worth * piece.barrier, 0.0)
    inner = piece.glue >= 0
    split = np.where(large[piece.u[inner]], SPLIT_LARGE, SPLIT_SMALL)
    cost[inner] = split * RANK_FACTOR[piece.glue[inner]]
    return cost


def node_graph(piece: Piece, node: Ints, costs: Floats, min_contact: float, zones: Ints | None = None) -> NodeGraph:
    """Return the graph of the nodes of a piece.

    Parameters
    ----------
    piece : Piece
        What the nodes are made of.
    node : ndarray of int64, shape (n,)
        Node of each local node, 0 … without gaps.
    costs : ndarray of float64, shape (m,)
        Cost of each edge of the piece, see :func:`edge_costs`.
    min_contact : float
        Metres of border below which two nodes are no neighbours, unless the piece, or one of ``zones``, would fall
        apart.
    zones : ndarray of int64, shape (n,), optional
        Zones of the local nodes of the piece, each a union of nodes and connected in the piece, that are to stay so.

    Returns
    -------
    NodeGraph
        Connected if the piece is.
    """
    count = int(node[-1]) + 1 if len(node) else 0
    a, b = node[piece.u], node[piece.v]
    apart = a != b
    a, b = a[apart], b[apart]
    key, inverse = np.unique(np.minimum(a, b) * count + np.maximum(a, b), return_inverse=True)
    length: Floats = np.bincount(inverse, piece.length[apart], len(key)).astype(np.float64)
    barrier: Floats = np.bincount(inverse, piece.barrier[apart], len(key)).astype(np.float64)
    cost: Floats = np.bincount(inverse, costs[apart], len(key)).astype(np.float64)
    glued = np.bincount(inverse, piece.glue[apart] >= 0, len(key)) > 0
    u, v = key // max(count, 1), key % max(count, 1)
    kept = glued | (length >= min_contact)
    if zones is not None:
        _hold_together(u, v, length, kept, zones[np.searchsorted(node, np.arange(count))])
    _hold_together(u, v, length, kept, np.zeros(count, np.int64))
    u, v, length, barrier, cost = u[kept], v[kept], length[kept], barrier[kept], cost[kept]
    weight = np.bincount(node, piece.weight, count).astype(np.int64)
    members = np.maximum(np.bincount(node, minlength=count), 1)
    x, y = np.bincount(node, piece.x, count) / members, np.bincount(node, piece.y, count) / members
    return NodeGraph(rows(count, u, v, cost, weight, x, y), node, u, v, length, barrier)


def rows(count: int, u: Ints, v: Ints, cost: Floats, weight: Ints, x: Floats, y: Floats) -> Graph:
    """Return a graph in compressed rows from distinct edges.

    Parameters
    ----------
    count : int
        Number of nodes.
    u, v : ndarray of int64, shape (m,)
        Ends of each edge, no loops, no doubles.
    cost : ndarray of float64, shape (m,)
        Cost of cutting it.
    weight : ndarray of int64, shape (n,)
        Households of each node.
    x, y : ndarray of float64, shape (n,)
        Positions.

    Returns
    -------
    Graph
        The graph.
    """
    ends, others = np.concatenate([u, v]), np.concatenate([v, u])
    order = np.argsort(ends * max(count, 1) + others, kind="stable")
    indptr = np.zeros(count + 1, np.int64)
    np.cumsum(np.bincount(ends, minlength=count), out=indptr[1:])
    return Graph(indptr, others[order], np.concatenate([cost, cost])[order], weight, x, y)


def _hold_together(u: Ints, v: Ints, length: Floats, kept: NDArray[np.bool_], zones: Ints) -> None:
    """Keep the longest of the short contacts without which a zone would fall apart, in place."""
    if kept.all():
        return
    weak = np.flatnonzero(~kept)
    keep_joining(u, v, zones, kept, weak[np.argsort(-length[weak], kind="stable")])
