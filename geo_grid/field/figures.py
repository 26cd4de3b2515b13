"""Figures of matters by area, category and time: found, mended, open, overdue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.field.times import moment, timestamp_of
from geo_grid.lookup.columns import texts

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: States in which a matter is still to be mended, and in which it is mended but not closed.
OPEN = ("found", "assigned")
MENDED = ("mended", "checked")

_COUNTS = ["found", "mended", "open", "overdue", "conflicts", "rejected", "found_and_mended"]


def overdue(matters: pd.DataFrame, now: str) -> NDArray[np.bool_]:
    """Tell which matters are overdue.

    Parameters
    ----------
    matters : DataFrame
        The table ``matters``.
    now : str
        A time, ISO 8601 UTC.

    Returns
    -------
    ndarray of bool, shape (n,)
        Whether it should have been mended by then, or closed where it is mended.
    """
    unfinished = matters["status"].isin([*OPEN, *MENDED]).to_numpy(dtype=bool)
    return np.asarray(unfinished & (_times(matters, "due_at") < _time(now)), dtype=bool)


def figures(
    matters: pd.DataFrame, first: str, end: str, now: str, *, digits: int = 9, by_category: bool = True
) -> pd.DataFrame:
    """Count matters.

    Parameters
    ----------
    matters : DataFrame
        The table ``matters``.
    first, end : str
        The time looked at, ISO 8601 UTC; it begins with `first` and ends just before `end`.
    now : str
        The moment at which open and overdue ones are counted.
    digits : int
        Digits of the code that make a place: 6 a county, 9 a township, 12 an area; 0 everything.
    by_category : bool
        Whether categories are told apart.

    Returns
    -------
    DataFrame
        ``code`` (, ``category``), ``found`` and ``mended`` (in that time; rejected ones are neither), ``open, overdue,
        conflicts`` (now, of those found before `end`), ``rejected, found_and_mended`` (of those found in that time) and
        ``share_mended`` (of those found in that time, 0 to 1; NaN where none was).
    """
    found_at, mended_at = _times(matters, "found_at"), _times(matters, "mended_at")
    start, stop = _time(first), _time(end)
    status = texts(matters, "status")
    real = status != "rejected"
    there = (found_at < stop) & real
    new = (found_at >= start) & (found_at < stop)
    done = np.isin(status.astype(str), [*MENDED, "closed"])
    counts: dict[str, Any] = {
        "found": new & real,
        "mended": (mended_at >= start) & (mended_at < stop) & done,
        "open": there & np.isin(status.astype(str), OPEN),
        "overdue": there & overdue(matters, now),
        "conflicts": there & (matters["conflict"].to_numpy() == 1),
        "rejected": new & ~real,
        "found_and_mended": new & done,
    }
    keys = {"code": [code[:digits] for code in texts(matters, "area_code")]}
    if by_category:
        keys["category"] = texts(matters, "category").tolist()
    table = pd.DataFrame(keys | {name: counts[name].astype(np.int64) for name in _COUNTS})
    out = table.groupby(list(keys), as_index=False).sum()
    out["share_mended"] = out["found_and_mended"] / out["found"].where(out["found"] > 0)
    return out


def _time(text: str) -> str:
    return timestamp_of(moment(text))


def _times(matters: pd.DataFrame, column: str) -> NDArray[Any]:
    """Return times as text that sorts; nothing sorts before everything."""
    found = [_time(text) if text is not None else "" for text in texts(matters, column)]
    return np.array(found, dtype="U32")
