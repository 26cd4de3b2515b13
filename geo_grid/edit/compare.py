"""Two states of one area side by side, and what became of each grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.edit.recode import heirs_of
from geo_grid.edit.view import view_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.edit.ground import Ground
    from geo_grid.edit.state import AreaState
    from geo_grid.edit.view import View

    Ints = NDArray[np.int64]


def compare_states(ground: Ground, a: AreaState, b: AreaState) -> dict[str, Any]:
    """List what each grid gains and loses from one state to another.

    Parameters
    ----------
    ground : Ground
        The area.
    a, b : AreaState
        The states.

    Returns
    -------
    dict
        ``rows``: one for each grid whose households differ, with ``level, code, name, before, after, low, high``,
        ``gained`` (from, households) and ``lost`` (to, households); ``before`` or ``after`` is None for a grid that is
        not in that state. ``moved``: households whose grid has another code, by level.
    """
    old, new = view_of(ground, a), view_of(ground, b)
    rows: list[dict[str, Any]] = []
    moved: dict[str, int] = {}
    for level in range(ground.depth):
        pairs = _pairs(ground, old, new, level)
        changed = [(one, other, count) for one, other, count in pairs if one != other]
        moved[str(level + 1)] = sum(count for _, _, count in changed)
        before = dict(zip(old.codes[level], old.households[level].tolist(), strict=True))
        after = dict(zip(new.codes[level], new.households[level].tolist(), strict=True))
        touched = {code for one, other, _ in changed for code in (one, other)} | (set(before) ^ set(after))
        band = None if ground.given and level == 0 else ground.policy.levels[level].band
        for code in sorted(touched):
            state = b if code in after else a
            rows.append(
                {
                    "level": level + 1,
                    "code": code,
                    "name": state.names.get(code) or ground.default_name(code),
                    "before": before.get(code),
                    "after": after.get(code),
                    "low": band.low if band else None,
                    "high": band.high if band else None,
                    "gained": [{"from": one, "households": n} for one, other, n in changed if other == code],
                    "lost": [{"to": other, "households": n} for one, other, n in changed if one == code],
                }
            )
    return {"rows": rows, "moved": moved}


def _pairs(ground: Ground, old: View, new: View, level: int) -> list[tuple[str, str, int]]:
    """Return households by old and new code."""
    lived = ground.atoms.weight > 0
    size = len(new.codes[level])
    keys, count = np.unique(old.labels[level][lived] * size + new.labels[level][lived], return_counts=True)
    return [
        (old.codes[level][key // size], new.codes[level][key % size], number)
        for key, number in zip(keys.tolist(), count.tolist(), strict=True)
    ]


def lineage_of(ground: Ground, a: AreaState, b: AreaState) -> pd.DataFrame:
    """Say what became of each grid from one state to another.

    Parameters
    ----------
    ground : Ground
        The area.
    a, b : AreaState
        The states.

    Returns
    -------
    DataFrame
        ``level, old_code, new_code, households, kind``, one row for each pair of grids that share households:
        ``kept`` (the same code), ``moved`` (goes on under another code, or households went over to a grid that was
        there before), ``merged`` (the old grid is no more, and the other one was there before), ``split`` (the new grid
        was made of it). ``new`` and ``retired`` are grids that share no household with any other: the other code is
        None.
    """
    old, new = view_of(ground, a), view_of(ground, b)
    rows: list[tuple[int, str | None, str | None, int, str]] = []
    for level in range(ground.depth):
        goes_on = heirs_of(old.labels[level], new.labels[level], ground.atoms.weight, _same(old, new, level))
        heirs = {old.codes[level][was]: new.codes[level][now] for now, was in goes_on.items()}
        before, after = set(old.codes[level]), set(new.codes[level])
        pairs = _pairs(ground, old, new, level)
        for one, other, count in pairs:
            rows.append((level + 1, one, other, count, kind_of(one, other, heirs, before, after)))
        empty = {code for code in before & after if code not in {one for one, _, _ in pairs}}
        rows += [(level + 1, code, code, 0, "kept") for code in sorted(empty)]
        seen = {code for one, other, _ in pairs for code in (one, other)} | empty
        rows += [(level + 1, None, code, 0, "new") for code in sorted(after - before - seen)]
        rows += [(level + 1, code, None, 0, "retired") for code in sorted(before - after - seen)]
    frame = pd.DataFrame(rows, columns=["level", "old_code", "new_code", "households", "kind"])
    return frame.astype({"level": "int64", "old_code": "str", "new_code": "str", "households": "int64", "kind": "str"})


def _same(old: View, new: View, level: int) -> Ints:
    """Return for each new grid the old one of the same code, −1 for none."""
    at = {code: number for number, code in enumerate(old.codes[level])}
    return np.array([at.get(code, -1) for code in new.codes[level]], dtype=np.int64)


def kind_of(one: str, other: str, heirs: dict[str, str], before: set[str], after: set[str]) -> str:
    """Say what a grid has to do with another one that it shares households with.

    Parameters
    ----------
    one, other : str
        Codes of the old and the new grid.
    heirs : dict of str to str
        The new grid that goes on with each old one.
    before, after : set of str
        Codes of all grids of the level.

    Returns
    -------
    str
        ``kept``, ``moved``, ``merged`` or ``split``, see :func:`lineage_of`.
    """
    if one == other:
        return "kept"
    if heirs.get(one) == other and one not in after:
        return "moved"
    if other in before:
        return "moved" if one in after else "merged"
    return "split"
