"""Which old grid a new one goes on with where it has most of several."""

from __future__ import annotations

import numpy as np
import pytest

from geo_grid.edit.recode import heirs_of

OLD = np.array([0, 0, 0, 1, 1, 2, 2, 2])
NEW = np.array([0, 0, 0, 0, 0, 0, 1, 1])
ONES = np.ones(len(OLD), dtype=np.int64)


@pytest.mark.parametrize(("chosen", "first"), [(True, 1), (False, 0)])
def test_merged_grids_go_on_as_somebody_wants_or_with_the_one_that_gives_most(chosen: bool, first: int) -> None:
    assert heirs_of(OLD, NEW, ONES, np.array([1, -1]), chosen=chosen) == {0: first, 1: 2}


def test_who_came_does_not_count() -> None:
    weight = np.where(np.arange(len(OLD)) < 2, 0, 1)  # two of the three of grid 0 are new
    assert heirs_of(OLD, NEW, weight, np.array([-1, -1]), chosen=False) == {0: 1, 1: 2}


@pytest.mark.parametrize("chosen", [True, False])
def test_a_wish_counts_among_those_only_that_may_go_on(chosen: bool) -> None:
    assert heirs_of(OLD, NEW, ONES, np.array([2, -1]), chosen=chosen) == {0: 0, 1: 2}
