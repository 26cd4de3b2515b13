"""Buildings that several finest grids share: there the floor decides, not the place on the map.

On the map such a building's cell is cut into slices, one a unit. Which slice a person's position falls into says
nothing of the person's floor, so a place in any slice is a place in all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.lookup.answers import Floors
from geo_grid.lookup.columns import texts

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Stacks:
    """The buildings of a plan, as far as grids share them.

    Parameters
    ----------
    units : DataFrame
        The table ``units``.
    leaf : ndarray of int, shape (n,)
        Number of the finest grid of each unit.
    names_from : int
        Households a building needs before its name and floors are told.
    """

    def __init__(self, units: pd.DataFrame, leaf: NDArray[Any], names_from: int) -> None:
        self.number, _ = pd.factorize(units["stack_id"])
        households = units["households"].to_numpy(dtype=np.int64)
        self.households = np.bincount(self.number, weights=households).astype(np.int64)
        pairs = np.unique(np.column_stack([self.number, leaf]), axis=0)
        self.shared = np.bincount(pairs[:, 0], minlength=len(self.households)) > 1
        self.told = self.households >= names_from
        self._leaf_of_pair = pairs[:, 1]
        self._pair_from = np.searchsorted(pairs[:, 0], np.arange(len(self.households) + 1))
        self._leaf = leaf
        self._order = np.argsort(self.number, kind="stable")
        self._unit_from = np.searchsorted(self.number[self._order], np.arange(len(self.households) + 1))
        self._entrance, self._building = texts(units, "entrance"), texts(units, "building")
        self._low = units["floor_from"].to_numpy(dtype=float, na_value=np.nan)
        self._high = units["floor_to"].to_numpy(dtype=float, na_value=np.nan)

    def leaves(self, stack: int) -> NDArray[Any]:
        """Return the grids of a building.

        Parameters
        ----------
        stack : int
            Number of the building.

        Returns
        -------
        ndarray of int
            Numbers of its finest grids, ascending.
        """
        return self._leaf_of_pair[self._pair_from[stack] : self._pair_from[stack + 1]]

    def first_leaf(self) -> NDArray[Any]:
        """Return the lowest grid of each building.

        Returns
        -------
        ndarray of int
            One number a building.
        """
        return self._leaf_of_pair[self._pair_from[:-1]]

    def sizes(self) -> NDArray[Any]:
        """Return how many finest grids each building has.

        Returns
        -------
        ndarray of int
            One count a building.
        """
        return np.diff(self._pair_from)

    def units(self, stack: int) -> NDArray[Any]:
        """Return the units of a building.

        Parameters
        ----------
        stack : int
            Number of the building.

        Returns
        -------
        ndarray of int
            Rows of units.
        """
        return self._order[self._unit_from[stack] : self._unit_from[stack + 1]]

    def named(self) -> list[tuple[int, str, int]]:
        """List the buildings that may be named.

        Returns
        -------
        list of (int, str, int)
            Number and name of the building, and the row of its first unit.
        """
        names: dict[int, tuple[int, str, int]] = {}
        told = np.flatnonzero(self.told[self.number])
        for row, stack in zip(told.tolist(), self.number[told].tolist(), strict=True):
            if self._building[row] is not None:
                names.setdefault(stack, (stack, self._building[row], row))
        return list(names.values())

    def name(self, stack: int) -> str | None:
        """Return the name of a building, if it may be told.

        Parameters
        ----------
        stack : int
            Number of the building.

        Returns
        -------
        str or None
            Its name.
        """
        if not self.told[stack]:
            return None
        return next((self._building[row] for row in self.units(stack) if self._building[row] is not None), None)

    def floors(self, stack: int) -> dict[int, tuple[Floors, ...]]:
        """Return which floors of a building are whose, if they may be told.

        Parameters
        ----------
        stack : int
            Number of the building.

        Returns
        -------
        dict of int to tuple of Floors
            By finest grid, by entrance and floor; ranges that follow on each other are one. Empty if not to be told.
        """
        if not self.told[stack]:
            return {}
        parts: dict[int, set[Floors]] = {}
        rows = self.units(stack)
        facts = zip(self._leaf[rows], self._entrance[rows], self._low[rows], self._high[rows], strict=True)
        for leaf, entrance, low, high in facts:
            parts.setdefault(int(leaf), set()).add(Floors(entrance, _floor(low), _floor(high)))
        return {leaf: tuple(_joined(sorted(found, key=_order_of))) for leaf, found in parts.items()}


def _floor(value: float) -> int | None:
    return None if np.isnan(value) else int(value)


def _order_of(part: Floors) -> tuple[str, int, int]:
    least = -1_000  # an unknown end stands below all floors
    return (
        part.entrance or "",
        least if part.low is None else part.low,
        least if part.high is None else part.high,
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
