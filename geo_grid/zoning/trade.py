"""Move a zone from where zones lie too densely to where they lie too thinly: merge two here, split one there."""

from __future__ import annotations

import numpy as np
from numba import njit

from geo_grid.zoning._random import below
from geo_grid.zoning.coarsen import contract
from geo_grid.zoning.grow import side_cut, span


@njit(cache=True)
def members(label, k):
    """Return zone starts (k + 1) and the nodes sorted by zone."""
    start = np.zeros(k + 1, np.int64)
    for v in range(len(label)):
        start[label[v] + 1] += 1
    for z in range(k):
        start[z + 1] += start[z]
    at = start[:-1].copy()
    nodes = np.empty(len(label), np.int32)
    for v in range(len(label)):
        nodes[at[label[v]]] = v
        at[label[v]] += 1
    return start, nodes


@njit(cache=True)
def cheapest_halves(net, part, zone, nodes, low, high, tries, work, half, random):
    """Find the cheapest of some cuts of a zone into two that are both in band.

    Returns the cost, or −1 where none was found; ``half`` is 1 for the nodes of one side.
    """
    parent, order, load, mark = work
    best = -1.0
    for _ in range(tries):
        size = span(net, part, zone, nodes, parent, order, random)
        for i in range(size):
            load[order[i]] = net.load[order[i]]
        for i in range(size - 1, 0, -1):
            load[parent[order[i]]] += load[order[i]]
        total = load[order[0]]
        found, pick = 0, -1
        for i in range(1, size):
            w = load[order[i]]
            if low <= w <= high and low <= total - w <= high:
                found += 1
                if below(random, found) == 0:
                    pick = order[i]
        if pick < 0:
            continue
        cost = side_cut(net, part, zone, parent, order, size, pick, mark)
        if best < 0.0 or cost < best:
            best = cost
            for i in range(size):
                half[order[i]] = mark[order[i]]
    return best


@njit(cache=True)
def trade(net, zones, frozen, low, high, tries, random):
    """Pair the dearest borders that may go with the cheapest that may come, as long as that gains.

    Returns
    -------
    tuple of (int, float)
        Zones moved, and what was gained. Labels and zone weights change; refresh the state afterwards.
    """
    label = zones.label
    n, k = len(label), len(zones.weight)
    part = label.astype(np.int64)
    half = np.zeros(n, np.int8)
    work = (np.empty(n, np.int32), np.empty(n, np.int32), np.empty(n, np.int64), np.zeros(n, np.int8))
    start, nodes = members(label, k)
    price = np.full(k, np.inf)
    for z in range(k):
        if not frozen[z] and 2 * low <= zones.weight[z] <= 2 * high and zones.size[z] > 1:
            cost = cheapest_halves(net, part, z, nodes[start[z] : start[z + 1]], low, high, tries, work, half, random)
            if cost >= 0.0:
                price[z] = cost
    between = contract(net, label, k)
    gain = np.empty(len(between.to), np.float64)
    ends = np.empty((len(between.to), 2), np.int32)
    pairs = 0
    for a in range(k):
        for e in range(between.start[a], between.start[a + 1]):
            b = between.to[e]
            weight = zones.weight[a] + zones.weight[b]
            if a < b and low <= weight <= high and not (frozen[a] or frozen[b]):
                gain[pairs], ends[pairs, 0], ends[pairs, 1] = between.cost[e], a, b
                pairs += 1
    merges, splits = np.argsort(-gain[:pairs]), np.argsort(price)
    used = np.zeros(k, np.bool_)
    at, moved, gained = 0, 0, 0.0
    for i in range(pairs):
        a, b = ends[merges[i], 0], ends[merges[i], 1]
        if used[a] or used[b]:
            continue
        while at < k and (used[splits[at]] or splits[at] == a or splits[at] == b):
            at += 1
        if at == k or not price[splits[at]] < gain[merges[i]] - 1e-9:
            break
        c = splits[at]
        used[a] = used[b] = used[c] = True
        for j in range(start[b], start[b + 1]):
            label[nodes[j]] = a
        for j in range(start[c], start[c + 1]):
            if half[nodes[j]] == 1:
                label[nodes[j]] = b
        moved += 1
        gained += gain[merges[i]] - price[c]
    return moved, gained
