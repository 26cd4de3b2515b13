"""Buildings that several finest grids share: there the floor decides, not the place on the map.

On the map such a building's cell is cut into slices, one a unit. Which slice a person's position falls into says
nothing of the person's floor, so a place in any slice is a place in all of them.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from geo_grid.lookup.columns import texts
from geo_grid.lookup.floors import Part, floors_of, in_order, split_floors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.lookup.answers import Floors, SplitFloor


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
        self._id = texts(units, "id")
        self._known: dict[int, Told] = {}
        self._entrance, self._building = texts(units, "entrance"), texts(units, "building")
        self._low, self._high = _floors(units["floor_from"]), _floors(units["floor_to"])

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

    def pairs(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the finest grids of all buildings.

        Returns
        -------
        leaves, start : ndarray of int
            Numbers of grids, by building, and where each building's begin.
        """
        return self._leaf_of_pair, self._pair_from[:-1]

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
        rows = self._named.tolist()
        return [(int(self.number[row]), self._building[row], row) for row in rows]

    @cached_property
    def _named(self) -> NDArray[np.int64]:
        """First unit with a name of each building that may be named, in the order of the units."""
        rows = np.flatnonzero(self.told[self.number] & pd.notna(self._building))
        return np.sort(rows[np.unique(self.number[rows], return_index=True)[1]])

    @cached_property
    def has_name(self) -> NDArray[np.bool_]:
        """Which buildings have a name that may be told."""
        has = np.zeros(len(self.households), dtype=bool)
        has[self.number[self._named]] = True
        return has

    @cached_property
    def _names(self) -> list[str | None]:
        names: list[str | None] = [None] * len(self.households)
        for stack, name, _ in self.named():
            names[stack] = name
        return names

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
        return self._names[stack]

    def undivided(self, owner: NDArray[Any]) -> NDArray[np.bool_]:
        """Return which buildings have one owner.

        Parameters
        ----------
        owner : ndarray of int, shape (n,)
            Whose each unit is.

        Returns
        -------
        ndarray of bool
            One answer a building.
        """
        if not len(self.households):
            return np.empty(0, dtype=bool)
        sorted_, start = owner[self._order], self._unit_from[:-1]
        return np.asarray(np.minimum.reduceat(sorted_, start) == np.maximum.reduceat(sorted_, start))

    def parts(self, stack: int, owner: NDArray[Any]) -> list[Part]:
        """Return the units of a building as they follow on each other.

        Parameters
        ----------
        stack : int
            Number of the building.
        owner : ndarray of int, shape (n,)
            Whose each unit is.

        Returns
        -------
        list of Part
            By entrance and floor, and on a floor by their doors.
        """
        rows = sorted(self.units(stack).tolist(), key=self._id.__getitem__)
        return in_order([Part(int(owner[row]), self._entrance[row], self._low[row], self._high[row]) for row in rows])

    def told_of(self, stack: int) -> Told:
        """Return what may be told of a building that several finest grids share; worked out once.

        Parameters
        ----------
        stack : int
            Number of the building.

        Returns
        -------
        Told
            Nothing, where it is too small to be told apart.
        """
        known = self._known.get(stack)
        if known is None:
            parts = self.parts(stack, self._leaf) if self.told[stack] else []
            known = self._known[stack] = Told(self.name(stack), floors_of(parts), split_floors(parts))
        return known


class Told(NamedTuple):
    """What may be told of a building: its name, and by finest grid its floors, and those that others have doors on."""

    name: str | None
    floors: dict[int, tuple[Floors, ...]]
    split: dict[int, tuple[SplitFloor, ...]]


def _floors(column: pd.Series) -> list[int | None]:
    values = column.to_numpy(dtype=float, na_value=np.nan)
    return [None if value != value else int(value) for value in values.tolist()]  # noqa: PLR0124 - NaN alone differs
