"""Urban households: compounds of apartment blocks along two streets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from _city.territory import Territory

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Geometries = NDArray[np.object_]

#: Floors from, to; entrances from, to; dwellings an entrance and floor: 20 to 200 dwellings a block.
KINDS = np.array([(5, 6, 2, 5, 2, 2), (11, 11, 1, 3, 2, 2), (15, 18, 1, 2, 3, 4), (24, 33, 1, 2, 3, 4)])
SHARES = np.array([0.35, 0.25, 0.25, 0.15])
MOST = 200
#: Metres between blocks along a row and from row to row, and from a block to the border.
SPACING = (64.0, 46.0)
STREET = 22.0
BORDER = 16.0
STEMS = [
    "锦绣",
    "龙凤",
    "安康",
    "丽景",
    "盛世",
    "和平",
    "光明",
    "翠竹",
    "金桂",
    "阳光",
    "向阳",
    "东方",
    "福源",
    "吉祥",
    "永宁",
    "紫薇",
    "桃园",
    "学府",
    "凤凰",
    "清华",
]
ENDINGS = ["苑", "小区", "家园", "花园", "佳苑"]


@dataclass(slots=True)
class Flats:
    """Dwellings of some communities, by area, block, entrance and floor.

    Parameters
    ----------
    area : ndarray of int64, shape (n,)
        Area of each.
    xy : ndarray of float64, shape (n, 2)
        Where its block stands.
    building : ndarray of object, shape (n,)
        Compound and number of the block.
    entrance, floor, door : ndarray of int64, shape (n,)
        Which dwelling of the block; the door is the number on it.
    """

    area: Ints
    xy: Floats
    building: NDArray[np.object_]
    entrance: Ints
    floor: Ints
    door: Ints


def settle_communities(
    land: Territory, rows: Ints, polygons: Geometries, count: Ints, rng: np.random.Generator
) -> tuple[Flats, Geometries]:
    """Place the households of communities.

    Parameters
    ----------
    land : Territory
        The city.
    rows, polygons, count : ndarray, shape (c,)
        Which of its areas, their polygons and households.
    rng : Generator
        Source of all choices.

    Returns
    -------
    flats : Flats
        The households.
    streets : ndarray of LineString
        Two streets a community.
    """
    parts, streets = [], []
    for row, polygon, n in zip(rows.tolist(), polygons, count.tolist(), strict=True):
        angle = rng.uniform(0, np.pi / 2)
        blocks = _blocks(n, rng)
        xy, compound, grow = np.empty((0, 2)), np.empty(0, dtype=np.int64), 1.0
        while len(xy) < len(blocks):  # a small community builds closer
            xy, compound = _lots(polygon, land.seed[row], angle, len(blocks), grow, rng)
            grow *= 0.8
        parts.append(_dwellings(row, blocks, xy, compound, n, rng))
        streets += _streets(polygon, land.seed[row], angle)
    if not parts:
        none = np.empty(0, dtype=np.int64)
        return Flats(none, np.empty((0, 2)), np.empty(0, dtype=object), none, none, none), np.empty(0, dtype=object)
    fields = (np.concatenate([getattr(part, name) for part in parts]) for name in Flats.__slots__)
    return Flats(*fields), np.array(streets, dtype=object)


def _blocks(households: int, rng: np.random.Generator) -> Ints:
    """Draw blocks until they hold all households: floors, entrances, dwellings an entrance and floor; shape (b, 3)."""
    kind = KINDS[rng.choice(len(KINDS), size=households // 20 + 2, p=SHARES)]
    drawn = np.column_stack([rng.integers(kind[:, i], kind[:, i + 1] + 1) for i in (0, 2, 4)])
    drawn[:, 1] = np.maximum(1, np.minimum(drawn[:, 1], MOST // (drawn[:, 0] * drawn[:, 2])))
    size = drawn.prod(axis=1)
    return drawn[: int(np.searchsorted(np.cumsum(size), households)) + 1]


def _lots(
    polygon: shapely.Polygon, seed: Floats, angle: float, wanted: int, grow: float, rng: np.random.Generator
) -> tuple[Floats, Ints]:
    """Return where blocks stand, compound by compound, and the compound of each."""
    west, south, east, north = polygon.bounds
    reach = np.hypot(east - west, north - south)
    half = (np.arange(1, int(reach / min(SPACING) / grow) + 2) - 0.5)[:, None] * np.array(SPACING) * grow + STREET / 2
    line = np.vstack((-half[::-1], half))
    u, v = (axis.ravel() for axis in np.meshgrid(line[:, 0], line[:, 1]))
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    xy = seed + np.column_stack((u, v)) @ turn
    inner = shapely.buffer(polygon, -BORDER * grow)
    shapely.prepare(inner)
    xy = xy[shapely.contains_xy(inner, xy)]
    if len(xy) < wanted:
        return xy, np.zeros(len(xy), dtype=np.int64)
    hearts = xy[rng.choice(len(xy), size=int(np.clip(round(wanted / 9), 1, min(8, len(xy)))), replace=False)]
    away = np.hypot(*(xy[:, None] - hearts[None]).transpose(2, 0, 1))
    compound = away.argmin(axis=1)
    chosen = np.sort(np.argsort(away.min(axis=1), kind="stable")[:wanted])
    chosen = chosen[np.argsort(compound[chosen], kind="stable")]
    return xy[chosen] + rng.uniform(-2, 2, (wanted, 2)), compound[chosen]


def _dwellings(row: int, blocks: Ints, xy: Floats, compound: Ints, n: int, rng: np.random.Generator) -> Flats:
    names = rng.permutation([stem + ending for stem in STEMS for ending in ENDINGS])
    number = np.arange(len(compound)) - np.searchsorted(compound, compound) + 1
    name = np.array([f"{names[c]}{k}号楼" for c, k in zip(compound, number, strict=True)], dtype=object)
    size = blocks.prod(axis=1)
    block = np.repeat(np.arange(len(blocks)), size)[:n]
    rank = np.arange(n) - (np.cumsum(size) - size)[block]
    floors, _, doors = blocks[block].T
    entrance, within = rank // (floors * doors), rank % (floors * doors)
    floor = within // doors + 1
    return Flats(
        np.full(n, row, dtype=np.int64), xy[block], name[block], entrance + 1, floor, floor * 100 + within % doors + 1
    )


def _streets(polygon: shapely.Polygon, seed: Floats, angle: float) -> list[shapely.LineString]:
    """Return two streets across a community that end inside it or just beyond."""
    along = np.sqrt(polygon.area) * 0.55 * np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return [shapely.LineString((seed - way, seed + way)) for way in along]
