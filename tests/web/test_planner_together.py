"""Several planners at once, and networks that fail: nobody's work is lost, and everybody sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from planner_desk import Colleague, planner, service
from plans import URBAN_1
from signing import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

SECOND, THIRD, FIFTH = (f"{URBAN_1}00101{number:02d}" for number in (2, 3, 5))
HALF, PARK = f"{URBAN_1}-u002", f"{URBAN_1}-u005"
FIRST = f"{URBAN_1}-u001"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    with service(tmp_path) as made:
        yield made


def deaf(li: Any) -> None:
    """Keep others' edits from this page."""
    li.page.route("**/desk/changes*", lambda route: route.fulfill(status=503, body="{}"))


def meanwhile(served: Any) -> None:
    Colleague(served[0]).edit(op="move", units=[PARK], to=FIFTH, level=3)


def test_edits_of_others_appear_within_two_seconds(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        Colleague(served[0]).edit(op="move", units=[HALF], to=SECOND, level=3)
        li.until("revision", 1, seconds=10)
        assert li.count(SECOND) == 22
        assert "wang" in li.page.locator("#notice").inner_text()
        li.clean()


@pytest.mark.parametrize("choice", ["mine", "theirs", "snapshot"])
def test_a_conflict_is_shown_and_settled(browser: Any, served: Any, choice: str) -> None:
    with planner(browser, served) as li:
        deaf(li)
        meanwhile(served)
        li.pick(FIRST)
        li.paint(HALF)
        window = li.page.locator("dialog")
        window.wait_for()
        text = window.inner_text()
        assert "wang" in text
        assert "001·01·05" in text
        assert li.ask("waiting") == 1, "not given up before that is asked for"
        if choice == "mine":
            li.visit.picture("planner-conflict-1280")
        li.page.locator(f"[data-choice={choice}]").click()
        window.wait_for(state="detached")
        li.saved({"mine": 2, "theirs": 1, "snapshot": 1}[choice])
        told = li.ask("told")
        assert told[PARK] == FIFTH, "theirs stays in any case"
        assert told[HALF] == (SECOND if choice == "mine" else THIRD)
        if choice == "snapshot":
            rows = Colleague(served[0]).visitor.get(f"/api/v1/desk/areas/{URBAN_1}/history").get_json()["revisions"]
            assert [row["name"] for row in rows if row["author"] == "li"] == ["li 的方案"]
        li.clean()


def test_a_revision_that_is_gone_is_a_conflict_too(browser: Any, served: Any) -> None:
    """A new build under one's hands: what was painted can still be made again."""
    gone = {"status": 412, "code": "bad_revision", "detail": "area has no revision 0"}
    with planner(browser, served) as li:
        li.pick(FIRST)
        li.page.route("**/edits*", lambda route: route.fulfill(status=412, json=gone), times=1)
        li.paint(HALF)
        li.page.locator("[data-choice=mine]").click()
        li.saved(1)
        assert li.count(SECOND) == 22


def test_escape_does_not_settle_a_conflict(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        deaf(li)
        meanwhile(served)
        li.pick(FIRST)
        li.paint(HALF)
        li.page.locator("dialog").wait_for()
        for _ in range(3):
            li.page.keyboard.press("Escape")
        assert li.page.locator("dialog[open]").count() == 1
        assert li.ask("waiting") == 1
        li.clean()


def test_what_was_not_sent_stays_in_sight_and_is_sent_again(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(FIRST)
        li.page.route("**/edits*", lambda route: route.abort())
        li.paint(HALF)
        li.page.locator("#banner").wait_for()
        assert "1 项" in li.page.locator("#banner").inner_text()
        assert li.ask("grids")[HALF] == SECOND, "it stays on the map"
        li.page.keyboard.press("k")
        li.until("waiting", 2)
        li.visit.picture("planner-unsent-1280")
        li.page.unroute("**/edits*")
        li.page.locator("#send-again").click()
        li.saved(2)
        assert not li.page.locator("#banner").is_visible()
        assert li.ask("locked") == [SECOND]
        li.clean()


def test_what_was_not_sent_outlives_the_page(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(FIRST)
        li.page.route("**/edits*", lambda route: route.abort())
        li.paint(HALF)
        li.page.locator("#banner").wait_for()
        li.page.reload()
        li.page.locator("#banner").wait_for()
        assert li.ask("grids")[HALF] == SECOND
        assert li.ask("revision") == 0
        li.page.unroute("**/edits*")
        li.page.locator("#send-again").click()
        li.saved(1)
        assert li.count(SECOND) == 22
        li.clean()


def test_it_can_be_given_up(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(FIRST)
        li.page.route("**/edits*", lambda route: route.abort())
        li.paint(HALF)
        li.page.locator("#give-up").click()
        li.until("waiting", 0)
        assert li.ask("grids")[HALF] == THIRD
        assert not li.page.locator("#banner").is_visible()
        li.clean()


def test_an_edit_whose_answer_was_lost_is_not_made_twice(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:

        def lose(route: Any) -> None:
            route.fetch()
            route.abort()

        li.pick(FIRST)
        li.page.route("**/edits*", lose)
        li.paint(HALF)
        li.page.locator("#banner").wait_for()
        li.page.unroute("**/edits*")
        li.page.locator("#send-again").click()
        li.saved(1)
        assert li.page.locator("dialog").count() == 0, "one's own edit is no conflict"
        assert li.count(SECOND) == 22
        assert Colleague(served[0]).view()["revision"] == 1
        li.clean()


def test_a_session_that_ended_loses_nothing(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(FIRST)
        li.page.context.clear_cookies()
        li.paint(HALF)
        password = li.page.locator("dialog [name=password]")
        password.wait_for()
        assert li.ask("waiting") == 1
        password.fill(PASSWORD)
        li.page.keyboard.press("Enter")
        li.saved(1)
        assert li.count(SECOND) == 22
        li.clean()


def test_strokes_that_follow_each_other_fast_are_all_kept(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(FIRST)
        li.paint(HALF)
        li.page.keyboard.press("k")
        li.pick(f"{URBAN_1}-u041")
        li.paint(f"{URBAN_1}-u000")
        li.page.keyboard.press("Control+z")
        li.until("waiting", 0)
        told = li.ask("told")
        assert told[HALF] == SECOND, "what was refused takes its undo along"
        assert li.ask("locked") == [SECOND]
        assert told == li.ask("grids")
        assert Colleague(served[0]).view()["revision"] == li.ask("revision")
        li.clean()


def test_a_stroke_goes_on_while_an_answer_changes_the_shapes(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:

        def late(route: Any) -> None:
            li.page.wait_for_timeout(900)
            route.continue_()

        cut = f"{URBAN_1}-u012"
        li.pick(cut)
        li.page.locator("#card details.more summary").click()
        li.page.locator("#card .units button").first.click()
        li.page.locator("dialog input").fill("2")
        li.page.route("**/edits*", late, times=1)
        li.page.keyboard.press("Enter")
        li.page.locator("dialog").wait_for(state="detached")
        li.tool("pan")
        li.page.mouse.click(*li.at(FIRST))
        li.brush(HALF)
        units = len(li.ask("grids"))
        li.until("revision", 1)
        assert len(li.ask("grids")) == units + 1, "the building is cut"
        assert li.ask("grids")[HALF] == SECOND, "the stroke is still there"
        li.page.mouse.up()
        li.saved(2)
        assert li.count(SECOND) == 22
        li.clean()


@pytest.mark.parametrize("name", ["li", "wang"])
def test_signing_in_anew_in_another_window(browser: Any, served: Any, name: str) -> None:
    """The same person's work goes on; nothing is ever stored under somebody else's name."""
    with planner(browser, served) as li:
        deaf(li)
        li.pick(FIRST)
        other = li.page.context.new_page()
        other.goto(f"{served[1]}plan")
        other.evaluate(
            """([name, password]) => fetch("api/v1/session", { method: "POST", headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ name, password }) }).then(answer => answer.status)""",
            [name, PASSWORD],
        )
        other.close()
        li.paint(HALF)
        if name == "li":
            li.saved(1)
        else:
            li.page.locator("dialog [name=password]").wait_for()
            assert li.ask("waiting") == 1
            assert Colleague(served[0]).view()["revision"] == 0
