"""Graphs the zoning works on: numbers only, no geometry, no files."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Graph:
    """An undirected graph in compressed rows; each edge stands in both of its ends' rows.

    Parameters
    ----------
    indptr : ndarray of int64, shape (n + 1,)
        Row starts.
    indices : ndarray of int64, shape (2m,)
        Neighbours, sorted within a row, no loops, no doubles.
    edge_weight : ndarray of float64, shape (2m,)
        Cost of cutting the edge; may be negative where a cut is welcome.
    node_weight : ndarray of int64, shape (n,)
        Households, ≥ 0.
    x, y : ndarray of float64, shape (n,)
        Positions, metres or any unit; used for compactness and for starting points only.
    """

    indptr: Ints
    indices: Ints
    edge_weight: Floats
    node_weight: Ints
    x: Floats
    y: Floats

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.node_weight)


@dataclass(frozen=True, slots=True)
class Solution:
    """Zones found for a graph.

    Parameters
    ----------
    labels : ndarray of int64, shape (n,)
        Zone of each node, 0 … k − 1, every zone used and connected.
    k : int
        Number of zones.
    violation : int
        Sum over zones of households outside the band.
    cut_edges : int
        Number of edges between zones.
    cut_weight : float
        Sum of ``edge_weight`` over those edges.
    contiguous : bool
        Whether every zone is connected (checked afresh on the result).
    lower_bound : float or None
        Proven lower bound of the cut for this k at this violation, None where none is known.
    seconds : float
        Time taken, without compilation.
    """

    labels: Ints
    k: int
    violation: int
    cut_edges: int
    cut_weight: float
    contiguous: bool
    lower_bound: float | None
    seconds: float


@dataclass(frozen=True, slots=True)
class AtomGraph:
    """One area at its finest grain: a node a household, plus one a cell without households.

    The households of one building (stack) are consecutive nodes, in the order a building may be cut: villager group,
    entrance, floor, dwelling. All nodes of cells without households stand at the end.

    Parameters
    ----------
    weight : ndarray of int64, shape (n,)
        1 for a household, 0 for a cell without households.
    stack : ndarray of int64, shape (n,)
        Building of each node, 0 … s − 1 without gaps and non-decreasing; −1 for a cell without households.
    cut_rank : ndarray of int64, shape (n,)
        What lies between node i − 1 and node i: 0 two dwellings of a floor, 1 a floor end, 2 an entrance end,
        3 a villager group's end, 4 another stack (also for the first node and for cells without households).
    group : ndarray of int64, shape (n,)
        Given villager group (level 1), 0 … g − 1, or −1: none given, or a cell without households.
    edge_u, edge_v : ndarray of int64, shape (m,)
        Ends of each edge, u < v, no doubles.
    length : ndarray of float64, shape (m,)
        Metres of common border, > 0.
    barrier : ndarray of float64, shape (m,)
        Metres of that border that lie on barriers, each metre times its strength (0..1); ≤ length.
    x, y : ndarray of float64, shape (n,)
        Positions, metres.
    host : ndarray of int64, shape (n,)
        For a cell without households in a piece of the area that has none at all (an exclave): the node whose grid
        it joins; −1 for every other node. Hosts are never exclaves themselves; an area without any household has
        none: its first cell stands for all.
    """

    weight: Ints
    stack: Ints
    cut_rank: Ints
    group: Ints
    edge_u: Ints
    edge_v: Ints
    length: Floats
    barrier: Floats
    x: Floats
    y: Floats
    host: Ints

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.weight)


@dataclass(frozen=True, slots=True)
class ZoneException:
    """A zone outside its band, and why that cannot be helped.

    Parameters
    ----------
    level : int
        Level, 1 for the coarsest.
    zone : int
        Zone at that level.
    reason : str
        One of :data:`geo_grid.schema.REASONS`.
    violation : int
        Households outside the band.
    smallest_violation : int
        Proven smallest violation of any zone system of the same piece (for ``not_proved``: the best known bound).
    proof : dict of str to Any
        The numbers that prove it, JSON values.
    """

    level: int
    zone: int
    reason: str
    violation: int
    smallest_violation: int
    proof: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AreaZoning:
    """Nested zones of one area.

    Parameters
    ----------
    labels : ndarray of int64, shape (levels, n)
        Zone of each node at each level, coarsest first; zones of a level are numbered 0 … k − 1 across the area, and
        a zone lies inside one zone of the level above.
    given : tuple of bool
        For each level whether it was given (villager groups) rather than drawn.
    exceptions : tuple of ZoneException
        Every zone outside its band.
    """

    labels: Ints
    given: tuple[bool, ...]
    exceptions: tuple[ZoneException, ...]
