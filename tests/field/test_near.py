"""What is near is what geometry says is near."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.field._near import pass_by, see_named

NEVER = np.iinfo(np.int64).min
metres = st.integers(-900, 900).map(float)
point = st.tuples(metres, metres)


def latest(near: np.ndarray, on: np.ndarray) -> np.ndarray:
    """Day of the latest of those that are near, of each row."""
    return np.where(near, on, NEVER).max(axis=1)


@settings(max_examples=200)
@given(
    st.lists(point, min_size=1, max_size=30),
    st.lists(st.tuples(point, point, st.integers(0, 9)), min_size=1, max_size=12),
    st.sampled_from([0.5, 7.0, 50.0, 333.0, 5000.0]),
)
def test_whoever_walks_by_sees_what_is_near(places, walks, far) -> None:
    place, steps = np.array(places), np.array([[*one, *other] for one, other, _ in walks])
    on = np.array([each for _, _, each in walks])
    day = np.full(len(place), NEVER)
    order = np.argsort(-on, kind="stable")
    pass_by(day, place, steps[order], on[order], far)
    lines = shapely.linestrings(steps.reshape(-1, 2, 2))
    distance = shapely.distance(shapely.points(place)[:, None], lines[None])
    # what lies on the very rim may fall either way
    assert (day >= latest(distance <= far - 1e-6, on)).all()
    assert (day <= latest(distance <= far + 1e-6, on)).all()


@settings(max_examples=200)
@given(
    st.lists(st.tuples(point, st.integers(0, 3)), min_size=1, max_size=80),
    st.lists(st.tuples(point, st.integers(0, 4), st.integers(0, 9)), min_size=1, max_size=12),
    st.sampled_from([7.0, 50.0, 333.0]),
)
def test_whoever_names_an_element_sees_that_one_only(places, records, reach) -> None:
    place, element = np.array([each for each, _ in places]), np.array([which for _, which in places])
    where, named = np.array([each for each, _, _ in records]), np.array([which for _, which, _ in records])
    on, far = np.array([each for _, _, each in records]), reach * (1.0 + element)
    day = np.full(len(place), NEVER)
    see_named(day, place, element, far, where, named, on)
    distance = np.hypot(*(place[:, None] - where[None]).transpose(2, 0, 1))
    own = element[:, None] == named[None]
    assert (day >= latest(own & (distance <= far[:, None] - 1e-6), on)).all()
    assert (day <= latest(own & (distance <= far[:, None] + 1e-6), on)).all()


def test_nothing_is_seen_of_nothing() -> None:
    day = np.full(2, NEVER)
    pass_by(day, np.zeros((2, 2)), np.empty((0, 4)), np.empty(0, dtype=np.int64), 5.0)
    see_named(day, np.zeros((2, 2)), np.zeros(2, dtype=np.int64), np.ones(2), np.empty((0, 2)), day[:0], day[:0])
    assert (day == NEVER).all()
    pass_by(day[:0], np.empty((0, 2)), np.zeros((1, 4)), np.zeros(1, dtype=np.int64), 5.0)
