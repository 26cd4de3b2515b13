"""From places to grids."""

from __future__ import annotations

from functools import cached_property
from math import isfinite
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.lookup.answers import Answer, Bulk, Hit, Nearest, common_grids
from geo_grid.lookup.columns import rows_of, texts
from geo_grid.lookup.stacks import Stacks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

#: A place this near (m) to a border lies on it, and belongs to both sides: coordinates with seven decimals of a degree,
#: as maps hand them out, are up to 7 mm from where they were read.
ON_BORDER = 0.01

#: How far (m) outside all areas a place may be and still be told what is nearest.
REACH = 200_000.0


class Locator:
    """Finds the units at a place, and what they are part of.

    Parameters
    ----------
    grids : DataFrame
        The table ``grids``, by code.
    units : DataFrame
        The table ``units``.
    names_from : int
        Households a building needs before its name and floors are told.

    Notes
    -----
    Units tile all areas, so that one R-tree of them finds the grids of all levels.
    """

    def __init__(self, grids: Any, units: Any, names_from: int) -> None:
        self.units = units
        self._grid_codes = texts(grids, "code")
        self._grid_area = texts(grids, "area_code")
        self._level = grids["level"].to_numpy(dtype=np.int64)
        self._parent = rows_of(self._grid_codes, texts(grids, "parent_code"))
        self._leaf = self._leaf_of_units()
        self.stacks = Stacks(units, self._leaf, names_from)
        self._tree = shapely.STRtree(units["geom"].to_numpy())
        self._tree.query(shapely.Point(0, 0))  # the tree is built at its first question

    def _leaf_of_units(self) -> NDArray[np.int64]:
        leaf = np.full(len(self.units), -1, dtype=np.int64)
        for level in (3, 2, 1):
            at = rows_of(self._grid_codes, texts(self.units, f"grid_code_l{level}"))
            leaf = np.where(leaf < 0, at, leaf)
        return leaf

    @cached_property
    def _chain(self) -> NDArray[np.int64]:
        """Row of each grid's ancestor (or itself) at levels 1 to 3; -1 below the grid itself."""
        chain = np.full((len(self._grid_codes), 3), -1, dtype=np.int64)
        at = np.arange(len(self._grid_codes))
        rows = at.copy()
        for _ in range(3):
            chain[at, self._level[rows] - 1] = rows
            rows, at = self._parent[rows], at[self._parent[rows] >= 0]
            rows = rows[rows >= 0]
        return chain

    def at(self, x: float, y: float) -> Answer:
        """Find the grids of one place.

        Parameters
        ----------
        x, y : float
            Metres, in the plan's coordinates; NaN is nowhere.

        Returns
        -------
        Answer
            Every side the place belongs to; outside all areas, what is nearest.
        """
        if not (isfinite(x) and isfinite(y)):
            return Answer(())
        point: Any = shapely.points((x, y))  # a pair is taken in half the time of two numbers
        found = self._tree.query(point, predicate="dwithin", distance=ON_BORDER)
        if len(found):
            return self.answer(found)
        near, metres = self._nearest(np.array([point], dtype=object))
        return self.answer(found, int(near[0]), float(metres[0]))

    def find(self, x: NDArray[Any], y: NDArray[Any]) -> Bulk:
        """Find the grids of many places in the plan's own coordinates.

        Parameters
        ----------
        x, y : ndarray of float, shape (n,)
            Metres; NaN is nowhere.

        Returns
        -------
        Bulk
            Answers in the order of the places.
        """
        real = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
        points: Any = shapely.points(x[real], y[real])
        at, unit = self._tree.query(points, predicate="dwithin", distance=ON_BORDER)
        order = np.lexsort((unit, at))
        place, unit = real[at[order]], unit[order]
        first, hits, shared, depth = self._summary(len(x), place, unit)
        nearest, metres = np.full(len(x), -1, dtype=np.int64), np.full(len(x), np.nan)
        outside = first[real] < 0
        nearest[real[outside]], metres[real[outside]] = self._nearest(points[outside])
        return Bulk(self, first, hits, shared, depth, nearest, metres, place, unit)

    def _summary(
        self, count: int, place: NDArray[Any], unit: NDArray[Any]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
        """Return first hit, number of hits, whether a building is shared, and how far floors agree, of each place."""
        stacks, total = self.stacks, len(self._grid_codes)
        stack = stacks.number[unit]
        in_shared = stacks.shared[stack]
        # a shared building counts once with all its grids, other units by their grid
        key = np.where(in_shared, total + stack, self._leaf[unit])
        pairs = np.unique(np.column_stack([place, key]), axis=0) if len(place) else np.empty((0, 2), dtype=np.int64)
        at, key = pairs[:, 0], pairs[:, 1]
        whole = np.maximum(key - total, 0)
        lowest = np.where(key >= total, stacks.first_leaf()[whole], key) if len(key) else key
        # of the same lowest grid, a cell of its own goes before a building that it has floors of
        wide = len(stacks.households) + 1
        rank = lowest * wide + np.where(key >= total, whole + 1, 0)
        best = np.full(count, total * wide, dtype=np.int64)
        np.minimum.at(best, at, rank)
        first, owner = best // wide, best % wide
        first[first == total] = -1
        depth = np.where(owner > 0, self._agreed[np.maximum(owner - 1, 0)], 3) if len(key) else np.full(count, 3)
        sizes = np.where(key >= total, stacks.sizes()[whole], 1) if len(key) else key
        hits = np.bincount(at, weights=sizes, minlength=count).astype(np.int64)
        shared = np.bincount(place, weights=in_shared, minlength=count) > 0
        return first, hits, shared, depth

    @cached_property
    def _agreed(self) -> NDArray[np.int64]:
        """On how many levels, from the first on, all floors of each building agree."""
        leaves, start = self.stacks.pairs()
        chains = self._chain[leaves]
        same = np.minimum.reduceat(chains, start) == np.maximum.reduceat(chains, start)
        return np.asarray(np.logical_and.accumulate(same, axis=1).sum(axis=1), dtype=np.int64)

    def _nearest(self, points: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return the nearest unit of each point, the one of the lowest grid where several are as near."""
        unit, metres = np.full(len(points), -1, dtype=np.int64), np.full(len(points), np.nan)
        if len(points) and len(self.units):
            # the tree's own max_distance would be eighty times slower
            (at, near), far = self._tree.query_nearest(points, return_distance=True)
            at, near, far = at[far <= REACH], near[far <= REACH], far[far <= REACH]
            order = np.lexsort((near, self._leaf[near], at))
            at, start = np.unique(at[order], return_index=True)
            unit[at], metres[at] = near[order][start], far[order][start]
        return unit, metres

    def answer(self, units: Iterable[int], nearest: int = -1, metres: float = np.nan) -> Answer:
        """Say what units a place is in mean.

        Parameters
        ----------
        units : iterable of int
            Rows of the units there.
        nearest : int
            Row of the nearest unit, of a place outside; -1 for none.
        metres : float
            Distance to it.

        Returns
        -------
        Answer
            Every side, by code.
        """
        stacks = self.stacks
        shared: dict[int, list[int]] = {}  # buildings and their finest grids
        alone: set[int] = set()  # finest grids of other cells
        for row in units:
            stack = int(stacks.number[row])
            if stacks.shared[stack]:
                shared.setdefault(stack, stacks.leaves(stack).tolist())
            else:
                alone.add(int(self._leaf[row]))
        found = [(leaf, -1, Hit(self._grid_area[leaf], self.grids_above(leaf))) for leaf in alone]
        for stack, leaves in shared.items():
            told = stacks.told_of(stack)
            for leaf in leaves:
                floors, split = told.floors.get(leaf, ()), told.split.get(leaf, ())
                hit = Hit(self._grid_area[leaf], self.grids_above(leaf), floors, told.name, True, split, stack)
                found.append((leaf, stack, hit))
        hits = tuple(hit for *_, hit in sorted(found, key=itemgetter(0, 1)))
        cells = {(leaf,) for leaf in alone} | {tuple(leaves) for leaves in shared.values()}
        return Answer(hits, len(cells) > 1, self._near(nearest, metres) if nearest >= 0 else None)

    def _near(self, unit: int, metres: float) -> Nearest:
        leaves = self.stacks.leaves(int(self.stacks.number[unit]))
        common = common_grids(self.grids_above(int(leaf)) for leaf in leaves)
        return Nearest(self._grid_area[self._leaf[unit]], common, metres)

    def grids_above(self, row: int) -> tuple[str, ...]:
        """Return a grid and those it is part of.

        Parameters
        ----------
        row : int
            Row in the table ``grids``.

        Returns
        -------
        tuple of str
            Codes, level 1 first, the grid itself last.
        """
        return tuple(self._grid_codes[at] for at in self._chain[row].tolist() if at >= 0)

    def grid_of_units(self, level: int) -> NDArray[Any]:
        """Return which grid of a level each unit is in.

        Parameters
        ----------
        level : int
            1, 2 or 3.

        Returns
        -------
        ndarray of int, shape (n,)
            Rows in the table ``grids``; -1 where an area has no such level.
        """
        return np.where(self._leaf >= 0, self._chain[self._leaf, level - 1], -1)

    def chain_codes(self, leaf: NDArray[Any], level: int) -> NDArray[Any]:
        """Return what grids are part of at a level.

        Parameters
        ----------
        leaf : ndarray of int, shape (n,)
            Rows in the table ``grids``; -1 for none.
        level : int
            1, 2 or 3.

        Returns
        -------
        ndarray of object, shape (n,)
            Codes, or None.
        """
        return self._picked(self._grid_codes, np.where(leaf >= 0, self._chain[leaf, level - 1], -1))

    def area_codes(self, leaf: NDArray[Any]) -> NDArray[Any]:
        """Return the areas of grids.

        Parameters
        ----------
        leaf : ndarray of int, shape (n,)
            Rows in the table ``grids``; -1 for none.

        Returns
        -------
        ndarray of object, shape (n,)
            Codes, or None.
        """
        return self._picked(self._grid_area, leaf)

    @staticmethod
    def _picked(codes: NDArray[Any], rows: NDArray[Any]) -> NDArray[Any]:
        return np.append(codes, np.array([None], dtype=object))[rows]  # -1 is the last
