"""What a new roster makes of the terms that are stored: nothing that was is forgotten."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, Any]

#: What a roster may correct in a term that is not over.
_CORRECTED = ("level", "role", "name", "phone", "phone_public", "term_from", "term_to")


class Settled(NamedTuple):
    """What becomes of the stored terms.

    Parameters
    ----------
    added : list of dict
        Terms that begin; rows without id.
    changed : list of dict
        Stored terms as they are to be.
    ended : list of dict
        Stored terms with the day they end.
    kept : int
        Number of stored terms that the roster confirms as they are.
    """

    added: list[Row]
    changed: list[Row]
    ended: list[Row]
    kept: int


def settle(stored: Iterable[Row], given: Iterable[Row], on: dt.date, *, ending: bool = True) -> Settled:
    """Compare a roster with the terms that are stored.

    Parameters
    ----------
    stored : iterable of dict
        Rows of the table ``staff`` that the roster speaks of.
    given : iterable of dict
        Rows of the roster, without id.
    on : date
        The day the roster counts from.
    ending : bool
        Whether the term of who is not in the roster ends.

    Returns
    -------
    Settled
        Who is in the roster at a grid keeps the term, with what the roster says of it; a later beginning makes another
        term after it. Who is not in it any more was in charge until the day before; a term that had not begun ends
        before it begins. Terms that were over stay as they are. Somebody new without a beginning begins on the day,
        unless nothing at all was stored.
    """
    rows = list(stored)
    day = on.isoformat()
    open_: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if not over(row, day):
            open_.setdefault(_who(row), []).append(row)
    out = Settled([], [], [], 0)
    kept = 0
    listed = set()
    past = [row for row in rows if over(row, day)]
    for row in sorted(given, key=lambda each: each["term_from"] or ""):
        listed.add(_who(row))
        if over(row, day) and any(_is_of(before, row) for before in past):
            kept += 1
            continue
        before = _matching(open_.get(_who(row), []), row)
        if before is None:
            begin = row["term_from"] or (day if rows else None)
            out.added.append(row | {"term_from": begin})
            continue
        open_[_who(row)].remove(before)
        kept += _renew(out, before, row)
    gone = [row for who, left in open_.items() if who not in listed for row in left]
    if ending:
        out.ended.extend(row | {"term_to": _day_before(day)} for row in gone)
    out.added.sort(key=lambda row: row["source_row"])  # of two at one grid the first in the roster answers
    return out._replace(kept=kept)


def over(row: Row, day: str) -> bool:
    """Tell whether a term was over before a day, or never came.

    Parameters
    ----------
    row : dict
        Row of the table ``staff``.
    day : str
        ISO date.

    Returns
    -------
    bool
        False for a term that is to begin.
    """
    end = row["term_to"]
    return end is not None and (end < day or end < (row["term_from"] or ""))


def overlap(one: Row, other: Row) -> bool:
    """Tell whether two terms have a day in common.

    Parameters
    ----------
    one, other : dict
        Rows of the table ``staff``.

    Returns
    -------
    bool
        False too where one of them never came.
    """
    begin = max(one["term_from"] or "", other["term_from"] or "")
    end = min(one["term_to"] or "9999-12-31", other["term_to"] or "9999-12-31")
    return begin <= end


def same_person(one: Row, other: Row) -> bool:
    """Tell whether two rows are of one person at one grid.

    Parameters
    ----------
    one, other : dict
        Rows of the table ``staff``.

    Returns
    -------
    bool
        True if grid and name are the same; blanks and capitals make no difference.
    """
    return _who(one) == _who(other)


def _who(row: Row) -> tuple[str, str]:
    return row["grid_code"], "".join(row["name"].split()).casefold()


def _is_of(before: Row, row: Row) -> bool:
    """Tell whether a term that is over is the one a row of the roster speaks of."""
    begins = row["term_from"] is None or before["term_from"] == row["term_from"]
    return _who(before) == _who(row) and before["term_to"] == row["term_to"] and begins


def _matching(stored: list[Row], row: Row) -> Row | None:
    """Return the stored term a row of the roster speaks of."""
    for before in stored:
        if row["term_from"] is not None and before["term_from"] == row["term_from"]:
            return before
    return next((before for before in stored if overlap(before, row)), None)


def _renew(out: Settled, before: Row, row: Row) -> int:
    """Write down what a roster says of a stored term; 1 if that is nothing new."""
    begin = row["term_from"]
    if begin is not None and (before["term_from"] or "") < begin:
        out.ended.append(before | {"term_to": _day_before(begin)})
        out.added.append(row)
        return 0
    after = before | {name: row[name] for name in _CORRECTED}
    if begin is None:
        after["term_from"] = before["term_from"]
    if after == before:
        return 1
    out.changed.append(after | {"source": row["source"], "source_row": row["source_row"]})
    return 0


def _day_before(day: str) -> str:
    return (dt.date.fromisoformat(day) - dt.timedelta(days=1)).isoformat()
