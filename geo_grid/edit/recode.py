"""Codes after an edit: who keeps theirs, who gets a new one; and what is said of grids goes with them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from geo_grid.codes import _numbers
from geo_grid.edit.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from geo_grid.edit.draft import Draft
    from geo_grid.edit.ground import Ground

    Ints = NDArray[np.int64]


class Recoded(NamedTuple):
    """Codes of redrawn grids.

    Parameters
    ----------
    leaf : ndarray of str, shape (n,)
        Code of the finest grid of each atom.
    heirs : dict of str to str
        New code of each old grid that goes on.
    labels : dict of (int, int) to str
        Code of each grid by level (position) and label of the draft.
    numbers : dict of str to int
        Highest number ever given under each parent.
    """

    leaf: NDArray[np.object_]
    heirs: dict[str, str]
    labels: dict[tuple[int, int], str]
    numbers: dict[str, int]


def heirs_of(
    old: Ints,
    new: Ints,
    weight: Ints,
    prefer: Ints | None = None,
    fits: Callable[[int, int], bool] | None = None,
) -> dict[int, int]:
    """Find which new grid goes on with each old one: the one that has most of its households.

    Parameters
    ----------
    old, new : ndarray of int64, shape (n,)
        Old and new grid of each atom, 0 … k − 1.
    weight : ndarray of int64, shape (n,)
        Households of each atom. Of a grid without households, atoms count.
    prefer : ndarray of int64, optional
        For each new grid the old one it should go on with where it has most of several; −1 for none.
    fits : callable, optional
        Takes a new and an old grid, returns whether the new one may have the old one's code. Where it is given nobody
        chose, and the new grid goes on with the one that fits and that it has most households of.

    Returns
    -------
    dict of int to int
        Old grid by new grid.
    """
    people = np.bincount(old, weight, int(old.max(initial=-1)) + 1)
    worth = np.where(people[old] > 0, weight, 1)
    total = np.bincount(old, worth)
    pairs, inverse = np.unique(new * len(total) + old, return_inverse=True)
    shared = np.bincount(inverse.reshape(-1), worth)
    most = np.flatnonzero(2 * shared > total[pairs % len(total)])
    out: dict[int, int] = {}
    rank: dict[int, tuple[float, ...]] = {}
    for pair, size in zip(pairs[most].tolist(), shared[most].tolist(), strict=True):
        a, b = divmod(pair, len(total))
        liked, lived = float(prefer is not None and int(prefer[a]) == b), float(size) if people[b] else 0.0
        now = (liked, lived) if fits is None else (float(fits(a, b)), lived, liked)
        if a not in out or now > rank[a]:
            out[a], rank[a] = b, now
    return out


def recode(
    draft: Draft,
    numbers: Mapping[str, int],
    wanted: Mapping[tuple[int, int], str] | None = None,
    *,
    chosen: bool = True,
) -> Recoded:
    """Give redrawn grids their codes.

    Parameters
    ----------
    draft : Draft
        Grids of all levels, nested.
    numbers : mapping of str to int
        Highest number ever given under each parent, as far as the store knows.
    wanted : mapping of (int, int) to str, optional
        Codes that grids must have, by level (position) and label.
    chosen : bool
        Whether the draft's labels tell which grid somebody wants to go on where one has most of several.

    Returns
    -------
    Recoded
        Codes. A grid keeps its code where it has most of the households of the old one and its parent keeps its own.

    Raises
    ------
    RefusedError
        If a parent has no numbers left.
    """
    ground, view, wanted = draft.ground, draft.view, wanted or {}
    top = _highest(draft, numbers)
    heirs: dict[str, str] = {}
    found: dict[tuple[int, int], str] = {}
    above = np.zeros(ground.atoms.n, dtype=np.int64)
    parent_codes: list[str] = [ground.code]
    for level in range(ground.depth):
        labels, first, row = np.unique(draft.labels[level], return_index=True, return_inverse=True)
        row = row.reshape(-1)
        old_codes = view.codes[level]
        prefer = np.where(labels < len(old_codes), labels, -1)
        stems = [parent_codes[above[at]] + ground.profile.separator for at in first.tolist()]
        width = ground.profile.widths(ground.kind)[level]
        fits = None if chosen else partial(_fits, stems, old_codes, width)
        goes_on = heirs_of(view.labels[level], row, ground.atoms.weight, prefer, fits)
        asked = [wanted.get((level, label)) for label in labels.tolist()]
        kept = [old_codes[goes_on[at]] if at in goes_on else None for at in range(len(labels))]
        codes = _fitting(asked, kept, stems, width)
        for at, code in enumerate(codes):
            if code is not None:
                parent = parent_codes[above[first[at]]]
                top[parent] = max(top.get(parent, 0), _number(ground, parent, code))
        fresh = np.array([at for at, code in enumerate(codes) if code is None], dtype=np.int64)
        for at in _in_order(ground, row, above[first], fresh):
            codes[at] = _next_code(ground, parent_codes[above[first[at]]], level, top)
        done = [str(code) for code in codes]
        found.update({(level, int(label)): code for label, code in zip(labels, done, strict=True)})
        heirs.update({old_codes[b]: done[a] for a, b in goes_on.items()})
        above, parent_codes = row, done
    leaf = np.array(parent_codes, dtype=object)[above]
    return Recoded(leaf, heirs, found, top)


def _fits(stems: list[str], old_codes: Sequence[str], width: int, new: int, old: int) -> bool:
    return old_codes[old][:-width] == stems[new]


def _fitting(asked: list[str | None], kept: list[str | None], stems: list[str], width: int) -> list[str | None]:
    """Return the code that was asked for, else the one kept, where it fits the parent; each code once."""
    codes: list[str | None] = [None] * len(asked)
    seen: set[str] = set()
    for wish in (asked, kept):
        for at, code in enumerate(wish):
            if code is not None and codes[at] is None and code not in seen and code[:-width] == stems[at]:
                codes[at] = code
                seen.add(code)
    return codes


def _number(ground: Ground, parent: str, code: str) -> int:
    return int(code[len(parent) + len(ground.profile.separator) :])


def _highest(draft: Draft, numbers: Mapping[str, int]) -> dict[str, int]:
    """Return the highest number under each parent: what the store knows, and what stands now."""
    ground, top = draft.ground, dict(numbers)
    for level, codes in enumerate(draft.view.codes):
        for code, up in zip(codes, draft.view.parent[level].tolist(), strict=True):
            parent = draft.view.codes[level - 1][up] if level else ground.code
            top[parent] = max(top.get(parent, 0), _number(ground, parent, code))
    return top


def _in_order(ground: Ground, row: Ints, parents: Ints, fresh: Ints) -> list[int]:
    """Put new grids in the order codes are given: row by row from the north inside their parent."""
    if len(fresh) < 2:
        return fresh.tolist()
    at = np.full(int(row.max()) + 1, -1, dtype=np.int64)
    at[fresh] = np.arange(len(fresh))
    mine = np.flatnonzero(at[row] >= 0)
    group = at[row[mine]]
    size = np.bincount(group)
    x, y = (np.round(np.bincount(group, values[mine]) / size, 3) for values in (ground.atoms.x, ground.atoms.y))
    first = np.unique(group, return_index=True)[1]
    up = np.unique(parents[fresh], return_inverse=True)[1].reshape(-1)
    number = _numbers(up.astype(np.int64), x, y, first.astype(np.int64))
    return fresh[np.lexsort((number, up))].tolist()


def _next_code(ground: Ground, parent: str, level: int, top: dict[str, int]) -> str:
    width = ground.profile.widths(ground.kind)[level]
    number = top.get(parent, 0) + 1
    if number >= 10**width:
        raise RefusedError(
            f"{parent} has no numbers left for another grid of level {level + 1}",
            reason="no_codes_left",
            grids=[parent],
            mend=f"Numbers are never given twice: widen codes.levels.{ground.kind} and build again.",
        )
    top[parent] = number
    return f"{parent}{ground.profile.separator}{number:0{width}d}"
