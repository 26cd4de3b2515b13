"""The best zones of a tiny graph, by looking at every division of it into connected zones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.zoning._state import excess

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import F64, I32, I64
    from geo_grid.zoning.graph import Graph, Ints

#: Nodes up to which every division is looked at in any case (2 ms), and up to which it is where the search leaves more
#: households outside the band than counts alone force (10 ms).
ALWAYS, IF_NEEDED = 14, 16

_FAR = 1e300


def best_division(graph: Graph, low: int, high: int, k: int) -> tuple[Ints, int]:
    """Divide a tiny connected graph into k connected zones in the best way there is.

    Parameters
    ----------
    graph : Graph
        A connected graph of at most :data:`IF_NEEDED` nodes.
    low, high : int
        Band of a zone.
    k : int
        Number of zones, 1 to the number of nodes.

    Returns
    -------
    tuple of (ndarray of int64, int)
        Labels of least violation, and among these of least cut weight; and that violation.
    """
    net = graph.indptr, graph.indices.astype(np.int32), graph.edge_weight, graph.node_weight
    labels, violation = _best(*net, low, high, k)
    return labels, int(violation)


@njit(cache=True)
def _connected(zone: int, reach: I64) -> bool:
    """Whether a set of nodes, which each reach some others, hangs together."""
    seen = grown = zone & -zone
    while grown:
        near = 0
        for v in range(len(reach)):
            if grown >> v & 1:
                near |= reach[v]
        grown = near & zone & ~seen
        seen |= grown
    return seen == zone


@njit(cache=True)
def _worth(start: I64, to: I32, cost: F64, load: I64, low: int, high: int) -> tuple[I64, F64]:
    """Return the violation of every set of nodes, −1 where it is not connected, and the cost of the edges inside."""
    n = len(load)
    out, inside = np.full(1 << n, -1, np.int64), np.zeros(1 << n, np.float64)
    weight = np.zeros(1 << n, np.int64)
    reach = np.zeros(n, np.int64)
    for v in range(n):
        for e in range(start[v], start[v + 1]):
            reach[v] |= np.int64(1) << to[e]
    for zone in range(1, 1 << n):
        top = 0
        while zone >> (top + 1):
            top += 1
        rest = zone ^ (1 << top)
        weight[zone] = weight[rest] + load[top]
        inside[zone] = inside[rest]
        for e in range(start[top], start[top + 1]):
            if rest >> to[e] & 1:
                inside[zone] += cost[e]
        if _connected(zone, reach):
            out[zone] = excess(weight[zone], low, high)
    return out, inside


@njit(cache=True)
def _best(start: I64, to: I32, cost: F64, load: I64, low: int, high: int, k: int) -> tuple[I64, int]:
    """Take zones away one by one, that of the lowest node left in every way, and keep the best way to what is left."""
    n = len(load)
    out, inside = _worth(start, to, cost, load, low, high)
    dear = 2.0 * np.abs(cost).sum() + 1.0  # one household outside the band is worse than any cut
    full = (1 << n) - 1
    value = np.full((full + 1, k + 1), _FAR)
    choice = np.zeros((full + 1, k + 1), np.int32)
    value[full, 0] = 0.0
    for rest in range(full, 0, -1):
        if value[rest].min() == _FAR:
            continue
        lowest = rest & -rest
        others = rest ^ lowest
        part = others
        while True:
            zone = part | lowest
            if out[zone] >= 0:
                price = out[zone] * dear - inside[zone]
                left = rest ^ zone
                for j in range(k):
                    total = value[rest, j] + price
                    if total < value[left, j + 1]:
                        value[left, j + 1] = total
                        choice[left, j + 1] = zone
            if part == 0:
                break
            part = (part - 1) & others
    return _read_back(out, choice, n, k)


@njit(cache=True)
def _read_back(out: I64, choice: I32, n: int, k: int) -> tuple[I64, int]:
    """Return the labels and the violation of the zones that were taken on the best way to nothing left."""
    labels = np.zeros(n, np.int64)
    left, violation = 0, 0
    for j in range(k, 0, -1):
        zone = choice[left, j]
        violation += out[zone]
        for v in range(n):
            if zone >> v & 1:
                labels[v] = j - 1
        left |= zone
    return labels, violation
