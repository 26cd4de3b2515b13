"""One level of one connected piece: whole buildings first, finer nodes only where the band needs them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo_grid.zoning.banks import bank_labels, join_bank
from geo_grid.zoning.certificates import feasible_counts, smallest_violation, violations
from geo_grid.zoning.large import draw_around_large, has_large
from geo_grid.zoning.nodes import chunk_size, chunks, runs
from geo_grid.zoning.parts import split_piece
from geo_grid.zoning.proof import ENUMERATED, enumerate_zones
from geo_grid.zoning.solve import solve
from geo_grid.zoning.trees import tree_zones
from geo_grid.zoning.weights import edge_costs, node_graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo_grid.policy import Band
    from geo_grid.zoning.graph import Ints
    from geo_grid.zoning.parts import Piece
    from geo_grid.zoning.weights import NodeGraph

#: Numbers of zones tried at one grain before a finer one is taken.
COUNTS_TRIED = 10
#: Nodes up to which every division is looked at before the solver is asked.
LISTED_FIRST = 11
#: Buildings of a piece up to which it pays to look for fewer splits; numbers of zones tried with each.
SPARED, SPARE_COUNTS = 60, 3
#: Solutions, best first, that are carried to a finer grain.
KEPT = 3


@dataclass(frozen=True, slots=True)
class Options:
    """How an area is drawn.

    Parameters
    ----------
    min_contact : float
        Metres of border below which two nodes are no neighbours.
    whole : bool
        Whether buildings may never be split.
    seed : int
        Seed.
    effort : float
        Scales the schedule.
    """

    min_contact: float
    whole: bool
    seed: int
    effort: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """Zones of one piece.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        Zone of each local node, 0 … k − 1.
    violation : int
        Sum over zones of households outside the band.
    split : int
        Runs of dwellings, no larger than a zone may be, that lie in several zones.
    cost : float
        Weighted cut.
    """

    labels: Ints
    violation: int
    split: int
    cost: float

    @property
    def rank(self) -> tuple[int, int, float]:
        """What is compared: violation, buildings split, cut."""
        return self.violation, self.split, self.cost


def draw_piece(piece: Piece, band: Band, options: Options, seed: int) -> Ints:
    """Zone one connected piece at one level.

    Parameters
    ----------
    piece : Piece
        A connected piece with at least one household.
    band : Band
        Band of the level.
    options : Options
        How.
    seed : int
        Seed of this piece.

    Returns
    -------
    ndarray of int64, shape (n,)
        Zone of each local node, 0 … k − 1, each connected.
    """
    if options.whole and has_large(piece, band):
        return draw_around_large(piece, band, lambda inside: draw_piece(inside, band, options, seed))
    violation, k = smallest_violation(piece.households, band.low, band.high)
    if k == 1:
        return np.zeros(piece.n, np.int64)
    if violation:
        from geo_grid.zoning.gaps import draw_gap

        return draw_gap(piece, band, k, options, seed)
    return _draw_banks(piece, band, options, seed)


def _draw_banks(piece: Piece, band: Band, options: Options, seed: int) -> Ints:
    """Zone each side of the hard barriers by itself; join sides that cannot be zoned alone."""
    run, sizes = runs(piece)
    large = (sizes > band.high)[run]
    nodes = node_graph(piece, run, edge_costs(piece, large), options.min_contact)
    side = bank_labels(nodes, band)
    known: dict[bytes, Drawn] = {}
    while True:
        number = int(side.max()) + 1
        drawn = []
        for bank in range(number):
            mine = side[run] == bank
            key = mine.tobytes()
            if key not in known:
                known[key] = _ladder(_part(piece, mine, number), band, options, seed)
            drawn.append(known[key])
        failing = [bank for bank in range(number) if drawn[bank].violation]
        if number == 1 or not failing:
            return _put_together(side[run], drawn)
        side = bank_labels(nodes, band, join_bank(nodes, side, failing[0]))


def _part(piece: Piece, mine: NDArray[np.bool_], number: int) -> Piece:
    """Return the part of a piece on one side of its barriers."""
    return piece if number == 1 else split_piece(piece, np.where(mine, 0, -1), connected=False)[0]


def _put_together(side: Ints, drawn: list[Drawn]) -> Ints:
    """Join the zones of all sides under one numbering."""
    labels = np.empty(len(side), np.int64)
    used = 0
    for bank, zones in enumerate(drawn):
        labels[side == bank] = zones.labels + used
        used += int(zones.labels.max()) + 1
    return labels


def count_order(households: int, band: Band) -> list[int]:
    """Return numbers of zones to try, nearest to zones at the band's middle first.

    Parameters
    ----------
    households : int
        Households of a piece.
    band : Band
        Band of the level.

    Returns
    -------
    list of int
        Every feasible number of zones.
    """
    near = 2 * households / (band.low + band.high)
    return sorted(feasible_counts(households, band.low, band.high), key=lambda k: (abs(k - near), k))


class _Search:
    """The attempts at one side of the barriers of one piece, and the best of them."""

    def __init__(self, piece: Piece, band: Band, options: Options, seed: int) -> None:
        self.piece, self.band, self.options, self.seed = piece, band, options, seed
        self.run, self.sizes = runs(piece)
        self.large = self.sizes > band.high
        self.costs = edge_costs(piece, self.large[self.run])
        self.small = ~self.large[self.run] & (piece.weight > 0)
        self.counts = count_order(piece.households, band)
        self.size = chunk_size(band.low)

    def nodes(self, chosen: NDArray[np.bool_], size: int, contact: float, zones: Ints | None = None) -> NodeGraph:
        """Cut chosen runs into chunks; zones to start from stay connected even by short contacts."""
        return node_graph(self.piece, chunks(self.piece, chosen, size), self.costs, contact, zones)

    def carry_on(self, chosen: NDArray[np.bool_], size: int, contact: float, salt: int, zones: Ints) -> Drawn:
        """Improve zones at a finer grain."""
        nodes = self.nodes(chosen, size, contact, zones)
        return self.attempt(nodes, int(zones.max()) + 1, salt, start=zones)

    def attempt(self, nodes: NodeGraph, k: int, salt: int, start: Ints | None = None) -> Drawn:
        """Run the solver once; ``start`` holds zones of the local nodes of the piece."""
        graph = nodes.graph
        if start is not None:
            first = np.searchsorted(nodes.node, np.arange(graph.n))
            start = start[first]
        found = solve(
            graph,
            self.band.low,
            self.band.high,
            k,
            start=start,
            seed=self.seed + 7919 * salt,
            effort=self.options.effort,
        )
        labels = found.labels[nodes.node]
        return Drawn(labels, found.violation, self.count_split(labels), found.cut_weight)

    def improve(self, nodes: NodeGraph, labels: Ints) -> Drawn:
        """Return zones of nodes, or what the solver makes of them if that is better."""
        drawn = self.judge(nodes, labels)
        again = self.attempt(nodes, int(labels.max()) + 1, 13, start=drawn.labels)
        return min(drawn, again, key=lambda d: d.rank)

    def judge(self, nodes: NodeGraph, labels: Ints) -> Drawn:
        """Return zones of nodes with their figures."""
        sizes = np.bincount(labels, nodes.graph.node_weight).astype(np.int64)
        ends = np.repeat(np.arange(nodes.graph.n), np.diff(nodes.graph.indptr))
        apart = labels[ends] != labels[nodes.graph.indices]
        cost = float(nodes.graph.edge_weight[apart].sum() / 2)
        whole = labels[nodes.node]
        return Drawn(whole, int(violations(sizes, self.band).sum()), self.count_split(whole), cost)

    def count_split(self, labels: Ints) -> int:
        """Count runs that could be whole and are not."""
        return len(np.unique(self.run[self.split_marks(labels)]))

    def split_marks(self, labels: Ints) -> NDArray[np.bool_]:
        """Mark nodes that begin another zone inside a run that could be whole."""
        marks = np.zeros(len(labels), bool)
        marks[1:] = self.small[1:] & (self.run[1:] == self.run[:-1]) & (labels[1:] != labels[:-1])
        return marks

    def over_counts(self, nodes: NodeGraph, salt: int, most: int = COUNTS_TRIED) -> Iterator[Drawn]:
        """Attempt numbers of zones from the middle of the band outwards."""
        filled = int((nodes.graph.node_weight > 0).sum())
        tried = 0
        for k in self.counts:
            if k <= filled and tried < most:
                tried += 1
                drawn = self.attempt(nodes, k, salt)
                yield drawn
                if not drawn.violation:
                    return


def _ladder(piece: Piece, band: Band, options: Options, seed: int) -> Drawn:
    """Try whole buildings, then cut those at the borders of failing zones, then all, then to dwellings."""
    search = _Search(piece, band, options, seed)
    best = [_one(piece, band)]
    if search.counts[0] == 1 or (len(search.sizes) == 1 and options.whole):
        return best[0]
    for refine in (_whole,) if options.whole else (_whole, _refine_borders, _refine_all, _refine_dwellings):
        best = sorted([*refine(search, best), *best], key=lambda drawn: drawn.rank)[:KEPT]
        if not best[0].violation:
            return _spare(search, best[0])
    return min(best[0], _last_resort(search, best[0].violation), key=lambda drawn: drawn.rank)


def _whole(search: _Search, _best: list[Drawn]) -> list[Drawn]:
    """Keep every building whole that a zone can hold; stop at the first number of zones that meets the band."""
    none = np.zeros(len(search.sizes), bool)
    nodes = search.nodes(none if search.options.whole else search.large, search.size, search.options.min_contact)
    if nodes.graph.n <= LISTED_FIRST:
        labels, violation = enumerate_zones(nodes.graph, search.band)
        if violation:
            return [search.improve(nodes, labels)]
    return list(search.over_counts(nodes, 0))


def _last_resort(search: _Search, found: int) -> Drawn:
    """At the finest grain that is allowed: look at every division of a small piece; else divide along trees."""
    node = search.run if search.options.whole else np.arange(search.piece.n)
    nodes = node_graph(search.piece, node, search.costs, 0.0)
    labels: Ints | None
    if nodes.graph.n <= ENUMERATED:
        labels, _ = enumerate_zones(nodes.graph, search.band)
    else:
        labels, _ = tree_zones(nodes.graph, search.band, found, search.seed)
    if labels is None:
        return _one(search.piece, search.band)
    return search.improve(nodes, labels)


def _one(piece: Piece, band: Band) -> Drawn:
    """Return the piece as one zone."""
    return Drawn(np.zeros(piece.n, np.int64), band.violation(piece.households), 0, 0.0)


def _failing_runs(search: _Search, labels: Ints) -> NDArray[np.bool_]:
    """Mark runs in zones out of band and runs that touch such a zone."""
    sizes = np.bincount(labels, search.piece.weight).astype(np.int64)
    failing = violations(sizes, search.band)[labels] > 0
    chosen = np.zeros(len(search.sizes), bool)
    chosen[search.run[failing]] = True
    touched = chosen.copy()
    u, v = search.run[search.piece.u], search.run[search.piece.v]
    touched[u[chosen[v]]] = True
    touched[v[chosen[u]]] = True
    return touched


def _refine_borders(search: _Search, best: list[Drawn]) -> list[Drawn]:
    """From whole solutions, cut only buildings in and beside the zones that fail."""
    found = []
    for drawn in best:
        now, chosen = drawn, search.large
        for step in range(2):
            chosen = chosen | _failing_runs(search, now.labels)
            now = search.carry_on(chosen, search.size, search.options.min_contact, 1 + step, now.labels)
            if not now.violation:
                break
        found.append(now)
    return found


def _spare(search: _Search, best: Drawn) -> Drawn:
    """Where several buildings were split that need not be, look for zones that split one alone, or one less."""
    if best.split < 2 or len(search.sizes) > SPARED:
        return best
    small = np.flatnonzero(~search.large & (search.sizes > 1))
    split = np.unique(search.run[search.split_marks(best.labels)])
    sets = [[int(run)] for run in small[np.argsort(-search.sizes[small], kind="stable")]]
    sets += [[int(run) for run in split if run != kept] for kept in split] if len(split) > 2 else []
    for salt, cut in enumerate(sets):
        chosen = search.large.copy()
        chosen[cut] = True
        nodes = search.nodes(chosen, search.size, search.options.min_contact)
        for drawn in search.over_counts(nodes, 20 + salt, most=SPARE_COUNTS):
            if drawn.rank[:2] < best.rank[:2]:
                return drawn
    return best


def _refine_all(search: _Search, best: list[Drawn]) -> list[Drawn]:
    """Cut all buildings into chunks: from the best so far, then from nothing."""
    every, contact = np.ones(len(search.sizes), bool), search.options.min_contact
    found = [search.carry_on(every, search.size, contact, 4, drawn.labels) for drawn in best]
    if not min(drawn.violation for drawn in found):
        return found
    return [*found, *search.over_counts(search.nodes(every, search.size, contact), 5)]


def _refine_dwellings(search: _Search, best: list[Drawn]) -> list[Drawn]:
    """Cut down to dwellings; at last take contacts of any length."""
    found: list[Drawn] = []
    every = np.ones(len(search.sizes), bool)
    for salt, contact in ((6, search.options.min_contact), (9, 0.0)):
        for start in best:
            found.append(search.carry_on(every, 1, contact, salt, start.labels))
            if not found[-1].violation:
                return found
        found.extend(search.over_counts(search.nodes(every, 1, contact), salt + 1))
        if not found[-1].violation:
            return found
    return found
