"""Sides of hard barriers: each side is zoned by itself where its count of households allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.zoning.certificates import smallest_violation
from geo_grid.zoning.parts import connected_parts, renumber

if TYPE_CHECKING:
    from geo_grid.policy import Band
    from geo_grid.zoning.graph import Ints
    from geo_grid.zoning.weights import NodeGraph


def bank_labels(nodes: NodeGraph, band: Band, joined: Ints | None = None) -> Ints:
    """Return the sides of hard barriers, joined where one alone does not admit the band.

    The smallest side in want joins the neighbour it has the longest border with, until every side admits the band or
    one is left: a hard barrier is crossed only where the counts force it.

    Parameters
    ----------
    nodes : NodeGraph
        A connected piece.
    band : Band
        Band of the level.
    joined : ndarray of int64, shape (n,), optional
        Sides to start from, for instance with two joined that could not be zoned alone.

    Returns
    -------
    ndarray of int64, shape (n,)
        Side of each node, 0 … without gaps; each side is connected in the graph.
    """
    hard = nodes.hard
    count = nodes.graph.n
    if joined is None:
        if not hard.any():
            return np.zeros(count, np.int64)
        side = connected_parts(count, nodes.u[~hard], nodes.v[~hard], np.zeros(count, np.int64))
    else:
        side = joined.copy()
    while True:
        number = int(side.max(initial=0)) + 1
        households = np.bincount(side, nodes.graph.node_weight, number).astype(np.int64)
        wanting = [i for i in range(number) if smallest_violation(int(households[i]), band.low, band.high)[0]]
        if number == 1 or not wanting:
            return side
        side = join_bank(nodes, side, min(wanting, key=lambda i: (households[i], i)))


def join_bank(nodes: NodeGraph, side: Ints, bank: int) -> Ints:
    """Join one side to the neighbour it has the longest border with.

    Parameters
    ----------
    nodes : NodeGraph
        A connected piece.
    side : ndarray of int64, shape (n,)
        Side of each node; there are at least two.
    bank : int
        The side that joins another.

    Returns
    -------
    ndarray of int64, shape (n,)
        Sides after the join, numbered without gaps.
    """
    a, b = side[nodes.u], side[nodes.v]
    touching = (a != b) & ((a == bank) | (b == bank))
    other = np.where(a == bank, b, a)[touching]
    border = np.bincount(other, nodes.length[touching], int(side.max()) + 1)
    best = int(border.argmax())
    return renumber(np.where(side == bank, best, side))
