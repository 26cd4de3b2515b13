"""Atoms change to another grid: its parents are theirs then, and whole children come along."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.edit.view import pieces_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.edit.draft import Draft

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


def carry(draft: Draft, level: int, mine: Bools, target: int, above: Ints) -> None:
    """Give atoms to a grid, and see to the levels above and below.

    Whole children come along. A part of a child joins the child of the target that it has the longest border with, if
    that can hold it; else it becomes a child of its own.

    Parameters
    ----------
    draft : Draft
        Changed in place.
    level : int
        Position of the level.
    mine : ndarray of bool, shape (n,)
        The atoms.
    target : int
        Label of the grid.
    above : ndarray of int64, shape (level,)
        Labels of the grids the target lies in, coarsest first.
    """
    if not mine.any():
        return
    for upper in range(level):
        draft.labels[upper][mine] = above[upper]
    draft.labels[level][mine] = target
    _carry_below(draft, level + 1, mine)


def _carry_below(draft: Draft, level: int, mine: Bools) -> None:
    if level >= len(draft.labels):
        return
    home = draft.ground.atoms.host < 0
    row = draft.labels[level]
    for child in np.unique(row[mine]).tolist():
        part = mine & (row == child)
        if np.count_nonzero(part & home) < np.count_nonzero((row == child) & home):
            _place_pieces(draft, level, part)


def _place_pieces(draft: Draft, level: int, part: Bools) -> None:
    """Find a child for each connected piece of some atoms that are cut off from theirs."""
    piece, _ = pieces_of(draft.ground, part.astype(np.int64))
    here = np.where(part, piece, -1)
    for number in np.unique(here[here >= 0]).tolist():
        atoms = here == number
        row = draft.labels[level]
        sibling = _best_sibling(draft, level, atoms)
        row[atoms] = draft.new(level) if sibling is None else sibling
        _carry_below(draft, level + 1, atoms)


def _best_sibling(draft: Draft, level: int, atoms: Bools) -> int | None:
    """Return the child of the same parent with the longest border, among those that can hold the atoms."""
    ground, row = draft.ground, draft.labels[level]
    links = ground.links
    out = atoms[links.u] != atoms[links.v]
    inner = np.where(atoms[links.u], links.u, links.v)[out]
    outer = np.where(atoms[links.u], links.v, links.u)[out]
    same = draft.labels[level - 1][inner] == draft.labels[level - 1][outer]
    beside = row[outer[same]]
    if not len(beside):
        return None
    border = np.bincount(beside, links.length[out][same])
    weight = ground.atoms.weight
    size, high = int(weight[atoms].sum()), ground.policy.levels[level].band.high
    own = row[np.argmax(atoms)]
    for child in np.argsort(-border, kind="stable").tolist():
        if border[child] <= 0:
            return None
        held = int(weight[(row == child) & ~atoms].sum())
        fits = not size or held + size <= high
        if child != own and fits and not _is_locked(draft, level, child):
            return int(child)
    return None


def _is_locked(draft: Draft, level: int, label: int) -> bool:
    codes = draft.view.codes[level]
    return label < len(codes) and codes[label] in draft.state.locked


def tidy(draft: Draft, level: int) -> None:
    """Let no grid below a level be in pieces because a border above it was moved.

    Parameters
    ----------
    draft : Draft
        Changed in place.
    level : int
        Position of the level that was redrawn; it and those above are left alone.
    """
    for below in range(level + 1, len(draft.labels)):
        row = draft.labels[below]
        touched = np.unique(row[row != draft.view.labels[below]])
        left = np.unique(draft.view.labels[below][row != draft.view.labels[below]])
        suspects = np.union1d(touched, left[np.isin(left, row)])
        if not len(suspects):
            continue
        piece, count = pieces_of(draft.ground, row)
        _, before = pieces_of(draft.ground, draft.view.labels[below])
        for label in suspects.tolist():
            if count[label] > (max(1, int(before[label])) if label < len(before) else 1):
                mine = (row == label) & (piece >= 0)
                weight = np.bincount(piece[mine], draft.ground.atoms.weight[mine] + 1e-6)
                _place_pieces(draft, below, mine & (piece != int(np.argmax(weight))))
