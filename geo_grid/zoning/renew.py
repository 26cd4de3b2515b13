"""Shake and anneal a few neighbouring zones at a time, and keep what came out only where it is no worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.zoning._random import below
from geo_grid.zoning._state import cut_cost, make_zones, refresh, total_excess
from geo_grid.zoning._window import extract, window
from geo_grid.zoning.anneal import anneal
from geo_grid.zoning.grow import split
from geo_grid.zoning.pool import collect

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import I32, Random
    from geo_grid.zoning._state import Net, Zones
    from geo_grid.zoning.pool import Pool


@njit(cache=True)
def shake(net: Net, label: I32, many: int, low: int, high: int, random: Random) -> None:
    """Merge the zones 0 … many − 1, which hang together, and split them again at random."""
    part = np.zeros(len(label), np.int64)
    nodes = np.empty(len(label), np.int32)
    size = 0
    for v in range(len(label)):
        if label[v] < many:
            part[v] = 1
            nodes[size] = v
            size += 1
    names = np.arange(many).astype(np.int32)
    split(net, part, nodes[:size], many, low, high, 1, label, names, random)


@njit(cache=True)
def renew(
    net: Net,
    zones: Zones,
    low: int,
    high: int,
    many: int,
    shaken: int,
    hot: float,
    cold: float,
    price: tuple[float, float],
    sweeps: int,
    rounds: int,
    pool: Pool,
    random: Random,
) -> tuple[int, float]:
    """Anneal windows of zones, each from a random node.

    Parameters
    ----------
    net, zones : Net and Zones
        The graph and the state to change; every zone connected before and after.
    low, high : int
        Band of a zone.
    many : int
        Zones of a window, at least 2.
    shaken : int
        Of these, the nearest so many are first merged and split again at random; 0 or 1 shakes none.
    hot, cold : float
        First and last temperature of each window.
    price : tuple of (float, float)
        Cost of one household outside the band, at the first and at the last temperature.
    sweeps : int
        Sweeps of each window.
    rounds : int
        Windows.
    pool : Pool
        Takes what the windows come out with, where it has room.
    random : ndarray of uint64, shape (1,)
        State of the random numbers.

    Returns
    -------
    tuple of (int, float)
        What violation and cut cost have grown by; never more.

    Notes
    -----
    A window is cut out and worked on as a graph of its own, small enough to stay in the processor's nearest cache.
    """
    n, k = len(net.load), len(zones.weight)
    label = zones.label
    free, closed, fixed = np.zeros(k, np.bool_), np.zeros(k, np.bool_), np.zeros(n, np.bool_)
    chosen, nodes = np.empty(many, np.int32), np.empty(n, np.int32)
    seen, place, name = np.zeros(n, np.int64), np.full(n, -1, np.int32), np.zeros(k, np.int32)
    more_all, dear_all = 0, 0.0
    for turn in range(rounds):
        got, size = window(net, zones, below(random, n), many, free, closed, chosen, nodes, seen, turn + 1)
        for i in range(got):
            free[chosen[i]] = False
            name[chosen[i]] = i
        if got < 2:
            continue
        here = nodes[:size]
        local = extract(net, here, place)
        mine = np.empty(size, np.int32)
        for i in range(size):
            mine[i] = name[label[here[i]]]
        state = make_zones(local, mine, got, fixed[:size])
        was, cost = total_excess(state, low, high), cut_cost(local, mine)
        if 1 < shaken <= got:
            shake(local, mine, shaken, low, high, random)
            refresh(local, state)
        out, cut = anneal(local, state, low, high, hot, cold, price, sweeps, True, random)
        if len(pool.key) > 0 and out == 0:
            collect(pool, local, here, mine, got)
        if out < was or (out == was and cut <= cost + 1e-9):
            for i in range(size):
                label[here[i]] = chosen[mine[i]]
            more_all += out - was
            dear_all += cut - cost
    refresh(net, zones)
    return more_all, dear_all
