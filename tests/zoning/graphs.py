"""Random graphs and a judge that shares no code with the solver."""

import itertools

import numpy as np
from hypothesis import strategies as st
from scipy.spatial import Delaunay

from geo_grid.zoning.build import from_edges
from geo_grid.zoning.graph import Graph


def neighbours(graph: Graph) -> list[list[int]]:
    return [graph.indices[graph.indptr[v] : graph.indptr[v + 1]].tolist() for v in range(graph.n)]


def connected(beside: list[list[int]], members: set[int]) -> bool:
    if not members:
        return False
    todo = [next(iter(members))]
    seen = set(todo)
    while todo:
        for u in beside[todo.pop()]:
            if u in members and u not in seen:
                seen.add(u)
                todo.append(u)
    return seen == members


def judge(graph: Graph, labels: np.ndarray, low: int, high: int) -> tuple[bool, int, float]:
    """Whether zones 0 … k − 1 are all used and connected, their violation, their cut."""
    beside = neighbours(graph)
    zones: dict[int, set[int]] = {}
    for v, z in enumerate(labels.tolist()):
        zones.setdefault(z, set()).add(v)
    good = sorted(zones) == list(range(len(zones))) and all(connected(beside, m) for m in zones.values())
    violation = 0
    for members in zones.values():
        weight = sum(int(graph.node_weight[v]) for v in members)
        violation += max(0, low - weight, weight - high)
    cut = 0.0
    for v in range(graph.n):
        for e in range(graph.indptr[v], graph.indptr[v + 1]):
            u = graph.indices[e]
            if u > v and labels[u] != labels[v]:
                cut += graph.edge_weight[e]
    return good, violation, cut


def partitions(n: int, k: int):
    """Yield every partition of n nodes into exactly k groups, as restricted growth strings."""
    for tail in itertools.product(range(k), repeat=n - 1):
        labels = (0, *tail)
        top = 0
        for z in labels:
            if z > top:
                break
            top = max(top, z + 1)
        else:
            if top == k:
                yield labels


def brute_force(graph: Graph, low: int, high: int, k: int) -> tuple[int, float]:
    """Return the least violation, and the least cut among those, of all connected zone systems with k zones."""
    best: tuple[int, float] | None = None
    for labels in partitions(graph.n, k):
        good, violation, cut = judge(graph, np.array(labels), low, high)
        if good and (best is None or (violation, cut) < best):
            best = violation, cut
    assert best is not None
    return best


def delaunay(n: int, seed: int, weights: np.ndarray | None = None) -> Graph:
    """Return the triangulation of n random points."""
    points = np.random.default_rng(seed).random((n, 2))
    corners = Delaunay(points).simplices
    edges = np.unique(np.sort(np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]), axis=1), axis=0)
    weights = np.ones(n, dtype=int) if weights is None else weights
    return from_edges(n, edges[:, 0], edges[:, 1], None, weights, points[:, 0], points[:, 1])


@st.composite
def graphs(draw, max_nodes: int = 40, *, whole: bool = False) -> Graph:
    """Draw triangulations, trees, chains, stars, rings and sparse graphs, in one piece or several."""
    n = draw(st.integers(1, max_nodes))
    kind = draw(st.sampled_from(["delaunay", "tree", "chain", "star", "ring", "sparse"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    edges: list[tuple[int, int]] = []
    if kind == "delaunay" and n >= 4:
        corners = Delaunay(rng.random((n, 2))).simplices
        edges = [(int(a), int(b)) for t in corners for a, b in itertools.combinations(t, 2)]
    elif kind == "star":
        edges = [(0, v) for v in range(1, n)]
    elif kind == "sparse" and not whole:
        edges = [(int(a), int(b)) for a, b in rng.integers(0, n, (n, 2))]
    elif kind in ("chain", "ring"):
        edges = [(v - 1, v) for v in range(1, n)] + ([(n - 1, 0)] if kind == "ring" else [])
    else:
        edges = [(int(rng.integers(0, v)), v) for v in range(1, n)]
    if not whole and edges and draw(st.booleans()):
        edges = [e for e in edges if rng.random() > 0.15]
    top = draw(st.sampled_from([0, 1, 3, 30, 1000]))
    weights = rng.integers(0, top + 1, n) if draw(st.booleans()) else np.full(n, top)
    costs = rng.normal(1.0, draw(st.sampled_from([0.0, 0.5, 2.0])), len(edges))
    u, v = (list(side) for side in zip(*edges, strict=True)) if edges else ([], [])
    return from_edges(n, u, v, costs, weights, rng.random(n), rng.random(n))


@st.composite
def bands(draw) -> tuple[int, int]:
    low = draw(st.integers(0, 60))
    return low, low + draw(st.integers(0, 60))
