"""First zones: bisection along random spanning trees that keeps count of what each side still owes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.zoning._random import below, uniform

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import I32, I64, Bytes, Random
    from geo_grid.zoning._state import Net


@njit(cache=True)
def span(net: Net, part: I64, id_: int, nodes: I32, parent: I32, order: I32, random: Random) -> int:
    """Draw a random spanning tree of the nodes whose ``part`` is ``id_``.

    Parameters
    ----------
    net : Net
        The graph.
    part : ndarray of int64, shape (n,)
        Piece of each node; set to −1 − id_ for each node on the way and back at the end.
    id_ : int
        The piece.
    nodes : ndarray of int32
        The nodes of the piece.
    parent : ndarray of int32, shape (n,)
        Filled with each node's parent; −1 for the root.
    order : ndarray of int32, at least as long as nodes
        Filled with the nodes, parents first.
    random : ndarray of uint64, shape (1,)
        State of the random numbers.

    Returns
    -------
    int
        Nodes reached; less than all of them if the piece is not connected.
    """
    deep = uniform(random)  # how often the newest node grows on: 0 makes bushes, 1 makes snakes
    deep *= deep
    size = len(nodes)
    root = nodes[below(random, size)]
    reached = 1
    order[0] = root
    parent[root] = -1
    part[root] = -1 - id_
    alive = np.empty(size, np.int32)
    alive[0] = root
    living = 1
    while living > 0:
        at = living - 1 if uniform(random) < deep else below(random, living)
        v = alive[at]
        lo, hi = net.start[v], net.start[v + 1]
        pick = -1
        first = lo + below(random, hi - lo) if hi > lo else lo
        for step in range(hi - lo):
            e = first + step
            if e >= hi:
                e -= hi - lo
            if part[net.to[e]] == id_:
                pick = net.to[e]
                break
        if pick < 0:
            living -= 1
            alive[at] = alive[living]
            continue
        part[pick] = -1 - id_
        parent[pick] = v
        order[reached] = pick
        alive[living] = pick
        reached += 1
        living += 1
    for i in range(reached):
        part[order[i]] = id_
    return reached


@njit(cache=True)
def debt(weight: int, j: int, low: int, high: int) -> int:
    """Households that j zones of this weight must leave outside the band."""
    if weight < j * low:
        return j * low - weight
    if weight > j * high:
        return weight - j * high
    return 0


@njit(cache=True)
def best_edge(
    net: Net, parent: I32, order: I32, size: int, j: int, low: int, high: int, load: I64, count: I64, random: Random
) -> tuple[int, int, int]:
    """Find the tree edge that splits a piece of j zones best.

    Returns
    -------
    tuple of (int, int, int)
        Debt of both sides, node below the edge, zones of the part below it.
    """
    for i in range(size):
        v = order[i]
        load[v] = net.load[v]
        count[v] = 1
    for i in range(size - 1, 0, -1):
        v = order[i]
        load[parent[v]] += load[v]
        count[parent[v]] += count[v]
    total = load[order[0]]
    best_debt, best_skew, best_node, best_j = -1, 0.0, -1, 0
    for i in range(1, size):
        v = order[i]
        least = max(1, j - (size - count[v]))
        most = min(j - 1, count[v])
        guess = load[v] * j // total if total > 0 else count[v] * j // size
        for side in range(2):
            mine = min(max(guess + side, least), most)
            owed = debt(load[v], mine, low, high) + debt(total - load[v], j - mine, low, high)
            skew = abs(2.0 * mine - j) / j + 0.3 * uniform(random)
            if best_debt < 0 or owed < best_debt or (owed == best_debt and skew < best_skew):
                best_debt, best_skew, best_node, best_j = owed, skew, v, mine
    return best_debt, best_node, best_j


@njit(cache=True)
def side_cut(net: Net, part: I64, id_: int, parent: I32, order: I32, size: int, node: int, mark: Bytes) -> float:
    """Mark the nodes below a tree edge (``mark`` 1, others 0) and return the cost of the cut around them."""
    for i in range(size):
        v = order[i]
        mark[v] = 1 if v == node or (i > 0 and mark[parent[v]] == 1) else 0
    cost = 0.0
    for i in range(size):
        v = order[i]
        if mark[v] == 1:
            for e in range(net.start[v], net.start[v + 1]):
                u = net.to[e]
                if part[u] == id_ and mark[u] == 0:
                    cost += net.cost[e]
    return cost


@njit(cache=True)
def split(  # noqa: C901, PLR0912 - one loop over a stack of pieces
    net: Net, part: I64, nodes: I32, k: int, low: int, high: int, tries: int, label: I32, names: I32, random: Random
) -> None:
    """Cut a connected piece into k connected zones.

    Parameters
    ----------
    net : Net
        The graph.
    part : ndarray of int64, shape (n,)
        The nodes of the piece hold one positive value that no other node holds; changed in place, undone at the end.
    nodes : ndarray of int32
        Nodes of the piece, at least k of them; permuted.
    k : int
        Zones to make.
    low, high : int
        Band of a zone.
    tries : int
        Trees to draw for each cut; the cheapest of those with the least debt is taken.
    label : ndarray of int32, shape (n,)
        Filled for the nodes of the piece.
    names : ndarray of int32, shape (k,)
        Labels to give.
    random : ndarray of uint64, shape (1,)
        State of the random numbers.
    """
    n = len(part)
    home = part[nodes[0]]
    parent, order = np.empty(n, np.int32), np.empty(len(nodes), np.int32)
    load, count = np.empty(n, np.int64), np.empty(n, np.int64)
    mark, best_mark = np.zeros(n, np.int8), np.zeros(n, np.int8)
    spare = np.empty(len(nodes), np.int32)
    stack = [(0, len(nodes), k, 0)]
    fresh = home + 1
    while len(stack) > 0:
        lo, hi, j, name = stack.pop()
        piece = nodes[lo:hi]
        if j == 1:
            for i in range(lo, hi):
                label[nodes[i]] = names[name]
            continue
        fresh += 1
        for i in range(lo, hi):
            part[nodes[i]] = fresh
        best_debt, best_cut, best_j = -1, 0.0, 0
        for _ in range(tries):
            size = span(net, part, fresh, piece, parent, order, random)
            owed, node, mine = best_edge(net, parent, order, size, j, low, high, load, count, random)
            if best_debt >= 0 and owed > best_debt:
                continue
            cost = side_cut(net, part, fresh, parent, order, size, node, mark)
            if best_debt < 0 or owed < best_debt or cost < best_cut:
                best_debt, best_cut, best_j = owed, cost, mine
                for i in range(lo, hi):
                    best_mark[nodes[i]] = mark[nodes[i]]
        left, right = lo, 0
        for i in range(lo, hi):
            v = nodes[i]
            if best_mark[v] == 1:
                nodes[left] = v
                left += 1
            else:
                spare[right] = v
                right += 1
        for i in range(right):
            nodes[left + i] = spare[i]
        stack.append((lo, left, best_j, name))
        stack.append((left, hi, j - best_j, name + best_j))
    for i in range(len(nodes)):
        part[nodes[i]] = home
