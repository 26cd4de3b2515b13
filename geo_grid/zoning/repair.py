"""Repair: zones that were disturbed come back into their bands with the fewest households moved."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.errors import ZoningError
from geo_grid.zoning._state import Net, make_zones
from geo_grid.zoning.build import evaluate, renumber, validate
from geo_grid.zoning.moves_anneal import anneal_home
from geo_grid.zoning.moves_home import Homes, make_chains
from geo_grid.zoning.repair_exact import LISTED, exact_repair
from geo_grid.zoning.repair_start import is_torn, make_whole
from geo_grid.zoning.repair_task import Key, Task, least_violation
from geo_grid.zoning.repair_windows import redrawn, resplits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo_grid.zoning._arrays import F64, I32, I64, Flags, Random
    from geo_grid.zoning.graph import Graph, Ints, Solution

#: Most moves of an ejection chain; rounds of annealing before zones are merged and split again, and after all.
DEPTH, ROUNDS, POLISH = 10, 3, 2
#: Sweeps of a round.
SWEEPS = 120
#: Nodes up to which all zones drawn anew are compared, not only until one is better.
THOROUGH = 300


def mend(
    graph: Graph,
    labels: Ints,
    low: int,
    high: int,
    *,
    locked: NDArray[np.bool_] | None = None,
    anchor: Ints | None = None,
    seed: int = 0,
    seconds: float = 0.0,
) -> Solution:
    """Mend zones with the fewest households moved.

    Lexicographic: every zone connected, no locked node moved (never given up) → least violation → fewest zones opened
    or closed → fewest households moved → least cut weight.

    Parameters
    ----------
    graph : Graph
        The graph; it need not be connected.
    labels : ndarray of int64, shape (n,)
        Zones to mend, any numbers ≥ 0: they may be out of band and in pieces; −1 for nodes without a zone.
    low, high : int
        Band of a zone, in households; 0 ≤ low ≤ high.
    locked : ndarray of bool, shape (n,), optional
        Nodes that keep their label; such nodes must have one.
    anchor : ndarray of int64, shape (n,), optional
        Zones from which moves are counted (−1: free to go anywhere), where these are not ``labels`` themselves: a
        planner's drawing is mended with little change against the published plan.
    seed : int, optional
        Seed; the same seed gives the same labels when ``seconds`` is 0.
    seconds : float, optional
        Time to use; 0 runs the own schedule to its end.

    Returns
    -------
    Solution
        The mended zones. Zones keep their number, new ones get numbers above all old ones, numbers of zones that were
        closed are missing: ``labels`` may have gaps, and ``k`` counts the zones in use. The violation is never above
        that of ``labels``, if these were connected and complete.

    Raises
    ------
    ZoningError
        If an array does not fit, the band is none, or locked nodes of one zone cannot be joined.
    """
    began = time.perf_counter()
    labels, locked, anchor = _checked(graph, labels, low, high, locked, anchor)
    if not graph.n:
        return evaluate(graph, labels, low, high)
    price = np.where(anchor >= 0, graph.node_weight, 0)
    mended = mend_nodes(graph, labels, anchor, price, low, high, locked=locked, seed=seed, until=began + seconds)
    judged = evaluate(graph, renumber(mended), low, high, seconds=time.perf_counter() - began)
    if not judged.contiguous:
        raise ZoningError("a mended zone came out in several pieces; please report this.")
    return replace(judged, labels=mended)


def _checked(
    graph: Graph, labels: Ints, low: int, high: int, locked: NDArray[np.bool_] | None, anchor: Ints | None
) -> tuple[Ints, NDArray[np.bool_], Ints]:
    """Refuse what does not fit; fill in what was left out."""
    validate(graph)
    labels = np.asarray(labels, np.int64)
    fixed = np.zeros(graph.n, bool) if locked is None else np.asarray(locked, bool)
    home = labels if anchor is None else np.asarray(anchor, np.int64)
    if not 0 <= low <= high:
        raise ZoningError(f"the band [{low}, {high}] is not one.")
    for name, column in (("labels", labels), ("locked nodes", fixed), ("anchor", home)):
        if column.shape != (graph.n,):
            raise ZoningError(f"the {name} do not fit the graph.")
    if (labels < -1).any() or (home < -1).any():
        raise ZoningError("a label is below −1.")
    if (labels[fixed] < 0).any():
        raise ZoningError("a locked node has no zone to keep.")
    return labels, fixed, home


def mend_nodes(
    graph: Graph,
    labels: Ints,
    home: Ints,
    price: Ints,
    low: int,
    high: int,
    *,
    locked: NDArray[np.bool_],
    seed: int = 0,
    until: float = 0.0,
    thorough: bool = True,
) -> Ints:
    """Mend zones of nodes whose moves have prices of their own.

    Parameters
    ----------
    graph : Graph
        The graph.
    labels, home : ndarray of int64, shape (n,)
        Zones to mend, and zones from which moves are counted; −1 for none.
    price : ndarray of int64, shape (n,)
        Households counted as moved if a node is not at home.
    low, high : int
        Band of a zone.
    locked : ndarray of bool, shape (n,)
        Nodes that keep their label.
    seed : int, optional
        Seed.
    until : float, optional
        Moment (of ``time.perf_counter``) until which to go on after the own schedule.
    thorough : bool, optional
        Whether zones that moves alone cannot mend are drawn anew.

    Returns
    -------
    ndarray of int64, shape (n,)
        Connected zones; see :func:`mend`.

    Raises
    ------
    ZoningError
        If locked nodes of one zone cannot be joined.
    """
    names = np.unique(np.concatenate([labels[labels >= 0], home[home >= 0]]))
    local, belongs = _compact(labels, names), _compact(home, names)
    task = Task(graph, belongs, np.where(belongs >= 0, price, 0), locked, low, high)
    if graph.n <= LISTED:
        pinned = np.where(locked, local, -1)
        exact = exact_repair(graph, belongs, task.price, pinned, low, high)
        if exact is None:
            raise ZoningError("the locked nodes admit no connected zones.")
        return _named(exact, names)
    return _named(_search(task, local, seed, until, thorough=thorough), names)


def _compact(labels: Ints, names: Ints) -> Ints:
    """Rename labels to their place among all names; −1 stays."""
    return np.where(labels >= 0, np.searchsorted(names, labels), -1)


def _named(labels: Ints, names: Ints) -> Ints:
    """Give zones their old names back, and new zones the numbers above them, without gaps among these."""
    fresh = np.unique(labels[labels >= len(names)])
    top = int(names.max(initial=-1)) + 1
    table = np.concatenate([names, np.full(int(labels.max(initial=-1)) + 1, -1)])
    table[fresh] = top + np.arange(len(fresh))
    return table[labels]


def _first(task: Task, labels: Ints) -> tuple[Ints, Key]:
    """Make zones whole and mend them by chains; torn ones in two ways."""
    price = task.price * (labels == task.home)
    found = []
    for paid in (True, False) if is_torn(task.graph, labels) else (True,):
        whole = make_whole(task.graph, labels, price, task.locked, task.low, task.high, paid=paid)
        chained = _chained(task, whole)
        found.append((task.key(chained), chained))
    key, best = min(found, key=lambda pair: pair[0])
    return best, key


def _search(task: Task, labels: Ints, seed: int, until: float, *, thorough: bool) -> Ints:
    """Repair step by step, each dearer than the one before, until nothing is out of band that need not be."""
    random = np.array([seed % 2**64], np.uint64)
    best, key = _first(task, labels)
    least = least_violation(task)
    best, key = _annealed(task, best, key, least, ROUNDS, random)
    for attempt in (resplits, redrawn) if thorough else ():
        going = key[0] > least
        while going:
            best, key, going = _attempted(task, best, key, attempt(task, best, seed))
            going = going and key[0] > least
    best, key = _annealed(task, best, key, least, POLISH, random)
    while time.perf_counter() < until:
        best, key = _annealed(task, best, key, least, 1, random, always=True)
    return best


def _attempted(task: Task, best: Ints, key: Key, trials: Iterator[Ints]) -> tuple[Ints, Key, bool]:
    """Take the best trial (on a large graph the first better one), mended and brought home; whether there was one."""
    better = False
    for trial in trials:
        polished = _chained(task, trial)
        now = task.key(polished)
        if now < key:
            best, key, better = polished, now, True
            if task.graph.n > THOROUGH:
                break
    return best, key, better


def _arrays(graph: Graph) -> tuple[Ints, NDArray[np.int32], NDArray[np.float64], Ints]:
    return graph.indptr, graph.indices.astype(np.int32), graph.edge_weight, graph.node_weight


def _chained(task: Task, labels: Ints) -> Ints:
    """Mend by chains, then bring nodes home."""
    label, k = labels.astype(np.int32), max(int(labels.max()) + 1, task.k)
    _chain(*_arrays(task.graph), task.low, task.high, k, label, *_homes(task), DEPTH)
    return label.astype(np.int64)


def _homes(task: Task) -> tuple[NDArray[np.bool_], NDArray[np.int32], Ints]:
    return task.locked, task.home.astype(np.int32), task.price


def _annealed(
    task: Task,
    best: Ints,
    key: Key,
    least: int,
    rounds: int,
    random: Random,
    *,
    always: bool = False,
) -> tuple[Ints, Key]:
    """Anneal around what is out of band or not at home, while there is any."""
    for turn in range(rounds):
        if not always and key[0] <= least and key[2] == 0:
            break
        label, k = best.astype(np.int32), max(int(best.max()) + 1, task.k)
        marks = _around(task, best, k, 1 + turn)
        heat = float(max(1.0, task.graph.node_weight.mean()))
        _settle(*_arrays(task.graph), task.low, task.high, k, label, *_homes(task), marks, heat, SWEEPS, DEPTH, random)
        now = task.key(label.astype(np.int64))
        if now < key:
            best, key = label.astype(np.int64), now
    return best, key


def _around(task: Task, labels: Ints, k: int, rings: int) -> NDArray[np.bool_]:
    """Mark zones out of band, those that lost or hold what is not at home, and some rings of zones around them."""
    weight = np.zeros(k, np.int64)
    np.add.at(weight, labels, task.graph.node_weight)
    marks = (weight < task.low) | (weight > task.high)
    moved = (labels != task.home) & (task.price > 0)
    marks[labels[moved]] = True
    marks[task.home[moved]] = True
    ends = labels[np.repeat(np.arange(task.graph.n), np.diff(task.graph.indptr))]
    others = labels[task.graph.indices]
    for _ in range(rings):
        marks[ends[marks[others]]] = True
    return marks


@njit(cache=True)
def _chain(
    start: I64,
    to: I32,
    cost: F64,
    load: I64,
    low: int,
    high: int,
    k: int,
    label: I32,
    fixed: Flags,
    home: I32,
    price: I64,
    depth: int,
) -> None:
    """Mend labels by chains, in place."""
    net = Net(start, to, cost, load)
    make_chains(net, make_zones(net, label, k, fixed), Homes(home, price), low, high, depth)


@njit(cache=True)
def _settle(
    start: I64,
    to: I32,
    cost: F64,
    load: I64,
    low: int,
    high: int,
    k: int,
    label: I32,
    fixed: Flags,
    home: I32,
    price: I64,
    marks: Flags,
    heat: float,
    sweeps: int,
    depth: int,
    random: Random,
) -> None:
    """Anneal the nodes of marked zones, then mend by chains, in place."""
    net = Net(start, to, cost, load)
    zones, homes = make_zones(net, label, k, fixed), Homes(home, price)
    nodes = np.flatnonzero(marks[label]).astype(np.int32)
    fine = (1.0, 20.0)
    anneal_home(net, zones, homes, nodes, marks, low, high, heat, 0.05 * heat, fine, sweeps, random)
    make_chains(net, zones, homes, low, high, depth)
