"""Households without coordinates take those of their building: matched by name or number inside their area."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

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
_MAX_COMPARED = 2_000  # names of one area that are compared with an unmatched one


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
        exact, normal, known = self._index()
        answers: dict[tuple[int, str | None], tuple[int, str]] = {}
        building, reason = np.full(len(name), -1, dtype=np.int64), [""] * len(name)
        for i, key in enumerate(zip(area.tolist(), name, strict=True)):
            if key not in answers:
                answers[key] = _answer(key, exact, normal, known)
            building[i], reason[i] = answers[key]
        return building, reason

    def _index(self) -> tuple[_Index, _Index, dict[int, list[str]]]:
        exact: _Index = defaultdict(list)
        normal: _Index = defaultdict(list)
        known: dict[int, dict[str, None]] = defaultdict(dict)
        for i, (area, name) in enumerate(zip(self.area.tolist(), self.name, strict=True)):
            for where in (area, -1):
                exact[where, unicodedata.normalize("NFKC", name).strip()].append(i)
                normal[where, normal_building(name)].append(i)
                known[where][name] = None
        return exact, normal, {where: list(names) for where, names in known.items()}


_Index = dict[tuple[int, str], list[int]]


def _answer(key: tuple[int, str | None], exact: _Index, normal: _Index, known: dict[int, list[str]]) -> tuple[int, str]:
    area, name = key
    if name is None:
        return -1, "no coordinates, and no building to take them from"
    found = exact.get((area, unicodedata.normalize("NFKC", name).strip()), [])
    if not found:
        found = normal.get((area, normal_building(name)), [])
    if len(found) == 1:
        return found[0], ""
    where = "in its area" if area >= 0 else "in the city, and the row does not name its area"
    if found:
        return -1, f"building {name!r}: {len(found)} buildings are called so {where}"
    near = _nearest(name, known.get(area, []))
    hint = f"; nearest: {', '.join(near)}" if near else ""
    return -1, f"building {name!r}: no such building {where}{hint}"


def _nearest(name: str, candidates: list[str]) -> list[str]:
    if len(candidates) > _MAX_COMPARED:
        shared = set(name)
        candidates = sorted(candidates, key=lambda other: -len(shared & set(other)))[:_MAX_COMPARED]
    spelled = {normal_building(other): other for other in reversed(candidates)}
    near = difflib.get_close_matches(normal_building(name), list(spelled), n=_NEAREST, cutoff=_CUTOFF)
    # numbers have little in common with each other; then at least the kind of name is shown
    found = [spelled[spelling] for spelling in near] or difflib.get_close_matches(name, candidates, _NEAREST, _CUTOFF)
    return list(dict.fromkeys(found))
