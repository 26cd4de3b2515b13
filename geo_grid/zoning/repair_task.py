"""What a repair is asked for, and how two answers are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo_grid.zoning.build import components
from geo_grid.zoning.certificates import smallest_violation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.zoning.graph import Graph, Ints

Key = tuple[int, int, int, float]


@dataclass(frozen=True, slots=True)
class Task:
    """What is repaired.

    Parameters
    ----------
    graph : Graph
        The graph.
    home : ndarray of int64, shape (n,)
        Zone each node belongs to, 0 … k − 1, or −1.
    price : ndarray of int64, shape (n,)
        Households moved if a node is not there; 0 where it belongs nowhere.
    locked : ndarray of bool, shape (n,)
        Nodes that keep their zone.
    low, high : int
        Band of a zone.
    """

    graph: Graph
    home: Ints
    price: Ints
    locked: NDArray[np.bool_]
    low: int
    high: int

    @property
    def k(self) -> int:
        """Number of old zones."""
        return int(self.home.max(initial=-1)) + 1

    def key(self, labels: Ints) -> Key:
        """Return what is compared.

        Parameters
        ----------
        labels : ndarray of int64, shape (n,)
            Zone of each node.

        Returns
        -------
        tuple
            Violation, zones opened and closed, households moved, cut weight.
        """
        size = max(int(labels.max(initial=-1)) + 1, self.k)
        nodes = np.bincount(labels, minlength=size)
        weight = np.zeros(size, np.int64)
        np.add.at(weight, labels, self.graph.node_weight)
        weight = weight[nodes > 0]
        out = np.maximum(self.low - weight, 0) + np.maximum(weight - self.high, 0)
        old = np.zeros(size, bool)
        old[self.home[self.home >= 0]] = True
        ends = np.repeat(np.arange(self.graph.n), np.diff(self.graph.indptr))
        cut = self.graph.edge_weight[(labels[ends] != labels[self.graph.indices]) & (ends < self.graph.indices)]
        return (
            int(out.sum()),
            int(((nodes > 0) != old).sum()),
            int(self.price[labels != self.home].sum()),
            round(float(cut.sum()), 6),
        )


def least_violation(task: Task) -> int:
    """Return what counts alone force outside the band.

    Parameters
    ----------
    task : Task
        What is repaired.

    Returns
    -------
    int
        The sum over components of the greater of what their counts and their largest nodes force.
    """
    graph = task.graph
    part = components(graph)
    count = int(part.max(initial=-1)) + 1
    total, lumps = np.zeros(count, np.int64), np.zeros(count, np.int64)
    np.add.at(total, part, graph.node_weight)
    np.add.at(lumps, part, np.maximum(graph.node_weight - task.high, 0))
    counts = [smallest_violation(int(n), task.low, task.high)[0] if task.low else 0 for n in total]
    return int(np.maximum(counts, lumps).sum())
