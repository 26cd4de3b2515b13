"""Annealing of single moves; a zone is never torn, and never emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.zoning._random import after, mixed
from geo_grid.zoning._state import cut_cost, excess, holds, refresh, total_excess

_BLOCK = 8  # nodes looked at at once: more are no faster, and moves that follow from each other are missed
_LUCK = 1024  # entries of the table of luck, few enough to stay in the nearest cache
_LUCKS = -np.log((np.arange(_LUCK) + 0.5) / _LUCK)  # −log(chance), for evenly spread chances
_FINE, _S32 = np.uint64(_LUCK - 1), np.uint64(32)

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import F64, I32, I64, Random
    from geo_grid.zoning._state import Net, Zones


@njit(cache=True)
def undo(label: I32, node: I32, old: I32, length: int) -> None:
    """Take back the last moves, newest first."""
    for i in range(length - 1, -1, -1):
        label[node[i]] = old[i]


@njit(cache=True)
def floors(net: Net, label: I32, least: F64) -> None:
    """Fill ``least`` with what any move of a node adds to the cut at least: as if all it touches outside were one zone."""
    for v in range(len(label)):
        least[v] = 0.0
        for e in range(net.start[v], net.start[v + 1]):
            least[v] += net.cost[e] if label[net.to[e]] == label[v] else -max(net.cost[e], 0.0)


@njit(cache=True, inline="always")
def move(start: I64, to: I32, cost: F64, label: I32, least: F64, v: int, b: int) -> None:
    """Move node v to zone b, and keep what moves add at least."""
    a = label[v]
    label[v] = b
    floor = 0.0
    for e in range(start[v], start[v + 1]):
        u = to[e]
        c = label[u]
        dear = max(cost[e], 0.0)
        if c == b:
            floor += cost[e]
            least[u] += cost[e] + dear
        else:
            floor -= dear
            if c == a:
                least[u] -= cost[e] + dear
    least[v] = floor


@njit(cache=True, inline="always")
def outside(start: I64, to: I32, label: I32, v: int, bits: np.uint64) -> int:
    """Return the first zone other than v's among its neighbours, from a random one onwards; v's own if there is none."""
    first, last = start[v], start[v + 1]
    a = label[v]
    e = first + np.int64(((bits >> _S32) * np.uint64(last - first)) >> _S32)
    for _ in range(last - first):
        b = label[to[e]]
        if b != a:
            return b
        e += 1
        if e == last:
            e = first
    return a


@njit(cache=True, inline="always")
def dearer(start: I64, to: I32, cost: F64, label: I32, v: int, a: int, b: int) -> float:
    """Return what the cut grows by when v goes from zone a to zone b."""
    total = 0.0
    for e in range(start[v], start[v + 1]):
        c = label[to[e]]
        if c == a:
            total += cost[e]
        elif c == b:
            total -= cost[e]
    return total


@njit(cache=True)
def anneal(  # noqa: C901, PLR0915 - the inner loop, where all time goes; best read whole
    net: Net,
    zones: Zones,
    low: int,
    high: int,
    hot: float,
    cold: float,
    price: tuple[float, float],
    sweeps: int,
    back: bool,
    random: Random,
) -> tuple[int, float]:
    """Anneal a graph by Metropolis' rule.

    Parameters
    ----------
    net : Net
        The graph; neighbours had better be neighbours in memory.
    zones : Zones
        State to change; every zone connected before and after.
    low, high : int
        Band of a zone.
    hot, cold : float
        First and last temperature, above 0, in units of edge cost; they fall geometrically.
    price : tuple of (float, float)
        Cost of one household outside the band, at the first and at the last temperature.
    sweeps : int
        How often every node is proposed a move.
    back : bool
        Whether to go back, at the end, to the best zones seen: least violation, then least cut, then latest.
    random : ndarray of uint64, shape (1,)
        State of the random numbers.

    Returns
    -------
    tuple of (int, float)
        Violation and cut cost reached.

    Notes
    -----
    The luck of a move is drawn before the move is looked at: −T·log(chance) is the most it may cost. A node's own
    edges bound what any move of it must cost, so most moves are turned down without a look at its neighbours; that is
    done for a block of nodes at once and without a branch, which a processor would guess wrong half of the time.
    """
    start, to, edge_cost, load = net.start, net.to, net.cost, net.load
    label, weight, seen, queue, mark = zones.label, zones.weight, zones.seen, zones.queue, zones.tally[0]
    size = len(load)
    least = np.empty(size, np.float64)
    floors(net, label, least)
    out, cost = total_excess(zones, low, high), cut_cost(net, label)
    best, best_cost = out, cost
    room = 2 * size + 64 if back else 1
    node, old = np.empty(room, np.int32), np.empty(room, np.int32)
    made = 0  # moves since the best, while they are kept
    stored = not back
    keep = np.empty(size if back else 0, np.int32)
    maybe, most, chance = np.empty(_BLOCK, np.int32), np.empty(_BLOCK, np.float64), np.empty(_BLOCK, np.uint64)
    parts = max(1, sweeps * ((size + _BLOCK - 1) // _BLOCK))
    falling = (cold / hot) ** (1.0 / parts)
    rising = (price[1] / price[0]) ** (1.0 / parts)
    heat, fine = hot, price[0]
    state = random[0]
    first = 0
    for _ in range(parts):
        last = min(first + _BLOCK, size)
        spare = 2.0 * fine if out > 0 else 0.0
        count = 0
        for v in range(first, last):
            state = after(state)
            bits = mixed(state)
            limit = heat * _LUCKS[np.int64(bits & _FINE)]
            maybe[count], most[count], chance[count] = v, limit, bits
            count += least[v] - spare * load[v] <= limit
        first = last if last < size else 0
        heat *= falling
        fine *= rising
        for i in range(count):
            v, limit = maybe[i], most[i]
            a, w = label[v], load[v]
            b = outside(start, to, label, v, chance[i])
            if a == b or zones.fixed[v]:
                continue
            more = (
                excess(weight[a] - w, low, high)
                + excess(weight[b] + w, low, high)
                - excess(weight[a], low, high)
                - excess(weight[b], low, high)
            )
            limit -= fine * more
            if least[v] > limit:
                continue
            dear = dearer(start, to, edge_cost, label, v, a, b)
            if dear > limit:
                continue
            mark += 2
            if not holds(start, to, label, seen, queue, mark, v):
                continue
            move(start, to, edge_cost, label, least, v, b)
            weight[a] -= w
            weight[b] += w
            out += more
            cost += dear
            if back and (out < best or (out == best and cost <= best_cost + 1e-9)):
                best, best_cost, made, stored = out, cost, 0, False
            elif not stored:
                node[made], old[made] = v, a
                made += 1
                if made == room:
                    keep[:] = label
                    undo(keep, node, old, made)
                    stored = True
    random[0], zones.tally[0] = state, mark
    if back and stored:
        label[:] = keep
    elif back:
        undo(label, node, old, made)
    refresh(net, zones)
    return (best, best_cost) if back else (out, cost)
