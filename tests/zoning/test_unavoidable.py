"""What no zones can go below: never above what the best ones come to, whatever touches whatever."""

from __future__ import annotations

from itertools import product

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.zoning.search import unavoidable


def least_of_all(weights: list[int], k: int, low: int, high: int) -> int:
    """Least violation over all ways to share weights among k zones, none empty."""
    best = sum(weights) + k * low
    for zones in product(range(k), repeat=len(weights)):
        if len(set(zones)) == k:
            totals = np.bincount(zones, weights, k)
            best = min(best, int((np.maximum(low - totals, 0) + np.maximum(totals - high, 0)).sum()))
    return best


@settings(max_examples=150, deadline=None)
@given(st.lists(st.integers(0, 14), min_size=1, max_size=6), st.integers(1, 4), st.integers(0, 8), st.integers(0, 8))
def test_nothing_goes_below_it(weights: list[int], k: int, low: int, more: int) -> None:
    k = min(k, len(weights))
    assert unavoidable(np.array(weights), k, low, low + more) <= least_of_all(weights, k, low, low + more)


def test_large_buildings_that_share_no_zone_leave_too_few_for_the_others() -> None:
    weights = [100, 87, 60, *[4] * 51]
    # three zones hold 247, six more of 50 each are wanted, and 204 households are left
    assert unavoidable(np.array(weights), 9, 50, 100) == 6 * 50 - 204
    assert unavoidable(np.array(weights), 6, 50, 100) == 0
