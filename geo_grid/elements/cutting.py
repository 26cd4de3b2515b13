"""Cut lines into pieces that have the same holders throughout: numbers only, by comparing straight pieces.

No overlay is used. A line that follows a border does so only nearly (what was noded together is off by 1e-7 m), and an
overlay would hand it to one side here and to the other there. Instead each straight piece of a line is compared with
the straight pieces of border near it: it is cut where it crosses them and where one of them begins or ends beside it;
then each cut piece either stays within the tolerance of a piece of border from end to end, and both sides hold it, or
the grid that holds its middle does. So the lengths of the pieces always add up to the line's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.elements.leaves import Borders, Leaves

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]
    Geometries = NDArray[Any]

_CHUNK = 200_000  # segments compared at once; keeps the pairs of a large city within memory


@dataclass(frozen=True, slots=True)
class Segments:
    """Straight pieces of lines, in the order of the lines.

    Parameters
    ----------
    line : ndarray of int64, shape (n,)
        Line each belongs to, non-decreasing.
    start, end : ndarray of float64, shape (n, 2)
        Both ends, metres, never equal.
    """

    line: Ints
    start: Floats
    end: Floats

    @property
    def length(self) -> Floats:
        """Lengths, metres."""
        return np.hypot(*(self.end - self.start).T)

    def boxes(self, margin: float, which: slice = slice(None)) -> Geometries:
        """Return the boxes around segments.

        Parameters
        ----------
        margin : float
            Metres to add on every side.
        which : slice, optional
            Segments; all by default.

        Returns
        -------
        ndarray of Polygon, shape (n,)
            Boxes.
        """
        low = np.minimum(self.start[which], self.end[which]) - margin
        high = np.maximum(self.start[which], self.end[which]) + margin
        return shapely.box(*low.T, *high.T)

    def at(self, which: Ints, t: Floats) -> Floats:
        """Return places on segments.

        Parameters
        ----------
        which : ndarray of int64, shape (p,)
            Segments.
        t : ndarray of float64, shape (p,)
            Where on them: 0 at the start, 1 at the end, both exact.

        Returns
        -------
        ndarray of float64, shape (p, 2)
            Coordinates, metres.
        """
        start, end = self.start[which], self.end[which]
        there = start + (end - start) * t[:, None]
        return np.where((t == 1.0)[:, None], end, there)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Segments after cutting, in the order of the lines.

    Parameters
    ----------
    segment : ndarray of int64, shape (p,)
        Segment each is cut from.
    start, end : ndarray of float64, shape (p,)
        Where on the segment it begins and ends, 0 to 1.
    """

    segment: Ints
    start: Floats
    end: Floats


@dataclass(frozen=True, slots=True)
class _Meetings:
    """Where segments meet borders.

    ``cut_*``: places on segments (0..1) where they may have to be cut. ``along_*``: stretches of segments that stay
    beside one straight piece of border.
    """

    cut_segment: Ints
    cut_at: Floats
    along_segment: Ints
    along_from: Floats
    along_to: Floats
    along_border: Ints


def segments_of(lines: Geometries) -> Segments:
    """Take lines apart; pieces without length are left out.

    Parameters
    ----------
    lines : ndarray of LineString
        Lines.

    Returns
    -------
    Segments
        Their straight pieces.
    """
    points, line = shapely.get_coordinates(lines, return_index=True)
    joined = line[:-1] == line[1:]
    joined &= (points[:-1] != points[1:]).any(axis=1)
    first = np.flatnonzero(joined)
    return Segments(line[first].astype(np.int64), points[first], points[first + 1])


def cut(segments: Segments, borders: Borders, leaves: Leaves, tol: float) -> tuple[Pieces, Ints, Ints]:
    """Cut segments at borders and find who holds each piece.

    Parameters
    ----------
    segments : Segments
        Straight pieces of lines.
    borders : Borders
        Straight pieces of border, at least all within ``tol`` of a segment.
    leaves : Leaves
        The finest grids.
    tol : float
        Distance (m) within which a piece runs along a border.

    Returns
    -------
    pieces : Pieces
        Cut pieces.
    pair_piece, pair_leaf : ndarray of int64
        Which leaf holds which piece.
    """
    meetings = _meet(segments, borders, tol)
    pieces = _pieces(segments, meetings, tol)
    beside_piece, beside_leaf = _beside(pieces, meetings, borders)
    within_piece, within_leaf = _within(segments, pieces, meetings, beside_piece, leaves)
    return pieces, np.concatenate([beside_piece, within_piece]), np.concatenate([beside_leaf, within_leaf])


def _meet(segments: Segments, borders: Borders, tol: float) -> _Meetings:
    """Compare every segment with the borders near it."""
    tree = shapely.STRtree(shapely.linestrings(borders.ends.reshape(-1, 2, 2)))
    found = []
    for begin in range(0, max(len(segments.line), 1), _CHUNK):
        segment, border = tree.query(segments.boxes(tol, slice(begin, begin + _CHUNK)))
        found.append(_compare(segments, borders, segment + begin, border, tol))
    fields = zip(*found, strict=True)
    return _Meetings(*(np.concatenate(field) for field in fields))


def _compare(segments: Segments, borders: Borders, segment: Ints, border: Ints, tol: float) -> tuple[Any, ...]:
    """Compare pairs of segments (from a to b) and borders (from c to d); fields as in :class:`_Meetings`."""
    a, b = segments.start[segment], segments.end[segment]
    c, d = borders.ends[border, :2], borders.ends[border, 2:]
    length, c_along, c_aside, c_near = _from_line(a, b, c, tol)
    _, d_along, d_aside, d_near = _from_line(a, b, d, tol)
    _, _, a_aside, a_near = _from_line(c, d, a, tol)
    _, _, b_aside, b_near = _from_line(c, d, b, tol)
    at = np.stack([c_along / length, d_along / length, np.zeros(len(a)), np.ones(len(a))]).clip(0.0, 1.0)
    near = np.stack([c_near, d_near, a_near, b_near])
    begin = np.where(near, at, np.inf).min(axis=0)
    end = np.where(near, at, -np.inf).max(axis=0)
    # A segment shorter than the tolerance is beside a border if both its ends are.
    along = ((end - begin) * length > tol) | (a_near & b_near)
    crosses = (c_aside * d_aside < 0) & (a_aside * b_aside < 0) & ~along
    fall = c_aside[crosses] / (c_aside[crosses] - d_aside[crosses])
    crossing = (c_along[crosses] + (d_along[crosses] - c_along[crosses]) * fall) / length[crosses]
    return (
        np.concatenate([np.tile(segment, 4)[near.ravel()], segment[crosses]]),
        np.concatenate([at[near], crossing.clip(0.0, 1.0)]),
        segment[along],
        begin[along],
        end[along],
        border[along],
    )


def _from_line(a: Floats, b: Floats, point: Floats, tol: float) -> tuple[Floats, Floats, Floats, Bools]:
    """Return |ab|, how far along and how far aside of it a point lies, and whether it lies within ``tol`` of it."""
    way, to_point = b - a, point - a
    length = np.hypot(*way.T)
    along = (way * to_point).sum(axis=1) / length
    aside = (way[:, 0] * to_point[:, 1] - way[:, 1] * to_point[:, 0]) / length
    beyond = np.maximum(np.maximum(-along, along - length), 0.0)
    return length, along, aside, np.hypot(beyond, aside) <= tol


def _pieces(segments: Segments, meetings: _Meetings, tol: float) -> Pieces:
    """Cut the segments; cuts closer to each other, or to an end, than the tolerance count as one."""
    n = len(segments.line)
    inner = tol / segments.length[meetings.cut_segment]
    real = (meetings.cut_at > inner) & (meetings.cut_at < 1.0 - inner)
    every = np.arange(n)
    segment = np.concatenate([every, meetings.cut_segment[real], every])
    at = np.concatenate([np.zeros(n), meetings.cut_at[real], np.ones(n)])
    order = np.lexsort((at, segment))
    segment, at = segment[order], at[order]
    gap = np.diff(at, prepend=0.0) * segments.length[segment]
    keep = (at == 0.0) | (at == 1.0) | (gap > tol)
    segment, at = segment[keep], at[keep]
    first = np.flatnonzero(at < 1.0)
    return Pieces(segment[first], at[first], at[first + 1])


def _beside(pieces: Pieces, meetings: _Meetings, borders: Borders) -> tuple[Ints, Ints]:
    """Find the pieces that run along borders, and the leaves on both sides."""
    # One key orders pieces by segment and place: a cut is at least a tolerance long, far above the key's last digit.
    middle = pieces.segment + (pieces.start + pieces.end) / 2
    begin = np.searchsorted(middle, meetings.along_segment + meetings.along_from, side="left")
    end = np.searchsorted(middle, meetings.along_segment + meetings.along_to, side="right")
    count = np.maximum(end - begin, 0)
    record = np.repeat(np.arange(len(count)), count)
    step = np.arange(len(record)) - np.repeat(np.cumsum(count) - count, count)
    piece = begin[record] + step
    border = meetings.along_border[record]
    leaf = np.concatenate([borders.left[border], borders.right[border]])
    piece = np.concatenate([piece, piece])
    inside = leaf >= 0
    pairs = np.unique(np.stack([piece[inside], leaf[inside]]), axis=1)
    return pairs[0], pairs[1]


def _within(segments: Segments, pieces: Pieces, meetings: _Meetings, beside: Ints, leaves: Leaves) -> tuple[Ints, Ints]:
    """Find the leaf that holds the middle of each piece that does not run along a border.

    Pieces that follow each other without meeting any border have the same holder: one of them is looked up.
    """
    n = len(pieces.segment)
    along = np.zeros(n, dtype=np.bool_)
    along[beside] = True
    met = np.zeros(len(segments.line), dtype=np.bool_)
    met[meetings.cut_segment] = True
    met[meetings.along_segment] = True
    breaks = met[pieces.segment] | along
    line = segments.line[pieces.segment]
    new = np.ones(n, dtype=np.bool_)
    new[1:] = breaks[1:] | breaks[:-1] | (line[1:] != line[:-1])
    run = np.cumsum(new) - 1
    asked = np.flatnonzero(new & ~along)
    middle = segments.at(pieces.segment[asked], (pieces.start[asked] + pieces.end[asked]) / 2)
    leaf = np.full(int(new.sum()), -1, dtype=np.int64)
    leaf[run[asked]] = _leaf_at(middle, leaves)
    of_piece = leaf[run]
    of_piece[along] = -1
    piece = np.flatnonzero(of_piece >= 0)
    return piece, of_piece[piece]


def _leaf_at(points: Floats, leaves: Leaves) -> Ints:
    """Return the leaf at each point, the first of several, −1 for none."""
    point, leaf = leaves.tree.query(shapely.points(points))
    candidates = leaves.polygons[leaf]
    shapely.prepare(candidates)
    inside = shapely.intersects_xy(candidates, points[point, 0], points[point, 1])
    out = np.full(len(points), len(leaves.polygons), dtype=np.int64)
    np.minimum.at(out, point[inside], leaf[inside])
    return np.where(out < len(leaves.polygons), out, -1)
