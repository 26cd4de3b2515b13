"""Windows: a few neighbouring zones, and the graph of their nodes alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.zoning._state import Net

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import I32, I64, Flags
    from geo_grid.zoning._state import Zones


@njit(cache=True)
def window(
    net: Net, zones: Zones, v: int, many: int, free: Flags, closed: Flags, chosen: I32, nodes: I32, seen: I64, mark: int
) -> tuple[int, int]:
    """Collect the nodes of the zones nearest to a node.

    Parameters
    ----------
    net, zones : Net and Zones
        The graph and its zones.
    v : int
        The node to start from.
    many : int
        Zones to collect, fewer if the graph has no more.
    free : ndarray of bool, shape (k,)
        Set for the zones collected; all False before.
    closed : ndarray of bool, shape (k,)
        Zones to leave out.
    chosen : ndarray of int32
        Filled with those zones.
    nodes : ndarray of int32, shape (n,)
        Filled with their nodes.
    seen : ndarray of int64, shape (n,)
        Marks.
    mark : int
        A mark that was not used before.

    Returns
    -------
    tuple of (int, int)
        Zones and nodes collected.
    """
    label = zones.label
    free[label[v]] = True
    chosen[0] = label[v]
    got = 1
    nodes[0] = v
    seen[v] = mark
    head, tail = 0, 1
    while head < tail:
        p = nodes[head]
        head += 1
        for e in range(net.start[p], net.start[p + 1]):
            u = net.to[e]
            if seen[u] == mark:
                continue
            z = label[u]
            if not free[z]:
                if got == many or closed[z]:
                    continue
                free[z] = True
                chosen[got] = z
                got += 1
            seen[u] = mark
            nodes[tail] = u
            tail += 1
    return got, tail


@njit(cache=True)
def extract(net: Net, nodes: I32, place: I32) -> Net:
    """Cut the graph of some nodes out.

    Parameters
    ----------
    net : Net
        The graph.
    nodes : ndarray of int32
        The nodes to keep; node i of the result is nodes[i].
    place : ndarray of int32, shape (n,)
        Scratch, −1 everywhere before and after.

    Returns
    -------
    Net
        The nodes with the edges among them.
    """
    size = len(nodes)
    for i in range(size):
        place[nodes[i]] = i
    start = np.zeros(size + 1, np.int64)
    load = np.empty(size, np.int64)
    ends = 0
    for i in range(size):
        v = nodes[i]
        load[i] = net.load[v]
        for e in range(net.start[v], net.start[v + 1]):
            if place[net.to[e]] >= 0:
                ends += 1
        start[i + 1] = ends
    to, cost = np.empty(ends, np.int32), np.empty(ends, np.float64)
    at = 0
    for i in range(size):
        v = nodes[i]
        for e in range(net.start[v], net.start[v + 1]):
            u = place[net.to[e]]
            if u >= 0:
                to[at] = u
                cost[at] = net.cost[e]
                at += 1
    for i in range(size):
        place[nodes[i]] = -1
    return Net(start, to, cost, load)
