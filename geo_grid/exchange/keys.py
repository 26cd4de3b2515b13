"""What the grid of a row is meant to be: a grid there is, a new code, or a name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geo_grid.exchange.present import Present

#: Longest name of a grid.
LONGEST = 120
_ROUNDED = re.compile(r"[0-9](?:\.[0-9]+)?[eE]\+?[0-9]+")
_DIGITS = re.compile(r"[0-9]+")
_EXACT_DIGITS = 15  # what a spreadsheet keeps of a number


@dataclass(frozen=True, slots=True)
class Key:
    """A grid as a row of a file means it.

    Parameters
    ----------
    key : str
        Code of a grid, or any other text for a grid to be numbered anew; empty where there is a fault.
    name : str
        Name of a new grid; empty where there is none, or the grid has one.
    fault : str
        Why the text means no grid; else empty.
    """

    key: str = ""
    name: str = ""
    fault: str = ""


def key_of(present: Present, text: str | None, level: int) -> Key:
    """Find out which grid a text means.

    Parameters
    ----------
    present : Present
        The area.
    text : str or None
        Code or name of a grid.
    level : int
        Level the grid should have.

    Returns
    -------
    Key
        The grid, or what is wrong.
    """
    text = (text or "").strip()
    if text[:2] in ("'=", "'+", "'-", "'@"):  # as the export writes what would be a formula
        text = text[1:]
    if not text:
        return Key(fault="the row names no grid")
    if present.level_of.get(text, level) != level:
        return Key(fault=f"{text} is a grid of level {present.level_of[text]}; level {level} is wanted")
    if text in present.level_of or present.patterns[level].fullmatch(text):
        return Key(text)
    if fault := _code_fault(present, text, level):
        return Key(fault=fault)
    return _named(present, text, level)


def _named(present: Present, text: str, level: int) -> Key:
    """Return the grid that is called so, or a new one."""
    if text in present.names[level]:
        return Key(present.names[level][text])
    same = sorted(code for code, name in present.titles.items() if name == text)
    here = [code for code in same if present.level_of[code] == level]
    if here:
        return Key(fault=f"{len(here)} grids are called {text!r}: {', '.join(here[:3])}")
    if same:
        return Key(fault=f"{text!r} is a grid of level {present.level_of[same[0]]}; level {level} is wanted")
    if len(text) > LONGEST or not text.isprintable():
        return Key(fault=f"{text[:20]!r} is no name of a grid: it is too long, or holds signs nobody can print")
    return new_key(text, level)


def new_key(name: str, level: int) -> Key:
    """Return the key of a grid that gets a new code.

    Parameters
    ----------
    name : str
        Its name.
    level : int
        Its level: grids of two levels may be called the same.

    Returns
    -------
    Key
        A key that is no code.
    """
    return Key(f"level {level}: {name}", name=name)


def _code_fault(present: Present, text: str, level: int) -> str:
    """Say what is wrong with a text that looks like a code; empty where it looks like none."""
    if _ROUNDED.fullmatch(text):
        return f"{text} is a code a spreadsheet has turned into a number; keep codes as text"
    for other, pattern in present.patterns.items():
        if pattern.fullmatch(text):
            return f"{text} is the code of a grid of level {other}; level {level} is wanted"
    if not _DIGITS.fullmatch(text) or len(text) <= max(_least_digits(present), 4):
        return ""
    if not text.startswith(present.code):
        return f"{text} is no code of area {present.code}"
    if len(text) > _EXACT_DIGITS and set(text[_EXACT_DIGITS:]) == {"0"}:
        return f"{text} has lost its last digits: spreadsheets round long numbers; keep codes as text"
    return f"{text} is not what codes of level {level} look like in area {present.code}"


def _least_digits(present: Present) -> int:
    """Return how many digits tell a code from a number that serves as a name."""
    return len(present.code) - 1
