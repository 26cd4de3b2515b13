"""Annealing of single moves; a zone is never torn, and never emptied."""

from __future__ import annotations

import numpy as np
from numba import njit

from geo_grid.zoning._random import below, uniform
from geo_grid.zoning._state import can_leave, cut_cost, excess, shift, total_excess

_EVERY = 64  # moves between two changes of temperature


@njit(cache=True)
def undo(net, zones, node, old, length):
    """Take back the last moves, newest first."""
    for i in range(length - 1, -1, -1):
        shift(net, zones, node[i], old[i])


@njit(cache=True)
def anneal(net, zones, low, high, hot, cold, price, steps, random):
    """Anneal, and end at the best zones seen.

    Parameters
    ----------
    net : Net
        The graph.
    zones : Zones
        State to change; every zone connected before and after.
    low, high : int
        Band of a zone.
    hot, cold : float
        First and last temperature, in units of edge weight; they fall geometrically.
    price : tuple of (float, float)
        Cost of one household outside the band, at the first and at the last temperature.
    steps : int
        Moves to propose.
    random : ndarray of uint64, shape (1,)
        State of the random numbers.

    Returns
    -------
    tuple of (int, float)
        Violation and cut cost reached: the least violation seen, and the least cut among those.
    """
    label = zones.label
    n = len(label)
    now = total_excess(zones, low, high)
    cost = cut_cost(net, label)
    best, best_cost = now, cost
    room = 2 * n + 64
    node, old = np.empty(room, np.int32), np.empty(room, np.int32)
    made = 0  # moves since the best, while they are kept
    stored = False
    keep = np.empty(n, np.int32)
    falling = (cold / hot) ** (_EVERY / max(steps, 1)) if hot > 0.0 else 1.0
    rising = (price[1] / price[0]) ** (_EVERY / max(steps, 1))
    heat, fine = hot, price[0]
    for step in range(steps):
        if step % _EVERY == _EVERY - 1:
            heat *= falling
            fine *= rising
        if zones.tally[0] == 0:
            break
        v = zones.rim[below(random, zones.tally[0])]
        lo, hi = net.start[v], net.start[v + 1]
        b = label[net.to[lo + below(random, hi - lo)]]
        a = label[v]
        if a == b:
            continue
        w = net.load[v]
        more = (
            excess(zones.weight[a] - w, low, high)
            + excess(zones.weight[b] + w, low, high)
            - excess(zones.weight[a], low, high)
            - excess(zones.weight[b], low, high)
        )
        dear = 0.0
        for e in range(lo, hi):
            c = label[net.to[e]]
            if c == a:
                dear += net.cost[e]
            elif c == b:
                dear -= net.cost[e]
        worse = dear + fine * more
        if worse > 0.0 and (heat <= 0.0 or worse > 36.0 * heat or uniform(random) >= np.exp(-worse / heat)):
            continue
        if not can_leave(net, zones, v):
            continue
        shift(net, zones, v, b)
        now += more
        cost += dear
        if now < best or (now == best and cost < best_cost - 1e-9):
            best, best_cost, made, stored = now, cost, 0, False
        elif not stored:
            node[made], old[made] = v, a
            made += 1
            if made == room:
                keep[:] = label
                for i in range(made - 1, -1, -1):
                    keep[node[i]] = old[i]
                stored = True
    if stored:
        for v in range(n):
            if label[v] != keep[v]:
                shift(net, zones, v, keep[v])
    else:
        undo(net, zones, node, old, made)
    return best, best_cost
