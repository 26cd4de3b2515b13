"""What was seen of each share: places on it that somebody came within reach of, and when last.

A share counts as fresh since the latest day from which on enough of it was seen. So a river that was walked half on
Monday and half on Thursday is fresh since Monday, and due again one interval after Monday: no metre of what counts waits
longer than the policy says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from geo_grid.field._near import pass_by, see_named
from geo_grid.field.samples import sample
from geo_grid.lookup.columns import texts

if TYPE_CHECKING:
    import datetime as dt

    from numpy.typing import NDArray

    from geo_grid.field.policy import PatrolPolicy

_NEVER = np.iinfo(np.int64).min

#: Places are so many to a reach.
_STEPS = 2.0


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

    def part(self, first: dt.date | NDArray[np.datetime64]) -> NDArray[np.float64]:
        """Return how much of each share was seen from a day on.

        Parameters
        ----------
        first : date, or ndarray of datetime64[D], shape (count,)
            The day, or that of each share.

        Returns
        -------
        ndarray of float64, shape (count,)
            0 to 1.
        """
        day = np.broadcast_to(np.asarray(first, dtype="datetime64[D]").astype(np.int64), self.count)
        whole = np.bincount(self.share, self.weight, minlength=self.count)
        got = np.bincount(self.share, self.weight * (self.day >= day[self.share]), minlength=self.count)
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
    rows = np.flatnonzero(proofs.element >= 0)
    where = shapely.get_coordinates(proofs.shape[rows])
    see_named(day, place, element, reach, where, proofs.element[rows], proofs.day[rows])


def _from_passing(
    day: NDArray[np.int64], place: NDArray[np.float64], reach: NDArray[np.float64], proofs: _Proofs
) -> None:
    """Note the days on which somebody passed within reach of places."""
    rows = np.flatnonzero(proofs.element < 0)
    steps, of = _steps(proofs.shape[rows])
    on = proofs.day[rows[of]]
    late = np.argsort(-on, kind="stable")
    steps, on = steps[late], on[late]
    for far in np.unique(reach[reach > 0]).tolist():
        places = np.flatnonzero(reach == far)
        days = day[places]
        pass_by(days, place[places], steps, on, far)
        day[places] = days


def _steps(shapes: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the straight steps of lines, and points as steps that lead nowhere; and the shapes they are of."""
    place, of = shapely.get_coordinates(shapes, return_index=True)
    to = np.concatenate([place[1:], place[-1:]])
    if not len(place):
        return np.empty((0, 4)), of
    ends = np.append(of[1:] != of[:-1], True)
    alone = ends & np.concatenate([[True], ends[:-1]])
    to[alone] = place[alone]
    keep = alone | ~ends
    return np.column_stack([place, to])[keep], of[keep]
