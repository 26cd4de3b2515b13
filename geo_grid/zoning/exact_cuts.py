"""Separators: the clauses that keep zones of an exact model connected."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo_grid.zoning._flood import flood

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.zoning.graph import Graph, Ints

_WAYS_UP_TO = 1500  # nodes up to which the lightest ways between all pairs are worth their memory
_WHOLE_HALVES = 2**50  # below it, sums of halves of weights are exact
_PARTNERS = 3  # nodes of each of two pieces that are held apart at once


class Separator(NamedTuple):
    """Two nodes share a zone only if one of these nodes is in it too.

    Parameters
    ----------
    a, b : int
        The two nodes.
    between : tuple of int
        Nodes of which every useful way from a to b holds one; empty where there is no such way.
    """

    a: int
    b: int
    between: tuple[int, ...]


class Separators:
    """Finds separators that labels break.

    A node that no way from a to b passes without weighing more than a zone may is left out: the separators of
    "length-bounded cuts" (Validi and Buchanan, Math. Prog. Comp. 14, 2022), which are stronger than plain ones.

    Parameters
    ----------
    graph : Graph
        The graph.
    most : int
        The most a zone may weigh.
    """

    def __init__(self, graph: Graph, most: int) -> None:
        self.graph = graph
        self.most = most
        self.rows = [graph.indices[graph.indptr[v] : graph.indptr[v + 1]].tolist() for v in range(graph.n)]
        small = graph.n <= _WAYS_UP_TO and int(graph.node_weight.sum()) < _WHOLE_HALVES
        self.ways = _lightest_ways(graph) if small else None

    def broken(self, labels: Ints) -> list[Separator]:
        """Return separators that labels break.

        Parameters
        ----------
        labels : ndarray of int64, shape (n,)
            Zone of each node.

        Returns
        -------
        list of Separator
            Empty if and only if every zone is connected.
        """
        piece, made = flood(self.graph.indptr, self.graph.indices, labels)
        if made == len(np.unique(labels)):
            return []
        found: dict[Separator, None] = {}
        first = np.unique(piece, return_index=True)[1]
        weight = np.bincount(piece, self.graph.node_weight, made) + np.bincount(piece, minlength=made) * 1e-9
        zone = labels[first]
        for z in np.unique(zone).tolist():
            mine = np.flatnonzero(zone == z)
            main = int(mine[np.argmax(weight[mine])])
            for other in mine[mine != main].tolist():
                found.update(dict.fromkeys(self._between(piece, main, other)))
        return list(found)

    def _between(self, piece: Ints, main: int, other: int) -> list[Separator]:
        """Hold two pieces of a zone apart, near the one and near the other."""
        ones, others = np.flatnonzero(piece == main).tolist(), np.flatnonzero(piece == other).tolist()
        near_other, near_main = self._rim(others, ones[0]), self._rim(ones, others[0])
        return [
            Separator(a, b, self._useful(a, b, rim))
            for a in self._chosen(ones)
            for b in self._chosen(others)
            for rim in {tuple(near_other), tuple(near_main)}
        ]

    def _chosen(self, members: list[int]) -> list[int]:
        """Return the heaviest nodes of a piece: they stay apart from most."""
        return sorted(members, key=lambda v: -int(self.graph.node_weight[v]))[:_PARTNERS]

    def _rim(self, inside: list[int], far: int) -> list[int]:
        """Return the least separator next to a connected set: its neighbours that the far node reaches around it."""
        wall = set(inside)
        rim = {u for v in inside for u in self.rows[v]} - wall
        seen, todo = {far}, [far]
        reached: set[int] = set()
        while todo:
            for u in self.rows[todo.pop()]:
                if u in rim:
                    reached.add(u)
                elif u not in seen and u not in wall:
                    seen.add(u)
                    todo.append(u)
        return sorted(reached)

    def _useful(self, a: int, b: int, rim: tuple[int, ...]) -> tuple[int, ...]:
        if self.ways is None:
            return rim
        weight = self.graph.node_weight
        return tuple(c for c in rim if self.ways[a, c] + self.ways[c, b] - weight[c] <= self.most)


def _lightest_ways(graph: Graph) -> NDArray[np.float64]:
    """Return the least weight of a way from each node to each other, both ends counted."""
    # A step costs half the weight of both its ends, so that half of the first and of the last node are missing. Steps
    # between nodes without weight are stored as zeros, which the search takes for steps, as they are stored.
    ends = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    weight = graph.node_weight.astype(np.float64)
    step = csr_array(((weight[ends] + weight[graph.indices]) / 2, graph.indices, graph.indptr), shape=(graph.n,) * 2)
    half = weight / 2
    ways: NDArray[np.float64] = dijkstra(step) + half[:, None] + half[None, :]
    return ways
