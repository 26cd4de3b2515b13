"""Nothing a lookup says, or keeps, is of a household."""

from __future__ import annotations

import pickle
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest
import shapely
from plans import tiny_plan

from geo_grid.lookup import LookupIndex

MARK = "ZQXMARK"


@pytest.fixture(scope="module")
def index() -> LookupIndex:
    """A plan with marks in all fields of households, and of buildings with fewer than five."""
    plan = tiny_plan()
    for table in ("households", "quarantine"):
        for name, column in plan[table].items():
            if name != "geom" and column.dtype not in ("int64", "Int64"):
                plan[table][name] = [f"{MARK}{i}" for i in range(len(column))]
    units = plan["units"]
    lived = units.groupby("stack_id")["households"].transform("sum")
    for name in ("building", "entrance"):
        units[name] = units[name].where(lived >= 5, MARK)
    # a building of four households in two grids: even its floors are nobody's business
    row = units.index[units["stack_id"] == "s-1"]
    units.loc[row, "households"] = 2
    units.loc[row, ["building", "entrance"]] = MARK
    units.loc[row, ["floor_from", "floor_to"]] = 9876
    units["group"] = units["group"].where(units["group"].isna(), MARK)
    units["id"] = [f"{MARK}{i}" for i in range(len(units))]
    return LookupIndex(plan)


def everything(index: LookupIndex) -> list[Any]:
    """All answers to all codes, a place in and beside every unit, and many searches."""
    codes = [*index.areas["code"], *index.grids["code"]]
    asked: list[Any] = []
    for code in codes:
        asked += [
            index.by_code(code),
            index.buildings_of(code),
            index.children(code),
            index.parents(code),
            index.neighbours(code),
        ]
        asked += [asdict(share) for share in index.elements_of(code)]
    shapes = index.units["geom"].to_numpy()
    points = np.concatenate(
        [shapely.get_coordinates(shapely.point_on_surface(shapes)), shapely.get_coordinates(shapes)]
    )
    bulk = index.lookup_many(*index.degrees(*points.T))
    asked += [asdict(bulk.answer(place)) for place in range(len(bulk))]
    for query in [*codes, "号楼", "1", "第", MARK, "zqx", "z", "网格", "h", *index.areas["name"]]:
        asked += [asdict(found) for found in index.search(query, 200)]
    return asked


def test_no_answer_holds_anything_of_a_household_or_a_small_building(index: LookupIndex) -> None:
    told = [str(each) for each in everything(index)]
    assert len(told) > 1000
    assert not [each for each in told if MARK in each or "9876" in each]


def test_the_index_keeps_no_household() -> None:
    plan = tiny_plan()
    for name in ("id", "address", "source"):
        plan["households"][name] = [f"{MARK}{i}" for i in range(len(plan["households"]))]
    index = LookupIndex(plan)
    index.search("凤山")
    kept = {name: value for name, value in vars(index).items() if name not in {"_places", "locator"}}
    kept |= {f"locator.{name}": value for name, value in vars(index.locator).items() if name != "_tree"}
    kept.pop("_search")
    assert MARK.encode() not in pickle.dumps(kept)
    assert not [value for value in kept.values() if value is plan["households"]]
