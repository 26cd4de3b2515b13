"""Annealing that is pulled home: zones come into their bands while nodes stay where they belong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.zoning._random import uniform
from geo_grid.zoning._state import can_leave, shift
from geo_grid.zoning.moves_home import Key, away, better, changed, dearer, key_of

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import I32, Flags, Random
    from geo_grid.zoning._state import Net, Zones
    from geo_grid.zoning.moves_home import Homes


@njit(cache=True)
def anneal_home(  # noqa: C901 - the inner loop, best read whole
    net: Net,
    zones: Zones,
    homes: Homes,
    nodes: I32,
    free: Flags,
    low: int,
    high: int,
    hot: float,
    cold: float,
    fine: tuple[float, float],
    sweeps: int,
    random: Random,
) -> None:
    """Anneal some nodes, pulled home by their households; go back to the best seen at the end.

    Parameters
    ----------
    net, zones, homes : Net, Zones and Homes
        The graph, the state to change, and where nodes belong.
    nodes : ndarray of int32
        Nodes that may move.
    free : ndarray of bool, shape (k,)
        Zones they may move to.
    low, high : int
        Band of a zone.
    hot, cold : float
        First and last temperature, in households moved.
    fine : tuple of (float, float)
        Price of one household outside the band at first and at last, in households moved.
    sweeps : int
        How often every node is proposed a move.
    random : ndarray of uint64, shape (1,)
        State of the random numbers.
    """
    label = zones.label
    edge = max(np.abs(net.cost).mean(), 1e-12) if len(net.cost) else 1.0
    now = key_of(net, zones, homes, low, high)
    best, keep = now, label[nodes].copy()
    turns = max(1, sweeps)
    heat, dear_out = hot, fine[0]
    for _ in range(turns):
        for i in range(len(nodes)):
            v = nodes[i]
            if zones.outer[v] == 0 or zones.fixed[v]:
                continue
            skip = int(uniform(random) * zones.outer[v])
            b = label[v]
            for e in range(net.start[v], net.start[v + 1]):
                if label[net.to[e]] != label[v]:
                    if skip == 0:
                        b = label[net.to[e]]
                        break
                    skip -= 1
            if b == label[v] or not free[b]:
                continue
            w = net.load[v]
            out = changed(zones, label[v], -w, low, high) + changed(zones, b, w, low, high)
            moved = away(zones, homes, v, b)
            dear = dearer(net, label, v, b)
            cost = dear_out * out + moved + 0.02 * dear / edge
            if cost > 0 and uniform(random) >= np.exp(-cost / heat):
                continue
            if not can_leave(net, zones, v):
                continue
            shift(net, zones, v, b)
            now = Key(now.out + out, now.moved + moved, now.cost + dear)
            if better(now, best):
                best = now
                keep = label[nodes].copy()
        heat *= (cold / hot) ** (1.0 / turns)
        dear_out *= (fine[1] / fine[0]) ** (1.0 / turns)
    for i in range(len(nodes)):
        if label[nodes[i]] != keep[i]:
            shift(net, zones, nodes[i], keep[i])
