"""One level of one piece whose old zones are known: mended at the coarsest grain that will do."""

from __future__ import annotations

from dataclasses import replace
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


#: Dwellings of two neighbouring buildings are neighbours from this share of the least contact on.
FINE_SHARE = 0.25
#: A building newly split weighs as many households moved as this share of the band's low end.
SPLIT_SHARE = 0.1


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
        self.split_price = max(1.0, SPLIT_SHARE * band.low)
        self.costs = edge_costs(piece, large)
        self.parts = connected_parts(piece.n, piece.u, piece.v, start)
        self.thin = thinned(piece, self.run, options.min_contact)

    def grain(self, chosen: NDArray[np.bool_]) -> Ints:
        """Return the node of each dwelling: runs as they were cut before, chosen ones dwelling by dwelling."""
        cut = run_starts(self.piece)
        if not self.options.whole:
            cut |= chosen[self.run]
            cut[1:] |= (self.start[1:] != self.start[:-1]) | (self.locked[1:] != self.locked[:-1])
        return np.cumsum(cut) - 1

    def attempt(self, chosen: NDArray[np.bool_], contact: float, *, cross: bool, thorough: bool) -> Ints | None:
        """Mend once; None if there is no barrier to cross, or the locked nodes admit nothing."""
        node = self.grain(chosen)
        nodes = node_graph(self.thin, node, self.costs, contact, None if self.options.whole else self.parts)
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
            return mend_nodes(
                graph, start, start, price, band.low, band.high, locked=locked, seed=self.seed, thorough=thorough
            )[node]
        except ZoningError:  # locked nodes of a zone that nothing at this grain can join
            return None

    def rank(self, labels: Ints) -> tuple[int, float]:
        """Return what is compared: households outside the band; households moved, and buildings newly split."""
        sizes = np.bincount(renumber(labels), self.piece.weight).astype(np.int64)
        moved = int(self.piece.weight[(self.before >= 0) & (labels != self.before)].sum())
        split = self.count_split(labels) - self.count_split(self.start)
        return int(violations(sizes, self.band).sum()), moved + self.split_price * split

    def is_sound(self, least: int) -> bool:
        """Tell whether the zones as they are need no repair at all."""
        if (self.start < 0).any() or len(np.unique(self.start)) <= self.parts.max():
            return False
        whole = not self.options.whole or not self.cuts(self.start).any()
        return whole and self.rank(self.start)[0] <= least

    def cuts(self, labels: Ints) -> NDArray[np.bool_]:
        """Mark nodes, from the second on, that begin another zone inside a building."""
        return (self.run[1:] == self.run[:-1]) & (labels[1:] != labels[:-1])

    def count_split(self, labels: Ints) -> int:
        """Count buildings that could be whole and are not."""
        split = np.unique(self.run[1:][self.cuts(labels)])
        return int((self.sizes[split] <= self.band.high).sum())

    def grains(self, known: list[Ints]) -> Iterator[tuple[NDArray[np.bool_], float]]:
        """Yield runs to cut and the least contact: what is cut already, then more around what fails, then all."""
        contact = FINE_SHARE * self.options.min_contact
        chosen = self.sizes > self.band.high
        chosen[self.run[1:][self.cuts(self.start)]] = True
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
        """Mark buildings in and beside zones that fail, were torn, or have lost or won households."""
        count = int(max([self.start.max(initial=-1), *(labels.max() for labels in known)])) + 1
        bad = np.zeros(count, bool)
        pieces = np.unique(np.column_stack([self.start, self.parts]), axis=0)
        zones, times = np.unique(pieces[:, 0], return_counts=True)
        bad[zones[(times > 1) & (zones >= 0)]] = True
        for labels in known:
            sizes = np.bincount(labels, self.piece.weight, count).astype(np.int64)
            bad |= (violations(sizes, self.band) > 0) & (sizes > 0)
            moved = (self.before >= 0) & (labels != self.before) & (self.piece.weight > 0)
            bad[labels[moved]] = True
            bad[self.before[moved]] = True
        known_start = self.start >= 0
        sizes = np.bincount(self.start[known_start], self.piece.weight[known_start], count).astype(np.int64)
        bad |= (violations(sizes, self.band) > 0) & (sizes > 0)
        marks = np.zeros(len(self.sizes), bool)
        marks[self.run[known_start & bad[self.start]]] = True
        near = marks.copy()
        u, v = self.run[self.piece.u], self.run[self.piece.v]
        near[u[marks[v]]] = True
        near[v[marks[u]]] = True
        return near


def thinned(piece: Piece, run: Ints, min_contact: float) -> Piece:
    """Make the borders of buildings that touch too little so short that they count only where nothing else connects.

    Parameters
    ----------
    piece : Piece
        Its edges.
    run : ndarray of int64, shape (n,)
        Building of each node.
    min_contact : float
        Metres of common border that make two buildings neighbours: a dwelling alone may touch less.

    Returns
    -------
    Piece
        The piece with a thousandth of the length, and of the barriers, of such borders.
    """
    a, b = run[piece.u], run[piece.v]
    _, pair = np.unique(np.minimum(a, b) * piece.n + np.maximum(a, b), return_inverse=True)
    pair = pair.reshape(-1)
    weak = (np.bincount(pair, piece.length)[pair] < min_contact) & (a != b)
    scale = np.where(weak, 1e-3, 1.0)
    return replace(piece, length=piece.length * scale, barrier=piece.barrier * scale)


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
    least, _ = smallest_violation(piece.households, band.low, band.high)
    several = len(np.unique(start[locked])) > 1
    if piece.households < 2 * band.low and piece.households <= band.high and not several:
        one = np.zeros(piece.n, np.int64)
        return one, band.violation(piece.households)
    keeper = _Keeper(piece, band, options, start, before, locked, seed)
    if keeper.is_sound(least):
        return renumber(start), least
    best: tuple[tuple[int, float], Ints] | None = None
    known: list[Ints] = []
    for step, (chosen, contact) in enumerate(keeper.grains(known)):
        for cross in (False, True):
            labels = keeper.attempt(chosen, contact, cross=cross, thorough=step > 1 or options.whole)
            if labels is None:
                continue
            known.append(labels)
            rank = keeper.rank(labels)
            if best is None or rank < best[0]:
                best = rank, labels
            if rank[0] <= least:
                break
        if best is not None and best[0][0] <= least and (step > 0 or best[0][1] <= keeper.split_price):
            break
    if best is None:
        return keep_piece(piece, band, options, start, before, np.zeros(piece.n, bool), seed)
    return renumber(best[1]), best[0][0]
