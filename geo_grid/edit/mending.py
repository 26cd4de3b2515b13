"""Repair: grids come back into their bands with few households moved, around what is locked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.edit.draft import Draft
from geo_grid.edit.errors import RefusedError
from geo_grid.edit.outcome import Outcome, settled
from geo_grid.edit.solving import _write, options_of, piece_of_area
from geo_grid.zoning.parts import renumber, split_piece
from geo_grid.zoning.rezone import _Keeping
from geo_grid.zoning.tree import Zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.ops import Mend
    from geo_grid.edit.state import AreaState
    from geo_grid.zoning.parts import Piece

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


def mend(ground: Ground, state: AreaState, op: Mend, numbers: Mapping[str, int]) -> Outcome:
    """Bring grids back into their bands with as few households moved as can be.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state before.
    op : Mend
        The grids to be mended, or all.
    numbers : mapping of str to int
        Highest number given under each parent.

    Returns
    -------
    Outcome
        What it leads to.
    """
    draft = Draft(ground, state)
    if not ground.atoms.weight.any():
        raise _nothing()
    keeper = _Around(draft, _frozen(draft, op.grids), op.seed)
    area = piece_of_area(ground)
    zones: list[Zone] = []
    if ground.given:
        home = np.where(ground.atoms.host < 0, draft.view.labels[0], -1)
        zones = [keeper.divide(Zone(piece), 1, given=True) for piece in _by_label(area, home)]
        _write(draft, [(child, 1) for zone in zones for part in zone.parts for child in part.zones])
    else:
        pieces = split_piece(area, np.where(ground.atoms.host < 0, 0, -1))
        parts = [keeper.draw(piece, 0, alone=len(pieces) == 1) for piece in pieces]
        _write(draft, [(zone, 0) for part in parts for zone in part.zones])
    return settled(draft, numbers)


def _by_label(area: Piece, labels: Ints) -> list[Piece]:
    return split_piece(area, renumber(labels), connected=False)


def _nothing() -> RefusedError:
    return RefusedError("there is nothing to mend", reason="no_change", mend="Nobody lives here.")


def _frozen(draft: Draft, codes: tuple[str, ...] | None) -> list[Bools]:
    """Mark, for each level, atoms whose grid of that level stays as it is."""
    ground, view = draft.ground, draft.view
    frozen = [np.zeros(ground.atoms.n, dtype=bool) for _ in view.codes]
    for code in draft.state.locked:
        level, label = draft.find(code)
        frozen[level] |= view.labels[level] == label
    if codes is None:
        return frozen
    named = [draft.find(code) for code in codes]
    deepest = max(level for level, _ in named)
    mine = np.zeros(ground.atoms.n, dtype=bool)
    for level, label in named:
        mine |= view.labels[level] == label
    for level in range(deepest + 1):
        row = view.labels[level]
        open_ = np.isin(row, np.unique(row[mine]))
        if level >= deepest - 1:
            links = ground.links
            border = open_[links.u] != open_[links.v]
            open_ |= np.isin(row, np.unique(np.concatenate((row[links.u[border]], row[links.v[border]]))))
        frozen[level] |= ~open_
    for level in range(deepest + 1, ground.depth):
        frozen[level] |= ~open_
    return frozen


class _Around(_Keeping):
    """Mends pieces around grids that stay as they are.

    Parameters
    ----------
    draft : Draft
        The grids.
    frozen : list of ndarray of bool
        For each level the atoms whose grid stays.
    seed : int
        Seed.
    """

    def __init__(self, draft: Draft, frozen: list[Bools], seed: int) -> None:
        ground = draft.ground
        held = np.zeros(ground.atoms.n, dtype=bool)
        super().__init__(ground.policy, options_of(ground, seed), ground.atoms, draft.view.labels, held)
        self.frozen = frozen

    def _labels(self, piece: Piece, level: int, seed: int) -> Ints:
        """Take out the grids that stay; mend what is left, piece by piece."""
        still = self.frozen[level][piece.atoms]
        below = np.zeros(piece.n, dtype=bool)
        for frozen in self.frozen[level + 1 :]:
            below |= frozen[piece.atoms]
        if not still.any():
            return self._around(piece, level, seed, below)
        row = self.old[level][piece.atoms]
        out = np.full(piece.n, -1, dtype=np.int64)
        out[still] = renumber(row[still])
        used = int(out.max()) + 1
        for rest in split_piece(piece, np.where(still, -1, 0)):
            at = np.searchsorted(piece.atoms, rest.atoms)
            if not rest.households:  # empty ground that lies apart stays with its grid
                names = row[at]
                out[at] = used + renumber(names)
            else:
                out[at] = used + self._around(rest, level, seed, below[at])
            used = int(out.max()) + 1
        return out

    def _around(self, piece: Piece, level: int, seed: int, below: Bools) -> Ints:
        """Mend a piece; what is locked further down stays in its grid here."""
        before = self.locked.copy()
        self.locked[piece.atoms] = below
        try:
            return super()._labels(piece, level, seed)
        finally:
            self.locked = before

    def _mend(self, part: object, level: int) -> None:
        """Leave parts alone in which anything stays."""
        if not any(frozen[part.piece.atoms].any() for frozen in self.frozen):  # type: ignore[attr-defined]
            super()._mend(part, level)  # type: ignore[arg-type]
