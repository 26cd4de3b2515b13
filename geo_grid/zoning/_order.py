"""Memory order: nodes renumbered breadth first, so that neighbours in the graph are neighbours in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import F64, I32, I64


@njit(cache=True)
def breadth_first(start: I64, to: I32) -> I32:
    """Return the nodes in breadth-first order, piece by piece."""
    n = len(start) - 1
    order = np.empty(n, np.int32)
    seen = np.zeros(n, np.bool_)
    head, tail = 0, 0
    for root in range(n):
        if seen[root]:
            continue
        seen[root] = True
        order[tail] = root
        tail += 1
        while head < tail:
            v = order[head]
            head += 1
            for e in range(start[v], start[v + 1]):
                if not seen[to[e]]:
                    seen[to[e]] = True
                    order[tail] = to[e]
                    tail += 1
    return order


@njit(cache=True)
def reorder(start: I64, to: I32, cost: F64, load: I64, order: I32) -> tuple[I64, I32, F64, I64]:
    """Renumber a graph: node i of the result is node order[i]."""
    n = len(order)
    place = np.empty(n, np.int32)
    for i in range(n):
        place[order[i]] = i
    start_, load_ = np.zeros(n + 1, np.int64), np.empty(n, np.int64)
    to_, cost_ = np.empty(len(to), np.int32), np.empty(len(to), np.float64)
    at = 0
    for i in range(n):
        load_[i] = load[order[i]]
        for e in range(start[order[i]], start[order[i] + 1]):
            to_[at] = place[to[e]]
            cost_[at] = cost[e]
            at += 1
        start_[i + 1] = at
    return start_, to_, cost_, load_
