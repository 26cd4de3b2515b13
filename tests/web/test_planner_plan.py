"""From a draft to a published plan: faults, suggestions, versions, comparison, comments, files, publishing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from planner_desk import Colleague, planner, service
from plans import URBAN_1, URBAN_2, VILLAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

SECOND, THIRD = (f"{URBAN_1}00101{number:02d}" for number in (2, 3))
FIRST, HALF = f"{URBAN_1}-u001", f"{URBAN_1}-u002"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    with service(tmp_path) as made:
        yield made


@pytest.fixture
def off(served: Any) -> Any:
    """Two grids out of band."""
    Colleague(served[0]).edit(op="move", units=[HALF], to=SECOND, level=3)
    return served


def test_the_next_fault_is_one_key_away(browser: Any, served: Any) -> None:
    with planner(browser, served, area=VILLAGE) as li:
        assert li.page.locator("#faults [data-fault]").count() >= 2
        seen = []
        for _ in range(3):
            li.page.keyboard.press("n")
            li.page.wait_for_timeout(500)
            seen.append(li.ask("target"))
            west, south, east, north = li.ask("bounds", seen[-1])
            lng, lat, _ = li.ask("centre")
            assert west - 0.01 < lng < east + 0.01
            assert south - 0.01 < lat < north + 0.01
            assert li.page.locator("#faults [aria-current]").get_attribute("data-grid") == seen[-1]
        assert len(set(seen)) > 1
        li.page.keyboard.press("Shift+N")
        assert li.ask("target") == seen[-2]
        li.visit.picture("planner-fault-1280")
        li.clean()


def test_a_suggestion_is_looked_at_then_accepted(browser: Any, off: Any) -> None:
    with planner(browser, off) as li:
        li.pick(HALF)
        li.deed("mend")
        panel = li.page.locator("#suggestion")
        li.page.locator("#accept").wait_for()
        assert "问题由 2 个变为 0 个" in panel.inner_text()
        rows = panel.locator("tbody tr")
        assert rows.count() == 2
        assert li.ask("revision") == 1, "nothing is stored yet"
        assert li.page.locator("#faults").is_visible(), "what is out of band stays in sight"
        li.visit.picture("planner-suggestion-1280")
        li.page.locator("#accept").click()
        li.saved(2)
        assert li.page.locator("#fault-count").inner_text() == "0"
        assert not panel.is_visible()
        li.clean()


def test_a_suggestion_can_be_dropped(browser: Any, off: Any) -> None:
    with planner(browser, off) as li:
        before = li.ask("grids")
        li.deed("mend_all")
        li.page.locator("#drop").click()
        assert (li.ask("grids"), li.ask("revision")) == (before, 1)
        li.deed("mend_all")
        li.page.locator("#accept").wait_for()
        li.page.keyboard.press("Escape")
        assert not li.page.locator("#suggestion").is_visible()
        assert (li.ask("grids"), li.ask("waiting")) == (before, 0)
        li.clean()


def test_the_solver_splits_and_draws_anew(browser: Any, off: Any) -> None:
    with planner(browser, off) as li:
        li.pick(FIRST)
        li.deed("split")
        li.page.locator("dialog input").fill("2")
        li.page.keyboard.press("Enter")
        li.page.locator("#accept").click()
        li.saved(2)
        told = li.ask("told")
        assert told[FIRST] != told[HALF]
        li.page.locator("#map").focus()
        li.pick(FIRST)
        li.page.locator("#card .crumb").first.click()
        li.deed("redraw")
        li.page.locator("#accept").click(timeout=30_000)
        li.saved(3)
        assert li.page.locator("#fault-count").inner_text() == "0"
        li.clean()


def test_versions_have_names_and_can_be_gone_to(browser: Any, off: Any) -> None:
    with planner(browser, off) as li:
        li.deed("history")
        li.page.locator("dialog [data-deed=snapshot]").click()
        li.page.locator("dialog input").fill("征求意见稿")
        li.page.keyboard.press("Enter")
        li.page.get_by_text("已命名为").wait_for()
        li.deed("history")
        row = li.page.locator("dialog [data-revision='1']")
        assert "征求意见稿" in row.inner_text()
        li.visit.picture("planner-history-1280")
        li.page.locator("dialog [data-revision='0'] button").last.click()
        li.saved(0)
        assert li.count(SECOND) == 15
        li.clean()


def test_two_versions_side_by_side(browser: Any, off: Any) -> None:
    with planner(browser, off) as li:
        li.deed("compare")
        maps = li.page.locator(".compare-map canvas")
        maps.nth(1).wait_for(state="attached")
        rows = li.page.locator(".compare-table tbody tr")
        assert [row.split()[0] for row in rows.all_inner_texts()] == ["001·01·02", "001·01·03"]
        assert "+7 ← 001·01·03" in rows.first.inner_text()
        li.visit.picture("planner-compare-1280")
        box = li.page.locator(".compare-map").first.bounding_box()
        places = """() => [...document.querySelectorAll(".compare-map")].map(map => {
            const home = map.getBoundingClientRect();
            const spots = [...map.querySelectorAll(".count-label")].map(node => node.getBoundingClientRect())
                .map(spot => [Math.round(spot.left - home.left), Math.round(spot.top - home.top)]);
            return spots.sort((a, b) => a[0] + a[1] - b[0] - b[1])[0]; })"""
        before = li.page.evaluate(places)
        assert before[0] == before[1]
        li.page.mouse.move(box["x"] + 100, box["y"] + 80)
        li.page.mouse.wheel(0, -240)
        li.page.wait_for_timeout(800)
        after = li.page.evaluate(places)
        assert after[0] != before[0]
        assert after[0] == after[1], "both maps move as one"
        li.page.locator("#compare-a").select_option("published")
        li.page.locator(".compare [role=alert]").wait_for()
        assert not re.search("[a-z]{4}", li.page.locator(".compare [role=alert]").inner_text()), "told in Chinese"
        li.page.locator("#compare-a").select_option("1")
        li.page.get_by_text("没有变化").wait_for()
        li.page.keyboard.press("Escape")
        li.page.locator("dialog").wait_for(state="detached")
        li.clean()


def test_comments_are_pinned_to_grids(browser: Any, served: Any) -> None:
    with planner(browser, served) as li, planner(browser, served, "wang") as wang:
        li.pick(FIRST)
        li.page.locator(".comment-form textarea").fill("北边两户归哪边？")
        li.page.locator(".comment-form button").click()
        li.page.locator(".pin").wait_for()
        pin = wang.page.locator(".pin")
        pin.wait_for(timeout=6000)
        assert "批注 1 条" in pin.get_attribute("aria-label")
        pin.click()
        assert "北边两户归哪边？" in wang.page.locator(".comments").inner_text()
        wang.visit.picture("planner-comment-1280")
        wang.page.locator(".comment .link").click()
        pin.wait_for(state="detached")
        li.clean()
        wang.clean()


def test_publishing_says_what_stands_against_it(browser: Any, off: Any) -> None:
    with planner(browser, off) as li:
        li.page.locator("#publish").click()
        problems = li.page.locator(".problems button")
        problems.nth(1).wait_for()
        assert problems.count() == 2
        assert "第一个版本包含全部" in li.page.locator("dialog").inner_text()
        li.visit.picture("planner-problems-1280")
        problems.filter(has_text="001·01·03").click()
        assert li.ask("target") == THIRD
        li.page.keyboard.press("Control+z")
        li.saved(0)
        li.page.locator("#publish").click()
        li.page.locator("dialog [name=version]").fill("2026 年一季度")
        li.page.locator("dialog [type=submit]").click()
        li.page.get_by_text("已发布为第 1 号版本").wait_for()
        li.pick(FIRST)
        li.page.keyboard.press("k")
        li.saved(2)
        li.page.locator("#publish").click()
        assert li.page.locator("#publish-scope").input_value() == "one"
        li.page.locator("dialog [name=version]").fill("锁定一格")
        li.page.locator("dialog [type=submit]").click()
        li.page.get_by_text("已发布为第 2 号版本").wait_for()
        names = [row["name"] for row in Colleague(off[0]).visitor.get("/api/v1/versions").get_json()["versions"]]
        assert sorted(names) == ["2026 年一季度", "锁定一格"]
        li.page.locator(".back").click()
        li.page.locator(f"[data-area='{URBAN_1}']").get_by_text("已发布").wait_for()
        li.clean()


def test_a_file_comes_in_as_a_suggestion(browser: Any, served: Any, tmp_path: Path) -> None:
    from plans import tiny_plan

    homes = tiny_plan().tables["households"]
    units = tiny_plan().tables["units"].set_index("id")["grid_code_l3"]
    homes = homes[homes["area_code"] == URBAN_1]
    grids = homes["unit_id"].map(units)
    grids[homes["unit_id"] == HALF] = SECOND
    path = tmp_path / "present.csv"
    lines = [f"{id_},{grid}" for id_, grid in zip(homes["id"], grids, strict=True)]
    path.write_text("\n".join(["household,grid", *lines, f"nobody,{SECOND}"]), encoding="utf-8")
    with planner(browser, served) as li:
        li.deed("import")
        li.page.locator("dialog input[type=file]").set_input_files(path)
        li.page.locator("dialog [type=submit]").click()
        li.page.locator("#accept").wait_for()
        panel = li.page.locator("#suggestion").inner_text()
        assert "移动 7 户" in panel
        assert "1 行有错" in panel
        li.visit.picture("planner-import-1280")
        li.page.locator("#accept").click()
        li.saved(1)
        assert li.count(SECOND) == 22
        li.clean()


@pytest.mark.parametrize("format_", ["csv", "geojson"])
def test_files_go_out(browser: Any, served: Any, format_: str) -> None:
    with planner(browser, served, area=URBAN_2) as li:
        li.deed("export")
        with li.page.expect_download() as download:
            li.page.locator(f"dialog [data-format={format_}]").click()
        assert download.value.suggested_filename.endswith(f".{format_}")
        li.clean()
