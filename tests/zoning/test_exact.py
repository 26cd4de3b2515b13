"""Exact zones against looking at all zones there are, and the solver against both."""

import itertools
import json
import sys

import numpy as np
import pytest
from exhaustive import all_optima
from graphs import bands, delaunay, graphs, judge
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial import Delaunay

from geo_grid.cli import main
from geo_grid.errors import MissingDependencyError, ZoningError
from geo_grid.zoning.bounds import cut_bound, violation_bound
from geo_grid.zoning.build import components, from_edges
from geo_grid.zoning.counts import candidate_counts
from geo_grid.zoning.exact import prove
from geo_grid.zoning.exact_model import Scale
from geo_grid.zoning.solve import solve

CASES = 200


def little(seed):
    """Return a little planar graph or tree as an instance: graph, its numbers, low, high, k or None."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(5, 17 if seed % 4 else 14))
    points = rng.random((n, 2))
    corners = Delaunay(points).simplices
    edges = sorted({tuple(sorted((int(a), int(b)))) for t in corners for a, b in itertools.combinations(t, 2)})
    if seed % 3 == 1:
        edges = [(int(rng.integers(max(0, v - 4), v)), v) for v in range(1, n)]
    elif seed % 3 == 2:
        tree = {tuple(sorted((int(rng.integers(0, v)), v))) for v in range(1, n)}
        edges = sorted(tree | {e for e in edges if rng.random() < 0.4})
    weights = rng.integers(1, 10, n) * (rng.random(n) > 0.1)
    costs = np.ones(len(edges), int) if seed % 2 else rng.integers(1, 8, len(edges))
    k = int(rng.integers(2, 5)) if seed % 4 else None
    mean = weights.sum() / (k or max(1, n // 4))
    low = int(mean * rng.choice([0.7, 0.85, 0.95]))
    high = max(low, int(mean * rng.choice([1.05, 1.15, 1.3])))
    graph = from_edges(n, *zip(*edges, strict=True), costs, weights, *points.T)
    return graph, (n, edges, costs, weights), low, high, k


def optimum(numbers, low, high, k):
    """Return the number of zones, violation and cut of the best zones of all."""
    n, weights = numbers[0], numbers[3]
    if k is not None:
        k = min(k, n)
        return k, *all_optima(*numbers, low, high, k)[k]
    optima = all_optima(*numbers, low, high, n)
    least = min(found[0] for found in optima.values())
    best = next(c for c in candidate_counts(int(sum(weights)), n, low, high) if optima[c][0] == least)
    return best, *optima[best]


@pytest.fixture(scope="module")
def cases():
    """Little instances and their optima."""
    return [
        (graph, low, high, k, optimum(numbers, low, high, k))
        for graph, numbers, low, high, k in map(little, range(CASES))
    ]


def test_proofs_come_to_the_best_of_all_zones(cases):
    for number, (graph, low, high, k, best) in enumerate(cases):
        proof = prove(graph, low, high, k)
        good, violation, cut = judge(graph, proof.labels, low, high)
        assert good, number
        assert (proof.k, violation, cut) == best, number
        assert (proof.violation, proof.cut_weight) == (violation, cut), number
        assert (proof.violation_bound, proof.lower_bound) == (violation, pytest.approx(cut)), number
        assert proof.optimal, number
        assert proof.infeasible == (violation > 0), number
        assert proof.gap == 0, number


def test_the_solver_comes_to_the_best_violation_always_and_to_the_best_cut_nearly(cases):
    worse, missed = [], []
    for number, (graph, low, high, k, best) in enumerate(cases):
        found = solve(graph, low, high, k)
        if found.violation != best[1] or found.k != best[0]:
            worse.append(number)
        elif found.cut_weight != best[2]:
            missed.append(number)
    assert not worse
    assert len(missed) <= 0.02 * CASES, missed


def test_bounds_never_pass_the_best_of_all_zones(cases):
    reached = 0
    for graph, low, high, k, (count, violation, cut) in cases:
        assert violation_bound(graph, low, high, k) <= violation
        assert violation_bound(graph, low, high, count) <= violation
        bound = cut_bound(graph, low, high, count, violation)
        assert bound <= cut + 1e-9
        assert cut_bound(graph, low, high, count, violation, aim=cut) <= cut
        reached += bound > 0.4 * cut
    assert reached > 0.5 * CASES


@given(graphs(8), bands(), st.one_of(st.none(), st.integers(1, 9)))
@settings(max_examples=40, deadline=None)
def test_graphs_in_pieces_and_costs_of_any_sign_are_proven_too(graph, band, k):
    proof = prove(graph, *band, k)
    good, violation, cut = judge(graph, proof.labels, *band)
    assert good
    assert (proof.violation, proof.cut_weight) == (violation, pytest.approx(cut))
    assert proof.optimal
    pieces = components(graph).max() + 1
    if k is not None:
        assert proof.k == min(max(k, pieces), graph.n)
    row = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    half = row < graph.indices
    costs = np.round(graph.edge_weight[half] * 1e6).astype(int)
    edges = list(zip(row[half].tolist(), graph.indices[half].tolist(), strict=True))
    optima = all_optima(graph.n, edges, costs, graph.node_weight, *band, graph.n)
    best = optima[proof.k]
    if k is None:
        assert violation == min(found[0] for found in optima.values() if found is not None)
    if k is not None or pieces == 1:
        assert violation == best[0]
        assert cut == pytest.approx(best[1] / 1e6, abs=1e-4)
    assert proof.lower_bound == pytest.approx(cut, abs=1e-6)


def test_zones_that_are_given_are_bettered():
    graph = from_edges(6, [0, 1, 2, 3, 4], [1, 2, 3, 4, 5], [5, 1, 5, 5, 5], [1, 1, 1, 1, 1, 1])
    proof = prove(graph, 2, 4, 2, start=np.array([0, 0, 0, 1, 1, 1]))
    assert (proof.violation, proof.cut_weight, proof.optimal) == (0, 1.0, True)
    assert proof.labels.tolist() == [0, 0, 1, 1, 1, 1]


def test_an_empty_graph_and_a_node_alone_are_proven():
    assert prove(from_edges(0, [], [], None, []), 1, 2).optimal
    alone = prove(from_edges(1, [], [], None, [7]), 1, 2)
    assert (alone.k, alone.violation, alone.violation_bound, alone.infeasible) == (1, 5, 5, True)


def test_without_time_the_bounds_are_still_true():
    graph = delaunay(120, 3, np.random.default_rng(3).integers(1, 9, 120))
    proof = prove(graph, 95, 105, 6, seconds=1e-6)
    assert proof.violation_bound <= proof.violation
    assert proof.lower_bound <= proof.cut_weight
    assert not proof.optimal
    assert proof.gap is None or proof.gap > 0


def test_weights_that_are_no_decimals_are_rounded_down():
    weights = np.random.default_rng(1).random(30) * np.pi
    scale = Scale.of(weights)
    assert not scale.exact
    assert (scale.costs <= weights * scale.factor).all()
    exact = Scale.of(np.array([2.5, -7.5, 0.0, 5.0]))
    assert exact.exact
    assert (exact.costs / exact.factor).tolist() == [2.5, -7.5, 0.0, 5.0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"low": 5, "high": 4}, "band"),
        ({"k": 0}, "at least 1"),
        ({"seconds": 0.0}, "seconds"),
        ({"seconds": float("nan")}, "seconds"),
        ({"start": np.zeros(3, dtype=int)}, "fit"),
        ({"start": np.array([0, 1, 0, 1, 0])}, "pieces"),
        ({"start": np.zeros(5, dtype=int), "k": 3}, "not 3"),
        ({"start": np.zeros(5, dtype=int), "low": 3, "high": 1}, "band"),
    ],
)
def test_malformed_input_is_refused(change, words):
    graph = from_edges(5, np.arange(4), np.arange(1, 5), None, np.ones(5, dtype=int))
    with pytest.raises(ZoningError, match=words):
        prove(graph, **{"low": 2, "high": 4, **change})


def test_without_or_tools_the_mend_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'geo-grid\[prove\]'"):
        prove(from_edges(1, [], [], None, [7]), 1, 2)


def test_the_command_writes_and_prints_the_proof(tmp_path, capsys):
    graph, _, low, high, _ = little(7)
    row = np.repeat(np.arange(graph.n), np.diff(graph.indptr))
    data = {
        "nodes": [{"pop": int(w)} for w in graph.node_weight],
        "edges": [[int(u), int(v)] for u, v in zip(row, graph.indices, strict=True) if u < v],
        "k": 3,
        "L": low,
        "U": high,
    }
    path, out = tmp_path / "instance.json", tmp_path / "labels.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    assert main(["zone", str(path), "--out", str(out), "--prove"]) == 0
    written = json.loads(out.read_text(encoding="utf-8"))
    assert (written["optimal"], written["gap"], written["lower_bound"]) == (True, 0, written["cut_edges"])
    assert written["infeasible"] == (written["violation"] > 0)
    assert "proven optimal" in capsys.readouterr().out
