"""The best repair of a tiny graph, by looking at every way to divide it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from geo_grid.zoning.graph import Floats, Graph, Ints

#: Nodes up to which every division is looked at.
LISTED = 11
_NONE = np.int64(1) << np.int64(60)


def exact_repair(graph: Graph, home: Ints, price: Ints, pinned: Ints, low: int, high: int) -> Ints | None:
    """Repair a tiny graph in the best of all ways.

    Zones are taken one after another: each old zone gets a connected set of the nodes that are left, or none; what
    remains makes new zones. So every division is looked at, with 3ⁿ steps a zone.

    Parameters
    ----------
    graph : Graph
        At most :data:`LISTED` nodes.
    home : ndarray of int64, shape (n,)
        Zone each node belongs to, 0 … k − 1, or −1.
    price : ndarray of int64, shape (n,)
        Households moved if it is not there.
    pinned : ndarray of int64, shape (n,)
        Zone each locked node must have, −1 for others.
    low, high : int
        Band of a zone.

    Returns
    -------
    ndarray of int64, shape (n,), or None
        Zones 0 … k − 1 keep their number, new ones follow; None if the locked nodes admit no connected zones.
    """
    n, k = graph.n, int(max(home.max(initial=-1), pinned.max(initial=-1))) + 1
    reach = np.zeros(n, np.int64)
    ends = np.repeat(np.arange(n), np.diff(graph.indptr))
    np.bitwise_or.at(reach, ends, np.int64(1) << graph.indices)
    bits = np.int64(1) << np.arange(n)
    homes = np.array([bits[home == z].sum() for z in range(k)], np.int64)
    pins = np.array([bits[pinned == z].sum() for z in range(k)], np.int64)
    scale = 2 * int(price.sum()) + 1
    sets = _sets(graph.indptr, graph.indices, graph.edge_weight, reach, graph.node_weight, price, low, high)
    choice, found = _choose(*sets, homes, pins, scale, n + k + 1)
    if not found:
        return None
    labels = np.empty(n, np.int64)
    rest, row, fresh = (1 << n) - 1, k, k
    while rest or row > 0:
        members = int(choice[row, rest])
        inside = (members >> np.arange(n)) & 1 == 1
        labels[inside] = row - 1 if row else fresh
        fresh += not row
        rest &= ~members
        row -= row > 0
    return labels


@njit(cache=True)
def _sets(
    indptr: Ints, indices: Ints, cost: Floats, reach: Ints, weight: Ints, price: Ints, low: int, high: int
) -> tuple[Ints, Ints, Floats]:
    """Violation of every set of nodes, −1 where it is not connected; its price; half the weight of its border."""
    n = len(weight)
    out, worth, border = np.full(1 << n, -1, np.int64), np.zeros(1 << n, np.int64), np.zeros(1 << n)
    for zone in range(1, 1 << n):
        seen = grown = np.int64(zone & -zone)
        while grown:
            near = np.int64(0)
            for i in range(n):
                if grown >> i & 1:
                    near |= reach[i]
            grown = near & zone & ~seen
            seen |= grown
        load = 0
        for i in range(n):
            if zone >> i & 1:
                load += weight[i]
                worth[zone] += price[i]
                for e in range(indptr[i], indptr[i + 1]):
                    if not zone >> indices[e] & 1:
                        border[zone] += 0.5 * cost[e]
        if seen == zone:
            out[zone] = max(0, low - load, load - high)
    return out, worth, border


@njit(cache=True)
def _choose(  # noqa: C901 - two tables filled one after the other, best read whole
    out: Ints, worth: Ints, border: Floats, homes: Ints, pins: Ints, scale: int, most: int
) -> tuple[Ints, bool]:
    """Return, for every number of old zones and every set left, what the last of them takes (row 0: a new zone)."""
    size, k = len(out), len(homes)
    unit = scale * most  # one household outside the band outweighs every opened or closed zone, that every move
    choice = np.zeros((k + 1, size), np.int64)
    value, dear = np.full((k + 1, size), _NONE, np.int64), np.zeros((k + 1, size))
    locked = np.int64(0)
    for z in range(k):
        locked |= pins[z]
    value[0, 0] = 0
    for rest in range(1, size):
        lowest = rest & -rest
        subset = rest ^ lowest
        while True:
            zone = subset | lowest
            if out[zone] >= 0 and not zone & locked and value[0, rest ^ zone] < _NONE:
                total = value[0, rest ^ zone] + out[zone] * unit + scale + worth[zone]
                cut = dear[0, rest ^ zone] + border[zone]
                if total < value[0, rest] or (total == value[0, rest] and cut < dear[0, rest] - 1e-9):
                    value[0, rest], dear[0, rest], choice[0, rest] = total, cut, zone
            if subset == 0:
                break
            subset = (subset - 1) & (rest ^ lowest)
    for z in range(k):
        for rest in range(size):
            if pins[z] == 0 and value[z, rest] < _NONE:
                value[z + 1, rest], dear[z + 1, rest] = value[z, rest] + scale, dear[z, rest]
            zone = rest
            while zone:
                left = rest ^ zone
                if out[zone] >= 0 and zone & locked == pins[z] and value[z, left] < _NONE:
                    total = value[z, left] + out[zone] * unit + worth[zone] - worth[zone & homes[z]]
                    cut = dear[z, left] + border[zone]
                    now = value[z + 1, rest]
                    if total < now or (total == now and cut < dear[z + 1, rest] - 1e-9):
                        value[z + 1, rest], dear[z + 1, rest], choice[z + 1, rest] = total, cut, zone
                zone = (zone - 1) & rest
    return choice, value[k, size - 1] < _NONE
