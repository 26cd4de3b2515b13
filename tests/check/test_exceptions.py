"""Smallest violations, worked out three ways: by arithmetic, by search, and here by brute force."""

from __future__ import annotations

import json
from itertools import combinations

import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from mutations import at, geom, put, with_vertex
from plans import URBAN_1, VILLAGE, tiny_plan

from geo_grid.check import check_plan, examine
from geo_grid.check.coarse import least_division
from geo_grid.check.exceptions import smallest_violation


def brute_least(households, low, high):
    """Try every number of grids and every way to fill them."""

    def outside(n):
        return max(0, low - n, n - high)

    best = {0: {0: 0}}  # grids → households used → least violation
    for k in range(1, households // low + 3):
        best[k] = {}
        for used, cost in best[k - 1].items():
            for n in range(households - used + 1):
                total = cost + outside(n)
                if total < best[k].get(used + n, 1 << 30):
                    best[k][used + n] = total
    return min(best[k][households] for k in best if k and households in best[k])


@settings(deadline=None)
@given(st.integers(0, 40), st.integers(1, 12), st.integers(0, 8))
def test_arithmetic_is_the_least_of_all_divisions(households, low, width):
    assert smallest_violation(households, low, low + width) == brute_least(households, low, low + width)


@pytest.mark.parametrize(
    ("n", "low", "high", "least"),
    [(0, 10, 20, 10), (9, 10, 20, 1), (550, 300, 500, 50), (599, 300, 500, 1), (600, 300, 500, 0), (501, 300, 500, 1)],
)
def test_known_counts(n, low, high, least):
    assert smallest_violation(n, low, high) == least


def brute_division(weight, edges, low, high):
    """Try every set of cut edges: each leaves a division into connected parts, and none is left out."""
    best = 1 << 30
    for size in range(len(edges) + 1):
        for kept in combinations(edges, size):
            part = list(range(len(weight)))
            for a, b in kept:
                part = [part[a] if p == part[b] else p for p in part]
            totals = {}
            for node, p in enumerate(part):
                totals[p] = totals.get(p, 0) + weight[node]
            best = min(best, sum(max(0, low - n, n - high) for n in totals.values()))
    return best


@st.composite
def graphs(draw):
    n = draw(st.integers(1, 6))
    weight = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    tree = [(draw(st.integers(0, i - 1)), i) for i in range(1, n)]
    more = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=3))
    return weight, sorted({*tree, *(tuple(sorted(pair)) for pair in more if pair[0] != pair[1])})


@settings(deadline=None)
@given(graphs(), st.integers(1, 8), st.integers(0, 6))
def test_the_search_finds_the_least_division(graph, low, width):
    weight, edges = graph
    near = [1 << i for i in range(len(weight))]
    for a, b in edges:
        near[a] |= 1 << b
        near[b] |= 1 << a
    assert least_division(weight, near, low, low + width) == brute_division(weight, edges, low, low + width)


def village_of_large_houses(keep_whole):
    """Let the 30 households of 一组 live in three houses in a row, of 9, 12 and 9, in grids of 9 and 21.

    As long as no house is cut, nothing is better than 2 outside the band of 10 to 20.
    """
    plan = tiny_plan()
    plan.meta["policy"]["rural"]["keep_whole"] = keep_whole
    units, people = plan["units"], plan["households"]
    mine = units.index[units["group"] == "一组"]
    units.loc[mine, "households"] = [9, 12, 9, 0, 0, 0, 0, 0, 0]  # squares from west to east, three rows
    units.loc[mine, "stack_id"] = [f"house-{i % 3}" for i in range(9)]
    units.loc[mine, "grid_code_l2"] = [f"{VILLAGE}00101" if i % 3 == 0 else f"{VILLAGE}00102" for i in range(9)]
    homes = units.loc[mine, "id"].tolist()
    rows = people.index[people["group"] == "一组"]
    people.loc[rows, "unit_id"] = [homes[0]] * 9 + [homes[1]] * 12 + [homes[2]] * 9
    return plan


def as_exceptions(plan, reason, smallest):
    """Give the two grids of 一组 their counts, polygons and exceptions."""
    units = plan["units"]
    rows = []
    for number, count, violation in ((1, 9, 1), (2, 21, 1)):
        code = f"{VILLAGE}001{number:02d}"
        parts = units.loc[units["grid_code_l2"] == code, "geom"].to_numpy()
        union = shapely.multipolygons(shapely.get_parts(shapely.coverage_union_all(parts)))
        put(plan, "grids", {"code": code}, households=count, status="exception", geom=union)
        proof = json.dumps({"piece_households": 30})
        rows.append([code, 2, reason, violation, smallest, proof])
    frame = pd.DataFrame(rows, columns=list(plan["exceptions"].columns))
    plan.tables["exceptions"] = pd.concat([plan["exceptions"], frame], ignore_index=True)


def band_faults(plan):
    result = examine(plan, "")
    return {fault.code for fault in result.faults if fault.promise in {1, 2, 3, 4}}, result.counts


def test_coarse_units_are_searched_again():
    plan = village_of_large_houses("always")
    as_exceptions(plan, "units_too_coarse", 2)
    assert band_faults(plan)[0] == set()
    assert band_faults(plan)[1]["trusted"] == []


def test_a_coarse_claim_that_says_more_than_needed_is_found():
    plan = village_of_large_houses("always")
    as_exceptions(plan, "units_too_coarse", 2)
    put(plan, "exceptions", {"reason": "units_too_coarse"}, smallest_violation=1)
    assert band_faults(plan)[0] == {"smallest_violation"}


def test_a_worse_division_than_the_best_is_found():
    plan = village_of_large_houses("always")
    as_exceptions(plan, "units_too_coarse", 3)
    # under a band of 10 to 19 the grids of 9 and 21 are 1 + 2 outside, but a grid a house would be 1 + 0 + 1
    plan.meta["policy"]["rural"]["bands"][1] = [10, 19]
    put(plan, "grids", {"level": 2, "low": 10, "high": 20}, high=19)
    put(plan, "exceptions", {"grid_code": f"{VILLAGE}00102"}, violation=2)
    assert band_faults(plan)[0] == {"smallest_violation"}


def test_what_is_not_proved_is_counted_apart():
    plan = village_of_large_houses("prefer")
    as_exceptions(plan, "not_proved", 1)
    faults, counts = band_faults(plan)
    assert faults == set()
    assert counts["unproved"] == [f"{VILLAGE}00101", f"{VILLAGE}00102"]
    put(plan, "exceptions", {"reason": "not_proved"}, smallest_violation=3)
    assert band_faults(plan)[0] == {"smallest_violation"}


def test_exceptions_of_a_sound_plan_need_no_trust():
    counts = examine(tiny_plan(), "").counts
    assert counts["unproved"] == counts["trusted"] == []
    assert counts["exceptions_by_reason"] == {
        "count_gap": 1,
        "disconnected_part": 1,
        "given_group": 1,
        "too_few_households": 3,
    }


def test_a_household_a_millimetre_outside_and_borders_of_rounding_pass():
    plan = tiny_plan()
    x, y = at(0, 0.5)
    put(plan, "households", {"id": "h0001"}, geom=shapely.Point(x - 1e-3, y))
    for code in (f"{URBAN_1}0020203", f"{URBAN_1}0020204"):
        x, y = at(8, 1.5)
        moved = with_vertex(geom(plan, "grids", "code", code), at(8, 1.5), (x + 1e-8, y))
        put(plan, "grids", {"code": code}, geom=moved)
    assert check_plan(plan) == []
