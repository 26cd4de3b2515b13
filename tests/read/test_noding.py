"""Shared borders get the same vertices on both sides, whatever was drawn, and hardly move."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.read.noding import _near_pairs, node_together

METRES = np.ones(2)
TOLERANCE = 1e-3


def noded(shapes, tolerance=TOLERANCE):
    result, shift = node_together(np.array(shapes, dtype=object), tolerance, METRES)
    assert shapely.is_valid(result).all()
    return result, shift


def raster(columns, rows, side=100.0):
    return [
        shapely.box(x * side, y * side, (x + 1) * side, (y + 1) * side) for x in range(columns) for y in range(rows)
    ]


def test_clean_borders_stay_to_the_last_bit():
    shapes = raster(3, 3)
    result, shift = noded(shapes)
    assert shapely.equals_identical(
        shapely.get_geometry(result, 0), shapely.orient_polygons(np.array(shapes))
    ).all() or all(
        shapely.equals_exact(a, b, 0.0, normalize=True)
        for a, b in zip(shapely.get_geometry(result, 0), shapes, strict=True)
    )
    assert shift.max() == 0.0


def test_a_vertex_on_the_neighbours_border_is_inserted_there():
    wide, left, right = shapely.box(0, 0, 100, 10), shapely.box(0, 10, 37.3, 20), shapely.box(37.3, 10, 100, 20)
    assert not shapely.coverage_is_valid([wide, left, right])
    result, shift = noded([wide, left, right])
    assert shapely.coverage_is_valid(result)
    assert [37.3, 10] in shapely.get_coordinates(result[0]).tolist()
    assert shift.max() < 1e-12


def test_a_seam_closes_on_the_first_area():
    left, right = shapely.box(0, 0, 50, 50), shapely.box(50.0007, 0, 100, 50)
    result, shift = noded([left, right])
    assert shapely.coverage_is_valid(result)
    assert shapely.area(shapely.union_all(result)) == pytest.approx(100 * 50)
    assert shift[0] == 0.0
    assert shift[1] == pytest.approx(0.0007)
    assert shapely.equals(result[0], left)


def test_wider_seams_stay():
    shapes = [shapely.box(0, 0, 50, 50), shapely.box(50.002, 0, 100, 50)]
    result, shift = noded(shapes)
    assert shift.max() == 0.0
    assert shapely.equals(result, shapes).all()


def test_holes_and_parts_keep_their_places():
    island = shapely.box(40, 40, 60, 60)
    ring = shapely.box(0, 0, 100, 100).difference(island)
    two = shapely.union(shapely.box(200, 0, 210, 10), shapely.box(100, 20, 110, 30))
    result, _ = noded([ring, island, two])
    assert shapely.equals(result, [ring, island, two]).all()
    assert shapely.coverage_is_valid(result)
    assert shapely.get_num_geometries(result).tolist() == [1, 1, 2]


def test_details_of_one_area_alone_are_left_alone():
    """A notch narrower than the tolerance is that area's own affair."""
    shape = shapely.Polygon([(0, 0), (10, 0), (10, 5), (9.9995, 5), (9.9995, 5.5), (10, 5.5), (10, 10), (0, 10)])
    result, shift = noded([shape, shapely.box(20, 0, 30, 10)])
    assert shapely.equals(result[0], shape)
    assert shift.max() == 0.0


def voronoi(points):
    frame = shapely.box(0, 0, 1000, 1000)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(points), extend_to=frame))
    return shapely.intersection(cells, frame)


@settings(deadline=None, max_examples=40)
@given(st.integers(3, 40), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 1e-9, 1e-6, 2e-4]))
def test_any_coverage_drawn_twice_becomes_one(n, seed, noise):
    """Every area is drawn by somebody else: jittered, and with vertices of its own along straight borders."""
    rng = np.random.default_rng(seed)
    cells = voronoi(rng.uniform(0, 1000, (n, 2)))
    drawn = []
    for cell in cells:
        coordinates = shapely.get_coordinates(cell)[:-1]
        ring = []
        for a, b in zip(coordinates, np.roll(coordinates, -1, axis=0), strict=True):
            ring.append(a)
            if rng.random() < 0.4 and np.hypot(*(b - a)) > 1.0:
                ring.append(a + (b - a) * rng.uniform(0.2, 0.8))
        moved = np.array(ring) + rng.uniform(-noise, noise, (len(ring), 2))
        drawn.append(shapely.Polygon(moved))
    result, shift = node_together(np.array(drawn, dtype=object), TOLERANCE, METRES)
    assert shapely.is_valid(result).all()
    assert shapely.coverage_is_valid(result)
    assert shift.max() <= TOLERANCE
    # the shift that is reported is a bound of what really moved
    for before, after, bound in zip(drawn, result, shift, strict=True):
        moved = shapely.hausdorff_distance(before.boundary, after.boundary, densify=0.05)
        assert moved <= bound + 1e-9


def test_units_may_be_degrees():
    unit = np.array([88_000.0, 111_320.0])
    a = shapely.box(111.0, 37.0, 111.01, 37.01)
    b = shapely.box(111.01 + 5e-9, 37.0, 111.02, 37.01)  # 0.4 mm
    c = shapely.box(111.0, 37.01 + 3e-8, 111.01, 37.02)  # 3 mm
    result, shift = node_together(np.array([a, b, c]), TOLERANCE, unit)
    assert shapely.coverage_is_valid(result[:2])
    assert shift[1] == pytest.approx(5e-9 * 88_000, rel=1e-3)
    assert shapely.equals(result[2], c)


@given(
    points=st.lists(st.tuples(st.integers(-60, 60), st.integers(-60, 60)), max_size=60, unique=True),
    far=st.sampled_from([0.0, 4.1e6]),
    tolerance=st.sampled_from([0.0021, 0.0103, 0.051]),
)
def test_whatever_is_near_is_found(points, far, tolerance):
    places = np.array(points, dtype=float).reshape(-1, 2) / 1000 + far
    found = {tuple(sorted(pair)) for pair in _near_pairs(places, tolerance).tolist()}
    n = len(places)
    pairs = {(i, j) for i in range(n) for j in range(i) if np.hypot(*(places[i] - places[j])) <= tolerance}
    assert found == {(j, i) for i, j in pairs}
