"""Anneal a few neighbouring zones at a time, and keep what came out only where it is no worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.zoning._random import below
from geo_grid.zoning._state import excess
from geo_grid.zoning._window import window
from geo_grid.zoning.anneal import anneal, luck_table

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import Random
    from geo_grid.zoning._state import Net, Zones


@njit(cache=True)
def renew(
    net: Net,
    zones: Zones,
    low: int,
    high: int,
    many: int,
    hot: float,
    cold: float,
    price: tuple[float, float],
    sweeps: int,
    rounds: int,
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
    hot, cold : float
        First and last temperature of each window.
    price : tuple of (float, float)
        Cost of one household outside the band, at the first and at the last temperature.
    sweeps : int
        Sweeps of each window.
    rounds : int
        Windows.
    random : ndarray of uint64, shape (1,)
        State of the random numbers.

    Returns
    -------
    tuple of (int, float)
        What violation and cut cost have grown by; never more.
    """
    n, k = len(net.load), len(zones.weight)
    free, closed = np.zeros(k, np.bool_), np.zeros(k, np.bool_)
    chosen, nodes = np.empty(many, np.int32), np.empty(n, np.int32)
    seen = np.zeros(n, np.int64)
    luck = luck_table()
    more_all, dear_all = 0, 0.0
    for turn in range(rounds):
        got, size = window(net, zones, below(random, n), many, free, closed, chosen, nodes, seen, turn + 1)
        now = 0
        for i in range(got):
            now += excess(zones.weight[chosen[i]], low, high)
        if got > 1:
            list_ = np.sort(nodes[:size])
            more, dear = anneal(net, zones, list_, free, now, low, high, hot, cold, price, sweeps, True, luck, random)
            more_all += more
            dear_all += dear
        for i in range(got):
            free[chosen[i]] = False
    return more_all, dear_all
