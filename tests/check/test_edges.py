"""Borders compared by their coordinates."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.check.edges import differing, edges_of, neighbours


def squares(labels):
    """Dissolve unit squares by label; the value is squares, dissolved polygons, and the label of each square."""
    rows, columns = labels.shape
    y, x = np.mgrid[:rows, :columns]
    cells = shapely.box(x.ravel(), y.ravel(), x.ravel() + 1, y.ravel() + 1)
    names, owner = np.unique(labels.ravel(), return_inverse=True)
    merged = np.array([shapely.coverage_union_all(cells[owner == i]) for i in range(len(names))], dtype=object)
    return cells, merged, owner.astype(np.int64)


maps = (
    st.integers(2, 6)
    .flatmap(lambda n: st.lists(st.lists(st.integers(0, 3), min_size=n, max_size=n), min_size=2, max_size=6))
    .map(np.array)
)


@settings(deadline=None)
@given(maps)
def test_parts_of_a_polygon_are_its_sum_whatever_their_shape(labels):
    cells, merged, owner = squares(labels)
    whole, parts = edges_of(merged, cells)
    assert not differing(whole, parts, owner, len(merged)).any()


@settings(deadline=None)
@given(maps, st.data())
def test_a_part_missing_doubled_or_misplaced_is_seen(labels, data):
    cells, merged, owner = squares(labels)
    i = data.draw(st.integers(0, len(cells) - 1))
    kind = data.draw(st.sampled_from(["missing", "doubled", "misplaced"]))
    if kind == "missing":
        cells, owner = np.delete(cells, i), np.delete(owner, i)
        wrong = {labels.ravel()[i]}
    elif kind == "doubled":
        wrong = {labels.ravel()[i]}
        cells, owner = np.append(cells, cells[i]), np.append(owner, owner[i])
    elif len(merged) == 1:
        return
    else:
        wrong = {labels.ravel()[i]}
        owner = owner.copy()
        owner[i] = (owner[i] + 1) % len(merged)
    whole, parts = edges_of(merged, cells)
    found = differing(whole, parts, owner, len(merged))
    names = np.unique(labels)
    assert wrong <= set(names[found].tolist())
    assert found.sum() == (2 if kind == "misplaced" else 1)


@settings(deadline=None)
@given(maps)
def test_neighbours_are_those_with_a_common_border(labels):
    _, merged, _ = squares(labels)
    pairs = {tuple(sorted(pair)) for pair in zip(*map(list, neighbours(*edges_of(merged))), strict=True)}
    expected = {
        (i, j)
        for i in range(len(merged))
        for j in range(i + 1, len(merged))
        if shapely.length(shapely.intersection(merged[i], merged[j])) > 0
    }
    assert {pair for pair in pairs if pair[0] != pair[1]} == expected


def test_minus_zero_is_zero_and_direction_does_not_matter():
    one = shapely.polygons([[0.0, 0.0], [1, 0], [1, 1], [0, 1]])
    two = shapely.polygons([[-0.0, 1], [1, 1], [1, 0], [0, -0.0]])
    whole, part = edges_of(np.array([one]), np.array([two]))
    assert not differing(whole, part, np.array([0]), 1).any()


def test_nothing_differs_from_nothing():
    none = np.empty(0, dtype=object)
    whole, part = edges_of(none, none)
    assert differing(whole, part, np.empty(0, dtype=np.int64), 0).shape == (0,)
    assert len(neighbours(whole)[0]) == 0
