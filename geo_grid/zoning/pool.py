"""A pool of zones: every zone that a window came out with, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from geo_grid.zoning._random import after, mixed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.zoning._arrays import F64, I32, I64
    from geo_grid.zoning._state import Net

_MOST = 1_200_000  # zones a pool may grow to: with room to exchange them, a million nodes stay below 1 GB
_NONE = np.uint64(0)


class Pool(NamedTuple):
    """Zones inside compiled code.

    ``key`` uint64 (n): a random number a node, whose sum names a zone; ``strength`` float64 (n): cost of all edges of a
    node; ``table`` int32 (a power of two): zones by name, −1 where empty; ``name`` uint64, ``cost`` float64 (half the
    cut around a zone) and ``start`` int64 (one more): the zones; ``nodes`` int32: their nodes; ``used`` int64 (1): how
    many zones there are.
    """

    key: NDArray[np.uint64]
    strength: F64
    table: I32
    name: NDArray[np.uint64]
    cost: F64
    start: I64
    nodes: I32
    used: I64


def no_pool() -> Pool:
    """Return a pool that takes nothing."""
    none, whole = np.zeros(0), np.zeros(0, np.int32)
    names = np.zeros(0, np.uint64)
    return Pool(names, none, whole, names, none, np.zeros(1, np.int64), whole, np.zeros(1, np.int64))


@njit(cache=True)
def _empty(start: I64, cost: F64, zones: int, ends: int) -> Pool:
    n = len(start) - 1
    key, strength = np.empty(n, np.uint64), np.zeros(n)
    state = np.uint64(0)
    for v in range(n):
        state = after(state)
        key[v] = mixed(state)
        for e in range(start[v], start[v + 1]):
            strength[v] += cost[e]
    slots = 1024
    while slots < 2 * zones:
        slots *= 2
    return Pool(
        key,
        strength,
        np.full(slots, -1, np.int32),
        np.empty(zones, np.uint64),
        np.empty(zones),
        np.zeros(zones + 1, np.int64),
        np.empty(ends, np.int32),
        np.zeros(1, np.int64),
    )


def with_room(pool: Pool, start: I64, cost: F64, k: int, windows: int, many: int) -> Pool:
    """Return the pool, or a larger one of the same zones, with room for what so many windows may bring.

    Parameters
    ----------
    pool : Pool
        The pool.
    start, cost : ndarray of int64 and of float64
        Rows and costs of the graph.
    k : int
        Its zones.
    windows, many : int
        Windows to come, and zones of each.

    Returns
    -------
    Pool
        Empty where the pool has grown too large.
    """
    n = len(start) - 1
    used = int(pool.used[0])
    more = windows * many + k
    ends = int(pool.start[used]) + more * (n // k + 1)
    if used + more <= len(pool.name) and ends <= len(pool.nodes):
        return pool
    old, used = (pool, used) if used + more <= _MOST else (no_pool(), 0)
    zones = used + more + used // 2
    grown = _empty(start, cost, zones, int(old.start[used]) + (zones - used) * (n // k + 1) * 5 // 4)
    _refill(grown, old, used)
    return grown


@njit(cache=True)
def _refill(pool: Pool, old: Pool, used: int) -> None:
    for z in range(used):
        slot = find(pool, old.name[z])
        pool.table[slot] = z
    pool.name[:used] = old.name[:used]
    pool.cost[:used] = old.cost[:used]
    pool.start[: used + 1] = old.start[: used + 1]
    pool.nodes[: old.start[used]] = old.nodes[: old.start[used]]
    pool.used[0] = used


@njit(cache=True)
def find(pool: Pool, name: np.uint64) -> int:
    """Return the slot of a zone, or the empty one where it belongs."""
    last = np.uint64(len(pool.table) - 1)
    slot = name & last
    one = np.uint64(1)
    while pool.table[slot] >= 0 and pool.name[pool.table[slot]] != name:
        slot = (slot + one) & last
    return np.int64(slot)  # type: ignore[return-value]


@njit(cache=True)
def collect(pool: Pool, net: Net, here: I32, label: I32, k: int) -> None:
    """Add the zones of a graph to the pool, as far as there is room.

    Parameters
    ----------
    pool : Pool
        The pool.
    net : Net
        A graph cut out of the pool's.
    here : ndarray of int32
        The pool's node of each of its nodes.
    label : ndarray of int32
        Their zones, whole ones.
    k : int
        Number of zones.
    """
    size = len(label)
    first = np.zeros(k + 1, np.int64)
    name = np.zeros(k, np.uint64)
    for i in range(size):
        first[label[i] + 1] += 1
        name[label[i]] += pool.key[here[i]]
    for z in range(k):
        first[z + 1] += first[z]
    order, at = np.empty(size, np.int32), first[:-1].copy()
    for i in range(size):
        order[at[label[i]]] = i
        at[label[i]] += 1
    for z in range(k):
        slot = find(pool, name[z])
        used = pool.used[0]
        end = pool.start[used]
        if pool.table[slot] >= 0 or used == len(pool.name) or end + first[z + 1] - first[z] > len(pool.nodes):
            continue
        cost = 0.0
        for j in range(first[z], first[z + 1]):
            i = order[j]
            pool.nodes[end] = here[i]
            end += 1
            cost += pool.strength[here[i]]
            for e in range(net.start[i], net.start[i + 1]):
                if label[net.to[e]] == z:
                    cost -= net.cost[e]
        pool.table[slot] = used
        pool.name[used] = name[z]
        pool.cost[used] = 0.5 * cost
        pool.start[used + 1] = end
        pool.used[0] = used + 1
