"""Power diagrams of given areas, in coordinates bent by noise so that no border is straight."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


class Warp:
    """A smooth bend of the plane: waves of several lengths."""

    def __init__(self, rng: np.random.Generator, longest: float = 40_000.0, octaves: int = 5) -> None:
        length = np.repeat(longest / 2.0 ** np.arange(octaves), 3)
        angle = rng.uniform(0, 2 * np.pi, len(length))
        self.wave = np.column_stack((np.cos(angle), np.sin(angle))) * (2 * np.pi / length)[:, None]
        self.phase = rng.uniform(0, 2 * np.pi, len(length))
        self.shift = rng.standard_normal((len(length), 2)) * (0.03 * length)[:, None]

    def __call__(self, xy: Floats) -> Floats:
        """Return where each point is bent to."""
        out = np.array(xy, dtype=np.float64)
        for wave, phase, shift in zip(self.wave, self.phase, self.shift, strict=True):
            out += np.sin(xy @ wave + phase)[:, None] * shift
        return out


def distances(points: Floats, seeds: Floats, weight: Floats) -> Floats:
    """Return the power of each point to each seed, shape (n, k)."""
    origin = seeds.mean(axis=0)  # squares of large coordinates would lose their digits
    p, s = points - origin, seeds - origin
    squares = np.einsum("ij,ij->i", p, p)
    return np.asarray(squares[:, None] - 2.0 * (p @ s.T) + (np.einsum("ij,ij->i", s, s) - weight))


def nearest(points: Floats, seeds: Floats, weight: Floats) -> Ints:
    """Return the seed of least power for each point."""
    return distances(points, seeds, weight).argmin(axis=1).astype(np.int64)


def fit(points: Floats, seeds: Floats, target: Floats, weight: Floats | None = None, rounds: int = 40) -> Floats:
    """Find weights that give each seed its share of the points; ``target`` in square metres, all points alike."""
    mass = target.sum() / len(points)
    weight = target / np.pi if weight is None else weight.copy()
    best, least = weight, np.inf
    for _ in range(rounds):
        got = np.bincount(nearest(points, seeds, weight), minlength=len(seeds)) * mass
        error = float(np.abs(got / target - 1).max()) + 100.0 * np.count_nonzero(got == 0)
        if error < least:
            best, least = weight.copy(), error
        weight = _awake(seeds, weight + 0.35 * (target - got), got == 0, target)
    return best


def _awake(seeds: Floats, weight: Floats, empty: NDArray[np.bool_], target: Floats) -> Floats:
    """Give seeds that got nothing weight enough to hold at least their own place."""
    if not empty.any():
        return weight
    others = -distances(seeds, seeds, weight)
    np.fill_diagonal(others, -np.inf)
    return np.where(empty, np.maximum(weight, others.max(axis=1) + 0.3 * target), weight)


def divide(
    points: Floats, seeds: Floats, target: Floats, fixed: NDArray[np.bool_] | None = None, lloyd: int = 6
) -> tuple[Floats, Floats]:
    """Move seeds, save fixed ones, to the middle of what they get; then fit the weights.

    Returns
    -------
    seeds : ndarray of float64, shape (k, 2)
        Where they came to.
    weight : ndarray of float64, shape (k,)
        Their weights.
    """
    weight = None
    for _ in range(lloyd):
        weight = fit(points, seeds, target, weight, rounds=8)
        label = nearest(points, seeds, weight)
        count = np.bincount(label, minlength=len(seeds))
        middle = np.column_stack([np.bincount(label, points[:, axis], len(seeds)) for axis in (0, 1)])
        some = (count > 0) & ~(np.zeros(len(seeds), dtype=bool) if fixed is None else fixed)
        seeds = np.where(some[:, None], middle / np.maximum(count, 1)[:, None], seeds)
        for lost in np.flatnonzero(count == 0):  # it lies off the points: start again where there are too many
            richest = int((count / target).argmax())
            theirs = points[label == richest]
            seeds[lost] = theirs[np.hypot(*(theirs - seeds[richest]).T).argmax()]
            weight[lost] = weight[richest]
    return seeds, fit(points, seeds, target, weight, rounds=80)
