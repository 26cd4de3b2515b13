"""Connected pieces of equal labels: of rows by plain breadth-first search, of loose edges by joining sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from numpy.typing import NDArray

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


@njit(cache=True)
def root_of(root: Ints, i: int) -> int:
    """Return the first node of a set, and shorten the way to it."""
    while root[i] != i:
        root[i] = root[root[i]]
        i = root[i]
    return i


@njit(cache=True)
def join(root: Ints, a: int, b: int) -> bool:
    """Join the sets of two nodes under the earlier first node; return whether they were two."""
    a, b = root_of(root, a), root_of(root, b)
    root[max(a, b)] = min(a, b)
    return a != b


@njit(cache=True)
def join_edges(n: int, u: Ints, v: Ints, labels: Ints) -> Ints:
    """Give connected nodes of equal labels numbers in the order of their first node; −1 where the label is below 0."""
    root = np.arange(n)
    for e in range(len(u)):
        if labels[u[e]] == labels[v[e]]:
            join(root, u[e], v[e])
    part = np.full(n, -1, np.int64)
    made = 0
    for i in range(n):
        if labels[i] < 0:
            continue
        if root[i] == i:
            part[i] = made
            made += 1
        else:  # the first node of a set comes before all others
            part[i] = part[root_of(root, i)]
    return part


@njit(cache=True)
def keep_joining(u: Ints, v: Ints, labels: Ints, kept: NDArray[np.bool_], order: Ints) -> None:
    """Keep those further edges, tried in order, without which equal labels would stay in several pieces; in place."""
    root = np.arange(len(labels))
    for e in range(len(u)):
        if kept[e] and labels[u[e]] == labels[v[e]]:
            join(root, u[e], v[e])
    for e in order:
        if labels[u[e]] == labels[v[e]] and join(root, u[e], v[e]):
            kept[e] = True
