"""The parts of the solver: counts, starts, coarsening, windows, mending."""

import numpy as np
import pytest
from graphs import bands, connected, delaunay, graphs, judge, neighbours
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.zoning._order import breadth_first, reorder
from geo_grid.zoning._state import Net, can_leave, cut_cost, make_zones, shift, total_excess
from geo_grid.zoning._window import extract, window
from geo_grid.zoning.anneal import anneal
from geo_grid.zoning.build import evaluate
from geo_grid.zoning.coarsen import contract, match
from geo_grid.zoning.counts import band_violation, candidate_counts, share_counts
from geo_grid.zoning.grow import split
from geo_grid.zoning.pool import no_pool
from geo_grid.zoning.recom import mend
from geo_grid.zoning.renew import renew
from geo_grid.zoning.solve import solve

EXAMPLES = settings(max_examples=100, deadline=None)


def net_of(graph):
    return Net(graph.indptr, graph.indices.astype(np.int32), graph.edge_weight, graph.node_weight)


def cut_up(graph, k, low, high, seed=0):
    """Return connected zones of a connected graph."""
    label, random = np.zeros(graph.n, dtype=np.int32), np.array([seed], dtype=np.uint64)
    nodes, names = np.arange(graph.n, dtype=np.int32), np.arange(k, dtype=np.int32)
    split(net_of(graph), np.ones(graph.n, dtype=np.int64), nodes, k, low, high, 2, label, names, random)
    return label, random


def zones_of(graph, label, fixed=None):
    fixed = np.zeros(graph.n, dtype=bool) if fixed is None else fixed
    return make_zones(net_of(graph), label, int(label.max()) + 1, fixed)


def assert_true(graph, zones, low, high):
    """Assert that the running state says what a fresh look at the labels says."""
    fresh = zones_of(graph, zones.label.copy())
    for name in ("weight", "outer"):
        assert np.array_equal(getattr(zones, name), getattr(fresh, name)), name
    assert judge(graph, zones.label, low, high)[0]


@given(st.integers(0, 200), st.integers(1, 40), bands())
@EXAMPLES
def test_counts_come_in_order_each_once(households, nodes, band):
    found = list(candidate_counts(households, nodes, *band))
    assert sorted(found) == list(range(1, nodes + 1))
    owed = [band_violation(households, k, *band) for k in found]
    assert owed[0] == min(owed)


@given(st.lists(st.tuples(st.integers(0, 90), st.integers(1, 5)), min_size=1, max_size=3), st.integers(1, 9), bands())
@EXAMPLES
def test_shares_of_components_have_the_least_violation(parts, k, band):
    households, nodes = [h for h, _ in parts], [n for _, n in parts]
    shares = share_counts(households, nodes, k, *band)
    assert sum(shares) == min(max(k, len(parts)), sum(nodes))
    grid = np.meshgrid(*[np.arange(1, n + 1) for n in nodes])
    every = np.stack([axis.ravel() for axis in grid], axis=1)
    every = every[every.sum(axis=1) == sum(shares)]
    owed = [sum(band_violation(h, int(j), *band) for h, j in zip(households, row, strict=True)) for row in every]
    assert sum(band_violation(h, j, *band) for h, j in zip(households, shares, strict=True)) == min(owed)


@given(graphs(whole=True), bands(), st.integers(1, 12), st.integers(0, 9))
@EXAMPLES
def test_a_start_has_k_connected_zones(graph, band, k, seed):
    label, _ = cut_up(graph, min(k, graph.n), *band, seed)
    assert judge(graph, label, *band)[0]
    assert label.max() + 1 == min(k, graph.n)


@given(graphs(whole=True), st.integers(1, 6), st.integers(0, 9))
@EXAMPLES
def test_a_node_may_leave_exactly_if_its_zone_stays_connected(graph, k, seed):
    label, _ = cut_up(graph, min(k, graph.n), 0, 5, seed)
    zones, beside = zones_of(graph, label), neighbours(graph)
    for v in range(graph.n):
        rest = set(np.flatnonzero(label == label[v]).tolist()) - {v}
        assert can_leave(net_of(graph), zones, v) == connected(beside, rest)


@given(graphs(whole=True), bands(), st.integers(2, 6), st.integers(0, 9))
@EXAMPLES
def test_annealing_keeps_its_books_and_never_ends_worse(graph, band, k, seed):
    label, random = cut_up(graph, min(k, graph.n), *band, seed)
    zones, net = zones_of(graph, label), net_of(graph)
    before = total_excess(zones, *band), cut_cost(net, label)
    out, cost = anneal(net, zones, *band, 1.0, 0.1, (0.5, 5.0), 30, True, random)
    assert_true(graph, zones, *band)
    assert out == total_excess(zones, *band)
    assert cost == pytest.approx(cut_cost(net, label))
    assert out < before[0] or (out == before[0] and cost <= before[1] + 1e-6)


@given(graphs(whole=True), bands(), st.integers(2, 6), st.integers(0, 9))
@EXAMPLES
def test_annealing_without_going_back_reports_where_it_stands(graph, band, k, seed):
    label, random = cut_up(graph, min(k, graph.n), *band, seed)
    fixed = np.random.default_rng(seed).random(graph.n) < 0.3
    zones, net, start = zones_of(graph, label, fixed), net_of(graph), label.copy()
    out, cost = anneal(net, zones, *band, 1.0, 0.5, (0.5, 1.0), 20, False, random)
    assert_true(graph, zones, *band)
    assert out == total_excess(zones, *band)
    assert cost == pytest.approx(cut_cost(net, label))
    assert np.array_equal(label[fixed], start[fixed])


@given(graphs(whole=True), bands(), st.integers(2, 9), st.integers(0, 9))
@EXAMPLES
def test_renewing_windows_never_makes_worse(graph, band, k, seed):
    label, random = cut_up(graph, min(k, graph.n), *band, seed)
    zones, net = zones_of(graph, label), net_of(graph)
    before = total_excess(zones, *band), cut_cost(net, label)
    more, dear = renew(net, zones, *band, 3, seed % 4, 0.8, 0.2, (0.5, 5.0), 20, 5, no_pool(), random)
    assert_true(graph, zones, *band)
    after = total_excess(zones, *band), cut_cost(net, label)
    assert more == after[0] - before[0] <= 0
    assert dear == pytest.approx(after[1] - before[1])
    assert more < 0 or dear <= 1e-6


@given(graphs(whole=True), bands(), st.integers(2, 9), st.integers(0, 9))
@EXAMPLES
def test_mending_never_makes_worse_and_leaves_frozen_zones(graph, band, k, seed):
    label, random = cut_up(graph, min(k, graph.n), *band, seed)
    zones, start = zones_of(graph, label), label.copy()
    before = total_excess(zones, *band)
    frozen = np.arange(label.max() + 1) == 1
    out, _ = mend(net_of(graph), zones, frozen, *band, 20, random)
    assert_true(graph, zones, *band)
    assert out == total_excess(zones, *band) <= before
    assert np.array_equal(label == 1, start == 1)


@given(graphs(whole=True), st.integers(0, 9), st.integers(1, 60))
@EXAMPLES
def test_coarse_nodes_are_light_pairs_inside_zones_and_keep_every_cut(graph, seed, cap):
    label, random = cut_up(graph, min(3, graph.n), 0, 5, seed)
    coarse, made = match(net_of(graph), label, cap, random)
    size = np.bincount(coarse, minlength=made)
    assert size.max() <= 2
    assert len(size) == made
    merged = contract(net_of(graph), coarse, made)
    assert merged.load.sum() == graph.node_weight.sum()
    assert (merged.load[size == 2] <= cap).all()
    above = np.zeros(made, dtype=np.int32)
    above[coarse] = label
    assert np.array_equal(above[coarse], label)
    assert cut_cost(merged, above) == pytest.approx(cut_cost(net_of(graph), label))


@given(st.integers(5, 60), st.integers(0, 9), st.integers(1, 5))
@EXAMPLES
def test_a_window_is_whole_zones_in_one_piece(n, seed, many):
    graph = delaunay(n, seed)
    label, _ = cut_up(graph, min(8, n), 0, 5, seed)
    zones, net = zones_of(graph, label), net_of(graph)
    k = int(label.max()) + 1
    free, closed = np.zeros(k, dtype=bool), np.arange(k) == (label[0] + 1) % k
    chosen, nodes = np.empty(many, dtype=np.int32), np.empty(n, dtype=np.int32)
    got, size = window(net, zones, 0, many, free, closed, chosen, nodes, np.zeros(n, dtype=np.int64), 1)
    assert 1 <= got <= many
    assert set(chosen[:got].tolist()) == set(np.flatnonzero(free).tolist())
    assert not (free & closed).any()
    assert set(nodes[:size].tolist()) == set(np.flatnonzero(np.isin(label, chosen[:got])).tolist())
    assert connected(neighbours(graph), set(nodes[:size].tolist()))
    place = np.full(n, -1, dtype=np.int32)
    local = extract(net, nodes[:size], place)
    assert (place == -1).all()
    assert local.load.sum() == graph.node_weight[nodes[:size]].sum()
    inside = label.copy()
    inside[~np.isin(label, chosen[:got])] = -1
    among = sum(u in set(nodes[:size].tolist()) for v in nodes[:size] for u in neighbours(graph)[v])
    assert len(local.to) == among


def test_a_shift_and_its_return_leave_nothing_behind():
    graph = delaunay(40, 3)
    label, _ = cut_up(graph, 4, 5, 15)
    zones, net = zones_of(graph, label), net_of(graph)
    start = label.copy()
    for v in range(40):
        shift(net, zones, v, (start[v] + 1) % 4)
    for v in range(40):
        shift(net, zones, v, start[v])
    assert np.array_equal(label, start)
    assert_true(graph, zones, 5, 15)
    assert evaluate(graph, label.astype(np.int64), 5, 15).contiguous


@given(graphs(), st.integers(0, 9))
@EXAMPLES
def test_memory_order_renames_nodes_and_nothing_else(graph, seed):
    net = net_of(graph)
    order = breadth_first(net.start, net.to)
    assert sorted(order.tolist()) == list(range(graph.n))
    fresh = Net(*reorder(*net, order))
    label = np.random.default_rng(seed).integers(0, 3, graph.n).astype(np.int32)
    assert cut_cost(fresh, label[order]) == pytest.approx(cut_cost(net, label))
    assert np.array_equal(fresh.load, net.load[order])


def test_a_graph_above_the_size_that_is_reordered_is_solved_in_its_own_order():
    graph = delaunay(2500, 1)
    result = solve(graph, 300, 500, 6)
    assert judge(graph, result.labels, 300, 500)[:2] == (True, 0)
    assert result.cut_edges < 330
