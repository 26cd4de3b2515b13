"""A grid falls into parts: one keeps its code, each other becomes a grid of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.edit.carry import carry, tidy
from geo_grid.edit.draft import Draft, given_refusal
from geo_grid.edit.errors import RefusedError
from geo_grid.edit.outcome import Outcome, settled
from geo_grid.edit.view import pieces_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground

    Ints = NDArray[np.int64]

#: Rounds in which what a part has apart from the rest of it joins another part.
_ROUNDS = 20


def open_grid(draft: Draft, code: str) -> tuple[int, int]:
    """Find a grid that is to be divided.

    Parameters
    ----------
    draft : Draft
        The grids.
    code : str
        Its code.

    Returns
    -------
    tuple of int
        Position of its level, and its label.

    Raises
    ------
    RefusedError
        If there is none, it is locked, or was given.
    """
    level, label = draft.find(code)
    if draft.ground.given and level == 0:
        raise given_refusal()
    if code in draft.state.locked:
        raise RefusedError(f"grid {code} is locked", reason="locked", grids=[code], mend="Unlock it first.")
    return level, label


def joined(ground: Ground, parts: Ints) -> Ints:
    """Let what a part has apart from the rest of it join the part it has the longest border with.

    Parameters
    ----------
    ground : Ground
        The area.
    parts : ndarray of int64, shape (n,)
        Part of each atom, −1 for those that are not divided.

    Returns
    -------
    ndarray of int64, shape (n,)
        Parts, each in one piece wherever that is to be had.
    """
    parts, links = parts.copy(), ground.links
    for _ in range(_ROUNDS):
        piece, _ = pieces_of(ground, parts + 1)
        inside = (parts >= 0) & (piece >= 0)
        weight = np.bincount(piece[inside], ground.atoms.weight[inside] + 1e-6)
        owner = np.full(len(weight), -1, dtype=np.int64)
        owner[piece[inside]] = parts[inside]
        order = np.lexsort((-weight, owner))
        main = order[np.unique(owner[order], return_index=True)[1]]
        minor = np.setdiff1d(np.flatnonzero(owner >= 0), main)
        moved = False
        for number in minor[np.argsort(weight[minor], kind="stable")].tolist():
            mine = piece == number
            out = mine[links.u] != mine[links.v]
            beside = parts[np.where(mine[links.u], links.v, links.u)[out]]
            good = (beside >= 0) & (beside != owner[number])
            if good.any():
                parts[mine] = int(np.argmax(np.bincount(beside[good], links.length[out][good])))
                moved = True
        if not moved:
            break
    return parts


def divided(draft: Draft, level: int, label: int, parts: Ints, numbers: Mapping[str, int]) -> Outcome:
    """Make the parts of a grid grids.

    Parameters
    ----------
    draft : Draft
        The grids.
    level : int
        Position of the grid's level.
    label : int
        Its label.
    parts : ndarray of int64, shape (n,)
        Part of each of its atoms; −1 elsewhere.
    numbers : mapping of str to int
        Highest number given under each parent.

    Returns
    -------
    Outcome
        What it leads to.

    Raises
    ------
    RefusedError
        If there is only one part.
    """
    parts = joined(draft.ground, parts)
    names = np.unique(parts[parts >= 0])
    if len(names) < 2:
        raise RefusedError(
            f"grid {draft.code(level, label)} stays in one piece that way",
            reason="not_cut",
            grids=[draft.code(level, label)],
            mend="Draw the line between its buildings, from border to border.",
        )
    home = np.flatnonzero(draft.labels[level] == label)[0]
    above = draft.labels[:level, home].copy()
    weight = draft.ground.atoms.weight
    main = max(names.tolist(), key=lambda name: float((weight + 1e-6)[parts == name].sum()))
    for name in names.tolist():
        if name != main:
            carry(draft, level, parts == name, draft.new(level), above)
    tidy(draft, level)
    return settled(draft, numbers)
