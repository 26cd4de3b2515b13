"""Merge neighbouring zones and split them again along random spanning trees, to mend bands that single moves cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.zoning._random import below
from geo_grid.zoning._state import cut_cost, excess, refresh, total_excess
from geo_grid.zoning._window import extract, window
from geo_grid.zoning.grow import split

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import I32, I64, Flags, Random
    from geo_grid.zoning._state import Net, Zones


@njit(cache=True)
def violators(zones: Zones, frozen: Flags, low: int, high: int, bad: I32) -> int:
    """Fill ``bad`` with the zones out of band that may change; return how many."""
    wrong = 0
    for z in range(len(zones.weight)):
        if excess(zones.weight[z], low, high) > 0 and not frozen[z]:
            bad[wrong] = z
            wrong += 1
    return wrong


@njit(cache=True)
def resplit(
    net: Net, nodes: I32, k: int, low: int, high: int, tries: int, place: I32, random: Random
) -> tuple[I32, I64]:
    """Split the nodes into k connected zones; return a zone 0 … k − 1 of each, and the zones' households."""
    size = len(nodes)
    local = extract(net, nodes, place)
    fresh = np.zeros(size, np.int32)
    names = np.arange(k).astype(np.int32)
    split(local, np.ones(size, np.int64), np.arange(size).astype(np.int32), k, low, high, tries, fresh, names, random)
    weight = np.zeros(k, np.int64)
    for i in range(size):
        weight[fresh[i]] += local.load[i]
    return fresh, weight


@njit(cache=True)
def mend(net: Net, zones: Zones, frozen: Flags, low: int, high: int, rounds: int, random: Random) -> tuple[int, float]:
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

    Notes
    -----
    A change that only moves the violation elsewhere is taken too: so it wanders until two of opposite sign meet.
    """
    label = zones.label
    n, k = len(label), len(zones.weight)
    now = total_excess(zones, low, high)
    nodes, place, seen = np.empty(n, np.int32), np.full(n, -1, np.int32), np.zeros(n, np.int64)
    anchor = np.empty(k, np.int32)
    for v in range(n):
        anchor[label[v]] = v
    free, chosen, bad = np.zeros(k, np.bool_), np.empty(5, np.int32), np.empty(k, np.int32)
    for turn in range(rounds):
        wrong = violators(zones, frozen, low, high, bad)
        if now == 0 or k < 2 or wrong == 0:
            break
        first = bad[below(random, wrong)]
        _, size = window(net, zones, anchor[first], 1, free, frozen, chosen, nodes, seen, 2 * turn + 1)
        free[first] = False
        root = nodes[below(random, size)]
        many, size = window(net, zones, root, 2 + below(random, 4), free, frozen, chosen, nodes, seen, 2 * turn + 2)
        before = 0
        for i in range(many):
            free[chosen[i]] = False
            before += excess(zones.weight[chosen[i]], low, high)
        if many < 2:
            continue
        fresh, weight = resplit(net, nodes[:size], many, low, high, 1 + turn % 4, place, random)
        after = 0
        for i in range(many):
            after += excess(weight[i], low, high)
        if after <= before:
            for i in range(size):
                label[nodes[i]] = chosen[fresh[i]]
                anchor[chosen[fresh[i]]] = nodes[i]
            for i in range(many):
                zones.weight[chosen[i]] = weight[i]
            now += after - before
    refresh(net, zones)
    return now, cut_cost(net, label)
