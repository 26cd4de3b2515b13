import numpy as np
import pytest
import shapely
from cell_cases import at, barriers, lattice_points, open_border, random_runs, sites, stacks_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_grid.cells import atom_graph, build_cells, dissolve, stitch, unit_polygons


@st.composite
def cities(draw):
    """Areas that tile a square along random lines, some in several parts, with sites and barriers over all."""
    cuts = [
        shapely.LineString(at(draw(st.lists(lattice_points, min_size=2, max_size=3, unique=True)))) for _ in range(4)
    ]
    frame = shapely.box(*at([(0, 0)])[0], *at([(8, 8)])[0])
    faces = shapely.get_parts(
        shapely.polygonize(shapely.get_parts(shapely.union_all([frame.boundary, *cuts], grid_size=1e-7)))
    )
    owner = np.array([draw(st.integers(0, 3)) for _ in faces])
    areas = dissolve(faces, np.unique(owner, return_inverse=True)[1])
    return [(area, draw(sites(area, most=6))) for area in areas], draw(barriers())


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(cities(), st.integers(0, 2**32 - 1))
def test_the_city_is_one_coverage(city, seed):
    areas, lines = city
    rng = np.random.default_rng(seed)
    units, owner = [], []
    for number, (area, xy) in enumerate(areas):
        cells = build_cells(area, xy, lines)
        stacks = stacks_of(xy, rng.integers(1, 40, len(xy)), rng)
        atoms = atom_graph(cells, stacks)
        units.append(unit_polygons(cells, stacks, atoms, random_runs(atoms, rng, 0.3)))
        owner.append(np.full(len(units[-1]), number))
    before, owner = np.concatenate(units), np.concatenate(owner)
    after = stitch(before, owner)
    assert shapely.is_valid(after).all()
    assert set(shapely.get_type_id(after)) == {shapely.GeometryType.POLYGON}
    assert shapely.coverage_is_valid(after)
    assert shapely.area(after) == pytest.approx(shapely.area(before), abs=1e-4)
    assert open_border(after) == pytest.approx(320.0, rel=1e-8)
    assert shapely.coverage_union_all(after).area == pytest.approx(6400.0, rel=1e-9)
    assert [p.wkb for p in stitch(after, owner)] == [p.wkb for p in after]


def test_a_vertex_is_taken_over_where_another_area_has_it():
    left = shapely.box(0, 0, 10, 10)
    right = [shapely.box(10, 0, 20, 4), shapely.box(10, 4, 20, 10)]
    stitched = stitch(np.array([left, *right], dtype=object), np.array([0, 1, 1]))
    assert (10.0, 4.0) in stitched[0].exterior.coords
    assert stitched[1] is right[0]


def test_vertices_a_rounding_apart_become_one():
    one = shapely.Polygon([(0, 0), (10, 0), (10, 5), (10, 10), (0, 10)])
    other = shapely.Polygon([(20, 0), (20, 10), (10, 10), (10 + 1e-7, 5), (10, 0)])
    stitched = stitch(np.array([one, other], dtype=object), np.array([0, 1]))
    assert open_border(np.array([one, other], dtype=object)) == pytest.approx(80.0)
    assert open_border(stitched) == pytest.approx(60.0)


def test_a_neck_a_rounding_wide_does_not_close():
    # the left area is all but cut in two at (5, 5); the right one has a vertex there too
    neck = shapely.Polygon([(0, 0), (10, 0), (5 + 1e-7, 5), (10, 10), (0, 10), (5, 5)])
    wedge = shapely.Polygon([(10, 0), (10, 10), (5 + 2e-7, 5)])
    stitched = stitch(np.array([neck, wedge], dtype=object), np.array([0, 1]))
    assert shapely.is_valid(stitched).all()
    assert stitched[0].equals(neck)
    assert (5 + 1e-7, 5) in stitched[1].exterior.coords


def test_nothing_to_stitch():
    assert len(stitch(np.zeros(0, dtype=object), np.zeros(0, dtype=np.int64))) == 0
    lonely = np.array([shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)], dtype=object)
    assert stitch(lonely, np.array([0, 1])).tolist() == lonely.tolist()
