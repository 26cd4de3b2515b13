"""Numbers for neighbours, so that a map can paint them apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray


def colour_numbers(geometry: NDArray[Any]) -> list[int]:
    """Give touching polygons different numbers.

    Parameters
    ----------
    geometry : ndarray of geometry, shape (n,)
        Polygons of one level.

    Returns
    -------
    list of int
        Small numbers from 0; the same for the same polygons.
    """
    count = len(geometry)
    if count == 0:
        return []
    one, other = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    one, other = one[one != other], other[one != other]
    order = np.lexsort((other, one))
    near, start = other[order].tolist(), np.searchsorted(one[order], np.arange(count + 1)).tolist()
    number = [-1] * count
    # those with most neighbours choose first, while there is much to choose from
    for node in np.lexsort((np.arange(count), -np.diff(start))).tolist():
        taken = {number[beside] for beside in near[start[node] : start[node + 1]]}
        free = 0
        while free in taken:
            free += 1
        number[node] = free
    return number
