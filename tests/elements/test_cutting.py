"""Lines cut without an overlay hold what an overlay says they should, away from borders."""

import numpy as np
import pytest
import shapely
from coverages import ORIGIN, SIDE, at, elements, squares, voronoi
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.elements import share_elements
from geo_grid.elements.cutting import segments_of
from geo_grid.elements.leaves import borders_of, read_leaves

coverage = st.tuples(st.integers(0, 2**32 - 1), st.integers(2, 40))


@settings(max_examples=40, deadline=None)
@given(coverage, st.integers(2, 12))
def test_lines_in_general_position_hold_what_an_overlay_finds(drawn, vertices):
    seed, cells = drawn
    leaf, rng = voronoi(seed, cells), np.random.default_rng(seed)
    lines = [shapely.LineString(rng.uniform(-200, SIDE + 200, (vertices, 2)) + ORIGIN) for _ in range(4)]
    shares = share_elements(elements(lines), leaf).shares.query("level == 3").set_index(["element_id", "grid_code"])
    for i, line in enumerate(lines):
        for code, length in zip(leaf["code"], shapely.length(shapely.intersection(leaf.geometry, line)), strict=True):
            # a cut may be a tolerance off, at each of the few places where the line enters or leaves
            found = shares["measure"].get((f"e{i}", code), 0.0)
            assert found == pytest.approx(length, abs=0.05)


@settings(max_examples=40, deadline=None)
@given(coverage, st.integers(2, 8), st.sampled_from([0.0, 1e-7]))
def test_a_line_has_the_same_shares_from_either_end(drawn, vertices, shake):
    seed, cells = drawn
    leaf, rng = voronoi(seed, cells), np.random.default_rng(seed)
    corners = shapely.get_coordinates(leaf.geometry.to_numpy())
    path = corners[rng.integers(len(corners), size=vertices)] + rng.uniform(-shake, shake, (vertices, 2))
    line = shapely.LineString(np.vstack([path, rng.uniform(0, SIDE, (1, 2)) + ORIGIN]))
    shares = share_elements(elements([line, line.reverse()]), leaf).shares
    one, other = (
        shares[shares["element_id"] == name].set_index(["level", "grid_code"])["measure"] for name in ("e0", "e1")
    )
    np.testing.assert_allclose(*one.align(other, fill_value=0.0), atol=0.05)


def test_borders_are_found_once_with_both_sides():
    leaves = read_leaves(squares(2, 1))
    borders = borders_of(leaves, np.array([0, 1]))
    assert len(borders.ends) == 7
    inner = np.flatnonzero(borders.right >= 0)
    assert borders.ends[inner].tolist() == [[*at((100, 0))[0], *at((100, 100))[0]]]
    assert {int(borders.left[inner[0]]), int(borders.right[inner[0]])} == {0, 1}


def test_repeated_vertices_are_no_borders_and_no_segments():
    leaf = squares(1, 1)
    ring = shapely.get_coordinates(leaf.geometry.iloc[0])
    leaf.geometry = [shapely.Polygon(np.repeat(ring, 2, axis=0))]
    line = shapely.LineString(at((-10, 50), (-10, 50), (50, 50), (50, 50), (90, 50)))
    shares = share_elements(elements([line]), leaf).shares
    assert shares["measure"].tolist() == pytest.approx([90.0] * 3)
    assert len(segments_of(np.array([line])).line) == 2


def test_a_line_without_length_holds_nothing():
    line = shapely.LineString(at((50, 50), (50, 50)))
    result = share_elements(elements([line]), squares(1, 1))
    assert len(result.shares) == 0
    assert result.elements["measure"].tolist() == result.elements["outside"].tolist() == [0.0]


def test_a_dense_line_along_a_border_is_held_by_both_sides():
    # vertices closer than the tolerance: each little segment is beside the border, or it is not
    leaf = squares(2, 1)
    line = shapely.LineString(np.column_stack([np.full(2001, 100.0), np.linspace(40, 41, 2001)]) + ORIGIN)
    third = share_elements(elements([line]), leaf).shares.query("level == 3")
    assert third["held"].tolist() == pytest.approx([1.0, 1.0])
    assert third["measure"].tolist() == pytest.approx([0.5, 0.5])


def test_a_loop_around_a_cell_is_held_by_it_and_its_neighbours():
    leaf = squares(3, 3)
    loop = shapely.boundary(leaf.geometry.iloc[4])
    third = share_elements(elements([loop]), leaf).shares.query("level == 3").set_index("grid_code")
    assert third["held"].to_dict() == pytest.approx(
        {leaf["code"].iloc[i]: 400.0 if i == 4 else 100.0 for i in (1, 3, 4, 5, 7)}
    )
    assert third["measure"].sum() == pytest.approx(400.0)


def test_where_line_and_border_have_other_vertices_both_sides_still_hold_it():
    leaf = squares(2, 3)  # the line has one straight piece where the border has three, and starts amid one
    line = shapely.LineString(at((100, 30), (100, 270)))
    third = share_elements(elements([line]), leaf).shares.query("level == 3")
    assert len(third) == 6
    assert third["held"].tolist() == pytest.approx([70, 70, 100, 100, 70, 70])


def test_a_line_that_leaves_a_border_at_a_slight_angle_is_in_one_grid():
    leaf = squares(2, 1)
    line = shapely.LineString(at((100, 0), (101, 100)))
    third = share_elements(elements([line]), leaf).shares.query("level == 3")
    assert third["grid_code"].tolist() == [leaf["code"].iloc[1]]
