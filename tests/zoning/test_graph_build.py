"""Graph construction, quotients and the judge."""

import numpy as np
import pytest
from graphs import bands, graphs, judge, neighbours
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.errors import ZoningError
from geo_grid.zoning.build import components, evaluate, from_edges, quotient, zone_weights

EXAMPLES = settings(max_examples=100, deadline=None)


def test_doubles_are_merged_and_loops_dropped():
    graph = from_edges(3, [0, 1, 2, 1], [1, 0, 2, 2], [1.0, 2.0, 9.0, 4.0], [1, 2, 3])
    assert neighbours(graph) == [[1], [0, 2], [1]]
    assert graph.edge_weight.tolist() == [3.0, 3.0, 4.0, 4.0]


@EXAMPLES
@given(graphs())
def test_rows_are_sorted_and_symmetric(graph):
    beside = neighbours(graph)
    for v, row in enumerate(beside):
        assert row == sorted(set(row))
        assert v not in row
        assert all(v in beside[u] for u in row)


@EXAMPLES
@given(graphs(), bands(), st.integers(0, 9))
def test_the_judge_agrees_with_a_plain_one(graph, band, seed):
    labels = np.random.default_rng(seed).integers(0, 4, graph.n)
    labels = np.unique(labels, return_inverse=True)[1]
    result = evaluate(graph, labels, *band)
    good, violation, cut = judge(graph, labels, *band)
    assert (result.contiguous, result.violation) == (good, violation)
    assert result.cut_weight == pytest.approx(cut)


@EXAMPLES
@given(graphs(), bands(), st.integers(0, 9))
def test_a_quotient_keeps_weights_and_cuts(graph, band, seed):
    fine = np.unique(np.random.default_rng(seed).integers(0, 9, graph.n), return_inverse=True)[1]
    coarse = quotient(graph, fine)
    assert np.array_equal(coarse.node_weight, zone_weights(graph, fine))
    over = np.unique(np.arange(coarse.n) // 3, return_inverse=True)[1]
    above, below = evaluate(coarse, over, *band), evaluate(graph, over[fine], *band)
    assert above.violation == below.violation
    assert above.cut_weight == pytest.approx(below.cut_weight)


@EXAMPLES
@given(graphs())
def test_components_are_closed_and_numbered_by_first_node(graph):
    piece = components(graph)
    assert all(piece[v] == piece[u] for v, row in enumerate(neighbours(graph)) for u in row)
    assert evaluate(graph, piece, 0, 1).contiguous
    first = [int(np.flatnonzero(piece == c)[0]) for c in range(piece.max() + 1)]
    assert first == sorted(first)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((2, [0], [2], None, [1, 1]), "not among"),
        ((2, [-1], [1], None, [1, 1]), "not among"),
        ((2, [0], [1, 1], None, [1, 1]), "ends"),
        ((2, [0], [1], [np.nan], [1, 1]), "finite"),
        ((2, [0], [1], None, [1, -1]), "negative"),
        ((2, [0], [1], None, [1]), "length"),
        ((2, [0], [1], None, [1, 1], [0.0, np.inf], [0.0, 0.0]), "finite"),
    ],
)
def test_malformed_edges_are_refused(arguments, words):
    with pytest.raises(ZoningError, match=words):
        from_edges(*arguments)


@pytest.mark.parametrize("labels", [[0, 2, 2], [0, 1], [-1, 0, 1]])
def test_labels_that_do_not_fit_are_refused(labels):
    graph = from_edges(3, [0, 1], [1, 2], None, [1, 1, 1])
    with pytest.raises(ZoningError):
        evaluate(graph, np.array(labels), 1, 2)
    with pytest.raises(ZoningError):
        quotient(graph, np.array(labels))
