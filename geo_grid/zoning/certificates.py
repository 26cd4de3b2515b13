"""Arithmetic of bands, and checks of exceptions that do not trust the code that drew the zones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.zoning.parts import connected_parts

if TYPE_CHECKING:
    from geo_grid.policy import Band, Policy
    from geo_grid.zoning.graph import AreaZoning, AtomGraph, Ints, ZoneException

#: Reasons that follow from the count of households of a piece alone.
ARITHMETIC = frozenset({"too_few_households", "count_gap", "disconnected_part"})


def feasible_counts(households: int, low: int, high: int) -> range:
    """Return every number of zones that a count of households admits.

    Parameters
    ----------
    households : int
        Households to be divided, ≥ 0.
    low, high : int
        Inclusive band of one zone, 1 ≤ low ≤ high.

    Returns
    -------
    range
        All k ≥ 1 with ``k * low <= households <= k * high``; empty where there is none.
    """
    if households <= 0:
        return range(0)
    return range(max(1, -(-households // high)), households // low + 1)


def smallest_violation(households: int, low: int, high: int) -> tuple[int, int]:
    """Return the least sum of violations any division of a count can have, and a number of zones that has it.

    With k zones the sum is at least ``max(0, k * low - households, households - k * high)``, which is convex in k; so
    the two numbers of zones around ``households / high`` decide.

    Parameters
    ----------
    households : int
        Households to be divided, ≥ 0.
    low, high : int
        Inclusive band of one zone, 1 ≤ low ≤ high.

    Returns
    -------
    violation : int
        Least sum over zones of households outside the band.
    k : int
        Number of zones that reaches it; where several do, the one nearest to zones at the middle of the band.
    """
    counts = feasible_counts(households, low, high)
    near = 2 * households / (low + high)
    if len(counts):
        return 0, min(counts, key=lambda k: (abs(k - near), k))
    fewer = max(1, households // high)
    options = [(max(k * low - households, households - k * high, 0), abs(k - near), k) for k in (fewer, fewer + 1)]
    violation, _, k = min(options)
    return violation, k


def divisible_bands(bands: list[Band]) -> list[Band]:
    """Narrow each band to sizes that the levels below can divide.

    Parameters
    ----------
    bands : list of Band
        Bands from the coarsest level down.

    Returns
    -------
    list of Band
        For each level the longest run of sizes in its band that every level below admits, nearest the middle among
        equals; the band itself where there is no such size.
    """
    narrow: list[Band] = []
    for band in reversed(bands):
        sizes = np.arange(band.low, band.high + 1)
        if narrow:
            below = narrow[-1]
            sizes = sizes[-(-sizes // below.high) <= sizes // below.low]
        runs = np.split(sizes, np.flatnonzero(np.diff(sizes) > 1) + 1)
        middle = (band.low + band.high) / 2
        best = max(runs, key=lambda run: (len(run), -abs(run.mean() - middle) if len(run) else 0.0))
        narrow.append(type(band)(int(best[0]), int(best[-1])) if len(best) else band)
    return narrow[::-1]


def violations(households: Ints, band: Band) -> Ints:
    """Return how many households of each zone lie outside the band.

    Parameters
    ----------
    households : ndarray of int64, shape (k,)
        Households of each zone.
    band : Band
        Band of the level.

    Returns
    -------
    ndarray of int64, shape (k,)
        0 inside the band, else the distance to the nearer bound.
    """
    return np.maximum(0, np.maximum(band.low - households, households - band.high))


def piece_of(zone: int, level: int, atoms: AtomGraph, zoning: AreaZoning) -> Ints:
    """Return the nodes of the connected piece that a zone was drawn in.

    Parameters
    ----------
    zone : int
        Zone at its level.
    level : int
        Level, 1 for the coarsest.
    atoms : AtomGraph
        The area.
    zoning : AreaZoning
        Its zones.

    Returns
    -------
    ndarray of int64
        Nodes of the piece of the parent zone (of the area at level 1) that holds the zone, exclaves left out.
    """
    parent = zoning.labels[level - 2] if level > 1 else np.zeros(atoms.n, np.int64)
    home = np.where(atoms.host >= 0, -1, parent)
    parts = connected_parts(atoms.n, atoms.edge_u, atoms.edge_v, home)
    first = np.flatnonzero((zoning.labels[level - 1] == zone) & (atoms.host < 0))[0]
    return np.flatnonzero(parts == parts[first])


def verify(exception: ZoneException, atoms: AtomGraph, zoning: AreaZoning, policy: Policy) -> bool:
    """Check an exception afresh from the arrays, by arithmetic.

    ``units_too_coarse`` and ``not_proved`` are held to what arithmetic can say of them: the violation is the zone's
    own, and the claimed bound lies between the arithmetic bound and what was found.

    Parameters
    ----------
    exception : ZoneException
        What is claimed.
    atoms : AtomGraph
        The area.
    zoning : AreaZoning
        Its zones.
    policy : Policy
        The bands.

    Returns
    -------
    bool
        Whether every number of the claim holds.
    """
    level, zone = exception.level, exception.zone
    labels = zoning.labels[level - 1]
    band = policy.levels[level - 1].band
    if exception.reason == "given_group":
        return _verify_given(exception, atoms, zoning)
    sizes = np.bincount(labels, weights=atoms.weight).astype(np.int64)
    if exception.violation != band.violation(int(sizes[zone])):
        return False
    piece = piece_of(zone, level, atoms, zoning)
    households = int(atoms.weight[piece].sum())
    bound, _ = smallest_violation(households, band.low, band.high)
    inside = np.unique(labels[piece])
    found = int(violations(sizes[inside], band).sum())
    if exception.reason in ARITHMETIC:
        return (
            bound > 0 and found == bound == exception.smallest_violation and _reason_fits(exception, households, band)
        )
    if exception.reason == "units_too_coarse":
        return bound <= exception.smallest_violation == found
    return exception.reason == "not_proved" and bound <= exception.smallest_violation <= found


def _reason_fits(exception: ZoneException, households: int, band: Band) -> bool:
    """Tell whether an arithmetic reason agrees with the count of its piece."""
    if exception.reason == "too_few_households":
        return households < band.low
    return exception.reason == "disconnected_part" or households > band.high


def _verify_given(exception: ZoneException, atoms: AtomGraph, zoning: AreaZoning) -> bool:
    """Check that a given zone really lies in several pieces, of the sizes its proof says."""
    if not zoning.given[exception.level - 1] or exception.violation or exception.smallest_violation:
        return False
    mine = (zoning.labels[exception.level - 1] == exception.zone) & (atoms.host < 0)
    parts = connected_parts(atoms.n, atoms.edge_u, atoms.edge_v, np.where(mine, 0, -1))
    sizes = np.bincount(parts[mine], weights=atoms.weight[mine])
    return len(sizes) > 1 and sorted(sizes.astype(int).tolist()) == sorted(exception.proof["pieces_households"])
