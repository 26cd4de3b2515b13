"""Stacks: the households of one building, in the order a building may be cut."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

if TYPE_CHECKING:
    from collections.abc import Iterable

    import geopandas as gpd
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Households closer than this (m) stand at one coordinate.
SAME_PLACE = 1e-3
#: Places of one building name further apart than this (m) are different buildings: 1号楼 recurs all over a town.
SAME_BUILDING = 50.0
#: Places of one name within this distance (m) are represented by one of them, so that a name given to thousands of
#: scattered households costs no more than their places.
_THIN = 5.0

_NUMERALS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_UNITS = {"十": 10, "百": 100, "千": 1000}
_CHINESE_NUMBER = re.compile("[零〇一二三四五六七八九两十百千]+")
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Stacks:
    """The households of one area, building by building.

    Parameters
    ----------
    order : ndarray of int64, shape (n,)
        Positions into the frame of households; the households of a stack are consecutive, in the order of
        villager group, building name, entrance, floor, address, id.
    stack_ptr : ndarray of int64, shape (s + 1,)
        Where each stack starts in ``order``. Stacks are ordered west to east, then south to north.
    xy : ndarray of float64, shape (s, 2)
        Site of each stack, metres: the place of one of its households, the one nearest their mean. No two sites are
        within :data:`SAME_PLACE` of each other.
    cut_rank : ndarray of int64, shape (n,)
        What lies between a household and the one before it, in the order of ``order``: 0 two dwellings of a floor,
        1 a floor end, 2 an entrance end, 3 a villager group's end, 4 another stack.
    group : ndarray of int64, shape (n,)
        Villager group of each household, in the order of ``order``: a position in ``group_names``, or −1 where the
        area has no groups.
    group_names : tuple of str
        Names of the villager groups, in natural order.
    """

    order: Ints
    stack_ptr: Ints
    xy: Floats
    cut_rank: Ints
    group: Ints
    group_names: tuple[str, ...]

    @property
    def n(self) -> int:
        """Number of households."""
        return len(self.order)

    @property
    def size(self) -> Ints:
        """Households of each stack, shape (s,)."""
        return np.diff(self.stack_ptr)

    @property
    def stack(self) -> Ints:
        """Stack of each household in the order of ``order``, shape (n,)."""
        return np.repeat(np.arange(len(self.xy), dtype=np.int64), self.size)


def stack_households(households: gpd.GeoDataFrame) -> Stacks:
    """Gather the households of one area into stacks, each in the order it may be cut.

    A stack is everything that stands at one place, and everything of one building name that stands close together.

    Parameters
    ----------
    households : GeoDataFrame
        Households of one area, columns as in :class:`geo_grid.model.CityInput`: ``id, building, entrance, floor,
        group, address, geometry``. Points in metres.

    Returns
    -------
    Stacks
        The stacks; the same whatever the order of the rows, where ids are unique.
    """
    n = len(households)
    if n == 0:
        none = np.zeros(0, dtype=np.int64)
        return Stacks(none, np.zeros(1, dtype=np.int64), np.zeros((0, 2)), none, none, ())
    place, place_xy = _places(shapely.get_coordinates(households.geometry.to_numpy()))
    return order_stacks(households, _join_buildings(place, place_xy, _ranks(households["building"]))[place])


def order_stacks(households: gpd.GeoDataFrame, stack: Ints) -> Stacks:
    """Put the households of one area, whose stacks are known, in the order their buildings may be cut.

    Parameters
    ----------
    households : GeoDataFrame
        Households of one area, at least one, as for :func:`stack_households`.
    stack : ndarray of int64, shape (n,)
        Stack of each, 0 … s − 1, none left out.

    Returns
    -------
    Stacks
        The stacks, numbered anew by their sites.
    """
    xy = shapely.get_coordinates(households.geometry.to_numpy())
    building = _ranks(households["building"])
    stack, sites = _sites(stack, xy)
    names, group = _groups(households["group"], stack, sites)
    floor = households["floor"].astype("Float64").to_numpy(dtype=np.float64, na_value=np.inf)
    entrance = _ranks(households["entrance"])
    order = _order(households, (floor, entrance, building, group, stack))
    stack_ptr = np.searchsorted(stack[order], np.arange(len(sites) + 1))
    rank = _cut_ranks(order, floor=floor, entrance=entrance, building=building, group=group, stack=stack)
    return Stacks(order.astype(np.int64), stack_ptr.astype(np.int64), sites, rank, group[order], names)


def _order(households: gpd.GeoDataFrame, keys: tuple[NDArray[Any], ...]) -> Ints:
    """Sort households by keys, the last first; where these are equal, by address, then by id."""
    order = np.lexsort(keys)
    for name in ("address", "id"):  # ranking texts is slow, and few households need it
        same = np.ones(len(order) - 1, dtype=bool)
        for key in keys:
            same &= key[order[1:]] == key[order[:-1]]
        tied = order[np.concatenate((same, [False])) | np.concatenate(([False], same))]
        if not len(tied):
            break
        rank = np.zeros(len(order), dtype=np.int64)
        rank[tied] = _ranks(households[name].iloc[tied])
        keys = (rank, *keys)
        order = np.lexsort(keys)
    return order


def natural_key(text: str) -> str:
    """Return a key that sorts numbers inside a text by their value.

    Full-width digits count as digits, and Chinese numerals up to the thousands as numbers: 二单元 stands before 十单元.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        The key; compare keys, do not show them.
    """
    plain = text
    if not text.isascii():
        plain = _CHINESE_NUMBER.sub(_chinese_digits, unicodedata.normalize("NFKC", text))
    # the text itself stands last: different texts never share a key
    return _DIGITS.sub(_padded, plain) + "\0" + text


def _padded(match: re.Match[str]) -> str:
    return match[0].lstrip("0").zfill(20)


def _chinese_digits(match: re.Match[str]) -> str:
    return _chinese_value(match[0])


@functools.lru_cache(4096)
def _chinese_value(numeral: str) -> str:
    """Return a Chinese numeral in digits: by place value where it names places, else digit by digit."""
    if not any(character in _UNITS for character in numeral):
        return "".join(str(_NUMERALS[character]) for character in numeral)
    total, digit = 0, 0
    for character in numeral:
        if character in _UNITS:
            total += max(digit, 1) * _UNITS[character]
            digit = 0
        else:
            digit = _NUMERALS[character]
    return str(total + digit)


def _natural_order(texts: Iterable[str]) -> list[str]:
    """Return texts sorted by natural key."""
    return sorted(texts, key=natural_key)


def _ranks(column: pd.Series) -> Ints:
    """Rank texts in natural order, from 0; missing and blank ones are −1."""
    codes, texts = pd.factorize(column.to_numpy(dtype=object))
    known = [number for number, text in enumerate(texts) if isinstance(text, str) and text.strip() != ""]
    rank = np.full(len(texts) + 1, -1, dtype=np.int64)  # the last is that of what is missing, which has the code −1
    rank[sorted(known, key=lambda number: natural_key(texts[number]))] = np.arange(len(known))
    return rank[codes]


def _components(n: int, pairs: Ints) -> Ints:
    """Label the connected components of n nodes joined by pairs, shape (m, 2)."""
    links = coo_array((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return connected_components(links, directed=False)[1].astype(np.int64)


def _places(xy: Floats) -> tuple[Ints, Floats]:
    """Tell places apart; coordinates within :data:`SAME_PLACE`, even in a chain, are one."""
    distinct, at = np.unique(xy, axis=0, return_inverse=True)
    pairs = KDTree(distinct).query_pairs(SAME_PLACE, output_type="ndarray")
    label = _components(len(distinct), pairs.reshape(-1, 2)) if len(pairs) else np.arange(len(distinct))
    first = np.unique(label, return_index=True)[1]
    return label[at.reshape(-1)], distinct[first]


def _join_buildings(place: Ints, place_xy: Floats, building: Ints) -> Ints:
    """Label places by stack: places that carry one building name join where they are close together."""
    named = building >= 0
    marks = np.unique(np.column_stack((building[named], place[named])), axis=0)
    several = np.isin(marks[:, 0], np.flatnonzero(np.bincount(marks[:, 0], minlength=1) > 1))
    marks = marks[several]
    if not len(marks):
        return np.arange(len(place_xy), dtype=np.int64)
    name, where = marks[:, 0], marks[:, 1]
    square = np.column_stack((name, np.floor(place_xy[where] / _THIN).astype(np.int64)))
    _, keeper, kept = np.unique(square, axis=0, return_index=True, return_inverse=True)
    thinned = np.column_stack((where, where[keeper][kept.reshape(-1)]))
    # a third coordinate keeps the names apart: one tree answers for all of them
    points = np.column_stack((place_xy[where[keeper]], name[keeper] * (4.0 * SAME_BUILDING)))
    close = KDTree(points).query_pairs(SAME_BUILDING, output_type="ndarray").reshape(-1, 2)
    return _components(len(place_xy), np.vstack((thinned, where[keeper][close])))


def _sites(stack: Ints, xy: Floats) -> tuple[Ints, Floats]:
    """Choose each stack's site and renumber the stacks by it, west to east."""
    count = int(stack.max()) + 1
    size = np.bincount(stack, minlength=count)
    mean = np.column_stack([np.bincount(stack, xy[:, axis], count) / size for axis in (0, 1)])
    away = np.round(np.hypot(*(xy - mean[stack]).T), 6)  # rounded: equal distances stay equal in any order of rows
    best = np.lexsort((xy[:, 1], xy[:, 0], away, stack))
    first = best[np.searchsorted(stack[best], np.arange(count))]
    sites = xy[first]
    order = np.lexsort((sites[:, 1], sites[:, 0]))
    number = np.empty(count, dtype=np.int64)
    number[order] = np.arange(count)
    return number[stack], sites[order]


def _groups(column: pd.Series, stack: Ints, sites: Floats) -> tuple[tuple[str, ...], Ints]:
    """Give every household a villager group: its own, else its stack's commonest, else the nearest stack's."""
    group = _ranks(column)
    known = group >= 0
    if not known.any():
        return (), group
    texts = column.astype("object").to_numpy()
    names = tuple(_natural_order(set(texts[known])))
    count = np.zeros((len(sites), len(names)), dtype=np.int64)
    np.add.at(count, (stack[known], group[known]), 1)
    common = np.where(count.any(axis=1), count.argmax(axis=1), -1)
    blank = common < 0
    if blank.any():
        labelled = np.flatnonzero(~blank)
        nearest = KDTree(sites[labelled]).query(sites[blank])[1]
        common[blank] = common[labelled[nearest]]
    return names, np.where(known, group, common[stack]).astype(np.int64)


def _cut_ranks(order: Ints, *, floor: Floats, entrance: Ints, building: Ints, group: Ints, stack: Ints) -> Ints:
    """Say what lies between each household and the one before it."""

    def changes(values: NDArray[np.generic]) -> NDArray[np.bool_]:
        ordered = values[order]
        return np.concatenate(([True], ordered[1:] != ordered[:-1]))

    rank = np.zeros(len(order), dtype=np.int64)
    rank[changes(floor)] = 1
    rank[changes(entrance) | changes(building)] = 2
    rank[changes(group)] = 3
    rank[changes(stack)] = 4
    return rank
