"""The clock of changes: the time of the phone, pushed on so that what follows is always later than what it follows.

A reading is text, ``"1784851200000-00000"``: milliseconds since 1970 and a counter, both with leading zeros, so that readings
compare as text, in Python, JavaScript and SQL alike.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_READING = re.compile(r"(\d{13})-(\d{5})")
_MOST = 99_999


class Reading(NamedTuple):
    """A reading of the clock.

    Parameters
    ----------
    millis : int
        Milliseconds since 1970.
    number : int
        Tells readings of the same millisecond apart.
    """

    millis: int
    number: int

    def text(self) -> str:
        """Return it as it is sent and stored.

        Returns
        -------
        str
            Text that sorts.
        """
        return f"{self.millis:013d}-{self.number:05d}"


def reading(text: str) -> Reading:
    """Read a reading.

    Parameters
    ----------
    text : str
        What :meth:`Reading.text` wrote.

    Returns
    -------
    Reading
        The reading.

    Raises
    ------
    ValueError
        If it is none.
    """
    match = _READING.fullmatch(text)
    if match is None or not text.isascii():
        raise ValueError(f"{text!r} is no reading of the clock")
    return Reading(int(match[1]), int(match[2]))


def tick(last: str | None, now_millis: int) -> str:
    """Return the reading of a new event.

    Parameters
    ----------
    last : str or None
        The latest reading that was made here or came in; None at the beginning.
    now_millis : int
        What the phone's own clock shows.

    Returns
    -------
    str
        A reading later than `last`, even where the phone's clock was put back.
    """
    if last is None:
        return Reading(now_millis, 0).text()
    before = reading(last)
    if now_millis > before.millis:
        return Reading(now_millis, 0).text()
    if before.number == _MOST:
        return Reading(before.millis + 1, 0).text()
    return Reading(before.millis, before.number + 1).text()


def latest(last: str | None, other: str) -> str:
    """Return which of two readings is later, to be remembered when something comes in.

    Parameters
    ----------
    last : str or None
        The latest reading known here.
    other : str
        That of what came in.

    Returns
    -------
    str
        The later one.
    """
    return other if last is None else max(last, other)
