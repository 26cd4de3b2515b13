"""The promises of the solver, on random graphs."""

import numpy as np
import pytest
from graphs import bands, brute_force, connected, delaunay, graphs, judge, neighbours
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.errors import ZoningError
from geo_grid.zoning.build import components, from_edges
from geo_grid.zoning.counts import band_violation
from geo_grid.zoning.solve import solve

EXAMPLES = settings(max_examples=150, deadline=None)


@EXAMPLES
@given(graphs(), bands(), st.one_of(st.none(), st.integers(1, 45)), st.integers(0, 3))
def test_zones_are_connected_and_the_figures_are_true(graph, band, k, seed):
    result = solve(graph, *band, k, seed=seed)
    good, violation, cut = judge(graph, result.labels, *band)
    assert good
    assert result.contiguous
    assert result.violation == violation
    assert result.cut_weight == pytest.approx(cut)
    assert result.k == result.labels.max() + 1
    if k is not None:
        assert result.k == min(max(k, components(graph).max() + 1), graph.n)


@EXAMPLES
@given(graphs(), bands(), st.one_of(st.none(), st.integers(1, 12)), st.integers(0, 3))
def test_the_same_seed_gives_the_same_labels(graph, band, k, seed):
    first, second = solve(graph, *band, k, seed=seed), solve(graph, *band, k, seed=seed)
    assert np.array_equal(first.labels, second.labels)


@EXAMPLES
@given(graphs(8, whole=True), bands(), st.integers(1, 5))
def test_no_zone_system_of_a_small_graph_has_less_violation(graph, band, k):
    k = min(k, graph.n)
    assert solve(graph, *band, k).violation == brute_force(graph, *band, k)[0]


@EXAMPLES
@given(graphs(7, whole=True), bands())
def test_with_a_free_number_no_zone_system_has_less_violation(graph, band):
    least = min(brute_force(graph, *band, k)[0] for k in range(1, graph.n + 1))
    assert solve(graph, *band).violation == least


@pytest.mark.parametrize("weights", [[2, 8, 13, 11, 11, 0], [6, 2, 1, 16, 7, 5], [25, 0, 3, 3, 9, 4]])
def test_a_number_that_cannot_be_better_does_not_hide_one_further_on_that_is(weights):
    """Large nodes force more on the second number of zones tried than on the third."""
    graph = from_edges(6, [0, 1, 1, 1, 2], [1, 2, 3, 5, 4], None, weights)
    least = min(brute_force(graph, 9, 9, k)[0] for k in range(1, 7))
    assert solve(graph, 9, 9).violation == least


@given(st.integers(30, 400), st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_unit_weights_on_a_map_meet_the_band_with_the_number_nearest_its_middle(n, seed):
    result = solve(delaunay(n, seed), 10, 20, seed=seed)
    assert result.violation == 0
    best = min(range(1, n + 1), key=lambda k: (band_violation(n, k, 10, 20), abs(n / k - 15)))
    assert abs(n / result.k - 15) == abs(n / best - 15)


@EXAMPLES
@given(graphs(), bands(), st.integers(2, 8), st.data())
def test_locked_nodes_keep_their_label(graph, band, k, data):
    start = solve(graph, 0, 10**9, k).labels
    locked = np.array(data.draw(st.lists(st.booleans(), min_size=graph.n, max_size=graph.n)), dtype=bool)
    result = solve(graph, *band, start=start, locked=locked)
    good, violation, _ = judge(graph, result.labels, *band)
    assert good
    assert np.array_equal(result.labels[locked], start[locked])
    assert violation <= judge(graph, start, *band)[1]


def test_all_nodes_locked_stay():
    graph = delaunay(50, 1)
    start = solve(graph, 10, 20, seed=4).labels
    assert np.array_equal(solve(graph, 1, 2, start=start, locked=np.ones(50, dtype=bool)).labels, start)


@pytest.mark.parametrize("k", [None, 1, 3])
def test_an_empty_graph_has_no_zones(k):
    result = solve(from_edges(0, [], [], None, []), 10, 20, k)
    assert (result.k, result.violation, result.contiguous) == (0, 0, True)


def test_a_node_alone_is_a_zone():
    result = solve(from_edges(1, [], [], None, [7]), 10, 20)
    assert (result.k, result.violation) == (1, 3)


def test_isolated_nodes_are_zones_of_their_own_whatever_k_says():
    result = solve(from_edges(4, [], [], None, [12, 3, 40, 0]), 10, 20, 2)
    assert result.k == 4
    assert result.violation == 7 + 20 + 10


def test_one_zone_and_one_zone_a_node():
    graph = delaunay(30, 2)
    assert solve(graph, 10, 20, 1).violation == 10
    assert solve(graph, 1, 1, 30).violation == 0


def test_a_long_chain_is_cut_where_only_one_cut_is_right():
    weights = np.tile([7, 3], 60)
    graph = from_edges(120, np.arange(119), np.arange(1, 120), None, weights)
    result = solve(graph, 10, 10, 60)
    assert result.violation == 0


def test_a_welcome_cut_is_taken():
    grid = np.arange(36).reshape(6, 6)
    across, down = np.stack([grid[:, :-1], grid[:, 1:]], -1).reshape(-1, 2), np.stack([grid[:-1], grid[1:]], -1)
    edges = np.vstack([across, down.reshape(-1, 2)])
    river = (edges[:, 0] % 6 == 2) & (edges[:, 1] % 6 == 3)
    graph = from_edges(36, edges[:, 0], edges[:, 1], np.where(river, -1.0, 1.0), np.ones(36, dtype=int))
    result = solve(graph, 10, 26, 2)
    assert result.cut_weight == -6.0
    assert result.cut_edges == 6


def test_a_hub_and_a_heavy_node_do_not_stop_the_others():
    graph = from_edges(41, np.zeros(40, dtype=int), np.arange(1, 41), None, np.r_[5000, np.ones(40, dtype=int)])
    result = solve(graph, 10, 20, 3)
    assert connected(neighbours(graph), set(np.flatnonzero(result.labels == result.labels[0]).tolist()))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"low": 5, "high": 4}, "band"),
        ({"low": -1}, "band"),
        ({"k": 0}, "at least 1"),
        ({"effort": 0.0}, "effort"),
        ({"locked": np.ones(9, dtype=bool)}, "start"),
        ({"start": np.zeros(3, dtype=int)}, "fit"),
        ({"start": np.r_[np.zeros(8, dtype=int), 2]}, "unused"),
        ({"start": np.array([0, 1, 0, 1, 0, 1, 0, 1, 0])}, "pieces"),
        ({"start": np.zeros(9, dtype=int), "locked": np.ones(2, dtype=bool)}, "locked"),
        ({"start": np.zeros(9, dtype=int), "k": 3}, "not 3"),
    ],
)
def test_malformed_input_is_refused(change, words):
    graph = from_edges(9, np.arange(8), np.arange(1, 9), None, np.ones(9, dtype=int))
    with pytest.raises(ZoningError, match=words):
        solve(graph, **{"low": 2, "high": 4, **change})
