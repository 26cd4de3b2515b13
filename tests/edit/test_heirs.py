"""Which old grid a new one goes on with where it has most of several."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from geo_grid.edit.recode import heirs_of

if TYPE_CHECKING:
    from collections.abc import Callable

OLD = np.array([0, 0, 0, 1, 1, 2, 2, 2])
NEW = np.array([0, 0, 0, 0, 0, 0, 1, 1])
ONES = np.ones(len(OLD), dtype=np.int64)


def anyone(_new: int, _old: int) -> bool:
    return True


def test_merged_grids_go_on_as_somebody_wants_or_with_the_one_that_gives_most() -> None:
    assert heirs_of(OLD, NEW, ONES, np.array([1, -1])) == {0: 1, 1: 2}
    assert heirs_of(OLD, NEW, ONES, np.array([1, -1]), anyone) == {0: 0, 1: 2}


def test_one_whose_code_fits_goes_before_one_that_gives_more() -> None:
    assert heirs_of(OLD, NEW, ONES, None, lambda _new, old: old != 0) == {0: 1, 1: 2}
    assert heirs_of(OLD, NEW, ONES, None, lambda _new, _old: False) == {0: 0, 1: 2}, "it goes on under another code"


def test_who_came_does_not_count() -> None:
    weight = np.where(np.arange(len(OLD)) < 2, 0, 1)  # two of the three of grid 0 are new
    assert heirs_of(OLD, NEW, weight, np.array([-1, -1]), anyone) == {0: 1, 1: 2}


@pytest.mark.parametrize("fits", [None, anyone])
def test_a_wish_counts_among_those_only_that_may_go_on(fits: Callable[[int, int], bool] | None) -> None:
    assert heirs_of(OLD, NEW, ONES, np.array([2, -1]), fits) == {0: 0, 1: 2}
