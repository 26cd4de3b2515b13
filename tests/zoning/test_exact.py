"""Exact zones against looking at all zones there are, and the solver against both."""

import itertools

import numpy as np
import pytest
from exhaustive import all_optima
from graphs import judge
from scipy.spatial import Delaunay

from geo_grid.zoning.bounds import cut_bound, violation_bound
from geo_grid.zoning.build import from_edges
from geo_grid.zoning.counts import candidate_counts
from geo_grid.zoning.exact import prove
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
