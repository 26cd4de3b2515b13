"""Tiny graphs: every division is looked at."""

import numpy as np
import pytest
from exhaustive import all_optima
from graphs import bands, graphs, judge
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.zoning.build import evaluate, from_edges
from geo_grid.zoning.solve import solve
from geo_grid.zoning.tiny import ALWAYS, IF_NEEDED, best_division


def rows(graph):
    """Return edges and costs of a graph."""
    ends = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    half = ends < graph.indices
    return list(zip(ends[half].tolist(), graph.indices[half].tolist(), strict=True)), graph.edge_weight[half]


@given(graphs(9, whole=True), bands(), st.integers(1, 9))
@settings(max_examples=100, deadline=None)
def test_the_best_division_is_the_best_of_all(graph, band, k):
    k = min(k, graph.n)
    edges, costs = rows(graph)
    costs = np.round(costs)
    graph = from_edges(graph.n, *np.array(edges, dtype=np.int64).reshape(-1, 2).T, costs, graph.node_weight)
    labels, violation = best_division(graph, *band, k)
    found = evaluate(graph, labels, *band)
    best = all_optima(graph.n, edges, costs, graph.node_weight.tolist(), *band, k)[k]
    assert found.contiguous
    assert found.k == k
    assert violation == found.violation
    assert (found.violation, found.cut_weight) == (best[0], pytest.approx(best[1]))


@given(graphs(8), bands(), st.one_of(st.none(), st.integers(1, 8)))
@settings(max_examples=60, deadline=None)
def test_what_is_looked_at_whole_has_a_bound(graph, band, k):
    found = solve(graph, *band, k)
    assert judge(graph, found.labels, *band)[0]
    assert found.lower_bound in {None, found.cut_weight}
    if k is None:
        assert found.lower_bound == found.cut_weight


def test_a_graph_too_large_to_be_looked_at_whole_has_no_bound():
    n = IF_NEEDED + 20
    line = np.arange(n - 1)
    graph = from_edges(n, line, line + 1, None, np.ones(n, np.int64))
    assert solve(graph, 3, 5, n // 4).lower_bound is None
    assert ALWAYS <= IF_NEEDED
