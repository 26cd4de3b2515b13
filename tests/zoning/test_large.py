"""Buildings that fill a zone by themselves: the division around them is the best there is."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from make_atoms import flood, make_city

from geo_grid.policy import Band
from geo_grid.zoning.large import bound_around_large, draw_around_large, has_large
from geo_grid.zoning.nodes import runs
from geo_grid.zoning.parts import whole_area
from geo_grid.zoning.proof import enumerate_zones
from geo_grid.zoning.weights import node_graph

BAND = Band(10, 20)
blocks = st.lists(st.sampled_from([0, 1, 3, 4, 7, 12, 20, 25, 40]), min_size=9, max_size=9).filter(
    lambda sizes: max(sizes) > BAND.high
)


def no_need(_piece):
    raise AssertionError("nine buildings are few enough to list every division")


@settings(max_examples=80, deadline=None)
@given(blocks)
def test_division_around_large_buildings_is_as_good_as_the_best_of_all(sizes):
    piece = whole_area(make_city(np.array(sizes).reshape(3, 3)))
    run, households = runs(piece)
    graph = node_graph(piece, run, np.zeros(len(piece.u)), 0.0).graph
    _, least = enumerate_zones(graph, BAND)
    labels = draw_around_large(piece, BAND, no_need)
    parts = flood(piece.n, piece.u, piece.v, labels)
    assert len(parts) == labels.max() + 1, "a zone is in pieces"
    assert len(np.unique(np.column_stack([run, labels]), axis=0)) == len(households), "a building is split"
    found = sum(BAND.violation(int(piece.weight[part].sum())) for part in parts)
    assert found == least == bound_around_large(piece, BAND)


def test_a_large_building_is_one_above_the_band():
    assert has_large(whole_area(make_city(np.array([[21, 3]]))), BAND)
    assert not has_large(whole_area(make_city(np.array([[20, 3]]))), BAND)
