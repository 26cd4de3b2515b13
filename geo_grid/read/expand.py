"""From rows to households: a row may stand for several, spread over the floors of a building."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from geo_grid.read.ledger import arabic_numerals
from geo_grid.read.limits import MAX_HOUSEHOLDS_PER_ROW
from geo_grid.read.table import is_none, number_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.read.table import Table

_FLOOR = re.compile(r"(地下|负|-|b)?(\d{1,3})(?:层|楼|f)?")


@dataclass(slots=True)
class Counts:
    """How many households each row stands for.

    Parameters
    ----------
    count : ndarray of int, shape (n,)
        1 where the source does not say; 0 where it says nothing usable.
    reason : ndarray of object, shape (n,)
        Why a row cannot be placed; None where it can.
    """

    count: NDArray[np.int64]
    reason: NDArray[np.object_]


@dataclass(slots=True)
class Expanded:
    """Households made of rows.

    Parameters
    ----------
    origin : ndarray of int, shape (k,)
        Position of the row each household comes from.
    id : ndarray of object, shape (k,)
        Unique ids.
    floor : Series of Int64, length k
        Floors; missing where unknown.
    residents : Series of Int64, length k
        Residents; missing where unknown.
    """

    origin: NDArray[np.int64]
    id: NDArray[np.object_]
    floor: pd.Series
    residents: pd.Series


def households_of_rows(table: Table, columns: dict[str, str]) -> Counts:
    """Read how many households each row stands for.

    Parameters
    ----------
    table : Table
        The source.
    columns : dict of str to str
        Its column map.

    Returns
    -------
    Counts
        Row by row.
    """
    n = len(table)
    reason = np.full(n, None, dtype=object)
    if "households" not in columns:
        return Counts(np.ones(n, dtype=np.int64), reason)
    name = columns["households"]
    numbers, given = number_of(table.frame[name])
    usable = np.isfinite(numbers)
    whole = np.where(usable, numbers, 0.0)
    reason[given & ~usable] = f"column {name!r} does not hold a number of households"
    reason[~given] = f"column {name!r} is empty: how many households there are is unknown"
    reason[usable & (whole != np.floor(whole))] = "a number of households that is not whole"
    reason[usable & (whole > MAX_HOUSEHOLDS_PER_ROW)] = f"more than {MAX_HOUSEHOLDS_PER_ROW} households in one row"
    reason[usable & (whole == 0)] = "no household: nothing to place"
    reason[usable & (whole < 0)] = "a negative number of households"
    return Counts(np.where(is_none(reason), whole, 0).astype(np.int64), reason)


def expand_rows(table: Table, columns: dict[str, str], notes: list[str], *, ids: bool = True) -> Expanded:
    """Make households of rows that can all be placed.

    Parameters
    ----------
    table : Table
        The rows.
    columns : dict of str to str
        Their column map.
    notes : list of str
        Told of cells that were left out.
    ids : bool
        Whether ids are wanted; else there are none.

    Returns
    -------
    Expanded
        In the order of the rows.
    """
    count = households_of_rows(table, columns).count
    origin = np.repeat(np.arange(len(table)), count)
    number = np.arange(len(origin)) - np.repeat(np.cumsum(count) - count, count)
    return Expanded(
        origin,
        _ids(table, columns, count, origin, number) if ids else np.empty(0, dtype=object),
        _floors(table, columns, count, origin, number, notes),
        _residents(table, columns, count, origin, notes),
    )


def _ids(
    table: Table,
    columns: dict[str, str],
    count: NDArray[np.int64],
    origin: NDArray[np.int64],
    number: NDArray[np.int64],
) -> NDArray[np.object_]:
    """Return the given id, or source and row; numbered where a row stands for several households."""
    label = table.source.label
    given = table.text(columns["id"]) if "id" in columns else np.full(len(table), None, dtype=object)
    base, unnamed = given.copy(), is_none(given)
    base[unnamed] = [f"{label}:{row}" for row in table.rows[unnamed]]
    single = count[origin] == 1
    ids = base[origin]
    several = np.flatnonzero(~single)
    ids[several] = [f"{name}:{k + 1}" for name, k in zip(ids[several], number[several], strict=True)]
    if not len(several) and not unnamed.any():
        return ids  # as given, and those are unique
    # a made id may be the same as one that was given; the given one stays
    taken = set(ids.tolist())
    if len(taken) == len(ids):
        return ids
    is_given = pd.notna(given)[origin] & single
    used = set(ids[is_given].tolist())
    for i in np.flatnonzero(~is_given):
        while ids[i] in used:
            ids[i] += "'"
        used.add(ids[i])
    return ids


def _floors(
    table: Table,
    columns: dict[str, str],
    count: NDArray[np.int64],
    origin: NDArray[np.int64],
    number: NDArray[np.int64],
    notes: list[str],
) -> pd.Series:
    if "floor" in columns:
        codes, unique = table.coded(columns["floor"])
        read = [parse_floor(text) for text in unique]
        _note_unread(table, columns["floor"], [u for u, r in zip(unique, read, strict=True) if r is None], notes)
        floor = pd.array([*read, None], dtype="Int64")[codes[origin]]
    else:
        floor = pd.array([None] * len(origin), dtype="Int64")
    if "floors" in columns:
        storeys, _ = number_of(table.frame[columns["floors"]])
        storeys = np.where(np.isfinite(storeys) & (storeys >= 1), storeys, 0.0)[origin]
        spread = np.floor(number * storeys / count[origin]) + 1
        use = floor.isna() & (storeys > 0)
        floor[use] = spread[use].astype(np.int64)
    return pd.Series(floor)


def parse_floor(text: str) -> int | None:
    """Read a floor as people write it.

    Parameters
    ----------
    text : str
        As in ``3``, ``3层``, ``三楼``, ``3F``, ``B1``, ``-1`` or ``地下1层``.

    Returns
    -------
    int or None
        The floor, negative below ground; None where it cannot be read.
    """
    folded = arabic_numerals(unicodedata.normalize("NFKC", text).casefold().strip().removeprefix("第"))
    match = _FLOOR.fullmatch(folded.removesuffix(".0"))
    if match is None:
        return None
    floor = int(match.group(2))
    return -floor if match.group(1) else floor


def _residents(
    table: Table, columns: dict[str, str], count: NDArray[np.int64], origin: NDArray[np.int64], notes: list[str]
) -> pd.Series:
    """Return residents of rows that stand for one household; a sum over several says nothing of each."""
    if "residents" not in columns:
        return pd.Series(pd.array([None] * len(origin), dtype="Int64"))
    name = columns["residents"]
    numbers, given = number_of(table.frame[name])
    good = np.isfinite(numbers) & (numbers >= 0) & (numbers == np.floor(numbers)) & (numbers < 2**31)
    _note_unread(table, name, list(table.frame[name][given & ~good].astype(str).unique()), notes)
    known = (good & (count == 1))[origin]
    values = np.where(known, np.where(good, numbers, 0)[origin], 0).astype(np.int64)
    return pd.Series(pd.arrays.IntegerArray(values, ~known))


def _note_unread(table: Table, column: str, values: list[str], notes: list[str]) -> None:
    if values:
        listed = ", ".join(repr(value) for value in values[:5]) + (", …" if len(values) > 5 else "")
        notes.append(f"{table.source.label}: column {column!r} was left empty where it holds {listed}")
