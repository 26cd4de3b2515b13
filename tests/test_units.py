import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.units import SAME_PLACE, natural_key, stack_households


def households(rows):
    """Make a frame of rows (x, y, building, entrance, floor, group, address)."""
    columns = ["x", "y", "building", "entrance", "floor", "group", "address"]
    frame = pd.DataFrame([(*row, *[None] * (7 - len(row))) for row in rows], columns=columns)
    frame["id"] = [f"H{number}" for number in range(len(frame))]
    frame["floor"] = frame["floor"].astype("Int64")
    return gpd.GeoDataFrame(frame, geometry=gpd.points_from_xy(frame["x"], frame["y"]), crs="EPSG:4546")


def members(stacks):
    return [
        sorted(stacks.order[a:b].tolist()) for a, b in zip(stacks.stack_ptr[:-1], stacks.stack_ptr[1:], strict=True)
    ]


def test_no_households():
    stacks = stack_households(households([]))
    assert stacks.n == 0
    assert stacks.xy.shape == (0, 2)
    assert stacks.stack_ptr.tolist() == [0]


def test_one_coordinate_is_one_stack_whatever_the_names():
    stacks = stack_households(households([(0, 0, "A"), (0, 0, "B"), (0, 0.0005), (9, 0)]))
    assert members(stacks) == [[0, 1, 2], [3]]


def test_a_building_name_that_recurs_far_away_is_another_building():
    stacks = stack_households(households([(0, 0, "1"), (40, 0, "1"), (80, 0, "1"), (200, 0, "1"), (30, 5, "2")]))
    assert sorted(members(stacks)) == [[0, 1, 2], [3], [4]]


def test_a_crowd_under_one_name_is_still_found_together():
    rng = np.random.default_rng(0)
    crowd = [(*place, "村") for place in rng.uniform(0, 100, (3000, 2))]
    stacks = stack_households(households([*crowd, (500, 500, "村")]))
    assert sorted(stacks.size.tolist()) == [1, 3000]


def test_the_site_is_the_place_of_a_household_amid_the_others():
    stacks = stack_households(households([(0, 0, "A"), (10, 0, "A"), (11, 0, "A"), (30, 0, "A")]))
    assert stacks.xy.tolist() == [[11.0, 0.0]]


def test_order_and_cut_ranks_inside_a_stack():
    rows = [
        (0, 0, "A", "2单元", 1, "第1组", "A-2-101"),
        (0, 0, "A", "1单元", 2, "第1组", "A-1-201"),
        (0, 0, "A", "1单元", 1, "第1组", "A-1-102"),
        (0, 0, "A", "1单元", 1, "第1组", "A-1-1001"),
        (0, 0, "A", "1单元", 1, "第1组", "A-1-101"),
        (0, 0, "A", "1单元", 1, "第2组", "A-1-103"),
    ]
    stacks = stack_households(households(rows))
    assert stacks.order.tolist() == [4, 2, 3, 1, 0, 5]
    assert stacks.cut_rank.tolist() == [4, 0, 0, 1, 2, 3]
    assert stacks.group.tolist() == [0, 0, 0, 0, 0, 1]
    assert stacks.group_names == ("第1组", "第2组")


def test_unlabelled_households_take_the_group_of_their_building_then_of_the_nearest():
    rows = [
        (0, 0, "A", None, None, "甲"),
        (0, 0, "A", None, None, "甲"),
        (0, 0, "A", None, None, "乙"),
        (0, 0, "A"),
        (100, 0, "B", None, None, "乙"),
        (90, 0),
        (20, 0, None, None, None, " "),
    ]
    stacks = stack_households(households(rows))
    by_row = dict(zip(stacks.order.tolist(), (stacks.group_names[g] for g in stacks.group), strict=True))
    assert by_row == {0: "甲", 1: "甲", 2: "乙", 3: "甲", 4: "乙", 5: "乙", 6: "甲"}


def test_without_any_group_all_are_minus_one():
    stacks = stack_households(households([(0, 0), (5, 5)]))
    assert stacks.group.tolist() == [-1, -1]
    assert stacks.group_names == ()


@pytest.mark.parametrize(
    ("smaller", "larger"),
    [
        ("2单元", "10单元"),
        ("二单元", "十单元"),
        ("九组", "十一组"),
        ("２号", "10号"),
        ("一百零五", "二百"),
        ("A-9", "A-10"),
    ],
)
def test_natural_key(smaller, larger):
    assert natural_key(smaller) < natural_key(larger)


def test_natural_key_tells_different_texts_apart():
    assert natural_key("01") != natural_key("1")


place = st.tuples(st.integers(0, 12).map(lambda k: k * 8.0), st.integers(0, 3).map(lambda k: k * 0.0004))
name = st.sampled_from([None, "", "1", "2", "3号楼"])
rows = st.lists(
    st.tuples(place, name, st.sampled_from([None, "1", "2"]), st.sampled_from([None, 1, 2, 12]), name), max_size=40
).map(lambda drawn: [(x, y, b, e, f, g, None) for (x, y), b, e, f, g in drawn])


@settings(deadline=None)
@given(rows)
def test_every_household_once_and_sites_apart(drawn):
    stacks = stack_households(households(drawn))
    assert sorted(stacks.order.tolist()) == list(range(len(drawn)))
    assert stacks.stack_ptr[-1] == len(drawn)
    assert (stacks.size > 0).all()
    assert (stacks.cut_rank[stacks.stack_ptr[:-1]] == 4).all()
    assert (stacks.cut_rank == 4).sum() == len(stacks.xy)
    places = {(row[0], row[1]) for row in drawn}
    assert {tuple(site) for site in stacks.xy.tolist()} <= places
    apart = np.hypot(*(stacks.xy[:, None] - stacks.xy[None]).T)
    np.fill_diagonal(apart, 1.0)
    assert (apart > SAME_PLACE).all()
    home = np.empty(len(drawn), dtype=int)
    home[stacks.order] = stacks.stack
    assert len({(row[:2], stack) for row, stack in zip(drawn, home.tolist(), strict=True)}) == len(places)


@settings(deadline=None)
@given(rows, st.randoms())
def test_the_order_of_rows_does_not_matter(drawn, random):
    frame = households(drawn)
    shuffled = list(range(len(drawn)))
    random.shuffle(shuffled)
    one, other = stack_households(frame), stack_households(frame.iloc[shuffled].reset_index(drop=True))
    assert one.xy.tolist() == other.xy.tolist()
    assert frame["id"].to_numpy()[one.order].tolist() == frame["id"].to_numpy()[shuffled][other.order].tolist()
    assert one.group.tolist() == other.group.tolist()
