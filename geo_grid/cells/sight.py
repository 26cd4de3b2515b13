"""Which stretches of a walk may be cut: those that the hub sees, with nothing of the rim before or behind them.

Noding leaves short edges that may point anywhere, also back as seen from the hub. A cut that starts in such a fold, or in
its shadow, would cross the rim.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Cuts keep this far (m) off a fold's shadow, or a quarter of what is left of the edge.
_CLEAR = 1e-3
#: Angles that are added up differ by less than this (radians) for rounding alone.
_NOISE = 1e-12


def seen_stretches(start: Floats, end: Floats, hub: Floats, fan: Ints, *, closed: NDArray[np.bool_]) -> Floats:
    """Return which stretch of each step can be cut.

    Parameters
    ----------
    start, end, hub : ndarray of float64, shape (w, 2)
        Ends and hub of each step, metres; the hub lies to the left.
    fan : ndarray of int64, shape (w,)
        Steps that follow each other around one hub carry one number, never decreasing.
    closed : ndarray of bool, shape (number of fans,)
        Whether a fan goes all the way around its hub.

    Returns
    -------
    ndarray of float64, shape (w, 2)
        Metres from the step's start to the first and the last point that may be cut; equal where none may.
    """
    a, b = start - hub, end - hub
    length = np.hypot(*(end - start).T)
    cross = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    turn = np.arctan2(cross, (a * b).sum(axis=1))
    seen = np.column_stack((np.zeros(len(start)), length))
    for folded in np.unique(fan[cross <= 0]):
        first, last = np.searchsorted(fan, [folded, folded + 1])
        span = slice(first, last)
        low, high = _clear_angles(turn[span], closed=bool(closed[folded]))
        seen[span] = _along(a[span], b[span], low, high, turn[span]) * length[span, None]
    return seen


def _clear_angles(turn: Floats, *, closed: bool) -> tuple[Floats, Floats]:
    """Return the angles (from each step's start) between which nothing else of the fan lies."""
    rounds = 3 if closed else 1  # a closed fan is walked thrice: what matters is how the middle round looks
    angle = np.concatenate(([0.0], np.cumsum(np.tile(turn, rounds))))
    highest = np.maximum.accumulate(angle)[:-1]
    lowest = np.minimum.accumulate(angle[::-1])[::-1][1:]
    middle = slice(len(turn), 2 * len(turn)) if closed else slice(0, len(turn))
    here = angle[:-1][middle]
    return highest[middle] - here, lowest[middle] - here


def _along(a: Floats, b: Floats, low: Floats, high: Floats, turn: Floats) -> Floats:
    """Turn angles into shares of the steps' lengths, clear of what they were cut back for."""
    shares = np.zeros((len(a), 2))
    for column, angle in enumerate((low, high)):
        x = np.cos(angle) * a[:, 0] - np.sin(angle) * a[:, 1]
        y = np.sin(angle) * a[:, 0] + np.cos(angle) * a[:, 1]
        over_a, over_b = x * a[:, 1] - y * a[:, 0], x * b[:, 1] - y * b[:, 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            shares[:, column] = over_a / (over_a - over_b)
    hidden = (turn <= 0) | (high <= low) | ~np.isfinite(shares).all(axis=1)
    from_start, to_end = low <= _NOISE, high >= turn - _NOISE
    shares[from_start, 0], shares[to_end, 1] = 0.0, 1.0
    shares[hidden] = 0.0
    left = shares[:, 1] - shares[:, 0]
    length = np.hypot(*(b - a).T)
    clear = np.minimum(_CLEAR / np.maximum(length, _CLEAR), left / 4)
    shares[:, 0] += np.where(from_start | hidden, 0.0, clear)
    shares[:, 1] -= np.where(to_end | hidden, 0.0, clear)
    return shares
