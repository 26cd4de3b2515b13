"""Unions along half-edges are those that GEOS makes of the same coverage, vertex by vertex."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.cells.dissolve import dissolve
from geo_grid.cells.unions import unite_levels


def squares(side: int) -> Any:
    x, y = (axis.ravel().astype(float) for axis in np.meshgrid(np.arange(side), np.arange(side)))
    return shapely.box(x, y, x + 1, y + 1)


def cells(rng: np.random.Generator, count: int) -> Any:
    points = shapely.multipoints(rng.random((count, 2)))
    box = shapely.box(0, 0, 1, 1)
    diagram = shapely.get_parts(shapely.voronoi_polygons(points, extend_to=box))
    return diagram[shapely.is_valid(diagram)]


def same(one: Any, other: Any) -> bool:
    return bool(shapely.equals_exact(shapely.normalize(one), shapely.normalize(other), 0.0).all())


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 7), st.integers(1, 9), st.booleans())
def test_unions_are_those_of_geos(seed: int, side: int, most: int, straight: bool) -> None:
    rng = np.random.default_rng(seed)
    polygons = squares(side) if straight else cells(rng, side * side)
    rows = [np.unique(rng.integers(0, most, len(polygons)), return_inverse=True)[1] for _ in range(2)]
    for label, united in zip(rows, unite_levels(polygons, np.array(rows)), strict=True):
        assert same(united, dissolve(polygons, label))


def test_which_way_rings_run_does_not_matter() -> None:
    rng = np.random.default_rng(4)
    polygons = cells(rng, 60)
    turned = polygons.copy()
    turned[::3] = shapely.reverse(turned[::3])
    label = np.arange(len(polygons)) % 4
    assert same(unite_levels(turned, label)[0], unite_levels(polygons, label)[0])


@pytest.mark.parametrize("size", [3, 5])
def test_a_zone_that_touches_itself_in_a_point_is_one_valid_polygon(size: int) -> None:
    # a ring of squares around a hole that reaches the outside in one corner
    polygons = squares(size)
    label = np.zeros(size * size, dtype=np.int64)
    label[size + 1] = 1
    label[0] = 2
    united = unite_levels(polygons, label)[0]
    assert shapely.is_valid(united).all()
    assert shapely.area(united).tolist() == [size * size - 2, 1, 1]
    assert same(united, dissolve(polygons, label))
