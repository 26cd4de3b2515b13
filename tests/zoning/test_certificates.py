"""Arithmetic of bands, and exceptions checked afresh."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from make_atoms import ABSENT, make_city, make_graph

from geo_grid.policy import RURAL, URBAN, Band, Level, Policy
from geo_grid.zoning import zone_area
from geo_grid.zoning.certificates import divisible_bands, feasible_counts, smallest_violation, verify

bands = st.tuples(st.integers(1, 12), st.integers(0, 12)).map(lambda b: Band(b[0], b[0] + b[1]))


def least_by_trial(households, band):
    """Least violation over every way to write a count as zones, by dynamic programming."""
    least = [0] + [10**9] * households
    for total in range(1, households + 1):
        least[total] = min(least[total - size] + band.violation(size) for size in range(1, total + 1))
    return least[households]


@given(st.integers(1, 60), bands)
def test_smallest_violation_is_the_least_of_all_divisions(households, band):
    violation, k = smallest_violation(households, band.low, band.high)
    assert violation == least_by_trial(households, band)
    assert violation == max(0, k * band.low - households, households - k * band.high)
    assert 1 <= k <= households or violation


@given(st.integers(0, 200), bands)
def test_feasible_counts_are_those_that_fit(households, band):
    expected = [k for k in range(1, 201) if households and k * band.low <= households <= k * band.high]
    assert list(feasible_counts(households, band.low, band.high)) == expected


def test_only_five_hundred_and_one_to_five_hundred_and_ninety_nine_fall_between_urban_grids():
    gaps = [n for n in range(300, 3000) if smallest_violation(n, 300, 500)[0]]
    assert gaps == list(range(501, 600))


@given(bands, bands)
def test_sizes_of_a_narrowed_band_can_be_divided(outer, inner):
    narrow, same = divisible_bands([outer, inner])
    assert same == inner
    assert outer.low <= narrow.low <= narrow.high <= outer.high
    divisible = [n for n in range(outer.low, outer.high + 1) if len(feasible_counts(n, inner.low, inner.high))]
    if divisible:
        assert set(range(narrow.low, narrow.high + 1)) <= set(divisible)
    else:
        assert narrow == outer


def test_default_bands_need_no_narrowing():
    for policy in (URBAN, RURAL):
        levels = [level.band for level in policy.levels]
        assert divisible_bands(levels) == levels


def test_parents_take_sizes_that_children_can_divide():
    policy = Policy("urban", (Level(Band(100, 150), "a"), Level(Band(60, 70), "b")))
    atoms = make_city(np.ones((30, 26), int))
    zoning = zone_area(atoms, policy)
    assert not zoning.exceptions
    assert set(np.bincount(zoning.labels[0])) <= set(range(120, 141))


def claims():
    """One area for every reason that arithmetic settles."""
    yield make_city(np.array([[5, 3]])), RURAL
    yield make_city(np.array([[30, 30, ABSENT, 4]])), RURAL
    yield make_city(np.array([[500, 20]])), URBAN
    groups = [0, 1, 0]
    yield make_city(np.array([[12, 12, 12]]), group=lambda *place: groups[place[1]]), RURAL
    yield make_graph([1] * 25, [(0, i) for i in range(1, 25)]), Policy("rural", (Level(Band(10, 20), "a"),))


def test_verify_accepts_what_holds_and_refuses_every_changed_number():
    reasons = set()
    for atoms, policy in claims():
        zoning = zone_area(atoms, policy)
        assert zoning.exceptions
        for claim in zoning.exceptions:
            reasons.add(claim.reason)
            assert verify(claim, atoms, zoning, policy)
            assert not verify(replace(claim, violation=claim.violation + 1), atoms, zoning, policy)
            assert not verify(replace(claim, smallest_violation=claim.smallest_violation - 1), atoms, zoning, policy)
            assert not verify(replace(claim, smallest_violation=claim.violation + 1), atoms, zoning, policy)
            assert not verify(replace(claim, reason="none"), atoms, zoning, policy)
            if claim.reason == "given_group":
                assert not verify(replace(claim, proof={"pieces_households": [24]}), atoms, zoning, policy)
            elif claim.reason == "units_too_coarse":
                assert not verify(replace(claim, reason="too_few_households"), atoms, zoning, policy)
            else:
                assert not verify(replace(claim, reason="given_group"), atoms, zoning, policy)
    assert reasons == {"too_few_households", "disconnected_part", "count_gap", "given_group", "units_too_coarse"}
