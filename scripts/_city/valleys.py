"""Valleys: every village lies in one, and all lead down to the township's seat, and on to the county's."""

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

WAVES = 6
#: A valley's road runs this far beside its stream, metres.
ROAD = 45.0
#: A stream that so many villages lie on is a river, any other one a gully.
RIVER_FROM = 6


@dataclass(frozen=True, slots=True)
class Paths:
    """Winding lines: straight from start to end, plus sines that vanish at both.

    Parameters
    ----------
    start, end : ndarray of float64, shape (n, 2)
        Their ends.
    swing : ndarray of float64, shape (n, WAVES)
        Metres of each sine.
    """

    start: Floats
    end: Floats
    swing: Floats

    @property
    def length(self) -> Floats:
        """Metres from end to end, straight."""
        return np.asarray(np.maximum(np.hypot(*(self.end - self.start).T), 1.0))

    def take(self, which: Ints) -> Paths:
        """Return some of the paths."""
        return Paths(self.start[which], self.end[which], self.swing[which])

    def at(self, which: Ints, t: Floats, beside: Floats | float = 0.0) -> Floats:
        """Return points of some paths at shares of their length, metres to the left of the path."""
        run = (self.end - self.start)[which]
        length = self.length[which]
        left = np.column_stack((-run[:, 1], run[:, 0])) / length[:, None]
        order = np.arange(1, WAVES + 1) * np.pi
        angle = t[:, None] * order
        swing = self.swing[which]
        offset = (np.sin(angle) * swing).sum(axis=1)
        slope = (np.cos(angle) * swing * order).sum(axis=1)
        tangent = run + left * slope[:, None]
        normal = np.column_stack((-tangent[:, 1], tangent[:, 0])) / np.hypot(*tangent.T)[:, None]
        aside = np.broadcast_to(beside, t.shape)
        return np.asarray(self.start[which] + run * t[:, None] + left * offset[:, None] + normal * aside[:, None])

    def lines(self, beside: float = 0.0, step: float = 90.0) -> Geometries:
        """Return all paths as lines with a vertex every so many metres."""
        count = np.clip(np.ceil(self.length / step), 6, 400).astype(np.int64) + 1
        which = np.repeat(np.arange(len(count)), count)
        rank = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count)
        return shapely.linestrings(self.at(which, rank / (count[which] - 1), beside), indices=which)


def winding(start: Floats, end: Floats, rng: np.random.Generator, share: float = 0.05) -> Paths:
    """Return winding paths between points."""
    length = np.hypot(*(end - start).T)
    swing = rng.standard_normal((len(start), WAVES)) * (share * length)[:, None] / np.arange(1, WAVES + 1)
    return Paths(start, end, swing)


@dataclass(frozen=True, slots=True)
class Valleys:
    """The valleys of a city.

    Parameters
    ----------
    path : Paths
        One an area: from the head above it, through it, to the next area down the valley.
    home : ndarray of float64, shape (a,)
        Share of the path at which the settlement lies.
    is_river : ndarray of bool, shape (a,)
        Whether the stream is a river; else a gully.
    seats : ndarray of int64, shape (t,)
        Area that is the seat of each township.
    long : Paths
        One a township: from its seat to the next one towards the county's.
    long_town : ndarray of int64
        Township of each of ``long``.
    """

    path: Paths
    home: Floats
    is_river: NDArray[np.bool_]
    seats: Ints
    long: Paths
    long_town: Ints


def make_valleys(land: Territory, key: tuple[int, int]) -> Valleys:
    rng = np.random.default_rng([*key, 3])
    areas, towns = land.places.areas, land.places.towns
    town_of = np.searchsorted(towns["code"].to_numpy(), areas["town"].to_numpy())
    urban = (areas["kind"] == "urban").to_numpy()
    down = np.arange(len(areas))
    carried = np.ones(len(areas), dtype=np.int64)
    seats = np.empty(len(towns), dtype=np.int64)
    for t in range(len(towns)):
        rows = np.flatnonzero(town_of == t)
        chosen = rows[urban[rows]] if urban[rows].any() else rows
        middle = land.seed[rows].mean(axis=0)
        seats[t] = chosen[np.hypot(*(land.seed[chosen] - middle).T).argmin()]
        down[rows] = rows[_towards(land.seed[rows], land.seed[seats[t]])]
        for row in rows[np.argsort(-np.hypot(*(land.seed[rows] - land.seed[seats[t]]).T), kind="stable")]:
            carried[down[row]] += carried[row] * (down[row] != row)
    # the seat's own valley comes from behind it
    target = land.seed[down]
    at_seat = down == np.arange(len(areas))
    target[at_seat] += rng.normal(0, 900, (int(at_seat.sum()), 2))
    away = land.seed - target
    reach = np.minimum(0.45 * np.hypot(*away.T), 900.0)
    head = land.seed + away / np.hypot(*away.T)[:, None] * reach[:, None]
    path = winding(head, target, rng)
    home = reach / np.hypot(*(target - head).T)
    county = np.searchsorted(land.places.counties["code"].to_numpy(), towns["county"].to_numpy())
    onward = np.arange(len(towns))
    for c in range(len(land.seat)):
        rows = np.flatnonzero(county == c)
        onward[rows] = rows[_towards(land.seed[seats[rows]], land.seat[c])]
    some = np.flatnonzero(onward != np.arange(len(towns)))
    long = winding(land.seed[seats[some]], land.seed[seats[onward[some]]], rng)
    return Valleys(path, home, (carried >= RIVER_FROM) & ~urban, seats, long, some)


def _towards(points: Floats, goal: Floats) -> Ints:
    """Return for each point the nearest one that is nearer to the goal; itself where none is."""
    to_goal = np.hypot(*(points - goal).T)
    between = np.hypot(*(points[:, None] - points[None]).transpose(2, 0, 1))
    between[to_goal[None, :] >= to_goal[:, None]] = np.inf
    nearest = between.argmin(axis=1)
    first = ~np.isfinite(between.min(axis=1))
    nearest[first] = np.flatnonzero(first)
    return np.asarray(nearest, dtype=np.int64)
