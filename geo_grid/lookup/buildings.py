"""The buildings of a grid, as far as they may be named."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
        self._levels: dict[int, tuple[NDArray[Any], NDArray[Any], NDArray[Any]]] = {}

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
        owner, order, sorted_ = self._level(level)
        from_, to = sorted_.searchsorted([row, row + 1])
        numbers = np.unique(self._stacks.number[order[from_:to]])
        found = [self._part(int(number), owner, row) for number in numbers[self._stacks.told[numbers]]]
        named = [each for each in found if each.name is not None or not each.whole]
        return tuple(sorted(named, key=lambda each: (each.whole, _natural(each.name or ""))))

    def _level(self, level: int) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        if level not in self._levels:
            owner = self._owners(level)
            order = np.argsort(owner, kind="stable")
            self._levels[level] = owner, order, owner[order]
        return self._levels[level]

    def _part(self, number: int, owner: NDArray[Any], row: int) -> Building:
        name, parts = self._stacks.name(number), self._stacks.parts(number, owner)
        if all(part.owner == row for part in parts):
            return Building(name, True)
        return Building(name, False, floors_of(parts).get(row, ()), split_floors(parts).get(row, ()))


def _natural(name: str) -> tuple[tuple[int, str], ...]:
    """Return what sorts 2号楼 before 10号楼."""
    parts: list[str] = [""]
    for sign in name:
        if parts[-1] and sign.isdecimal() != parts[-1][-1].isdecimal():
            parts.append("")
        parts[-1] += sign
    return tuple((int(part), "") if part.isdecimal() else (-1, part) for part in parts)
