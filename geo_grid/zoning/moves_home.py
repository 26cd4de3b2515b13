"""Moves that mend zones and keep nodes at home: ejection chains.

A chain moves one node from each zone of a walk to the next, so that what is too much in one zone comes out at another
that has room: the steps of a min-cost flow of households between zones, each step a border node that really exists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numba import njit

from geo_grid.zoning._arrays import I32, I64  # noqa: TC001 - compiled code asks for the types of its tuples
from geo_grid.zoning._state import can_leave, cut_cost, excess, shift

if TYPE_CHECKING:
    from geo_grid.zoning._state import Net, Zones

_FAR = np.int64(1) << np.int64(60)
#: Chains that are tried on the real zones, the best first, before a search is given up; states a search may look at.
_TRIED, _LOOKED = 40, 4_000_000


class Homes(NamedTuple):
    """Where nodes belong: ``zone`` int32 (n), −1 for nowhere; ``price`` int64 (n): households moved if they are not there."""

    zone: I32
    price: I64


class Moves(NamedTuple):
    """Every move of a free border node to a zone beside it: ``node``, ``to`` int32 (p); ``order`` int32 (p) and ``start`` int64 (k + 1): the moves by the zone they leave (or enter)."""

    node: I32
    to: I32
    order: I32
    start: I64


class Key(NamedTuple):
    """What is compared, in this order: violation, households moved, cut weight."""

    out: int
    moved: int
    cost: float


@njit(cache=True)
def moved_households(label: I32, homes: Homes) -> int:
    """Households that are not at home."""
    total = 0
    for v in range(len(label)):
        if label[v] != homes.zone[v]:
            total += homes.price[v]
    return total


@njit(cache=True)
def key_of(net: Net, zones: Zones, homes: Homes, low: int, high: int) -> Key:
    """Judge the zones."""
    out = 0
    for z in range(len(zones.weight)):
        out += excess(zones.weight[z], low, high)
    return Key(out, moved_households(zones.label, homes), cut_cost(net, zones.label))


@njit(cache=True)
def better(a: Key, b: Key) -> bool:
    """Whether a comes before b."""
    if a.out != b.out:
        return a.out < b.out
    if a.moved != b.moved:
        return a.moved < b.moved
    return a.cost < b.cost - 1e-9


@njit(cache=True)
def away(zones: Zones, homes: Homes, v: int, b: int) -> int:
    """Households moved by letting v go to zone b; below 0 if it goes home."""
    more = 0
    if b != homes.zone[v]:
        more += homes.price[v]
    if zones.label[v] != homes.zone[v]:
        more -= homes.price[v]
    return more


@njit(cache=True)
def dearer(net: Net, label: I32, v: int, b: int) -> float:
    """Cut weight gained by moving v to zone b."""
    total = 0.0
    for e in range(net.start[v], net.start[v + 1]):
        c = label[net.to[e]]
        if c == label[v]:
            total += net.cost[e]
        elif c == b:
            total -= net.cost[e]
    return total


@njit(cache=True)
def list_moves(net: Net, zones: Zones, forward: bool) -> Moves:
    """List all moves by the zone they leave (``forward``) or enter."""
    label, k = zones.label, len(zones.weight)
    mark = np.full(k, -1, np.int64)
    node, to, count = np.empty(0, np.int32), np.empty(0, np.int32), 0
    for fill in range(2):
        mark[:] = -1
        count = 0
        for v in range(len(label)):
            if zones.outer[v] == 0 or zones.fixed[v]:
                continue
            for e in range(net.start[v], net.start[v + 1]):
                b = label[net.to[e]]
                if b != label[v] and mark[b] != v:
                    mark[b] = v
                    if fill == 1:
                        node[count], to[count] = v, b
                    count += 1
        if fill == 0:
            node, to = np.empty(count, np.int32), np.empty(count, np.int32)
    start = np.zeros(k + 1, np.int64)
    for p in range(count):
        start[(label[node[p]] if forward else to[p]) + 1] += 1
    start = np.cumsum(start)
    order, at = np.empty(count, np.int32), start.copy()
    for p in range(count):
        z = label[node[p]] if forward else to[p]
        order[at[z]] = p
        at[z] += 1
    return Moves(node, to, order, start)


@njit(cache=True)
def changed(zones: Zones, z: int, more: int, low: int, high: int) -> int:
    """Violation of a zone gained by some households more."""
    return excess(zones.weight[z] + more, low, high) - excess(zones.weight[z], low, high)


@njit(cache=True)
def _loose(net: Net, zones: Zones, v: int, leaves: I32) -> bool:
    """Whether v may leave its zone, looked up once."""
    if leaves[v] < 0:
        leaves[v] = 1 if can_leave(net, zones, v) else 0
    return leaves[v] == 1


@njit(cache=True)
def find_chains(  # noqa: C901, PLR0912, PLR0915 - one search, best read whole
    net: Net,
    zones: Zones,
    homes: Homes,
    moves: Moves,
    starts: I32,
    forward: bool,
    low: int,
    high: int,
    depth: int,
    scale: int,
) -> tuple[I32, I64, I32]:
    """Search chains that begin (or, backwards, end) with given moves.

    Parameters
    ----------
    net, zones, homes : Net, Zones and Homes
        The graph, the state, and where nodes belong.
    moves : Moves
        All moves, by the zone they leave (``forward``) or enter.
    starts : ndarray of int32
        Moves to begin with.
    forward : bool
        Whether what a move adds to a zone is pushed on, or what it takes from a zone is made good.
    low, high : int
        Band of a zone.
    depth : int
        Moves of a chain.
    scale : int
        What one household outside the band weighs against households moved.

    Returns
    -------
    tuple of (ndarray of int32, ndarray of int64, ndarray of int32)
        Last moves of promising chains, their values (below 0, lowest first), and for each move the one before it.
    """
    label, load = zones.label, net.load
    count = len(moves.node)
    value = np.full(count, _FAR, np.int64)
    dear = np.zeros(count)
    before = np.full(count, -1, np.int32)
    leaves = np.full(len(label), -1, np.int32)
    ends, worth, price = [np.int32(0) for _ in range(0)], [np.int64(0) for _ in range(0)], [0.0 for _ in range(0)]
    front = np.empty(len(starts), np.int32)
    size, best, looked = 0, np.int64(0), 0
    for i in range(len(starts)):
        p = starts[i]
        v, b = moves.node[p], moves.to[p]
        if not _loose(net, zones, v, leaves):
            continue
        own = label[v] if forward else b
        first = changed(zones, own, -load[v] if forward else load[v], low, high)
        value[p] = first * scale + away(zones, homes, v, b)
        dear[p] = dearer(net, label, v, b)
        front[size] = p
        size += 1
    front = front[:size]
    for step in range(depth):
        following = [np.int32(0) for _ in range(0)]
        queued = set([np.int32(-1)])  # noqa: C405 - numba knows no set displays of typed integers
        for p in front:
            v = moves.node[p]
            z = moves.to[p] if forward else label[v]
            here = load[v] if forward else -load[v]
            total = value[p] + changed(zones, z, here, low, high) * scale
            if total < best or (total == best and best < 0) or (total == 0 and dear[p] < -1e-9):
                best = min(best, total)
                ends.append(p)
                worth.append(total)
                price.append(dear[p])
            if step == depth - 1 or looked > _LOOKED:
                continue
            for j in range(moves.start[z], moves.start[z + 1]):
                q = moves.order[j]
                looked += 1
                u = moves.node[q]
                if u == v or not _loose(net, zones, u, leaves):
                    continue
                onward = moves.to[q] if forward else label[u]
                passed = here - load[u] if forward else here + load[u]
                then = value[p] + changed(zones, z, passed, low, high) * scale + away(zones, homes, u, moves.to[q])
                if then >= value[q] or then > best:
                    continue
                # A chain passes no zone twice.
                r, fresh, length = p, True, 0
                while r >= 0 and length <= depth:
                    w = moves.node[r]
                    if onward == (label[w] if forward else moves.to[r]) or w == u:
                        fresh = False
                        break
                    r = before[r]
                    length += 1
                if not fresh or length > depth:
                    continue
                value[q] = then
                dear[q] = dear[p] + dearer(net, label, u, moves.to[q])
                before[q] = p
                if q not in queued:
                    queued.add(q)
                    following.append(q)
        if len(following) == 0:
            break
        front = np.array(following)
    rank = np.empty(len(ends), np.float64)
    top = 1.0
    for i in range(len(ends)):
        top = max(top, abs(price[i]))
    for i in range(len(ends)):
        rank[i] = worth[i] + 0.5 * price[i] / top
    chosen = np.argsort(rank, kind="mergesort")[:_TRIED]
    last, values = np.empty(len(chosen), np.int32), np.empty(len(chosen), np.int64)
    for i in range(len(chosen)):
        last[i], values[i] = ends[chosen[i]], worth[chosen[i]]
    return last, values, before


@njit(cache=True)
def _touches(net: Net, label: I32, v: int, zone: int) -> bool:
    for e in range(net.start[v], net.start[v + 1]):  # noqa: SIM110 - compiled code knows no generators
        if label[net.to[e]] == zone:
            return True
    return False


@njit(cache=True)
def apply_chain(
    net: Net, zones: Zones, homes: Homes, moves: Moves, last: int, before: I32, depth: int, low: int, high: int
) -> bool:
    """Make the moves of a chain; take them back, and return False, if a zone would be torn or nothing is gained."""
    node, old = np.empty(depth, np.int32), np.empty(depth, np.int32)
    chain = np.empty(depth, np.int32)
    length = 0
    p = last
    while p >= 0 and length < depth:
        chain[length] = p
        length += 1
        p = before[p]
    if p >= 0:
        return False
    out, moved, dear, made, good = 0, 0, 0.0, 0, True
    for i in range(length - 1, -1, -1):
        v, b = moves.node[chain[i]], moves.to[chain[i]]
        a = zones.label[v]
        if a == b or not _touches(net, zones.label, v, b) or not can_leave(net, zones, v):
            good = False
            break
        out += changed(zones, a, -net.load[v], low, high) + changed(zones, b, net.load[v], low, high)
        moved += away(zones, homes, v, b)
        dear += dearer(net, zones.label, v, b)
        node[made], old[made] = v, a
        made += 1
        shift(net, zones, v, b)
    if good and better(Key(out, moved, dear), Key(0, 0, 0.0)):
        return True
    for i in range(made - 1, -1, -1):
        shift(net, zones, node[i], old[i])
    return False


@njit(cache=True)
def _wanted(homes: Homes, moves: Moves, zone: int) -> I32:
    """Return moves to begin with: of one zone, or, for zone −1, those that lead home and those of nodes without a home."""
    if zone >= 0:
        return moves.order[moves.start[zone] : moves.start[zone + 1]]
    chosen = np.empty(len(moves.node), np.int32)
    count = 0
    for p in range(len(moves.node)):
        v = moves.node[p]
        if (moves.to[p] == homes.zone[v] and homes.price[v] > 0) or homes.price[v] == 0:
            chosen[count] = p
            count += 1
    return chosen[:count]


@njit(cache=True)
def _one_chain(
    net: Net, zones: Zones, homes: Homes, zone: int, forward: bool, low: int, high: int, depth: int, scale: int
) -> bool:
    """Find and make one chain; whether there was one."""
    moves = list_moves(net, zones, forward)
    starts = _wanted(homes, moves, zone)
    if len(starts) == 0:
        return False
    last, _, before = find_chains(net, zones, homes, moves, starts, forward, low, high, depth, scale)
    for i in range(len(last)):  # noqa: SIM110 - compiled code knows no generators
        if apply_chain(net, zones, homes, moves, last[i], before, depth, low, high):
            return True
    return False


@njit(cache=True)
def make_chains(net: Net, zones: Zones, homes: Homes, low: int, high: int, depth: int) -> None:
    """Make chains while they help: first out of zones with too many households and into those with too few, then home.

    Parameters
    ----------
    net, zones, homes : Net, Zones and Homes
        The graph, the state to change, and where nodes belong.
    low, high : int
        Band of a zone.
    depth : int
        Most moves of a chain.
    """
    scale = 2 * int(homes.price.sum()) + 1
    going = True
    while going:
        going = False
        for z in range(len(zones.weight)):
            while zones.weight[z] > high and _one_chain(net, zones, homes, z, True, low, high, depth, scale):
                going = True
            while zones.weight[z] < low and _one_chain(net, zones, homes, z, False, low, high, depth, scale):
                going = True
    for _ in range(len(zones.label) + 1):
        if not _one_chain(net, zones, homes, -1, True, low, high, depth, scale) and not _one_chain(
            net, zones, homes, -1, False, low, high, depth, scale
        ):
            break
