"""The best zones of little graphs by looking at all of them; shares no code with solver or proofs."""

import numpy as np
from numba import njit

FAR = np.int64(2**62)


@njit(cache=True)
def connected_sets(reach):
    """Whether each set of nodes, as bits, is connected."""
    n = len(reach)
    good = np.zeros(1 << n, np.bool_)
    for nodes in range(1, 1 << n):
        seen = np.int64(nodes & -nodes)
        grown = np.int64(0)
        while grown != seen:
            grown = seen
            for v in range(n):
                if grown >> v & 1:
                    seen |= reach[v] & nodes
        good[nodes] = seen == nodes
    return good


@njit(cache=True)
def best_of_all(reach, value, most):
    """Least sum of values over all divisions of all nodes into k connected sets, for k = 0 … most."""
    n = len(reach)
    good = connected_sets(reach)
    best = np.full((most + 1, 1 << n), FAR, np.int64)
    best[0, 0] = 0
    for rest in range(1, 1 << n):
        lowest = rest & -rest
        others = rest ^ lowest
        part = others
        while True:
            zone = part | lowest
            if good[zone]:
                for k in range(1, most + 1):
                    before = best[k - 1, rest ^ zone]
                    if before < FAR and before + value[zone] < best[k, rest]:
                        best[k, rest] = before + value[zone]
            if part == 0:
                break
            part = (part - 1) & others
    return best[:, (1 << n) - 1]


def all_optima(n, edges, costs, weights, low, high, most):
    """Least violation, and least cut with it, for each k = 1 … most with k connected zones; None where there are none.

    Costs are whole numbers. A zone's value is its violation, and then the cost of the edges inside it taken off.
    """
    sets = np.arange(1 << n)
    load = sum(int(w) * (sets >> v & 1) for v, w in enumerate(weights))
    out = np.maximum(0, np.maximum(low - load, load - high))
    inside = np.zeros(1 << n, np.int64)
    reach = np.zeros(n, np.int64)
    for (u, v), cost in zip(edges, costs, strict=True):
        inside += int(cost) * (sets >> u & 1) * (sets >> v & 1)
        reach[u] |= 1 << v
        reach[v] |= 1 << u
    total, scale = int(sum(costs)), 4 * int(sum(abs(int(c)) for c in costs)) + 4
    found = best_of_all(reach, (out * scale - inside).astype(np.int64), most)
    optima = {}
    for k in range(1, most + 1):
        if found[k] == FAR:
            optima[k] = None
        else:
            violation = (int(found[k]) + scale // 2) // scale
            optima[k] = violation, total + int(found[k]) - violation * scale
    return optima
