"""What was seen of each share: places on it that somebody came within reach of, and when last.

A share counts as fresh since the latest day from which on enough of it was seen. So a river that was walked half on
Monday and half on Thursday is fresh since Monday, and due again one interval after Monday: no metre of what counts waits
longer than the policy says.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from geo_grid.field.samples import sample
from geo_grid.lookup.columns import texts

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from geo_grid.field.policy import PatrolPolicy

_NEVER = np.iinfo(np.int64).min

#: Places are so many to a reach.
_STEPS = 2.0

#: Metres between elements in a third coordinate; more than any reach.
_APART = 1e6

#: Metres of a side of a raster's cell, at least.
_CELL = 500.0

#: Metres by which tracks are simplified; less than any receiver is exact.
_SIMPLER = 2.0


@dataclass(frozen=True, slots=True)
class Seen:
    """When places of the shares of a patrol list were seen last.

    Parameters
    ----------
    count : int
        Rows of the patrol list.
    needed : ndarray of float64, shape (count,)
        Part of each share that has to be seen.
    share : ndarray of int64, shape (k,)
        Row of each place, ascending. Rows without places were not seen at all.
    weight : ndarray of float64, shape (k,)
        What each place stands for.
    day : ndarray of int64, shape (k,)
        Days since 1970, or the smallest number where it was never seen.
    """

    count: int
    needed: NDArray[np.float64]
    share: NDArray[np.int64]
    weight: NDArray[np.float64]
    day: NDArray[np.int64]

    def fresh_since(self) -> NDArray[np.datetime64]:
        """Return since when enough of each share was seen.

        Returns
        -------
        ndarray of datetime64[D], shape (count,)
            The latest such day; NaT where enough never was.
        """
        out = np.full(self.count, np.datetime64("NaT"), dtype="datetime64[D]")
        if not len(self.share):
            return out
        order = np.lexsort((-self.day.astype(float), self.share))
        share, weight, day = self.share[order], self.weight[order], self.day[order]
        rows, start = np.unique(share, return_index=True)
        total = np.add.reduceat(weight, start)
        size = np.diff(np.append(start, len(share)))
        running = np.cumsum(weight) - np.repeat(np.cumsum(total) - total, size)
        enough = running >= np.repeat(total * (self.needed[rows] - 1e-6), size)
        first = np.maximum.reduceat(np.where(enough, len(share) - np.arange(len(share)), 0), start)
        days = day[len(share) - np.maximum(first, 1)]
        out[rows] = np.where((first > 0) & (days != _NEVER), days, _NEVER).astype("datetime64[D]")
        return out

    def part(self, first: dt.date) -> NDArray[np.float64]:
        """Return how much of each share was seen from a day on.

        Parameters
        ----------
        first : date
            The day.

        Returns
        -------
        ndarray of float64, shape (count,)
            0 to 1.
        """
        day = np.datetime64(first, "D").astype(np.int64)
        whole = np.bincount(self.share, self.weight, minlength=self.count)
        got = np.bincount(self.share, self.weight * (self.day >= day), minlength=self.count)
        return np.divide(got, whole, out=np.zeros(self.count), where=whole > 0)


def look(patrol: pd.DataFrame, shares: pd.DataFrame, evidence: pd.DataFrame, policy: PatrolPolicy, on: dt.date) -> Seen:
    """Compare a patrol list with what records and tracks prove.

    Parameters
    ----------
    patrol : DataFrame
        As :func:`geo_grid.field.patrol.patrol_list` returns it.
    shares : DataFrame
        The table ``element_shares`` it was made of.
    evidence : DataFrame
        Rows of :func:`geo_grid.field.evidence.evidence_of_records` and
        :func:`geo_grid.field.evidence.evidence_of_tracks`, concatenated.
    policy : PatrolPolicy
        From how far something counts as seen.
    on : date
        What came after this day is not looked at; to look back at a month, its last day.

    Returns
    -------
    Seen
        The places of all shares that any of the evidence is near to.

    Notes
    -----
    Lines and surfaces are looked at in places half the reach apart (but at least ``policy.step`` metres), large
    surfaces at about ``policy.places`` places, in straight distance. What is told of a line is exact to half such a step
    at each end of a stretch that was seen.
    """
    kinds = texts(patrol, "class")
    reach, needed, strict = (
        _by_class(kinds, {name: float(getattr(duty, word)) for name, duty in policy.classes.items()})
        for word in ("reach", "part", "needs_record")
    )
    days = evidence["day"].to_numpy().astype("datetime64[D]")
    evidence = evidence[days <= np.datetime64(on, "D")]
    names = pd.Index(patrol["element_id"].unique(), dtype=object)
    element = names.get_indexer(pd.Index(texts(patrol, "element_id"), dtype=object))
    named = names.get_indexer(pd.Index(texts(evidence, "element_id"), dtype=object))
    free = np.array([each is None for each in texts(evidence, "element_id")], dtype=bool)
    proofs = _Proofs(
        evidence["geom"].to_numpy(),
        evidence["day"].to_numpy().astype("datetime64[D]").astype(np.int64),
        np.where(free, -1, named),
        free | (named >= 0),
    )
    shapes = shares["geom"].to_numpy()[patrol["share"].to_numpy(dtype=np.int64)]
    touched = _touched(shapes, reach, element, strict > 0, proofs)
    places = sample(shapes[touched], np.maximum(reach[touched] / _STEPS, policy.step), policy.places)
    share = touched[places.share]
    day = np.full(len(share), _NEVER, dtype=np.int64)
    _from_records(day, places.place, element[share], reach[share], proofs)
    _from_passing(day, places.place, np.where(strict[share] > 0, 0.0, reach[share]), proofs)
    return Seen(len(patrol), needed, share, places.weight, day)


class _Proofs(NamedTuple):
    """Evidence as columns: shape, day, element (-1: of no element), and whether it can prove anything here."""

    shape: NDArray[Any]
    day: NDArray[np.int64]
    element: NDArray[np.int64]
    useful: NDArray[np.bool_]


def _by_class(kinds: NDArray[Any], values: dict[str, float]) -> NDArray[np.float64]:
    return np.asarray(pd.Series(kinds, dtype=object).map(values), dtype=float)


def _touched(
    shapes: NDArray[Any],
    reach: NDArray[np.float64],
    element: NDArray[np.int64],
    strict: NDArray[np.bool_],
    proofs: _Proofs,
) -> NDArray[np.int64]:
    """Return the shares that any evidence may be near to, by their bounds."""
    bounds = shapely.bounds(shapes).reshape(-1, 4) + np.column_stack([-reach, -reach, reach, reach])
    tree = shapely.STRtree(proofs.shape)
    share, proof = tree.query(shapely.box(*bounds.T))
    of = proofs.element[proof]
    counts = proofs.useful[proof] & np.where(of < 0, ~strict[share], of == element[share])
    return np.unique(share[counts])


def _from_records(
    day: NDArray[np.int64],
    place: NDArray[np.float64],
    element: NDArray[np.int64],
    reach: NDArray[np.float64],
    proofs: _Proofs,
) -> None:
    """Note the days on which places were seen by records of their element."""
    from scipy.spatial import KDTree

    rows = np.flatnonzero(proofs.element >= 0)
    if not len(rows) or not len(place):
        return
    # a third coordinate keeps elements apart: no record is near to a place of another one
    tree = KDTree(np.column_stack([place, element * _APART]))
    of_element = np.zeros(max(int(element.max()), int(proofs.element.max())) + 1)
    of_element[element] = reach
    far = of_element[proofs.element[rows]]
    found = tree.query_ball_point(
        np.column_stack([shapely.get_coordinates(proofs.shape[rows]), proofs.element[rows] * _APART]), far
    )
    sizes = np.array([len(each) for each in found], dtype=np.int64)
    at = np.fromiter(itertools.chain.from_iterable(found), dtype=np.int64, count=int(sizes.sum()))
    np.maximum.at(day, at, np.repeat(proofs.day[rows], sizes))


def _from_passing(
    day: NDArray[np.int64], place: NDArray[np.float64], reach: NDArray[np.float64], proofs: _Proofs
) -> None:
    """Note the days on which somebody passed within reach of places."""
    rows = np.flatnonzero(proofs.element < 0)
    shapes = shapely.simplify(proofs.shape[rows], _SIMPLER)
    for far in np.unique(reach[reach > 0]):
        pieces, of = _cut(shapes, 2 * far)
        places = np.flatnonzero(reach == far)
        places = places[_near_any(place[places], pieces, far)]
        # asked the other way round, each piece is prepared once for all places near to it
        proof, at = shapely.STRtree(shapely.points(place[places])).query(pieces, predicate="dwithin", distance=far)
        np.maximum.at(day, places[at], proofs.day[rows[of[proof]]])


def _near_any(place: NDArray[np.float64], shapes: NDArray[Any], far: float) -> NDArray[np.bool_]:
    """Return which places may be near to any shape: a raster whose cells are larger than the shapes with their reach."""
    out = np.zeros(len(place), dtype=bool)
    if not len(place) or not len(shapes):
        return out
    bounds = shapely.bounds(shapes) + np.array([-far, -far, far, far])
    side = max(_CELL, float((bounds[:, 2:] - bounds[:, :2]).max()))
    low = place.min(axis=0)
    size = ((place.max(axis=0) - low) // side).astype(np.int64) + 1
    raster = np.zeros(size, dtype=bool)
    for corner in ([0, 1], [0, 3], [2, 1], [2, 3]):
        cell = np.floor((bounds[:, corner] - low) / side).astype(np.int64)
        cell = cell[((cell >= 0) & (cell < size)).all(axis=1)]
        raster[cell[:, 0], cell[:, 1]] = True
    cell = ((place - low) // side).astype(np.int64)
    return np.asarray(raster[cell[:, 0], cell[:, 1]], dtype=bool)


def _cut(shapes: NDArray[Any], length: float) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """Cut lines into pieces about so long, whose bounds are narrow; return them and the shapes they are of."""
    line = np.flatnonzero(shapely.get_dimensions(shapes) == 1)
    dot = np.flatnonzero(shapely.get_dimensions(shapes) == 0)
    place, of = shapely.get_coordinates(shapes[line], return_index=True)
    if not len(place):
        return shapes[dot], dot
    inner = of[1:] == of[:-1]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(place, axis=0).T) * inner)])
    start = np.unique(of, return_index=True)[1]
    number = ((along - along[start][of]) // length).astype(np.int64)
    # a piece goes on to the first vertex of the next one; a piece of that vertex alone does not begin
    last = np.append(~inner, True)
    begins = np.concatenate([[True], ~inner | (np.diff(number) != 0)])
    begins &= ~last | np.concatenate([[True], ~inner])
    piece = np.cumsum(begins) - 1
    again = np.flatnonzero(begins[1:] & inner) + 1
    at = np.concatenate([np.arange(len(place)), again])
    belongs = np.concatenate([piece, piece[again] - 1])
    order = np.lexsort((at, belongs))
    pieces = shapely.linestrings(place[at[order]], indices=belongs[order])
    return np.concatenate([shapes[dot], pieces]), np.concatenate([dot, line[of[begins]]])
