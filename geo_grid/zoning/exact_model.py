"""The exact model: k zones of a graph for OR-tools CP-SAT, made connected by separators as they are broken."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.errors import MissingDependencyError, ZoningError
from geo_grid.zoning._flood import flood
from geo_grid.zoning.exact_cuts import Separators

if TYPE_CHECKING:
    from geo_grid.zoning.exact_cuts import Separator
    from geo_grid.zoning.graph import Graph, Ints

_FINENESS = 10**9  # whole numbers that all weights together come to, where they are no short decimals
_NO_BOUND = -(2**62)
_DECIMALS = (1, 10, 100, 1000, 10000)


def load_cp_sat() -> Any:
    """Import OR-tools.

    Returns
    -------
    module
        ``ortools.sat.python.cp_model``.

    Raises
    ------
    MissingDependencyError
        If OR-tools is not installed.
    """
    try:
        from ortools.sat.python import cp_model
    except ImportError as error:
        raise MissingDependencyError(
            "proofs need OR-tools.", mend="Install it with: pip install 'geo-grid[prove]'"
        ) from error
    return cp_model


@dataclass(frozen=True, slots=True)
class Scale:
    """Edge weights as whole numbers.

    Parameters
    ----------
    costs : ndarray of int64, shape (m,)
        ``floor(weight * factor)``: never above the weight, so that a bound in whole numbers is one in the caller's units.
    factor : float
        Whole numbers in one unit of weight.
    exact : bool
        Whether nothing was rounded off.
    """

    costs: Ints
    factor: float
    exact: bool

    @classmethod
    def of(cls, weights: np.ndarray) -> Scale:
        """Scale weights: exactly where they are decimals of up to four places, else to about nine digits in all.

        Parameters
        ----------
        weights : ndarray of float64, shape (m,)
            Weights in the caller's units.

        Returns
        -------
        Scale
            The weights in whole numbers.
        """
        total = float(np.abs(weights).sum())
        for decimals in _DECIMALS:
            whole = np.round(weights * decimals)
            if total * decimals < 2**50 and np.allclose(weights * decimals, whole, rtol=1e-15, atol=0):
                costs = whole.astype(np.int64)
                common = int(np.gcd.reduce(np.abs(costs))) if len(costs) else 1
                return cls(costs // max(common, 1), decimals / max(common, 1), exact=True)
        factor = _FINENESS / total
        return cls(np.floor(weights * factor).astype(np.int64), factor, exact=False)


@dataclass(slots=True)
class Outcome:
    """What a search of the model has shown.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,), or None
        The best connected zones below the value that was to be beaten; None where none were found.
    value : int
        Their value, or the value to be beaten.
    bound : int
        No connected zones have a value below.
    """

    labels: Ints | None
    value: int
    bound: int


class Model:
    """Zones 0 … k − 1 of a graph, each used, in a band but for a given violation in all.

    A node has one zone; zones are numbered by the first of their nodes in an order that begins with nodes far from
    each other, so that of all numberings of the same zones one is left.

    Parameters
    ----------
    graph : Graph
        The graph; may have several components.
    low, high : int
        Band of a zone.
    k : int
        Number of zones, at least that of components, at most that of nodes.
    violation : int
        Violation that is allowed.
    separators : list of Separator
        Separators known to hold; new ones are added to the list.
    """

    def __init__(self, graph: Graph, low: int, high: int, k: int, violation: int, separators: list[Separator]) -> None:
        self.cp = load_cp_sat()
        self.model = self.cp.CpModel()
        self.graph, self.k = graph, k
        self.finder = Separators(graph, high + violation)
        self.known = separators
        self.x = [[self.model.new_bool_var("") for _ in range(k)] for _ in range(graph.n)]
        self.order = _spread_order(graph)
        for row in self.x:
            self.model.add_exactly_one(row)
        self._number_by_first()
        self._stay_in_components()
        self.excess = self._band(low, high, violation)
        for separator in separators:
            self._add(separator)

    def _number_by_first(self) -> None:
        """Let zone j come into use only after zone j − 1, in the order of nodes."""
        model = self.model
        seen: list[Any] = [None] * self.k
        for position, v in enumerate(self.order):
            before, seen = seen, [model.new_bool_var("") for _ in range(self.k)]
            for j in range(self.k):
                if j > position:
                    model.add(self.x[v][j] == 0)
                elif j > 0:
                    model.add_implication(self.x[v][j], before[j - 1])
                earlier = [] if before[j] is None else [before[j]]
                model.add_bool_or([*earlier, self.x[v][j], ~seen[j]])
                for reason in (*earlier, self.x[v][j]):
                    model.add_implication(reason, seen[j])
        for used in seen:
            model.add(used == 1)

    def _stay_in_components(self) -> None:
        part, made = flood(self.graph.indptr, self.graph.indices, np.zeros(self.graph.n, np.int64))
        if made == 1:
            return
        for j in range(self.k):
            home = [self.model.new_bool_var("") for _ in range(made)]
            self.model.add_exactly_one(home)
            for v, c in enumerate(part.tolist()):
                self.model.add_implication(self.x[v][j], home[c])

    def _band(self, low: int, high: int, violation: int) -> Any:
        """Bind the loads; return the violation as an expression."""
        weight = self.graph.node_weight.tolist()
        out = []
        for j in range(self.k):
            load = sum(w * row[j] for w, row in zip(weight, self.x, strict=True) if w)
            if violation == 0:
                self.model.add_linear_constraint(load, low, high) if any(weight) else self.model.add(low <= 0)
                continue
            below, above = (self.model.new_int_var(0, violation, "") for _ in range(2))
            self.model.add(load + below >= low)
            self.model.add(load - above <= high)
            out += [below, above]
        total = sum(out)
        if out:
            self.model.add(total <= violation)
        return total

    def _add(self, separator: Separator) -> None:
        a, b, between = separator
        for j in range(self.k):
            self.model.add_bool_or([~self.x[a][j], ~self.x[b][j], *(self.x[c][j] for c in between)])

    def minimise_violation(self) -> None:
        """Take the violation as what is to be made least."""
        self.objective = self.excess
        self.model.minimize(self.excess)

    def minimise_cut(self, costs: Ints) -> None:
        """Take the cut as what is to be made least.

        Parameters
        ----------
        costs : ndarray of int64, shape (2m,)
            Cost of each entry of the graph's rows.
        """
        # An edge inside zone j needs both ends there; what is not inside is cut. With costs above 0 the solver
        # prefers edges inside, so one direction is enough; with costs below 0 the other one is needed.
        graph, model = self.graph, self.model
        total, terms = 0, []
        for v in range(graph.n):
            for e in range(graph.indptr[v], graph.indptr[v + 1]):
                u, cost = int(graph.indices[e]), int(costs[e])
                if u < v or cost == 0:
                    continue
                total += cost
                for j in range(self.k):
                    inside = model.new_bool_var("")
                    if cost > 0:
                        model.add_implication(inside, self.x[v][j])
                        model.add_implication(inside, self.x[u][j])
                    else:
                        model.add_bool_or([inside, ~self.x[v][j], ~self.x[u][j]])
                    terms.append(cost * inside)
        self.objective = total - sum(terms)
        model.minimize(self.objective)

    def search(self, below: int, bound: int, hint: Ints | None, deadline: float) -> Outcome:
        """Look for connected zones of a value below a given one, until none is left.

        Parameters
        ----------
        below : int
            Value to be beaten.
        bound : int
            Value that is known to be a lower bound.
        hint : ndarray of int64, shape (n,), or None
            Zones to look near.
        deadline : float
            Moment of ``time.perf_counter`` to stop at.

        Returns
        -------
        Outcome
            The best zones below that value and the bound; they meet unless time ran out.
        """
        out = Outcome(None, below, min(bound, below))
        while out.bound < out.value and (left := deadline - time.perf_counter()) > 0:
            self.model.add(self.objective <= out.value - 1)
            self.model.add(self.objective >= out.bound)
            self._hint(hint)
            watcher, status, seen = self._run(left)
            if watcher.value is not None and watcher.value < out.value:
                out.labels, out.value = watcher.labels, watcher.value
            if status == self.cp.INFEASIBLE:
                out.bound = out.value
            out.bound = min(out.value, max(out.bound, seen))
            for separator in watcher.broken:
                self._add(separator)
            self.known += watcher.broken
            hint = watcher.last if watcher.last is not None else hint
        return out

    def _run(self, seconds: float) -> tuple[Any, Any, int]:
        """Solve the model once; return what the callback saw, the status, and the bound of the value."""
        solver, watcher = self.cp.CpSolver(), _watcher(self.cp, self)
        # Where the search ends with nothing found, the answer's own bound may be a mere default: take what was told.
        told: list[float] = []
        solver.best_bound_callback = told.append
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = 1
        # The bound rises best by a tree search on it with the whole relaxation (17 instead of 9 of 19 in equal time).
        solver.parameters.linearization_level = 2
        solver.parameters.optimize_with_lb_tree_search = True
        solver.parameters.max_time_in_seconds = seconds
        status = solver.solve(self.model, watcher)
        if watcher.failure is not None:
            raise watcher.failure
        if status == self.cp.MODEL_INVALID:
            raise ZoningError("the weights are too large for an exact proof.", mend="Give them in a coarser unit.")
        if status in (self.cp.OPTIMAL, self.cp.FEASIBLE):
            told.append(solver.best_objective_bound)
        bounds = [math.ceil(value - 1e-6) for value in told if math.isfinite(value)]
        return watcher, status, max(bounds, default=_NO_BOUND)

    def _hint(self, labels: Ints | None) -> None:
        self.model.clear_hints()
        if labels is None:
            return
        name: dict[int, int] = {}
        for v in self.order:
            mine = name.setdefault(int(labels[v]), len(name))
            for j in range(self.k):
                self.model.add_hint(self.x[v][j], j == mine)


def _watcher(cp: Any, owner: Model) -> Any:
    """Make the solver's callback; its class exists only where OR-tools does."""

    class Watcher(cp.CpSolverSolutionCallback):  # type: ignore[misc]
        """Takes connected zones; stops the solver at others, for it has to be told first."""

        def __init__(self) -> None:
            super().__init__()
            self.labels: Ints | None = None
            self.last: Ints | None = None
            self.value: int | None = None
            self.broken: list[Separator] = []
            self.failure: Exception | None = None

        def on_solution_callback(self) -> None:
            try:
                self._judge()
            except Exception as error:  # noqa: BLE001  an exception may not pass through the solver
                self.failure = error
                self.stop_search()

        def _judge(self) -> None:
            self.last = np.array(
                [next(j for j in range(owner.k) if self.boolean_value(row[j])) for row in owner.x], np.int64
            )
            broken = owner.finder.broken(self.last)
            if broken:
                self.broken += broken
                self.stop_search()
            else:
                self.labels, self.value = self.last, round(self.objective_value)

    return Watcher()


def _spread_order(graph: Graph) -> list[int]:
    """Order nodes so that each is as far from those before as can be, in steps; the heaviest first, and among equals."""
    far = np.full(graph.n, np.iinfo(np.int64).max)
    weight = graph.node_weight.astype(np.float64)
    order: list[int] = []
    for _ in range(graph.n):
        tied = np.flatnonzero(far == far.max())
        v = int(tied[np.argmax(weight[tied])])
        order.append(v)
        _shorten(graph, far, v)
        far[v] = -1
    return order


def _shorten(graph: Graph, far: Ints, root: int) -> None:
    """Lower steps to the nearest chosen node by those from a new one."""
    steps, rim = 0, [root]
    far[root] = 0
    while rim:
        steps += 1
        near = {int(u) for v in rim for u in graph.indices[graph.indptr[v] : graph.indptr[v + 1]] if far[u] > steps}
        for u in near:
            far[u] = steps
        rim = list(near)
