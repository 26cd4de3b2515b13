"""Prices of nodes: what zones of a pool ought to cost together, so that one that costs more stands out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import F64
    from geo_grid.zoning.pool import Pool


@njit(cache=True)
def price_nodes(pool: Pool, price: F64, each: float, rounds: int, hot: float, cold: float) -> F64:
    """Price the nodes so that zones of the pool, at exp(−loss/temperature) each, cover every node about once.

    Parameters
    ----------
    pool : Pool
        The zones.
    price : ndarray of float64, shape (n,)
        Prices to begin with; changed in place.
    each : float
        Price of a zone as such.
    rounds : int
        How often prices are mended.
    hot, cold : float
        First and last temperature.

    Returns
    -------
    ndarray of float64
        What each zone of the pool costs beyond the prices of its nodes.

    Notes
    -----
    These are the prices of the linear programme that covers every node once at the least cost, smoothed by entropy.
    """
    n, size = len(price), pool.used[0]
    loss, cover = np.empty(size), np.empty(n)
    falling = (cold / hot) ** (1.0 / max(1, rounds - 1))
    heat = hot
    for turn in range(rounds + 1):
        cover[:] = 1e-12
        for z in range(size):
            total = pool.cost[z] - each
            for e in range(pool.start[z], pool.start[z + 1]):
                total -= price[pool.nodes[e]]
            loss[z] = total
            if turn < rounds and total < 6.0 * heat:
                share = np.exp(-max(total, -20.0 * heat) / heat)
                for e in range(pool.start[z], pool.start[z + 1]):
                    cover[pool.nodes[e]] += share
        if turn < rounds:
            for v in range(n):
                price[v] -= min(max(0.1 * heat * np.log(cover[v]), -0.2 * hot), 0.2 * hot)
            heat *= falling
    return loss
