"""The buildings of a grid, as far as they may be named."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from geo_grid.lookup.answers import Building
from geo_grid.lookup.floors import floors_of, split_floors

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from geo_grid.lookup.stacks import Stacks


class Buildings:
    """Finds the buildings of grids of all levels.

    Parameters
    ----------
    stacks : Stacks
        The buildings of a plan.
    owners : callable
        Takes a level, returns for each unit the row of its grid of that level; -1 for none.
    """

    def __init__(self, stacks: Stacks, owners: Callable[[int], NDArray[Any]]) -> None:
        self._stacks, self._owners = stacks, owners
        self._levels: dict[int, _Level] = {}

    def of(self, level: int, row: int) -> tuple[Building, ...]:
        """Return the buildings of a grid.

        Parameters
        ----------
        level : int
            Its level.
        row : int
            Its row in the table ``grids``.

        Returns
        -------
        tuple of Building
            Those with enough households to be named, parts of buildings first, then by name. A whole building without
            a name is left out; of a part the floors tell which it is.
        """
        at = self._level(level)
        numbers = at.buildings(row)
        stacks = self._stacks
        worth = stacks.told[numbers] & (stacks.has_name[numbers] | ~at.whole[numbers])
        found = [self._part(number, at, row) for number in numbers[worth].tolist()]
        return tuple(sorted(found, key=lambda each: (each.whole, _natural(each.name or ""))))

    def has_parts(self, level: int, row: int) -> bool:
        """Return whether a grid has only a part of a building that may be told of.

        Parameters
        ----------
        level : int
            Its level.
        row : int
            Its row in the table ``grids``.

        Returns
        -------
        bool
            Whether :meth:`of` names one.
        """
        return row in self._level(level).parted

    def _level(self, level: int) -> _Level:
        if level not in self._levels:
            owner = self._owners(level)
            pairs = np.unique(np.column_stack([owner, self._stacks.number]), axis=0)
            owners, numbers = pairs[:, 0], pairs[:, 1]
            whole = self._stacks.undivided(owner)
            parted = set(owners[self._stacks.told[numbers] & ~whole[numbers]].tolist())
            self._levels[level] = _Level(owner, owners, numbers, whole, parted)
        return self._levels[level]

    def _part(self, number: int, at: _Level, row: int) -> Building:
        name = self._stacks.name(number)
        if at.whole[number]:
            return Building(name, True)
        parts = self._stacks.parts(number, at.owner)
        return Building(name, False, floors_of(parts).get(row, ()), split_floors(parts).get(row, ()))


class _Level(NamedTuple):
    """Whose each unit is at a level, the buildings of each owner, by owner, and which have no other.

    ``parted`` are the owners of a part of a building that may be told of.
    """

    owner: NDArray[Any]
    owners: NDArray[Any]
    numbers: NDArray[Any]
    whole: NDArray[Any]
    parted: set[int]

    def buildings(self, row: int) -> NDArray[Any]:
        from_, to = self.owners.searchsorted([row, row + 1])
        return self.numbers[from_:to]


@lru_cache(maxsize=4096)  # 1号楼 is in every compound
def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return what sorts 2号楼 before 10号楼."""
    parts: list[str] = [""]
    for sign in name:
        if parts[-1] and sign.isdecimal() != parts[-1][-1].isdecimal():
            parts.append("")
        parts[-1] += sign
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)
