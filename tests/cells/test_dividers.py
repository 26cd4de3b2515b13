"""Borders of groups: they cut the area from border to border, and leave no strip along it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geo_grid.cells import dividing_lines

AREA = shapely.box(0, 0, 1000, 600)


@pytest.mark.parametrize("gap", [-0.4, -1e-3, 0.0, 1e-3, 0.4])
def test_halves_that_do_not_quite_fit_cut_the_area_in_two(gap: float) -> None:
    halves = np.array([shapely.box(gap, gap, 500, 600 - gap), shapely.box(500, gap, 1000 - gap, 600 - gap)])
    lines = dividing_lines(halves, AREA)
    pieces = shapely.get_parts(shapely.polygonize([shapely.unary_union([AREA.boundary, *lines])]))
    inside = [piece for piece in pieces if AREA.contains(piece.representative_point())]
    assert sorted(round(piece.area) for piece in inside) == [300_000, 300_000]


def test_a_group_in_the_middle_keeps_its_ring() -> None:
    group = shapely.box(300, 200, 400, 300)
    lines = dividing_lines(np.array([group]), AREA)
    assert shapely.length(lines).sum() == pytest.approx(group.length)


def test_a_group_as_large_as_the_area_divides_nothing() -> None:
    assert len(dividing_lines(np.array([shapely.box(0.2, 0.2, 1000.3, 599.8)]), AREA)) == 0
