"""One level of one piece whose old zones are known: mended at the coarsest grain that will do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.errors import ZoningError
from geo_grid.zoning.certificates import smallest_violation, violations
from geo_grid.zoning.graph import Graph
from geo_grid.zoning.nodes import runs
from geo_grid.zoning.parts import connected_parts, renumber, run_starts
from geo_grid.zoning.repair import mend_nodes
from geo_grid.zoning.weights import edge_costs, node_graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo_grid.policy import Band
    from geo_grid.zoning.graph import Ints
    from geo_grid.zoning.levels import Options
    from geo_grid.zoning.parts import Piece
    from geo_grid.zoning.weights import NodeGraph


def carried(piece: Piece, before: Ints) -> Ints:
    """Give new dwellings of a building the old zone of the dwelling next to them.

    Parameters
    ----------
    piece : Piece
        Its nodes.
    before : ndarray of int64, shape (n,)
        Old zone of each node, −1 for none.

    Returns
    -------
    ndarray of int64, shape (n,)
        The same, with −1 only for whole buildings that are new, and for cells without households.
    """
    place = np.arange(piece.n)
    run = np.cumsum(run_starts(piece)) - 1
    known = before >= 0
    last = np.maximum.accumulate(np.where(known, place, -1))
    following = np.minimum.accumulate(np.where(known, place, piece.n)[::-1])[::-1]
    out = before.copy()
    for near, good in ((last, last >= 0), (following, following < piece.n)):
        at = np.where(good, near, 0)
        fits = (out < 0) & good & (run[at] == run)
        out[fits] = before[at[fits]]
    return out


class _Keeper:
    """The attempts at one piece."""

    def __init__(
        self,
        piece: Piece,
        band: Band,
        options: Options,
        start: Ints,
        before: Ints,
        locked: NDArray[np.bool_],
        seed: int,
    ) -> None:
        self.piece, self.band, self.options, self.seed = piece, band, options, seed
        self.start, self.before, self.locked = start, before, locked
        self.run, self.sizes = runs(piece)
        large = (self.sizes > band.high)[self.run]
        self.costs = edge_costs(piece, large)
        self.parts = connected_parts(piece.n, piece.u, piece.v, start)

    def grain(self, chosen: NDArray[np.bool_]) -> Ints:
        """Return the node of each dwelling: runs as they were cut before, chosen ones dwelling by dwelling."""
        cut = run_starts(self.piece)
        if not self.options.whole:
            cut |= chosen[self.run]
            cut[1:] |= (self.start[1:] != self.start[:-1]) | (self.locked[1:] != self.locked[:-1])
        return np.cumsum(cut) - 1

    def attempt(self, chosen: NDArray[np.bool_], contact: float, *, cross: bool) -> Ints | None:
        """Mend once; None if there is no barrier to cross, or the locked nodes admit nothing."""
        node = self.grain(chosen)
        nodes = node_graph(self.piece, node, self.costs, contact, None if self.options.whole else self.parts)
        first = np.searchsorted(node, np.arange(nodes.graph.n))
        start = self.start[first]
        graph = nodes.graph if cross else on_its_side(nodes, start)
        if cross and not nodes.hard.any():
            return None
        stays = (self.before >= 0) & (self.before == start[node])
        price = np.bincount(node, self.piece.weight * stays, graph.n).astype(np.int64)
        locked = np.bincount(node, self.locked, graph.n) > 0
        band, locked = self.band, locked & (start >= 0)
        try:
            return mend_nodes(graph, start, start, price, band.low, band.high, locked=locked, seed=self.seed)[node]
        except ZoningError:  # locked nodes of a zone that nothing at this grain can join
            return None

    def violation(self, labels: Ints) -> int:
        """Households outside the band."""
        sizes = np.bincount(renumber(labels), self.piece.weight).astype(np.int64)
        return int(violations(sizes, self.band).sum())

    def grains(self, known: list[Ints]) -> Iterator[tuple[NDArray[np.bool_], float]]:
        """Yield runs to cut and the least contact: what is cut already, then more around what fails, then all."""
        contact = self.options.min_contact
        chosen = self.sizes > self.band.high
        inner = (self.run[1:] == self.run[:-1]) & (self.start[1:] != self.start[:-1])
        chosen = chosen.copy()
        chosen[self.run[1:][inner]] = True
        yield chosen, contact
        if self.options.whole:
            return
        for _ in range(2):
            chosen = chosen | self.beside_failing(known)
            yield chosen, contact
        every = np.ones(len(self.sizes), bool)
        yield every, contact
        yield every, 0.0

    def beside_failing(self, known: list[Ints]) -> NDArray[np.bool_]:
        """Mark runs in zones that fail, before or after they were mended, and runs that touch those zones."""
        marks = np.zeros(len(self.sizes), bool)
        for labels in (renumber(np.where(self.start < 0, self.start.max() + 1, self.start)), renumber(known[-1])):
            sizes = np.bincount(labels, self.piece.weight).astype(np.int64)
            bad = violations(sizes, self.band) > 0
            u, v = labels[self.piece.u], labels[self.piece.v]
            near = bad.copy()
            near[u[bad[v]]] = True
            near[v[bad[u]]] = True
            marks[self.run[near[labels]]] = True
        return marks


def on_its_side(nodes: NodeGraph, start: Ints) -> Graph:
    """Leave out the edges across hard barriers between zones that were apart.

    Parameters
    ----------
    nodes : NodeGraph
        The graph.
    start : ndarray of int64, shape (n,)
        Zone of each node, −1 for none.

    Returns
    -------
    Graph
        The graph without those edges; nodes without a zone keep theirs if they have no others.
    """
    graph, hard = nodes.graph, nodes.hard
    if not hard.any():
        return graph
    u, v = nodes.u, nodes.v
    soft = np.zeros(graph.n, bool)
    soft[u[~hard]] = True
    soft[v[~hard]] = True
    lone = (start < 0) & ~soft
    kept = ~hard | ((start[u] == start[v]) & (start[u] >= 0)) | lone[u] | lone[v]
    ends, others = np.concatenate([u, v]), np.concatenate([v, u])
    keep = np.concatenate([kept, kept])[np.argsort(ends * graph.n + others, kind="stable")]
    indptr = np.concatenate([[0], np.cumsum(np.bincount(ends[np.concatenate([kept, kept])], minlength=graph.n))])
    return Graph(
        indptr.astype(np.int64),
        graph.indices[keep],
        graph.edge_weight[keep],
        graph.node_weight,
        graph.x,
        graph.y,
    )


def keep_piece(
    piece: Piece, band: Band, options: Options, start: Ints, before: Ints, locked: NDArray[np.bool_], seed: int
) -> tuple[Ints, int]:
    """Mend the old zones of a connected piece.

    Parameters
    ----------
    piece : Piece
        A connected piece.
    band : Band
        Band of its zones.
    options : Options
        Least contact, and whether buildings may be split.
    start, before : ndarray of int64, shape (n,)
        Zones with new dwellings filled in, see :func:`carried`, and without; −1 for none.
    locked : ndarray of bool, shape (n,)
        Nodes that keep their zone.
    seed : int
        Seed.

    Returns
    -------
    labels : ndarray of int64, shape (n,)
        Connected zones, numbered 0 … k − 1.
    violation : int
        Households outside the band.
    """
    least, k = smallest_violation(piece.households, band.low, band.high)
    if k == 1 and piece.households < 2 * band.low:
        one = np.zeros(piece.n, np.int64)
        return one, band.violation(piece.households)
    keeper = _Keeper(piece, band, options, start, before, locked, seed)
    best: tuple[int, Ints] | None = None
    known: list[Ints] = []
    for chosen, contact in keeper.grains(known):
        for cross in (False, True):
            labels = keeper.attempt(chosen, contact, cross=cross)
            if labels is None:
                continue
            known.append(labels)
            violation = keeper.violation(labels)
            if best is None or violation < best[0]:
                best = violation, labels
            if best[0] <= least:
                return renumber(best[1]), best[0]
    if best is None:
        return keep_piece(piece, band, options, start, before, np.zeros(piece.n, bool), seed)
    return renumber(best[1]), best[0]
