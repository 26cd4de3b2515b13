"""Figures of the small plan, counted by hand from its squares."""

import dataclasses
import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from plans import EMPTY, ORIGIN, SIDE, URBAN_1, URBAN_2, VILLAGE, tiny_plan

from geo_grid.errors import StoreError
from geo_grid.report import summarise
from geo_grid.report.figures import barrier_crossings, split_buildings
from geo_grid.report.summarise import MOST_REASONS


@pytest.fixture(scope="module")
def summary():
    return summarise(tiny_plan())


def level(figures, number, kind=None):
    (found,) = [item for item in figures if item.level == number and item.kind == kind]
    return found


def with_lines(plan, class_, *lines):
    """Give a plan whose only elements are lines, each held whole by the level-1 grids named with it."""
    rows = [
        {
            "element_id": f"x{i}",
            "grid_code": code,
            "level": 1,
            "measure": line.length / len(codes),
            "held": line.length,
            "geom": line,
        }
        for i, (line, codes) in enumerate(lines)
        for code in codes
    ]
    elements = [
        {"id": f"x{i}", "class": class_, "name": None, "measure": line.length, "measure_unit": "m", "outside": 0.0,
         "source": "t", "source_row": i + 1, "geom": line}
        for i, (line, _) in enumerate(lines)
    ]  # fmt: skip
    plan.tables["elements"] = gpd.GeoDataFrame(elements, geometry="geom", crs=plan.crs)
    plan.tables["element_shares"] = gpd.GeoDataFrame(rows, geometry="geom", crs=plan.crs)
    return plan


def line(*places):
    return shapely.LineString(np.array(places, dtype=float) * SIDE + ORIGIN)


def test_rows_read_are_placed_or_quarantined(summary):
    rows = summary.households
    assert (rows.read, rows.placed, rows.quarantined, rows.households) == (1175, 1173, 2, 1173)
    assert rows.accounted
    assert {(item.reason, item.rows) for item in rows.reasons} == {("outside all areas", 1), ("no coordinates", 1)}


def test_rows_that_do_not_add_up_are_noticed():
    plan = tiny_plan()
    plan.meta["household_rows"]["read"] += 1
    assert not summarise(plan).households.accounted
    del plan.meta["household_rows"]
    assert not summarise(plan).households.accounted


def test_many_reasons_are_counted_together():
    plan = tiny_plan()
    count = MOST_REASONS + 10
    plan.tables["quarantine"] = pd.DataFrame(
        {
            "source": "ledger.csv",
            "row": range(count),
            "reason": [f"reason {i}" for i in range(count)],
            "raw": "",
        }
    )
    reasons = summarise(plan).households.reasons
    assert len(reasons) == MOST_REASONS + 1
    assert (reasons[-1].reason, reasons[-1].rows) == ("", 10)
    assert sum(item.rows for item in reasons) == count


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("no coordinates", "no coordinates"),
        ("outside all areas: 56.51 m from 980101001007, the nearest", "outside all areas"),
        ("building '3:号楼': no such building in its area; nearest: 3号楼", "building …: no such building in its area"),
        ('building "O\'s": 2 buildings are called so in its area', "building …: … buildings are called so in its area"),
        ("the id 'H7' was given in row 12 already", "the id … was given in row … already"),
        ("column 'lon' does not hold a finite number", "column 'lon' does not hold a finite number"),
    ],
)
def test_reasons_are_counted_without_what_concerns_the_single_row(reason, kind):
    plan = tiny_plan()
    plan["quarantine"]["reason"] = reason
    assert [(item.reason, item.rows) for item in summarise(plan).households.reasons] == [(kind, 2)]


def test_grids_and_households_by_level(summary):
    assert (summary.urban_areas, summary.rural_areas) == (2, 2)
    assert [level(summary.levels, n, "urban").grids for n in (1, 2, 3)] == [3, 14, 74]
    assert [level(summary.levels, n, "rural").grids for n in (1, 2)] == [5, 7]
    assert [level(summary.levels, n).grids for n in (1, 2, 3)] == [8, 21, 74]
    first = level(summary.levels, 1, "urban")
    assert (first.smallest, first.mean, first.largest) == (300, 370.0, 510)
    assert (first.banded, first.in_band, first.share_in_band) == (3, 2, 2 / 3)
    village = level(summary.levels, 1, "rural")
    assert (village.given, village.banded, village.in_band, village.exceptions) == (3, 1, 0, 2)
    assert level(summary.levels, 3).households == 1110


def test_no_share_without_bands(summary):
    figures = dataclasses.replace(level(summary.levels, 1, "rural"), banded=0, in_band=0)
    assert figures.share_in_band is None


def test_compactness_and_inner_borders(summary):
    squares = level(summary.levels, 3, "urban")
    # of 74 grids of level 3, one is two squares apart, two are 0.5 : 1 halves joined (squares), the rest as drawn
    assert squares.compactness_mean == pytest.approx(0.779, abs=1e-3)
    assert squares.compactness_least == pytest.approx(4 * np.pi * 3 / 10**2, abs=1e-3)
    # 凤山社区: 4 rows of 10 columns; two halves of 5 columns share one border of 4 squares
    by_code = {item.code: item for item in summary.areas}
    assert level(by_code[URBAN_1].levels, 1).cut_km == pytest.approx(0.4)
    assert level(by_code[URBAN_1].levels, 2).cut_km == pytest.approx(0.4 + 3 * 10 * 0.1)
    assert level(by_code[URBAN_1].levels, 3).cut_km == pytest.approx(0.4 + 3.0 + 4 * 8 * 0.1)
    assert level(by_code[EMPTY].levels, 2).cut_km == 0.0
    assert level(summary.levels, 1, "urban").cut_km == pytest.approx(0.4)


def test_every_exception_is_listed_by_reason(summary):
    assert [(item.reason, item.code) for item in summary.exceptions] == [
        ("too_few_households", f"{VILLAGE}00201"),
        ("too_few_households", f"{EMPTY}001"),
        ("too_few_households", f"{EMPTY}00101"),
        ("count_gap", f"{URBAN_2}001"),
        ("disconnected_part", f"{VILLAGE}00302"),
        ("given_group", f"{VILLAGE}003"),
    ]
    gap = summary.exceptions[3]
    assert (gap.households, gap.low, gap.high, gap.violation, gap.smallest_violation) == (510, 300, 500, 10, 10)
    assert gap.proof["piece_households"] == 510
    assert summary.exceptions[-1].low is None


def test_an_exception_without_its_grid_is_an_error_and_no_silence():
    plan = tiny_plan()
    plan.tables["exceptions"].loc[0, "grid_code"] = "nowhere"
    with pytest.raises(StoreError, match="'nowhere', but no such grid"):
        summarise(plan)


def test_a_building_of_more_households_than_a_grid_may_hold_is_split_unavoidably(summary):
    third = level(summary.levels, 3, "urban")
    assert (third.buildings_split, third.splits_unavoidable) == (1, 1)
    assert level(summary.levels, 2, "urban").buildings_split == 0


def test_a_split_that_could_be_avoided_is_told_apart():
    plan = tiny_plan()
    units = plan["units"]
    small = units.index[(units["area_code"] == URBAN_2) & (units["households"] > 0)][:2]
    units.loc[small, "stack_id"] = "avoidable"
    units.loc[small, "households"] = 8
    splits = split_buildings(plan).set_index("stack_id")
    assert not splits.loc["avoidable", "unavoidable"]
    assert splits.loc["avoidable", "households"] == 16


def test_what_given_groups_divide_is_unavoidable():
    plan = tiny_plan()
    units = plan["units"]
    first = units.index[units["grid_code_l1"] == f"{VILLAGE}001"][0]
    second = units.index[units["grid_code_l1"] == f"{VILLAGE}002"][0]
    units.loc[[first, second], "stack_id"] = "both"
    splits = split_buildings(plan).query("stack_id == 'both'").set_index("level")
    assert splits.loc[1, "unavoidable"]
    assert not splits.loc[2, "unavoidable"]


def test_a_barrier_along_a_border_is_not_crossed_one_through_grids_is(summary):
    found = {(item.element_class, item.level): item for item in summary.barriers}
    assert [found["river", n].grids for n in (1, 2, 3)] == [0, 0, 0]
    assert [found["road", n].grids for n in (1, 2, 3)] == [3, 3, 16]
    assert found["road", 1].km == pytest.approx(1.5)
    assert level(summary.levels, 3, "urban").crossing_grids == 16
    assert found["river", 1].strength == 1.0


def test_only_line_barriers_with_strength_count():
    plan = tiny_plan()
    plan.meta["barriers"] = {"road": 0.0, "forest": 1.0}
    assert barrier_crossings(plan).empty
    assert [item.element_class for item in summarise(plan).barriers] == ["forest"] * 3
    plan.meta["barriers"] = {}
    assert summarise(plan).barriers == []


def test_along_the_rim_of_the_city_no_grid_is_crossed():
    west = f"{URBAN_1}001"
    rim, through = line((0, 0), (5, 0)), line((1, -1), (1, 3))
    plan = with_lines(tiny_plan(), "road", (rim, [west]), (through, [west]))
    found = barrier_crossings(plan).set_index("element_id")["metres"]
    assert found.to_dict() == {"x1": 400.0}


def test_less_than_a_metre_inside_is_no_crossing():
    west = f"{URBAN_1}001"
    plan = with_lines(tiny_plan(), "road", (line((1, 1), (1.009, 1)), [west]), (line((1, 1), (1.011, 1)), [west]))
    assert barrier_crossings(plan)["element_id"].tolist() == ["x1"]


def test_elements_by_class_and_what_lies_outside(summary):
    assert [item.element_class for item in summary.elements] == [
        "forest", "farmland", "road", "well", "mine", "river", "gully", "hill",
    ]  # fmt: skip
    river = next(item for item in summary.elements if item.element_class == "river")
    assert (river.elements, river.measure, river.outside, river.outside_elements) == (1, 1100.0, 100.0, 1)
    well = next(item for item in summary.elements if item.element_class == "well")
    assert (well.unit, well.measure, well.outside) == ("count", 3.0, 1.0)
    assert well.grids == {1: 3, 2: 3, 3: 2}


def test_rolled_up_to_township_and_county(summary):
    assert [(item.code, item.areas) for item in summary.townships] == [(VILLAGE[:9], 4)]
    assert [(item.code, item.areas) for item in summary.counties] == [(VILLAGE[:6], 4)]
    assert sum(item.households for item in summary.areas) == summary.counties[0].households == 1173
    for number in (1, 2, 3):
        assert level(summary.counties[0].levels, number) == level(summary.levels, number)
    inside = {item.element_class: item.measure for item in summary.counties[0].elements}
    for item in summary.elements:
        assert inside.get(item.element_class, 0.0) == pytest.approx(item.measure - item.outside)


def test_codes_of_another_kind_roll_up_to_their_parents():
    plan = tiny_plan()
    for name, column in (
        ("areas", "code"),
        ("units", "area_code"),
        ("grids", "area_code"),
        ("households", "area_code"),
    ):
        plan[name][column] = plan[name][column].replace({EMPTY: "东关"})
    plan["areas"].loc[plan["areas"]["code"] == "东关", "parent_code"] = "城关镇"
    summary = summarise(plan)
    assert [(item.code, item.areas) for item in summary.townships] == [(VILLAGE[:9], 3), ("城关镇", 1)]
    assert [(item.code, item.areas) for item in summary.counties] == [(VILLAGE[:6], 3)]


def test_a_plan_of_one_kind_has_no_second_total():
    plan = tiny_plan()
    keep = [URBAN_1]
    for name in ("units", "grids", "households"):
        plan.tables[name] = plan[name][plan[name]["area_code"].isin(keep)]
    plan.tables["areas"] = plan["areas"][plan["areas"]["code"].isin(keep)]
    plan.tables["exceptions"] = plan["exceptions"].iloc[:0]
    for name in ("elements", "element_shares"):
        plan.tables[name] = plan[name].iloc[:0]
    summary = summarise(plan)
    assert [(item.kind, item.level) for item in summary.levels] == [("urban", 1), ("urban", 2), ("urban", 3)]
    assert summary.exceptions == summary.elements == []


def test_the_figures_are_json_values(summary):
    assert json.loads(json.dumps(summary.to_dict()))["households"]["read"] == 1175
