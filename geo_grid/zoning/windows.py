"""Windows in turns, and, between them, exchanges of zones out of all that the windows came out with."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.zoning._arrays import F64, I32, I64
from geo_grid.zoning._state import Net, make_zones
from geo_grid.zoning.exchange import exchange
from geo_grid.zoning.pool import collect, no_pool, with_room
from geo_grid.zoning.renew import renew

if TYPE_CHECKING:
    from geo_grid.zoning._arrays import Random
    from geo_grid.zoning.pool import Pool
    from geo_grid.zoning.schedule import Schedule

_FIRST, _LATER = 2, 1  # windows a zone before the first exchange, and between others
_NEW, _KNOWN = (0.5, 50), (0.2, 20)  # first temperature and rounds of pricing, of new prices and of such as are known
_BUDGET, _PASSES = 100, 6  # of an exchange: zones tried for each that stands, and how often

Problem = tuple[I64, I32, F64, I64, int, int, int]


@njit(cache=True)
def scale(cost: F64, load: I64) -> tuple[float, float, float]:
    """Measure a graph: mean and median cost of an edge, and their mean over that of a node's load.

    These are the units of temperatures and fines.

    Parameters
    ----------
    cost : ndarray of float64
        Costs of edges.
    load : ndarray of int64
        Households of nodes.

    Returns
    -------
    tuple of (float, float, float)
        All above 0.

    Notes
    -----
    Where a few edges cost a hundred times what most do (fields beside a village), a search begins hot by the dear ones,
    and has not cooled down before the many cheap ones are frozen too.
    """
    size = np.abs(cost)
    size = size[size > 0.0]
    hot = size.mean() if len(size) else 1.0
    cold = min(np.median(size), hot) if len(size) else 1.0
    node = load.mean() if len(load) else 1.0
    return hot, cold, np.sqrt(hot * cold) / (node if node > 0.0 else 1.0)


@njit(cache=True)
def _renew(
    start: I64,
    to: I32,
    cost: F64,
    load: I64,
    low: int,
    high: int,
    k: int,
    label: I32,
    many: int,
    shaken: int,
    warm: float,
    turns: int,
    sweeps: int,
    pool: Pool,
    random: Random,
) -> tuple[int, float]:
    """Renew windows of given zones in place; return what violation and cut cost have grown by."""
    net = Net(start, to, cost, load)
    edge, chill, fine = scale(cost, load)
    zones = make_zones(net, label, k, np.zeros(len(load), np.bool_))
    price = (0.9 * fine, 10.0 * fine)
    return renew(net, zones, low, high, many, shaken, warm * edge, 0.2 * chill, price, sweeps, turns, pool, random)


@njit(cache=True)
def _exchange(
    start: I64,
    to: I32,
    cost: F64,
    load: I64,
    k: int,
    label: I32,
    pool: Pool,
    price: F64,
    each: float,
    hot: float,
    rounds: int,
) -> float:
    """Exchange zones in place; return what the cut has grown by."""
    net = Net(start, to, cost, load)
    _, edge, _ = scale(cost, load)
    collect(pool, net, np.arange(len(load)).astype(np.int32), label, k)
    return exchange(pool, label, k, price, each, edge, hot, rounds, _BUDGET, _PASSES)


class Windows:
    """Zones that are renewed window by window.

    Parameters
    ----------
    problem : Problem
        The graph, the band, and the number of zones.
    plan : Schedule
        Windows and their sweeps.
    label : ndarray of int32, shape (n,)
        Zones to begin with, changed in place.
    out : int
        Their violation.
    cost : float
        Their cut.
    random : ndarray of uint64, shape (1,)
        State of the random numbers.
    """

    def __init__(self, problem: Problem, plan: Schedule, label: I32, out: int, cost: float, random: Random) -> None:
        self.problem, self.plan, self.random = problem, plan, random
        self.label, self.out, self.cost = label, out, cost
        self.pool = no_pool()
        self.prices: F64 | None = None
        self.wait = _FIRST * problem[6]
        self.since = 0
        #: Seconds a window and an exchange take, as far as is known.
        self.window, self.exchange = 0.0, 0.0

    @property
    def trading(self) -> bool:
        """Whether zones may be exchanged: where all are in band, for so are those of the pool."""
        return self.plan.pooled and self.out == 0

    def ready(self, left: float) -> bool:
        """Tell whether an exchange is due, or the last moment for one has come.

        Parameters
        ----------
        left : float
            Seconds left.

        Returns
        -------
        bool
            False too where no exchange would be done in time.
        """
        if not self.trading or self.since == 0:
            return False
        takes = 1.2 * self.exchange if self.exchange else 0.3 * self.window * self.since
        return takes <= left and (self.since >= self.wait or left < 1.5 * takes)

    def renew(self, turns: int) -> None:
        """Renew some windows.

        Parameters
        ----------
        turns : int
            How many, at least 1.
        """
        began = time.perf_counter()
        plan = self.plan
        if plan.pooled:
            self.pool = with_room(self.pool, self.problem[0], self.problem[2], self.problem[6], turns, plan.many)
        more, dear = _renew(
            *self.problem,
            self.label,
            plan.many,
            plan.shaken,
            plan.warm,
            turns,
            plan.window_sweeps,
            self.pool,
            self.random,
        )
        self.out, self.cost = self.out + more, self.cost + dear
        self.since += turns
        self.window = (time.perf_counter() - began) / turns

    def trade(self) -> None:
        """Exchange zones for others that windows came out with."""
        began = time.perf_counter()
        n, k = len(self.label), self.problem[6]
        costs = self.problem[2]
        each = self.cost / (2 * k)  # the cut grows with the root of k
        if len(costs) and (costs == costs[0]).all() and costs[0] > 0:
            each = round(each / costs[0]) * costs[0]
        pricing = _KNOWN
        if self.prices is None:
            pricing = _NEW
            self.prices = np.full(n, (self.cost - each * k) / n)
        self.cost += _exchange(*self.problem[:4], k, self.label, self.pool, self.prices, each, *pricing)
        self.since, self.wait = 0, _LATER * k
        self.exchange = time.perf_counter() - began

    def run(self, turns: int) -> None:
        """Renew windows, with exchanges in between and at the end.

        Parameters
        ----------
        turns : int
            How many windows.
        """
        while turns > 0:
            batch = min(turns, self.wait) if self.plan.pooled else turns
            self.renew(batch)
            turns -= batch
            if self.trading:
                self.trade()
