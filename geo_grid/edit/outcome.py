"""From redrawn grids to the next state, and what is said of the change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo_grid.edit.errors import RefusedError
from geo_grid.edit.faults import Fault, faults_of
from geo_grid.edit.recode import recode
from geo_grid.edit.state import AreaState, state_of
from geo_grid.edit.view import view_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geo_grid.edit.draft import Draft
    from geo_grid.edit.ground import Ground


class Outcome(NamedTuple):
    """What an op leads to.

    Parameters
    ----------
    state : AreaState
        The state after it.
    change : dict
        JSON values: ``moved`` (households by level, from, to), ``new`` and ``retired`` codes, ``renamed`` (new code of
        each grid that goes on under another one).
    faults : list of Fault
        What is wrong with the grids after it.
    numbers : dict of str to int
        Highest number given under each parent after it.
    """

    state: AreaState
    change: dict[str, Any]
    faults: list[Fault]
    numbers: dict[str, int]


def no_change() -> RefusedError:
    """Return the refusal of an op that changes nothing.

    Returns
    -------
    RefusedError
        To be raised.
    """
    return RefusedError("this changes nothing", reason="no_change", mend="Choose other units or another grid.")


def settled(
    draft: Draft,
    numbers: Mapping[str, int],
    wanted: Mapping[tuple[int, int], str] | None = None,
    *,
    strict: bool = True,
) -> Outcome:
    """Make the next state of redrawn grids.

    Parameters
    ----------
    draft : Draft
        The grids.
    numbers : mapping of str to int
        Highest number ever given under each parent.
    wanted : mapping of (int, int) to str, optional
        Codes that grids must have.
    strict : bool
        False where grids may fall into pieces, because they were drawn elsewhere.

    Returns
    -------
    Outcome
        State, change, faults and numbers.

    Raises
    ------
    RefusedError
        If the change breaks what no edit may break, or nothing changes.
    """
    ground, state = draft.ground, draft.state
    draft.settle(strict=strict)
    coded = recode(draft, numbers, wanted)
    names = {coded.heirs[code]: name for code, name in state.names.items() if code in coded.heirs}
    names.update({coded.labels[key]: name for key, name in draft.names.items() if key in coded.labels})
    after = state_of(
        coded.leaf,
        names={code: name for code, name in names.items() if name != ground.default_name(code)},
        locked=frozenset(coded.heirs[code] for code in state.locked if code in coded.heirs),
        reasons={coded.heirs[code]: text for code, text in state.reasons.items() if code in coded.heirs},
        marks=state.marks,
    )
    if after.equals(state):
        raise no_change()
    return Outcome(after, change_of(ground, state, after, coded.heirs), faults_of(ground, after), coded.numbers)


def noted(ground: Ground, before: AreaState, after: AreaState, numbers: Mapping[str, int], what: Any) -> Outcome:
    """Make the outcome of an op that moves no household.

    Parameters
    ----------
    ground : Ground
        The area.
    before, after : AreaState
        The states.
    numbers : mapping of str to int
        Highest number given under each parent.
    what : dict
        What is said of the change besides.

    Returns
    -------
    Outcome
        State, change, faults and numbers.

    Raises
    ------
    RefusedError
        If nothing changes.
    """
    if after.equals(before):
        raise no_change()
    return Outcome(
        after, {"moved": [], "new": [], "retired": [], "renamed": {}, **what}, faults_of(ground, after), dict(numbers)
    )


def change_of(ground: Ground, before: AreaState, after: AreaState, heirs: Mapping[str, str]) -> dict[str, Any]:
    """Say what changed between two states.

    Parameters
    ----------
    ground : Ground
        The area.
    before, after : AreaState
        The states.
    heirs : mapping of str to str
        New code of each old grid that goes on.

    Returns
    -------
    dict
        See :class:`Outcome`.
    """
    old, new = view_of(ground, before), view_of(ground, after)
    moved = []
    for level in range(ground.depth):
        at = {code: number for number, code in enumerate(new.codes[level])}
        gone_on = np.array([at.get(heirs.get(code, ""), -1) for code in old.codes[level]], dtype=np.int64)
        off = np.flatnonzero((gone_on[old.labels[level]] != new.labels[level]) & (ground.atoms.weight > 0))
        if not len(off):
            continue
        size = len(new.codes[level])
        keys, count = np.unique(old.labels[level][off] * size + new.labels[level][off], return_counts=True)
        moved += [
            {"level": level + 1, "from": old.codes[level][k // size], "to": new.codes[level][k % size], "households": c}
            for k, c in zip(keys.tolist(), count.tolist(), strict=True)
        ]
    existing = {code for codes in old.codes for code in codes}
    present = {code for codes in new.codes for code in codes}
    going_on = set(heirs.values())
    return {
        "moved": moved,
        "new": sorted(present - existing - going_on),
        "retired": sorted(existing - set(heirs)),
        "renamed": {code: heir for code, heir in sorted(heirs.items()) if heir != code},
    }
