"""The digest of a plan: blind to order, not to content."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import tiny_plan

from geo_grid.errors import StoreError
from geo_grid.store import content_hash, table_hashes


@settings(deadline=None, max_examples=10)
@given(st.randoms(use_true_random=False))
def test_order_of_rows_and_of_ring_points_makes_no_difference(random):
    plan = tiny_plan()
    for name, frame in plan.tables.items():
        order = list(range(len(frame)))
        random.shuffle(order)
        plan.tables[name] = frame.iloc[order]
    turned = shapely.reverse(plan["units"]["geom"].to_numpy())
    plan.tables["units"] = plan["units"].assign(geom=turned)
    plan.meta = dict(reversed(plan.meta.items()))
    assert content_hash(plan) == content_hash(tiny_plan())


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("areas", "border_shift", np.nextafter(0, 1)),
        ("units", "households", 16),
        ("units", "building", ""),
        ("households", "floor", 99),
        ("elements", "name", None),
    ],
)
def test_every_value_counts(table, column, value):
    plan = tiny_plan()
    plan[table].loc[0, column] = value
    before, after = table_hashes(tiny_plan()), table_hashes(plan)
    assert {name for name in before if before[name] != after[name]} == {table}


def test_every_bit_of_a_coordinate_counts():
    plan = tiny_plan()
    moved = shapely.transform(plan["grids"]["geom"].to_numpy(), lambda xy: np.nextafter(xy, np.inf))
    plan.tables["grids"] = plan["grids"].assign(geom=moved)
    before, after = table_hashes(tiny_plan()), table_hashes(plan)
    assert {name for name in before if before[name] != after[name]} == {"grids"}


def test_meta_counts_and_must_be_json():
    plan = tiny_plan()
    plan.meta["seed"] = 1
    assert content_hash(plan) != content_hash(tiny_plan())
    plan.meta["seed"] = float("nan")
    with pytest.raises(StoreError, match="JSON"):
        content_hash(plan)
