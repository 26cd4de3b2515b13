"""Repair by drawing anew: a few neighbouring zones, one more or one less of them, or at last a whole component."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.zoning.build import components, renumber
from geo_grid.zoning.counts import band_violation
from geo_grid.zoning.graph import Graph
from geo_grid.zoning.search import search_from
from geo_grid.zoning.solve import solve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.zoning.graph import Ints
    from geo_grid.zoning.repair_task import Task

#: Zones out of band that are looked at in one round; nodes a window may have; seeds of a component drawn anew.
VIOLATORS, NODES, SEEDS = 4, 3000, 2
SIZES = (1, 2, 3, 4, 6)


def cut_out(graph: Graph, nodes: Ints) -> Graph:
    """Return the graph of some nodes.

    Parameters
    ----------
    graph : Graph
        The graph.
    nodes : ndarray of int64
        Nodes to keep, ascending; node i of the result is ``nodes[i]``.

    Returns
    -------
    Graph
        The nodes with the edges among them.
    """
    place = np.full(graph.n, -1, np.int64)
    place[nodes] = np.arange(len(nodes))
    ends = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    kept = (place[ends] >= 0) & (place[graph.indices] >= 0)
    indptr = np.zeros(len(nodes) + 1, np.int64)
    np.cumsum(np.bincount(place[ends[kept]], minlength=len(nodes)), out=indptr[1:])
    return Graph(
        indptr,
        place[graph.indices[kept]],
        graph.edge_weight[kept],
        graph.node_weight[nodes],
        graph.x[nodes],
        graph.y[nodes],
    )


def resplits(task: Task, labels: Ints, seed: int) -> Iterator[Ints]:
    """Yield zones with a window around a zone out of band drawn anew.

    Parameters
    ----------
    task : Task
        What is repaired.
    labels : ndarray of int64, shape (n,)
        Connected zones.
    seed : int
        Seed.

    Yields
    ------
    ndarray of int64, shape (n,)
        Connected zones; first with as many of them as before, then with one more or one less.
    """
    k = int(labels.max()) + 1
    weight, used = np.zeros(k, np.int64), np.bincount(labels, minlength=k) > 0
    np.add.at(weight, labels, task.graph.node_weight)
    frozen = np.zeros(k, bool)
    frozen[labels[task.locked]] = True
    wrong = np.where(used, np.maximum(task.low - weight, 0) + np.maximum(weight - task.high, 0), 0)
    order = np.argsort(-wrong, kind="stable")
    beside = _beside(task.graph, labels)
    for zone in order[(wrong[order] > 0) & ~frozen[order]][:VIOLATORS].tolist():
        ring = _nearest(zone, beside, frozen, 2 * len(SIZES) + 10)
        for change in (0, 1, -1):
            for size in _sizes(weight[ring], change, task.low, task.high):
                members = ring[:size]
                total = int(weight[members].sum())
                if band_violation(total, size + change, task.low, task.high) >= wrong[members].sum():
                    continue
                nodes = np.flatnonzero(np.isin(labels, members))
                if size + change <= len(nodes) <= NODES:
                    yield _drawn(task, labels, nodes, size + change, seed)


def _beside(graph: Graph, labels: Ints) -> dict[int, list[int]]:
    """Zones next to each zone, ascending."""
    ends = labels[np.repeat(np.arange(graph.n), np.diff(graph.indptr))]
    others = labels[graph.indices]
    pairs = np.unique(np.column_stack([ends, others])[ends != others], axis=0)
    out: dict[int, list[int]] = {}
    for a, b in pairs.tolist():
        out.setdefault(a, []).append(b)
    return out


def _nearest(zone: int, beside: dict[int, list[int]], frozen: np.ndarray, most: int) -> list[int]:
    """Zones around a zone, ring by ring, without those that hold locked nodes."""
    ring = [zone]
    for near in ring:
        for other in beside.get(near, []):
            if other not in ring and not frozen[other] and len(ring) < most:
                ring.append(other)
    return ring


def _sizes(weight: Ints, change: int, low: int, high: int) -> list[int]:
    """Numbers of zones of a window worth trying: small ones, and the first whose counts admit the change."""
    total = np.cumsum(weight)
    count = np.arange(1, len(weight) + 1)
    fits = np.flatnonzero((total >= (count + change) * low) & (total <= (count + change) * high)) + 1
    return sorted({size for size in (*SIZES, *fits[:2].tolist()) if size <= len(weight) and size + change >= 1})


def _drawn(task: Task, labels: Ints, nodes: Ints, k: int | None, seed: int) -> Ints:
    """Draw some nodes anew; the new zones take the names of those they share the most with."""
    drawn = solve(cut_out(task.graph, nodes), task.low, task.high, k, seed=seed).labels
    out = labels.copy()
    elsewhere = np.ones(len(labels), bool)
    elsewhere[nodes] = False
    taken = np.unique(labels[elsewhere])
    out[nodes] = matched(drawn, task.home[nodes], labels[nodes], task.price[nodes], taken, int(labels.max()) + 1)
    return out


def matched(drawn: Ints, home: Ints, labels: Ints, price: Ints, taken: Ints, fresh: int) -> Ints:
    """Name zones after the old zones they share the most households with.

    Parameters
    ----------
    drawn : ndarray of int64, shape (n,)
        Zones 0 … j − 1.
    home, labels : ndarray of int64, shape (n,)
        Zones the nodes belong to (−1: none), and those they had last.
    price : ndarray of int64, shape (n,)
        Households of each node.
    taken : ndarray of int64
        Names that are not to be had.
    fresh : int
        The first name that no zone ever had.

    Returns
    -------
    ndarray of int64, shape (n,)
        Names of the zones: the assignment with the most households at home.
    """
    from scipy.optimize import linear_sum_assignment

    names = np.setdiff1d(np.union1d(home[home >= 0], labels), taken)
    count = int(drawn.max()) + 1
    share = np.zeros((count, len(names)))
    for old, worth in ((home, price + 0.0), (labels, np.full(len(labels), 1e-6))):
        known = np.isin(old, names)
        np.add.at(share, (drawn[known], np.searchsorted(names, old[known])), worth[known])
    rows, columns = linear_sum_assignment(share, maximize=True)
    table = fresh + np.arange(count)
    table[rows] = names[columns]
    return table[drawn]


def redrawn(task: Task, labels: Ints, seed: int) -> Iterator[Ints]:
    """Yield zones improved everywhere at once, then with whole components drawn from nothing.

    Parameters
    ----------
    task : Task
        What is repaired.
    labels : ndarray of int64, shape (n,)
        Connected zones.
    seed : int
        Seed.

    Yields
    ------
    ndarray of int64, shape (n,)
        Connected zones; components with locked nodes are not drawn anew.
    """
    plain = renumber(labels)
    names = np.empty(int(plain.max()) + 1, np.int64)
    names[plain] = labels
    yield names[search_from(task.graph, task.low, task.high, plain, task.locked, seed, 1.0)]
    part = components(task.graph)
    for number in range(int(part.max()) + 1):
        nodes = np.flatnonzero(part == number)
        if task.locked[nodes].any() or not _wanting(task, labels[nodes], nodes):
            continue
        for salt in range(SEEDS):
            yield _drawn(task, labels, nodes, None, seed + salt)


def _wanting(task: Task, labels: Ints, nodes: Ints) -> bool:
    """Whether some zone of a component is out of band."""
    weight = np.bincount(renumber(labels), task.graph.node_weight[nodes])
    return bool(((weight < task.low) | (weight > task.high)).any())
