"""Annealing of single moves; a zone is never torn, and never emptied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.zoning._random import draw
from geo_grid.zoning._state import can_leave, cut_cost, excess, shift, total_excess

_EVERY = 64  # nodes looked at between two changes of temperature
_LUCK = 4096  # entries of the table of −log(chance)
_FINE, _S32 = np.uint64(0xFFF), np.uint64(32)

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import F64, I32, Flags, Random
    from geo_grid.zoning._state import Net, Zones


@njit(cache=True)
def undo(net: Net, zones: Zones, node: I32, old: I32, length: int) -> None:
    """Take back the last moves, newest first."""
    for i in range(length - 1, -1, -1):
        shift(net, zones, node[i], old[i])


@njit(cache=True)
def recall(label: I32, nodes: I32, node: I32, old: I32, length: int, keep: I32) -> None:
    """Fill ``keep`` with the labels that ``nodes`` had before the last moves."""
    moved = np.empty(length, np.int32)
    for i in range(length - 1, -1, -1):
        moved[i] = label[node[i]]
        label[node[i]] = old[i]
    for i in range(len(nodes)):
        keep[i] = label[nodes[i]]
    for i in range(length):
        label[node[i]] = moved[i]


@njit(cache=True)
def outside(net: Net, label: I32, v: int, skip: int) -> int:
    """Return the zone of the neighbour outside v's zone that comes after ``skip`` others."""
    for e in range(net.start[v], net.start[v + 1]):
        b = label[net.to[e]]
        if b != label[v]:
            if skip == 0:
                return b
            skip -= 1
    return label[v]


@njit(cache=True)
def dearer(net: Net, label: I32, v: int, a: int, b: int) -> float:
    """Return what the cut grows by when v goes from zone a to zone b."""
    total = 0.0
    for e in range(net.start[v], net.start[v + 1]):
        c = label[net.to[e]]
        if c == a:
            total += net.cost[e]
        elif c == b:
            total -= net.cost[e]
    return total


@njit(cache=True)
def luck_table() -> F64:
    """Return −log(chance) for evenly spread chances."""
    return -np.log((np.arange(_LUCK) + 0.5) / _LUCK)


@njit(cache=True)
def anneal_all(
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
    """Anneal the whole graph; return the violation and the cut cost reached. Parameters as for :func:`anneal`."""
    nodes = np.arange(len(net.load)).astype(np.int32)
    free = np.ones(len(zones.weight), np.bool_)
    now, cost = total_excess(zones, low, high), cut_cost(net, zones.label)
    more, dear = anneal(net, zones, nodes, free, now, low, high, hot, cold, price, sweeps, back, luck_table(), random)
    return now + more, cost + dear


@njit(cache=True)
def anneal(  # noqa: C901, PLR0912, PLR0915 - the inner loop, where all time goes; best read whole
    net: Net,
    zones: Zones,
    nodes: I32,
    free: Flags,
    now: int,
    low: int,
    high: int,
    hot: float,
    cold: float,
    price: tuple[float, float],
    sweeps: int,
    back: bool,
    luck: F64,
    random: Random,
) -> tuple[int, float]:
    """Anneal some nodes by Metropolis' rule.

    Parameters
    ----------
    net : Net
        The graph.
    zones : Zones
        State to change; every zone connected before and after.
    nodes : ndarray of int32
        Nodes that may move; neighbours in the graph had better be neighbours in this list and in memory.
    free : ndarray of bool, shape (k,)
        Zones that nodes may move to; all zones of ``nodes`` are among them.
    now : int
        Violation of the free zones.
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
    luck : ndarray of float64
        What :func:`luck_table` returns.
    random : ndarray of uint64, shape (1,)
        State of the random numbers.

    Returns
    -------
    tuple of (int, float)
        What violation and cut cost have grown by.

    Notes
    -----
    The luck of a move is drawn before the move is looked at: −T·log(chance) is the most it may cost. A node's own
    edges bound what any move of it must cost, so most moves are turned down without a look at its neighbours.
    """
    label = zones.label
    size = len(nodes)
    more_all, dear_all = 0, 0.0
    best, best_cost = 0, 0.0
    room = 2 * size + 64 if back else 1
    node, old = np.empty(room, np.int32), np.empty(room, np.int32)
    made = 0  # moves since the best, while they are kept
    stored = not back
    keep = np.empty(size if back else 0, np.int32)
    parts = max(1, sweeps * size // _EVERY)
    falling = (cold / hot) ** (1.0 / parts)
    rising = (price[1] / price[0]) ** (1.0 / parts)
    heat, fine = hot, price[0]
    at = -1
    for step in range(sweeps * size):
        if step % _EVERY == _EVERY - 1:
            heat *= falling
            fine *= rising
        at = at + 1 if at + 1 < size else 0
        v = nodes[at]
        if zones.outer[v] == 0 or zones.fixed[v]:
            continue
        bits = draw(random)
        limit = heat * luck[np.int64(bits & _FINE)]
        w = net.load[v]
        least = zones.held[v] - 2.0 * zones.away[v]
        if least > limit and (now + more_all == 0 or least - 2.0 * fine * w > limit):
            continue
        a = label[v]
        skip = np.int64(((bits >> _S32) * np.uint64(zones.outer[v])) >> _S32)
        b = outside(net, label, v, skip)  # type: ignore[arg-type]
        if not free[b]:
            continue
        more = (
            excess(zones.weight[a] - w, low, high)
            + excess(zones.weight[b] + w, low, high)
            - excess(zones.weight[a], low, high)
            - excess(zones.weight[b], low, high)
        )
        if least + fine * more > limit:
            continue
        dear = dearer(net, label, v, a, b)
        if dear + fine * more > limit or not can_leave(net, zones, v):
            continue
        shift(net, zones, v, b)
        more_all += more
        dear_all += dear
        if back and (more_all < best or (more_all == best and dear_all <= best_cost + 1e-9)):
            best, best_cost, made, stored = more_all, dear_all, 0, False
        elif not stored:
            node[made], old[made] = v, a
            made += 1
            if made == room:
                recall(label, nodes, node, old, made, keep)
                stored = True
    if not back:
        return more_all, dear_all
    if stored:
        for i in range(size):
            if label[nodes[i]] != keep[i]:
                shift(net, zones, nodes[i], keep[i])
    else:
        undo(net, zones, node, old, made)
    return best, best_cost
