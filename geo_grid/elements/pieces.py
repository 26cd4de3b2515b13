"""Pieces of points and lines that each have the same holders throughout, and their shares at one level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.elements.leaves import totals

if TYPE_CHECKING:
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
    piece, holder : ndarray of int64, shape (q,)
        The pairs, each once.
    share : ndarray of int64, shape (q,)
        Which share the pair belongs to, 0 … s − 1.
    element, owner : ndarray of int64, shape (s,)
        Element and holder of each share.
    measure, held : ndarray of float64, shape (s,)
        As in :class:`LevelShares`.
    """

    piece: Ints
    holder: Ints
    share: Ints
    element: Ints
    owner: Ints
    measure: Floats
    held: Floats


def pairs_at(held: Held, leaves: Leaves, level: int) -> LevelPairs:
    """Lift the pairs of pieces and leaves to one level; a piece with several holders is split evenly among them.

    Parameters
    ----------
    held : Held
        Pieces and leaves.
    leaves : Leaves
        Who holds the leaves at each level.
    level : int
        Level wanted.

    Returns
    -------
    LevelPairs
        Pairs of that level; two leaves of one grid count as one holder.
    """
    count = max(len(leaves.codes[level]), 1)
    key = np.unique(held.pair_piece * count + leaves.holder[level][held.pair_leaf])
    piece, holder = np.divmod(key, count)
    each = held.amount[piece] / np.bincount(piece, minlength=len(held.element))[piece]
    element = held.element[piece]
    order = np.lexsort((piece, holder, element))
    piece, holder, element, each = piece[order], holder[order], element[order], each[order]
    first = np.ones(len(piece), dtype=np.bool_)
    first[1:] = (element[1:] != element[:-1]) | (holder[1:] != holder[:-1])
    share = np.cumsum(first) - 1
    return LevelPairs(
        piece,
        holder,
        share,
        element[first],
        holder[first],
        totals(share, each, int(first.sum())),
        totals(share, held.amount[piece], int(first.sum())),
    )
