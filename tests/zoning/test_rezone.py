"""Zones of an area that has changed: every promise holds, and most households keep theirs."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from make_atoms import ABSENT, make_city, make_graph
from test_area import SMALL, cities, hold_promises, river_before

from geo_grid.errors import ZoningError
from geo_grid.policy import RURAL, URBAN, Band, Level, Policy
from geo_grid.zoning import zone_area
from geo_grid.zoning.rezone import rezone_area
from geo_grid.zoning.rezone_piece import carried


def places(households):
    """Return cell and dwelling of every node of :func:`make_city`."""
    cells = [tuple(c) for c in np.argwhere(households != ABSENT).tolist()]
    lived = [(cell, d) for cell in cells for d in range(max(0, households[cell]))]
    return lived + [(cell, -1) for cell in cells if households[cell] == 0]


def carry(labels, before, after):
    """Carry zones over by cell and dwelling; cells without households are not known again."""
    known = {place: i for i, place in enumerate(places(before)) if place[1] >= 0}
    at = np.array([known.get(place, -1) for place in places(after)])
    return np.where(at >= 0, labels[:, at], -1)


def changed(households, random):
    """Build and tear down a few dwellings, some of them where nobody lived."""
    after = households.copy()
    lived = households != ABSENT
    after[lived] = np.maximum(0, after[lived] + random.integers(-1, 2, int(lived.sum())))
    return after


@settings(max_examples=60, deadline=None)
@given(cities.filter(lambda c: (c != ABSENT).any()), st.integers(0, 3), st.integers(0, 10**6))
def test_a_changed_city_keeps_every_promise(households, river, seed):
    random = np.random.default_rng(seed)
    after = changed(households, random)
    before = zone_area(make_city(households, barrier=river_before(river)), SMALL)
    atoms = make_city(after, barrier=river_before(river))
    old = carry(before.labels, households, after)
    found = rezone_area(atoms, SMALL, old)
    hold_promises(atoms, SMALL, found.zoning)
    np.testing.assert_array_equal(found.zoning.labels, rezone_area(atoms, SMALL, old).zoning.labels)
    lived = atoms.weight > 0
    for row, was, share, became in zip(found.zoning.labels, old, found.kept, found.became, strict=True):
        known = lived & (was >= 0)
        assert share == pytest.approx((became[was[known]] == row[known]).mean() if known.any() else 1.0)
        heirs = became[became >= 0]
        assert len(np.unique(heirs)) == len(heirs)
        for zone in np.flatnonzero(became >= 0).tolist():
            mine = known & (was == zone)
            assert 2 * (row[mine] == became[zone]).sum() > mine.sum()
            assert became[zone] == zone or zone > row.max()


@settings(max_examples=30, deadline=None)
@given(cities.filter(lambda c: (c > 0).any()), st.integers(1, 4), st.integers(0, 10**6))
def test_a_changed_village_with_groups_keeps_every_promise(households, width, seed):
    def group(_r, c, _d):
        return c // width

    after = changed(households, np.random.default_rng(seed))
    before = zone_area(make_city(households, group=group), RURAL)
    atoms = make_city(after, group=group)
    found = rezone_area(atoms, RURAL, carry(before.labels, households, after))
    hold_promises(atoms, RURAL, found.zoning)


@settings(max_examples=30, deadline=None)
@given(cities.filter(lambda c: (c > 0).any()), st.integers(0, 10**6))
def test_buildings_that_may_not_be_split_stay_whole(households, seed):
    policy = Policy("urban", SMALL.levels, keep_whole="always")
    after = changed(households, np.random.default_rng(seed))
    atoms = make_city(after)
    old = carry(zone_area(make_city(households), policy).labels, households, after)
    zoning = rezone_area(atoms, policy, old).zoning
    hold_promises(atoms, policy, zoning)
    lived = atoms.weight > 0
    for row in zoning.labels:
        assert (
            len(np.unique(np.column_stack([row[lived], atoms.stack[lived]]), axis=0))
            == atoms.stack[lived].max(initial=-1) + 1
        )


@settings(max_examples=30, deadline=None)
@given(cities.filter(lambda c: (c != ABSENT).any()), st.integers(0, 10**6))
def test_any_old_zones_at_all_end_in_promises_kept(households, seed):
    random = np.random.default_rng(seed)
    atoms = make_city(households)
    leaf = random.integers(-1, 12, atoms.n)
    old = np.stack([np.where(leaf < 0, -1, leaf // size) for size in (6, 3, 1)])
    hold_promises(atoms, SMALL, rezone_area(atoms, SMALL, old).zoning)


def test_nothing_moves_where_nothing_changed():
    households = np.random.default_rng(1).integers(1, 25, (8, 8))
    atoms = make_city(households)
    before = zone_area(atoms, SMALL)
    found = rezone_area(atoms, SMALL, before.labels)
    np.testing.assert_array_equal(found.zoning.labels, before.labels)
    assert found.kept == (1.0, 1.0, 1.0)


def test_one_dwelling_torn_down_in_a_hundred_leaves_most_grids_as_they_are():
    random = np.random.default_rng(2)
    households = random.integers(20, 60, (7, 7))
    before = zone_area(make_city(households), URBAN)
    after = households.copy()
    for cell in random.choice(49, 18, replace=False):
        after.flat[cell] += 1 if cell % 2 else -1
    atoms = make_city(after)
    found = rezone_area(atoms, URBAN, carry(before.labels, households, after))
    hold_promises(atoms, URBAN, found.zoning)
    assert not found.zoning.exceptions
    assert min(found.kept) >= 0.97


def test_a_grid_one_short_takes_one_dwelling_and_keeps_its_number():
    policy = Policy("urban", (Level(Band(10, 20), "a"),))
    atoms = make_city(np.array([[10, 12]]))
    old = (atoms.x > 15).astype(np.int64)[None]
    small = make_city(np.array([[9, 12]]))
    lost = np.delete(old, 9, axis=1)
    found = rezone_area(small, policy, lost)
    assert np.bincount(found.zoning.labels[0], small.weight).tolist() == [10, 11]
    assert (found.zoning.labels[0] != lost[0]).sum() == 1
    assert found.became[0].tolist() == [0, 1]
    assert found.kept[0] == pytest.approx(20 / 21)


def test_locked_households_stay():
    policy = Policy("urban", (Level(Band(10, 20), "a"),))
    atoms = make_city(np.array([[9, 6, 6]]))
    old = np.repeat([0, 1, 1], [9, 6, 6])[None]
    locked = np.zeros(atoms.n, bool)
    locked[9:15] = True
    found = rezone_area(atoms, policy, old, locked=locked)
    # The near building is locked, and without its dwellings nothing can reach the zone that is short.
    assert (found.zoning.labels[0][locked] == found.became[0][1]).all()
    assert [(e.reason, e.violation) for e in found.zoning.exceptions] == [("not_proved", 1)]
    assert not rezone_area(atoms, policy, old).zoning.exceptions


@settings(max_examples=40, deadline=None)
@given(cities.filter(lambda c: (c > 0).any()), st.integers(0, 10**6))
def test_locked_households_stay_at_every_level(households, seed):
    random = np.random.default_rng(seed)
    after = changed(households, random)
    atoms = make_city(after)
    old = carry(zone_area(make_city(households), SMALL).labels, households, after)
    locked = (random.random(atoms.n) < 0.05) & (old[0] >= 0)
    locked[np.flatnonzero(locked)[1:]] = False  # one of them can always be had
    found = rezone_area(atoms, SMALL, old, locked=locked)
    hold_promises(atoms, SMALL, found.zoning)
    for row, was, became in zip(found.zoning.labels, old, found.became, strict=True):
        np.testing.assert_array_equal(row[locked], became[was[locked]])


def test_a_new_house_joins_what_it_stands_beside():
    policy = Policy("urban", (Level(Band(3, 9), "a"),))
    atoms = make_city(np.array([[4, 1, 5]]))
    old = np.repeat([0, -1, 1], [4, 1, 5])[None]
    zoning = rezone_area(atoms, policy, old).zoning
    np.testing.assert_array_equal(zoning.labels[0][old[0] >= 0], old[0][old[0] >= 0])
    assert not zoning.exceptions


def test_new_dwellings_take_the_zone_next_to_them_in_their_building():
    from geo_grid.zoning.parts import whole_area

    atoms = make_city(np.array([[6, 3]]))
    before = np.array([-1, 2, -1, -1, 5, -1, -1, -1, -1])
    assert carried(whole_area(atoms), before).tolist() == [2, 2, 2, 2, 5, 5, -1, -1, -1]


def test_an_area_that_lost_all_its_households_is_empty():
    atoms = make_city(np.array([[0, 0]]))
    found = rezone_area(atoms, URBAN, np.full((3, atoms.n), -1))
    assert not found.zoning.labels.any()
    assert found.kept == (1.0, 1.0, 1.0)


def test_malformed_old_zones_are_refused():
    atoms = make_city(np.array([[4, 4]]))
    good = np.zeros((3, atoms.n), np.int64)
    for old, locked, message in (
        (good[:2], None, "do not fit"),
        (good - 2, None, "below −1"),
        (good, np.zeros(3, bool), "locked nodes do not fit"),
        (good - 1, np.ones(atoms.n, bool), "no zone to keep"),
    ):
        with pytest.raises(ZoningError, match=message):
            rezone_area(atoms, URBAN, old, locked=locked)


def test_locked_nodes_that_nothing_can_join_give_way():
    atoms = make_graph([1] * 6, [(i, i + 1) for i in range(5)])
    policy = Policy("rural", (Level(Band(2, 4), "a"), Level(Band(1, 2), "b")))
    old = np.array([[0, 1, 0, 1, 0, 1]] * 2)
    found = rezone_area(atoms, policy, old, locked=np.ones(6, bool))
    hold_promises(atoms, policy, found.zoning)
