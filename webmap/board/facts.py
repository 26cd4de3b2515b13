"""What stands on a board, as plain values in one language."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geo_grid.lookup import UnknownCodeError
from geo_grid.schema import ELEMENT_CLASSES
from webmap.board.buildings import buildings_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo_grid.lookup import LookupIndex
    from geo_grid.lookup.answers import ElementShare

#: Elements of one class that are named; the rest is counted.
NAMED = 4

_NUMBER = re.compile(r"[0-9]+(-[0-9]+)*")
_DUTIES = {"网格员": "worker", "网格助理员": "assistant", "网格联络员": "liaison"}


@dataclass(frozen=True, slots=True)
class Post:
    """Who works in a grid, or nobody that may be named."""

    role: str
    grid: str
    people: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Managed:
    """Elements of one class inside a grid."""

    kind: str
    amount: str
    names: tuple[str, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Board:
    """One board.

    Parameters
    ----------
    code, name : str
        Of the grid; the name without the area's.
    level : int
        1 to 3.
    area : str
        Name of the area.
    households : str
        The public count.
    posts : tuple of Post
        The grid's own first, then those above it.
    below : tuple of Post
        Of the grids one level below, those that somebody works in.
    duties : tuple of (str, str)
        Roles, and what each does.
    elements : tuple of Managed
        By class.
    responsible : str
        The level-1 grid that answers for the elements.
    buildings : tuple of str
        Of a grid that holds only some floors of a building: its buildings, in words.
    known : bool
        Whether anybody is known who works here; else posts are not vacant, but not published.
    asks : bool
        Whether somebody named has no phone that is published.
    """

    code: str
    name: str
    level: int
    area: str
    households: str
    posts: tuple[Post, ...]
    below: tuple[Post, ...]
    duties: tuple[tuple[str, str], ...]
    elements: tuple[Managed, ...]
    responsible: str
    buildings: tuple[str, ...]
    known: bool
    asks: bool


def concerned(index: LookupIndex, code: str) -> tuple[str, ...]:
    """Return the grids whose staff is named on a board.

    Parameters
    ----------
    index : LookupIndex
        The plan.
    code : str
        Code of a grid.

    Returns
    -------
    tuple of str
        It, those above it, and those one level below.

    Raises
    ------
    UnknownCodeError
        If there is no such grid, or it is an area.
    """
    above = index.parents(code)
    if not above:
        raise UnknownCodeError(f"{code} is an area, and boards are of grids", mend="Take the code of a grid.")
    return (code, *above[1:], *index.children(code))


def short_name(name: str | None, area: str | None, code: str) -> str:
    """Return a grid's name without its area's, which stands beside it.

    Parameters
    ----------
    name, area : str or None
        Names of the grid and of its area.
    code : str
        Code of the grid, for one without a name.

    Returns
    -------
    str
        What is written large.
    """
    return (name or "").removeprefix(area or "").strip() or code


def titled(short: str, words: Mapping[str, str]) -> str:
    """Return a short name as it stands alone: a mere number is said to be a grid's.

    Parameters
    ----------
    short : str
        Like 2-5-1 or 第1组.
    words : mapping of str to str
        Of the language.

    Returns
    -------
    str
        Like 2-5-1 号网格.
    """
    return words["find.numbered"].replace("{n}", short) if _NUMBER.fullmatch(short) else short


def board_of(
    index: LookupIndex, code: str, staff: Mapping[str, Sequence[Mapping[str, Any]]], words: Mapping[str, str]
) -> Board:
    """Gather what stands on the board of a grid.

    Parameters
    ----------
    index : LookupIndex
        The plan.
    code : str
        Code of a grid.
    staff : mapping of str to sequence of mapping
        By grid ``name, role, phone``, as the public may see it; for the codes of :func:`concerned`.
    words : mapping of str to str
        Of the language.

    Returns
    -------
    Board
        Its facts.

    Raises
    ------
    UnknownCodeError
        If there is no such grid.
    """
    own = index.by_code(code)
    above = index.parents(code)
    area = str(index.by_code(own["area"])["name"])
    chain = [own, *(index.by_code(each) for each in reversed(above[1:]))]

    def post(row: Mapping[str, Any]) -> Post:
        found = staff.get(row["code"], ())
        people = tuple((str(each["name"]), each.get("phone")) for each in found)
        return Post(_role(row, words), titled(short_name(row["name"], area, row["code"]), words), people)

    posts = tuple(post(row) for row in chain)
    below = tuple(post(index.by_code(child)) for child in index.children(code))
    elements = managed(index.elements_of(code), words)
    return Board(
        code=code,
        name=titled(short_name(own["name"], area, code), words),
        level=own["level"],
        area=area,
        households=words["households"].replace("{n}", str(own["households"])),
        posts=posts,
        below=tuple(each for each in below if each.people),
        duties=_duties(chain, elements, words),
        elements=elements,
        responsible=posts[-1].grid,
        buildings=buildings_in_words(index.buildings_of(code), words),
        known=any(each.people for each in (*posts, *below)),
        asks=any(not any(phone for _, phone in each.people) for each in posts),
    )


def _role(row: Mapping[str, Any], words: Mapping[str, str]) -> str:
    role = row["role"]
    if role is None:
        return words[f"find.level.{row['level']}"]
    return words.get(f"role.{role}", str(role))


def _duties(
    chain: list[dict[str, Any]], elements: Sequence[Managed], words: Mapping[str, str]
) -> tuple[tuple[str, str], ...]:
    """Say what each role does, as the policy divides it by level; who answers for land also looks after the elements."""
    kinds = words["comma"].join(each.kind for each in elements)
    out = []
    for row in chain:
        duty = words[f"board.duty.{_DUTIES.get(row['role'] or '', 'other')}"]
        if row["level"] == 1 and kinds:
            duty += words["board.duty.elements"].replace("{kinds}", kinds)
        out.append((_role(row, words), duty))
    return tuple(out)


def managed(shares: Sequence[ElementShare], words: Mapping[str, str]) -> tuple[Managed, ...]:
    """Sum up elements by class.

    Parameters
    ----------
    shares : sequence of ElementShare
        What a grid looks after.
    words : mapping of str to str
        Of the language.

    Returns
    -------
    tuple of Managed
        In the order of the classes.
    """
    kinds: dict[str, list[ElementShare]] = {}
    for share in shares:
        kinds.setdefault(share.kind, []).append(share)
    order = {name: place for place, name in enumerate(ELEMENT_CLASSES)}
    out = []
    for kind, rows in sorted(kinds.items(), key=lambda item: order.get(item[0], len(order))):
        names = list(dict.fromkeys(row.name for row in rows if row.name))
        out.append(
            Managed(
                kind=words.get(f"class.{kind}", kind),
                amount=_amounts(rows, words),
                names=tuple(names[:NAMED]),
                more=max(0, len(names) - NAMED),
            )
        )
    return tuple(out)


def _amounts(rows: Sequence[ElementShare], words: Mapping[str, str]) -> str:
    sums: dict[str, float] = {}
    for row in rows:
        sums[row.unit] = sums.get(row.unit, 0.0) + row.held
    return words["comma"].join(amount(value, unit, words) for unit, value in sums.items())


def amount(value: float, unit: str, words: Mapping[str, str]) -> str:
    """Say a measure with the unit a planner would use.

    Parameters
    ----------
    value : float
        The measure.
    unit : {"m", "m2", "count"}
        Its unit.
    words : mapping of str to str
        Of the language.

    Returns
    -------
    str
        Text.
    """
    if unit == "count":
        return words["amount.count"].replace("{n}", _plain(value, 2))
    if unit == "m":
        small = round(value) < 1000
        return words["amount.m" if small else "amount.km"].replace(
            "{n}", _plain(value if small else value / 1000, 0 if small else 2)
        )
    small = round(value) < 10_000
    return words["amount.m2" if small else "amount.ha"].replace(
        "{n}", _plain(value if small else value / 10_000, 0 if small else 1)
    )


def _plain(value: float, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
