"""Numbers by place add up, tell the public no small count, and are the same in the workbook."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from plans import EMPTY, URBAN_1, URBAN_2, VILLAGE, tiny_plan

from geo_grid.figures import city_figures, figures_told
from geo_grid.figures.workbook import figures_workbook
from geo_grid.report import summarise

COUNTY, TOWNSHIP = URBAN_1[:6], URBAN_1[:9]


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    return figures_told(city_figures(tiny_plan()))


def by_code(places: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {place["code"]: place for place in places}


def test_city_is_the_sum_of_its_parts() -> None:
    exact = figures_told(city_figures(tiny_plan(), {f"{URBAN_1}001"}), 0)
    for key in ("counties", "townships", "areas"):
        for name in ("areas", "households", "grids", "banded", "in_band", "exceptions", "vacant"):
            assert sum(place[name] for place in exact[key]) == exact["city"][name], (key, name)
        measured: dict[tuple[str, str], float] = {}
        for place in exact[key]:
            for item in place["elements"]:
                measured[item["class"], item["unit"]] = measured.get((item["class"], item["unit"]), 0) + item["measure"]
        whole = {(item["class"], item["unit"]): item["measure"] for item in exact["city"]["elements"]}
        assert measured == pytest.approx(whole)


def test_agrees_with_the_report(told: dict[str, Any]) -> None:
    report = summarise(tiny_plan())
    whole = [level for level in report.levels if level.kind is None]
    assert [(row["level"], row["grids"], row["banded"], row["in_band"]) for row in told["city"]["levels"]] == [
        (level.level, level.grids, level.banded, level.in_band) for level in whole
    ]
    assert told["city"]["exceptions"] == len(report.exceptions) == 6
    assert [place["code"] for place in told["townships"]] == [group.code for group in report.townships]


def test_public_is_told_no_small_count(told: dict[str, Any]) -> None:
    areas = by_code(told["areas"])
    assert areas[EMPTY]["households"] == "<10"
    assert areas[EMPTY]["per_grid"] is None, "a quotient of a count that is not told would tell it"
    assert areas[VILLAGE]["households"] == 63
    assert areas[VILLAGE]["parent"] == TOWNSHIP
    assert "vacant" not in told["city"], "nobody knows of vacancies"
    assert by_code(figures_told(city_figures(tiny_plan()), 0)["areas"])[EMPTY]["households"] == 0


def test_only_codes_that_begin_so() -> None:
    part = figures_told(city_figures(tiny_plan(), prefix=URBAN_2))
    assert [place["code"] for place in part["areas"]] == [URBAN_2]
    assert part["city"]["households"] == 510
    assert [(place["code"], place["parent"]) for place in part["townships"]] == [(TOWNSHIP, COUNTY)]
    assert figures_told(city_figures(tiny_plan(), prefix="99"))["city"]["grids"] == 0


def test_areas_without_official_codes_hang_on_their_parents() -> None:
    plan = tiny_plan()
    renamed = {code: f"area {place}" for place, code in enumerate((URBAN_1, URBAN_2, VILLAGE, EMPTY))}
    plan.tables["areas"] = plan["areas"].assign(code=plan["areas"]["code"].map(renamed), parent_code="town")
    plan.tables["grids"] = plan["grids"].assign(area_code=plan["grids"]["area_code"].map(renamed))
    found = figures_told(city_figures(plan))
    assert found["counties"] == []
    assert [(place["code"], place["areas"], place["parent"]) for place in found["townships"]] == [("town", 4, "")]


def cells(content: bytes) -> dict[str, list[list[Any]]]:
    book = openpyxl.load_workbook(BytesIO(content))
    return {sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book}


def test_workbook_says_the_same(told: dict[str, Any]) -> None:
    sheets = cells(figures_workbook(city_figures(tiny_plan())))
    assert list(sheets) == ["总览", "区县", "乡镇街道", "村和社区", "管理事项"]
    head, *rows = sheets["村和社区"]
    listed = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert listed[EMPTY]["户数"] == "<10"
    assert listed[VILLAGE]["户数"] == 63
    for place in told["areas"]:
        assert listed[place["code"]]["例外"] == place["exceptions"]
        assert listed[place["code"]]["网格数"] == place["grids"]
    assert "示例数据，仅供演示" in [row[0] for row in sheets["总览"]]
    assert "空缺" not in head


def test_workbook_for_staff_in_english() -> None:
    figures = city_figures(tiny_plan(), {f"{URBAN_1}001"})
    content = figures_workbook(figures, "en", least_count=0, version={"number": 1, "name": "one", "made_at": "x"})
    sheets = cells(content)
    head, *rows = sheets["Areas"]
    listed = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
    assert listed[EMPTY]["Households"] == 0
    assert listed[URBAN_1]["Vacancies"] == 1
    assert any("For staff" in str(row[0]) for row in sheets["Overview"])
    book = openpyxl.load_workbook(BytesIO(content))
    assert len(book["Counties"]._charts) == 3
    assert len(book["Townships"]._charts) == 3, "the only county is compared with nothing"


def test_times_are_those_of_the_clocks_here() -> None:
    plan = tiny_plan()
    plan.meta["built_at"] = "2026-03-01T20:15:42+00:00"
    version = {"number": 1, "name": "one", "made_at": "2026-03-02T01:00:00.5+00:00"}
    rows = {row[0]: row[1] for row in cells(figures_workbook(city_figures(plan), "en", version=version))["Overview"]}
    assert rows["Grids built"] == "2026-03-02 04:15 Beijing time"
    assert rows["Version"] == "1 · one · 2026-03-02 09:00 Beijing time"
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d Beijing time", rows["Workbook made"])


def test_names_are_never_formulas() -> None:
    plan = tiny_plan()
    plan.tables["areas"] = plan["areas"].assign(name='=HYPERLINK("http://x")\x01')
    book = openpyxl.load_workbook(BytesIO(figures_workbook(city_figures(plan))))
    kinds = {cell.data_type for row in book["村和社区"].iter_rows() for cell in row if "HYPER" in str(cell.value)}
    assert kinds == {"s"}


def test_all_is_never_said_of_almost_all() -> None:
    figures = city_figures(tiny_plan())
    row = figures.places["kind"] == "city"
    for level in (1, 2, 3):
        figures.places.loc[row, [f"banded_{level}", f"in_band_{level}"]] = 100_000, 99_964
    book = openpyxl.load_workbook(BytesIO(figures_workbook(figures)))
    head, *levels = [
        [cell.value for cell in each[:7]]
        for each in book["总览"].iter_rows(min_row=1)
        if each[1].value and each[2].value
    ]
    share = head.index("达标率")
    assert [level[share] for level in levels] == [0.999] * len(levels), "0.99964 would be shown as 100.0 %"
    assert head[1:4] == ["网格数", "有户数范围", "达标网格"], "what a share is a share of stands beside it"


def test_lists_say_what_shares_are_shares_of(told: dict[str, Any]) -> None:
    sheets = cells(figures_workbook(city_figures(tiny_plan())))
    for name, key in (("区县", "counties"), ("乡镇街道", "townships"), ("村和社区", "areas")):
        head, *rows = sheets[name]
        listed = {row[0]: dict(zip(head, row, strict=True)) for row in rows}
        for place in told[key]:
            assert listed[place["code"]]["有户数范围"] == place["banded"]


def test_elements_are_listed_by_places_that_differ_and_with_what_lies_outside() -> None:
    plan = tiny_plan()
    listed = [row[0] for row in cells(figures_workbook(city_figures(plan)))["管理事项"][1:]]
    assert listed[:4] == sorted([URBAN_1, URBAN_2, VILLAGE, EMPTY]), "one county is no list"
    river = plan["elements"]["class"].eq("river") & plan["elements"]["measure_unit"].eq("m")
    assert river.any()
    plan.tables["elements"] = plan["elements"].assign(outside=river * 500.0)
    head, *rows = cells(figures_workbook(city_figures(plan)))["管理事项"]
    column = head.index("河流 (公里)")
    *places, whole, outside, both = [row[column] for row in rows]
    assert sum(places) == pytest.approx(whole)
    assert outside == pytest.approx(0.5 * river.sum())
    assert both == pytest.approx(whole + outside)
    assert [row[1] for row in rows[-3:]] == ["合计", "行政区外（不归任何网格）", "总量（含行政区外）"]
    assert not any(
        "全市" in str(cell)
        for sheet in cells(figures_workbook(city_figures(plan))).values()
        for row in sheet
        for cell in row
    )
    told = figures_told(city_figures(plan))
    assert {item["class"]: item["outside"] for item in told["city"]["elements"]}["river"] == 500.0 * river.sum()
    assert figures_told(city_figures(plan, prefix=URBAN_2))["city"]["elements"] == [] or not any(
        item["outside"] for item in figures_told(city_figures(plan, prefix=URBAN_2))["city"]["elements"]
    ), "what lies outside is the whole's alone"
