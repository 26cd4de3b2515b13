"""Build graphs, take quotients, find components, and judge labels independently of the solver."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.errors import ZoningError
from geo_grid.zoning._flood import flood
from geo_grid.zoning.graph import Graph, Solution

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from geo_grid.zoning.graph import Ints


def from_edges(
    n: int,
    u: ArrayLike,
    v: ArrayLike,
    weight: ArrayLike | None,
    node_weight: ArrayLike,
    x: ArrayLike | None = None,
    y: ArrayLike | None = None,
) -> Graph:
    """Build a graph from a list of edges.

    Parameters
    ----------
    n : int
        Number of nodes.
    u, v : array_like of int, shape (m,)
        Ends of each edge. Loops are dropped; doubles, in either direction, are merged and their weights added.
    weight : array_like of float, shape (m,), optional
        Cost of cutting each edge; 1 when absent (a merged edge then costs the number of its doubles).
    node_weight : array_like of int, shape (n,)
        Households of each node.
    x, y : array_like of float, shape (n,), optional
        Positions; 0 when absent.

    Returns
    -------
    Graph
        The graph in compressed rows.

    Raises
    ------
    ZoningError
        If lengths differ, an end is no node, or a weight is negative (nodes) or not finite (edges).
    """
    ends_u, ends_v = np.asarray(u, dtype=np.int64).ravel(), np.asarray(v, dtype=np.int64).ravel()
    cost = np.ones(len(ends_u)) if weight is None else np.asarray(weight, dtype=np.float64).ravel()
    if not len(ends_u) == len(ends_v) == len(cost):
        raise ZoningError(f"edges have {len(ends_u)} and {len(ends_v)} ends and {len(cost)} weights.")
    if len(ends_u) and (min(ends_u.min(), ends_v.min()) < 0 or max(ends_u.max(), ends_v.max()) >= n):
        raise ZoningError(f"an edge ends at a node that is not among 0 … {n - 1}.")
    keep = ends_u != ends_v
    a = np.minimum(ends_u, ends_v)[keep]
    b = np.maximum(ends_u, ends_v)[keep]
    key, group = np.unique(a * np.int64(n) + b, return_inverse=True)
    total = np.bincount(group, weights=cost[keep], minlength=len(key)).astype(np.float64)
    a, b = key // max(n, 1), key % max(n, 1)
    row, column, cost = np.concatenate([a, b]), np.concatenate([b, a]), np.concatenate([total, total])
    order = np.argsort(row * np.int64(max(n, 1)) + column, kind="stable")
    indptr = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(np.bincount(row, minlength=n), out=indptr[1:])
    graph = Graph(
        indptr,
        column[order],
        cost[order],
        np.ascontiguousarray(node_weight, dtype=np.int64),
        np.zeros(n) if x is None else np.ascontiguousarray(x, dtype=np.float64),
        np.zeros(n) if y is None else np.ascontiguousarray(y, dtype=np.float64),
    )
    validate(graph)
    return graph


def validate(graph: Graph) -> None:
    """Refuse a malformed graph.

    Parameters
    ----------
    graph : Graph
        The graph to look at; the symmetry of its rows is taken on trust.

    Raises
    ------
    ZoningError
        If array lengths do not fit, an index is out of range, a weight is negative or not finite.
    """
    n, ends = graph.n, len(graph.indices)
    if len(graph.indptr) != n + 1 or len(graph.x) != n or len(graph.y) != n or len(graph.edge_weight) != ends:
        raise ZoningError("the arrays of the graph differ in length.")
    if graph.indptr[0] != 0 or graph.indptr[-1] != ends or (n and (np.diff(graph.indptr) < 0).any()):
        raise ZoningError("the row starts of the graph do not fit its neighbours.")
    if ends and (graph.indices.min() < 0 or graph.indices.max() >= n):
        raise ZoningError(f"an edge ends at a node that is not among 0 … {n - 1}.")
    if n and graph.node_weight.min() < 0:
        raise ZoningError("a node has a negative weight.")
    if not (np.isfinite(graph.edge_weight).all() and np.isfinite(graph.x).all() and np.isfinite(graph.y).all()):
        raise ZoningError("an edge weight or a position is not finite.")


def components(graph: Graph) -> Ints:
    """Label connected components.

    Parameters
    ----------
    graph : Graph
        Any graph.

    Returns
    -------
    ndarray of int64, shape (n,)
        Component of each node, numbered by their first node.
    """
    return flood(graph.indptr, graph.indices, np.zeros(graph.n, dtype=np.int64))[0]


def renumber(labels: Ints) -> Ints:
    """Give labels the numbers 0, 1, … in the order of their first node.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        Any labels.

    Returns
    -------
    ndarray of int64, shape (n,)
        The same groups, numbered without gaps.
    """
    _, first, group = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(len(first))
    return rank[group]


def quotient(graph: Graph, labels: Ints) -> Graph:
    """Merge nodes of equal label into one.

    Parameters
    ----------
    graph : Graph
        The finer graph.
    labels : ndarray of int64, shape (n,)
        New node of each node, 0 … q − 1, each used.

    Returns
    -------
    Graph
        Node weights and edge weights added up; positions are means weighted by households (plain means where a group
        has none).
    """
    labels = np.asarray(labels, dtype=np.int64)
    if len(labels) != graph.n or (graph.n and labels.min() < 0):
        raise ZoningError("labels do not fit the graph.")
    q = int(labels.max()) + 1 if graph.n else 0
    row = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    half = row < graph.indices
    count = np.bincount(labels, minlength=q)
    if q and count.min() == 0:
        raise ZoningError("labels leave a number unused.")
    weight = np.zeros(q, dtype=np.int64)
    np.add.at(weight, labels, graph.node_weight)
    share = np.where(weight[labels] > 0, graph.node_weight / np.maximum(weight[labels], 1), 1 / count[labels])
    return from_edges(
        q,
        labels[row[half]],
        labels[graph.indices[half]],
        graph.edge_weight[half],
        weight,
        np.bincount(labels, share * graph.x, q),
        np.bincount(labels, share * graph.y, q),
    )


def zone_weights(graph: Graph, labels: Ints) -> Ints:
    """Add up the node weights of each zone.

    Parameters
    ----------
    graph : Graph
        The graph.
    labels : ndarray of int64, shape (n,)
        Zone of each node, 0 … k − 1.

    Returns
    -------
    ndarray of int64, shape (k,)
        Households of each zone, exact.
    """
    total = np.zeros(int(labels.max()) + 1 if len(labels) else 0, dtype=np.int64)
    np.add.at(total, labels, graph.node_weight)
    return total


def evaluate(
    graph: Graph,
    labels: Ints,
    low: int,
    high: int,
    *,
    lower_bound: float | None = None,
    seconds: float = 0.0,
) -> Solution:
    """Judge labels, independently of the code that made them.

    Parameters
    ----------
    graph : Graph
        The graph.
    labels : ndarray of int64, shape (n,)
        Zone of each node.
    low, high : int
        Band of a zone's households.
    lower_bound : float, optional
        Handed through to the solution.
    seconds : float, optional
        Handed through to the solution.

    Returns
    -------
    Solution
        The labels with their figures.

    Raises
    ------
    ZoningError
        If labels do not fit the graph, or leave a number unused.
    """
    labels = np.asarray(labels, dtype=np.int64)
    if len(labels) != graph.n or (graph.n and labels.min() < 0):
        raise ZoningError("labels do not fit the graph.")
    k = int(labels.max()) + 1 if graph.n else 0
    if k and np.bincount(labels, minlength=k).min() == 0:
        raise ZoningError("labels leave a number unused.")
    weight = zone_weights(graph, labels)
    row = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    cut = (labels[row] != labels[graph.indices]) & (row < graph.indices)
    return Solution(
        labels=labels,
        k=k,
        violation=int((np.maximum(low - weight, 0) + np.maximum(weight - high, 0)).sum()),
        cut_edges=int(cut.sum()),
        cut_weight=float(graph.edge_weight[cut].sum()),
        contiguous=bool(flood(graph.indptr, graph.indices, labels)[1] == k),
        lower_bound=lower_bound,
        seconds=seconds,
    )
