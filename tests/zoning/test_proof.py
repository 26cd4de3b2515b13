"""Exact searches agree with a plain search over all divisions, and bounds never exceed it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make_atoms import flood

from geo_grid.policy import Band
from geo_grid.zoning.build import from_edges
from geo_grid.zoning.parts import connected_parts
from geo_grid.zoning.program import program_zones
from geo_grid.zoning.proof import cut_node_bound, enumerate_zones
from geo_grid.zoning.trees import is_tree, tree_zones


def make(n, edges, weight):
    u, v = [a for a, _ in edges], [b for _, b in edges]
    return from_edges(n, u, v, np.ones(len(edges)), weight, np.arange(n) * 1.0, np.zeros(n))


@st.composite
def graphs(draw, *, tree=False, most=7):
    n = draw(st.integers(2, most))
    edges = {(draw(st.integers(0, i - 1)), i) for i in range(1, n)}
    if not tree:
        more = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=6))
        edges |= {(min(a, b), max(a, b)) for a, b in more if a != b}
    weight = draw(st.lists(st.integers(0, 6), min_size=n, max_size=n))
    return make(n, sorted(edges), weight)


small_bands = st.tuples(st.integers(1, 6), st.integers(0, 5)).map(lambda b: Band(b[0], b[0] + b[1]))


def ends_of(graph):
    return np.repeat(np.arange(graph.n), np.diff(graph.indptr)), graph.indices


def violation_of(graph, labels, band):
    parts = flood(graph.n, *ends_of(graph), labels)
    assert len(parts) == len(set(labels.tolist())), "a zone is in pieces"
    return sum(band.violation(int(graph.node_weight[part].sum())) for part in parts)


def least_by_trial(graph, band):
    """Cut every subset of edges: what hangs together is a zone."""
    u, v = ends_of(graph)
    u, v = u[u < v], v[u < v]
    best = 10**9
    for kept in range(1 << len(u)):
        some = [i for i in range(len(u)) if kept >> i & 1]
        parts = flood(graph.n, u[some], v[some], np.zeros(graph.n, int))
        best = min(best, sum(band.violation(int(graph.node_weight[p].sum())) for p in parts))
    return best


@settings(max_examples=60, deadline=None)
@given(graphs(most=6), small_bands)
def test_enumeration_finds_the_least_violation(graph, band):
    labels, violation = enumerate_zones(graph, band)
    assert violation == violation_of(graph, labels, band) == least_by_trial(graph, band)


@settings(max_examples=100, deadline=None)
@given(graphs(tree=True, most=10), small_bands)
def test_tree_division_is_exact_on_trees(graph, band):
    _, least = enumerate_zones(graph, band)
    assert is_tree(graph)
    labels, violation = tree_zones(graph, band, least + 5, 0)
    assert violation == least == violation_of(graph, labels, band)
    assert tree_zones(graph, band, least, 0) == (None, least)


@settings(max_examples=60, deadline=None)
@given(graphs(most=9), small_bands)
def test_division_along_trees_is_never_better_than_the_least(graph, band):
    _, least = enumerate_zones(graph, band)
    found = band.violation(int(graph.node_weight.sum())) + 1
    labels, violation = tree_zones(graph, band, found, 3)
    assert least <= violation < found
    assert violation == violation_of(graph, labels, band)


@settings(max_examples=100, deadline=None)
@given(graphs(most=9), small_bands)
def test_what_hangs_on_one_node_is_a_lower_bound(graph, band):
    assert cut_node_bound(graph, band) <= enumerate_zones(graph, band)[1]


def test_the_bound_of_a_star_is_tight():
    star = make(25, [(0, i) for i in range(1, 25)], [1] * 25)
    assert cut_node_bound(star, Band(10, 20)) == 5


@settings(max_examples=40, deadline=None)
@given(graphs(most=7), small_bands)
def test_integer_program_bounds_and_improves(graph, band):
    _, least = enumerate_zones(graph, band)
    assert program_zones(graph, band, least) == (least, None)
    bound, labels = program_zones(graph, band, least + 1)
    assert bound <= least
    if labels is not None:
        assert violation_of(graph, labels, band) == least == bound


@pytest.mark.parametrize("weight", [[3, 0, 3], [0, 6, 0]])
def test_nodes_without_households_can_join_others(weight):
    labels, violation = enumerate_zones(make(3, [(0, 1), (1, 2)], weight), Band(6, 6))
    assert violation == 0
    assert labels.max() == 0


def test_connected_parts_agree_with_a_plain_search():
    random = np.random.default_rng(5)
    for n in (1, 5, 40):
        u, v = random.integers(0, n, (2, 2 * n))
        labels = random.integers(-1, 3, n)
        parts = connected_parts(n, u, v, labels)
        assert (parts < 0).tolist() == (labels < 0).tolist()
        plain = flood(n, u, v, labels)
        assert len(plain) == parts.max(initial=-1) + 1
        assert all(len(set(parts[p])) == 1 for p in plain)
