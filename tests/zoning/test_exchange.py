"""Zones exchanged for others out of a pool: always zones of the pool, in band, as many as before, and cheaper."""

from __future__ import annotations

import numpy as np
import pytest
from graphs import delaunay, judge
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from geo_grid.zoning._state import Net
from geo_grid.zoning.exchange import exchange
from geo_grid.zoning.pool import collect, no_pool, with_room
from geo_grid.zoning.schedule import schedule
from geo_grid.zoning.solve import solve

LOW, HIGH = 5, 10


def zonings(graph, k, many, effort=0.01):
    """Draw zonings of a graph, all in band."""
    found = [solve(graph, LOW, HIGH, k, seed=seed, effort=effort) for seed in range(many)]
    return [s.labels.astype(np.int32) for s in found if s.violation == 0]


def pool_of(graph, drawn, k):
    net = Net(graph.indptr, graph.indices.astype(np.int32), graph.edge_weight, graph.node_weight)
    pool = with_room(no_pool(), net.start, net.cost, k, 2 * len(drawn), k)
    for labels in drawn:
        collect(pool, net, np.arange(graph.n, dtype=np.int32), labels, k)
    return pool


def contents(pool):
    return [frozenset(pool.nodes[pool.start[z] : pool.start[z + 1]].tolist()) for z in range(pool.used[0])]


def traded(graph, pool, labels, k):
    labels = labels.copy()
    cut = judge(graph, labels, LOW, HIGH)[2]
    each = float(round(cut / (2 * k)))
    prices = np.full(graph.n, (cut - each * k) / graph.n)
    return labels, exchange(pool, labels, k, prices, each, 1.0, 0.5, 50, 1000, 6)


def least_cover(pool, k, n):
    """Return the least cost of k zones that cover every node once, by an integer programme."""
    zones = contents(pool)
    covers = np.vstack([[[v in zone for zone in zones] for v in range(n)], np.ones((1, len(zones)))]).astype(float)
    wanted = np.append(np.ones(n), k)
    whole = np.ones(len(zones))
    rows = LinearConstraint(covers, wanted, wanted)
    return milp(pool.cost[: len(zones)], constraints=rows, integrality=whole, bounds=Bounds(0, 1)).fun


@settings(max_examples=15, deadline=None)
@given(st.integers(40, 160), st.integers(0, 10**6), st.integers(2, 12))
def test_an_exchange_keeps_every_promise(n, seed, many):
    graph = delaunay(n, seed)
    k = round(n / 7.5)
    drawn = zonings(graph, k, many)
    pool = pool_of(graph, drawn, k)
    known = set(contents(pool))
    for before in drawn:
        cut = judge(graph, before, LOW, HIGH)[2]
        labels, change = traded(graph, pool, before, k)
        good, violation, after = judge(graph, labels, LOW, HIGH)
        assert good
        assert violation == 0
        assert labels.max() + 1 == k
        assert after == pytest.approx(cut + change)
        assert after <= cut
        assert {frozenset(np.flatnonzero(labels == z).tolist()) for z in range(k)} <= known


def test_most_of_what_a_pool_has_to_win_is_found():
    worse, found, least = 0.0, 0.0, 0.0
    for seed in range(8):
        graph = delaunay(120, seed)
        drawn = zonings(graph, 16, 12, effort=0.1)
        pool = pool_of(graph, drawn, 16)
        worst = max(drawn, key=lambda labels: judge(graph, labels, LOW, HIGH)[2])
        worse += judge(graph, worst, LOW, HIGH)[2]
        found += judge(graph, traded(graph, pool, worst, 16)[0], LOW, HIGH)[2]
        least += least_cover(pool, 16, 120)
    assert least <= found < least + 0.4 * (worse - least)


def test_a_zone_that_is_not_in_the_pool_stays():
    graph = delaunay(60, 0)
    drawn = zonings(graph, 8, 6)
    pool = pool_of(graph, drawn[1:], 8)
    labels, change = traded(graph, pool, drawn[0], 8)
    assert change == 0.0
    assert np.array_equal(labels, drawn[0])


def test_a_pool_that_grows_keeps_its_zones_and_takes_each_once():
    graph = delaunay(100, 1)
    drawn = zonings(graph, 13, 6)
    pool = pool_of(graph, drawn, 13)
    before = contents(pool)
    grown = with_room(pool, graph.indptr, graph.edge_weight, 13, 1000, 12)
    assert len(grown.name) > len(pool.name)
    net = Net(graph.indptr, graph.indices.astype(np.int32), graph.edge_weight, graph.node_weight)
    for labels in drawn:
        collect(grown, net, np.arange(100, dtype=np.int32), labels, 13)
    assert contents(grown) == before
    assert len(set(before)) == len(before)


@pytest.mark.parametrize("weighted", [False, True])
def test_a_search_with_exchanges_is_valid_and_its_seed_decides(weighted):
    weights = np.random.default_rng(3).integers(0, 4, 900) if weighted else np.ones(900, dtype=int)
    graph = delaunay(900, 2, weights)
    k = round(int(weights.sum()) / 15)
    assert schedule(900, k, 1.0).pooled
    first, second = solve(graph, 10, 20, k, seed=5), solve(graph, 10, 20, k, seed=5)
    good, violation, cut = judge(graph, first.labels, 10, 20)
    assert good
    assert violation == 0
    assert cut == first.cut_weight
    assert np.array_equal(first.labels, second.labels)
