"""Names of grids after their numbers, when the numbers change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def renamed(name: str, before: Sequence[int], after: Sequence[int]) -> str:
    """Put other numbers into a name that ends in a grid's numbers.

    Parameters
    ----------
    name : str
        A name as the build gives it: the area, the villager group if one was given, the numbers.
    before, after : sequence of int
        Numbers of the grid and those above it, coarsest first.

    Returns
    -------
    str
        The name with the other numbers; as it was where it ends in none of its own.
    """
    for start in (0, 1):
        tail = "-".join(map(str, before[start:]))
        if tail and (name == tail or name.endswith(" " + tail)):
            return name[: len(name) - len(tail)] + "-".join(map(str, after[start:]))
    return name


def is_plain(name: str, numbers: Sequence[int]) -> bool:
    """Tell whether a grid is called after its numbers, and not by a planner.

    Parameters
    ----------
    name : str
        Its name.
    numbers : sequence of int
        Its numbers and those above it, coarsest first.

    Returns
    -------
    bool
        True where the name ends in them.
    """
    return renamed(name, numbers, [*numbers[:-1], numbers[-1] + 1]) != name


def numbers_of(area: str, chain: Sequence[str]) -> list[int]:
    """Return the numbers a code is made of.

    Parameters
    ----------
    area : str
        Code of the area.
    chain : sequence of str
        Codes of the grid and those above it, coarsest first.

    Returns
    -------
    list of int
        One a level.
    """
    parents = (area, *chain)
    return [
        int("".join(c for c in code[len(up) :] if c.isdigit()) or 0) for up, code in zip(parents, chain, strict=False)
    ]
