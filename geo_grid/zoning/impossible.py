"""What the numbers alone rule out: no search, and nothing of the solver is trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.zoning.build import components

if TYPE_CHECKING:
    from geo_grid.zoning.graph import Graph


def impossible(graph: Graph, low: int, high: int, k: int | None) -> str | None:
    """Say why no connected zones keep the band, where counting tells.

    Parameters
    ----------
    graph : Graph
        The graph.
    low, high : int
        Band of a zone.
    k : int or None
        Number of zones; None where it is free.

    Returns
    -------
    str or None
        The reason, in words; None where counting rules nothing out, which does not mean that there are such zones.
    """
    if not graph.n:
        return None if not k else f"k = {k}, and there are no nodes"
    part = components(graph)
    made = int(part.max()) + 1
    if k is not None and k > graph.n:
        return f"k = {k} is more than the {graph.n} nodes"
    if k is not None and k < made:
        return f"k = {k} is less than the {made} pieces the graph falls into"
    return _of_counts(graph, part, low, high, k)


def _of_counts(graph: Graph, part: np.ndarray, low: int, high: int, k: int | None) -> str | None:
    largest = int(graph.node_weight.max())
    if largest > high:
        return f"a node holds {largest}, more than U = {high}"
    size = np.bincount(part)
    held = np.zeros(len(size), np.int64)
    np.add.at(held, part, graph.node_weight.astype(np.int64))
    fewest = np.maximum(-(-held // max(high, 1)), 1)
    most = np.minimum(held // low, size) if low else size
    if (fewest > most).any():
        bad = int(np.argmax(fewest > most))
        return f"a piece of {int(held[bad])} cannot be shared out in zones of {low} to {high}"
    if k is not None and not fewest.sum() <= k <= most.sum():
        return f"k = {k}, and the band admits {int(fewest.sum())} to {int(most.sum())} zones"
    return None
