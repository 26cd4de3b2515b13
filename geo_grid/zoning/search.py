"""How starts, annealing, mending and renewal follow each other on one connected graph."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.zoning._order import breadth_first, reorder
from geo_grid.zoning._state import Net, make_zones
from geo_grid.zoning.anneal import anneal
from geo_grid.zoning.coarsen import contract, match
from geo_grid.zoning.counts import band_violation
from geo_grid.zoning.grow import split
from geo_grid.zoning.recom import mend
from geo_grid.zoning.schedule import RESTARTED, schedule
from geo_grid.zoning.tiny import ALWAYS, IF_NEEDED, best_division
from geo_grid.zoning.windows import Windows, scale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.zoning._arrays import F64, I32, I64, Flags, Random
    from geo_grid.zoning._state import Zones
    from geo_grid.zoning.graph import Graph, Ints

_CACHED = 2000  # nodes above which memory order pays
_STARTED = 40  # zones that the starts on the coarsest graph have, together
_SPEED = 40e6  # nodes looked at in a second, roughly; used only where seconds are given


@njit(cache=True)
def _mended(
    net: Net,
    zones: Zones,
    frozen: Flags,
    low: int,
    high: int,
    edge: float,
    out: int,
    cost: float,
    sweeps: int,
    rounds: int,
    random: Random,
) -> tuple[int, float]:
    """Mend what is out of band, and anneal that cold, while it helps."""
    for _ in range(3):
        if out == 0:
            break
        was = out
        mend(net, zones, frozen, low, high, rounds, random)
        strict = (1e3 * edge, 1e3 * edge)
        out, cost = anneal(net, zones, low, high, 0.3 * edge, 0.1 * edge, strict, sweeps // 4 + 1, True, random)
        if out == was:
            break
    return out, cost


@njit(cache=True)
def _top(
    net: Net,
    k: int,
    low: int,
    high: int,
    tries: int,
    sweeps: int,
    hot: float,
    cold: float,
    price: tuple[float, float],
    random: Random,
) -> I32:
    """Cut the coarsest graph into zones, anneal them, and return the best of some tries."""
    size = len(net.load)
    names = np.arange(k).astype(np.int32)
    best = np.zeros(size, np.int32)
    best_out, best_cost = -1, 0.0
    for _ in range(tries):
        label = np.zeros(size, np.int32)
        split(net, np.ones(size, np.int64), np.arange(size).astype(np.int32), k, low, high, 3, label, names, random)
        zones = make_zones(net, label, k, np.zeros(size, np.bool_))
        out, cost = anneal(net, zones, low, high, hot, cold, price, sweeps, False, random)
        if best_out < 0 or (out, cost) < (best_out, best_cost):
            best[:] = label
            best_out, best_cost = out, cost
    return best


@njit(cache=True)
def _descend(
    net: Net, k: int, low: int, high: int, sweeps: int, grain: float, heat: float, random: Random
) -> tuple[Zones, int, float]:
    """Coarsen, cut the coarsest graph into zones, and anneal level by level on the way back."""
    n = len(net.load)
    edge, chill, fine = scale(net.cost, net.load)
    nets, maps = [net], [np.zeros(0, np.int32)]
    cap = max(int(1.5 * net.load.sum() / (k * grain)), net.load.max())
    while len(nets[-1].load) > grain * k:
        here = nets[-1]
        coarse, made = match(here, np.zeros(len(here.load), np.int32), cap, random)
        if made > 0.9 * len(here.load):
            break
        nets.append(contract(here, coarse, made))
        maps.append(coarse)
    # A coarse node's border grows with the root of its size, and temperatures with it.
    price = (0.8 * fine, 10.0 * fine)
    top, finest = nets[-1], len(nets) == 1
    # Chance averages out over many zones, not over few. The finest graph is annealed below.
    tries, turns = (1, 0) if finest else (max(1, _STARTED // k), sweeps)
    root = np.sqrt(n / len(top.load))
    label = _top(top, k, low, high, tries, turns, heat * edge * root, 0.3 * heat * chill * root, price, random)
    for level in range(len(nets) - 1, 0, -1):
        here = nets[level]
        if level < len(nets) - 1:
            zones = make_zones(here, label, k, np.zeros(len(here.load), np.bool_))
            root = np.sqrt(n / len(here.load))
            anneal(here, zones, low, high, heat * edge * root, 0.3 * chill * root, price, sweeps, False, random)
        label = label[maps[level]]
    zones = make_zones(net, label, k, np.zeros(n, np.bool_))
    out, cost = anneal(net, zones, low, high, heat * edge, 0.15 * chill, price, sweeps, True, random)
    return zones, out, cost


@njit(cache=True)
def _start(
    start: I64,
    to: I32,
    cost: F64,
    load: I64,
    low: int,
    high: int,
    k: int,
    restarts: int,
    spare: int,
    floor: int,
    sweeps: int,
    grain: float,
    heat: float,
    random: Random,
) -> tuple[I32, int, float]:
    """Zone a connected graph from nothing; return the best labels of all restarts, and their violation and cut."""
    net = Net(start, to, cost, load)
    edge, _, _ = scale(cost, load)
    frozen = np.zeros(k, np.bool_)
    best, best_out, best_cost = np.zeros(len(load), np.int32), -1, 0.0
    for turn in range(restarts + spare):
        if turn >= restarts and best_out <= floor:
            break
        zones, out, price = _descend(net, k, low, high, sweeps, grain, heat, random)
        rounds = 200 + min(len(load), 20000)
        out, price = _mended(net, zones, frozen, low, high, edge, out, price, sweeps, rounds, random)
        if best_out < 0 or out < best_out or (out == best_out and price < best_cost):
            best[:] = zones.label
            best_out, best_cost = out, price
    return best, best_out, best_cost


@njit(cache=True)
def _improve(
    start: I64,
    to: I32,
    cost: F64,
    load: I64,
    low: int,
    high: int,
    k: int,
    label: I32,
    fixed: Flags,
    sweeps: int,
    random: Random,
) -> None:
    """Improve given labels in place."""
    net = Net(start, to, cost, load)
    edge, chill, fine = scale(cost, load)
    frozen = np.zeros(k, np.bool_)
    for v in range(len(label)):
        if fixed[v]:
            frozen[label[v]] = True
    zones = make_zones(net, label, k, fixed)
    price = (1.0 * fine, 30.0 * fine)
    out, value = anneal(net, zones, low, high, 0.3 * edge, 0.1 * chill, price, sweeps, True, random)
    _mended(net, zones, frozen, low, high, edge, out, value, sweeps, 200 + min(len(load), 20000), random)


def unavoidable(node_weight: Ints, k: int, low: int, high: int) -> int:
    """Return a violation that no k zones can go below.

    Parameters
    ----------
    node_weight : ndarray of int64, shape (n,)
        Households of each node.
    k : int
        Number of zones.
    low, high : int
        Band of a zone.

    Returns
    -------
    int
        The largest of what the total forces, what nodes above the band force, and what is missing because nodes of more
        than half the band share no zone: it would be above the band, and one more zone below it.
    """
    total = int(node_weight.sum())
    lumps = int(np.maximum(node_weight - high, 0).sum())
    heavy = node_weight[2 * node_weight > high]
    missing = int(np.maximum(heavy, low).sum()) + (k - len(heavy)) * low - total if len(heavy) <= k else 0
    return max(lumps, missing, band_violation(total, k, low, high))


def _arrays(graph: Graph) -> tuple[Ints, NDArray[np.int32], NDArray[np.float64], Ints]:
    return graph.indptr, graph.indices.astype(np.int32), graph.edge_weight, graph.node_weight


def search(
    graph: Graph, low: int, high: int, k: int, seed: int, effort: float, seconds: float
) -> tuple[Ints, int, bool]:
    """Zone a connected graph into k zones.

    Parameters
    ----------
    graph : Graph
        A connected graph.
    low, high : int
        Band of a zone.
    k : int
        Number of zones, at most n.
    seed : int
        Seed.
    effort : float
        Scales the schedule.
    seconds : float
        How long to go on; 0 ends after the own schedule.

    Returns
    -------
    tuple of (ndarray of int64, int, bool)
        Labels, their violation, and whether both it and the cut are known to be the least there are.
    """
    began = time.perf_counter()
    n = graph.n
    k = min(k, n)
    if k <= 1 or k == n:
        labels = np.zeros(n, dtype=np.int64) if k <= 1 else np.arange(n)
        total = np.bincount(labels, graph.node_weight, max(k, 1)).astype(np.int64)
        return labels, int((np.maximum(low - total, 0) + np.maximum(total - high, 0)).sum()), True
    if n <= ALWAYS:
        return *best_division(graph, low, high, k), True
    random = np.array([seed % 2**64], dtype=np.uint64)
    floor = unavoidable(graph.node_weight, k, low, high)
    plan = schedule(n, k, effort)
    if seconds > 0:
        fitting = int(0.4 * seconds * _SPEED / (2 * n * plan.restarts))
        # Windows make up for a hasty start where zones are small, and hardly where they are large.
        most = plan.sweeps if plan.shaken else 5 * plan.sweeps
        plan = plan._replace(sweeps=min(most, max(fitting, 5)), turns=0)
    arrays = _arrays(graph)
    order = breadth_first(*arrays[:2]) if n > _CACHED else None
    problem = (*(arrays if order is None else reorder(*arrays, order)), low, high, k)
    # What comes before this moment takes about half as long as judging the zones at the end.
    deadline = began + seconds - 2.0 * (time.perf_counter() - began)
    best, out, cost = _start(*problem, plan.restarts, plan.spare, floor, plan.sweeps, plan.grain, plan.heat, random)
    windows = Windows(problem, plan, best, out, cost, random)
    windows.run(plan.turns)
    if seconds > 0:
        _until(windows, floor, deadline)
    best, out = windows.label, windows.out
    if out > floor and n <= IF_NEEDED:
        return *best_division(graph, low, high, k), True
    labels = best.astype(np.int64)
    if order is not None:
        labels[order] = best
    return labels, int(out), False


def _until(windows: Windows, floor: int, deadline: float) -> None:
    """Go on until a moment: renew windows, and, on graphs small enough for it to pay, start anew in between."""
    problem, plan = windows.problem, windows.plan
    n = len(windows.label)
    batch, sweeps = 1, plan.sweeps
    while (left := deadline - time.perf_counter()) > 0:
        if windows.ready(left):
            windows.trade()
            continue
        windows.renew(batch)
        left, took = deadline - time.perf_counter(), windows.window
        if left < took:
            break
        # Setting a batch up costs a look at every node, so batches are as long as the time left allows.
        batch = max(1, min(int(left / (2 * took)), 4 * batch, int(1 / took)))
        # Starting anew can only beat windows where a window is most of the graph.
        if n > RESTARTED or problem[6] > 3 * plan.many or left < 2 * plan.sweeps * n / _SPEED:
            continue
        sweeps = min(2 * sweeps, max(plan.sweeps, int(0.25 * left * _SPEED / n)), int(0.5 * _SPEED / n))
        other, out, cost = _start(*problem, 1, 0, floor, max(sweeps, 1), plan.grain, plan.heat, windows.random)
        if (out, cost) < (windows.out, windows.cost):
            windows.label, windows.out, windows.cost = other, out, cost


def search_from(
    graph: Graph, low: int, high: int, labels: Ints, fixed: NDArray[np.bool_], seed: int, effort: float
) -> Ints:
    """Improve given zones.

    Parameters
    ----------
    graph : Graph
        Any graph.
    low, high : int
        Band of a zone.
    labels : ndarray of int64, shape (n,)
        Zones to start from, each connected.
    fixed : ndarray of bool, shape (n,)
        Nodes that keep their label.
    seed : int
        Seed.
    effort : float
        Scales the schedule.

    Returns
    -------
    ndarray of int64, shape (n,)
        Better labels, or the same.
    """
    label = labels.astype(np.int32)
    k = int(label.max()) + 1 if len(label) else 0
    if k < 2:
        return labels
    sweeps = schedule(graph.n, k, effort).sweeps
    _improve(*_arrays(graph), low, high, k, label, fixed, sweeps, np.array([seed % 2**64], dtype=np.uint64))
    return label.astype(np.int64)
