"""Which floors of a building are whose, and whose doors are which on a floor that several grids share."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from geo_grid.lookup.answers import Floors, SplitFloor

if TYPE_CHECKING:
    from collections.abc import Sequence

#: An unknown end stands below all floors.
_LEAST = -1_000

#: Floors of one unit that are looked at one by one; a unit that claims more knows nothing of its floors.
_MOST = 400


class Part(NamedTuple):
    """A unit of a building: whose it is, and where it is in the building."""

    owner: int
    entrance: str | None
    low: int | None
    high: int | None


def in_order(parts: Sequence[Part]) -> list[Part]:
    """Return the parts of a building as they follow on each other; those of equal place keep their order.

    Parameters
    ----------
    parts : sequence of Part
        In the order of their doors.

    Returns
    -------
    list of Part
        By entrance and floors.
    """
    return sorted(parts, key=_order_of)


def floors_of(parts: Sequence[Part]) -> dict[int, tuple[Floors, ...]]:
    """Return which floors are whose.

    Parameters
    ----------
    parts : sequence of Part
        Of one building, in order.

    Returns
    -------
    dict of int to tuple of Floors
        By owner; ranges that follow on each other are one.
    """
    found: dict[int, list[Floors]] = {}
    for part in parts:
        found.setdefault(part.owner, []).append(Floors(*part[1:]))
    return {owner: tuple(_joined(list(dict.fromkeys(each)))) for owner, each in found.items()}


def split_floors(parts: Sequence[Part]) -> dict[int, tuple[SplitFloor, ...]]:
    """Return the floors that several owners share, and which doors there are whose.

    Parameters
    ----------
    parts : sequence of Part
        Of one building, in order.

    Returns
    -------
    dict of int to tuple of SplitFloor
        By owner; owners that share no floor are left out.
    """
    at: dict[tuple[str | None, int], list[int]] = {}
    for owner, entrance, low, high in parts:
        if low is not None and high is not None and high - low < _MOST:
            for floor in range(low, high + 1):
                at.setdefault((entrance, floor), []).append(owner)
    found: dict[int, list[SplitFloor]] = {}
    for (entrance, floor), owners in at.items():
        for owner in dict.fromkeys(owners) if len(set(owners)) > 1 else ():
            found.setdefault(owner, []).append(SplitFloor(entrance, floor, _doors(owners, owner)))
    return {owner: tuple(each) for owner, each in found.items()}


def _doors(owners: list[int], owner: int) -> str | None:
    """Say which doors of a floor are somebody's: the first or last ones, or some between; None if here and there."""
    first = owners.index(owner)
    last = len(owners) - 1 - owners[::-1].index(owner)
    if any(other != owner for other in owners[first : last + 1]):
        return None
    if first == 0:
        return "first"
    return "last" if last == len(owners) - 1 else "middle"


def _order_of(part: Part) -> tuple[str, int, int]:
    return (
        part.entrance or "",
        _LEAST if part.low is None else part.low,
        _LEAST if part.high is None else part.high,
    )


def _joined(parts: list[Floors]) -> list[Floors]:
    out: list[Floors] = []
    for part in parts:
        last = out[-1] if out else None
        if (
            last is not None
            and last.entrance == part.entrance
            and last.high is not None
            and part.low is not None
            and part.high is not None
            and part.low <= last.high + 1
        ):
            out[-1] = Floors(last.entrance, last.low, max(last.high, part.high))
        else:
            out.append(part)
    return out
