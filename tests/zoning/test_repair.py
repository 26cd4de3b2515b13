"""Repair: never torn, never worse, locked nodes stay, and on tiny graphs the best there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from graphs import bands, connected, delaunay, graphs, judge, neighbours
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.errors import ZoningError
from geo_grid.zoning import repair
from geo_grid.zoning.build import from_edges, renumber
from geo_grid.zoning.repair import mend
from geo_grid.zoning.repair_exact import exact_repair
from geo_grid.zoning.repair_start import make_whole
from geo_grid.zoning.solve import solve


def chain(weights) -> object:
    n = len(weights)
    return from_edges(n, range(n - 1), range(1, n), None, weights)


def moved(graph, labels, home) -> int:
    return int(graph.node_weight[(home >= 0) & (labels != home)].sum())


def divisions(n):
    """Yield every division of n nodes into groups, as restricted growth strings."""
    rows = [[0]]
    for _ in range(n - 1):
        rows = [[*row, z] for row in rows for z in range(max(row) + 2)]
    yield from rows


def names_of(groups, home, price, pinned):
    """Return fewest opened and closed zones, then fewest households moved, over all ways to name the groups."""
    living = {int(z) for z in (*home, *pinned) if z >= 0}
    locked = {int(z) for z in pinned if z >= 0}
    stayed_with = {frozenset(): 0}  # old names given so far, and the most households that stay with them
    for group in groups:
        wanted = {int(pinned[v]) for v in group if pinned[v] >= 0}
        following = {}
        for used, stayed in stayed_with.items():
            free = ((living - used) if not wanted else (wanted - used if len(wanted) == 1 else set())) | (
                set() if wanted else {None}
            )
            for name in free:
                key = used if name is None else used | {name}
                more = stayed + sum(price[v] for v in group if name is not None and home[v] == name)
                following[key] = max(following.get(key, -1), more)
        stayed_with = following
    options = [
        (len(groups) - len(used) + len(living - used), sum(price) - stayed)
        for used, stayed in stayed_with.items()
        if locked <= used
    ]
    return min(options) if options else None


def brute(graph, home, price, pinned, low, high):
    """Return the least violation, then fewest opened and closed, then fewest moved, of all connected divisions."""
    beside = neighbours(graph)
    whole = {}
    best = None
    for row in divisions(graph.n):
        groups = [[v for v in range(graph.n) if row[v] == z] for z in range(max(row) + 1)]
        good = True
        out = 0
        for group in groups:
            key = tuple(group)
            if key not in whole:
                whole[key] = connected(beside, set(group))
            good &= whole[key]
            weight = int(graph.node_weight[group].sum())
            out += max(0, low - weight, weight - high)
        if not good or (best is not None and out > best[0]):
            continue
        named = names_of(groups, home, price, pinned)
        if named is not None and (best is None or (out, *named) < best):
            best = (out, *named)
    return best


def disturbed(graph, low, high, random):
    """Zones that were good once: some nodes heavier, some empty, some without a zone."""
    labels = solve(graph, low, high).labels.copy()
    weight = graph.node_weight.copy()
    few = max(1, graph.n // 6)
    weight[random.choice(graph.n, few)] += 1
    weight[random.choice(graph.n, few)] = 0
    labels[random.choice(graph.n, few)] = -1
    return replace(graph, node_weight=weight), labels


def tiny_cases(count):
    for seed in range(count):
        random = np.random.default_rng(seed)
        n = int(random.integers(4, 8))
        graph = delaunay(n, seed, random.integers(1, 6, n)) if seed % 3 else chain(random.integers(1, 6, n))
        low = int(random.integers(1, 8))
        high = low + int(random.integers(0, 6))
        graph, labels = disturbed(graph, low, high, random)
        if seed % 2:
            labels[random.choice(n, n // 3)] = random.integers(0, max(labels.max(), 0) + 1, n // 3)
        yield graph, labels, low, high


def test_tiny_repairs_are_the_best_of_all_divisions():
    for graph, labels, low, high in tiny_cases(60):
        mended = mend(graph, labels, low, high)
        price = np.where(labels >= 0, graph.node_weight, 0)
        best = brute(graph, labels, price.tolist(), np.full(graph.n, -1), low, high)
        living, used = set(labels[labels >= 0].tolist()), set(mended.labels.tolist())
        assert (mended.violation, len(living ^ used), moved(graph, mended.labels, labels)) == best


def test_the_search_alone_comes_to_the_same_on_tiny_graphs(monkeypatch):
    monkeypatch.setattr(repair, "LISTED", 0)
    same = fewest = count = 0
    for graph, labels, low, high in tiny_cases(120):
        if (labels < 0).all():
            continue
        names = np.unique(labels[labels >= 0])
        home = np.where(labels >= 0, np.searchsorted(names, labels), -1)
        price = np.where(labels >= 0, graph.node_weight, 0)
        best = exact_repair(graph, home, price, np.full(graph.n, -1), low, high)
        found = mend(graph, home, low, high)
        count += 1
        same += judge(graph, renumber(best), low, high)[1] == found.violation
        fewest += moved(graph, found.labels, home) <= moved(graph, best, home)
    assert same >= 0.99 * count, f"violation: {same} of {count}"
    # Most of the rest are zones without a household in them, whose names the search does not hand on.
    assert fewest >= 0.9 * count, f"moved: {fewest} of {count}"


@settings(max_examples=60, deadline=None)
@given(graphs(max_nodes=30), bands(), st.integers(0, 2**32 - 1), st.booleans())
def test_any_labels_are_mended_into_connected_zones(graph, band, seed, torn):
    random = np.random.default_rng(seed)
    labels = random.integers(-1, 5, graph.n) if torn else solve(graph, *band).labels * 7
    locked = random.random(graph.n) < 0.2 if not torn else np.zeros(graph.n, bool)
    mended = mend(graph, labels, *band, locked=locked, seed=seed % 5)
    good, violation, cut = judge(graph, renumber(mended.labels), *band)
    assert good
    assert violation == mended.violation
    assert cut == pytest.approx(mended.cut_weight)
    np.testing.assert_array_equal(mended.labels[locked], labels[locked])
    np.testing.assert_array_equal(mended.labels, mend(graph, labels, *band, locked=locked, seed=seed % 5).labels)
    if not torn:
        assert violation <= judge(graph, renumber(labels), *band)[1]


@settings(max_examples=40, deadline=None)
@given(st.integers(12, 60), st.integers(0, 10**6))
def test_torn_zones_with_locked_nodes_are_joined_or_refused(n, seed):
    random = np.random.default_rng(seed)
    graph = delaunay(n, seed)
    labels = random.integers(0, 4, n)
    locked = random.random(n) < 0.1
    try:
        mended = mend(graph, labels, 3, 9, locked=locked)
    except ZoningError:
        zones, times = np.unique(labels[locked], return_counts=True)
        # One locked node a zone, or a single zone with any, is never in the way.
        assert (times > 1).any()
        assert len(zones) > 1
        return
    assert judge(graph, renumber(mended.labels), 3, 9)[0]
    np.testing.assert_array_equal(mended.labels[locked], labels[locked])


def test_zones_in_band_are_left_alone():
    graph = delaunay(300, 3)
    labels = solve(graph, 10, 20).labels + 100
    mended = mend(graph, labels, 10, 20)
    np.testing.assert_array_equal(mended.labels, labels)


def test_one_household_too_many_passes_through_full_zones_to_where_there_is_room():
    weights = [1] * 16
    graph = chain(weights)
    labels = np.repeat([4, 8, 1, 6], [5, 4, 4, 3])
    mended = mend(graph, labels, 3, 4)
    assert mended.violation == 0
    assert moved(graph, mended.labels, labels) == 3
    assert mended.labels.tolist() == np.repeat([4, 8, 1, 6], 4).tolist()


def test_a_zone_is_opened_only_where_counts_force_it_and_gets_a_new_number():
    graph = delaunay(60, 5)
    labels = solve(graph, 10, 20, 4).labels * 3
    heavier = replace(graph, node_weight=graph.node_weight + 1)
    mended = mend(heavier, labels, 10, 20)
    assert mended.violation == 0
    assert mended.k == 6
    assert set(mended.labels.tolist()) == {0, 3, 6, 9, 10, 11}


def test_a_zone_is_closed_where_too_few_are_left():
    graph = chain([1] * 12)
    labels = np.repeat([0, 1, 2], 4)
    mended = mend(graph, labels, 5, 7)
    assert mended.violation == 0
    assert mended.k == 2
    assert moved(graph, mended.labels, labels) == 4


def test_moves_are_counted_from_the_anchor():
    graph = chain([1] * 6)
    plan = np.array([0, 0, 0, 1, 1, 1])
    drawn = np.array([0, 1, 1, 1, 1, 1])
    assert mend(graph, drawn, 2, 4, anchor=plan).labels.tolist() == plan.tolist()
    assert mend(graph, drawn, 2, 4).labels.tolist() == [0, 0, 1, 1, 1, 1]


def test_a_torn_zone_is_joined_across_a_node_without_a_zone():
    graph = from_edges(5, [0, 1, 2, 1], [1, 2, 3, 4], None, [3, 0, 3, 1, 4])
    assert make_whole(graph, np.array([0, -1, 0, 0, 1]), graph.node_weight, np.zeros(5, bool), 1, 9).tolist() == [
        0,
        0,
        0,
        0,
        1,
    ]


def test_locked_nodes_are_joined_by_a_way_through_others():
    graph = chain([1] * 14)
    labels = np.repeat([0, 1, 0, 2], [3, 2, 3, 6])
    locked = np.zeros(14, bool)
    locked[[0, 7]] = True
    mended = mend(graph, labels, 3, 8, locked=locked)
    assert (mended.labels[:8] == 0).all()


def test_more_time_never_makes_it_worse():
    graph, labels = disturbed(delaunay(200, 7), 10, 20, np.random.default_rng(7))
    price = np.where(labels >= 0, graph.node_weight, 0)
    short, long = mend(graph, labels, 10, 20), mend(graph, labels, 10, 20, seconds=0.3)
    assert (long.violation, price[long.labels != labels].sum()) <= (
        short.violation,
        price[short.labels != labels].sum(),
    )


def test_malformed_input_is_refused():
    graph = chain([1, 1, 1, 1])
    zones = np.array([0, 0, 1, 1])
    for bad, message in (
        ({"labels": zones[:2]}, "labels do not fit"),
        ({"labels": zones - 3}, "below −1"),
        ({"low": 5, "high": 4}, "is not one"),
        ({"locked": np.ones(3, bool)}, "locked nodes do not fit"),
        ({"labels": np.array([-1, 0, 0, 0]), "locked": np.ones(4, bool)}, "no zone to keep"),
        ({"anchor": zones[:1]}, "anchor do not fit"),
        ({"labels": np.array([0, 1, 1, 0]), "locked": np.ones(4, bool)}, "locked nodes"),
    ):
        with pytest.raises(ZoningError, match=message):
            mend(**({"graph": graph, "labels": zones, "low": 1, "high": 4} | bad))


def test_an_empty_graph_needs_no_repair():
    none = np.zeros(0, np.int64)
    assert mend(from_edges(0, [], [], None, []), none, 1, 2).k == 0
