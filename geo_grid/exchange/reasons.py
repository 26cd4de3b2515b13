"""Short names for what is wrong with a row of a file of grids, so that a page can say it in its own language."""

from __future__ import annotations

import re
from typing import NamedTuple

#: Name of a sentence nobody gave a name.
OTHER = "other"

_SENTENCES = {
    "no_grid": "the row names no grid",
    "other_level": "{grid} is a grid of level {level}; level {wanted} is wanted",
    "ambiguous_name": "{count} grids are called {name}: {grids}",
    "bad_name": "{name} is no name of a grid: it is too long, or holds signs nobody can print",
    "unknown_household": "household {household}: none in this area has this id",
    "unknown_address": "address {address}: no household of this area has it",
    "no_household": "the row names no household",
    "unknown_building": "building {building}: no household of this area lives in one of this name",
    "unknown_entrance": "building {building}: no household behind entrance {entrance}",
    "bad_floors": "the floors are no numbers from low to high",
    "empty_floors": "building {building}: no household on floors {low} to {high}",
    "doubled": "household {household} is given several grids, in rows {rows}",
    "other_area": "the row is of area {area}",
    "other_group": "a household's villager group is given, and the grid lies in another",
    "torn": "the grid is in {parent} here, in {wanted} in most rows of {grid}",
    "given_level": "level 1 of area {area} are its villager groups, which are given and stay",
    "nothing_left": "no household is left to this grid of level {level}",
    "no_geometry": "the row has no geometry",
    "not_finite": "a coordinate is not a finite number",
    "no_polygon": "a {type}, not a polygon",
    "invalid_polygon": "the polygon is invalid: {words}",
    "not_transformed": "the polygon cannot be turned into the plan's coordinate system",
    "too_narrow": "the polygon is so narrow that it crosses itself in the plan's coordinate system",
    "outside": "the polygon lies outside area {area}",
    "bad_level": "level {level} is none of 1 to {levels}",
    "not_named": "the file does not name it",
    "rows_refused": "its rows in the file are no good",
    "in_none": "it lies in no polygon",
    "in_several": "it lies in {count} polygons: {grids}",
    "group_given": "its villager group is given, and the grid lies in another",
}


class Reason(NamedTuple):
    """What is wrong, for a program.

    Parameters
    ----------
    code : str
        Short name.
    fields : dict of str to str
        What the sentence names.
    """

    code: str
    fields: dict[str, str]


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", sentence)
    return re.compile(
        "".join(f"(?P<{part}>.+?)" if i % 2 else re.escape(part) for i, part in enumerate(parts)), re.DOTALL
    )


_PATTERNS = {code: _pattern(sentence) for code, sentence in _SENTENCES.items()}
CODES = (*_SENTENCES, OTHER)


def reason_of(sentence: str) -> Reason:
    """Return the short name of a sentence, and what it names.

    Parameters
    ----------
    sentence : str
        The reason a row or a household is told.

    Returns
    -------
    Reason
        Code ``other`` where the sentence is none of these.
    """
    for code, pattern in _PATTERNS.items():
        if found := pattern.fullmatch(sentence):
            return Reason(code, {name: _bare(text) for name, text in found.groupdict().items()})
    return Reason(OTHER, {})


def _bare(text: str) -> str:
    """Return a text without the quotes a sentence puts around it."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text
