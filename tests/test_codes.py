"""Codes: fixed order, fixed digits, never twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_grid.codes import CodeProfile, assign_codes
from geo_grid.errors import ConfigError, ZoningError

AREA = "141102001001"


def codes_of(labels, x, y, weight=None, *, kind="rural", profile=None):
    arrays = [np.asarray(values, dtype=float) for values in (x, y)]
    return assign_codes(profile or CodeProfile(), AREA, kind, np.atleast_2d(labels), *arrays, weight)


def test_rows_from_the_north_each_from_the_west():
    x, y = np.meshgrid([0.0, 100.0, 200.0], [200.0, 100.0, 0.0])
    (codes,) = codes_of(np.arange(9), x.ravel(), y.ravel())
    assert codes.tolist() == [f"{AREA}{i:03d}" for i in range(1, 10)]


def test_a_row_bears_grids_that_do_not_stand_in_line():
    # two rows of three; in each the northing wavers by less than a row
    (codes,) = codes_of(np.arange(6), [0, 100, 200, 0, 100, 200], [300, 270, 310, 150, 180, 140])
    assert codes.tolist() == [f"{AREA}{i:03d}" for i in range(1, 7)]


def test_a_street_from_north_to_south_and_one_from_west_to_east():
    (down,) = codes_of(np.arange(4), [5, 6, 5, 6], [0, 100, 200, 300])
    assert [code[-1] for code in down] == ["4", "3", "2", "1"]
    (along,) = codes_of(np.arange(4), [300, 200, 100, 0], [5, 6, 5, 6])
    assert [code[-1] for code in along] == ["4", "3", "2", "1"]


def test_children_are_numbered_inside_their_parent():
    labels = np.array([[0, 0, 1, 1], [0, 1, 2, 3]])
    first, second = codes_of(labels, [0, 10, 20, 30], [0, 0, 0, 0])
    assert first.tolist() == [f"{AREA}001"] * 2 + [f"{AREA}002"] * 2
    assert second.tolist() == [f"{AREA}00101", f"{AREA}00102", f"{AREA}00201", f"{AREA}00202"]


def test_a_grid_stands_where_its_households_are():
    # by area the two-unit grid lies in the west, by households in the east
    labels = [0, 0, 1]
    (plain,) = codes_of(labels, [0, 100, 60], [0, 0, 0])
    (weighted,) = codes_of(labels, [0, 100, 60], [0, 0, 0], np.array([1, 99, 5]))
    assert plain.tolist()[0].endswith("001")
    assert weighted.tolist()[0].endswith("002")


def test_a_grid_without_households_stands_amid_its_units():
    (codes,) = codes_of([0, 0, 1], [0, 100, 60], [0, 0, 0], np.array([0, 0, 5]))
    assert codes.tolist() == [f"{AREA}001", f"{AREA}001", f"{AREA}002"]


def test_grids_at_one_place_follow_their_first_units():
    (codes,) = codes_of([1, 0, 2], [7, 7, 7], [7, 7, 7])
    assert [code[-1] for code in codes] == ["1", "2", "3"]


zones = st.integers(1, 30).flatmap(
    lambda n: st.tuples(
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
        st.lists(st.integers(0, 3), min_size=n, max_size=n),
        st.lists(st.tuples(st.floats(0, 1e4), st.floats(0, 1e4)), min_size=n, max_size=n),
        st.lists(st.integers(0, 20), min_size=n, max_size=n),
        st.randoms(use_true_random=False),
    )
)


@given(zones)
def test_codes_do_not_depend_on_how_zones_were_numbered(drawn):
    upper, lower, places, weight, random = drawn
    first = np.unique(upper, return_inverse=True)[1]
    second = np.unique(np.array(upper) * 4 + lower, return_inverse=True)[1]
    x, y = np.array(places).T + 4e5
    codes = codes_of(np.array([first, second]), x, y, np.array(weight))
    shuffled = []
    for labels in (first, second):
        names = list(range(labels.max() + 1))
        random.shuffle(names)
        shuffled.append(np.array(names)[labels])
    again = codes_of(np.array(shuffled), x, y, np.array(weight))
    for one, other in zip(codes, again, strict=True):
        assert one.tolist() == other.tolist()


@given(zones)
def test_codes_are_unique_nested_and_counted_from_one(drawn):
    upper, lower, places, weight, _ = drawn
    first = np.unique(upper, return_inverse=True)[1]
    second = np.unique(np.array(upper) * 4 + lower, return_inverse=True)[1]
    x, y = np.array(places).T
    profile = CodeProfile()
    codes = codes_of(np.array([first, second]), x, y, np.array(weight), profile=profile)
    for level, (zone, of_unit) in enumerate(zip((first, second), codes, strict=True), start=1):
        assert len(set(of_unit)) == zone.max() + 1 == len(set(zip(zone, of_unit, strict=True)))
        assert all(profile.pattern(AREA, "rural", level).fullmatch(code) for code in of_unit)
    assert sorted({int(code[-3:]) for code in codes[0]}) == list(range(1, first.max() + 2))
    for code, parent in zip(codes[1], codes[0], strict=True):
        assert profile.parent(code, "rural", 2) == parent
        assert profile.parent(parent, "rural", 1) == AREA


def test_more_children_than_digits_name_the_level_to_widen():
    labels = np.array([np.zeros(100, dtype=int), np.arange(100)])
    with pytest.raises(ConfigError, match=r"141102001001001 has 100 grids of level 2.*codes\.levels\.rural"):
        codes_of(labels, np.arange(100), np.zeros(100))
    wide = CodeProfile.from_config({"levels": {"rural": [3, 3]}})
    assert codes_of(labels, np.arange(100), np.zeros(100), profile=wide)[1][-1] == f"{AREA}001100"


def test_a_level_without_digits_is_refused():
    with pytest.raises(ConfigError, match="digits for 2 rural levels, but there are 3"):
        codes_of(np.zeros((3, 4), dtype=int), np.arange(4), np.arange(4))


@pytest.mark.parametrize(
    ("labels", "what"),
    [([[0, 2]], "without gaps"), ([[0, 1], [0, 0]], "two zones of the level above")],
)
def test_malformed_zones_are_refused(labels, what):
    with pytest.raises(ZoningError, match=what):
        codes_of(np.array(labels), [0, 1], [0, 1])


def test_a_profile_survives_being_written():
    profile = CodeProfile(area_digits=12, urban=(4, 3, 2), rural=(3, 3), separator="-")
    assert profile.to_dict() == {
        "area_digits": 12,
        "levels": {"urban": [4, 3, 2], "rural": [3, 3]},
        "separator": "-",
    }
    assert CodeProfile.from_config(profile.to_dict()) == profile
    assert CodeProfile.from_config(CodeProfile().to_dict()) == CodeProfile()
    assert CodeProfile.from_config(None) == CodeProfile()


def test_the_separator_stands_before_every_number():
    profile = CodeProfile(separator="-")
    labels = np.array([[0, 0], [0, 1]])
    codes = codes_of(labels, [0, 1], [0, 0], profile=profile)
    assert codes[1].tolist() == [f"{AREA}-001-01", f"{AREA}-001-02"]
    assert profile.parent(f"{AREA}-001-02", "rural", 2) == f"{AREA}-001"
    assert not profile.pattern(AREA, "rural", 2).fullmatch(f"{AREA}00102")


def test_pattern_knows_no_number_zero():
    assert CodeProfile().pattern(AREA, "urban", 3).fullmatch(f"{AREA}0010203")
    assert not CodeProfile().pattern(AREA, "urban", 3).fullmatch(f"{AREA}0010003")


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ({"level": {}}, "unknown key 'level'"),
        ({"levels": [3, 2]}, "not a table"),
        ({"levels": {"town": [3]}}, "unknown key 'town'"),
        ({"levels": {"urban": []}}, "not a list of digits"),
        ({"levels": {"urban": [3, 0]}}, "not a list of digits"),
        ({"levels": {"urban": [3, True]}}, "not a list of digits"),
        ({"levels": {"urban": [3, 10]}}, "not a list of digits"),
        ({"area_digits": 0}, "neither a number of digits"),
        ({"separator": "1"}, r"codes\.separator"),
        ({"separator": 7}, r"codes\.separator"),
    ],
)
def test_impossible_profiles_are_refused(table, what):
    with pytest.raises(ConfigError, match=what):
        CodeProfile.from_config(table)


def test_twelve_digits_are_expected_where_all_areas_have_them():
    assert CodeProfile.from_config(None, [AREA, "141102001002"]).area_digits == 12
    assert CodeProfile.from_config(None, [AREA, "东关社区"]).area_digits is None
    assert CodeProfile.from_config({"area_digits": "any"}, [AREA]).area_digits is None
    with pytest.raises(ConfigError, match="'东关社区' does not have the 12 digits"):
        CodeProfile.from_config({"area_digits": 12}, ["东关社区"])


def test_area_codes_that_could_lead_to_one_code_twice():
    # "1" + "00101" = "100" + "101"
    with pytest.raises(ConfigError, match="'1' and '100' could have the same grid codes"):
        CodeProfile.from_config(None, ["1", "23", "100"])
    with pytest.raises(ConfigError, match="same grid codes"):
        CodeProfile.from_config(None, ["7", "7"])
    assert CodeProfile.from_config({"separator": "-"}, ["1", "100"]).separator == "-"
    assert CodeProfile.from_config(None, ["1", "1x", "12345678901234"]).area_digits is None
    # of these kinds, no two codes are as long as each other
    assert CodeProfile.from_config({"levels": {"rural": [4, 4]}}, ["1", "10"], ["rural", "rural"])


@given(st.lists(st.text("01", min_size=1, max_size=5), min_size=2, max_size=6, unique=True))
def test_accepted_area_codes_never_collide(areas):
    profile = CodeProfile(urban=(1, 2), rural=(2,))
    try:
        profile.check_areas(areas, ["urban"] * len(areas))
    except ConfigError:
        return
    seen = set()
    for area in areas:
        codes = {f"{area}{a}" for a in "01"} | {f"{area}{a}{b}{c}" for a in "01" for b in "01" for c in "01"}
        assert seen.isdisjoint(codes)
        seen |= codes
