"""Bounds without a search: what arithmetic and spectra prove about violations, cuts and split buildings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.linalg

from geo_grid.zoning.build import components, validate
from geo_grid.zoning.certificates import feasible_counts
from geo_grid.zoning.counts import band_violation, share_counts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geo_grid.zoning.graph import Floats, Graph, Ints

SPECTRAL_UP_TO = 2000  # nodes up to which eigenvalues are worth their time
_SLOWER = 0.7  # what a step without gain does to the next ones
_FLAT = 1e-18  # squared length of a slope that counts as none
_TRIED_ZONES, _TRIED_BAND = 3, 1000  # zones and households up to which all loads are tried


def violation_bound(graph: Graph, low: int, high: int, k: int | None = None) -> int:
    """Bound the violation of any connected zones from below, by arithmetic.

    In each component, let the b nodes above ``high`` exceed it by E in all, and R be the households of the others.
    Zones that hold such a node all lie above the band; if there are b' ≤ b of them, their violation is
    E + (b − b')·high plus every household that joins them. What does not join is shared out over the k − b' others,
    of which at least ``max(0, (k − b')·low − R, R − (k − b')·high)`` households lie outside the band; to join one
    costs a household and wins at most one, so that none needs to join while there are other zones.

    Parameters
    ----------
    graph : Graph
        The graph.
    low, high : int
        Band of a zone, 0 ≤ low ≤ high.
    k : int, optional
        Number of zones; free when absent. Raised to the number of components and lowered to that of nodes.

    Returns
    -------
    int
        Lower bound.

    Raises
    ------
    ZoningError
        If the graph is malformed.
    """
    validate(graph)
    if graph.n == 0:
        return 0
    part = components(graph)
    made = int(part.max()) + 1
    members = np.split(np.argsort(part, kind="stable"), np.cumsum(np.bincount(part))[:-1])
    weights = [graph.node_weight[nodes] for nodes in members]
    free = sum(_component_bound(weight, low, high, None) for weight in weights)
    if k is None:
        return free
    k = min(max(k, made), graph.n)
    if made == 1:
        return _component_bound(weights[0], low, high, k)
    totals = [int(weight.sum()) for weight in weights]
    counts = share_counts(totals, [len(weight) for weight in weights], k, low, high)
    shared = sum(band_violation(total, count, low, high) for total, count in zip(totals, counts, strict=True))
    return max(free, shared)


def _component_bound(weight: Ints, low: int, high: int, k: int | None) -> int:
    """Bound one component's violation."""
    large = weight[weight > high]
    b, rest = len(large), int(weight.sum() - large.sum())
    if k is None:
        # More zones about large nodes never cost more: b' = b.
        others = np.arange(0 if b else 1, len(weight) - b + 1)
        merged = np.zeros(len(others), np.int64)
    else:
        about = np.arange(min(b, 1), min(b, k) + 1)
        others, merged = k - about, (b - about) * high
    outside = np.maximum(0, np.maximum(others * low - rest, rest - others * high))
    return int((large - high).sum()) + int((merged + outside).min())


def cut_bound(
    graph: Graph, low: int, high: int, k: int, violation: int = 0, *, aim: float | None = None, rounds: int = 60
) -> float:
    """Bound the cut weight of any k connected zones from below, by counts and by eigenvalues.

    Counts: k zones of a graph with c components cut k − c edges at least. Eigenvalues (Donath and Hoffman, IBM J. Res.
    Dev. 17, 1973, here with node weights): let X be the 0/1 matrix of nodes and zones, D the diagonal of node weights,
    s the zones' weights in falling order and L the Laplacian. ``2 cut = tr XᵀLX`` and ``XᵀDX = diag s``, so that
    ``2 cut ≥ Σ s_j λ_j`` with the k least eigenvalues of ``D^-½ L D^-½`` in rising order; s is then taken as bad as the
    band allows. As ``Σ_j X_ij = 1``, ``L + diag u`` does as well when ``Σ u`` is taken off again; u is improved by a
    few steps of subgradient ascent. Nodes without weight are eliminated first, which lets them lie anywhere. Edges of
    negative weight are all taken as cut.

    Parameters
    ----------
    graph : Graph
        The graph.
    low, high : int
        Band of a zone.
    k : int
        Number of zones; raised to the number of components and lowered to that of nodes.
    violation : int, optional
        Violation that is allowed in all.
    aim : float, optional
        A cut that is known to be possible; makes the ascent faster, and is returned where it is reached.
    rounds : int, optional
        Steps of the ascent.

    Returns
    -------
    float
        Lower bound, in units of edge weight; rounding errors are taken off.

    Raises
    ------
    ZoningError
        If the graph is malformed.
    """
    validate(graph)
    if graph.n == 0:
        return 0.0
    made = int(components(graph).max()) + 1
    k = min(max(k, made), graph.n)
    if k == made:
        return 0.0
    ends = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    weights = np.sort(graph.edge_weight[ends < graph.indices])
    if k == graph.n:
        return float(weights.sum())
    negative = float(weights[weights < 0].sum())
    counted = float(weights[: max(k - made, int((weights < 0).sum()))].sum())
    total = int(graph.node_weight.sum())
    if graph.n > SPECTRAL_UP_TO or total == 0:
        return counted
    laplacian, load = _laplacian(graph)
    sizes = _worst_sizes(total, low, high, min(k, len(load)), violation)
    if sizes is None:
        return counted
    target = None if aim is None else aim - negative
    best = max(counted, negative + _ascend(laplacian, load, sizes, target, rounds))
    return best if aim is None else min(best, aim)


def _laplacian(graph: Graph) -> tuple[Floats, Floats]:
    """Return the Laplacian of positive edges over nodes with weight, others eliminated, and those weights."""
    ends = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    full = np.zeros((graph.n, graph.n))
    full[ends, graph.indices] = -np.maximum(graph.edge_weight, 0)
    held = graph.node_weight > 0
    # Star to mesh, node by node: sums and products of numbers of one sign, so that nothing is lost to rounding.
    for z in np.flatnonzero(~held).tolist():
        arm = -full[z]
        arm[z] = 0
        full[z], full[:, z] = 0, 0
        if arm.any():
            full -= np.outer(arm, arm / arm.sum())
        np.fill_diagonal(full, 0)
    full = full[np.ix_(held, held)]
    full = (full + full.T) / 2
    np.fill_diagonal(full, -full.sum(axis=1))
    return full, graph.node_weight[held].astype(np.float64)


def _worst_sizes(total: int, low: int, high: int, k: int, violation: int) -> Floats | None:
    """Return zone weights in falling order that give the least bound; None where the band admits none."""
    least, most = max(0, low - violation), min(high + violation, total)
    if not k * least <= total <= k * most:
        return None
    sizes = np.full(k, least, np.float64)
    left = total - k * least
    for j in range(k):
        more = min(left, most - least)
        sizes[j] += more
        left -= more
    return sizes


def _ascend(laplacian: Floats, load: Floats, sizes: Floats, aim: float | None, rounds: int) -> float:
    """Improve the shifts of the spectral bound; return the best bound seen."""
    root = np.sqrt(load)
    shift = np.zeros(len(load))
    best, pace = 0.0, 1.0
    for _ in range(max(rounds, 1)):
        matrix = (laplacian + np.diag(shift)) / np.outer(root, root)
        values, vectors = scipy.linalg.eigh(matrix, subset_by_index=(0, len(sizes) - 1))
        # eigh is backward stable: each value is off by no more than a small multiple of n·eps·|matrix|.
        slack = 10 * len(load) * np.finfo(float).eps * np.linalg.norm(matrix) * sizes.sum()
        found = float((sizes @ values - shift.sum() - slack) / 2)
        pace = pace if found > best else pace * _SLOWER
        best = max(best, found)
        target = 1.05 * max(best, 1e-12) if aim is None else aim
        if found >= target:
            break
        rise = (vectors**2 @ sizes) / load - 1
        length = float(rise @ rise)
        if length < _FLAT:
            break
        shift += pace * 2 * (target - found) / length * rise
    return best


def split_bound(stack_sizes: Sequence[int] | Ints, low: int, high: int) -> int:
    """Bound from below how many buildings of a piece any zones in the band have to split.

    Three arguments, each over zones that are all inside [low, high], wherever the buildings stand:

    1. A building above ``high`` fits in no zone and is split.
    2. Two whole buildings above ``high / 2`` fit in no zone together, and there are at most ``total // low`` zones:
       as many as are too many are split.
    3. Let a whole building be *lonely* if it is below ``low`` and above ``high / 2``. Its zone needs ``low − size``
       more households at least, and no two share a zone. They come from parts of split buildings, or from whole
       ones of at most ``high`` less the smallest lonely size. Splitting one more building adds at most its size to what
       there is, and, if it is lonely, takes its own need away: so the buildings of greatest such gain show how many
       must be split for the supply to meet the need.

    Where three zones are the most there can be, every way to put whole buildings into them is tried besides: if none is
    in band, at least one building is split.

    Parameters
    ----------
    stack_sizes : sequence of int, shape (s,)
        Households of each building.
    low, high : int
        Band of a zone, 1 ≤ low ≤ high.

    Returns
    -------
    int
        Lower bound of the number of buildings split. Holds for zones in the band only; nested zones split no fewer.
    """
    sizes = np.asarray(stack_sizes, dtype=np.int64)
    sizes = np.sort(sizes[sizes > 0])[::-1]
    if not len(sizes):
        return 0
    forced = int((sizes > high).sum())
    total = int(sizes.sum())
    halves = int(((sizes <= high) & (2 * sizes > high)).sum())
    bound = forced + max(0, halves - total // low)
    bound = max(bound, forced + _splits_to_fill(sizes, low, high))
    if bound == 0 and not _whole_zones(sizes, low, high):
        bound = 1
    return bound


def _splits_to_fill(sizes: Ints, low: int, high: int) -> int:
    """Return how many buildings within the band must be split to fill the zones of the lonely ones."""
    whole = sizes[sizes <= high]
    lonely = (2 * whole > high) & (whole < low)
    if not lonely.any():
        return 0
    fillers = ~lonely & (whole <= high - whole[lonely].min())
    supply = int(sizes[sizes > high].sum() + whole[fillers].sum())
    missing = int((low - whole[lonely]).sum()) - supply
    if missing <= 0:
        return 0
    gains = np.sort(np.where(lonely, low, np.where(fillers, 0, whole)))[::-1]
    # Fillers are in the supply already, split or not.
    return int(np.searchsorted(np.cumsum(gains), missing)) + 1


def _whole_zones(sizes: Ints, low: int, high: int) -> bool:
    """Tell whether whole buildings can make zones in the band; taken for granted where four zones are possible."""
    total = int(sizes.sum())
    counts = feasible_counts(total, low, high)
    if not len(counts):
        return True
    if counts[-1] > _TRIED_ZONES or high > _TRIED_BAND:
        return True
    # loads[a, b]: two zones may hold a and b households; the third one holds what is left of the buildings so far.
    loads = np.zeros((high + 1, high + 1), dtype=bool)
    loads[0, 0] = True
    for size in sizes[sizes <= high].tolist():
        more = loads.copy()
        more[size:] |= loads[: high + 1 - size]
        more[:, size:] |= loads[:, : high + 1 - size]
        loads = more
    a, b = np.nonzero(loads)
    good = np.ones(len(a), dtype=bool)
    for held in (a, b, total - a - b):
        good &= (held == 0) | ((low <= held) & (held <= high))
    return bool(good.any())
