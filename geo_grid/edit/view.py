"""A state laid out: the grid of every atom at every level, the units, and what hangs together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.area import unit_runs
from geo_grid.zoning._flood import flood

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.state import AreaState

    Ints = NDArray[np.int64]

#: States a ground remembers things of.
_REMEMBERED = 24


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Grids of all levels.

    Parameters
    ----------
    codes : tuple of list of str
        Codes of each level, coarsest first, ascending.
    labels : ndarray of int64, shape (levels, n)
        Grid of each atom: a position in the level's codes.
    parent : tuple of ndarray of int64
        For each level the position of each grid's parent one level above; 0 at level 1.
    households : tuple of ndarray of int64
        For each level the households of each grid.
    """

    codes: tuple[list[str], ...]
    labels: Ints
    parent: tuple[Ints, ...]
    households: tuple[Ints, ...]


def remembered(ground: Ground, state: AreaState, what: str, make: Callable[[], Any]) -> Any:
    """Return what was worked out for a state before, or work it out.

    Parameters
    ----------
    ground : Ground
        The area; it remembers.
    state : AreaState
        The state.
    what : str
        Name of the thing.
    make : callable
        Works it out.

    Returns
    -------
    Any
        The thing.
    """
    key = (what, id(state))
    found = ground.memo.get(key)
    if found is not None and found[0] is state:
        return found[1]
    value = make()
    for old in list(ground.memo)[: max(0, len(ground.memo) - 4 * _REMEMBERED)]:
        ground.memo.pop(old, None)
    ground.memo[key] = (state, value)
    return value


def absent(values: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Say which values are not there.

    Parameters
    ----------
    values : ndarray of object, shape (n,)
        Values, None for none.

    Returns
    -------
    ndarray of bool, shape (n,)
        Where there is none.
    """
    return np.fromiter((value is None for value in values), dtype=bool, count=len(values))


def view_of(ground: Ground, state: AreaState) -> View:
    """Return the grids of all levels of a state.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.

    Returns
    -------
    View
        The grids.
    """
    view: View = remembered(ground, state, "view", lambda: _view(ground, state))
    return view


def _view(ground: Ground, state: AreaState) -> View:
    chains = np.array([ground.ancestors(code) for code in state.codes], dtype=object)
    codes, labels, parents, households = [], [], [], []
    above = np.zeros(len(state.codes), dtype=np.int64)
    for level in range(ground.depth):
        names, first, of_leaf = np.unique(chains[:, level].astype(str), return_index=True, return_inverse=True)
        of_leaf = of_leaf.reshape(-1)
        codes.append(names.tolist())
        labels.append(of_leaf[state.leaf])
        parents.append(above[first])
        households.append(np.bincount(labels[-1], ground.atoms.weight, len(names)).astype(np.int64))
        above = of_leaf
    return View(tuple(codes), np.stack(labels).astype(np.int64), tuple(parents), tuple(households))


def runs_of(ground: Ground, state: AreaState) -> Ints:
    """Return the unit of each atom.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.

    Returns
    -------
    ndarray of int64, shape (n,)
        Units, non-decreasing from 0.
    """
    runs: Ints = remembered(ground, state, "runs", lambda: _runs(ground, state))
    return runs


def _runs(ground: Ground, state: AreaState) -> Ints:
    marked = np.zeros(ground.atoms.n, dtype=np.int64)
    marked[list(state.marks)] = 1
    return unit_runs(ground.atoms, state.leaf + len(state.codes) * np.cumsum(marked))


def unit_ids(ground: Ground, starts: Ints) -> list[str]:
    """Return the ids of the units that begin at some atoms.

    Parameters
    ----------
    ground : Ground
        The area.
    starts : ndarray of int64
        First atoms.

    Returns
    -------
    list of str
        The built unit's id where one began there, else one made of the atom.
    """
    built = ground.built.ids
    return [built.get(atom) or f"{ground.code}-a{atom:06d}" for atom in starts.tolist()]


def starts_of(runs: Ints) -> Ints:
    """Return the first atom of each unit.

    Parameters
    ----------
    runs : ndarray of int64, shape (n,)
        Unit of each atom.

    Returns
    -------
    ndarray of int64
        First atoms, ascending.
    """
    return np.flatnonzero(np.diff(runs, prepend=-1))


def pieces_of(ground: Ground, labels: Ints) -> tuple[Ints, Ints]:
    """Find the connected pieces of labelled atoms; exclaves do not count.

    Parameters
    ----------
    ground : Ground
        The area.
    labels : ndarray of int64, shape (n,)
        Label of each atom, 0 … k − 1.

    Returns
    -------
    piece : ndarray of int64, shape (n,)
        Piece of each atom, −1 for exclaves.
    count : ndarray of int64, shape (k,)
        Pieces of each label.
    """
    piece, _ = flood(ground.links.indptr, ground.links.indices, labels)
    home = ground.atoms.host < 0
    piece = np.where(home, piece, -1)
    first = np.flatnonzero(home)[np.unique(piece[home], return_index=True)[1]]
    return piece, np.bincount(labels[first], minlength=int(labels.max(initial=-1)) + 1)
