"""Buildings that fill a zone by themselves and may not be split: what lies between them is divided part by part.

Whatever joins such a building adds all its households to the violation there, however much joins it and from wherever.
So each connected part of the other buildings has a least violation of its own, in which any zone that touches a large
building may also join it at the cost of its households; and the least violation of the whole is the sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.zoning.certificates import smallest_violation, violations
from geo_grid.zoning.nodes import runs
from geo_grid.zoning.parts import connected_parts, renumber, split_piece
from geo_grid.zoning.proof import ENUMERATED, enumerate_zones
from geo_grid.zoning.weights import node_graph

if TYPE_CHECKING:
    from collections.abc import Callable

    from geo_grid.policy import Band
    from geo_grid.zoning.graph import Ints
    from geo_grid.zoning.parts import Piece
    from geo_grid.zoning.weights import NodeGraph


def has_large(piece: Piece, band: Band) -> bool:
    """Tell whether a piece has a building above the band.

    Parameters
    ----------
    piece : Piece
        A connected piece.
    band : Band
        Band of its zones.

    Returns
    -------
    bool
        Whether some building holds more households than a zone may.
    """
    return bool((runs(piece)[1] > band.high).any())


class _Between:
    """The parts between large buildings, at the grain of whole buildings."""

    def __init__(self, piece: Piece, band: Band) -> None:
        self.piece, self.band = piece, band
        self.run, self.sizes = runs(piece)
        self.nodes: NodeGraph = node_graph(piece, self.run, np.zeros(len(piece.u)), 0.0)
        self.large = self.sizes >= band.high
        free = np.where(self.large, -1, 0)
        self.part = connected_parts(len(free), self.nodes.u, self.nodes.v, free)
        u, v = self.nodes.u, self.nodes.v
        self.beside = np.zeros(len(free), bool)
        self.beside[u[self.large[v]]] = True
        self.beside[v[self.large[u]]] = True

    @property
    def lumps(self) -> int:
        return int(np.maximum(self.sizes - self.band.high, 0).sum())

    def pieces(self) -> list[Piece]:
        return split_piece(self.piece, self.part[self.run], connected=False)

    def listed(self, inside: Piece) -> tuple[Ints, int, Ints] | None:
        """Divide a small part in the best of all ways: zones of its runs, violation, and the runs in the piece."""
        members = self.run[np.searchsorted(self.piece.atoms, inside.atoms)]
        unique, node = np.unique(members, return_inverse=True)
        if len(unique) > ENUMERATED:
            return None
        graph = node_graph(inside, node, np.zeros(len(inside.u)), 0.0).graph
        labels, violation = enumerate_zones(graph, self.band, self.beside[unique])
        return labels, violation, unique

    def least(self, inside: Piece) -> int:
        """Bound the violation of a part by counts: some households join a large building, the others do not."""
        households = inside.households
        low, high = self.band.low, self.band.high
        return min(
            joined + (smallest_violation(households - joined, low, high)[0] if joined < households else 0)
            for joined in range(households + 1)
        )


def bound_around_large(piece: Piece, band: Band) -> int:
    """Bound the violation of a piece whose buildings may not be split.

    Parameters
    ----------
    piece : Piece
        A connected piece.
    band : Band
        Band of its zones.

    Returns
    -------
    int
        Lower bound; exact where every part between large buildings has at most
        :data:`geo_grid.zoning.proof.ENUMERATED` buildings.
    """
    between = _Between(piece, band)
    if not between.large.any():
        return smallest_violation(piece.households, band.low, band.high)[0]
    bound = between.lumps
    for inside in between.pieces():
        listed = between.listed(inside)
        bound += between.least(inside) if listed is None else listed[1]
    return bound


def draw_around_large(piece: Piece, band: Band, draw: Callable[[Piece], Ints]) -> Ints:
    """Zone a piece with buildings that fill a zone by themselves and may not be split.

    Parameters
    ----------
    piece : Piece
        A connected piece with such a building.
    band : Band
        Band of its zones.
    draw : callable
        Draws the zones of a part that is too large to list all its divisions.

    Returns
    -------
    ndarray of int64, shape (n,)
        Zone of each local node, 0 … k − 1, each connected.
    """
    between = _Between(piece, band)
    zone = np.where(between.large, np.arange(len(between.sizes)), -1)
    used = len(zone)
    for inside in between.pieces():
        listed = between.listed(inside)
        if listed is not None:
            labels, _, members = listed
        else:
            runs_of = between.run[np.searchsorted(piece.atoms, inside.atoms)]
            members, first = np.unique(runs_of, return_index=True)
            labels = draw(inside)[first]
        zone[members] = labels + used
        used += int(labels.max()) + 1
    zone = _join(between, renumber(zone))
    return renumber(zone[between.run])


def _join(between: _Between, zone: Ints) -> Ints:
    """Let each zone that is better joined to a large building join the one with the longest border."""
    sizes = np.bincount(zone, between.sizes).astype(np.int64)
    outside = violations(sizes, between.band)
    u, v = between.nodes.u, between.nodes.v
    to_large = between.large[u] ^ between.large[v]
    small_end = np.where(between.large[u], v, u)[to_large]
    large_end = np.where(between.large[u], u, v)[to_large]
    length = between.nodes.length[to_large]
    target = np.arange(len(sizes))
    order = np.argsort(length, kind="stable")
    # The longest border comes last, and stays.
    best = np.full(len(sizes), -1, np.int64)
    best[zone[small_end[order]]] = zone[large_end[order]]
    free = np.ones(len(sizes), bool)
    free[zone[between.large]] = False
    moving = free & (sizes < outside) & (best >= 0)
    target[moving] = best[moving]
    return renumber(target[zone])
