"""Exact zoning of small graphs: the optimum, or how far from it zones are at most."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.errors import ZoningError
from geo_grid.zoning.bounds import cut_bound, violation_bound
from geo_grid.zoning.build import components, evaluate, renumber
from geo_grid.zoning.counts import band_violation, candidate_counts
from geo_grid.zoning.exact_model import Model, Scale, load_cp_sat
from geo_grid.zoning.solve import solve

if TYPE_CHECKING:
    from geo_grid.zoning.exact_cuts import Separator
    from geo_grid.zoning.graph import Graph, Ints, Solution

PROOF_SECONDS = 60.0  # time for a proof where none is given
MODEL_UP_TO = 200_000  # nodes and edges times zones; above it only the bounds of arithmetic and spectra are given
ASCENT = 6000  # nodes times steps of the spectral bound, which is had before the search
_SAME = 1e-12  # share of a cut that sums of floats may be off


@dataclass(frozen=True, slots=True)
class Proof:
    """Zones, and what is proven about all others.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        The best zones known, 0 … k − 1, each connected.
    k : int
        Their number.
    violation : int
        Their violation.
    cut_weight : float
        Their cut weight.
    violation_bound : int
        No connected zones have less violation.
    lower_bound : float
        No connected zones with this number of zones (in each component, where the number was free) and at most this
        violation (there) have less cut weight; in the caller's units.
    optimal : bool
        Whether the violation is the least and the cut the least with it.
    infeasible : bool
        Whether it is proven that no connected zones are all in the band.
    seconds : float
        Time taken.
    """

    labels: Ints
    k: int
    violation: int
    cut_weight: float
    violation_bound: int
    lower_bound: float
    optimal: bool
    infeasible: bool
    seconds: float

    @property
    def gap(self) -> float | None:
        """Share of the cut that may be too much; None while less violation is not ruled out."""
        if self.violation > self.violation_bound:
            return None
        if self.optimal:
            return 0.0
        return (self.cut_weight - self.lower_bound) / max(abs(self.cut_weight), abs(self.lower_bound))


def prove(
    graph: Graph,
    low: int,
    high: int,
    k: int | None = None,
    *,
    start: Ints | None = None,
    seconds: float = PROOF_SECONDS,
) -> Proof:
    """Find the best zones of a small graph, and prove that there are none better.

    Lexicographic, as :func:`geo_grid.zoning.solve.solve`: least violation → with ``k`` free, in each component the
    first number of zones in the order of :func:`geo_grid.zoning.counts.candidate_counts` (nearest the band's middle)
    that has it → least cut weight. Solved by OR-tools CP-SAT on one worker. Edge weights with up to four decimals
    are exact; others are rounded down to about nine digits of their sum, so that bounds stay valid.

    Parameters
    ----------
    graph : Graph
        The graph, some hundreds of nodes at most; it need not be connected. Edge weights may be negative.
    low, high : int
        Band of a zone, 0 ≤ low ≤ high.
    k : int, optional
        Number of zones; free when absent. Raised to the number of components and lowered to that of nodes.
    start : ndarray of int64, shape (n,), optional
        Connected zones to start from; those of the solver when absent.
    seconds : float, optional
        Time after which the best zones and bounds so far are returned, > 0; the solver's own run included.

    Returns
    -------
    Proof
        Zones and bounds.

    Raises
    ------
    MissingDependencyError
        If OR-tools is not installed.
    ZoningError
        If the graph or a parameter is malformed.
    """
    began = time.perf_counter()
    load_cp_sat()
    if not (math.isfinite(seconds) and seconds > 0):
        raise ZoningError(f"the seconds must be above 0, not {seconds}.")
    labels = _checked_start(graph, low, high, k, start)
    deadline = began + seconds
    if k is not None or graph.n == 0:
        parts = [np.arange(graph.n)]
    else:
        piece = components(graph)
        parts = np.split(np.argsort(piece, kind="stable"), np.cumsum(np.bincount(piece))[:-1])
    proofs = []
    for number, nodes in enumerate(parts, 1):
        left = deadline - time.perf_counter()
        # What one component leaves unused is for those that follow.
        until = time.perf_counter() + left / (len(parts) - number + 1)
        proofs.append(_Search(_induced(graph, nodes), low, high, k, renumber(labels[nodes]), until).run())
    return _joined(graph, low, high, parts, proofs, time.perf_counter() - began)


def prove_solution(
    graph: Graph, low: int, high: int, k: int | None, found: Solution, seconds: float
) -> tuple[Solution, dict[str, Any]]:
    """Prove how good the solver's zones are, or better them.

    Parameters
    ----------
    graph : Graph
        The graph.
    low, high : int
        Band of a zone.
    k : int or None
        Number of zones; None where it is free.
    found : Solution
        The solver's zones.
    seconds : float
        Time for the proof; 0 for :data:`PROOF_SECONDS`.

    Returns
    -------
    solution : Solution
        The best zones, with the lower bound of their cut and the seconds of both.
    figures : dict of str to Any
        ``violation_bound``, ``optimal``, ``infeasible`` and ``gap``, as of :class:`Proof`.

    Raises
    ------
    MissingDependencyError
        If OR-tools is not installed.
    """
    proof = prove(graph, low, high, k, start=found.labels, seconds=seconds or PROOF_SECONDS)
    spent = found.seconds + proof.seconds
    best = evaluate(graph, proof.labels, low, high, lower_bound=proof.lower_bound, seconds=spent)
    return best, {name: getattr(proof, name) for name in ("violation_bound", "optimal", "infeasible", "gap")}


def _checked_start(graph: Graph, low: int, high: int, k: int | None, start: Ints | None) -> Ints:
    if start is None:
        return solve(graph, low, high, k).labels
    if not 0 <= low <= high:
        raise ZoningError(f"the band [{low}, {high}] is not one.")
    given = evaluate(graph, start, low, high)
    if not given.contiguous:
        raise ZoningError("the labels to start from have a zone in several pieces.")
    made = int(components(graph).max()) + 1 if graph.n else 0
    if k is not None and given.k != min(max(k, made), graph.n):
        raise ZoningError(f"the labels to start from have {given.k} zones, not {k}.")
    return given.labels


def _induced(graph: Graph, nodes: Ints) -> Graph:
    """Cut whole components out of a graph."""
    if len(nodes) == graph.n:
        return graph
    place = np.full(graph.n, -1, np.int64)
    place[nodes] = np.arange(len(nodes))
    ends = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    held = place[ends] >= 0
    indptr = np.concatenate([[0], np.cumsum(np.diff(graph.indptr)[nodes])])
    return type(graph)(
        indptr,
        place[graph.indices[held]],
        graph.edge_weight[held],
        graph.node_weight[nodes],
        graph.x[nodes],
        graph.y[nodes],
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """What was shown of one part: zones, bounds, and whether they meet."""

    labels: Ints
    violation: int
    violation_bound: int
    cut_bound: float
    optimal: bool


class _Search:
    """The search of one graph: the violation first, then the cut."""

    def __init__(self, graph: Graph, low: int, high: int, k: int | None, labels: Ints, deadline: float) -> None:
        self.graph, self.low, self.high, self.k = graph, low, high, k
        self.labels, self.deadline = labels, deadline
        self.violation = evaluate(graph, labels, low, high).violation
        self.separators: list[Separator] = []

    @property
    def zones(self) -> int:
        return int(self.labels.max()) + 1 if len(self.labels) else 0

    def run(self) -> _Part:
        bound, settled = self.least_violation()
        cut, least = self.least_cut()
        return _Part(self.labels, self.violation, bound, cut, settled and least)

    def least_violation(self) -> tuple[int, bool]:
        """Lower the violation as far as it goes, and settle the number of zones; return its bound, and if all is proven."""
        counts = self._counts()
        place = counts.index(self.zones)
        bounds: list[int] = []
        for number, count in enumerate(counts):
            # An earlier number of zones wins if it is as good, a later one only if it is better.
            below = self.violation + (number < place)
            bound = violation_bound(self.graph, self.low, self.high, count)
            if bound < below and self._fits(count):
                model = self._model(count, below - 1)
                model.minimise_violation()
                found = model.search(below, bound, self.labels if count == self.zones else None, self.deadline)
                bound = found.bound
                if found.labels is not None:
                    self.labels, self.violation, place = renumber(found.labels), found.value, number
            bounds.append(bound)
        settled = all(bound >= self.violation + (number < place) for number, bound in enumerate(bounds))
        return min([self.violation, *bounds]), settled

    def _counts(self) -> list[int]:
        """Return the numbers of zones that may do no worse than what is known, the most promising first."""
        if self.k is not None or self.graph.n == 0:
            return [self.zones]
        total = int(self.graph.node_weight.sum())
        return list(
            takewhile(
                lambda count: band_violation(total, count, self.low, self.high) <= self.violation,
                candidate_counts(total, self.graph.n, self.low, self.high),
            )
        )

    def _fits(self, count: int) -> bool:
        """Tell whether there is time for a model, and it is not too large to be of use."""
        size = (self.graph.n + len(self.graph.indices) // 2) * count
        return size <= MODEL_UP_TO and time.perf_counter() < self.deadline

    def _model(self, count: int, violation: int) -> Model:
        return Model(self.graph, self.low, self.high, count, violation, self.separators)

    def least_cut(self) -> tuple[float, bool]:
        """Lower the cut as far as it goes; return its bound, and whether it is reached."""
        graph, k = self.graph, self.zones
        known = evaluate(graph, self.labels, self.low, self.high).cut_weight
        if k in (0, 1, graph.n):
            return known, True
        rounds = min(60, ASCENT // graph.n)
        bound = cut_bound(graph, self.low, self.high, k, self.violation, aim=known, rounds=rounds)
        scale = Scale.of(graph.edge_weight)
        # Each edge stands twice. Rounding down takes less than 1 off each.
        lost = 0 if scale.exact else len(graph.indices) // 2
        if known - bound <= lost / scale.factor + _SAME * abs(known):
            return min(bound, known), True
        if not self._fits(k):
            return min(bound, known), False
        ends = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
        across = (self.labels[ends] != self.labels[graph.indices]) & (ends < graph.indices)
        model = self._model(k, self.violation)
        model.minimise_cut(scale.costs)
        floor = math.ceil(bound * scale.factor - 1e-6) - lost
        found = model.search(int(scale.costs[across].sum()), floor, self.labels, self.deadline)
        if found.labels is not None:
            self.labels = renumber(found.labels)
            self.violation = evaluate(graph, self.labels, self.low, self.high).violation
            known = min(known, evaluate(graph, self.labels, self.low, self.high).cut_weight)
        return min(max(bound, found.bound / scale.factor), known), found.bound == found.value


def _joined(graph: Graph, low: int, high: int, nodes: list[Ints], parts: list[_Part], seconds: float) -> Proof:
    """Put the parts of a graph together."""
    labels = np.zeros(graph.n, np.int64)
    used = 0
    for members, part in zip(nodes, parts, strict=True):
        labels[members] = part.labels + used
        used += int(part.labels.max()) + 1 if len(part.labels) else 0
    found = evaluate(graph, renumber(labels), low, high)
    violation_floor = sum(part.violation_bound for part in parts)
    return Proof(
        labels=found.labels,
        k=found.k,
        violation=found.violation,
        cut_weight=found.cut_weight,
        violation_bound=violation_floor,
        lower_bound=min(sum(part.cut_bound for part in parts), found.cut_weight),
        optimal=all(part.optimal for part in parts),
        infeasible=violation_floor > 0,
        seconds=seconds,
    )
