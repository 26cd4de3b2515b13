"""The table of gains and losses: of each grid, what comes and goes makes up the difference of before and after."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from planner_desk import Colleague, planner, service
from plans import URBAN_1

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

SECOND, THIRD, FIFTH = (f"{URBAN_1}00101{number:02d}" for number in (2, 3, 5))
FIRST, HALF, PARK = (f"{URBAN_1}-u{number:03d}" for number in (1, 2, 5))
TOWER = f"{URBAN_1}-u012"
ROW = """rows => rows.map(row => [row.querySelector("th").textContent,
    ...[...row.querySelectorAll(".figure")].map(cell => cell.textContent), [...row.querySelectorAll(".parts li")].map(part => part.textContent)])"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    with service(tmp_path) as made:
        yield made


def number(text: str) -> int:
    return int(re.sub(r"[^\d-]", "", text.replace("−", "-").split(" ")[0]))


def told(place: Any) -> list[tuple[str, int, int, list[int]]]:
    """Return rows of the table: grid, before, after, and each flow; all of them add up."""
    rows = []
    for name, before, after, change, parts in place.locator(".gains tbody tr").evaluate_all(ROW):
        flows = [number(part) for part in parts]
        assert number(after) - number(before) == number(change) == sum(flows), (name, before, after, change, parts)
        rows.append((name, number(before), number(after), flows))
    return rows


def excused(served: Any) -> Colleague:
    """A grid above its band, with a reason in writing."""
    wang = Colleague(served[0])
    wang.edit(op="move", units=[HALF], to=SECOND, level=3)
    wang.edit(op="excuse", grid=SECOND, reason="两栋同属一个单位")
    return wang


def test_a_grid_with_a_reason_that_is_split_is_gone(browser: Any, served: Any) -> None:
    """Its reason goes too; that alone does not keep it on the map."""
    excused(served)
    with planner(browser, served) as li:
        li.pick(FIRST)
        li.deed("split")
        li.page.locator("dialog input").fill("2")
        li.page.keyboard.press("Enter")
        li.page.locator("#accept").wait_for()
        rows = told(li.page.locator("#suggestion"))
        assert rows
        gone = [row for row in rows if row[0].startswith("001·01·02")]
        assert all(after < 22 for _, _, after, _ in gone)
        assert all("·" in name for name, *_ in rows if name[:3].isdigit()), "new grids are told by parts too"
        for part in ("#suggestion .scroll", "html"):
            wide = "node => node.scrollWidth <= node.clientWidth"
            assert li.page.locator(part).evaluate(wide), f"{part} is wider than its place"
        li.visit.picture("planner-gains-1280")
        li.clean()


@pytest.mark.parametrize("deed", ["mend_all", "redraw_all"])
def test_flows_of_a_suggestion_add_up(browser: Any, served: Any, deed: str) -> None:
    excused(served).edit(op="cut", unit=TOWER, floor=2)
    with planner(browser, served) as li:
        li.deed(deed)
        li.page.locator("#accept, #notice.shown").first.wait_for()
        if li.page.locator("#accept").count():
            told(li.page.locator("#suggestion"))
        li.clean()


def test_flows_of_a_conflict_add_up(browser: Any, served: Any) -> None:
    """Several changes in between, codes that went and came, a building cut."""
    with planner(browser, served) as li:
        li.page.route("**/desk/changes*", lambda route: route.fulfill(status=503, body="{}"))
        wang = Colleague(served[0])
        wang.edit(op="cut", unit=TOWER, floor=2)
        wang.edit(op="move", units=[PARK], to=FIFTH, level=3)
        wang.edit(op="merge", grids=[SECOND, THIRD], into=SECOND)
        wang.edit(op="split", grid=SECOND, parts=2)
        wang.edit(op="rename", grid=FIFTH, name="南院")
        wang.edit(op="lock", grids=[FIFTH], locked=True)
        li.pick(FIRST)
        li.paint(HALF)
        window = li.page.locator("dialog")
        window.wait_for()
        rows = told(window)
        before, after = ({row[0]: row[at] for row in rows} for at in (1, 2))
        assert rows
        assert sum(before.values()) == sum(after.values())
        text = window.inner_text()
        assert "001·01·05" in text
        assert "南院" in text
        assert "锁定 001·01·05" in text
        foot = window.locator("[data-choice=snapshot]").bounding_box()
        assert foot["y"] + foot["height"] < li.page.viewport_size["height"], "all three choices are in sight"
        li.visit.picture("planner-conflict-long-1280")
        li.clean()
