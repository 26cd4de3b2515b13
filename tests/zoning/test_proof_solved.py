"""Where the search and the other proofs fall short, the exact solver settles it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from geo_grid.errors import MissingDependencyError
from geo_grid.policy import Band
from geo_grid.zoning import exact
from geo_grid.zoning.build import from_edges
from geo_grid.zoning.proof import _solved

if TYPE_CHECKING:
    import pytest


def spider(legs: int, length: int):
    """A centre with legs: every zone but one lies in a leg, so legs of 9 and a band from 10 up leave households out."""
    n = 1 + legs * length
    u, v = [], []
    for leg in range(legs):
        first = 1 + leg * length
        u += [0, *range(first, first + length - 1)]
        v += [first, *range(first + 1, first + length)]
    x = np.arange(n, dtype=float)
    return from_edges(n, np.array(u), np.array(v), np.ones(n - 1), np.ones(n, np.int64), x, x)


def test_a_finished_proof_counts() -> None:
    graph = spider(3, 9)  # 28 households; two zones of 14 would have to break a leg of 9 and leave 5 with the centre
    found = _solved(graph, Band(10, 20), 99, np.arange(graph.n))
    assert found is not None
    assert found.method == "cp_sat"
    assert found.bound == 1  # a leg of 9 by itself, 19 with the centre
    assert found.labels is not None


def test_without_the_solver_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_words: object, **_more: object) -> None:
        raise MissingDependencyError("OR-tools is not installed")

    monkeypatch.setattr(exact, "prove", gone)
    assert _solved(spider(2, 3), Band(2, 3), 1, np.arange(7)) is None
