"""Rural households: rows of houses along the valley, hamlets up the side valleys, a few farms alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import KDTree

from _city.valleys import Paths, winding

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from _city.territory import Territory
    from _city.valleys import Valleys

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Geometries = NDArray[np.object_]

#: Metres beside the stream of each row of houses, in the order they fill; the road runs at 45.
ROWS = np.array([28.0, 62.0, -26.0, 86.0, -50.0, 110.0, -74.0, 134.0, -98.0, 158.0, -122.0, 182.0])
STEP = 21.0
#: One house in eight holds two households.
HOUSES_PER_HOUSEHOLD = 0.88
#: Villages in eight that give no villager groups.
WITHOUT_GROUPS = 0.125


@dataclass(slots=True)
class Homes:
    """Households of some areas, by area.

    Parameters
    ----------
    area : ndarray of int64, shape (n,)
        Area of each.
    xy : ndarray of float64, shape (n, 2)
        Where it lives.
    group : ndarray of int64, shape (n,)
        Villager group from 1; 0 for none.
    house : ndarray of int64, shape (n,)
        Number of the house in its village, from 1.
    """

    area: Ints
    xy: Floats
    group: Ints
    house: Ints


@dataclass(slots=True)
class Hamlets:
    """Small settlements up the side valleys: their area, and the way down to its main one."""

    area: Ints
    path: Paths


@dataclass(slots=True)
class _Settlements:
    """Main settlements and hamlets in one list: paths, where on them, houses, and groups from ``first`` on."""

    area: Ints
    path: Paths
    home: Floats
    houses: Ints
    first: Ints
    groups: Ints


def settle_villages(
    land: Territory, valleys: Valleys, rows: Ints, polygons: Geometries, count: Ints, rng: np.random.Generator
) -> tuple[Homes, Hamlets]:
    """Place the households of villages.

    Parameters
    ----------
    land, valleys : Territory, Valleys
        The city.
    rows, polygons, count : ndarray, shape (v,)
        Which of its areas, their polygons and households.
    rng : Generator
        Source of all choices.

    Returns
    -------
    Homes, Hamlets
        The households, and the hamlets that some of them live in.
    """
    houses = np.maximum(1, np.round(count * HOUSES_PER_HOUSEHOLD)).astype(np.int64)
    places, hamlets = _settlements(land, valleys, rows, houses, rng)
    slot, xyt = _fill(places, polygons[np.searchsorted(rows, places.area)], rng)
    slot, xy, t = np.append(slot, lone := _lacking(places, slot)), xyt[:, :2], xyt[:, 2]
    xy = np.vstack((xy, _farms(land, places.area[lone], rng)))
    area = places.area[slot]
    group, along = _groups(places, slot, np.append(t, np.full(len(lone), 2.0)), xy)
    labelled = np.append(rng.uniform(size=len(rows)) >= WITHOUT_GROUPS, True)
    group[~labelled[np.searchsorted(rows, area)]] = 0
    order = np.lexsort((along, group, slot, area))
    area, xy, group = area[order], xy[order], group[order]
    house = np.arange(len(area)) - np.searchsorted(area, area) + 1
    twice = _second_households(area, rows, count, rng)
    order = np.sort(np.concatenate((np.arange(len(area)), twice)), kind="stable")
    return Homes(area[order], xy[order], group[order], house[order]), hamlets


def _settlements(
    land: Territory, valleys: Valleys, rows: Ints, houses: Ints, rng: np.random.Generator
) -> tuple[_Settlements, Hamlets]:
    """Split villages into a main settlement and hamlets, a villager group each."""
    groups = np.maximum(1, np.round(houses / rng.uniform(38, 70, len(rows)))).astype(np.int64)
    hamlet_count = np.minimum(rng.poisson(1.1, len(rows)), groups - 1)
    parent = np.repeat(np.arange(len(rows)), hamlet_count)
    rank = np.arange(len(parent)) - np.repeat(np.cumsum(hamlet_count) - hamlet_count, hamlet_count)
    goal = land.seed[rows[parent]]
    start = _sites_away(land, rows[parent], rng)
    start[np.hypot(*(start - goal).T) < 30] += 120.0  # a village of one cell has no side valley to speak of
    path = winding(start, goal, rng)
    size = np.maximum(12, houses[parent] / groups[parent] * rng.uniform(0.35, 1.0, len(parent))).astype(np.int64)
    size = np.minimum(size, np.maximum(1, houses[parent] // (2 * hamlet_count[parent])))
    main = houses - np.bincount(parent, size, len(rows)).astype(np.int64)
    inner = groups - hamlet_count
    own = valleys.path.take(rows)
    places = _Settlements(
        np.concatenate((rows, rows[parent])),
        Paths(*(np.vstack(pair) for pair in ((own.start, path.start), (own.end, path.end), (own.swing, path.swing)))),
        np.concatenate((valleys.home[rows], np.full(len(parent), 0.05))),
        np.concatenate((main, size)),
        np.concatenate((np.ones(len(rows), dtype=np.int64), inner[parent] + rank + 1)),
        np.concatenate((inner, np.ones(len(parent), dtype=np.int64))),
    )
    return places, Hamlets(rows[parent], path)


def _sites_away(land: Territory, area: Ints, rng: np.random.Generator) -> Floats:
    """Return a cell of each area that is not at its middle: the farthest of two drawn."""
    order = np.argsort(land.label, kind="stable")
    first = np.searchsorted(land.label[order], area)
    count = np.searchsorted(land.label[order], area, side="right") - first
    drawn = [order[first + np.floor(rng.uniform(size=len(area)) * count).astype(np.int64)] for _ in range(2)]
    away = [np.hypot(*(land.mesh.sites[cell] - land.seed[area]).T) for cell in drawn]
    return np.asarray(land.mesh.sites[np.where(away[0] > away[1], *drawn)])


def _fill(places: _Settlements, polygons: Geometries, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Fill places along the valley from the middle outwards; what is not in the area is skipped."""
    depth = np.clip(np.ceil(np.sqrt(places.houses) / 3), 1, len(ROWS)).astype(np.int64)
    steps = np.ceil(2.4 * places.houses / depth).astype(np.int64) + 4
    tries = depth * steps
    slot = np.repeat(np.arange(len(tries)), tries)
    rank = np.arange(len(slot)) - np.repeat(np.cumsum(tries) - tries, tries)
    column, row = rank // depth[slot], rank % depth[slot]
    # 0, 1, −1, 2, −2 …: from the middle outwards
    along = np.where(column % 2 == 1, (column + 1) // 2, -(column // 2)) * STEP
    t = places.home[slot] + along / places.path.length[slot]
    xy = places.path.at(slot, t, ROWS[row]) + rng.uniform(-3, 3, (len(slot), 2))
    for polygon in polygons:
        shapely.prepare(polygon)
    good = (t >= 0) & (t <= 1)
    good[good] = shapely.contains_xy(polygons[slot[good]], xy[good, 0], xy[good, 1])
    seen = np.cumsum(good)
    before = np.concatenate(([0], seen))[np.concatenate(([0], np.cumsum(tries)[:-1]))]
    kept = good & (seen - before[slot] <= places.houses[slot])
    return slot[kept], np.column_stack((xy[kept], t[kept]))


def _lacking(places: _Settlements, slot: Ints) -> Ints:
    """Return the settlement of each house that found no place in its valley."""
    missing = places.houses - np.bincount(slot, minlength=len(places.houses))
    return np.repeat(np.arange(len(missing)), missing)


def _farms(land: Territory, area: Ints, rng: np.random.Generator) -> Floats:
    """Return places anywhere in some areas."""
    order = np.argsort(land.label, kind="stable")
    first = np.searchsorted(land.label[order], area)
    count = np.searchsorted(land.label[order], area, side="right") - first
    cells = order[first + np.floor(rng.uniform(size=len(area)) * count).astype(np.int64)]
    return land.mesh.points_in(cells, rng)


def _groups(places: _Settlements, slot: Ints, t: Floats, xy: Floats) -> tuple[Ints, Ints]:
    """Cut settlements into groups along their valley; farms are of the group of the nearest house.

    Returns
    -------
    group, along : ndarray of int64, shape (n,)
        Group of each house, and where in its settlement it comes.
    """
    order = np.lexsort((t, slot))
    along = np.empty(len(slot), dtype=np.int64)
    along[order] = np.arange(len(slot)) - np.searchsorted(slot[order], slot[order])
    farm = t > 1
    lined = np.maximum(1, np.bincount(slot[~farm], minlength=len(places.houses)))
    part = along * places.groups[slot] // np.where(farm, places.houses[slot], lined[slot])
    group = places.first[slot] + np.minimum(part, places.groups[slot] - 1)
    village = places.area[slot] * 1e6  # a third coordinate keeps villages apart
    there = np.column_stack((xy, village))
    if farm.any() and (~farm).any():
        distance, near = KDTree(there[~farm]).query(there[farm])
        same = distance < 5e5
        group[np.flatnonzero(farm)[same]] = group[~farm][near[same]]
    return group, along


def _second_households(area: Ints, rows: Ints, count: Ints, rng: np.random.Generator) -> Ints:
    """Choose the houses that hold a second household, so that each village has its count."""
    order = np.lexsort((rng.uniform(size=len(area)), area))
    start = np.searchsorted(area, rows)
    houses = np.searchsorted(area, rows, side="right") - start
    extra = count - houses
    return order[np.arange(len(area)) - np.repeat(start, houses) < np.repeat(extra, houses)]
