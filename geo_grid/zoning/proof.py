"""How good the zones of one piece can be at all: exact search at the finest grain that is allowed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.errors import MissingDependencyError
from geo_grid.zoning.certificates import smallest_violation
from geo_grid.zoning.nodes import runs
from geo_grid.zoning.parts import connected_parts
from geo_grid.zoning.trees import is_tree, tree_zones
from geo_grid.zoning.weights import node_graph

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.policy import Band
    from geo_grid.zoning.graph import Graph, Ints
    from geo_grid.zoning.parts import Piece

#: Nodes up to which every division is looked at, and up to which integer programming is tried.
ENUMERATED, PROGRAMMED = 14, 22
#: Nodes up to which, and seconds for which, the exact solver is asked last, where OR-tools is installed.
SOLVED, SOLVER_SECONDS = 60, 10.0


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known about the least violation of a piece.

    Parameters
    ----------
    bound : int
        Proven lower bound.
    method : str
        How: "counts", "large_buildings", "cut_node", "tree", "enumeration", "integer_program" or "cp_sat".
    labels : ndarray of int64 or None
        Zones of the local nodes that are better than what was found, if the search came upon them.
    """

    bound: int
    method: str
    labels: Ints | None = None


def prove(piece: Piece, band: Band, found: int, *, whole: bool) -> Proof:
    """Bound the violation of a piece from below, as near to what was found as can be.

    Parameters
    ----------
    piece : Piece
        A connected piece.
    band : Band
        Band of its zones.
    found : int
        Violation of the zones found.
    whole : bool
        Whether buildings may not be split; else dwellings are the grain.

    Returns
    -------
    Proof
        The best bound of all methods that fit the size of the piece.
    """
    node = runs(piece)[0] if whole else np.arange(piece.n)
    graph = node_graph(piece, node, np.zeros(len(piece.u)), 0.0).graph
    best = Proof(smallest_violation(piece.households, band.low, band.high)[0], "counts")
    if whole and (graph.node_weight > band.high).any():
        from geo_grid.zoning.large import bound_around_large

        best = Proof(max(best.bound, bound_around_large(piece, band)), "large_buildings")
    pendant = cut_node_bound(graph, band)
    if pendant > best.bound:
        best = Proof(pendant, "cut_node")
    if best.bound >= found:
        return best
    if is_tree(graph):
        labels, violation = tree_zones(graph, band, found, 0)
        return Proof(violation, "tree", None if labels is None else labels[node])
    if graph.n <= ENUMERATED:
        listed, violation = enumerate_zones(graph, band)
        return Proof(violation, "enumeration", listed[node] if violation < found else None)
    if graph.n <= PROGRAMMED:
        from geo_grid.zoning.program import program_zones

        bound, zones = program_zones(graph, band, found)
        if bound > best.bound or zones is not None:
            best = Proof(max(bound, best.bound), "integer_program", None if zones is None else zones[node])
    if best.bound < found and best.labels is None and graph.n <= SOLVED:
        best = _solved(graph, band, found, node) or best
    return best


def _solved(graph: Graph, band: Band, found: int, node: Ints) -> Proof | None:
    """Ask the exact solver; only a finished proof counts, for an unfinished one would depend on the machine."""
    from geo_grid.zoning.exact import prove as solve_exactly

    try:
        exact = solve_exactly(graph, band.low, band.high, seconds=SOLVER_SECONDS)
    except MissingDependencyError:
        return None
    if exact.violation_bound < exact.violation:
        return None
    return Proof(exact.violation, "cp_sat", exact.labels[node] if exact.violation < found else None)


def cut_node_bound(graph: Graph, band: Band) -> int:
    """Bound the violation by what hangs on one node.

    Where a node's removal sets parts free that are smaller than the band, each of them lies in that node's zone, or
    has a zone of its own that is too small. The node with the largest such bound decides.

    Parameters
    ----------
    graph : Graph
        A connected graph.
    band : Band
        Band of a zone.

    Returns
    -------
    int
        Lower bound of the violation of any connected zones.
    """
    ends = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    best = 0
    busy = np.flatnonzero(np.diff(graph.indptr) > 1)
    for node in busy.tolist():
        free = np.zeros(graph.n, np.int64)
        free[node] = -1
        parts = connected_parts(graph.n, ends, graph.indices, free)
        held = parts >= 0
        households = np.bincount(parts[held], graph.node_weight[held]).astype(np.int64)
        small = households[(households < band.low) & (households > 0)]
        load = int(graph.node_weight[node]) + int(small.sum())
        if load <= band.high + best:
            continue
        # least[j]: least violation of parts set apart that hold j households together
        least = np.full(load + 1, load * band.low, np.int64)
        least[0] = 0
        for size in small.tolist():
            least[size:] = np.minimum(least[size:], least[:-size] + band.low - size)
        rest = load - np.arange(load + 1)
        best = max(best, int((least + np.maximum(0, rest - band.high)).min()))
    return best


def enumerate_zones(graph: Graph, band: Band, joining: NDArray[np.bool_] | None = None) -> tuple[Ints, int]:
    """Find zones with the least violation by looking at every division of a small graph.

    Parameters
    ----------
    graph : Graph
        A connected graph of at most :data:`ENUMERATED` nodes.
    band : Band
        Band of a zone.
    joining : ndarray of bool, shape (n,), optional
        Nodes that touch a zone that is full: a zone with such a node may cost its households instead.

    Returns
    -------
    labels : ndarray of int64, shape (n,)
        Connected zones with the least violation.
    violation : int
        That violation.
    """
    reach = np.zeros(graph.n, np.int64)
    ends = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    np.bitwise_or.at(reach, ends, np.int64(1) << graph.indices)
    full = 0 if joining is None else int((1 << np.flatnonzero(joining)).sum())
    choice, violation = _best_zones(_zone_costs(reach, graph.node_weight, band.low, band.high, full))
    labels = np.empty(graph.n, np.int64)
    rest, zone = (1 << graph.n) - 1, 0
    while rest:
        members = int(choice[rest])
        labels[[i for i in range(graph.n) if members >> i & 1]] = zone
        rest, zone = rest & ~members, zone + 1
    return labels, violation


@njit(cache=True)
def _zone_costs(reach: Ints, weight: Ints, low: int, high: int, full: int) -> Ints:  # pragma: no cover
    """Violation of every subset of nodes, −1 where it is not connected."""
    n = len(weight)
    cost = np.full(1 << n, -1, np.int64)
    for zone in range(1, 1 << n):
        seen = grown = np.int64(zone & -zone)
        while grown:
            near = np.int64(0)
            for i in range(n):
                if grown >> i & 1:
                    near |= reach[i]
            grown = near & zone & ~seen
            seen |= grown
        if seen == zone:
            total = 0
            for i in range(n):
                total += weight[i] * (zone >> i & 1)
            cost[zone] = max(0, low - total, total - high)
            if zone & full:
                cost[zone] = min(cost[zone], total)
    return cost


@njit(cache=True)
def _best_zones(cost: Ints) -> tuple[Ints, int]:  # pragma: no cover
    """Least violation of every subset of nodes: the zone of its lowest node is tried in every connected way."""
    best = np.full(len(cost), -1, np.int64)
    choice = np.zeros(len(cost), np.int64)
    best[0] = 0
    for rest in range(1, len(cost)):
        lowest = rest & -rest
        others = rest ^ lowest
        subset = others
        while True:
            zone = subset | lowest
            value = cost[zone] + best[rest ^ zone]
            if cost[zone] >= 0 and (best[rest] < 0 or value < best[rest]):
                best[rest] = value
                choice[rest] = zone
            if subset == 0:
                break
            subset = (subset - 1) & others
    return choice, best[-1]
