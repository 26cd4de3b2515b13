"""What stands in the cells of a roster: phones, dates, yes and no."""

from __future__ import annotations

import calendar
import datetime as dt
import re
import unicodedata

from geo_grid.read.words import fold

_YES = {fold(word) for word in ("是", "同意", "公开", "可公开", "可以", "yes", "y", "true", "1", "√", "✓", "✔")}
_NO = {fold(word) for word in ("否", "不同意", "不公开", "不可公开", "no", "n", "false", "0", "×", "x", "✗")}
_OPEN_END = {fold(word) for word in ("长期", "至今", "在任", "无固定期限", "permanent", "open", "present")}

_PHONE = re.compile(
    r"1[3-9]\d{9}"  # mobile
    r"|0\d{2,3}\d{7,8}"  # area code and number
    r"|[48]00\d{7}"  # service numbers
    r"|[2-8]\d{6,7}"  # in the same city
    r"|11[0249]|12[02]"  # 110, 120
    r"|1[02]\d{3}|116\d{3}|9[56]\d{3,4}"  # 10086, 12345, 95598
)
_GAPS = re.compile(r"[\s\-—–()]+")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?|月)?(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_SHORT_DATE = re.compile(r"(\d{4})(\d{2})(\d{2})")


class UnreadableError(ValueError):
    """A cell does not say what its column should; the text is the reason."""


def half_width(text: str | None) -> str | None:
    """Return a text without gaps around it and in half width.

    Parameters
    ----------
    text : str or None
        A cell.

    Returns
    -------
    str or None
        None where nothing is left.
    """
    return (unicodedata.normalize("NFKC", text).strip() or None) if text is not None else None


def name_of(text: str | None) -> str:
    """Read a name.

    Parameters
    ----------
    text : str or None
        A cell.

    Returns
    -------
    str
        The name.

    Raises
    ------
    UnreadableError
        There is none.
    """
    given = half_width(text)
    if given is None:
        raise UnreadableError("no name")
    return given


def phone_of(text: str | None) -> str | None:
    """Read a phone number.

    Parameters
    ----------
    text : str or None
        A cell.

    Returns
    -------
    str or None
        Digits, without +86; None for an empty cell.

    Raises
    ------
    UnreadableError
        It is no number one can call.
    """
    given = half_width(text)
    if given is None:
        return None
    digits = _GAPS.sub("", given)
    for prefix in ("+86", "0086"):
        digits = digits.removeprefix(prefix)
    if not digits.isascii() or not _PHONE.fullmatch(digits):
        raise UnreadableError("the phone is no number one can call")
    return digits


def consent_of(text: str | None) -> bool:
    """Read whether a phone may be published.

    Parameters
    ----------
    text : str or None
        A cell.

    Returns
    -------
    bool
        False for an empty cell: who did not agree did not agree.

    Raises
    ------
    UnreadableError
        It says neither yes nor no.
    """
    given = half_width(text)
    if given is None or fold(given) in _NO:
        return False
    if fold(given) in _YES:
        return True
    raise UnreadableError("the consent says neither yes nor no")


def date_of(text: str | None, *, end: bool = False) -> dt.date | None:
    """Read the day a term begins or ends.

    Parameters
    ----------
    text : str or None
        A cell, as ``2025-03-01``, ``2025/3/1``, ``2025年3月`` or ``20250301``.
    end : bool
        Whether it is the end: a month then ends on its last day, and words like 长期 leave it open.

    Returns
    -------
    date or None
        None for an empty cell.

    Raises
    ------
    UnreadableError
        It is no date.
    """
    given = half_width(text)
    if given is None or (end and fold(given) in _OPEN_END):
        return None
    match = _DATE.fullmatch(given) or _SHORT_DATE.fullmatch(given)
    word = "end" if end else "beginning"
    if match is None:
        raise UnreadableError(f"the {word} of the term is no date like 2025-03-01")
    year, month, day = (int(part) if part else 0 for part in match.groups())
    try:
        return dt.date(year, month, day or (calendar.monthrange(year, month)[1] if end else 1))
    except (ValueError, calendar.IllegalMonthError):
        raise UnreadableError(f"the {word} of the term is a day no calendar has") from None
