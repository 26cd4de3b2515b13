"""Points: wells, shafts, whatever is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.elements.pieces import Held, LevelShares, pairs_by_level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo_grid.elements.leaves import Leaves

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Geometries = NDArray[Any]


class Points:
    """Points and the grids that hold them; a point on a border is held by all grids there, each counting its part.

    Parameters
    ----------
    element : ndarray of int64, shape (e,)
        Numbers of the elements.
    geometry : ndarray of Point or MultiPoint, shape (e,)
        Their points.
    leaves : Leaves
        The finest grids.
    tol : float
        Distance (m) within which a point lies on a border.
    """

    def __init__(self, element: Ints, geometry: Geometries, leaves: Leaves, tol: float) -> None:
        self._points, index = shapely.get_parts(geometry, return_index=True)
        self._leaves = leaves
        pair = leaves.tree.query(self._points, predicate="dwithin", distance=tol)
        self.held = Held(element[index], np.ones(len(index)), pair[0].astype(np.int64), pair[1].astype(np.int64))

    def outside(self, elements: int) -> Floats:
        """Return how many points of each element lie outside all areas.

        Parameters
        ----------
        elements : int
            Number of elements.

        Returns
        -------
        ndarray of float64, shape (elements,)
            Points.
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
            geometry = shapely.multipoints(self._points[pairs.piece], indices=pairs.share)
            yield level, LevelShares(pairs.element, pairs.owner, pairs.measure, pairs.held, single(geometry))


def single(geometry: Geometries) -> Geometries:
    """Turn collections of one part into that part.

    Parameters
    ----------
    geometry : ndarray of MultiPoint, MultiLineString or MultiPolygon
        Collections.

    Returns
    -------
    ndarray
        The same, simpler where possible.
    """
    alone = shapely.get_num_geometries(geometry) == 1
    out = geometry.copy()
    out[alone] = shapely.get_geometry(geometry[alone], 0)
    return out
