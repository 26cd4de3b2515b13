"""Lines: cut where they cross a grid's border, held by both sides where they run along one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.elements.cutting import cut, segments_of
from geo_grid.elements.leaves import borders_of
from geo_grid.elements.pieces import Held, LevelShares, pairs_by_level
from geo_grid.elements.points import single

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo_grid.elements.leaves import Leaves
    from geo_grid.elements.pieces import LevelPairs

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Geometries = NDArray[Any]


class Lines:
    """Lines cut into pieces, and the grids that hold them.

    Parameters
    ----------
    element : ndarray of int64, shape (e,)
        Numbers of the elements, rising.
    geometry : ndarray of LineString or MultiLineString, shape (e,)
        Their lines.
    leaves : Leaves
        The finest grids.
    tol : float
        Distance (m) within which a line runs along a border.
    """

    def __init__(self, element: Ints, geometry: Geometries, leaves: Leaves, tol: float) -> None:
        lines, of_line = shapely.get_parts(geometry, return_index=True)
        segments = segments_of(lines)
        near = np.unique(leaves.tree.query(segments.boxes(tol))[1])
        pieces, pair_piece, pair_leaf = cut(segments, borders_of(leaves, near), leaves, tol)
        amount = (pieces.end - pieces.start) * segments.length[pieces.segment]
        line = segments.line[pieces.segment]
        self.held = Held(element[of_line[line]], amount, pair_piece, pair_leaf)
        self._leaves = leaves
        self._line = line
        self._from = segments.at(pieces.segment, pieces.start)
        self._to = segments.at(pieces.segment, pieces.end)
        self._to_vertex = pieces.end == 1.0

    def outside(self, elements: int) -> Floats:
        """Return how much of each element lies outside all areas.

        Parameters
        ----------
        elements : int
            Number of elements.

        Returns
        -------
        ndarray of float64, shape (elements,)
            Metres.
        """
        return self.held.outside(elements)

    def shares(self) -> Iterator[tuple[int, LevelShares]]:
        """Yield the shares of every level.

        Yields
        ------
        tuple of int and LevelShares
            Level and its shares.
        """
        for level, pairs in pairs_by_level(self.held, self._leaves):
            yield level, LevelShares(pairs.element, pairs.owner, pairs.measure, pairs.held, self._geometry(pairs))

    def _geometry(self, pairs: LevelPairs) -> Geometries:
        """Join pieces that follow each other; cuts that the level does not need leave no vertex."""
        piece, share = pairs.piece, pairs.share
        new = np.ones(len(piece), dtype=np.bool_)
        new[1:] = (share[1:] != share[:-1]) | (piece[1:] != piece[:-1] + 1)
        new[1:] |= self._line[piece[1:]] != self._line[piece[:-1]]
        ends = self._to_vertex[piece].copy()
        ends[:-1] |= new[1:]
        ends[-1:] = True
        run = np.cumsum(new) - 1
        points = np.stack([self._from[piece], self._to[piece]], axis=1).reshape(-1, 2)
        used = np.stack([new, ends], axis=1).ravel()
        lines = shapely.linestrings(points[used], indices=np.repeat(run, 2)[used])
        return single(shapely.multilinestrings(lines, indices=share[new]))
