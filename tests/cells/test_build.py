import numpy as np
import pytest
import shapely

from geo_grid.cells import CellSettings, build_cells

SQUARE = shapely.box(0, 0, 100, 100)


def lines(*coordinates):
    return np.array([shapely.LineString(line) for line in coordinates], dtype=object)


def test_without_sites_each_part_is_one_cell():
    area = shapely.MultiPolygon([SQUARE, shapely.box(200, 0, 300, 50)])
    cells = build_cells(area, np.zeros((0, 2)), [(lines([(50, -10), (50, 110)]), 1.0)])
    assert shapely.area(cells.polygons).tolist() == [10000.0, 5000.0]
    assert cells.part.tolist() == [0, 1]


def test_one_site_owns_everything():
    cells = build_cells(SQUARE, np.array([[3.0, 4.0]]))
    assert len(cells.polygons) == 1
    assert shapely.equals(cells.polygons[0], SQUARE)


def test_a_barrier_keeps_cells_on_their_side():
    sites = np.array([[10.0, 50.0], [55.0, 50.0]])
    cells = build_cells(SQUARE, sites, [(lines([(50, 0), (50, 100)]), 0.7)])
    assert shapely.area(cells.polygons).tolist() == [5000.0, 5000.0]
    assert cells.strength[cells.segments.shared].tolist() == [0.7]


def test_the_strongest_of_two_barriers_on_one_line_counts():
    sites = np.array([[10.0, 50.0], [55.0, 50.0]])
    barrier = lines([(50, 0), (50, 100)])
    cells = build_cells(SQUARE, sites, [(barrier, 1.0), (barrier, 0.3)])
    assert cells.strength[cells.segments.shared].tolist() == [1.0]


def test_a_divider_cuts_like_a_barrier_without_strength():
    sites = np.array([[10.0, 50.0], [55.0, 50.0]])
    cells = build_cells(SQUARE, sites, dividers=lines([(50, 0), (50, 100)]))
    assert shapely.area(cells.polygons).tolist() == [5000.0, 5000.0]
    assert (cells.strength == 0).all()


def test_a_barrier_that_ends_blindly_does_not_cut():
    sites = np.array([[10.0, 50.0], [60.0, 50.0]])
    cells = build_cells(SQUARE, sites, [(lines([(50, 0), (50, 60)]), 1.0)])
    assert shapely.area(cells.polygons).tolist() == [3500.0, 6500.0]


def test_an_enclosure_without_sites_is_a_cell_unless_it_is_small():
    sites = np.array([[10.0, 50.0]])
    barrier = [(lines([(90, 0), (90, 100)]), 1.0)]
    assert shapely.area(build_cells(SQUARE, sites, barrier).polygons).tolist() == [9000.0, 1000.0]
    joined = build_cells(SQUARE, sites, barrier, settings=CellSettings(min_enclosure_area=1001.0))
    assert shapely.area(joined.polygons).tolist() == [10000.0]


def test_a_narrow_enclosure_joins_its_neighbour_with_and_without_sites():
    sites = np.array([[10.0, 50.0], [50.01, 50.0]])
    double = [(lines([(50, 0), (50, 100)], [(50.02, 0), (50.02, 100)]), 1.0)]
    cells = build_cells(SQUARE, sites, double)
    assert shapely.area(cells.polygons).min() > 1000


def test_a_far_face_of_a_cell_joins_the_neighbour_it_borders_most():
    # a wall from the left leaves the lower site's Voronoi cell in two pieces
    area = SQUARE.difference(shapely.box(0, 49, 90, 51))
    cells = build_cells(area, np.array([[5.0, 60.0], [5.0, 45.0], [95.0, 5.0]]))
    assert set(shapely.get_type_id(cells.polygons)) == {shapely.GeometryType.POLYGON}
    assert shapely.area(cells.polygons).sum() == pytest.approx(area.area, rel=1e-12)


def test_a_site_on_a_barrier_belongs_to_the_larger_side():
    sites = np.array([[30.0, 50.0], [10.0, 10.0]])
    cells = build_cells(SQUARE, sites, [(lines([(30, 0), (30, 100)]), 1.0)])
    assert shapely.area(cells.polygons).tolist() == [7000.0, 3000.0]


def test_exclaves_are_parts_and_holes_stay_holes():
    area = shapely.MultiPolygon([SQUARE.difference(shapely.box(40, 40, 60, 60)), shapely.box(200, 0, 210, 10)])
    cells = build_cells(area, np.array([[10.0, 10.0], [90.0, 90.0]]))
    assert cells.part.max() == 1
    assert cells.area.area == pytest.approx(area.area, rel=1e-12)
    assert len(cells.area.geoms[0].interiors) + len(cells.area.geoms[1].interiors) == 1


def test_a_site_in_the_tip_of_a_needle_gets_a_cell():
    needle = shapely.Polygon([(0, 0), (1000, -0.01), (1000, 0.01)])
    area = shapely.union(needle, shapely.box(1000, -50, 1100, 50))
    cells = build_cells(area, np.array([[0.0, 0.0], [0.002, 0.0], [1050.0, 0.0]]))
    assert (shapely.area(cells.polygons) > 0).all()
    assert shapely.coverage_is_valid(cells.polygons)
