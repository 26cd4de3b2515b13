"""Find areas, grids and buildings by name or code: in Chinese, by pinyin, or by its initials."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.lookup.columns import texts
from geo_grid.lookup.spelling import heard, initials, numbered, plain, short_area, syllables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray

    _Spelling = tuple[list[str], list[str]]  # how something is written, and how it sounds

#: Characters and words of a query that are looked at.
QUERY_CHARACTERS, QUERY_WORDS = 80, 6

#: Hits of one search at most, unless told.
SEARCH_LIMIT = 20

#: Names a scan compares closely before it stops; exact names, and names that begin so, are found without it.
_CANDIDATES = 1_500
_BY_BEGINNING = 300

# order of what is equally good: area, level 1, building, level 2, level 3
_ORDER = {0: 0, 1: 1, -1: 2, 2: 3, 3: 4}


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that can be found.

    Parameters
    ----------
    level : int
        0 an area, 1 to 3 a grid, -1 a building.
    code : str
        Code of the area or grid; of a building, the area's.
    name : str
        Its name.
    area, area_name : str
        The area it is in.
    row : int
        Row of the area or grid in its table, or number of the building.
    places : tuple of str
        Names of the county and the township the area is in, as far as they are known.
    """

    level: int
    code: str
    name: str
    area: str
    area_name: str
    row: int
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One hit of a search.

    Parameters
    ----------
    kind : {"area", "grid", "building"}
        What it is.
    level : int or None
        0 for an area, 1 to 3 for a grid, None for a building.
    code : str
        Code of the area or grid; of a building, the area's.
    name : str
        Its name.
    area, area_name : str
        The area it is in.
    grids : tuple of str
        Of a building, the codes of its finest grids.
    x, y : float
        A point inside, in the plan's coordinates.
    places : tuple of str
        Names of the county and the township, which tell namesakes apart.
    """

    kind: str
    level: int | None
    code: str
    name: str
    area: str
    area_name: str
    grids: tuple[str, ...]
    x: float
    y: float
    places: tuple[str, ...] = ()


class _Lines:
    """Many texts in one, each in a line: one search through memory instead of one a text."""

    def __init__(self, texts: Iterable[str], *, capitals: bool = False) -> None:
        lines = list(texts)
        self.starts = np.cumsum([0, *(len(line) + 1 for line in lines)])
        self.written = "\n".join([*lines, ""])
        self.folded = self.written.lower() if capitals else self.written

    def holding(self, word: str) -> Iterator[int]:
        """Yield numbers of the lines that hold a word."""
        at = self.folded.find(word)
        while at >= 0:
            line = int(self.starts.searchsorted(at, side="right")) - 1
            yield line
            at = self.folded.find(word, int(self.starts[line + 1]))

    def line(self, number: int) -> str:
        return self.written[self.starts[number] : self.starts[number + 1] - 1]


class SearchIndex:
    """Names and codes of a plan, ready to be searched.

    Parameters
    ----------
    entries : iterable of Entry
        What can be found.
    """

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries = sorted(entries, key=lambda entry: (_ORDER[entry.level], entry.code, entry.row))
        spelled = [_spelled(entry) for entry in self._entries]
        self._texts = _Lines("\t".join(texts) for texts, _ in spelled)
        self._sounds = _Lines(("\t".join(sounds) for _, sounds in spelled), capitals=True)
        self._keys, self._key_rows = _beginnings(spelled)
        self._places: dict[tuple[str, ...], _Spelling] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, query: str, limit: int = SEARCH_LIMIT) -> list[Entry]:
        """Return the best hits.

        Parameters
        ----------
        query : str
            Words that must all occur in the code, the name or the area's name, or sound like it; all but one may be
            names of the county or township instead.
        limit : int
            Hits at most.

        Returns
        -------
        list of Entry
            Whole names and codes first, then beginnings, then the rest; coarse before fine.
        """
        words = [word for word in map(plain, query[:QUERY_CHARACTERS].split()[:QUERY_WORDS]) if word]
        if not words or limit < 1:
            return []
        scored = []
        for row in self._candidates(words):
            rank = self._rank(row, words)
            if rank is not None:
                entry = self._entries[row]
                scored.append((rank, _ORDER[entry.level], len(entry.name), row))
        return [self._entries[row] for *_, row in sorted(scored)[:limit]]

    def _candidates(self, words: list[str]) -> list[int]:
        rows: dict[int, None] = {}
        for word in dict.fromkeys([*words, "".join(words)]):
            for form in dict.fromkeys([word, numbered(word), heard(word)]):
                exact = slice(bisect_left(self._keys, form), bisect_right(self._keys, form))
                begin = slice(bisect_left(self._keys, form), bisect_left(self._keys, form + "\uffff"))
                for found in (exact, begin):
                    rows |= dict.fromkeys(np.sort(self._key_rows[found])[:_BY_BEGINNING].tolist())
                rows |= dict.fromkeys(islice(self._texts.holding(form), _CANDIDATES))
                if form.isascii():
                    rows |= dict.fromkeys(islice(self._sounds.holding(form), _CANDIDATES))
        return list(rows)

    def _rank(self, row: int, words: list[str]) -> int | None:
        texts, sounds = self._texts.line(row).split("\t"), self._sounds.line(row).split("\t")
        glued = _word_rank("".join(words), texts, sounds)
        each = [_word_rank(word, texts, sounds) for word in words]
        own = [rank for rank in each if rank is not None]
        if len(own) < len(each):
            around = self._around(self._entries[row].places)
            others = (word for word, rank in zip(words, each, strict=True) if rank is None)
            if not own or any(_word_rank(word, *around) is None for word in others):
                return glued
        return max(own) if glued is None else min(max(own), glued)

    def _around(self, places: tuple[str, ...]) -> _Spelling:
        """Return how the places around something are written, and how they sound."""
        if places not in self._places:
            names = [plain(name) for name in places]
            self._places[places] = names, [form for name in names for form in (syllables(name), initials(name))]
        return self._places[places]


def _beginnings(spelled: list[_Spelling]) -> tuple[list[str], NDArray[np.int64]]:
    """Return all spellings in order, and whose they are."""
    one: dict[str, str] = {}  # thousands of grids have the same name: it is kept once
    keys = [
        (one.setdefault(key, key), number)
        for number, (texts, sounds) in enumerate(spelled)
        for key in dict.fromkeys([*texts, *(sound.lower() for sound in sounds)])
    ]
    keys.sort()
    return [key for key, _ in keys], np.array([number for _, number in keys], dtype=np.int64)


def _spelled(entry: Entry) -> _Spelling:
    """Return how a thing is written, and how it sounds."""
    name, area = plain(entry.name), plain(entry.area_name)
    wholes = [name]
    if not name.startswith(area) and entry.level != 0:
        wholes += [short_area(area) + name, area + name]
    texts = [plain(entry.code)] if entry.level >= 0 else []
    texts += [form for whole in wholes for form in (whole, numbered(whole))]
    sounds = [form for whole in wholes[:2] for form in (syllables(whole), initials(whole))]
    return list(dict.fromkeys(texts)), list(dict.fromkeys(sounds))


def _word_rank(word: str, texts: list[str], sounds: list[str]) -> int | None:
    """Return how well a word fits: 0 all of a name or code, up to 5 somewhere in its sound; None not at all."""
    ranks = []
    for form in {word, numbered(word)}:
        ranks += [0 if form == text else 1 if text.startswith(form) else 4 for text in texts if form in text]
    word = heard(word)
    if word.isascii():
        for sound in sounds:
            folded = sound.lower()
            if folded.startswith(word):
                ranks.append(2 if folded == word else 3)
            elif _at_syllable(word, sound, folded):
                ranks.append(5)
    return min(ranks, default=None)


def _at_syllable(word: str, sound: str, folded: str) -> bool:
    """Return whether a word occurs where a syllable begins; initials are all beginnings."""
    spelled_out = sound != folded
    at = folded.find(word)
    while at >= 0:
        if not spelled_out or not sound[at].islower():
            return True
        at = folded.find(word, at + 1)
    return False


def entries_of(
    areas: Any, grids: Any, buildings: Iterable[tuple[int, str, str]], place_names: Mapping[str, str]
) -> Iterator[Entry]:
    """List what can be found in a plan.

    Parameters
    ----------
    areas, grids : DataFrame
        Tables of a plan.
    buildings : iterable of (int, str, str)
        Number, name and area code of each building that may be named.
    place_names : mapping of str to str
        Names of counties and townships by code: the first 6 and 9 digits of an area's.

    Yields
    ------
    Entry
        Areas, grids and buildings.
    """
    codes, named, above = (texts(areas, name).tolist() for name in ("code", "name", "parent_code"))
    names = {code: name or "" for code, name in zip(codes, named, strict=True)}
    places = {
        code: tuple(dict.fromkeys(place_names[part] for part in (code[:6], code[:9], parent) if part in place_names))
        for code, parent in zip(codes, above, strict=True)
    }
    for row, code in enumerate(codes):
        yield Entry(0, code, names[code], code, names[code], row, places[code])
    columns = (texts(grids, name).tolist() for name in ("level", "code", "name", "area_code"))
    for row, (level, code, name, area) in enumerate(zip(*columns, strict=True)):
        yield Entry(int(level), code, name or "", area, names.get(area, ""), row, places.get(area, ()))
    for number, name, area in buildings:
        yield Entry(-1, area, name, area, names.get(area, ""), number, places.get(area, ()))
