"""Merge neighbouring zones and split them again along random spanning trees, to mend bands that single moves cannot."""

from __future__ import annotations

import numpy as np
from numba import njit

from geo_grid.zoning._random import below
from geo_grid.zoning._state import cut_cost, excess, refresh, total_excess
from geo_grid.zoning.grow import split


@njit(cache=True)
def gather(net, label, zone, queue, seen, mark):
    """Collect the nodes of one zone into ``queue`` by one sweep over the labels; return how many."""
    size = 0
    for v in range(len(label)):
        if label[v] == zone:
            queue[size] = v
            seen[v] = mark
            size += 1
    return size


@njit(cache=True)
def neighbour_zone(net, label, nodes, size, chosen, many, random):
    """Return a random zone beside the nodes that is not among the first ``many`` of ``chosen``; −1 if there is none."""
    found = 0
    pick = -1
    for i in range(size):
        v = nodes[i]
        for e in range(net.start[v], net.start[v + 1]):
            z = label[net.to[e]]
            known = False
            for c in range(many):
                known = known or chosen[c] == z
            if not known:
                found += 1
                if below(random, found) == 0:
                    pick = z
    return pick


@njit(cache=True)
def mend(net, zones, frozen, low, high, rounds, random):
    """Lower the violation by merging and re-splitting zones around those out of band.

    Parameters
    ----------
    net : Net
        The graph.
    zones : Zones
        State to change; every zone connected before and after.
    frozen : ndarray of bool, shape (k,)
        Zones that hold nodes which must stay.
    low, high : int
        Band of a zone.
    rounds : int
        Merges to try.
    random : ndarray of uint64, shape (1,)
        State of the random numbers.

    Returns
    -------
    tuple of (int, float)
        Violation and cut cost reached.
    """
    label = zones.label
    n, k = len(label), len(zones.weight)
    now = total_excess(zones, low, high)
    part = np.zeros(n, np.int64)
    nodes = np.empty(n, np.int32)
    fresh = np.empty(n, np.int32)
    chosen, weight = np.empty(4, np.int32), np.zeros(k, np.int64)
    bad = np.empty(k, np.int32)
    for turn in range(rounds):
        if now == 0 or k < 2:
            break
        wrong = 0
        for z in range(k):
            if excess(zones.weight[z], low, high) > 0 and not frozen[z]:
                bad[wrong] = z
                wrong += 1
        if wrong == 0:
            break
        chosen[0] = bad[below(random, wrong)]
        part[:] = 0
        size = gather(net, label, chosen[0], nodes, part, 1)
        many = 1
        want = min(k, 2 + below(random, 3))
        while many < want:
            z = neighbour_zone(net, label, nodes, size, chosen, many, random)
            if z < 0 or frozen[z]:
                break
            chosen[many] = z
            many += 1
            size += gather(net, label, z, nodes[size:], part, 1)
        if many < 2:
            continue
        before = 0
        for i in range(many):
            before += excess(zones.weight[chosen[i]], low, high)
        split(net, part, nodes[:size], many, low, high, 1 + turn % 4, fresh, chosen[:many], random)
        for i in range(many):
            weight[chosen[i]] = 0
        for i in range(size):
            weight[fresh[nodes[i]]] += net.load[nodes[i]]
        after = 0
        for i in range(many):
            after += excess(weight[chosen[i]], low, high)
        if after <= before:
            for i in range(size):
                label[nodes[i]] = fresh[nodes[i]]
            for i in range(many):
                zones.weight[chosen[i]] = weight[chosen[i]]
            now += after - before
    refresh(net, zones)
    return now, cut_cost(net, label)
