"""Pieces of points and lines that each have the same holders throughout, and their shares at one level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.elements.leaves import totals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo_grid.elements.leaves import Leaves

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Geometries = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Held:
    """Pieces and the leaves that hold them.

    Parameters
    ----------
    element : ndarray of int64, shape (p,)
        Element of each piece, non-decreasing.
    amount : ndarray of float64, shape (p,)
        Metres, or 1 for a point.
    pair_piece, pair_leaf : ndarray of int64, shape (q,)
        Which leaf holds which piece; a piece on a border has several, a piece outside all areas none.
    """

    element: Ints
    amount: Floats
    pair_piece: Ints
    pair_leaf: Ints

    def outside(self, elements: int) -> Floats:
        """Return how much of each element nobody holds.

        Parameters
        ----------
        elements : int
            Number of elements.

        Returns
        -------
        ndarray of float64, shape (elements,)
            Metres or points.
        """
        alone = np.ones(len(self.element), dtype=np.bool_)
        alone[self.pair_piece] = False
        return totals(self.element[alone], self.amount[alone], elements)


@dataclass(frozen=True, slots=True)
class LevelShares:
    """Shares of one level.

    Parameters
    ----------
    element : ndarray of int64, shape (s,)
        Element of each share.
    holder : ndarray of int64, shape (s,)
        Number of the grid at the level.
    measure, held : ndarray of float64, shape (s,)
        Counted and looked after, as in the table ``element_shares``.
    geometry : ndarray, shape (s,)
        What the grid looks after.
    """

    element: Ints
    holder: Ints
    measure: Floats
    held: Floats
    geometry: Geometries


@dataclass(frozen=True, slots=True)
class LevelPairs:
    """Who holds which piece at one level, sorted by element, holder and piece.

    Parameters
    ----------
    piece : ndarray of int64, shape (q,)
        Pieces, each once a holder.
    share : ndarray of int64, shape (q,)
        Which share each pair belongs to, 0 … s − 1.
    element, owner : ndarray of int64, shape (s,)
        Element and holder of each share.
    measure, held : ndarray of float64, shape (s,)
        As in :class:`LevelShares`.
    """

    piece: Ints
    share: Ints
    element: Ints
    owner: Ints
    measure: Floats
    held: Floats


def pairs_by_level(held: Held, leaves: Leaves) -> Iterator[tuple[int, LevelPairs]]:
    """Lift the pairs of pieces and leaves to each level, coarsest first.

    A piece with several holders of level 1 is split evenly among them, and what each of them has evenly among those
    of its children that hold the piece. So what the children count always adds up to what their parent counts.

    Parameters
    ----------
    held : Held
        Pieces and leaves.
    leaves : Leaves
        Who holds the leaves at each level.

    Yields
    ------
    tuple of int and LevelPairs
        Level and its pairs; two leaves of one grid are one holder.
    """
    above = held.pair_piece  # for each pair of piece and leaf, which pair of the level above it comes from
    weight = np.ones(len(held.element))
    for level, holder in leaves.holder.items():
        count = max(len(leaves.codes[level]), 1)
        key, first, back = np.unique(
            held.pair_piece * count + holder[held.pair_leaf], return_index=True, return_inverse=True
        )
        parent = above[first]
        weight = weight[parent] / np.bincount(parent, minlength=len(weight))[parent]
        above = back
        piece, owner = np.divmod(key, count)
        yield level, _grouped(held, piece, owner, weight)


def _grouped(held: Held, piece: Ints, holder: Ints, weight: Floats) -> LevelPairs:
    """Sort pairs by element, holder and piece, and add up the shares."""
    element = held.element[piece]
    order = np.lexsort((piece, holder, element))
    piece, holder, element = piece[order], holder[order], element[order]
    amount = held.amount[piece]
    first = np.ones(len(piece), dtype=np.bool_)
    first[1:] = (element[1:] != element[:-1]) | (holder[1:] != holder[:-1])
    share, count = np.cumsum(first) - 1, int(first.sum())
    measure = totals(share, amount * weight[order], count)
    return LevelPairs(piece, share, element[first], holder[first], measure, totals(share, amount, count))
