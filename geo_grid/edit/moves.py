"""Units change grids; grids become one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.edit.carry import carry, tidy
from geo_grid.edit.draft import Draft, given_refusal
from geo_grid.edit.errors import RefusedError
from geo_grid.edit.outcome import Outcome, no_change, settled
from geo_grid.edit.view import remembered, runs_of, starts_of, unit_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.ops import Merge, Move
    from geo_grid.edit.state import AreaState

    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


def find_units(ground: Ground, state: AreaState, ids: Iterable[str]) -> Bools:
    """Find the atoms of units.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state.
    ids : iterable of str
        Ids of units.

    Returns
    -------
    ndarray of bool, shape (n,)
        Their atoms.

    Raises
    ------
    RefusedError
        If there is no such unit.
    """
    runs = runs_of(ground, state)
    places: dict[str, int] = remembered(
        ground, state, "units", lambda: {name: at for at, name in enumerate(unit_ids(ground, starts_of(runs)))}
    )
    chosen = np.zeros(int(runs[-1]) + 1, dtype=bool)
    for name in ids:
        if name not in places:
            raise RefusedError(
                f"there is no unit {name} in area {ground.code}",
                reason="no_such_unit",
                mend="Look at the area again: somebody may have cut the building otherwise.",
            )
        chosen[places[name]] = True
    return chosen[runs]


def move(ground: Ground, state: AreaState, op: Move, numbers: Mapping[str, int]) -> Outcome:
    """Give units to another grid.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state before.
    op : Move
        What is moved.
    numbers : mapping of str to int
        Highest number given under each parent.

    Returns
    -------
    Outcome
        What it leads to.
    """
    draft = Draft(ground, state)
    mine = find_units(ground, state, op.units)
    mine &= ground.atoms.host < 0  # exclaves follow their hosts
    if op.to is None:
        level, target, above = _new_target(draft, op.level, mine)
    else:
        level, target = draft.find(op.to, op.level)
        above = draft.labels[:level, int(np.argmax(draft.labels[level] == target))].copy()
        mine &= draft.labels[level] != target
    if not mine.any():
        raise no_change()
    if ground.given and (level == 0 or (draft.labels[0][mine] != above[0]).any()):
        raise given_refusal()
    carry(draft, level, mine, target, above)
    tidy(draft, level)
    return settled(draft, numbers)


def _new_target(draft: Draft, level: int, mine: Bools) -> tuple[int, int, Ints]:
    """Begin a new grid in the parent that most of the atoms are in."""
    if not 1 <= level <= draft.ground.depth:
        draft.find("", level)  # says that there is no such level
    at = level - 1
    if not mine.any():
        raise no_change()
    if not at:
        return at, draft.new(at), np.zeros(0, dtype=np.int64)
    worth = draft.ground.atoms.weight[mine] + 1e-6
    parent = int(np.argmax(np.bincount(draft.labels[at - 1][mine], worth)))
    if (mine == ((draft.labels[at] == draft.labels[at][np.argmax(mine)]) & (draft.ground.atoms.host < 0))).all():
        raise no_change()
    home = int(np.argmax(draft.labels[at - 1] == parent))
    return at, draft.new(at), draft.labels[:at, home].copy()


def merge(ground: Ground, state: AreaState, op: Merge, numbers: Mapping[str, int]) -> Outcome:
    """Make one grid of several.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state before.
    op : Merge
        What is merged.
    numbers : mapping of str to int
        Highest number given under each parent.

    Returns
    -------
    Outcome
        What it leads to.
    """
    draft = Draft(ground, state)
    level, first = draft.find(op.grids[0])
    labels = [first, *(draft.find(code, level + 1)[1] for code in op.grids[1:])]
    if op.into is None:
        target = max(labels, key=lambda label: int(draft.view.households[level][label]))
    else:
        target = draft.find(op.into, level + 1)[1]
    row = draft.view.labels
    above = row[:level, int(np.argmax(row[level] == target))].copy()
    mine = np.isin(row[level], [label for label in labels if label != target])
    if not mine.any():
        raise no_change()
    if ground.given and (level == 0 or (row[0][mine] != above[0]).any()):
        raise given_refusal()
    for label in labels:
        if label != target:
            carry(draft, level, row[level] == label, target, above)
    return settled(draft, numbers)
