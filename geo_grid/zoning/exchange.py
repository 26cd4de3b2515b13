"""Exchange zones for others out of a pool, as many as it takes to cover the same nodes, where that costs less."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from geo_grid.zoning.pool import find
from geo_grid.zoning.prices import price_nodes

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import F64, I32, I64, Flags
    from geo_grid.zoning.pool import Pool

_DEPTH = 16  # zones an exchange may bring in
_TOUCHED = 24 * _DEPTH  # zones it may touch
_APART = 4  # how far the number of zones may be from the wanted one on the way
# Zones this much dearer than the prices of their nodes, in mean edge costs, are not looked at; or twice as much, where
# fewer than so many for each that stands are cheaper.
_DEAR, _FEW = 0.5, 6


class Shelf(NamedTuple):
    """The zones worth a look by node, cheapest first: ``first`` int64 (n + 1), ``zone`` int32."""

    first: I64
    zone: I32


@njit(cache=True)
def shelve(pool: Pool, n: int, order: I64) -> Shelf:
    """Sort zones of the pool by their nodes; they come in the given order."""
    first = np.zeros(n + 1, np.int64)
    for z in order:
        for e in range(pool.start[z], pool.start[z + 1]):
            first[pool.nodes[e] + 1] += 1
    for v in range(n):
        first[v + 1] += first[v]
    at, zone = first[:-1].copy(), np.empty(first[n], np.int32)
    for z in order:
        for e in range(pool.start[z], pool.start[z + 1]):
            v = pool.nodes[e]
            zone[at[v]] = z
            at[v] += 1
    return Shelf(first, zone)


class Trail(NamedTuple):
    """An exchange on its way, by depth: what came in and went out, and what has been tried.

    ``zone``, ``node`` and ``next`` int64: the zone that came in, the node it was to cover, and where to go on looking;
    ``out`` int64: zones that have to go, as many as ``gone`` int64 says; ``gain`` and ``change`` float64: loss of what goes less that of
    what came in, and what the cut changes by; ``barred`` int32 (pool): zones in, that share a node with a zone;
    ``covered`` bool (n), ``going`` bool (pool).
    """

    zone: I64
    node: I64
    next: I64
    out: I64
    gone: I64
    gain: F64
    change: F64
    barred: I32
    covered: Flags
    going: Flags


@njit(cache=True)
def _tightest(pool: Pool, shelf: Shelf, loss: F64, trail: Trail, d: int, spare: float) -> tuple[int, int]:
    """Return the node not yet covered that the fewest zones may cover, and how many; −1 if all are covered."""
    best, fewest = -1, 1 << 30
    for i in range(trail.gone[d]):
        z = trail.out[i]
        for e in range(pool.start[z], pool.start[z + 1]):
            v = pool.nodes[e]
            if trail.covered[v]:
                continue
            count = 0
            for f in range(shelf.first[v], shelf.first[v + 1]):
                if loss[shelf.zone[f]] >= trail.gain[d] + spare or count >= fewest:
                    break
                count += trail.barred[shelf.zone[f]] == 0
            if count < fewest:
                best, fewest = v, count
            if count == 0:
                return best, 0
    return best, fewest


@njit(cache=True)
def _bring(pool: Pool, shelf: Shelf, loss: F64, owner: I32, trail: Trail, d: int, z: int) -> bool:
    """Bring a zone in; tell whether the zones it touches still fit."""
    gone, gain, change = trail.gone[d], trail.gain[d] - loss[z], trail.change[d] + pool.cost[z]
    for e in range(pool.start[z], pool.start[z + 1]):
        v = pool.nodes[e]
        trail.covered[v] = True
        for f in range(shelf.first[v], shelf.first[v + 1]):
            trail.barred[shelf.zone[f]] += 1
        s = owner[v]
        if not trail.going[s] and gone < _TOUCHED:
            trail.going[s] = True
            trail.out[gone] = s
            gone += 1
            gain += loss[s]
            change -= pool.cost[s]
    trail.zone[d] = z
    trail.gone[d + 1], trail.gain[d + 1], trail.change[d + 1] = gone, gain, change
    return gone < _TOUCHED


@njit(cache=True)
def _free(pool: Pool, shelf: Shelf, trail: Trail, z: int) -> None:
    """Forget what a zone that came in covers and bars."""
    for e in range(pool.start[z], pool.start[z + 1]):
        v = pool.nodes[e]
        trail.covered[v] = False
        for f in range(shelf.first[v], shelf.first[v + 1]):
            trail.barred[shelf.zone[f]] -= 1


@njit(cache=True)
def _drop(pool: Pool, shelf: Shelf, trail: Trail, d: int) -> None:
    """Take the zone that came in at a depth out again."""
    _free(pool, shelf, trail, trail.zone[d])
    for i in range(trail.gone[d], trail.gone[d + 1]):
        trail.going[trail.out[i]] = False


@njit(cache=True)
def _next(shelf: Shelf, loss: F64, trail: Trail, standing: Flags, d: int, spare: float) -> int:
    """Return the next zone to try at a depth; −1 if there is none."""
    last = shelf.first[trail.node[d] + 1]
    while trail.next[d] < last:
        z = shelf.zone[trail.next[d]]
        trail.next[d] += 1
        if loss[z] >= trail.gain[d] + spare:
            break
        if trail.barred[z] == 0 and not standing[z]:
            return z
    trail.next[d] = last
    return -1


@njit(cache=True)
def _search(
    pool: Pool,
    shelf: Shelf,
    loss: F64,
    owner: I32,
    standing: Flags,
    trail: Trail,
    root: int,
    each: float,
    apart: int,
    edge: float,
    budget: int,
) -> int:
    """Look for an exchange that takes a zone out and pays; return how many zones come in, 0 if none was found.

    What came in may never lose more than what goes out for it, so far. Where it pays and what a zone costs (``each``)
    is reckoned in, the number of zones may change; towards the wanted number, for half an edge.
    """
    spare = 0.1 * edge
    trail.out[0] = root
    trail.going[root] = True
    trail.gone[0], trail.gain[0], trail.change[0] = 1, loss[root], -pool.cost[root]
    d, looked, fresh = 0, 0, True
    v, ways = -1, 0
    while True:
        if fresh:
            v, ways = _tightest(pool, shelf, loss, trail, d, spare)
            if v < 0:
                more = d - trail.gone[d]
                dear = trail.change[d] - each * more
                nearer = abs(apart + more) < abs(apart)
                if abs(apart + more) <= _APART and (dear < -1e-6 * edge or (nearer and dear < 0.5 * edge)):
                    return d
            elif ways > 0 and d < _DEPTH:
                trail.node[d], trail.next[d] = v, shelf.first[v]
        if not fresh or (v >= 0 and ways > 0 and d < _DEPTH):
            z = _next(shelf, loss, trail, standing, d, spare) if looked < budget else -1
            if z >= 0:
                looked += 1
                fresh = _bring(pool, shelf, loss, owner, trail, d, z)
                if fresh:
                    d += 1
                else:
                    _drop(pool, shelf, trail, d)
                continue
        if d == 0:
            break
        d -= 1
        _drop(pool, shelf, trail, d)
        fresh = False
    trail.going[root] = False
    return 0


@njit(cache=True)
def _wake(pool: Pool, shelf: Shelf, owner: I32, z: int, awake: Flags) -> None:
    """Have all zones looked at again that share nodes with what could cover nodes of a zone."""
    for e in range(pool.start[z], pool.start[z + 1]):
        v = pool.nodes[e]
        for f in range(shelf.first[v], shelf.first[v + 1]):
            y = shelf.zone[f]
            for g in range(pool.start[y], pool.start[y + 1]):
                awake[owner[pool.nodes[g]]] = True


@njit(cache=True)
def _trail(n: int, size: int) -> Trail:
    """Return the trail of an exchange of nothing."""
    return Trail(
        np.empty(_DEPTH + 1, np.int64),
        np.empty(_DEPTH + 1, np.int64),
        np.empty(_DEPTH + 1, np.int64),
        np.empty(_TOUCHED, np.int64),
        np.empty(_DEPTH + 2, np.int64),
        np.empty(_DEPTH + 2),
        np.empty(_DEPTH + 2),
        np.zeros(size, np.int32),
        np.zeros(n, np.bool_),
        np.zeros(size, np.bool_),
    )


@njit(cache=True)
def _carry_out(pool: Pool, shelf: Shelf, owner: I32, standing: Flags, trail: Trail, d: int, awake: Flags) -> None:
    """Let the zones of an exchange stand, and those look again that it may have made room for."""
    for i in range(trail.gone[d]):
        z = trail.out[i]
        standing[z] = trail.going[z] = False
    for i in range(d):
        z = trail.zone[i]
        standing[z] = True
        for e in range(pool.start[z], pool.start[z + 1]):
            owner[pool.nodes[e]] = z
        _free(pool, shelf, trail, z)
    for i in range(d):
        _wake(pool, shelf, owner, trail.zone[i], awake)


@njit(cache=True)
def _owners(pool: Pool, label: I32, k: int) -> I32:
    """Return the pool's zone of each node; −1 for the first where a zone is not in the pool."""
    name, size, zone = np.zeros(k, np.uint64), np.zeros(k, np.int64), np.empty(k, np.int32)
    for v in range(len(label)):
        name[label[v]] += pool.key[v]
        size[label[v]] += 1
    none = np.full(1, -1, np.int32)
    for z in range(k):
        p = pool.table[find(pool, name[z])]
        if p < 0 or pool.start[p + 1] - pool.start[p] != size[z]:
            return none
        for e in range(pool.start[p], pool.start[p + 1]):
            if label[pool.nodes[e]] != z:  # two zones of one name
                return none
        zone[z] = p
    return zone[label]


@njit(cache=True)
def _worth(loss: F64, standing: Flags, k: int, edge: float) -> I64:
    """Return the zones worth a look, cheapest first, with all that stand."""
    dear = _DEAR * edge
    if (loss < dear).sum() < _FEW * k:
        dear *= 2.0
    worth = np.flatnonzero((loss < dear) | standing)
    return worth[np.argsort(loss[worth])]


@njit(cache=True)
def exchange(
    pool: Pool,
    label: I32,
    k: int,
    price: F64,
    each: float,
    edge: float,
    hot: float,
    rounds: int,
    budget: int,
    passes: int,
) -> float:
    """Exchange zones for others of the pool while that costs less; the number of zones stays.

    Parameters
    ----------
    pool : Pool
        Zones, all in the band, or no further out than those that stand.
    label : ndarray of int32, shape (n,)
        Zones that stand, 0 … k − 1, all of them in the pool; changed in place.
    k : int
        Number of zones.
    price : ndarray of float64, shape (n,)
        Prices of the nodes to begin with; changed in place.
    each : float
        Roughly what the cut grows by for one more zone.
    edge : float
        Mean cost of an edge.
    hot : float
        First temperature of pricing, in mean edge costs.
    rounds : int
        Rounds of pricing.
    budget : int
        Zones tried for each that stands.
    passes : int
        How often those that stand are gone through, at most.

    Returns
    -------
    float
        What the cut has grown by; never more.
    """
    n, size = len(label), pool.used[0]
    owner = _owners(pool, label, k)
    if owner[0] < 0:
        return 0.0
    loss = price_nodes(pool, price, each, rounds, hot * edge, 0.05 * edge)
    standing = np.zeros(size, np.bool_)
    standing[owner] = True
    shelf = shelve(pool, n, _worth(loss, standing, k, edge))
    trail = _trail(n, size)
    change, apart, best, keep = 0.0, 0, 0.0, owner.copy()
    awake = standing.copy()
    for _ in range(passes):
        roots = np.flatnonzero(standing & awake)
        awake[:] = False
        found = 0
        for root in roots[np.argsort(-loss[roots])]:
            if not standing[root]:
                continue
            d = _search(pool, shelf, loss, owner, standing, trail, root, each, apart, edge, budget)
            if d > 0:
                if apart == 0 and change < best - 1e-9 * edge:
                    best, keep[:] = change, owner
                change += trail.change[d]
                apart += d - trail.gone[d]
                _carry_out(pool, shelf, owner, standing, trail, d, awake)
                found += 1
        if apart == 0 and change < best - 1e-9 * edge:
            best, keep[:] = change, owner
        if found == 0:
            break
    if best < 0.0:
        _relabel(keep, size, label)
    return best


@njit(cache=True)
def _relabel(owner: I32, size: int, label: I32) -> None:
    """Label nodes by the zone they are in, in the order of first nodes."""
    name = np.full(size, -1, np.int32)
    made = 0
    for v in range(len(owner)):
        if name[owner[v]] < 0:
            name[owner[v]] = made
            made += 1
        label[v] = name[owner[v]]
