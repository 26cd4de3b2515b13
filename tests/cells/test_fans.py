"""Walks and hubs of cells that one point does not see whole."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from cell_cases import stacks_of

from geo_grid.cells import atom_graph, build_cells, unit_polygons
from geo_grid.cells.fans import build_fans
from geo_grid.cells.hubs import find_hubs
from geo_grid.cells.segments import match_segments, rings_of
from geo_grid.cells.settings import DEFAULTS
from geo_grid.cells.sight import seen_stretches
from geo_grid.cells.slices import slice_cells
from geo_grid.cells.unit_polygons import cut_polygons
from geo_grid.errors import ZoningError

COMB = shapely.Polygon([(0, 0), (90, 0), (90, 60), (70, 60), (70, 10), (50, 10), (50, 60), (40, 60), (40, 10), (0, 10)])
RING = shapely.box(0, 0, 60, 60).difference(shapely.box(20, 20, 40, 40))
TWO_HOLES = RING.difference(shapely.box(45, 45, 50, 50))
PINCHED = shapely.Polygon([(0, 0), (60, 0), (60, 60), (0, 60)], [[(20, 20), (40, 20), (30, 0), (20, 20)]])
SHAPES = pytest.mark.parametrize(
    "shape", [COMB, RING, TWO_HOLES, PINCHED], ids=["comb", "ring", "two holes", "pinched"]
)


def inside(shape):
    return shapely.get_coordinates(shape.point_on_surface())


def test_a_convex_polygon_has_its_centroid_as_hub():
    assert find_hubs(np.array([shapely.box(0, 0, 10, 4)], dtype=object)).tolist() == [[5.0, 2.0]]


def test_a_hub_sees_around_a_corner_where_the_centroid_does_not():
    deep = shapely.Polygon([(0, 0), (50, 80), (100, 0), (50, 90)])
    (hub,) = find_hubs(np.array([deep], dtype=object))
    assert all(deep.covers(shapely.LineString([hub, corner])) for corner in deep.exterior.coords)


@SHAPES
def test_no_hub_where_no_point_sees_all(shape):
    assert np.isnan(find_hubs(np.array([shapely.orient_polygons(shape)], dtype=object))).all()


@SHAPES
def test_fan_triangles_tile_the_cell_and_the_rim_is_walked_once(shape):
    cells = build_cells(shape, inside(shape))
    fans = build_fans(cells, np.array([0]), 1e-6)
    triangles = shapely.polygons(np.stack((fans.start, fans.end, fans.hub), axis=1))
    assert shapely.area(triangles).sum() == pytest.approx(shape.area)
    assert shapely.union_all(triangles).area == pytest.approx(shape.area)
    assert fans.measure.sum() == pytest.approx(shape.boundary.length)
    rim = fans.segment[fans.segment >= 0]
    assert sorted(rim.tolist()) == list(range(len(cells.segments.i)))


@SHAPES
@pytest.mark.parametrize("count", [2, 3, 11, 200])
def test_every_slice_is_one_piece_with_its_share_of_the_rim(shape, count):
    cells = build_cells(shape, inside(shape))
    stacks = stacks_of(cells.sites, [count], np.random.default_rng(0))
    units = unit_polygons(cells, stacks, atom_graph(cells, stacks), np.arange(count))
    assert shapely.is_valid(units).all()
    assert shapely.coverage_is_valid(units)
    assert set(shapely.get_type_id(units)) == {shapely.GeometryType.POLYGON}
    segments = match_segments(rings_of(units))
    rim = np.bincount(segments.i[~segments.shared], segments.length[~segments.shared], count)
    assert rim == pytest.approx(np.full(count, shape.boundary.length / count), abs=1e-3)


def test_a_fold_and_its_shadow_are_not_cut():
    # as seen from the origin, the rim runs on, turns back for a moment, and runs on
    rim = np.array([[10.0, -10.0], [10.0, 1.0], [9.0, 0.0], [9.0, 2.0], [9.0, 10.0]])
    steps = len(rim) - 1
    seen = seen_stretches(
        rim[:-1], rim[1:], np.zeros((steps, 2)), np.zeros(steps, dtype=np.int64), closed=np.array([False])
    )
    assert seen[0] == pytest.approx([0.0, 10.0 - 1e-3])
    assert seen[1].tolist() == [0.0, 0.0]
    assert seen[2] == pytest.approx([0.9 + 1e-3, 2.0])
    assert seen[3].tolist() == [0.0, 8.0]


def test_without_folds_all_of_the_rim_is_seen():
    square = np.array([[1.0, -1.0], [1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0]])
    seen = seen_stretches(
        square, np.roll(square, -1, axis=0), np.zeros((4, 2)), np.zeros(4, dtype=np.int64), closed=np.array([True])
    )
    assert seen.tolist() == [[0.0, 2.0]] * 4


def test_a_cell_with_a_spike_on_its_rim_is_cut_beside_it():
    ring = [(0, 0), (100, 0), (100, 50), (100.0005, 49.9996), (100, 50.0002), (100, 100), (0, 100)]
    shape = shapely.Polygon(ring)
    cells = build_cells(shape, np.array([[50.0, 50.0]]))
    stacks = stacks_of(cells.sites, [400], np.random.default_rng(0))
    units = unit_polygons(cells, stacks, atom_graph(cells, stacks), np.arange(400))
    assert shapely.is_valid(units).all()
    assert shapely.coverage_is_valid(units)


def test_cuts_that_do_not_follow_each_other_are_refused():
    cells = build_cells(shapely.box(0, 0, 60, 60), np.array([[30.0, 30.0]]))
    stacks = stacks_of(cells.sites, [5], np.random.default_rng(0))
    slices = slice_cells(cells, stacks, DEFAULTS)
    order = np.array([0, 2, 1, 3, 4])
    swapped = replace(slices, step=slices.step[order], offset=slices.offset[order], xy=slices.xy[order])
    first, runs = np.array([0]), np.arange(5)
    assert len(cut_polygons(cells, slices, first, runs)) == 5
    with pytest.raises(ZoningError, match="follow each other"):
        cut_polygons(cells, swapped, first, runs)
