"""The schedule: how starts, annealing and merging follow each other on one connected graph."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.zoning._state import Net, make_zones
from geo_grid.zoning.anneal import anneal_all
from geo_grid.zoning.grow import split
from geo_grid.zoning.recom import mend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.zoning.graph import Graph, Ints


@njit(cache=True)
def _scale(cost, load):
    """Mean weight of an edge and of a node: the units of temperature and of fines."""
    edge = np.abs(cost).mean() if len(cost) else 1.0
    node = load.mean() if len(load) else 1.0
    return (edge if edge > 0.0 else 1.0), (node if node > 0.0 else 1.0)


@njit(cache=True)
def _improve(net, zones, frozen, low, high, heat, steps, rounds, random):
    """Anneal from a temperature; mend what is left, and anneal that cold."""
    edge, node = _scale(net.cost, net.load)
    price = (1.0 * edge / node, 30.0 * edge / node + edge)
    out, cost = anneal_all(net, zones, low, high, heat * edge, 0.1 * edge, price, steps, True, random)
    for _ in range(3):
        if out == 0:
            break
        was = out
        mend(net, zones, frozen, low, high, rounds, random)
        strict = (1e3 * edge, 1e3 * edge)
        out, cost = anneal_all(net, zones, low, high, 0.3 * edge, 0.1 * edge, strict, steps // 4 + 1, True, random)
        if out == was:
            break
    return out, cost


@njit(cache=True)
def _run(start, to, cost, load, low, high, k, tries, restarts, steps, rounds, random):
    """Solve one connected graph from nothing; return the best labels of all restarts, and their violation and cut."""
    net = Net(start, to, cost, load)
    n = len(load)
    fixed, frozen = np.zeros(n, np.bool_), np.zeros(k, np.bool_)
    part, nodes = np.ones(n, np.int64), np.arange(n).astype(np.int32)
    names = np.arange(k).astype(np.int32)
    best, best_out, best_cost = np.zeros(n, np.int32), np.int64(-1), 0.0
    for _ in range(restarts):
        label = np.zeros(n, np.int32)
        split(net, part, nodes, k, low, high, tries, label, names, random)
        zones = make_zones(net, label, k, fixed)
        out, price = _improve(net, zones, frozen, low, high, 1.0, steps, rounds, random)
        if best_out < 0 or out < best_out or (out == best_out and price < best_cost):
            best[:] = label
            best_out, best_cost = out, price
    return best, best_out, best_cost


@njit(cache=True)
def _run_from(start, to, cost, load, low, high, k, label, fixed, steps, rounds, random):
    """Improve given labels in place; return the violation and the cut."""
    net = Net(start, to, cost, load)
    frozen = np.zeros(k, np.bool_)
    for v in range(len(label)):
        if fixed[v]:
            frozen[label[v]] = True
    zones = make_zones(net, label, k, fixed)
    return _improve(net, zones, frozen, low, high, 0.3, steps, rounds, random)


def _arrays(graph: Graph) -> tuple[Ints, NDArray[np.int32], NDArray[np.float64], Ints]:
    return graph.indptr, graph.indices.astype(np.int32), graph.edge_weight, graph.node_weight


def _budget(n: int, effort: float) -> tuple[int, int, int]:
    """Restarts, annealing steps of each and merges, for n nodes."""
    restarts = 3 if n <= 2000 else 1
    steps = int(effort * (120 + 2000 // n)) + 1
    return restarts, steps, int(effort * (200 + min(n, 20000)))


def _random(seed: int) -> NDArray[np.uint64]:
    return np.array([seed % 2**64], dtype=np.uint64)


def search(
    graph: Graph, low: int, high: int, k: int, seed: int, effort: float, deadline: float | None
) -> tuple[Ints, int]:
    """Zone a connected graph into k zones.

    Parameters
    ----------
    graph : Graph
        A connected graph.
    low, high : int
        Band of a zone.
    k : int
        Number of zones, at most n.
    seed : int
        Seed.
    effort : float
        Scales the schedule.
    deadline : float or None
        Moment of ``time.perf_counter`` until which the search goes on; None ends after its own schedule.

    Returns
    -------
    tuple of (ndarray of int64, int)
        Labels and their violation.
    """
    n = graph.n
    k = min(k, n)
    if k <= 1 or k == n:
        labels = np.zeros(n, dtype=np.int64) if k <= 1 else np.arange(n)
        total = np.bincount(labels, graph.node_weight, max(k, 1)).astype(np.int64)
        return labels, int((np.maximum(low - total, 0) + np.maximum(total - high, 0)).sum())
    random = _random(seed)
    restarts, steps, rounds = _budget(n, effort)
    arrays = _arrays(graph)
    best, out, cost = _run(*arrays, low, high, k, 3, restarts, steps, rounds, random)
    while deadline is not None and time.perf_counter() < deadline:
        other, other_out, other_cost = _run(*arrays, low, high, k, 3, 1, 4 * steps, rounds, random)
        if (other_out, other_cost) < (out, cost):
            best, out, cost = other, other_out, other_cost
    return best.astype(np.int64), int(out)


def search_from(
    graph: Graph, low: int, high: int, labels: Ints, fixed: NDArray[np.bool_], seed: int, effort: float
) -> Ints:
    """Improve given zones.

    Parameters
    ----------
    graph : Graph
        Any graph.
    low, high : int
        Band of a zone.
    labels : ndarray of int64, shape (n,)
        Zones to start from, each connected.
    fixed : ndarray of bool, shape (n,)
        Nodes that keep their label.
    seed : int
        Seed.
    effort : float
        Scales the schedule.

    Returns
    -------
    ndarray of int64, shape (n,)
        Better labels, or the same.
    """
    label = labels.astype(np.int32)
    k = int(label.max()) + 1 if len(label) else 0
    if k < 2:
        return labels
    _, steps, rounds = _budget(graph.n, effort)
    _run_from(*_arrays(graph), low, high, k, label, fixed, steps, rounds, _random(seed))
    return label.astype(np.int64)
