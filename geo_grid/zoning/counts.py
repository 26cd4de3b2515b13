"""Arithmetic of bands: how many zones a number of households can make, and how many each component gets."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def band_violation(households: int, k: int, low: int, high: int) -> int:
    """Return the least violation that arithmetic alone allows.

    Parameters
    ----------
    households : int
        Households to share out.
    k : int
        Number of zones.
    low, high : int
        Band of a zone.

    Returns
    -------
    int
        0 if k·low ≤ households ≤ k·high, else the distance.
    """
    return max(0, k * low - households, households - k * high)


def candidate_counts(households: int, nodes: int, low: int, high: int) -> Iterator[int]:
    """Yield numbers of zones, the most promising first.

    Parameters
    ----------
    households : int
        Households of a component.
    nodes : int
        Nodes of the component; no more zones than that.
    low, high : int
        Band of a zone.

    Yields
    ------
    int
        Each k in 1 … nodes: least arithmetic violation first, then mean zone size nearest the band's middle.
    """
    middle = max((low + high) / 2, 0.5)
    best = min(max(1, round(households / middle)), max(nodes, 1))

    def key(k: int) -> tuple[int, float, int]:
        return band_violation(households, k, low, high), abs(households / k - middle), k

    # The key falls towards its minimum and rises after it on both sides, so two fingers walk outwards from it.
    while best > 1 and key(best - 1) < key(best):
        best -= 1
    while best < nodes and key(best + 1) < key(best):
        best += 1
    left, right = best, best + 1
    while left >= 1 or right <= nodes:
        if right > nodes or (left >= 1 and key(left) <= key(right)):
            yield left
            left -= 1
        else:
            yield right
            right += 1


def share_counts(households: list[int], nodes: list[int], k: int, low: int, high: int) -> list[int]:
    """Share k zones among components.

    Parameters
    ----------
    households, nodes : list of int
        Households and nodes of each component.
    k : int
        Zones in all; at least one a component and at most one a node are given whatever k says.
    low, high : int
        Band of a zone.

    Returns
    -------
    list of int
        Zones of each component: least total arithmetic violation, then sizes nearest the band's middle. Both are
        convex in each component's number, so giving out zones one by one, to the greatest gain, is exact.
    """
    middle = (low + high) / 2
    given = [1] * len(nodes)

    def cost(i: int, j: int) -> tuple[int, float]:
        spread = (households[i] - j * middle) ** 2 / j
        return band_violation(households[i], j, low, high), spread

    def gain(i: int) -> tuple[int, float, int]:
        now, then = cost(i, given[i]), cost(i, given[i] + 1)
        return then[0] - now[0], then[1] - now[1], i

    queue = [gain(i) for i in range(len(nodes)) if nodes[i] > 1]
    heapq.heapify(queue)
    for _ in range(k - len(nodes)):
        if not queue:
            break
        i = heapq.heappop(queue)[2]
        given[i] += 1
        if given[i] < nodes[i]:
            heapq.heappush(queue, gain(i))
    return given
