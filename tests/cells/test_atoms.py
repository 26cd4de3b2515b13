import numpy as np
import pytest
import shapely
from cell_cases import stacks_of

from geo_grid.cells import atom_graph, build_cells, unit_polygons
from geo_grid.errors import InputError, ZoningError


def graph_of(area, xy, sizes, barriers=()):
    xy = np.array(xy, dtype=np.float64).reshape(-1, 2)
    cells = build_cells(area, xy, barriers)
    stacks = stacks_of(xy, sizes, np.random.default_rng(0))
    return cells, stacks, atom_graph(cells, stacks)


def edges(atoms):
    return {
        (u, v): (round(length, 9), round(barrier, 9))
        for u, v, length, barrier in zip(
            atoms.edge_u.tolist(), atoms.edge_v.tolist(), atoms.length.tolist(), atoms.barrier.tolist(), strict=True
        )
    }


def test_two_buildings_on_both_sides_of_a_river():
    river = np.array([shapely.LineString([(50, 0), (50, 80)])], dtype=object)
    _, _, atoms = graph_of(shapely.box(0, 0, 100, 80), [(10, 40), (90, 40)], [1, 1], [(river, 0.5)])
    assert edges(atoms) == {(0, 1): (80.0, 40.0)}
    assert atoms.weight.tolist() == [1, 1]
    assert atoms.host.tolist() == [-1, -1]


def test_four_households_of_one_building_sit_around_it():
    _, _, atoms = graph_of(shapely.box(0, 0, 80, 80), [(40, 40)], [4])
    half_diagonal = round(np.hypot(40, 40), 9)
    assert edges(atoms) == dict.fromkeys([(0, 1), (1, 2), (2, 3), (0, 3)], (half_diagonal, 0.0))
    assert sorted(zip(atoms.x.round(6).tolist(), atoms.y.round(6).tolist(), strict=True)) == [
        (13.333333, 40.0),
        (40.0, 13.333333),
        (40.0, 66.666667),
        (66.666667, 40.0),
    ]


def test_a_slice_only_touches_the_neighbour_its_rim_lies_on():
    _, _, atoms = graph_of(shapely.box(0, 0, 160, 80), [(40, 40), (120, 40)], [4, 1])
    across = {pair: length for pair, (length, _) in edges(atoms).items() if pair[1] == 4}
    assert list(across.values()) == [80.0]


def test_cells_without_households_come_last():
    wall = np.array([shapely.LineString([(50, 0), (50, 80)])], dtype=object)
    _, _, atoms = graph_of(shapely.box(0, 0, 100, 80), [(10, 40)], [2], [(wall, 1.0)])
    assert atoms.weight.tolist() == [1, 1, 0]
    assert atoms.stack.tolist() == [0, 0, -1]
    assert atoms.group.tolist() == [-1, -1, -1]
    assert atoms.cut_rank[[0, 2]].tolist() == [4, 4]
    assert atoms.host.tolist() == [-1, -1, -1]


def test_an_exclave_without_households_joins_the_nearest_one():
    area = shapely.MultiPolygon([shapely.box(0, 0, 80, 80), shapely.box(100, 30, 110, 50)])
    _, _, atoms = graph_of(area, [(20, 40), (60, 40)], [1, 4])
    nearest = 1 + int(np.argmax(atoms.x[1:5]))
    assert atoms.host.tolist() == [-1, -1, -1, -1, -1, nearest]


def test_an_area_without_households_stands_as_its_first_cell():
    area = shapely.MultiPolygon([shapely.box(0, 0, 80, 80), shapely.box(100, 30, 110, 50)])
    _, _, atoms = graph_of(area, [], [])
    assert atoms.weight.tolist() == [0, 0]
    assert atoms.host.tolist() == [-1, 0]


def test_too_many_households_on_a_pinhead():
    with pytest.raises(InputError, match="too many households at one point"):
        graph_of(shapely.box(0, 0, 1e-4, 1e-4), [(5e-5, 5e-5)], [5000])


@pytest.mark.parametrize("runs", [[0, 0, 0], [0, 0, 0, 2], [0, 1, 0, 1], [1, 1, 1, 1], [0, 0, 0, 0]])
def test_runs_that_are_no_runs_are_refused(runs):
    cells, stacks, atoms = graph_of(shapely.box(0, 0, 160, 80), [(40, 40), (120, 40)], [3, 1])
    with pytest.raises(ZoningError):
        unit_polygons(cells, stacks, atoms, np.array(runs))


def test_cells_that_are_not_cut_stay_the_same_objects():
    cells, stacks, atoms = graph_of(shapely.box(0, 0, 160, 80), [(40, 40), (120, 40)], [3, 1])
    units = unit_polygons(cells, stacks, atoms, np.array([0, 0, 0, 1]))
    assert units[0] is cells.polygons[0]
    assert units[1] is cells.polygons[1]


def test_a_whole_neighbour_takes_the_cut_points_over():
    cells, stacks, atoms = graph_of(shapely.box(0, 0, 160, 80), [(40, 40), (120, 40)], [7, 1])
    units = unit_polygons(cells, stacks, atoms, np.array([0, 1, 2, 3, 4, 5, 6, 7]))
    assert shapely.coverage_is_valid(units)
    assert shapely.get_num_coordinates(units[7]) > shapely.get_num_coordinates(cells.polygons[1])
