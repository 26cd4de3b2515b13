"""The running state of a search, as arrays that compiled code shares, and the moves on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import F64, I32, I64, Flags


class Net(NamedTuple):
    """A graph inside compiled code: ``start`` int64 (n + 1), ``to`` int32 (2m), ``cost`` float64 (2m), ``load`` int64 (n)."""

    start: I64
    to: I32
    cost: F64
    load: I64


class Zones(NamedTuple):
    """Zones inside compiled code.

    ``label`` int32 (n); ``weight`` int64 (k): households; ``outer`` int32 (n): neighbours in
    other zones; ``fixed`` bool (n): nodes that must stay; ``seen`` int64 (n): marks, of which ``tally[0]`` was the last
    used; ``queue`` int32 (n): scratch.
    """

    label: I32
    weight: I64
    outer: I32
    fixed: Flags
    seen: I64
    queue: I32
    tally: I64


@njit(cache=True)
def make_zones(net: Net, label: I32, k: int, fixed: Flags) -> Zones:
    """Set up the state of given labels; ``label`` is kept and changed in place."""
    n = len(net.load)
    zones = Zones(
        label,
        np.zeros(k, np.int64),
        np.zeros(n, np.int32),
        fixed,
        np.zeros(n, np.int64),
        np.empty(n, np.int32),
        np.zeros(1, np.int64),
    )
    refresh(net, zones)
    return zones


@njit(cache=True)
def refresh(net: Net, zones: Zones) -> None:
    """Work everything out afresh from the labels."""
    label = zones.label
    zones.weight[:] = 0
    for v in range(len(label)):
        zones.weight[label[v]] += net.load[v]
        out = 0
        for e in range(net.start[v], net.start[v + 1]):
            out += label[net.to[e]] != label[v]
        zones.outer[v] = out


@njit(cache=True)
def shift(net: Net, zones: Zones, v: int, b: int) -> None:
    """Move node v to zone b, and keep the state true."""
    label = zones.label
    a = label[v]
    label[v] = b
    zones.weight[a] -= net.load[v]
    zones.weight[b] += net.load[v]
    out = 0
    for e in range(net.start[v], net.start[v + 1]):
        u = net.to[e]
        c = label[u]
        out += c != b
        if c == a:
            zones.outer[u] += 1
        elif c == b:
            zones.outer[u] -= 1
    zones.outer[v] = out


@njit(cache=True)
def can_leave(net: Net, zones: Zones, v: int) -> bool:
    """Whether v's zone stays connected, and not empty, without v."""
    zones.tally[0] += 2
    return holds(net.start, net.to, zones.label, zones.seen, zones.queue, zones.tally[0], v)


# The arrays come one by one, and the function is always inlined: the inner loop of the annealing runs twice as fast so.
@njit(cache=True, inline="always")
def holds(start: I64, to: I32, label: I32, seen: I64, queue: I32, mark: int, v: int) -> bool:  # noqa: C901 - the innermost search of all, best read whole
    """Whether v's zone stays connected, and not empty, without v; ``mark`` and ``mark − 1`` are in no ``seen``.

    The neighbours of v in its zone must reach each other without v. Those found are expanded first, so that on
    triangulated graphs, where they touch one another, nothing else is ever looked at.
    """
    a = label[v]
    wanted = 0
    first = -1
    for e in range(start[v], start[v + 1]):
        u = to[e]
        if label[u] == a:
            wanted += 1
            first = u
            seen[u] = mark - 1
    if wanted <= 1:
        return wanted == 1
    seen[first] = mark
    seen[v] = mark
    found = 1
    top = len(queue) - 1  # neighbours of v found, a stack from the end downwards
    queue[top] = first
    head, tail = 0, 0  # the others, first come first served
    while True:
        if top < len(queue):
            p = queue[top]
            top += 1
        elif head < tail:
            p = queue[head]
            head += 1
        else:
            return False
        for e in range(start[p], start[p + 1]):
            u = to[e]
            if label[u] == a and seen[u] != mark:
                if seen[u] == mark - 1:
                    found += 1
                    if found == wanted:
                        return True
                    top -= 1
                    queue[top] = u
                else:
                    queue[tail] = u
                    tail += 1
                seen[u] = mark


@njit(cache=True)
def excess(weight: int, low: int, high: int) -> int:
    """Households outside the band of one zone."""
    if weight < low:
        return low - weight
    if weight > high:
        return weight - high
    return 0


@njit(cache=True)
def total_excess(zones: Zones, low: int, high: int) -> int:
    """Households outside the band, all zones together."""
    total = 0
    for z in range(len(zones.weight)):
        total += excess(zones.weight[z], low, high)
    return total


@njit(cache=True)
def cut_cost(net: Net, label: I32) -> float:
    """Weight of all edges between zones."""
    total = 0.0
    for v in range(len(label)):
        for e in range(net.start[v], net.start[v + 1]):
            u = net.to[e]
            if u > v and label[u] != label[v]:
                total += net.cost[e]
    return total
