"""Connected pieces of equal labels, by plain breadth-first search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from geo_grid.zoning.graph import Ints


@njit(cache=True)
def flood(indptr: Ints, indices: Ints, labels: Ints) -> tuple[Ints, int]:
    """Give pieces of equal labels numbers in the order of their first node; return them and how many there are."""
    n = len(indptr) - 1
    piece = np.full(n, -1, np.int64)
    queue = np.empty(n, np.int64)
    made = 0
    for root in range(n):
        if piece[root] >= 0:
            continue
        piece[root] = made
        queue[0] = root
        head, tail = 0, 1
        while head < tail:
            v = queue[head]
            head += 1
            for e in range(indptr[v], indptr[v + 1]):
                u = indices[e]
                if piece[u] < 0 and labels[u] == labels[v]:
                    piece[u] = made
                    queue[tail] = u
                    tail += 1
        made += 1
    return piece, made
