"""Coarser graphs: match neighbours along dear edges and merge each pair into one node."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.zoning._random import below
from geo_grid.zoning._state import Net

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import I32, Random


@njit(cache=True)
def match(net: Net, label: I32, cap: int, random: Random) -> tuple[I32, int]:
    """Pair neighbours of one zone that share a dear edge and are light together.

    Parameters
    ----------
    net : Net
        The graph.
    label : ndarray of int32, shape (n,)
        Zones; pairs never span two of them.
    cap : int
        Most households of a pair.
    random : ndarray of uint64, shape (1,)
        State of the random numbers.

    Returns
    -------
    tuple of (ndarray of int32, int)
        Coarse node of each node, and the number of coarse nodes.
    """
    n = len(net.load)
    coarse = np.full(n, -1, np.int32)
    order = np.arange(n).astype(np.int32)
    for i in range(n - 1, 0, -1):
        j = below(random, i + 1)
        order[i], order[j] = order[j], order[i]
    made = 0
    for i in range(n):
        v = order[i]
        if coarse[v] >= 0:
            continue
        pick, best = -1, 0.0
        for e in range(net.start[v], net.start[v + 1]):
            u = net.to[e]
            if coarse[u] >= 0 or label[u] != label[v] or net.load[u] + net.load[v] > cap or net.cost[e] <= 0.0:
                continue
            rate = net.cost[e] * net.cost[e] / (max(net.load[u], 1) * max(net.load[v], 1))
            if rate > best:
                pick, best = u, rate
        coarse[v] = made
        if pick >= 0:
            coarse[pick] = made
        made += 1
    # number coarse nodes in the order of their first fine node, so that neighbours stay close in memory
    name = np.full(made, -1, np.int32)
    made = 0
    for v in range(n):
        c = coarse[v]
        if name[c] < 0:
            name[c] = made
            made += 1
        coarse[v] = name[c]
    return coarse, made


@njit(cache=True)
def contract(net: Net, coarse: I32, made: int) -> Net:
    """Merge nodes; loads add up, edges between two coarse nodes become one of their total cost."""
    n = len(net.load)
    load = np.zeros(made, np.int64)
    head, after = np.full(made, -1, np.int32), np.empty(n, np.int32)
    for v in range(n - 1, -1, -1):
        c = coarse[v]
        load[c] += net.load[v]
        after[v] = head[c]
        head[c] = v
    start = np.zeros(made + 1, np.int64)
    to, cost = np.empty(len(net.to), np.int32), np.empty(len(net.to), np.float64)
    place = np.full(made, -1, np.int64)
    used = 0
    for c in range(made):
        first = used
        v = head[c]
        while v >= 0:
            for e in range(net.start[v], net.start[v + 1]):
                d = coarse[net.to[e]]
                if d == c:
                    continue
                if place[d] < first:
                    place[d] = used
                    to[used] = d
                    cost[used] = net.cost[e]
                    used += 1
                else:
                    cost[place[d]] += net.cost[e]
            v = after[v]
        start[c + 1] = used
    return Net(start, to[:used].copy(), cost[:used].copy(), load)
