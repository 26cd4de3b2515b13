"""How shares and times are told, one way everywhere: a share is cut and never rounded up, a time names its zone."""

from __future__ import annotations

import datetime as dt

#: What clocks in China are ahead of UTC.
BEIJING = 8.0
_MINUTE = "%Y-%m-%d %H:%M"


def share_told(part: int, whole: int) -> float | None:
    """Return a share as it is told: cut to a thousandth, so that only all of it is 100 %.

    Parameters
    ----------
    part, whole : int
        Counts.

    Returns
    -------
    float or None
        Thousandths; None of nothing.
    """
    return (1000 * int(part) // int(whole)) / 1000 if whole else None


def percent_told(part: int, whole: int) -> str:
    """Write a share.

    Parameters
    ----------
    part, whole : int
        Counts.

    Returns
    -------
    str
        Per cent with one decimal, cut, or a dash of nothing.
    """
    share = share_told(part, whole)
    return "–" if share is None else f"{100 * share:.1f}%"


def time_told(moment: str | dt.datetime, lang: str = "zh", utc_offset_hours: float = BEIJING) -> str:
    """Write a time as clocks here show it, with the zone they are in.

    Parameters
    ----------
    moment : str or datetime
        ISO 8601 with a zone; what has none, or is no time, is told as it is.
    lang : str
        "zh" or "en".
    utc_offset_hours : float
        What the clocks here are ahead of UTC.

    Returns
    -------
    str
        To the minute, "2026-03-02 04:15 北京时间".
    """
    if isinstance(moment, str):
        try:
            moment = dt.datetime.fromisoformat(moment)
        except ValueError:
            return str(moment)
    if moment.tzinfo is None:
        return moment.strftime(_MINUTE)
    zone = dt.timezone(dt.timedelta(hours=utc_offset_hours))
    named = ("北京时间", "Beijing time")[lang == "en"] if utc_offset_hours == BEIJING else zone.tzname(None)
    return f"{moment.astimezone(zone).strftime(_MINUTE)} {named}"
