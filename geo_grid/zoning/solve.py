"""The generic solver: a graph and a band in, connected zones out."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from geo_grid.errors import ZoningError
from geo_grid.zoning.build import components, evaluate, renumber, validate
from geo_grid.zoning.counts import band_violation, candidate_counts, share_counts
from geo_grid.zoning.search import search, search_from, unavoidable
from geo_grid.zoning.tiny import IF_NEEDED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.zoning.graph import Graph, Ints, Solution

_COUNTS_TRIED = 12  # numbers of zones tried for one component before the best so far is taken


def solve(
    graph: Graph,
    low: int,
    high: int,
    k: int | None = None,
    *,
    start: Ints | None = None,
    locked: NDArray[np.bool_] | None = None,
    seed: int = 0,
    seconds: float = 0.0,
    effort: float = 1.0,
) -> Solution:
    """Draw connected zones within a band.

    Lexicographic: every zone connected (never given up) → least violation → with ``k`` free, the number of zones
    that comes nearest the band's middle → least cut weight.

    Parameters
    ----------
    graph : Graph
        The graph; it need not be connected, and no zone spans two components.
    low, high : int
        Band of a zone, in households; 0 ≤ low ≤ high.
    k : int, optional
        Number of zones; free when absent. Raised to the number of components and lowered to that of nodes.
    start : ndarray of int64, shape (n,), optional
        Zones to start from, 0 … k − 1, each used and connected; they keep their numbers.
    locked : ndarray of bool, shape (n,), optional
        Nodes that keep their label; needs ``start``.
    seed : int, optional
        Seed; the same seed gives the same labels when ``seconds`` is 0.
    seconds : float, optional
        Time to use; 0 runs the solver's own schedule to its end.
    effort : float, optional
        Scales the schedule.

    Returns
    -------
    Solution
        The best zones found, judged afresh.

    Raises
    ------
    ZoningError
        If the graph or a parameter is malformed.
    """
    began = time.perf_counter()
    _check(graph, low, high, k, effort)
    if start is not None:
        labels, exact = _from_start(graph, low, high, k, start, locked, seed, effort), False
    elif locked is not None and np.asarray(locked).any():
        raise ZoningError("locked nodes need labels to start from.")
    else:
        labels, exact = _from_nothing(graph, low, high, k, seed, effort, seconds)
    seconds = time.perf_counter() - began
    found = evaluate(graph, labels, low, high, seconds=seconds)
    return replace(found, lower_bound=found.cut_weight) if exact else found


def _check(graph: Graph, low: int, high: int, k: int | None, effort: float) -> None:
    validate(graph)
    if not 0 <= low <= high:
        raise ZoningError(f"the band [{low}, {high}] is not one.")
    if k is not None and k < 1 and graph.n:
        raise ZoningError(f"the number of zones must be at least 1, not {k}.")
    if not effort > 0:
        raise ZoningError(f"the effort must be above 0, not {effort}.")


def _from_nothing(
    graph: Graph, low: int, high: int, k: int | None, seed: int, effort: float, seconds: float
) -> tuple[Ints, bool]:
    piece = components(graph)
    number = int(piece.max()) + 1 if graph.n else 0
    nodes = np.bincount(piece, minlength=number)
    weights = np.zeros(number, dtype=np.int64)
    np.add.at(weights, piece, graph.node_weight)
    shares = None if k is None else share_counts(weights.tolist(), nodes.tolist(), k, low, high)
    if number == 1:
        return _component(graph, low, high, None if shares is None else shares[0], seed, effort, seconds)
    labels = np.zeros(graph.n, dtype=np.int64)
    used, exact = 0, k is None  # with k given, sharing it out among the components otherwise might cut less
    members = np.split(np.argsort(piece, kind="stable"), np.cumsum(nodes)[:-1])
    for c in range(number):
        if nodes[c] == 1:
            labels[members[c]] = used
            used += 1
            continue
        part = seconds * nodes[c] / graph.n
        number_here = None if shares is None else shares[c]
        mine, best = _component(_subgraph(graph, members[c]), low, high, number_here, seed + c, effort, part)
        labels[members[c]] = mine + used
        used += int(mine.max()) + 1
        exact = exact and best
    return renumber(labels), exact


def _component(
    graph: Graph, low: int, high: int, k: int | None, seed: int, effort: float, seconds: float
) -> tuple[Ints, bool]:
    """Zone one connected graph; say too whether nothing better is possible."""
    total = int(graph.node_weight.sum())
    if k is not None:
        labels, _, exact = search(graph, low, high, k, seed, effort, seconds)
        return renumber(labels), exact
    best: tuple[int, Ints, bool] | None = None
    sure = True
    for tried, count in enumerate(candidate_counts(total, graph.n, low, high)):
        floor = unavoidable(graph.node_weight, count, low, high)
        # What the total forces only grows from number to number; what large nodes force besides may fall again.
        if best is not None and best[0] <= band_violation(total, count, low, high):
            break
        if tried >= max(_COUNTS_TRIED, IF_NEEDED):
            sure = False
            break
        if best is not None and best[0] <= floor:
            continue
        labels, violation, exact = search(graph, low, high, count, seed, effort, seconds)
        sure = sure and (exact or violation == floor)
        if best is None or violation < best[0]:
            best = violation, labels, exact
        if violation == floor:
            break
    return (renumber(best[1]), sure and best[2]) if best else (np.zeros(graph.n, dtype=np.int64), True)


def _subgraph(graph: Graph, nodes: Ints) -> Graph:
    """Cut a whole component out of a graph."""
    place = np.full(graph.n, -1, dtype=np.int64)
    place[nodes] = np.arange(len(nodes))
    degree = graph.indptr[nodes + 1] - graph.indptr[nodes]
    indptr = np.concatenate([[0], np.cumsum(degree)])
    at = np.repeat(graph.indptr[nodes] - indptr[:-1], degree) + np.arange(indptr[-1])
    return type(graph)(
        indptr,
        place[graph.indices[at]],
        graph.edge_weight[at],
        graph.node_weight[nodes],
        graph.x[nodes],
        graph.y[nodes],
    )


def _from_start(
    graph: Graph,
    low: int,
    high: int,
    k: int | None,
    start: Ints,
    locked: NDArray[np.bool_] | None,
    seed: int,
    effort: float,
) -> Ints:
    given = evaluate(graph, start, low, high)
    if k is not None and given.k != k:
        raise ZoningError(f"the labels to start from have {given.k} zones, not {k}.")
    if not given.contiguous:
        raise ZoningError("the labels to start from have a zone in several pieces.")
    fixed = np.zeros(graph.n, dtype=bool) if locked is None else np.asarray(locked, dtype=bool)
    if len(fixed) != graph.n:
        raise ZoningError("the locked nodes do not fit the graph.")
    return search_from(graph, low, high, given.labels, fixed, seed, effort)
