"""Zones of a small graph by integer programming: exact, or at least a bound."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.zoning.parts import connected_parts

if TYPE_CHECKING:
    from geo_grid.policy import Band
    from geo_grid.zoning.graph import Graph, Ints

#: Branch-and-bound nodes of one program, and programs solved while cuts are added. Counts, not seconds: the same
#: input must give the same answer on every machine.
NODE_LIMIT, ROUNDS = 200, 8


class _Program:
    """Variables: node i lies in the zone whose lowest node is r ≤ i; violation of the zone of r."""

    def __init__(self, graph: Graph, band: Band) -> None:
        self.graph, self.band, self.n = graph, band, graph.n
        self.i, self.r = np.tril_indices(self.n)
        self.number = np.full((self.n, self.n), -1)
        self.number[self.i, self.r] = np.arange(len(self.i))
        self.entries: list[tuple[list[int], list[float], float, float]] = []
        self._partition()
        self._violation()
        for r in range(self.n):
            for i in range(r + 1, self.n):
                self.reach({i}, i, r)

    def add(self, columns: list[int], values: list[float], low: float, high: float) -> None:
        self.entries.append((columns, values, low, high))

    def _partition(self) -> None:
        for i in range(self.n):
            self.add(self.number[i, : i + 1].tolist(), [1.0] * (i + 1), 1, 1)
            for r in range(i):
                self.add([self.number[i, r], self.number[r, r]], [1.0, -1.0], -math.inf, 0)

    def _violation(self) -> None:
        for r in range(self.n):
            members = self.number[r:, r].tolist()
            load = self.graph.node_weight[r:].astype(float).tolist()
            own = len(self.i) + r
            root = self.number[r, r]
            below, above = load.copy(), load.copy()
            below[0] -= self.band.low
            above[0] -= self.band.high
            self.add([*members, own], [*below, 1.0], 0, math.inf)
            self.add([*members, own], [*above, -1.0], -math.inf, 0)
            assert members[0] == root  # noqa: S101

    def reach(self, part: set[int], i: int, r: int) -> None:
        """Let node i lie in the zone of r only if a neighbour of the part around i does."""
        graph = self.graph
        rim = {int(j) for a in part for j in graph.indices[graph.indptr[a] : graph.indptr[a + 1]]} - part
        if r in rim:
            return
        ways = [self.number[j, r] for j in sorted(rim) if j > r]
        self.add([self.number[i, r], *ways], [1.0, *([-1.0] * len(ways))], -math.inf, 0)

    def solve(self) -> Any:
        from scipy.optimize import Bounds, LinearConstraint, milp
        from scipy.sparse import csr_array

        columns = np.concatenate([entry[0] for entry in self.entries])
        values = np.concatenate([entry[1] for entry in self.entries])
        ptr = np.concatenate([[0], np.cumsum([len(entry[0]) for entry in self.entries])])
        count = len(self.i) + self.n
        matrix = csr_array((values, columns, ptr), shape=(len(self.entries), count))
        objective = np.concatenate([np.zeros(len(self.i)), np.ones(self.n)])
        integer = np.concatenate([np.ones(len(self.i)), np.zeros(self.n)])
        upper = np.concatenate([np.ones(len(self.i)), np.full(self.n, np.inf)])
        rows = LinearConstraint(matrix, [e[2] for e in self.entries], [e[3] for e in self.entries])
        return milp(
            objective,
            integrality=integer,
            bounds=Bounds(0, upper),
            constraints=rows,
            options={"node_limit": NODE_LIMIT},
        )


def program_zones(graph: Graph, band: Band, found: int) -> tuple[int, Ints | None]:
    """Bound the least violation of connected zones, and find zones that reach it.

    Parameters
    ----------
    graph : Graph
        A connected graph of some dozens of nodes.
    band : Band
        Band of a zone.
    found : int
        Violation that is known to be possible.

    Returns
    -------
    bound : int
        Proven lower bound, at most ``found``.
    labels : ndarray of int64, shape (n,), or None
        Connected zones with less violation than ``found``, if the search came upon them; then ``bound`` is theirs.
    """
    program = _Program(graph, band)
    ends = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    bound = 0
    for _ in range(ROUNDS):
        result = program.solve()
        if result.mip_dual_bound is not None and math.isfinite(result.mip_dual_bound):
            bound = max(bound, math.ceil(result.mip_dual_bound - 1e-6))
        if bound >= found or result.x is None:
            break
        chosen = result.x[: len(program.i)] > 0.5
        labels = np.empty(graph.n, np.int64)
        labels[program.i[chosen]] = program.r[chosen]
        parts = connected_parts(graph.n, ends, graph.indices, labels)
        whole = parts.max() + 1 == len(np.unique(labels))
        if whole:
            total = np.bincount(parts, graph.node_weight)
            violation = int(np.maximum(0, np.maximum(band.low - total, total - band.high)).sum())
            if result.status == 0:
                return min(violation, found), parts if violation < found else None
            break
        for part in range(int(parts.max()) + 1):
            members = set(np.flatnonzero(parts == part).tolist())
            r = int(labels[next(iter(members))])
            if r not in members:
                for i in members:
                    program.reach(members, i, r)
    return min(bound, found), None
