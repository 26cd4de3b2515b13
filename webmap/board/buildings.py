"""Buildings of a grid in words: for a grid that holds only some floors of one, they say where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo_grid.lookup import Building, Floors, SplitFloor

#: Buildings that a board has room for; parts of buildings go first.
NAMED = 2


def buildings_in_words(found: Sequence[Building], words: Mapping[str, str]) -> tuple[str, ...]:
    """Return a line a building, of a grid that holds only a part of one.

    Parameters
    ----------
    found : sequence of Building
        Its buildings, parts first.
    words : mapping of str to str
        Of the language.

    Returns
    -------
    tuple of str
        Few lines, the last of which counts the rest; none where all buildings are the grid's as a whole.
    """
    if all(each.whole for each in found):
        return ()
    lines = [_line(each, words) for each in found[:NAMED]]
    more = len(found) - len(lines)
    return (*lines, words["find.buildings.more"].replace("{n}", str(more))) if more else tuple(lines)


def _line(building: Building, words: Mapping[str, str]) -> str:
    parts = [_floors(part, words) + _partly(part, building.split, words) for part in building.floors]
    return " ".join([building.name or words["find.floor.this"], *parts])


def _floors(part: Floors, words: Mapping[str, str]) -> str:
    if part.low is None or part.high is None:
        text = words["find.floor.unknown"]
    elif part.low == part.high:
        text = words["find.floor.one"].replace("{from}", str(part.low))
    else:
        text = words["find.floor.floors"].replace("{from}", str(part.low)).replace("{to}", str(part.high))
    if part.entrance:
        text = f"{words['find.floor.entrance'].replace('{entrance}', entrance_of(part.entrance, words))} {text}"
    return text


def entrance_of(name: str, words: Mapping[str, str]) -> str:
    """Return the name of an entrance without the word that is written beside it anyway.

    Parameters
    ----------
    name : str
        Like 2 or 2单元.
    words : mapping of str to str
        Of the language.

    Returns
    -------
    str
        Like 2.
    """
    beside = words["find.floor.entrance"].replace("{entrance}", "").strip()
    return name.removeprefix(beside).removesuffix(beside).strip() or name


def _partly(part: Floors, split: Sequence[SplitFloor], words: Mapping[str, str]) -> str:
    """Name the floors that others have doors on; which doors, the lookup page says."""
    if part.low is None or part.high is None:
        return ""
    shared = [
        str(each.floor) for each in split if each.entrance == part.entrance and part.low <= each.floor <= part.high
    ]
    return words["board.partly"].replace("{floors}", words["board.and"].join(shared)) if shared else ""
