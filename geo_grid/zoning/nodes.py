"""Nodes a level is zoned by: whole buildings, chunks of large ones, or dwellings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from geo_grid.zoning.parts import run_starts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.zoning.graph import Ints
    from geo_grid.zoning.parts import Piece

#: A chunk holds about this share of the band's low end: fine enough to come into any band, few enough to stay fast.
CHUNKS_PER_LOW = 8


def chunk_size(low: int) -> int:
    """Return how many households a chunk of a building may hold.

    Parameters
    ----------
    low : int
        Low end of the band.

    Returns
    -------
    int
        Largest chunk, ≥ 1.
    """
    return max(1, low // CHUNKS_PER_LOW)


@njit(cache=True)
def _cut(
    start: NDArray[np.bool_], rank: Ints, chosen: NDArray[np.bool_], size: int
) -> NDArray[np.bool_]:  # pragma: no cover
    """Cut chosen runs into chunks of at most ``size``, each at the best rank in the second half of its window."""
    n = len(start)
    cut = start.copy()
    i = 0
    run = -1
    while i < n:
        run += 1
        end = i + 1
        while end < n and not start[end]:
            end += 1
        if chosen[run]:
            at = i
            while end - at > size:
                best = at + size
                for j in range(at + size - 1, at + (size + 1) // 2 - 1, -1):
                    if j > at and rank[j] > rank[best]:
                        best = j
                cut[best] = True
                at = best
        i = end
    return cut


def runs(piece: Piece) -> tuple[Ints, Ints]:
    """Return the runs of consecutive dwellings of a piece.

    Parameters
    ----------
    piece : Piece
        Its nodes.

    Returns
    -------
    run : ndarray of int64, shape (n,)
        Run of each node, non-decreasing.
    households : ndarray of int64, shape (r,)
        Households of each run.
    """
    run = np.cumsum(run_starts(piece)) - 1
    return run, np.bincount(run, weights=piece.weight).astype(np.int64)


def chunks(piece: Piece, chosen: NDArray[np.bool_], size: int) -> Ints:
    """Return nodes that keep runs whole, save chosen ones, which are cut into chunks.

    Parameters
    ----------
    piece : Piece
        Its nodes.
    chosen : ndarray of bool, shape (r,)
        Runs to cut.
    size : int
        Most households of a chunk; cuts prefer entrance ends, then floor ends.

    Returns
    -------
    ndarray of int64, shape (n,)
        Node of each local node of the piece, 0 … without gaps, non-decreasing.
    """
    return np.cumsum(_cut(run_starts(piece), piece.rank, chosen, size)) - 1
