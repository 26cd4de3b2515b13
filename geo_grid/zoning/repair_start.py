"""A first repair: zones made whole again, and every node given one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.errors import ZoningError
from geo_grid.zoning._flood import flood
from geo_grid.zoning._state import excess

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.zoning.graph import Floats, Graph, Ints

#: What a way through a node costs beyond its households: a little, so that ways are short.
_STEP = 1e-3


def make_whole(
    graph: Graph, labels: Ints, price: Ints, locked: NDArray[np.bool_], low: int, high: int, *, paid: bool = True
) -> Ints:
    """Make every zone connected and give every node a zone.

    A zone in pieces is joined again across nodes of no zone; across nodes of other zones where that moves fewer
    households than giving the piece away, or where locked nodes demand it. Other pieces, and nodes without a zone,
    go to the zones around them, where they add least to the violation.

    Parameters
    ----------
    graph : Graph
        The graph.
    labels : ndarray of int64, shape (n,)
        Zone of each node, 0 … k − 1, or −1.
    price : ndarray of int64, shape (n,)
        Households moved if a node does not keep its zone.
    locked : ndarray of bool, shape (n,)
        Nodes that keep their zone.
    low, high : int
        Band of a zone.
    paid : bool, optional
        Whether pieces may be joined across nodes of other zones too, where nothing is locked.

    Returns
    -------
    ndarray of int64, shape (n,)
        Connected zones; those that were keep their number, where a part of the graph had none a new one follows.

    Raises
    ------
    ZoningError
        If locked nodes of one zone cannot be joined.
    """
    out = labels.copy()
    held = locked & (labels >= 0)
    for _ in range(graph.n + 1):
        torn = _torn(graph, out, held)
        if torn is None:
            break
        _join_locked(graph, out, price, held, torn)
    _join_torn(graph, out, price, held, paid=paid)
    _release(graph, out, price, held)
    fresh = int(out.max(initial=-1)) + 1
    part = flood(graph.indptr, graph.indices, np.zeros(graph.n, np.int64))[0]
    bare = np.ones(int(part.max(initial=-1)) + 1, bool)
    bare[part[out >= 0]] = False
    numbers = fresh + np.cumsum(bare) - 1
    out = np.where(bare[part], numbers[part], out)
    _spread(graph.indptr, graph.indices, graph.edge_weight, graph.node_weight, out, low, high)
    return out


def is_torn(graph: Graph, labels: Ints) -> bool:
    """Tell whether some zone lies in several pieces.

    Parameters
    ----------
    graph : Graph
        The graph.
    labels : ndarray of int64, shape (n,)
        Zone of each node, −1 for none.

    Returns
    -------
    bool
        Whether there is one.
    """
    return bool(_torn_zones(graph, labels))


def pieces_of(graph: Graph, labels: Ints) -> tuple[Ints, int]:
    """Return the connected piece of equal labels of each node, and how many there are.

    Parameters
    ----------
    graph : Graph
        The graph.
    labels : ndarray of int64, shape (n,)
        Any labels.

    Returns
    -------
    tuple of (ndarray of int64, int)
        Pieces numbered in the order of their first node.
    """
    return flood(graph.indptr, graph.indices, labels)


def _torn(graph: Graph, labels: Ints, held: NDArray[np.bool_]) -> int | None:
    """Return a zone whose locked nodes lie in several pieces."""
    piece, _ = pieces_of(graph, labels)
    pairs = np.unique(np.column_stack([labels[held], piece[held]]), axis=0)
    zones, times = np.unique(pairs[:, 0], return_counts=True)
    return int(zones[times > 1][0]) if (times > 1).any() else None


def _ways(graph: Graph, cost: Floats, sources: Ints) -> tuple[Floats, Ints]:
    """Return the cheapest way from some nodes to every node, entering nodes at their cost: total, and node before."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import dijkstra

    enter = cost[graph.indices]
    open_ = np.isfinite(enter)
    rows = np.repeat(np.arange(graph.n), np.diff(graph.indptr))[open_]
    matrix = csr_array((enter[open_], (rows, graph.indices[open_])), shape=(graph.n, graph.n))
    total, before, _ = dijkstra(matrix, indices=sources, min_only=True, return_predecessors=True)
    return total, before


def _path(before: Ints, end: int) -> list[int]:
    """Return the nodes of a way, the last one first, the source left out."""
    way = []
    while before[end] >= 0:
        way.append(end)
        end = int(before[end])
    return way


def _join_locked(graph: Graph, labels: Ints, price: Ints, held: NDArray[np.bool_], zone: int) -> None:
    """Join two pieces of a zone that both hold locked nodes, in place; the nodes between them are locked too."""
    piece, _ = pieces_of(graph, labels)
    ends = np.flatnonzero(held & (labels == zone))
    first = piece[ends[0]]
    cost = np.where(labels == zone, 0.0, np.where(labels < 0, 0.0, price)) + _STEP
    cost[held & (labels != zone)] = np.inf
    total, before = _ways(graph, cost, np.flatnonzero(piece == first))
    far = ends[piece[ends] != first]
    if not np.isfinite(total[far]).any():
        raise ZoningError(f"the locked nodes of zone {zone} cannot be joined without moving other locked nodes.")
    way = _path(before, int(far[np.argmin(total[far])]))
    labels[way] = zone
    held[way] = True


def _join_torn(graph: Graph, labels: Ints, price: Ints, held: NDArray[np.bool_], *, paid: bool) -> None:
    """Join the pieces of torn zones where that is cheaper than to give them away, in place; the largest first."""
    refused: set[int] = set()
    while True:
        piece, count = pieces_of(graph, labels)
        worth = np.bincount(piece, price, count)
        queue = []
        for zone in _torn_zones(graph, labels):
            names = np.unique(piece[labels == zone]).tolist()
            core = max(names, key=lambda p: _rank(p, piece, price, held))
            queue += [(-worth[p], p, core, zone) for p in names if p != core]
        for _, other, core, zone in sorted(queue):
            inside = np.flatnonzero(piece == other)
            if int(inside[0]) in refused:
                continue
            if _bridge(graph, labels, price, held, zone, np.flatnonzero(piece == core), inside, paid=paid):
                break
            refused.add(int(inside[0]))
        else:
            return


def _torn_zones(graph: Graph, labels: Ints) -> list[int]:
    """Return the zones in several pieces, the one with the lowest number first."""
    piece, _ = pieces_of(graph, labels)
    pairs = np.unique(np.column_stack([labels, piece])[labels >= 0], axis=0)
    zones, times = np.unique(pairs[:, 0], return_counts=True)
    return [int(zone) for zone in zones[times > 1]]


def _pieces(graph: Graph, labels: Ints) -> int:
    """Count the pieces of all zones."""
    return len(np.unique(pieces_of(graph, labels)[0][labels >= 0]))


def _rank(piece_number: int, piece: Ints, price: Ints, held: NDArray[np.bool_]) -> tuple[bool, int, int, int]:
    """Rank a piece as the core of its zone: locked nodes, households, nodes, the lowest number."""
    mine = piece == piece_number
    return bool(held[mine].any()), int(price[mine].sum()), int(mine.sum()), -piece_number


def _bridge(
    graph: Graph, labels: Ints, price: Ints, held: NDArray[np.bool_], zone: int, core: Ints, other: Ints, *, paid: bool
) -> bool:
    """Join a piece to the core across other nodes, in place, if fewer households move than live in it."""
    cost = np.where((labels < 0) | (labels == zone), 0.0, price) + _STEP
    cost[(held if paid else labels >= 0) & (labels != zone)] = np.inf
    total, before = _ways(graph, cost, core)
    end = int(other[np.argmin(total[other])])
    if not np.isfinite(total[end]):
        return False
    way = [node for node in _path(before, end) if labels[node] != zone]
    if int(price[[node for node in way if labels[node] >= 0]].sum()) >= max(int(price[other].sum()), 1):
        return False
    trial = labels.copy()
    trial[way] = zone
    # Fewer pieces in all, or two torn zones could take nodes from each other for ever; and no zone lost.
    was, now = _pieces(graph, labels), _pieces(graph, trial)
    if now >= was or len(np.unique(trial[trial >= 0])) < len(np.unique(labels[labels >= 0])):
        return False
    if set(_torn_zones(graph, trial)) - set(_torn_zones(graph, labels)) or _torn(graph, trial, held) is not None:
        return False
    labels[way] = zone
    return True


def _release(graph: Graph, labels: Ints, price: Ints, held: NDArray[np.bool_]) -> None:
    """Take every piece of a zone but its core out of it, in place."""
    piece, count = pieces_of(graph, labels)
    worth = np.zeros(count, np.int64)
    np.add.at(worth, piece, price)
    locked = np.bincount(piece, held, count) > 0
    size = np.bincount(piece, minlength=count)
    first = np.zeros(count, np.int64)
    first[piece[::-1]] = np.arange(graph.n)[::-1]
    order = np.lexsort((np.arange(count), -size, -worth, ~locked))
    zone = labels[first[order]]
    _, at = np.unique(zone, return_index=True)
    core = np.zeros(count, bool)
    core[order[at]] = True
    labels[~core[piece]] = -1


@njit(cache=True)
def _spread(  # noqa: C901 - one loop over rings, best read whole
    indptr: Ints, indices: Ints, cost: Floats, load: Ints, labels: Ints, low: int, high: int
) -> None:
    """Give nodes without a zone one they touch: least violation first, then the heaviest edges; ring by ring."""
    n = len(load)
    weight = np.zeros(max(labels.max(), 0) + 1, np.int64)
    for v in range(n):
        if labels[v] >= 0:
            weight[labels[v]] += load[v]
    bare = np.flatnonzero(labels < 0)
    while len(bare):
        left = 0
        for i in range(len(bare)):
            v = bare[i]
            best, best_out, best_tie = -1, 0, 0.0
            for e in range(indptr[v], indptr[v + 1]):
                z = labels[indices[e]]
                if z < 0:
                    continue
                tie = 0.0
                for f in range(indptr[v], indptr[v + 1]):
                    if labels[indices[f]] == z:
                        tie += cost[f]
                out = excess(weight[z] + load[v], low, high) - excess(weight[z], low, high)
                if best < 0 or out < best_out or (out == best_out and tie > best_tie):
                    best, best_out, best_tie = z, out, tie
            if best >= 0:
                labels[v] = best
                weight[best] += load[v]
            else:
                bare[left] = v
                left += 1
        if left == len(bare):
            break
        bare = bare[:left]
