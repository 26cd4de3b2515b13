"""Times as the tables hold them: ISO 8601, UTC, to the millisecond, so that text sorts as time does."""

from __future__ import annotations

import datetime as dt


def moment(text: str) -> dt.datetime:
    """Read a time.

    Parameters
    ----------
    text : str
        ISO 8601 with an offset or Z.

    Returns
    -------
    datetime
        In UTC.

    Raises
    ------
    ValueError
        If it is none, or does not say in which zone.
    """
    found = dt.datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"{text!r} does not say in which zone")
    return found.astimezone(dt.UTC)


def timestamp_of(time: dt.datetime) -> str:
    """Write a time.

    Parameters
    ----------
    time : datetime
        With a zone.

    Returns
    -------
    str
        As the tables hold it.
    """
    return time.astimezone(dt.UTC).isoformat(timespec="milliseconds")
