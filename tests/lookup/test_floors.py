"""Buildings that grids share: the floor decides."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from plans import ORIGIN, SIDE, URBAN_1, tiny_plan

from geo_grid.lookup import Answer, LookupIndex
from geo_grid.lookup.answers import Floors


def at(plan, x: float, y: float, **options) -> Answer:
    index = LookupIndex(plan, **options)
    return index.lookup(*(each[0] for each in index.degrees(ORIGIN[0] + SIDE * x, ORIGIN[1] + SIDE * y)))


def test_a_shared_building_answers_all_floors_wherever_one_stands() -> None:
    answers = [at(tiny_plan(), x, 0.5) for x in (0.3, 1.7)]
    for answer in answers:
        assert answer.asks_floor
        assert not answer.on_border
        assert [(hit.leaf[-2:], hit.floors) for hit in answer.hits] == [
            ("01", (Floors(None, 1, 3),)),
            ("02", (Floors(None, 4, 6),)),
        ]
        assert {hit.building for hit in answer.hits} == {"1号楼"}
    assert answers[0] == answers[1]


def test_a_floor_narrows_the_answer() -> None:
    answer = at(tiny_plan(), 0.3, 0.5)
    assert [hit.leaf[-2:] for hit in answer.on_floor(2).hits] == ["01"]
    assert [hit.leaf[-2:] for hit in answer.on_floor(4).hits] == ["02"]
    assert not answer.on_floor(4).asks_floor
    assert answer.on_floor(30) == answer  # no such floor: nothing is made up


def test_an_entrance_narrows_too() -> None:
    plan = tiny_plan()
    rows = plan["units"].index[plan["units"]["stack_id"] == "s-1"]
    plan["units"].loc[rows, "entrance"] = ["一单元", "二单元"]
    plan["units"].loc[rows, ["floor_from", "floor_to"]] = [1, 6]
    answer = at(plan, 0.3, 0.5)
    assert len(answer.on_floor(2).hits) == 2
    assert [hit.leaf[-2:] for hit in answer.on_floor(2, "二单元").hits] == ["02"]


def test_nobody_is_asked_for_floors_that_are_not_known() -> None:
    plan = tiny_plan()
    plan["units"].loc[plan["units"]["stack_id"] == "s-1", ["floor_from", "floor_to"]] = None
    answer = at(plan, 0.3, 0.5)
    assert [hit.floors for hit in answer.hits] == [(Floors(None, None, None),)] * 2
    assert not answer.asks_floor
    assert answer.on_floor(3) == answer


def test_small_buildings_keep_their_name_and_floors_to_themselves() -> None:
    answer = at(tiny_plan(), 0.3, 0.5, names_from=31)
    assert [hit.leaf[-2:] for hit in answer.hits] == ["01", "02"]
    assert all(hit.shared and hit.building is None and hit.floors == () for hit in answer.hits)
    assert not answer.asks_floor


def test_a_building_of_one_grid_asks_nothing() -> None:
    answer = at(tiny_plan(), 4.5, 0.5)
    assert len(answer.hits) == 1
    assert not answer.hits[0].shared
    assert answer.hits[0].building is None  # who asks for a grid is not told who lives there


def test_between_a_shared_building_and_its_neighbour_all_are_answered() -> None:
    answer = at(tiny_plan(), 2.0, 0.5)
    assert answer.on_border
    assert answer.asks_floor
    assert [hit.leaf for hit in answer.hits] == [f"{URBAN_1}0010101", f"{URBAN_1}0010102", f"{URBAN_1}0010103"]


def test_where_the_building_is_nearest_only_common_grids_are_named() -> None:
    plan = tiny_plan()
    near = at(plan, 0.5, -0.2).nearest
    assert near is not None
    assert near.grids == (f"{URBAN_1}001", f"{URBAN_1}00101")
    assert np.isclose(near.metres, SIDE / 5, atol=1e-6)
    assert shapely.distance(plan["areas"]["geom"].iloc[0], shapely.Point(ORIGIN[0] + 50, ORIGIN[1] - 20)) == SIDE / 5


# floors that grids share, and what is told of a grid


def slab(floors: list[tuple[int, int]], leaves: list[int], entrance: str | None = None) -> LookupIndex:
    """A building cut into units of these floors, in the order of their doors; each in a finest grid of its number."""
    plan = tiny_plan()
    units = plan["units"]
    rows = units.index[units["area_code"] == URBAN_1][: len(floors)]
    units.loc[rows, ["stack_id", "building", "entrance"]] = ["slab", "9号楼", entrance]
    for row, (low, high), leaf in zip(rows, floors, leaves, strict=True):
        units.loc[row, ["floor_from", "floor_to"]] = [low, high]
        units.loc[row, "grid_code_l3"] = f"{URBAN_1}00101{leaf:02d}"
        units.loc[row, "grid_code_l2"] = f"{URBAN_1}00101"
    return LookupIndex(plan)


def split_of(index: LookupIndex) -> dict[str, list[tuple[int, str | None]]]:
    stack = next(hit.stack for hit in every(index) if hit.building == "9号楼")
    told = index.locator.stacks.told_of(stack)
    return {
        index.locator.grids_above(leaf)[-1][-2:]: [(each.floor, each.doors) for each in floors]
        for leaf, floors in told.split.items()
    }


def every(index: LookupIndex) -> list[Any]:
    points = shapely.get_coordinates(shapely.point_on_surface(index.units["geom"].to_numpy()))
    bulk = index.locator.find(*points.T)
    return [hit for place in range(len(bulk)) for hit in bulk.answer(place).hits]


def test_of_a_floor_that_grids_share_it_is_told_whose_doors_are_which() -> None:
    assert split_of(slab([(4, 4), (4, 5), (5, 5), (6, 6)], [1, 2, 3, 4])) == {
        "01": [(4, "first")],
        "02": [(4, "last"), (5, "first")],
        "03": [(5, "last")],
    }
    assert split_of(slab([(4, 4), (4, 4), (4, 5)], [1, 2, 3])) == {
        "01": [(4, "first")],
        "02": [(4, "middle")],
        "03": [(4, "last")],
    }
    assert split_of(slab([(4, 4), (4, 4), (4, 4)], [1, 2, 1])) == {"01": [(4, None)], "02": [(4, "middle")]}
    assert split_of(slab([(1, 3), (4, 6)], [1, 2])) == {}


def test_a_grid_tells_its_buildings_and_what_of_them_is_its_own() -> None:
    index = LookupIndex(tiny_plan())
    tower = index.buildings_of(f"{URBAN_1}0010102")
    assert [(each.name, each.whole, each.floors) for each in tower] == [("1号楼", False, (Floors(None, 4, 6),))]
    whole = index.buildings_of(f"{URBAN_1}00101")
    assert ("1号楼", True) in [(each.name, each.whole) for each in whole]
    assert [each.name for each in whole] == sorted((each.name for each in whole), key=lambda name: int(name[:-2]))
    assert index.buildings_of(f"{URBAN_1}0010102", whole=False) == tower
    assert index.buildings_of(f"{URBAN_1}00101", whole=False) == (), "only whole ones"
    assert index.buildings_of(URBAN_1) == ()


def test_small_buildings_are_not_told_of_a_grid_either() -> None:
    assert LookupIndex(tiny_plan(), names_from=31).buildings_of(f"{URBAN_1}0010102") == ()


def test_a_place_says_what_all_floors_agree_on() -> None:
    index = LookupIndex(tiny_plan())
    assert at(tiny_plan(), 0.3, 0.5).agreed == (f"{URBAN_1}001", f"{URBAN_1}00101")
    assert at(tiny_plan(), 0.3, 0.5).on_floor(5).agreed == (f"{URBAN_1}001", f"{URBAN_1}00101", f"{URBAN_1}0010102")
    lon, lat = index.degrees([ORIGIN[0] + 30, ORIGIN[0] + 450], [ORIGIN[1] + 50, ORIGIN[1] + 50])
    assert [row and row[2] for row in index.lookup_many([*lon, 0.0], [*lat, 0.0]).agreed()] == [
        None,
        f"{URBAN_1}0010105",
        None,
    ]
