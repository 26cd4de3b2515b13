"""Bounds without a search, against looking at everything."""

import itertools

import numpy as np
import pytest
from graphs import bands, delaunay, graphs
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.errors import ZoningError
from geo_grid.zoning.bounds import cut_bound, split_bound, violation_bound
from geo_grid.zoning.build import components, evaluate, from_edges
from geo_grid.zoning.solve import solve

EXAMPLES = settings(max_examples=100, deadline=None)


def packs(sizes, zones, low, high, loose):
    """Whether whole buildings and loose households fill some zones, each in the band."""
    if not sizes:
        return sum(max(0, low - z) for z in zones) <= loose <= sum(high - z for z in zones)
    tried = set()
    for i, load in enumerate(zones):
        if load + sizes[0] <= high and load not in tried:
            tried.add(load)
            if packs(sizes[1:], (*zones[:i], load + sizes[0], *zones[i + 1 :]), low, high, loose):
                return True
    return False


def fewest_splits(sizes, low, high):
    """Fewest buildings split if every building stood beside every other; None where no number of zones fits."""
    total = sum(sizes)
    counts = [k for k in range(1, total + 1) if k * low <= total <= k * high]
    for many in range(len(sizes) + 1) if counts else []:
        for split in itertools.combinations(range(len(sizes)), many):
            whole = [s for i, s in enumerate(sizes) if i not in split]
            if any(packs(whole, (0,) * k, low, high, total - sum(whole)) for k in counts):
                return many
    return None


@EXAMPLES
@given(st.lists(st.integers(1, 30), min_size=1, max_size=6), st.integers(1, 20), st.integers(0, 12))
def test_no_zones_in_the_band_split_fewer_buildings(sizes, low, more):
    fewest = fewest_splits(sizes, low, low + more)
    if fewest is not None:
        assert split_bound(sizes, low, low + more) <= fewest


@pytest.mark.parametrize(
    ("sizes", "low", "high", "fewest"),
    [
        ([], 10, 20, 0),
        ([21, 20, 19], 10, 20, 1),
        ([300, 301], 300, 500, 0),
        ([200, 401], 300, 500, 1),
        ([6, 6, 6], 9, 9, 1),
        ([8, 8, 8, 8, 8], 10, 14, 1),
        ([11, 11, 11, 11, 11, 11], 16, 20, 2),
        ([0, 0, 15], 10, 20, 0),
    ],
)
def test_the_buildings_that_must_be_split_are_counted(sizes, low, high, fewest):
    assert split_bound(sizes, low, high) == fewest


@EXAMPLES
@given(graphs(30), bands(), st.one_of(st.none(), st.integers(1, 35)))
def test_found_zones_never_lie_below_the_bounds(graph, band, k):
    found = solve(graph, *band, k)
    assert violation_bound(graph, *band, k) <= found.violation
    cut = found.cut_weight + 1e-9
    assert cut_bound(graph, *band, found.k, found.violation) <= cut
    assert cut_bound(graph, *band, found.k, found.violation, aim=found.cut_weight) <= cut


@EXAMPLES
@given(graphs(20), st.integers(0, 2**32 - 1))
def test_random_zones_never_lie_below_the_spectral_bound(graph, seed):
    if graph.n == 0:
        return
    labels = np.unique(np.random.default_rng(seed).integers(0, 4, graph.n), return_inverse=True)[1]
    found = evaluate(graph, labels, 5, 20)
    # With a zone a component there is one way only to be connected; else neither argument needs connected zones.
    if found.k > components(graph).max() + 1:
        assert cut_bound(graph, 5, 20, found.k, found.violation) <= found.cut_weight + 1e-9


def test_the_violation_that_numbers_force_is_found():
    path = from_edges(3, [0, 1], [1, 2], None, [9, 50, 9])
    assert violation_bound(path, 10, 20) == 30
    assert violation_bound(path, 10, 20, 1) == 48
    assert violation_bound(path, 10, 20, 3) == 30 + 2
    assert violation_bound(from_edges(4, [0, 2], [1, 3], None, [30, 30, 1, 1]), 10, 20) == 20 + 8
    assert violation_bound(from_edges(0, [], [], None, []), 10, 20) == 0


def test_cuts_that_are_known_at_once_are_known():
    graph = delaunay(20, 1)
    assert cut_bound(graph, 5, 10, 1) == 0
    assert cut_bound(graph, 1, 1, 20) == graph.edge_weight.sum() / 2


def test_the_spectral_bound_of_a_square_passes_that_of_its_eigenvalue():
    grid = np.arange(64).reshape(8, 8)
    across, down = (grid[:, :-1].ravel(), grid[:, 1:].ravel()), (grid[:-1].ravel(), grid[1:].ravel())
    graph = from_edges(64, np.r_[across[0], down[0]], np.r_[across[1], down[1]], None, np.ones(64, dtype=int))
    # Halving 64 nodes: 32 times the second eigenvalue of a chain of 8, halved; the ascent must add to that.
    plain = 16 * (2 - 2 * np.cos(np.pi / 8))
    assert cut_bound(graph, 32, 32, 2, rounds=1) == pytest.approx(plain)
    assert 1.05 * plain < cut_bound(graph, 32, 32, 2) <= 8.0


def test_nodes_without_weight_are_bridged_not_lost():
    graph = from_edges(4, [0, 1, 2], [1, 2, 3], [2.0, 2.0, 2.0], [1, 0, 0, 1])
    bound = cut_bound(graph, 1, 1, 2)
    assert 0.6 < bound <= 2.0


def test_malformed_graphs_are_refused():
    graph = delaunay(20, 1)
    graph.node_weight[3] = -1
    with pytest.raises(ZoningError, match="negative"):
        violation_bound(graph, 1, 2)
    with pytest.raises(ZoningError, match="negative"):
        cut_bound(graph, 1, 2, 3)
