"""Nested zones of an area that has changed: houses were built or torn down, and the zones stay as they were if they can."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo_grid.errors import ZoningError
from geo_grid.zoning.area import _check_contiguous, _Drawing, _empty, _labels, _validate
from geo_grid.zoning.certificates import feasible_counts, smallest_violation, violations
from geo_grid.zoning.exceptions import find_exceptions
from geo_grid.zoning.given import group_labels, is_given
from geo_grid.zoning.graph import AreaZoning
from geo_grid.zoning.levels import Options
from geo_grid.zoning.parts import split_piece, whole_area
from geo_grid.zoning.rezone_piece import carried, keep_piece
from geo_grid.zoning.tree import Part, Zone

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.policy import Policy
    from geo_grid.zoning.graph import AtomGraph, Ints
    from geo_grid.zoning.parts import Piece


class Rezoning(NamedTuple):
    """Zones of a changed area, and what became of the old ones.

    Parameters
    ----------
    zoning : AreaZoning
        The nested zones.
    kept : tuple of float
        For each level the share of the old households that are still in the zone their old one became; 1.0 where
        there are none.
    became : tuple of ndarray of int64
        For each level the new number of each old zone, −1 for one that is no more. A zone that keeps most of its
        households keeps its number, wherever that number is still below the number of zones.
    """

    zoning: AreaZoning
    kept: tuple[float, ...]
    became: tuple[Ints, ...]


def rezone_area(
    atoms: AtomGraph,
    policy: Policy,
    old: Ints,
    *,
    locked: NDArray[np.bool_] | None = None,
    min_contact: float = 3.0,
    seed: int = 0,
) -> Rezoning:
    """Mend the nested zones of an area with as few households moved as can be.

    From the coarsest level down, each piece is mended by :func:`geo_grid.zoning.repair.mend_nodes`: at first with
    every building as it stands, then with more and more of them cut around what is out of band. What a level cannot
    mend so is drawn anew. All that :func:`geo_grid.zoning.area.zone_area` promises holds.

    Parameters
    ----------
    atoms : AtomGraph
        The area as it is now.
    policy : Policy
        Bands of each level.
    old : ndarray of int64, shape (levels, n)
        Zones the nodes had, coarsest level first; −1 for households that are new and cells whose zone is not known.
    locked : ndarray of bool, shape (n,), optional
        Nodes that stay in their zones at every level drawn. They go before the bands: what they keep out of band is an
        exception ``not_proved``. Only where the locked nodes of a zone can no longer be joined do they give way.
    min_contact : float, optional
        Metres of common border below which two buildings are no neighbours, unless one would be cut off.
    seed : int, optional
        Seed; the same seed gives the same zones.

    Returns
    -------
    Rezoning
        The zones, the share of households that kept theirs, and the new number of each old zone.

    Raises
    ------
    ZoningError
        If an array does not fit.
    """
    _validate(atoms)
    old, fixed = _checked(atoms, policy, old, locked)
    if not atoms.weight.any():
        return _judged(_empty(atoms, policy), atoms, old, fixed)
    drawing = _Keeping(policy, Options(min_contact, policy.keep_whole == "always", seed, 1.0), atoms, old, fixed)
    area = whole_area(atoms)
    given = policy.given_groups and is_given(atoms)
    roots: list[Part] = []
    if given:
        groups = split_piece(area, group_labels(atoms), connected=False)
        zones = [drawing.divide(Zone(piece), 1, given=True) for piece in groups]
        for part in [part for zone in zones for part in zone.parts]:
            drawing.prove(part, 1)
    else:
        pieces = split_piece(area, np.where(atoms.host < 0, 0, -1))
        roots = [drawing.draw(piece, 0, alone=len(pieces) == 1) for piece in pieces]
        for part in roots:
            drawing.prove(part, 0)
        zones = [zone for part in roots for zone in part.zones]
    plain = _labels(zones, atoms, len(policy.levels))
    names = [_renamed(row, before, atoms.weight, fixed) for row, before in zip(plain, old, strict=True)]
    labels = np.stack([name[row] for name, row in zip(names, plain, strict=True)])
    _check_contiguous(labels, atoms, given=given)
    exceptions = find_exceptions(roots, zones, labels, given=given)
    return _judged(AreaZoning(labels, (given, *(False for _ in policy.levels[1:])), exceptions), atoms, old, fixed)


def _checked(
    atoms: AtomGraph, policy: Policy, old: Ints, locked: NDArray[np.bool_] | None
) -> tuple[Ints, NDArray[np.bool_]]:
    """Refuse old zones that do not fit; fill in what was left out."""
    old = np.asarray(old, np.int64)
    if old.shape != (len(policy.levels), atoms.n):
        raise ZoningError(f"old zones of shape {old.shape} do not fit {len(policy.levels)} levels of {atoms.n} nodes.")
    if (old < -1).any():
        raise ZoningError("an old zone is below −1.")
    fixed = np.zeros(atoms.n, bool) if locked is None else np.asarray(locked, bool)
    if fixed.shape != (atoms.n,):
        raise ZoningError("the locked nodes do not fit the area.")
    if (old[:, fixed] < 0).any():
        raise ZoningError("a locked node has no zone to keep.")
    return old, fixed


class _Keeping(_Drawing):
    """Draws parts as they were drawn before, as far as that goes."""

    def __init__(
        self, policy: Policy, options: Options, atoms: AtomGraph, old: Ints, locked: NDArray[np.bool_]
    ) -> None:
        super().__init__(policy, options)
        self.old, self.locked, self.lived = old, locked, atoms.weight > 0
        self.totals = [np.bincount(row[self.lived & (row >= 0)]) for row in old]
        self.anew = False

    def draw(self, piece: Piece, level: int, *, alone: bool, salt: int = 0) -> Part:
        """Divide a piece; where a first division had to be cut again (``salt``), draw it from nothing."""
        before, self.anew = self.anew, self.anew or salt > 0
        try:
            return super().draw(piece, level, alone=alone, salt=salt)
        finally:
            self.anew = before

    def _labels(self, piece: Piece, level: int, seed: int) -> Ints:
        """Keep the old zones of a piece where most of its households have some; else, or if that fails, draw."""
        if self.anew:
            return super()._labels(piece, level, seed)
        before = self._here(piece, level)
        households = piece.weight > 0
        locked = self.locked[piece.atoms]
        if 2 * int((before[households] >= 0).sum()) < int(households.sum()) and not locked.any():
            return super()._labels(piece, level, seed)
        band, narrow = self.levels[level].band, self.divisible[level]
        start = carried(piece, before)
        if narrow != band and len(feasible_counts(piece.households, narrow.low, narrow.high)):
            labels, violation = keep_piece(piece, narrow, self.options, start, before, locked, seed)
            if not violation:
                return labels
        labels, violation = keep_piece(piece, band, self.options, start, before, locked, seed)
        if violation > smallest_violation(piece.households, band.low, band.high)[0] and not locked.any():
            drawn = super()._labels(piece, level, seed)
            if violations(np.bincount(drawn, piece.weight).astype(np.int64), band).sum() < violation:
                return drawn
        return labels

    def _mend(self, part: Part, level: int) -> None:
        """Cut zones whose children fall short again, where no node is locked."""
        if not self.locked[part.piece.atoms].any():
            super()._mend(part, level)

    def prove(self, part: Part, level: int) -> None:
        """Bound what falls short from below; take better zones only where no node is locked."""
        zones = part.zones
        super().prove(part, level)
        if part.zones is not zones and self.locked[part.piece.atoms].any():
            part.zones, part.bound, part.method = zones, None, "counts"
            for below in [below for zone in zones for below in zone.parts]:
                self.prove(below, level + 1)

    def _here(self, piece: Piece, level: int) -> Ints:
        """Return the old zones of a piece; what is less than half of one counts as new, for the rest is elsewhere."""
        row = self.old[level][piece.atoms]
        held = row >= 0
        counts = np.bincount(row[held & (piece.weight > 0)], minlength=len(self.totals[level]))
        rest = np.zeros(len(row), bool)
        sizes = np.maximum(self.totals[level], 1)
        most = np.zeros(max(int(row.max(initial=-1)) + 1, len(sizes)), bool)
        most[: len(sizes)] = 2 * counts[: len(sizes)] >= sizes
        rest[held] = ~most[row[held]]
        return np.where(rest & ~self.locked[piece.atoms], -1, row)


def _shares(row: Ints, before: Ints, weight: Ints, locked: NDArray[np.bool_]) -> tuple[Ints, Ints, Ints, Ints]:
    """Return pairs of new and old zone, the households they share, and the same with locked nodes made to outweigh all."""
    known = before >= 0
    worth = np.where(locked, len(row) + 1, 1) * weight
    pairs, inverse = np.unique(np.column_stack([row[known], before[known]]), axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    shared = np.bincount(inverse, weight[known], len(pairs)).astype(np.int64)
    return pairs[:, 0], pairs[:, 1], shared, np.bincount(inverse, worth[known], len(pairs)).astype(np.int64)


def _heirs(row: Ints, before: Ints, weight: Ints, locked: NDArray[np.bool_]) -> Ints:
    """Return the zone each old zone became: the one that has most of its households, −1 for none."""
    new, was, shared, worth = _shares(row, before, weight, locked)
    became = np.full(int(before.max(initial=-1)) + 1, -1, np.int64)
    total = np.bincount(was, shared, len(became))
    taken = np.zeros(int(row.max(initial=-1)) + 1, bool)
    for i in np.lexsort((new, was, -worth)).tolist():
        a, b = int(was[i]), int(new[i])
        most = 2 * shared[i] > total[a] or worth[i] > len(row)
        if most and became[a] < 0 and not taken[b]:
            became[a], taken[b] = b, True
    return became


def _renamed(row: Ints, before: Ints, weight: Ints, locked: NDArray[np.bool_]) -> Ints:
    """Return a number 0 … k − 1 for each zone: that of the old zone it was, if there are that many, else a free one."""
    became = _heirs(row, before, weight, locked)
    k = int(row.max()) + 1
    names = np.full(k, -1, np.int64)
    old = np.flatnonzero(became >= 0)
    old = old[old < k]
    names[became[old]] = old
    names[names < 0] = np.setdiff1d(np.arange(k), old)
    return names


def _judged(zoning: AreaZoning, atoms: AtomGraph, old: Ints, locked: NDArray[np.bool_]) -> Rezoning:
    """Say what became of the old zones, and how many households kept theirs."""
    became, kept = [], []
    for row, before in zip(zoning.labels, old, strict=True):
        now = _heirs(row, before, atoms.weight, locked)
        mine = (before >= 0) & (atoms.weight > 0)
        became.append(now)
        kept.append(float((now[before[mine]] == row[mine]).mean()) if mine.any() else 1.0)
    return Rezoning(zoning, tuple(kept), tuple(became))
