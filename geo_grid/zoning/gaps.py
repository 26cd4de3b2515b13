"""Pieces whose count of households admits no number of zones: one zone carries the whole violation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.zoning.certificates import smallest_violation, violations
from geo_grid.zoning.graph import Graph
from geo_grid.zoning.nodes import chunk_size, chunks, runs
from geo_grid.zoning.solve import solve
from geo_grid.zoning.weights import edge_costs, node_graph, rows

if TYPE_CHECKING:
    from geo_grid.policy import Band
    from geo_grid.zoning.graph import Ints
    from geo_grid.zoning.levels import Options
    from geo_grid.zoning.parts import Piece
    from geo_grid.zoning.weights import NodeGraph

#: Places that are tried for the zone that carries the violation.
PLACES_TRIED = 6


def draw_gap(piece: Piece, band: Band, k: int, options: Options, seed: int) -> Ints:
    """Draw zones with the least violation, carried by one of them if a way is found.

    Parameters
    ----------
    piece : Piece
        A connected piece whose count of households has no feasible number of zones.
    band : Band
        Band of the level.
    k : int
        Number of zones with the least violation, ≥ 2.
    options : Options
        How.
    seed : int
        Seed of this piece.

    Returns
    -------
    ndarray of int64, shape (n,)
        Zone of each local node; their violations add up to the least there is wherever the graph admits it.
    """
    least, _ = smallest_violation(piece.households, band.low, band.high)
    run, sizes = runs(piece)
    costs = edge_costs(piece, (sizes > band.high)[run])
    every = np.ones(len(sizes), bool)
    best: tuple[tuple[int, int], Ints] | None = None
    for size in (None,) if options.whole else (None, chunk_size(band.low), 1):
        node = run if size is None else chunks(piece, every, size)
        nodes = node_graph(piece, node, costs, options.min_contact if size != 1 else 0.0)
        for labels in _ways(nodes, band, k, options, seed):
            zones = violations(np.bincount(labels, nodes.graph.node_weight).astype(np.int64), band)
            rank = int(zones.sum()), int((zones > 0).sum())
            if best is None or rank < best[0]:
                best = rank, labels[node]
            if best[0] == (least, 1):
                return best[1]
    return best[1] if best is not None else np.zeros(piece.n, np.int64)


def _ways(nodes: NodeGraph, band: Band, k: int, options: Options, seed: int) -> list[Ints]:
    """Draw zones that are all at the end of the band but one, then zones that share the violation."""
    graph = nodes.graph
    if int((graph.node_weight > 0).sum()) < k:
        return []
    total = int(graph.node_weight.sum())
    found = []
    filled = np.flatnonzero(graph.node_weight > 0)
    order = filled[np.lexsort((graph.y[filled], graph.x[filled]))]
    places = order[np.linspace(0, len(order) - 1, PLACES_TRIED).astype(int)]
    for at in np.unique(places).tolist():
        # Households that are not there make every zone full; those that are too many weigh nothing.
        bent = _with_phantom(graph, at, k * band.low - total) if total < k * band.low else None
        if bent is None:
            bent = _without(graph, at, total - k * band.high)
            edge = band.high
        else:
            edge = band.low
        drawn = solve(bent, edge, edge, k, seed=seed + at, effort=options.effort)
        labels = drawn.labels[: graph.n]
        if not drawn.violation and len(np.unique(labels)) == k:
            return [labels]
    found.append(solve(graph, band.low, band.high, k, seed=seed, effort=options.effort).labels)
    return found


def _with_phantom(graph: Graph, at: int, households: int) -> Graph:
    """Hang a node of households that are not there on one node."""
    n = graph.n
    u = np.repeat(np.arange(n), np.diff(graph.indptr))
    once = u < graph.indices
    return rows(
        n + 1,
        np.append(u[once], at),
        np.append(graph.indices[once], n),
        np.append(graph.edge_weight[once], 0.0),
        np.append(graph.node_weight, households),
        np.append(graph.x, graph.x[at]),
        np.append(graph.y, graph.y[at]),
    )


def _without(graph: Graph, at: int, households: int) -> Graph:
    """Take households away from the nodes around one node, so that all of them lie together."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import breadth_first_order

    matrix = csr_array((np.ones(len(graph.indices)), graph.indices, graph.indptr), shape=(graph.n, graph.n))
    order = breadth_first_order(matrix, at, return_predecessors=False)
    before = np.cumsum(graph.node_weight[order]) - graph.node_weight[order]
    weight = graph.node_weight.copy()
    weight[order] -= np.clip(households - before, 0, graph.node_weight[order])
    return Graph(graph.indptr, graph.indices, graph.edge_weight, weight, graph.x, graph.y)
