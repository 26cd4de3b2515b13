"""Households without coordinates take those of their building: matched by name or number inside their area."""

from __future__ import annotations

import difflib
import heapq
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo_grid.read.limits import MAX_COMPARISONS, MAX_NAMES_COMPARED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100}
_NUMERAL = re.compile(r"[〇零一二两三四五六七八九十百]+")
_NOISE = re.compile(r"[\s#\-—–_.,·、，。()（）\[\]【】]+")
_MARKER = re.compile(r"(?<=[0-9a-z])(?:号楼|栋楼|幢楼|座楼|号|栋|幢|座|楼)")
_ORDINAL = re.compile(r"第(?=\d)")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_NEAREST = 3
_CUTOFF = 0.4


def normal_building(text: str) -> str:
    """Return the spelling all ways to write one building share.

    Parameters
    ----------
    text : str
        Name or number of a building, as in ``第３号楼``, ``3#``, ``三栋`` or ``03幢``.

    Returns
    -------
    str
        Half-width and lower case, Chinese numerals as digits, without 第, 号楼, 号, 栋, 幢, 座, 楼, # and leading zeros.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = arabic_numerals(folded)
    folded = _NOISE.sub("", folded)
    folded = _ORDINAL.sub("", folded)
    stripped = _MARKER.sub("", folded)
    return _ZEROS.sub("", stripped) or folded


def arabic_numerals(text: str) -> str:
    """Write Chinese numerals in digits.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The same with ``二十三`` as ``23`` and ``一〇五`` as ``105``.
    """
    return _NUMERAL.sub(lambda match: _arabic(match.group()), text)


def _arabic(numeral: str) -> str:
    """Return a Chinese numeral in digits: 二十三 is 23, 一〇五 is 105."""
    if not any(c in _UNITS for c in numeral):
        return "".join(str(_DIGITS[c]) for c in numeral)
    total, digit = 0, -1
    for c in numeral:
        if c in _UNITS:
            total += _UNITS[c] * (1 if digit < 0 else digit)
            digit = -1
        else:
            digit = _DIGITS[c]
    return str(total + max(digit, 0))


@dataclass(slots=True)
class Directory:
    """Buildings of a city by area and name.

    Parameters
    ----------
    area : ndarray of int, shape (n,)
        Position of each building's area.
    name : sequence of str, length n
        Its name or number.
    """

    area: NDArray[np.int64]
    name: Sequence[str]

    def match(self, area: NDArray[np.int64], name: Sequence[str | None]) -> tuple[NDArray[np.int64], list[str]]:
        """Find the building of each ledger row.

        Parameters
        ----------
        area : ndarray of int, shape (k,)
            Position of each row's area; -1 where the row does not say: then the name must be unique in the city.
        name : sequence of str or None, length k
            Building the row names.

        Returns
        -------
        building : ndarray of int, shape (k,)
            Position of the building; -1 where there is none, or more than one.
        reason : list of str, length k
            Why not; empty where there is one.
        """
        matcher = _Matcher(self)
        answers: dict[tuple[int, str | None], tuple[int, str]] = {}
        building, reason = np.full(len(name), -1, dtype=np.int64), [""] * len(name)
        for i, key in enumerate(zip(area.tolist(), name, strict=True)):
            if key not in answers:
                answers[key] = matcher.answer(*key)
            building[i], reason[i] = answers[key]
        return building, reason


class _Matcher:
    """An index of a directory; area -1 stands for the whole city."""

    def __init__(self, directory: Directory) -> None:
        self.exact: dict[tuple[int, str], list[int]] = defaultdict(list)
        self.normal: dict[tuple[int, str], list[int]] = defaultdict(list)
        self.known: dict[int, dict[str, str]] = defaultdict(dict)
        self.compared = 0
        for i, (area, name) in enumerate(zip(directory.area.tolist(), directory.name, strict=True)):
            spelling = normal_building(name)
            for where in (area, -1):
                self.exact[where, _half_width(name)].append(i)
                self.normal[where, spelling].append(i)
                self.known[where].setdefault(spelling, name)

    def answer(self, area: int, name: str | None) -> tuple[int, str]:
        """Return a building, or -1 and why."""
        if name is None:
            return -1, "no coordinates, and no building to take them from"
        found = self.exact.get((area, _half_width(name))) or self.normal.get((area, normal_building(name)), [])
        if len(found) == 1:
            return found[0], ""
        where = "in its area" if area >= 0 else "in the city, and the row does not name its area"
        if found:
            return -1, f"building {name!r}: {len(found)} buildings are called so {where}"
        near = self.nearest(area, name)
        hint = f"; nearest: {', '.join(near)}" if near else ""
        return -1, f"building {name!r}: no such building {where}{hint}"

    def nearest(self, area: int, name: str) -> list[str]:
        """Return up to three similar names, while the time for comparing lasts."""
        known = self.known.get(area, {})
        spellings = list(known)
        if len(spellings) > MAX_NAMES_COMPARED:
            shared = set(normal_building(name))
            spellings = heapq.nlargest(MAX_NAMES_COMPARED, spellings, key=lambda other: len(shared & set(other)))
        self.compared += len(spellings)
        if self.compared > MAX_COMPARISONS:
            return []
        near = [known[s] for s in difflib.get_close_matches(normal_building(name), spellings, _NEAREST, _CUTOFF)]
        # numbers have little in common with each other; then at least the kind of name is shown
        return near or difflib.get_close_matches(name, [known[s] for s in spellings], _NEAREST, _CUTOFF)


def _half_width(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip()
