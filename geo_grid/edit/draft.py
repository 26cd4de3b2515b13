"""Grids while an op redraws them: labels of every level, from the state that was towards the one that will be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.edit.errors import RefusedError
from geo_grid.edit.view import pieces_of, view_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.state import AreaState

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


class Draft:
    """Grids being redrawn.

    Labels below the number of a level's old grids are these grids; higher ones are new.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        What is redrawn.
    """

    def __init__(self, ground: Ground, state: AreaState) -> None:
        self.ground = ground
        self.state = state
        self.view = view_of(ground, state)
        self.labels: Ints = self.view.labels.copy()
        self.names: dict[tuple[int, int], str] = {}
        self._next = [len(codes) for codes in self.view.codes]

    def new(self, level: int) -> int:
        """Begin a new grid.

        Parameters
        ----------
        level : int
            Position of its level.

        Returns
        -------
        int
            Its label.
        """
        self._next[level] += 1
        return self._next[level] - 1

    def code(self, level: int, label: int) -> str:
        """Return the code of a grid for a message.

        Parameters
        ----------
        level : int
            Position of its level.
        label : int
            Its label.

        Returns
        -------
        str
            The old code, or "a new grid".
        """
        codes = self.view.codes[level]
        return codes[label] if label < len(codes) else "a new grid"

    def find(self, code: str, level: int | None = None) -> tuple[int, int]:
        """Find a grid by its code.

        Parameters
        ----------
        code : str
            The code.
        level : int, optional
            Level it must be of, from 1.

        Returns
        -------
        tuple of int
            Position of its level, and its label.

        Raises
        ------
        RefusedError
            If there is no such grid, or it is of another level.
        """
        return find_grid(self.ground, self.state, code, level)

    def settle(self, *, strict: bool = True) -> None:
        """Let exclaves follow their hosts; refuse what no edit may do.

        Parameters
        ----------
        strict : bool
            False where grids may fall into pieces.

        Raises
        ------
        RefusedError
            If a locked grid changes, or a grid falls into pieces that it was not in before.
        """
        host = self.ground.atoms.host
        away = np.flatnonzero(host >= 0)
        self.labels[:, away] = self.labels[:, host[away]]
        if self.ground.given and (self.labels[0] != self.view.labels[0]).any():
            raise given_refusal()
        self._check_locks()
        for level in range(len(self.labels)) if strict else ():
            self._check_pieces(level)

    def _check_locks(self) -> None:
        """Refuse a change of a locked grid: its atoms must stay together, and alone."""
        for code in sorted(self.state.locked):
            level, label = self.find(code)
            mine = self.view.labels[level] == label
            now = np.unique(self.labels[level][mine])
            if len(now) > 1 or np.count_nonzero(self.labels[level] == now[0]) != np.count_nonzero(mine):
                raise RefusedError(
                    f"grid {code} is locked", reason="locked", grids=[code], mend="Unlock it, or leave it out."
                )

    def _check_pieces(self, level: int) -> None:
        """Refuse grids in more pieces than before."""
        old, row = self.view.labels[level], self.labels[level]
        changed = np.unique(row[row != old])
        lost = np.unique(old[row != old])
        suspects = np.union1d(changed, lost[np.isin(lost, row)])
        if not len(suspects):
            return
        allowed = self._allowed(level)
        local = np.where(np.isin(row, suspects), row, self._next[level])
        piece, count = pieces_of(self.ground, local)
        for label in suspects.tolist():
            if count[label] > allowed[label]:
                self._refuse_pieces(level, label, piece, int(count[label]))

    def _allowed(self, level: int) -> Ints:
        """Return how many pieces each grid may be in: as many as it was, or one that went into it as a whole."""
        old, row = self.view.labels[level], self.labels[level]
        _, before = pieces_of(self.ground, old)
        allowed = np.ones(self._next[level], dtype=np.int64)
        allowed[: len(before)] = np.maximum(before, 1)
        for label in np.flatnonzero(before > 1):
            targets = np.unique(row[old == label])
            if len(targets) == 1:
                allowed[targets[0]] = max(allowed[targets[0]], before[label])
        return allowed

    def _refuse_pieces(self, level: int, label: int, piece: Ints, count: int) -> None:
        mine = np.flatnonzero((self.labels[level] == label) & (piece >= 0))
        numbers, local = np.unique(piece[mine], return_inverse=True)
        weight = np.bincount(local.reshape(-1), self.ground.atoms.weight[mine] + 1e-6)
        off = mine[piece[mine] == numbers[int(np.argmin(weight))]]
        at = off[len(off) // 2]
        code = self.code(level, label)
        raise RefusedError(
            f"{'grid ' if label < len(self.view.codes[level]) else ''}{code} would fall into {count} pieces",
            reason="breaks_contiguity",
            grids=[code] if label < len(self.view.codes[level]) else [],
            at=(float(self.ground.atoms.x[at]), float(self.ground.atoms.y[at])),
            mend="Take what lies between as well, or leave it connected.",
        )


def given_refusal() -> RefusedError:
    """Return the refusal to redraw given villager groups.

    Returns
    -------
    RefusedError
        To be raised.
    """
    return RefusedError(
        "level 1 of this area is given by its villager groups and is not redrawn",
        reason="given_group",
        mend="Change the groups in the data and build again, or stay inside one group.",
    )


def find_grid(ground: Ground, state: AreaState, code: str, level: int | None = None) -> tuple[int, int]:
    """Find a grid of a state by its code.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.
    code : str
        The code.
    level : int, optional
        Level it must be of, from 1.

    Returns
    -------
    tuple of int
        Position of its level, and its position among the level's codes.

    Raises
    ------
    RefusedError
        If there is no such grid, or it is of another level.
    """
    if level is not None and not 1 <= level <= ground.depth:
        raise RefusedError(
            f"this area has levels 1 to {ground.depth}, not {level}", reason="no_such_level", mend="Choose one of them."
        )
    view = view_of(ground, state)
    for found, codes in enumerate(view.codes):
        at = int(np.searchsorted(codes, code))
        if at < len(codes) and codes[at] == code:
            if level is not None and level != found + 1:
                raise RefusedError(
                    f"grid {code} is of level {found + 1}, not {level}",
                    reason="other_level",
                    grids=[code],
                    mend="Choose a grid of that level.",
                )
            return found, at
    raise RefusedError(
        f"there is no grid {code} in area {ground.code}",
        reason="no_such_grid",
        grids=[code],
        mend="Look at the area again: somebody may have changed it.",
    )
