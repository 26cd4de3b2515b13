"""From the grids a file says to a grid for every household, at every level, inside what is given."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.errors import InputError
from geo_grid.exchange.assignment import FILLED_COLUMNS, Assignment, error_frame

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.exchange.present import Present

    Objects = NDArray[np.object_]

#: Why a household is not where the file puts it.
OTHER_GROUP = "its villager group is given, and the grid lies in another"
#: Between the code of a grid that is cut and the grid that cuts it.
_CUT = "|"


@dataclass(slots=True)
class Draft:
    """What a file says, before the rest is filled in.

    Parameters
    ----------
    present : Present
        The area.
    level : int
        Level of the keys.
    key : ndarray of str or None, shape (n,)
        Grid of each household, None where the file does not say.
    reason : ndarray of str or None, shape (n,)
        Why it does not.
    upper : dict of int to ndarray
        By coarser level, the grid of each household where the file says it.
    names : dict of str to str
        Names of new grids.
    cells : dict of str to str
        Grid of units without households, by id.
    read : int
        Rows of the file.
    errors : list of tuple
        File, row, reason and perhaps x, y of rows that are no good.
    remarks : list of str
        What a person should know.
    """

    present: Present
    level: int
    key: Objects
    reason: Objects
    upper: dict[int, Objects] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    read: int = 0
    errors: list[tuple[Any, ...]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def refuse_given(present: Present, level: int, file: str) -> None:
    """Refuse to draw a level anew that is given.

    Parameters
    ----------
    present : Present
        The area.
    level : int
        Level of the file's grids.
    file : str
        Name of the file.

    Raises
    ------
    InputError
        Level 1 are given villager groups.
    """
    if level == 1 and present.given:
        raise InputError(
            f"level 1 of area {present.code} are its villager groups, which are given and stay",
            file=file,
            mend=f"Deliver grids of level {present.levels}.",
        )


def foreign_to_group(present: Present, key: Objects) -> NDArray[np.bool_]:
    """Tell which households are put in a grid that lies in another given group.

    Parameters
    ----------
    present : Present
        The area.
    key : ndarray of str or None, shape (n,)
        Grid of each household.

    Returns
    -------
    ndarray of bool, shape (n,)
        True outside the group that most households of the grid are of.
    """
    wrong = np.zeros(len(key), dtype=bool)
    if not present.given:
        return wrong
    domain = present.domain
    for name, rows in _rows_by(key).items():
        wrong[rows] = domain[rows] != _home(present, name, domain[rows])
    return wrong


def _home(present: Present, name: str, said: Objects) -> str:
    """Return the given group of a grid: the one its code says, else that of most of its households."""
    level = present.level_of.get(name, 0)
    if level > 1:
        here = np.flatnonzero(present.codes[level - 1] == name)
        if len(here):
            return str(present.domain[here[0]])
    begun = [code for code in present.given if name.startswith(code)]
    return max(begun, key=len) if begun else _most(said)


def finish(draft: Draft, file: str) -> Assignment:
    """Fill in what the file does not say, and bring its grids to the finest level.

    Parameters
    ----------
    draft : Draft
        What the file says.
    file : str
        Name of the file.

    Returns
    -------
    Assignment
        A grid for every household.

    Raises
    ------
    InputError
        The file says nothing of any household.
    """
    present = draft.present
    foreign = foreign_to_group(present, draft.key)
    draft.reason[foreign] = OTHER_GROUP
    draft.key[foreign] = None
    known = ~pd.isna(draft.key)
    if not known.any():
        first = f"; the first of {len(draft.errors)} errors: {draft.errors[0][2]}" if draft.errors else ""
        raise InputError(f"no household of area {present.code} gets a grid{first}", file=file, mend="Check the file.")
    key, source = _fill(present, draft.key, known, draft.level)
    parents = _parents(present, draft, key)
    labels, finer = _refine(present, key, draft.level)
    parents |= finer
    ids = present.households["id"].to_numpy(dtype=object)
    open_ = np.flatnonzero(~known)
    shown = np.array([draft.names.get(name, name) for name in key], dtype=object)
    filled = pd.DataFrame(
        {"household": ids[open_], "grid": shown[open_], "reason": draft.reason[open_], "source": source[open_]},
        columns=list(FILLED_COLUMNS),
    )
    used = set(labels)
    cells = {unit: name for unit, name in draft.cells.items() if name in used}
    used |= set(parents.values())
    remarks = [*draft.remarks, *_counts(present, key, draft.level)]
    errors = error_frame(draft.errors)
    return Assignment(
        area=present.code,
        level=draft.level,
        labels=dict(zip(ids, labels, strict=True)) | (cells if draft.level == present.levels else {}),
        parents=parents,
        names=_kept_names(present, labels, parents)
        | {name: text for name, text in draft.names.items() if name in used},
        read=draft.read,
        placed=draft.read - len(errors),
        errors=errors,
        decided=int(known.sum()),
        filled=filled,
        remarks=tuple(remarks),
    )


def _fill(present: Present, said: Objects, known: NDArray[np.bool_], level: int) -> tuple[Objects, Objects]:
    """Give the other households the grid of most of their building, else of the nearest, else what they have."""
    key, source = said.copy(), np.full(len(said), None, dtype=object)
    domain = present.domain
    open_ = np.flatnonzero(~known)
    for place in (present.unit, present.stack):  # its part of the building comes before the whole
        house = np.array([f"{number}/{group}" for number, group in zip(place, domain, strict=True)], dtype=object)
        by_house = {name: _most(said[rows]) for name, rows in _rows_by(_where(known, house)).items()}
        for i in open_[pd.isna(key[open_])]:
            if house[i] in by_house:
                key[i], source[i] = by_house[house[i]], "building"
    rest = open_[pd.isna(key[open_])]
    for group in dict.fromkeys(domain[rest]):
        here = rest[domain[rest] == group]
        there = np.flatnonzero(known & (domain == group))
        if len(there):
            key[here], source[here] = said[there[_nearest(present, here, there)]], "nearest"
    last = rest[pd.isna(key[rest])]
    key[last], source[last] = present.codes[level - 1][last], "present"
    return key, source


def _nearest(present: Present, here: NDArray[Any], there: NDArray[Any]) -> NDArray[Any]:
    points = present.households["geom"].to_numpy()
    tree = shapely.STRtree(points[there])
    return np.asarray(tree.nearest(points[here]))


def _parents(present: Present, draft: Draft, key: Objects) -> dict[str, str]:
    """Return the parent of each grid: the given group, else what the file says of most of its households."""
    parents: dict[str, str] = {}
    chain = [draft.upper.get(level) for level in range(1, draft.level)]
    if present.given:
        chain[:1] = [np.array([code or None for code in present.domain], dtype=object)] if draft.level > 1 else []
    below = key
    for above in reversed(chain):
        if above is None:
            if any(said is not None for said in chain):
                draft.remarks.append("the grids of level 1 in the file are not used: it does not say those of level 2")
            break
        for name, rows in _rows_by(below).items():
            said = above[rows]
            said = said[~pd.isna(said)]
            if len(said):
                parents[name] = _most(said)
        below = np.array([parents.get(name) for name in below], dtype=object)
    return parents


def _refine(present: Present, key: Objects, level: int) -> tuple[Objects, dict[str, str]]:
    """Cut the present finer grids along coarser new ones; the largest piece of each keeps its code."""
    parents: dict[str, str] = {}
    for finer in range(level, present.levels):
        old = present.codes[finer]
        pieces = Counter(zip(old, key, strict=True))
        heir: dict[str, tuple[int, str]] = {}
        for (code, above), count in sorted(pieces.items()):
            if count > heir.get(code, (0, ""))[0]:
                heir[code] = (count, above)
        named = {(code, above): code if heir[code][1] == above else f"{code}{_CUT}{above}" for code, above in pieces}
        parents |= {name: above for (_, above), name in named.items()}
        key = np.array([named[pair] for pair in zip(old, key, strict=True)], dtype=object)
    return key, parents


def _kept_names(present: Present, labels: Objects, parents: dict[str, str]) -> dict[str, str]:
    """Return the names of grids that keep their code and their place, but not most of their households.

    Whoever keeps most households goes on as the same grid, name included; of the others the name has to be said.
    """
    names: dict[str, str] = {}
    key = labels
    for level in range(present.levels, 0, -1):
        old = _rows_by(present.codes[level - 1])
        for code in dict.fromkeys(key):
            above = present.parent_of.get(code)
            if code in old and parents.get(code, above) == above:
                stayed = int((key[old[code]] == code).sum())
                if 2 * stayed <= len(old[code]):
                    names[code] = present.titles[code]
        key = np.array([parents.get(name, present.parent_of.get(name)) for name in key], dtype=object)
    return names


def _counts(present: Present, key: Objects, level: int) -> list[str]:
    """Say how many of the grids there are already."""
    names = set(key)
    old = sum(name in present.level_of for name in names)
    found = [f"{len(names)} grids of level {level}: {old} there are, {len(names) - old} are new"]
    if level < present.levels:
        found.append(
            f"finer grids are cut where the new grids of level {level} cross them; draw them anew or mend them"
        )
    return found


def _rows_by(values: Objects) -> dict[str, NDArray[np.int64]]:
    """Return the positions of each value that is not missing, in the order of first use."""
    codes, names = pd.factorize(values)
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(len(names) + 1))
    return {str(name): order[first:last] for name, first, last in zip(names, starts[:-1], starts[1:], strict=True)}


def _where(known: NDArray[np.bool_], values: Objects) -> Objects:
    out = np.full(len(values), None, dtype=object)
    out[known] = values[known]
    return out


def _most(values: Objects) -> str:
    """Return the value that occurs most; of several the first in order of text."""
    counts = Counter(str(value) for value in values)
    return min(counts, key=lambda name: (-counts[name], name))
