"""One level of drawn grids laid over an area: what lies in which, in several, or in none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.exchange.present import unit_places
from geo_grid.read.coordinates import transformer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo_grid.exchange.present import Present

    Objects = NDArray[np.object_]
    Ints = NDArray[np.int64]

_IN_NONE = "it lies in no polygon"
#: Overlaps and gaps smaller than this (m²) are how hands draw.
_SMALLEST = 10.0
_LISTED = 20
#: Share of a slice that lies in one polygon where a drawing follows the slices of a cut building.
_FOLLOWS = 0.95


@dataclass(frozen=True, slots=True)
class Places:
    """Where the households of an area lie.

    Parameters
    ----------
    key : ndarray of str or None, shape (n,)
        Grid of each household.
    reason : ndarray of str or None, shape (n,)
        Why there is none.
    """

    key: Objects
    reason: Objects

    def held(self) -> set[str]:
        """Return the grids that hold any household.

        Returns
        -------
        set of str
            Their keys.
        """
        return {str(name) for name in self.key[~pd.isna(self.key)]}

    def leave_out(self, which: NDArray[np.bool_], reason: str) -> None:
        """Take households out of their grids.

        Parameters
        ----------
        which : ndarray of bool, shape (n,)
            The households.
        reason : str
            Why.
        """
        self.key[which] = None
        self.reason[which] = reason


@dataclass(frozen=True, slots=True)
class Sheet:
    """Polygons of one level; several rows may be parts of one grid.

    Parameters
    ----------
    level : int
        The level.
    shapes : ndarray of Polygon or MultiPolygon, shape (m,)
        In the plan's coordinate system.
    key : ndarray of str, shape (m,)
        Grid of each.
    file, row : ndarray, shape (m,)
        Where each comes from.
    parents : dict of str to str
        Grid above, by key, where the file says it.
    """

    level: int
    shapes: Objects
    key: Objects
    file: Objects
    row: Ints
    parents: dict[str, str]

    @classmethod
    def of(cls, sheets: Sequence[Sheet], level: int) -> Sheet:
        """Join the polygons of several files.

        Parameters
        ----------
        sheets : sequence of Sheet
            Of one level each.
        level : int
            That level.

        Returns
        -------
        Sheet
            All of them.
        """
        parents: dict[str, str] = {}
        for sheet in sheets:
            parents |= sheet.parents
        shapes, key, file, row = (
            np.concatenate([getattr(sheet, name) for sheet in sheets]) for name in ("shapes", "key", "file", "row")
        )
        return cls(level, shapes, key, file, row, parents)

    def place(self, present: Present, *, nearer: bool) -> Places:
        """Find the grid of every household.

        Parameters
        ----------
        present : Present
            The area.
        nearer : bool
            Whether a household in two grids goes to the one whose centre is nearer.

        Returns
        -------
        Places
            Grids, and why there are none.
        """
        points = present.households["geom"].to_numpy(dtype=object)
        places = self._slices(present, points)
        found = self._of_points(places)
        key, reason = np.full(len(points), None, dtype=object), np.full(len(points), None, dtype=object)
        centres = self._centres() if nearer else {}
        for i, keys in enumerate(found):
            if len(keys) == 1:
                key[i] = keys[0]
            elif not keys:
                reason[i] = _IN_NONE
            elif nearer:
                key[i] = min(keys, key=lambda name: (shapely.distance(centres[name], places[i]), name))
            else:
                reason[i] = f"it lies in {len(keys)} polygons: {', '.join(keys[:4])}"
        return Places(key, reason)

    def place_cells(self, present: Present) -> dict[str, str]:
        """Find the grid of every unit without households.

        Parameters
        ----------
        present : Present
            The area.

        Returns
        -------
        dict of str to str
            Grid by unit id, of those that lie in one.
        """
        empty = np.flatnonzero(
            (present.units["households"] == 0).to_numpy() & (present.units["exclave"] == 0).to_numpy()
        )
        ids = present.units["id"].to_numpy(dtype=object)[empty]
        found = self._of_points(unit_places(present)[empty])
        return {str(unit): keys[0] for unit, keys in zip(ids, found, strict=True) if len(keys) == 1}

    def _of_points(self, points: Objects) -> list[list[str]]:
        """Return the grids that hold each point; of those that only touch it in common the first."""
        unique, inverse = np.unique(shapely.to_wkb(points), return_inverse=True)
        places = np.asarray(shapely.from_wkb(unique), dtype=object)
        tree = shapely.STRtree(places)
        grids: list[list[str]] = [[] for _ in places]
        for which, point in zip(*tree.query(self.shapes, predicate="contains"), strict=True):
            if self.key[which] not in grids[point]:
                grids[point].append(str(self.key[which]))
        rest = np.array([i for i, keys in enumerate(grids) if not keys], dtype=np.int64)
        if len(rest):
            touched: dict[int, list[str]] = {}
            for which, point in zip(
                *shapely.STRtree(places[rest]).query(self.shapes, predicate="intersects"), strict=True
            ):
                touched.setdefault(int(point), []).append(str(self.key[which]))
            for point, keys in touched.items():
                grids[rest[point]] = [min(keys)]  # on a common border: the lower code, as everywhere
        return [grids[i] for i in inverse]

    def _slices(self, present: Present, points: Objects) -> Objects:
        """Return where each household is looked for: in its slice, where the drawing follows the slices of a building.

        All households of a building are at one point; a building that is cut between two grids can only be drawn by its
        slices of the map.
        """
        out = points.copy()
        pairs = pd.DataFrame({"stack": present.stack, "unit": present.unit})
        cut = pairs.drop_duplicates().groupby("stack")["unit"].agg(list)
        cut = cut[cut.str.len() > 1]
        if not len(cut):
            return out
        shapes = present.units["geom"].to_numpy()
        inside = unit_places(present)
        tree = shapely.STRtree(self.shapes)
        for units in cut:
            if all(self._follows(tree, shapes[unit]) for unit in units):
                here = np.isin(present.unit, units)
                out[here] = inside[present.unit[here]]
        return out

    def _follows(self, tree: Any, shape: Any) -> bool:
        """Tell whether a slice lies in one grid all but wholly."""
        near = tree.query(shape, predicate="intersects")
        parts = shapely.area(shapely.intersection(self.shapes[near], shape))
        by_key = pd.Series(parts).groupby(self.key[near]).sum() if len(near) else pd.Series([0.0])
        return bool(by_key.max() >= _FOLLOWS * shapely.area(shape))

    def _centres(self) -> dict[str, Any]:
        centres = {}
        for name in dict.fromkeys(self.key):
            centres[str(name)] = shapely.centroid(shapely.union_all(self.shapes[self.key == name]))
        return centres


def overlap_remarks(sheet: Sheet, present: Present) -> list[str]:
    """Say which polygons of different grids overlap, and where.

    Parameters
    ----------
    sheet : Sheet
        Polygons of one level.
    present : Present
        The area.

    Returns
    -------
    list of str
        One an overlap, the largest first; the last counts the rest.
    """
    left, right = shapely.STRtree(sheet.shapes).query(sheet.shapes, predicate="intersects")
    pairs = (left < right) & (sheet.key[left] != sheet.key[right])
    left, right = left[pairs], right[pairs]
    shared = shapely.intersection(sheet.shapes[left], sheet.shapes[right])
    size = shapely.area(shared)
    order = np.argsort(-size, kind="stable")
    order = order[size[order] >= _SMALLEST]
    found = [
        f"rows {sheet.row[left[i]]} and {sheet.row[right[i]]} overlap by {size[i]:,.0f} m² at {_where(shared[i], present)}"
        for i in order[:_LISTED]
    ]
    return [*found, *_rest(len(order), "overlaps")]


def gap_remarks(sheet: Sheet, present: Present) -> list[str]:
    """Say which parts of the area no polygon covers.

    Parameters
    ----------
    sheet : Sheet
        Polygons of one level.
    present : Present
        The area.

    Returns
    -------
    list of str
        One a gap, the largest first; the last counts the rest.
    """
    gaps = shapely.get_parts(shapely.difference(present.border, shapely.union_all(sheet.shapes)))
    size = shapely.area(gaps)
    order = np.argsort(-size, kind="stable")
    order = order[size[order] >= _SMALLEST]
    found = [
        f"no polygon of level {sheet.level} covers {size[i]:,.0f} m² at {_where(gaps[i], present)}"
        for i in order[:_LISTED]
    ]
    return [*found, *_rest(len(order), "gaps")]


def _rest(count: int, what: str) -> list[str]:
    return [f"{count - _LISTED} more {what}"] if count > _LISTED else []


def _where(shape: Any, present: Present) -> str:
    """Write a place of a shape as longitude and latitude."""
    point = shapely.point_on_surface(shape)
    lon, lat = transformer(present.crs, "EPSG:4326").transform(point.x, point.y)
    return f"{lon:.6f}, {lat:.6f}"
