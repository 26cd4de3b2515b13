"""One op on one state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geo_grid.edit.assign import state_from_assignment
from geo_grid.edit.errors import RefusedError
from geo_grid.edit.lines import split_line
from geo_grid.edit.mending import mend
from geo_grid.edit.moves import merge, move
from geo_grid.edit.notes import cut, excuse, lock, rename
from geo_grid.edit.ops import Assign, Cut, Excuse, Lock, Mend, Merge, Move, Op, Rename, Resolve, Split, SplitLine
from geo_grid.edit.solving import resolve, split
from geo_grid.errors import UsageError, ZoningError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.outcome import Outcome
    from geo_grid.edit.state import AreaState


def _assigned(ground: Ground, state: AreaState, op: Assign, numbers: Mapping[str, int]) -> Outcome:
    return state_from_assignment(ground, op.grids, op.parents, op.names, numbers, state=state)


_DOERS: dict[type[Op], Callable[..., Any]] = {
    Move: move,
    SplitLine: split_line,
    Split: split,
    Merge: merge,
    Lock: lock,
    Rename: rename,
    Excuse: excuse,
    Cut: cut,
    Resolve: resolve,
    Mend: mend,
    Assign: _assigned,
}


def apply_op(ground: Ground, state: AreaState, op: Op, numbers: Mapping[str, int]) -> Outcome:
    """Do what a planner wants to an area.

    Parameters
    ----------
    ground : Ground
        The area.
    state : AreaState
        The state before.
    op : Op
        What is done.
    numbers : mapping of str to int
        Highest number ever given under each parent (area or grid); what the state holds need not be in it.

    Returns
    -------
    Outcome
        The state after it, what changed, what is wrong now, and the numbers.

    Raises
    ------
    RefusedError
        If the op breaks what no edit may break, or nothing changes. The state before is as it was.
    UsageError
        If there is no such op.
    """
    doer = _DOERS.get(type(op))
    if doer is None:
        raise UsageError(f"there is no edit {type(op).__name__}")
    try:
        outcome: Outcome = doer(ground, state, op, numbers)
    except ZoningError as error:
        raise RefusedError(
            f"the solver finds no grids here ({error.message.rstrip('.')})",
            reason="no_solution",
            mend="Unlock grids, or choose more of them.",
        ) from None
    return outcome
