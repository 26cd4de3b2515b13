"""What is said of grids without moving a household: locks, names, reasons, cuts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from geo_grid.edit.certify import verdicts
from geo_grid.edit.draft import find_grid
from geo_grid.edit.errors import RefusedError
from geo_grid.edit.moves import find_units
from geo_grid.edit.outcome import Outcome, noted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.ops import Cut, Excuse, Lock, Rename
    from geo_grid.edit.state import AreaState


def lock(ground: Ground, state: AreaState, op: Lock, numbers: Mapping[str, int]) -> Outcome:
    """Lock or unlock grids.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state before.
    op : Lock
        Which.
    numbers : mapping of str to int
        Highest number given under each parent.

    Returns
    -------
    Outcome
        What it leads to.
    """
    for code in op.grids:
        find_grid(ground, state, code)
    locked = state.locked | set(op.grids) if op.locked else state.locked - set(op.grids)
    return noted(ground, state, replace(state, locked=frozenset(locked), built=None), numbers, {})


def rename(ground: Ground, state: AreaState, op: Rename, numbers: Mapping[str, int]) -> Outcome:
    """Name a grid.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state before.
    op : Rename
        Which, and how.
    numbers : mapping of str to int
        Highest number given under each parent.

    Returns
    -------
    Outcome
        What it leads to.
    """
    find_grid(ground, state, op.grid)
    names = {code: name for code, name in state.names.items() if code != op.grid}
    if op.name and op.name != ground.default_name(op.grid):
        names[op.grid] = op.name
    return noted(ground, state, replace(state, names=names, built=None), numbers, {"names": {op.grid: op.name}})


def excuse(ground: Ground, state: AreaState, op: Excuse, numbers: Mapping[str, int]) -> Outcome:
    """Write down why a grid is out of its band, or take that back.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state before.
    op : Excuse
        Which, and why.
    numbers : mapping of str to int
        Highest number given under each parent.

    Returns
    -------
    Outcome
        What it leads to.
    """
    level, grid = find_grid(ground, state, op.grid)
    reasons = {code: text for code, text in state.reasons.items() if code != op.grid}
    if op.reason is not None:
        mine = [v for v in verdicts(ground, state) if (v.level, v.grid) == (level + 1, grid) and v.violation]
        if not mine or mine[0].reason not in {None, "decided"}:
            raise RefusedError(
                f"grid {op.grid} is {'out of its band of necessity' if mine else 'in its band'} and needs no reason",
                reason="no_change",
                grids=[op.grid],
                mend="Write a comment instead.",
            )
        reasons[op.grid] = op.reason
    return noted(ground, state, replace(state, reasons=reasons, built=None), numbers, {})


def cut(ground: Ground, state: AreaState, op: Cut, numbers: Mapping[str, int]) -> Outcome:
    """Cut a unit in two that can be moved apart.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state before.
    op : Cut
        Which, and where.
    numbers : mapping of str to int
        Highest number given under each parent.

    Returns
    -------
    Outcome
        What it leads to.
    """
    mine = np.flatnonzero(find_units(ground, state, [op.unit]))
    first, size = int(mine[0]), len(mine)
    if op.floor is None:
        after = int(op.after or 0)
    else:
        floors = ground.households["floor"].astype("Float64").to_numpy(dtype=np.float64, na_value=np.inf)
        above = np.flatnonzero(floors[mine] > op.floor) if first < ground.stacks.n else np.zeros(0, dtype=np.int64)
        after = int(above[0]) if len(above) else size
    if not 0 < after < size:
        raise RefusedError(
            f"unit {op.unit} of {size} households cannot be cut there",
            reason="not_cut",
            mend="Choose a place between two of its households.",
        )
    if ground.policy.keep_whole == "always":
        raise RefusedError(
            "this plan keeps buildings whole", reason="not_cut", mend="Set keep_whole = 'prefer' and build again."
        )
    marks = tuple(sorted({*state.marks, first + after}))
    return noted(ground, state, replace(state, marks=marks, built=None), numbers, {"cut": op.unit, "after": after})
