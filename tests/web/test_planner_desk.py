"""Redrawing in a real browser: painting, selecting, splitting, merging, locking, and taking it all back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from planner_desk import planner, service
from plans import URBAN_1, URBAN_2, VILLAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

SECOND, THIRD = f"{URBAN_1}0010102", f"{URBAN_1}0010103"
HALF = f"{URBAN_1}-u002"  # 7 of the third grid's 15 households, beside the second grid


def unit(number: int) -> str:
    return f"{URBAN_1}-u{number:03d}"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    with service(tmp_path) as made:
        yield made


def test_painting_shows_both_counts_before_letting_go(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(unit(1))
        assert li.ask("target") == SECOND
        li.brush(HALF)
        li.page.wait_for_selector(f"#balance [data-grid='{SECOND}'].above")
        rows = {code: li.page.locator(f"#balance [data-grid='{code}']") for code in (SECOND, THIRD)}
        assert rows[SECOND].locator(".balance-count").inner_text() == "22 +7"
        assert rows[THIRD].locator(".balance-count").inner_text() == "8 −7"
        assert "10–20 户 ▲ 高于上限" in rows[SECOND].inner_text()
        assert li.ask("revision") == 0, "nothing is stored before the hand lets go"
        li.visit.picture("planner-stroke-1280")
        li.page.mouse.up()
        li.saved(1)
        assert (li.count(SECOND), li.count(THIRD)) == (22, 8)
        assert li.page.locator("#fault-count").inner_text() == "2"
        assert li.page.locator("#faults [data-fault]").count() == 2
        assert not li.page.locator("#balance").is_visible()
        li.clean()


def test_escape_takes_a_stroke_back(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        before = li.ask("grids")
        li.pick(unit(1))
        li.brush(HALF)
        assert li.ask("grids")[HALF] == SECOND
        li.page.keyboard.press("Escape")
        assert li.ask("grids") == before
        li.page.mouse.up()
        assert li.ask("waiting") == 0
        li.clean()


def test_the_map_moves_while_painting(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(unit(1))
        li.tool("brush")
        x, y = li.at(unit(20))
        before = li.ask("centre")
        li.page.keyboard.down("Space")
        li.page.mouse.move(x, y)
        li.page.mouse.down()
        li.page.mouse.move(x + 80, y + 20, steps=4)
        li.page.mouse.up()
        li.page.keyboard.up("Space")
        li.page.wait_for_timeout(400)
        middle = li.ask("centre")
        assert middle[0] < before[0], "the space bar moves the map"
        li.page.mouse.move(x, y)
        li.page.mouse.down(button="middle")
        li.page.mouse.move(x + 80, y + 20, steps=4)
        li.page.mouse.up(button="middle")
        li.page.wait_for_timeout(400)
        assert li.ask("centre")[0] < middle[0], "so does the middle button"
        assert (li.ask("revision"), li.ask("waiting")) == (0, 0)
        li.clean()


def test_a_new_grid_is_painted(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.page.keyboard.press("0")
        li.paint(HALF)
        li.saved(1)
        code = li.ask("told")[HALF]
        assert code == f"{URBAN_1}0010106", "the next number under its parent"
        assert li.count(code) == 7
        li.clean()


def test_box_polygon_and_clicks_select(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.tool("rectangle")
        (x1, y1), (x2, y2) = li.at(unit(32)), li.at(unit(23))
        li.page.mouse.move(x1 - 15, y1 - 15)
        li.page.mouse.down()
        li.page.mouse.move(x2 + 15, y2 + 15, steps=4)
        li.page.wait_for_selector("#balance:not([hidden])")
        li.page.mouse.up()
        assert li.ask("selected") == [unit(22), unit(23), unit(32), unit(33)]
        li.page.keyboard.press("Escape")
        assert li.ask("selected") == []
        li.tool("select")
        for number in (2, 12):
            li.page.mouse.click(*li.at(unit(number)))
        assert li.ask("selected") == [unit(2), unit(12)]
        li.page.mouse.click(*li.at(unit(12)))
        assert li.ask("selected") == [unit(2)]
        li.page.keyboard.press("Escape")
        li.tool("polygon")
        (x1, y1), (x2, y2) = li.at(unit(41)), li.at(unit(40))
        for corner in (
            (x2 - 20, y1 - 20),
            (x1 + 20, y1 - 20),
            (x1 + 20, y1 + 20),
            (x2 - 20, y1 + 20),
            (x2 - 20, y1 - 20),
        ):
            li.page.mouse.click(*corner)
            li.page.wait_for_timeout(80)
        assert li.ask("selected") == [unit(40), unit(41)]
        li.visit.picture("planner-selection-1280")
        li.clean()


def test_what_is_selected_moves_by_enter(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(unit(1))
        li.tool("select")
        li.page.mouse.click(*li.at(HALF))
        assert li.page.locator(f"#balance [data-grid='{SECOND}'] .balance-count").inner_text() == "22 +7"
        li.page.keyboard.press("Enter")
        li.saved(1)
        assert li.count(SECOND) == 22
        assert li.ask("selected") == []
        li.clean()


def test_a_line_splits_a_grid(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(HALF)
        li.page.keyboard.press("g")
        li.page.wait_for_timeout(700)
        (x1, y1), (x2, _) = li.at(HALF), li.at(unit(3))
        li.tool("line")
        middle = (x1 + x2) / 2
        li.page.mouse.click(middle, y1 - 90)
        li.page.wait_for_timeout(350)
        li.page.mouse.dblclick(middle + 1, y1 + 110)
        li.saved(1)
        told = li.ask("told")
        assert told[HALF] != told[unit(3)]
        assert sorted((li.count(told[HALF]), li.count(told[unit(3)]))) == [7, 8]
        li.clean()


def test_merging_shows_what_would_come_of_it(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(unit(1))
        li.page.keyboard.press("m")
        options = li.page.locator("dialog .options button")
        assert "30" in options.first.inner_text()
        assert "高于上限" in options.first.inner_text()
        li.visit.picture("planner-merge-1280")
        li.page.locator(f"dialog [data-grid='{THIRD}']").click()
        li.saved(1)
        assert li.count(SECOND) == 30
        assert THIRD not in li.ask("counts")
        li.clean()


def test_what_breaks_a_grid_is_refused_and_taken_back(browser: Any, served: Any) -> None:
    with planner(browser, served, area=VILLAGE) as li:
        before = li.ask("grids")
        li.page.keyboard.press("Shift+Digit1")
        (first, *_), (last, *_) = (
            [id_ for id_, code in before.items() if code.startswith(f"{VILLAGE}{group}")] for group in ("001", "004")
        )
        li.pick(first)
        li.paint(last)
        li.page.locator("#notice.error.shown").wait_for()
        li.until("waiting", 0)
        assert li.ask("grids") == before
        assert li.ask("revision") == 0
        li.clean()


def test_a_locked_grid_cannot_be_painted(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(HALF)
        li.page.keyboard.press("k")
        li.until("locked", [THIRD])
        assert "已锁定" in li.page.locator("#card h2").inner_text()
        li.pick(unit(1))
        li.paint(HALF)
        li.page.wait_for_timeout(300)
        assert li.ask("grids")[HALF] == THIRD
        li.pick(HALF)
        li.page.keyboard.press("k")
        li.until("locked", [])
        li.saved(2)
        li.clean()


def test_names_and_reasons_are_written(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(unit(1))
        li.deed("rename")
        li.page.locator("dialog input").fill("河湾大院")
        li.page.keyboard.press("Enter")
        li.saved(1)
        assert li.page.locator("#card h2").inner_text() == "河湾大院"
        assert li.page.locator("#card [data-deed=excuse]").is_disabled(), "it is in its band"
        li.brush(HALF)
        li.page.mouse.up()
        li.saved(2)
        li.deed("excuse")
        li.page.locator("dialog textarea").fill("街道办事处同意合管")
        li.page.locator("dialog [type=submit]").click()
        li.saved(3)
        assert "街道办事处同意合管" in li.page.locator("#card .reason").inner_text()
        assert li.page.locator("#fault-count").inner_text() == "1"
        assert li.page.locator(".fault.excused").count() == 1
        li.clean()


def test_what_cannot_be_helped_needs_no_words(browser: Any, served: Any) -> None:
    with planner(browser, served, area=URBAN_2) as li:
        li.page.keyboard.press("n")
        assert (li.ask("target"), li.ask("level")) == (f"{URBAN_2}001", 1)
        assert li.page.locator("#fault-count").inner_text() == "0"
        assert li.page.locator(".fault.excused").count() == 1
        assert li.page.locator("#card [data-deed=excuse]").is_disabled()
        li.clean()


def test_a_building_is_cut_and_its_parts_painted_apart(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(unit(12))
        li.page.locator("#card details.more summary").click()
        li.page.locator("#card .units button").first.click()
        li.page.locator("dialog input").fill("2")
        li.visit.picture("planner-cut-1280")
        li.page.keyboard.press("Enter")
        li.saved(1)
        parts = [id_ for id_, code in li.ask("told").items() if code == f"{URBAN_1}0010201"]
        assert len(parts) == 2
        assert unit(12) in parts
        li.clean()


def test_undo_redo_and_branches(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        press = li.page.keyboard.press
        li.pick(unit(1))
        li.paint(HALF)
        li.saved(1)
        press("Control+z")
        li.saved(0)
        assert li.count(SECOND) == 15
        press("Control+Shift+z")
        li.saved(1)
        press("Control+z")
        li.saved(0)
        press("Control+y")
        li.saved(1)
        press("Control+z")
        li.saved(0)
        li.pick(unit(1))
        press("k")
        li.saved(2)
        press("Control+z")
        li.saved(0)
        assert li.page.locator("#branches").get_attribute("aria-label") == "有 2 条重做分支"
        press("Control+y")
        options = li.page.locator("dialog .options button")
        options.nth(1).wait_for()
        assert options.count() == 2
        li.visit.picture("planner-branches-1280")
        li.page.locator("dialog [data-revision='1']").click()
        li.saved(1)
        assert li.count(SECOND) == 22, "the branch left first is not lost"
        li.clean()


def test_a_change_at_level_one_carries_its_children(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.page.keyboard.press("Shift+Digit2")
        li.pick(unit(0))
        assert li.ask("target") == f"{URBAN_1}00101"
        li.paint(unit(12))
        li.saved(1)
        assert li.ask("told")[unit(12)].startswith(f"{URBAN_1}00101")
        assert li.count(f"{URBAN_1}00101") == 90
        li.clean()
