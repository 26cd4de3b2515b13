"""Fans: a walk along a cell's rim, with a hub inside for each step, that a cell is sliced along.

A cell that one point sees whole has that point as its only hub, and slices are wedges. Any other cell is cut into
triangles; where a chord between two triangles meets the rim, the walk turns in over the chord's middle and back:

    …→ rim → p (hub A), p → m (hub A), m → p (hub B), p → rim … rim → q (hub B), q → m (hub B), m → q (hub A), q → rim …

The fan triangles (start, end, hub) of all steps tile the cell, and each shares an edge with the next. So whatever
stretch of the walk a slice takes, it is one piece, it reaches the rim, and it touches the slices before and after. Around
a hole the chain of triangles closes: one chord is then a wall, walked along on both sides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from geo_grid.cells.hubs import find_hubs
from geo_grid.cells.sight import seen_stretches
from geo_grid.cells.tour import walk_triangles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.cells.build import Cells

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]


#: A rim edge of fewer cut steps than this is not cut.
MIN_STEPS = 8


@dataclass(frozen=True, slots=True)
class Fans:
    """Walks around cells, one after the other.

    Parameters
    ----------
    cell : ndarray of int64, shape (f,)
        The cells, increasing.
    ptr : ndarray of int64, shape (f + 1,)
        Where each cell's steps start.
    start : ndarray of float64, shape (w, 2)
        Where each step starts; it ends where the next one of the cell starts.
    hub : ndarray of float64, shape (w, 2)
        Hub of each step.
    segment : ndarray of int64, shape (w,)
        Border segment of each step, −1 for a step inside the cell.
    flip : ndarray of bool, shape (w,)
        Whether the step runs against its segment.
    seen : ndarray of float64, shape (w, 2)
        Metres from the step's start between which the rim may be cut, and counts when the cell is shared out; both 0
        for steps inside, and for edges that are too short or out of the hub's sight.
    star : ndarray of bool, shape (f,)
        Whether a cell has a single hub.
    contact : ndarray of int64, shape (k, 2)
        Pairs of steps whose triangles share an edge inside the cell without being neighbours in the walk.
    contact_length : ndarray of float64, shape (k,)
        Metres of that edge.
    """

    cell: Ints
    ptr: Ints
    start: Floats
    hub: Floats
    segment: Ints
    flip: Bools
    seen: Floats
    star: Bools
    contact: Ints
    contact_length: Floats

    @property
    def walk(self) -> Ints:
        """Walk each step belongs to, shape (w,)."""
        return np.repeat(np.arange(len(self.cell)), np.diff(self.ptr))

    @property
    def measure(self) -> Floats:
        """Metres of rim that count of each step, shape (w,)."""
        return self.seen[:, 1] - self.seen[:, 0]

    @property
    def end(self) -> Floats:
        """Where each step ends, shape (w, 2)."""
        return step_ends(self.start, self.ptr)


def step_ends(start: Floats, ptr: Ints) -> Floats:
    """Return where the steps of closed walks end.

    Parameters
    ----------
    start : ndarray of float64, shape (w, 2)
        Where each step starts.
    ptr : ndarray of int64, shape (f + 1,)
        Where each walk's steps start.

    Returns
    -------
    ndarray of float64, shape (w, 2)
        The start of the next step of the walk.
    """
    following = np.arange(1, len(start) + 1)
    following[ptr[1:] - 1] = ptr[:-1]
    return start[following]


def build_fans(cells: Cells, which: Ints, cut_step: float) -> Fans:
    """Make the walks of some cells.

    Parameters
    ----------
    cells : Cells
        The cells of an area.
    which : ndarray of int64, shape (f,)
        Cells to be sliced, increasing.
    cut_step : float
        Cuts stand at multiples of this (m); shorter edges are not cut.

    Returns
    -------
    Fans
        Their walks.
    """
    hubs = find_hubs(cells.polygons[which])
    first, last = (np.searchsorted(cells.rings.polygon, which, side) for side in ("left", "right"))
    size = last - first
    walks = {}
    for at in np.flatnonzero(np.isnan(hubs[:, 0])):
        span = slice(first[at], last[at])
        walks[at] = walk_triangles(cells.polygons[which[at]], cells.rings.start[span], cells.rings.ring[span])
        size[at] = len(walks[at].edge)
    ptr = np.concatenate(([0], np.cumsum(size))).astype(np.int64)
    owner = np.repeat(np.arange(len(which)), size)
    edge = first[owner] + np.arange(ptr[-1]) - ptr[owner]
    hub = hubs[owner]
    inner_start = np.empty((len(owner), 2))
    contact, contact_length = [np.zeros((0, 2), dtype=np.int64)], [np.zeros(0)]
    for at, walk in walks.items():
        span = slice(ptr[at], ptr[at + 1])
        steps = np.array(walk.edge, dtype=np.int64)
        edge[span] = np.where(steps >= 0, steps + first[at], -1)
        inner_start[span], hub[span] = walk.start, walk.hub
        contact.append(np.array(walk.contact, dtype=np.int64).reshape(-1, 2) + ptr[at])
        contact_length.append(np.array(walk.contact_length))
    on_rim = edge >= 0
    start = np.where(on_rim[:, None], cells.rings.start[edge], inner_start)
    segment = np.where(on_rim, cells.segments.edge_segment[edge], -1)
    flip = on_rim & cells.segments.edge_flip[edge]
    star = ~np.isnan(hubs[:, 0])
    seen = _seen(start, hub, ptr, star)
    seen[~on_rim | (seen[:, 1] - seen[:, 0] < MIN_STEPS * cut_step)] = 0.0
    return Fans(
        which, ptr, start, hub, segment, flip, seen, star, np.concatenate(contact), np.concatenate(contact_length)
    )


def _seen(start: Floats, hub: Floats, ptr: Ints, star: Bools) -> Floats:
    """Return which stretch of each step can be cut."""
    if not len(start):
        return np.zeros((0, 2))
    new = np.concatenate(([True], (hub[1:] != hub[:-1]).any(axis=1)))
    new[ptr[:-1]] = True
    closed = np.repeat(star, np.diff(ptr))[new]
    return seen_stretches(start, step_ends(start, ptr), hub, np.cumsum(new) - 1, closed=closed)
