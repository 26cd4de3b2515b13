"""Search: by name, code, pinyin and initials; bounded; small buildings stay unnamed."""

from __future__ import annotations

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from lattice import lattice_plan
from plans import EMPTY, URBAN_1, URBAN_2, VILLAGE, tiny_plan

from geo_grid.lookup import LookupIndex
from geo_grid.lookup.search import QUERY_CHARACTERS


@pytest.fixture(scope="module")
def index() -> LookupIndex:
    return LookupIndex(tiny_plan())


@pytest.mark.parametrize(
    "query",
    [
        "凤山社区",
        "凤山",
        "fengshan",
        "FengShan",
        "fssq",
        "fs",
        "ｆｅｎｇｓｈａｎ",
        "141102901001",
        "feng shan",
        "山社",
        "shanshequ",
    ],
)
def test_an_area_is_found_first(index: LookupIndex, query: str) -> None:
    found = index.search(query)
    assert (found[0].kind, found[0].code, found[0].level) == ("area", URBAN_1, 0)


def test_grids_by_code_and_name(index: LookupIndex) -> None:
    assert index.search(f"{URBAN_1}0010203")[0].code == f"{URBAN_1}0010203"
    assert index.search("一组")[0].code == f"{VILLAGE}001"
    assert index.search("1组")[0].code == f"{VILLAGE}001"
    assert index.search("岭上村一组")[0].code == f"{VILLAGE}001"
    assert index.search("岭上 一组")[0].code == f"{VILLAGE}001"
    assert index.search("lingshang yizu")[0].code == f"{VILLAGE}001"
    assert index.search("荒坡")[0].code == EMPTY


@pytest.mark.parametrize("query", ["1号楼", "一号楼", "１号楼", "凤山1号楼", "凤山社区 一号楼", "1haolou", "1hl"])
def test_buildings_by_number_in_all_spellings(index: LookupIndex, query: str) -> None:
    found = index.search(query)[0]
    assert (found.kind, found.level, found.name, found.area) == ("building", None, "1号楼", URBAN_1)
    assert found.grids == (f"{URBAN_1}0010101", f"{URBAN_1}0010102")


def test_the_point_of_a_hit_is_inside(index: LookupIndex) -> None:
    for query in ("凤山社区", "一组", "1号楼"):
        found = index.search(query)[0]
        lon, lat = index.degrees(found.x, found.y, "GCJ02")
        answer = index.lookup(lon[0], lat[0], "GCJ02")
        if found.kind == "building":
            assert tuple(hit.leaf for hit in answer.hits) == found.grids
        else:
            assert found.code in {answer.hits[0].area, *answer.hits[0].grids}
        assert shapely.Point(found.x, found.y).is_valid


def test_small_buildings_are_not_found() -> None:
    plan = tiny_plan()
    plan["units"].loc[plan["units"]["stack_id"] == "s-1", "households"] = 2
    assert all(found.kind != "building" or found.name != "1号楼" for found in LookupIndex(plan).search("1号楼", 100))
    assert any(found.name == "1号楼" for found in LookupIndex(plan, names_from=4).search("1号楼", 100))


def test_every_name_and_code_finds_itself() -> None:
    index = LookupIndex(lattice_plan(48))
    for frame in (index.areas, index.grids.iloc[::37]):
        for code, name in zip(frame["code"], frame["name"], strict=True):
            assert index.search(code)[0].code == code
            assert name in {found.name for found in index.search(name)}


def test_answers_are_bounded(index: LookupIndex) -> None:
    assert len(index.search("1", 3)) == 3
    assert len(index.search("网格")) == 20
    assert index.search("凤山" * QUERY_CHARACTERS) == []
    for nothing in ("", "   ", "——", "没有这个名字", "\t\n"):
        assert index.search(nothing) == []
    assert index.search("凤山", 0) == []


def test_pinyin_is_matched_at_syllables(index: LookupIndex) -> None:
    assert index.search("engshan") == []
    assert {found.area for found in index.search("shan")} >= {URBAN_1}


@given(st.text(max_size=30))
def test_no_query_is_too_strange(query: str) -> None:
    assert len(_shared().search(query)) <= 20


def _shared() -> LookupIndex:
    if not _KEPT:
        _KEPT.append(LookupIndex(tiny_plan()))
    return _KEPT[0]


_KEPT: list[LookupIndex] = []


def named_index(**names: str) -> LookupIndex:
    """A plan whose areas have other names, in townships and a county with names."""
    plan = tiny_plan()
    order = (URBAN_1, URBAN_2, VILLAGE, EMPTY)
    for code, name in zip(order, names.values(), strict=False):
        plan["areas"].loc[plan["areas"]["code"] == code, "name"] = name
    plan.meta["place_names"] = {"141102": "离石区", "141102901": "凤山街道"}
    return LookupIndex(plan)


@pytest.mark.parametrize("query", ["吕梁", "lvliang", "lüliang", "LüLiang", "luliang", "ll"])
def test_the_letter_no_keyboard_has(query: str) -> None:
    assert named_index(a="吕梁社区").search(query)[0].code == URBAN_1


def test_county_and_township_tell_namesakes_apart() -> None:
    index = named_index(a="东风社区", b="东风社区", c="北风村")
    found = index.search("离石区 东风")
    assert {each.code for each in found if each.kind == "area"} == {URBAN_1, URBAN_2}
    assert found[0].places == ("离石区", "凤山街道")
    assert index.search("fsjd dongfeng")[0].name == "东风社区"
    assert index.search("凤山街道 北风")[0].code == VILLAGE
    assert index.search("临县 东风") == []
    assert index.search("离石区") == []  # a county alone is no hit: it would be all areas


def test_codes_may_have_signs() -> None:
    plan = tiny_plan()
    plan["areas"].loc[plan["areas"]["code"] == EMPTY, "code"] = "V-12 b"
    plan["grids"].loc[plan["grids"]["area_code"] == EMPTY, "area_code"] = "V-12 b"
    assert LookupIndex(plan).search("V-12 b")[0].code == "V-12 b"
