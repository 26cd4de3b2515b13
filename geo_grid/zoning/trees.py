"""Best zones along a spanning tree: exact where the graph is a tree, and a way out where other searches stick."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from geo_grid.policy import Band
    from geo_grid.zoning.graph import Graph, Ints

#: Spanning trees tried before a graph is given up.
TREES_TRIED = 40
FAR = 1 << 60


def is_tree(graph: Graph) -> bool:
    """Tell whether a connected graph is a tree.

    Parameters
    ----------
    graph : Graph
        A connected graph.

    Returns
    -------
    bool
        Whether it has one edge less than nodes.
    """
    return len(graph.indices) == 2 * (graph.n - 1)


def tree_zones(graph: Graph, band: Band, found: int, seed: int) -> tuple[Ints | None, int]:
    """Divide a connected graph along the best of some spanning trees.

    Cutting edges of a spanning tree always leaves connected zones; which cuts have the least violation follows from
    the sizes that the open zone of each subtree can have.

    Parameters
    ----------
    graph : Graph
        A connected graph.
    band : Band
        Band of a zone.
    found : int
        Violation that is known to be possible; only less is looked for.
    seed : int
        Seed of the trees.

    Returns
    -------
    labels : ndarray of int64, shape (n,), or None
        Connected zones with less violation than ``found``, if there were any.
    violation : int
        Their violation, else ``found``; the least there is if the graph is a tree.
    """
    ends = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    once = ends < graph.indices
    u, v = ends[once], graph.indices[once]
    random = np.random.default_rng(seed)
    best: Ints | None = None
    for _ in range(1 if is_tree(graph) else TREES_TRIED):
        parent, order = _spanning_tree(graph.n, u, v, random.permutation(len(u)))
        labels, violation = _divide(parent, order, graph.node_weight, band.low, band.high, found - 1)
        if violation < found:
            best, found = labels, int(violation)
        if not found:
            break
    return best, found


@njit(cache=True)
def _spanning_tree(n: int, u: Ints, v: Ints, order: Ints) -> tuple[Ints, Ints]:  # pragma: no cover
    """Return the tree of the first edges that join anything: each node's parent, and the nodes from the root on."""
    root = np.arange(n)
    degree = np.zeros(n + 1, np.int64)
    kept = np.empty(max(n - 1, 0), np.int64)
    count = 0
    for edge in order:
        a, b = u[edge], v[edge]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        if a != b:
            root[a] = b
            kept[count] = edge
            count += 1
            degree[u[edge] + 1] += 1
            degree[v[edge] + 1] += 1
    ptr = np.cumsum(degree)
    fill = ptr[:-1].copy()
    to = np.empty(2 * count, np.int64)
    for i in range(count):
        a, b = u[kept[i]], v[kept[i]]
        to[fill[a]] = b
        fill[a] += 1
        to[fill[b]] = a
        fill[b] += 1
    parent = np.full(n, -1, np.int64)
    nodes = np.empty(n, np.int64)
    nodes[0] = 0
    reached = 1
    for i in range(n):
        a = nodes[i]
        for j in range(ptr[a], ptr[a + 1]):
            if to[j] != parent[a]:
                parent[to[j]] = a
                nodes[reached] = to[j]
                reached += 1
    return parent, nodes


@njit(cache=True)
def _best_size(cost: Ints, length: int, low: int, high: int) -> tuple[int, int]:  # pragma: no cover
    """Return the size at which an open zone is closed best, and the cost then."""
    best, value = 0, FAR
    for size in range(length):
        total = int(cost[size]) + max(0, low - size, size - high)
        if total < value:
            best, value = size, total
    return best, value


@njit(cache=True)
def _merge(above: Ints, a: int, below: Ints, b: int, closed: int, taken: Ints) -> int:  # pragma: no cover
    """Hang a subtree, open or closed, on its parent; note how much of each size it brings, and return the sizes."""
    grown = min(len(above), a + b - 1)
    fresh = np.full(grown, FAR)
    for s in range(a):
        fresh[s] = min(FAR, above[s] + closed)
    for t in range(b):
        if below[t] == FAR:
            continue
        for s in range(t, min(grown, a + t)):
            joined = above[s - t] + below[t]
            if joined < fresh[s]:
                fresh[s] = joined
                taken[s] = t
    above[:grown] = fresh
    return grown


@njit(cache=True)
def _divide(
    parent: Ints, order: Ints, weight: Ints, low: int, high: int, most: int
) -> tuple[Ints, int]:  # pragma: no cover
    """Cut a tree with the least violation, if that is at most ``most``.

    ``cost[v, s]`` is the least violation of closed zones below v while the open zone of v holds s households; a zone
    above ``high + most`` could be in no answer. ``taken[c, s]`` is how much of s the child c brought, −1 if closed.
    """
    n = len(weight)
    cap = min(high + most, weight.sum()) + 1
    cost = np.full((n, cap), FAR)
    taken = np.full((n, cap), -1, np.int64)
    length = np.zeros(n, np.int64)
    for v in range(n):
        if weight[v] < cap:
            cost[v, weight[v]] = 0
        length[v] = min(weight[v] + 1, cap)
    for at in range(n - 1, 0, -1):
        c = order[at]
        p = parent[c]
        _, closed = _best_size(cost[c], length[c], low, high)
        length[p] = _merge(cost[p], length[p], cost[c], length[c], closed, taken[c])
    size = np.zeros(n, np.int64)
    root = order[0]
    size[root], violation = _best_size(cost[root], length[root], low, high)
    labels = np.zeros(n, np.int64)
    if violation > most:
        return labels, violation
    zones = 1
    for at in range(1, n):
        c = order[at]
        p = parent[c]
        size[c] = taken[c, size[p]]
        if size[c] >= 0:
            size[p] -= size[c]
            labels[c] = labels[p]
        else:
            size[c], _ = _best_size(cost[c], length[c], low, high)
            labels[c] = zones
            zones += 1
    return labels, violation
