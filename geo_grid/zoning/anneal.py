"""Annealing of single moves; a zone is never torn, and never emptied."""

from __future__ import annotations

import numpy as np
from numba import njit

from geo_grid.zoning._random import draw
from geo_grid.zoning._state import can_leave, cut_cost, excess, shift, total_excess

_EVERY = 64  # nodes looked at between two changes of temperature
_LUCK = 4096  # entries of the table of −log(chance)
_FINE, _S32 = np.uint64(0xFFF), np.uint64(32)


@njit(cache=True)
def undo(net, zones, node, old, length):
    """Take back the last moves, newest first."""
    for i in range(length - 1, -1, -1):
        shift(net, zones, node[i], old[i])


@njit(cache=True)
def degree_cost(net):
    """What the edges of each node cost together."""
    total = np.zeros(len(net.load), np.float64)
    for v in range(len(net.load)):
        for e in range(net.start[v], net.start[v + 1]):
            total[v] += net.cost[e]
    return total


@njit(cache=True)
def anneal(net, zones, low, high, hot, cold, price, sweeps, back, random):
    """Anneal by Metropolis' rule.

    Parameters
    ----------
    net : Net
        The graph.
    zones : Zones
        State to change; every zone connected before and after.
    low, high : int
        Band of a zone.
    hot, cold : float
        First and last temperature, above 0, in units of edge cost; they fall geometrically.
    price : tuple of (float, float)
        Cost of one household outside the band, at the first and at the last temperature.
    sweeps : int
        How often every node is proposed a move, in the order of the nodes: neighbours in the graph had better be
        neighbours in memory.
    back : bool
        Whether to go back, at the end, to the best zones seen: least violation, then least cut.
    random : ndarray of uint64, shape (1,)
        State of the random numbers.

    Returns
    -------
    tuple of (int, float)
        Violation and cut cost reached.

    Notes
    -----
    The luck of a move is drawn before the move is looked at: −T·log(chance) is the most it may cost. A node's own
    edges bound what any move of it must cost, so most moves are turned down without a look at its neighbours.
    """
    label = zones.label
    n = len(label)
    luck = -np.log((np.arange(_LUCK) + 0.5) / _LUCK)
    held = degree_cost(net)
    now = total_excess(zones, low, high)
    cost = cut_cost(net, label)
    best, best_cost = now, cost
    room = 2 * n + 64 if back else 1
    node, old = np.empty(room, np.int32), np.empty(room, np.int32)
    made = 0  # moves since the best, while they are kept
    stored = not back
    keep = np.empty(n if back else 0, np.int32)
    parts = max(1, sweeps * n // _EVERY)
    falling = (cold / hot) ** (1.0 / parts)
    rising = (price[1] / price[0]) ** (1.0 / parts)
    heat, fine = hot, price[0]
    v = -1
    for step in range(sweeps * n):
        if step % _EVERY == _EVERY - 1:
            heat *= falling
            fine *= rising
        v = v + 1 if v + 1 < n else 0
        if zones.outer[v] == 0 or zones.fixed[v]:
            continue
        bits = draw(random)
        limit = heat * luck[np.int64(bits & _FINE)]
        w = net.load[v]
        least = held[v] - 2.0 * zones.away[v]
        if least > limit and (now == 0 or least - 2.0 * fine * w > limit):
            continue
        lo, hi = net.start[v], net.start[v + 1]
        skip = np.int64(((bits >> _S32) * np.uint64(zones.outer[v])) >> _S32)
        a = label[v]
        b = a
        for e in range(lo, hi):
            b = label[net.to[e]]
            if b != a:
                if skip == 0:
                    break
                skip -= 1
        more = (
            excess(zones.weight[a] - w, low, high)
            + excess(zones.weight[b] + w, low, high)
            - excess(zones.weight[a], low, high)
            - excess(zones.weight[b], low, high)
        )
        if least + fine * more > limit:
            continue
        dear = 0.0
        for e in range(lo, hi):
            c = label[net.to[e]]
            if c == a:
                dear += net.cost[e]
            elif c == b:
                dear -= net.cost[e]
        if dear + fine * more > limit or not can_leave(net, zones, v):
            continue
        shift(net, zones, v, b)
        now += more
        cost += dear
        if back and (now < best or (now == best and cost < best_cost - 1e-9)):
            best, best_cost, made, stored = now, cost, 0, False
        elif not stored:
            node[made], old[made] = v, a
            made += 1
            if made == room:
                keep[:] = label
                for i in range(made - 1, -1, -1):
                    keep[node[i]] = old[i]
                stored = True
    if not back:
        return now, cost
    if stored:
        for v in range(n):
            if label[v] != keep[v]:
                shift(net, zones, v, keep[v])
    else:
        undo(net, zones, node, old, made)
    return best, best_cost
