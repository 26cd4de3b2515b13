"""The finest grids of a city, and who holds what at each level above them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.errors import InputError

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[Any]

LEVELS = (1, 2, 3)


@dataclass(slots=True)
class Leaves:
    """Grids of the finest level everywhere: level 3 in communities, level 2 in villages.

    Parameters
    ----------
    polygons : ndarray of Polygon or MultiPolygon, shape (n,)
        An exact coverage: neighbours have the same vertices.
    area : ndarray of int64, shape (n,)
        Number of the area of each.
    holder : dict of int to ndarray of int64, shape (n,)
        For each level the number of the grid that holds the leaf; where an area has no such level, the leaf itself.
    codes : dict of int to ndarray of str
        For each level the code of each number in ``holder``.
    own : dict of int to ndarray of bool
        For each level whether the number in ``holder`` is a grid of that level.
    """

    polygons: Geometries
    area: Ints
    holder: dict[int, Ints]
    codes: dict[int, NDArray[Any]]
    own: dict[int, Bools]
    _tree: shapely.STRtree | None = field(default=None, init=False, repr=False)

    @property
    def tree(self) -> shapely.STRtree:
        """Index of ``polygons``, made when first asked for."""
        if self._tree is None:
            self._tree = shapely.STRtree(self.polygons)
        return self._tree


@dataclass(frozen=True, slots=True)
class Borders:
    """Straight pieces of border between leaves, each once.

    Parameters
    ----------
    ends : ndarray of float64, shape (m, 4)
        x and y of one end, x and y of the other, metres.
    left, right : ndarray of int64, shape (m,)
        The two leaves that share it; ``right`` is −1 on the city's rim.
    """

    ends: Floats
    left: Ints
    right: Ints


def read_leaves(leaf: gpd.GeoDataFrame) -> Leaves:
    """Take the leaves and their parents from a frame.

    Parameters
    ----------
    leaf : GeoDataFrame
        Columns ``code, area_code, l1, l2, l3`` (``l3`` missing in villages) and the geometry.

    Returns
    -------
    Leaves
        The same as arrays.

    Raises
    ------
    InputError
        A leaf's code is neither its code at level 3 nor, without one, at level 2.
    """
    code = leaf["code"].astype("str")
    finest = leaf["l3"].where(leaf["l3"].notna(), leaf["l2"]).astype("str")
    if not code.eq(finest).all():
        wrong = code[code.ne(finest)].iloc[0]
        raise InputError(f"grid {wrong!r} is not the finest of its area", column="code")
    holder, codes, own = {}, {}, {}
    for level in LEVELS:
        given = leaf[f"l{level}"]
        named = given.notna()
        numbers, names = pd.factorize(given.where(named, code).astype("str"))
        holder[level] = numbers.astype(np.int64)
        codes[level] = np.asarray(names, dtype=object)
        own[level] = np.zeros(len(names), dtype=np.bool_)
        own[level][numbers[named.to_numpy()]] = True
    area = pd.factorize(leaf["area_code"].astype("str"))[0].astype(np.int64)
    return Leaves(shapely.force_2d(leaf.geometry.to_numpy()), area, holder, codes, own)


def borders_of(leaves: Leaves, which: Ints) -> Borders:
    """Find the straight pieces of border of some leaves.

    Parameters
    ----------
    leaves : Leaves
        All leaves.
    which : ndarray of int64
        Numbers of the leaves wanted; neighbours that are not wanted count as the city's outside.

    Returns
    -------
    Borders
        Every piece once, with the leaves on its sides.
    """
    parts, of_part = shapely.get_parts(leaves.polygons[which], return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    points, of_point = shapely.get_coordinates(rings, return_index=True)
    joined = np.flatnonzero((of_point[:-1] == of_point[1:]) & (points[:-1] != points[1:]).any(axis=1))
    owner = which[of_part[of_ring[of_point[joined]]]]
    start, end = points[joined], points[joined + 1]
    swap = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    ends = np.where(swap[:, None], np.hstack([end, start]), np.hstack([start, end]))
    order = np.lexsort(ends.T)
    ends, owner = ends[order], owner[order]
    first = np.ones(len(ends), dtype=np.bool_)
    first[1:] = (ends[1:] != ends[:-1]).any(axis=1)
    start_of = np.flatnonzero(first)
    count = np.diff(np.append(start_of, len(ends)))
    second = np.minimum(start_of + 1, max(len(ends) - 1, 0))
    right = np.where(count > 1, owner[second], -1)
    return Borders(ends[start_of], owner[start_of], right)


def totals(index: Ints, amounts: Floats, count: int) -> Floats:
    """Add up amounts by index.

    Parameters
    ----------
    index : ndarray of int64, shape (n,)
        What each amount belongs to.
    amounts : ndarray of float64, shape (n,)
        Amounts.
    count : int
        Number of sums, at least the largest index plus one.

    Returns
    -------
    ndarray of float64, shape (count,)
        Sums.
    """
    return np.bincount(index, weights=amounts, minlength=count).astype(np.float64)
