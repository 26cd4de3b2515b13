"""Codes: relatives, neighbours, elements, and what may be told."""

from __future__ import annotations

import json

import pytest
import shapely
from plans import EMPTY, URBAN_1, URBAN_2, VILLAGE, tiny_plan

from geo_grid.lookup import LookupIndex, UnknownCodeError, public_count


@pytest.fixture(scope="module")
def index() -> LookupIndex:
    return LookupIndex(tiny_plan())


def test_relatives(index: LookupIndex) -> None:
    assert index.children(URBAN_1) == (f"{URBAN_1}001", f"{URBAN_1}002")
    assert index.children(f"{URBAN_1}001") == tuple(f"{URBAN_1}0010{i}" for i in range(1, 5))
    assert index.children(f"{VILLAGE}00101") == ()
    assert index.parents(f"{URBAN_1}0010203") == (URBAN_1, f"{URBAN_1}001", f"{URBAN_1}00102")
    assert index.parents(URBAN_1) == ()
    for code in index.grids["code"]:
        assert code in index.children(index.parents(code)[-1])


def test_neighbours_share_a_border_on_both_sides(index: LookupIndex) -> None:
    shapes = dict(zip(index.grids["code"], index.grids["geom"], strict=True))
    for code in index.grids["code"]:
        level = index.by_code(code)["level"]
        near = {each.code: each.metres for each in index.neighbours(code)}
        for other in index.grids["code"][index.grids["level"] == level]:
            common = shapely.length(shapely.intersection(shapes[code].boundary, shapes[other].boundary))
            if other != code and common > 0.01:
                assert near.pop(other) == pytest.approx(common)
        assert not near


def test_areas_have_neighbours_too(index: LookupIndex) -> None:
    assert {each.code for each in index.neighbours(URBAN_1)} == {URBAN_2, VILLAGE}


def test_elements_of_a_grid(index: LookupIndex) -> None:
    shares = index.shares
    for code in index.grids["code"]:
        found = index.elements_of(code)
        wanted = shares[shares["grid_code"] == code]
        assert sorted(each.id for each in found) == sorted(wanted["element_id"])
        assert sum(each.measure for each in found) == pytest.approx(wanted["measure"].sum())
        assert [tuple(shares["element_id"].iloc[list(each.rows)]) for each in found] == [(each.id,) for each in found]


def test_elements_of_an_area_are_those_of_its_grids(index: LookupIndex) -> None:
    river = next(each for each in index.elements_of(URBAN_1) if each.kind == "river")
    parts = index.shares[(index.shares["element_id"] == river.id) & (index.shares["level"] == 1)]
    mine = parts[parts["grid_code"].str.startswith(URBAN_1)]
    assert river.measure == pytest.approx(mine["measure"].sum())
    assert river.name == "三川河"
    assert [each.name for each in index.elements_of(EMPTY)] == ["岭上林场"]


def test_small_counts_are_not_told(index: LookupIndex) -> None:
    assert [public_count(count) for count in (0, 1, 9, 10, 11)] == ["<10", "<10", "<10", 10, 11]
    for code in [*index.grids["code"], *index.areas["code"]]:
        facts = index.by_code(code)
        frame = index.areas if facts["level"] == 0 else index.grids
        households = int(frame.set_index("code")["households"][code])
        assert facts["households"] == (households if households >= 10 else "<10")
        json.dumps(facts, allow_nan=False)


def test_unknown_codes_are_refused(index: LookupIndex) -> None:
    for ask in (index.by_code, index.children, index.parents, index.neighbours, index.elements_of, index.shape):
        with pytest.raises(UnknownCodeError, match="no area or grid has the code 000"):
            ask("000")


def test_a_plan_without_elements_or_grids_can_be_asked() -> None:
    plan = tiny_plan()
    for name in plan.tables:
        plan.tables[name] = plan.tables[name].iloc[:0]
    index = LookupIndex(plan)
    assert index.lookup(111.1, 37.5).hits == ()
    assert len(index.lookup_many([111.1, 111.2], [37.5, 37.6])) == 2
    assert index.search("凤山") == []


def test_no_household_is_needed_or_kept() -> None:
    plan = tiny_plan()
    del plan.tables["households"], plan.tables["quarantine"]
    assert LookupIndex(plan).by_code(URBAN_1)["name"] == "凤山社区"
