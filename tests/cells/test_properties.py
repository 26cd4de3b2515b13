"""The promises of cells, graph and units on random input."""

import numpy as np
import pytest
import shapely
from cell_cases import open_border, random_runs, stacks_of, tilings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo_grid.cells import atom_graph, build_cells, shared_edges, unit_polygons

RELAXED = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def assert_tiles(polygons, area):
    assert set(shapely.get_type_id(polygons)) <= {shapely.GeometryType.POLYGON}
    invalid = ~shapely.is_valid(polygons)
    assert not invalid.any(), shapely.is_valid_reason(polygons[invalid])
    assert (shapely.area(polygons) > 0).all()
    assert shapely.coverage_is_valid(polygons)
    union = shapely.coverage_union_all(polygons)
    assert shapely.area(polygons).sum() == pytest.approx(union.area, rel=1e-9)
    assert union.area == pytest.approx(area.area, rel=1e-7)
    assert open_border(polygons) == pytest.approx(area.boundary.length, rel=1e-8)
    assert shapely.hausdorff_distance(union.boundary, area.boundary) < 1e-3


def component_count(n, u, v):
    return connected_components(coo_array((np.ones(len(u)), (u, v)), shape=(n, n)), directed=False)[0]


@RELAXED
@given(tilings())
def test_cells_tile_the_area_one_a_site(case):
    area, barriers, xy, _ = case
    cells = build_cells(area, xy, barriers)
    assert_tiles(cells.polygons, area)
    assert len(cells.polygons) >= len(xy)
    own = shapely.distance(shapely.points(xy), cells.polygons[: len(xy)])
    assert (own < 1e-5).all()
    assert cells.part.max() + 1 == len(shapely.get_parts(area))
    assert ((cells.strength >= 0) & (cells.strength <= 1)).all()


@RELAXED
@given(tilings(), st.integers(0, 2**32 - 1), st.sampled_from([0.0, 0.1, 0.7, 1.0]))
def test_units_tile_the_area_and_touch_where_the_graph_says(case, seed, share):
    area, barriers, xy, sizes = case
    rng = np.random.default_rng(seed)
    cells = build_cells(area, xy, barriers)
    stacks = stacks_of(xy, sizes, rng)
    atoms = atom_graph(cells, stacks)
    assert (atoms.edge_u < atoms.edge_v).all()
    assert (atoms.length > 0).all()
    assert ((atoms.barrier >= 0) & (atoms.barrier <= atoms.length)).all()
    assert component_count(atoms.n, atoms.edge_u, atoms.edge_v) == cells.part.max() + 1
    runs = random_runs(atoms, rng, share)
    units = unit_polygons(cells, stacks, atoms, runs)
    assert_tiles(units, area)
    i, j, length = shared_edges(units)
    u, v = np.sort([runs[atoms.edge_u], runs[atoms.edge_v]], axis=0)
    metres = {}
    for a, b, metre in zip(u.tolist(), v.tolist(), atoms.length.tolist(), strict=True):
        if a != b:
            metres[a, b] = metres.get((a, b), 0.0) + metre
    assert set(metres) == set(zip(i.tolist(), j.tolist(), strict=True))
    assert [metres[pair] for pair in zip(i.tolist(), j.tolist(), strict=True)] == pytest.approx(length, abs=1e-5)


@RELAXED
@given(tilings())
def test_consecutive_households_are_neighbours(case):
    area, barriers, xy, sizes = case
    stacks = stacks_of(xy, sizes, np.random.default_rng(0))
    atoms = atom_graph(build_cells(area, xy, barriers), stacks)
    pairs = set(zip(atoms.edge_u.tolist(), atoms.edge_v.tolist(), strict=True))
    inside = np.flatnonzero((atoms.stack[1:] == atoms.stack[:-1]) & (atoms.stack[1:] >= 0))
    assert {(k, k + 1) for k in inside.tolist()} <= pairs


@RELAXED
@given(tilings())
def test_same_input_same_output(case):
    area, barriers, xy, sizes = case
    once, again = (build_cells(area, xy, barriers) for _ in range(2))
    assert [p.wkb for p in once.polygons] == [p.wkb for p in again.polygons]
    stacks = stacks_of(xy, sizes, np.random.default_rng(0))
    assert np.array_equal(atom_graph(once, stacks).length, atom_graph(again, stacks).length)
