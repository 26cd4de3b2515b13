"""Which places somebody came near to, in compiled loops: a city has millions of places and of steps that people walked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Cells of a raster along its longer side at most.
_MOST_CELLS = 1_500

#: Places in a row that share a box.
_BLOCK = 32


def pass_by(
    day: NDArray[np.int64], place: NDArray[np.float64], steps: NDArray[np.float64], on: NDArray[np.int64], far: float
) -> None:
    """Note the latest day on which somebody walked near to each place.

    Parameters
    ----------
    day : ndarray of int64, shape (n,)
        Days of the places so far; later ones are written into it.
    place : ndarray of float64, shape (n, 2)
        Where they are.
    steps : ndarray of float64, shape (k, 4)
        Straight steps, from x, y to x, y; who only stood somewhere came from there. The latest first: it is quicker.
    on : ndarray of int64, shape (k,)
        Day of each step.
    far : float
        Distance that is near.
    """
    if not len(place) or not len(steps):
        return
    low, high = (np.array([each(place[:, 0]), each(place[:, 1])]) for each in (np.min, np.max))
    side = max(far, float((high - low).max()) / _MOST_CELLS, 1.0)
    columns, rows = (int(each) + 1 for each in (high - low) // side)
    order, start = _sorted_by_cell(place, low, side, columns, rows)
    inside = day[order]
    _pass_by(inside, place[order], start, columns, rows, low, side, steps, on, far)
    day[order] = inside


@njit(cache=True)
def _sorted_by_cell(
    place: NDArray[np.float64], low: NDArray[np.float64], side: float, columns: int, rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return places in the order of the raster's cells, row by row, and where each cell begins."""
    cell = np.empty(len(place), np.int64)
    start = np.zeros(columns * rows + 1, np.int64)
    for at in range(len(place)):
        column, row = int((place[at, 0] - low[0]) // side), int((place[at, 1] - low[1]) // side)
        cell[at] = row * columns + column
        start[cell[at] + 1] += 1
    for at in range(len(start) - 1):
        start[at + 1] += start[at]
    order, free = np.empty(len(place), np.int64), start.copy()
    for at in range(len(place)):
        order[free[cell[at]]] = at
        free[cell[at]] += 1
    return order, start


@njit(cache=True)
def _pass_by(
    day: NDArray[np.int64],
    place: NDArray[np.float64],
    start: NDArray[np.int64],
    columns: int,
    rows: int,
    low: NDArray[np.float64],
    side: float,
    steps: NDArray[np.float64],
    on: NDArray[np.int64],
    far: float,
) -> None:
    for step in range(len(steps)):
        x, y, dx, dy = steps[step, 0], steps[step, 1], steps[step, 2] - steps[step, 0], steps[step, 3] - steps[step, 1]
        left = int((min(x, x + dx) - far - low[0]) // side)
        right = int((max(x, x + dx) + far - low[0]) // side)
        below = int((min(y, y + dy) - far - low[1]) // side)
        above = int((max(y, y + dy) + far - low[1]) // side)
        if right < 0 or above < 0 or left >= columns or below >= rows:
            continue
        left, right, length = max(left, 0), min(right, columns - 1), dx * dx + dy * dy
        for row in range(max(below, 0), min(above, rows - 1) + 1):
            # cells of a row are beside each other, so their places are too
            for at in range(start[row * columns + left], start[row * columns + right + 1]):
                if day[at] >= on[step]:
                    continue
                px, py = place[at, 0] - x, place[at, 1] - y
                part = 0.0 if length == 0.0 else min(max((px * dx + py * dy) / length, 0.0), 1.0)
                px, py = px - part * dx, py - part * dy
                if px * px + py * py <= far * far:
                    day[at] = on[step]


def see_named(
    day: NDArray[np.int64],
    place: NDArray[np.float64],
    element: NDArray[np.int64],
    far: NDArray[np.float64],
    where: NDArray[np.float64],
    named: NDArray[np.int64],
    on: NDArray[np.int64],
) -> None:
    """Note the latest day on which somebody stood near to each place and named its element.

    Parameters
    ----------
    day : ndarray of int64, shape (n,)
        Days of the places so far; later ones are written into it.
    place : ndarray of float64, shape (n, 2)
        Where they are.
    element : ndarray of int64, shape (n,)
        Element of each.
    far : ndarray of float64, shape (n,)
        Distance that is near to each.
    where : ndarray of float64, shape (k, 2)
        Where somebody stood.
    named : ndarray of int64, shape (k,)
        Which element they named.
    on : ndarray of int64, shape (k,)
        On which day.
    """
    if not len(place) or not len(where):
        return
    order = np.argsort(element, kind="stable")
    start = np.searchsorted(element[order], np.arange(max(int(element.max()), int(named.max())) + 2))
    late = np.argsort(-on, kind="stable")
    inside = day[order]
    _see_named(inside, place[order], start, far[order], where[late], named[late], on[late])
    day[order] = inside


@njit(cache=True)
def _see_named(
    day: NDArray[np.int64],
    place: NDArray[np.float64],
    start: NDArray[np.int64],
    far: NDArray[np.float64],
    where: NDArray[np.float64],
    named: NDArray[np.int64],
    on: NDArray[np.int64],
) -> None:
    # places of an element follow each other along it: a box around a few of them spares looking at most
    count = (len(place) + _BLOCK - 1) // _BLOCK
    box = np.empty((count, 4))
    for block in range(count):
        box[block, 0] = box[block, 1] = np.inf
        box[block, 2] = box[block, 3] = -np.inf
        for at in range(block * _BLOCK, min((block + 1) * _BLOCK, len(place))):
            box[block, 0] = min(box[block, 0], place[at, 0] - far[at])
            box[block, 1] = min(box[block, 1], place[at, 1] - far[at])
            box[block, 2] = max(box[block, 2], place[at, 0] + far[at])
            box[block, 3] = max(box[block, 3], place[at, 1] + far[at])
    for record in range(len(where)):
        x, y = where[record, 0], where[record, 1]
        first, end = start[named[record]], start[named[record] + 1]
        for block in range(first // _BLOCK, (end + _BLOCK - 1) // _BLOCK):
            if x < box[block, 0] or y < box[block, 1] or x > box[block, 2] or y > box[block, 3]:
                continue
            for at in range(max(block * _BLOCK, first), min((block + 1) * _BLOCK, end)):
                dx, dy = place[at, 0] - x, place[at, 1] - y
                if day[at] < on[record] and dx * dx + dy * dy <= far[at] * far[at]:
                    day[at] = on[record]
