"""How a city is divided into parts: pieces of its counties, what lies where two of them meet, and the elements of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

#: Areas this close (m) may have vertices in common: stitching moves none further than a rounding.
TOUCH = 0.01
#: Digits of an area's code, and those of them that name its county.
CODE_DIGITS, COUNTY_DIGITS = 12, 6
#: Most areas of a part: a larger county is several, so that more than one worker can make it, and none is left with a
#: large one at the end.
PART_AREAS = 100
#: Elements in several parts, or in none.
BETWEEN = -1


@dataclass(frozen=True, slots=True)
class Division:
    """Parts of a city.

    Parameters
    ----------
    names : list of str
        Name of each part, in the order they are stored.
    of_area : ndarray of int64, shape (n,)
        Part of each area.
    around : list of ndarray of int64
        For each part the areas of other parts that touch it.
    """

    names: list[str]
    of_area: Ints
    around: list[Ints]


def divide(areas: gpd.GeoDataFrame) -> Division:
    """Divide a city into counties, and a large county into pieces.

    Parameters
    ----------
    areas : GeoDataFrame
        As in :class:`geo_grid.model.CityInput`.

    Returns
    -------
    Division
        Parts by code, those of a county one after the other; where codes name no county, areas that lie together.
    """
    codes = areas["code"].tolist()
    shapes = areas.geometry.to_numpy()
    if all(len(code) == CODE_DIGITS and code.isascii() and code.isdecimal() for code in codes):
        listed, of_area = _pieces(codes)
    else:
        of_area = _neighbourhoods(shapes)
        listed = [f"part{i:04d}" for i in range(int(of_area.max(initial=-1)) + 1)]
    return Division(listed, of_area, _around(shapes, of_area, len(listed)))


def _pieces(codes: list[str]) -> tuple[list[str], Ints]:
    """Cut counties, in the order of codes, into pieces of about one size: townships have codes that follow each other."""
    names: list[str] = []
    out = np.empty(len(codes), dtype=np.int64)
    order = np.argsort(np.array(codes), kind="stable")
    counties, start, size = np.unique([codes[i][:COUNTY_DIGITS] for i in order], return_index=True, return_counts=True)
    for county, first, count in zip(counties.tolist(), start.tolist(), size.tolist(), strict=True):
        pieces = -(-count // PART_AREAS)
        out[order[first : first + count]] = len(names) + np.arange(count) * pieces // count
        names += [county] if pieces == 1 else [f"{county}-{piece + 1}" for piece in range(pieces)]
    return names, out


def _neighbourhoods(shapes: NDArray[Any]) -> Ints:
    """Cut the areas, in strips from west to east and each from south to north, into groups of about one size."""
    count = len(shapes)
    groups = -(-count // PART_AREAS)
    middle = shapely.bounds(shapes).reshape(-1, 2, 2).mean(axis=1)
    strips = max(1, round(groups**0.5))
    strip = np.empty(count, dtype=np.int64)
    strip[np.argsort(middle[:, 0], kind="stable")] = np.arange(count) * strips // max(count, 1)
    out = np.empty(count, dtype=np.int64)
    out[np.lexsort((middle[:, 1], strip))] = np.arange(count) * groups // max(count, 1)
    return out


def _around(shapes: NDArray[Any], of_area: Ints, parts: int) -> list[Ints]:
    if parts == 1:
        return [np.empty(0, dtype=np.int64)]
    bounds = shapely.bounds(shapes)
    boxes = shapely.box(*(bounds + np.array([-TOUCH, -TOUCH, TOUCH, TOUCH])).T)
    one, other = shapely.STRtree(boxes).query(boxes)
    foreign = of_area[one] != of_area[other]
    one, other = one[foreign], other[foreign]
    near = shapely.dwithin(shapes[one], shapes[other], TOUCH)
    one, other = one[near], other[near]
    pairs = np.unique(np.column_stack((of_area[one], other)), axis=0)
    return [pairs[pairs[:, 0] == part, 1] for part in range(parts)]


def places_of_elements(elements: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, division: Division) -> tuple[Ints, Ints]:
    """Find the parts that each element meets.

    Parameters
    ----------
    elements, areas : GeoDataFrame
        As in :class:`geo_grid.model.CityInput`.
    division : Division
        Parts of the city.

    Returns
    -------
    element, part : ndarray of int64
        Pairs, by element; an element outside all areas is in none.
    """
    shapes = areas.geometry.to_numpy()
    geometry = elements.geometry.to_numpy()
    bounds = shapely.bounds(geometry) + np.array([-TOUCH, -TOUCH, TOUCH, TOUCH])
    element, area = shapely.STRtree(shapes).query(shapely.box(*bounds.T))
    pairs = np.unique(np.column_stack((element, division.of_area[area])), axis=0)
    several = np.bincount(pairs[:, 0], minlength=len(elements))[element] > 1  # of their boxes: look closer
    shapely.prepare(shapes)
    near = shapely.dwithin(shapes[area[several]], geometry[element[several]], TOUCH)
    kept = np.column_stack((element[several][near], division.of_area[area[several][near]]))
    alone = np.column_stack((element[~several], division.of_area[area[~several]]))
    found = np.unique(np.vstack((kept, alone)), axis=0)
    return found[:, 0].astype(np.int64), found[:, 1].astype(np.int64)
