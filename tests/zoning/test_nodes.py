"""What a level is zoned by: runs, chunks, contacts, costs, and sides of barriers."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from make_atoms import flood, make_city, make_graph

from geo_grid.policy import Band
from geo_grid.zoning.banks import bank_labels
from geo_grid.zoning.nodes import chunks, runs
from geo_grid.zoning.parts import split_piece, whole_area
from geo_grid.zoning.weights import edge_costs, node_graph

buildings = st.lists(st.integers(0, 40), min_size=2, max_size=8).filter(any)


@given(buildings, st.integers(1, 15), st.integers(1, 9))
def test_chunks_keep_to_their_size_and_never_span_buildings(sizes, size, floor):
    piece = whole_area(make_city(np.array([sizes]), floor=floor))
    run, households = runs(piece)
    node = chunks(piece, np.ones(len(households), bool), size)
    assert np.bincount(node, piece.weight).max() <= size
    assert set(np.diff(node)) <= {0, 1}
    assert len(np.unique(np.column_stack([node, run]), axis=0)) == node[-1] + 1
    assert (chunks(piece, np.zeros(len(households), bool), size) == run).all()


def test_chunks_end_where_floors_end():
    piece = whole_area(make_city(np.array([[40]]), floor=4))
    node = chunks(piece, np.ones(1, bool), 9)
    assert (piece.rank[np.flatnonzero(np.diff(node)) + 1] == 1).all()


def test_a_building_cut_above_comes_back_as_several_runs():
    area = whole_area(make_city(np.array([[30, 5]])))
    labels = np.ones(35, np.int64)
    labels[10:20] = 0
    piece = split_piece(area, labels)[0]
    _, households = runs(piece)
    assert sorted(households.tolist()) == [5, 10, 10]


@settings(deadline=None)
@given(st.lists(st.integers(-1, 3), min_size=36, max_size=36))
def test_pieces_are_the_connected_parts_with_all_their_edges(labels):
    area = whole_area(make_city(np.ones((6, 6), int)))
    labels = np.array(labels)
    pieces = split_piece(area, labels)
    plain = flood(area.n, area.u, area.v, labels)
    assert sorted(sorted(p.atoms.tolist()) for p in pieces) == sorted(sorted(p) for p in plain)
    for piece in pieces:
        inside = np.isin(area.u, piece.atoms) & np.isin(area.v, piece.atoms)
        pairs = set(zip(area.u[inside].tolist(), area.v[inside].tolist(), strict=True))
        assert set(zip(piece.atoms[piece.u].tolist(), piece.atoms[piece.v].tolist(), strict=True)) == pairs


@settings(deadline=None)
@given(st.lists(st.floats(0.1, 6), min_size=24, max_size=24))
def test_short_contacts_go_but_never_tear_the_graph(lengths):
    edges = [(r * 4 + c, r * 4 + c + 1) for r in range(4) for c in range(3)]
    edges += [(r * 4 + c, r * 4 + 4 + c) for r in range(3) for c in range(4)]
    piece = whole_area(make_graph([1] * 16, edges))
    piece.length[:] = lengths
    nodes = node_graph(piece, np.arange(16), np.ones(24), 3.0)
    assert len(flood(16, nodes.u, nodes.v, np.zeros(16, int))) == 1
    kept = dict(zip(zip(nodes.u.tolist(), nodes.v.tolist(), strict=True), nodes.length.tolist(), strict=True))
    for a, b, length in zip(piece.u.tolist(), piece.v.tolist(), lengths, strict=True):
        assert length < 3.0 or kept[a, b] == length
    # What is kept below the minimum is a bridge: without it the graph falls apart.
    for (a, b), length in kept.items():
        if length < 3.0:
            rest = [i for i in range(len(nodes.u)) if (nodes.u[i], nodes.v[i]) != (a, b)]
            assert len(flood(16, nodes.u[rest], nodes.v[rest], np.zeros(16, int))) == 2


def test_borders_along_barriers_are_cheap_and_cuts_through_buildings_dear():
    area = make_city(np.array([[6, 6, 6]]), floor=3, barrier=lambda *p: 1.0 if p[3] == 2 else 0.0)
    piece = whole_area(area)
    large = edge_costs(piece, np.ones(piece.n, bool))
    small = edge_costs(piece, np.zeros(piece.n, bool))
    through = piece.glue >= 0
    assert (small[through] > large[through]).all()
    assert (large[through] > 0).all()
    floor_end, inside = piece.glue == 1, piece.glue == 0
    assert large[floor_end].max() < large[inside].min()
    across = piece.barrier > 0
    assert (small[across] < 0).all()
    assert (small[~across & (piece.stack[piece.u] != piece.stack[piece.v])] > 0).all()


def test_sides_of_a_river_join_only_where_one_alone_does_not_do():
    band = Band(10, 20)
    for east, sides in ((12, 2), (9, 1), (0, 1)):
        area = make_city(np.array([[15, 15, east]]), barrier=lambda *p: 1.0 if p[3] == 2 else 0.0)
        piece = whole_area(area)
        run, _ = runs(piece)
        nodes = node_graph(piece, run, edge_costs(piece, np.zeros(piece.n, bool)), 3.0)
        assert bank_labels(nodes, band).max() + 1 == sides
