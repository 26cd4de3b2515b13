"""Ways out: a wait that is given up, a password of one's own, what only others can do, a plan that was built anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from planner_desk import planner, service
from plans import URBAN_1
from signing import PASSWORD, add, sign_in

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

SECOND = f"{URBAN_1}0010102"
FIRST, HALF = f"{URBAN_1}-u001", f"{URBAN_1}-u002"
FRESH = "another-river-of-9"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    with service(tmp_path) as made:
        yield made


def test_a_wait_can_be_given_up(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.page.route("**/preview*", lambda _: None)
        li.deed("redraw_all")
        bar = li.page.locator(".waiting")
        bar.wait_for()
        assert "正在计算" in bar.inner_text()
        bar.get_by_role("button", name="取消").click()
        bar.wait_for(state="detached")
        assert not li.page.locator("#suggestion").is_visible()
        assert not li.page.locator("#notice.error.shown").is_visible(), "to give up is no error"
        li.clean()


def test_the_own_password_is_changed(browser: Any, served: Any) -> None:
    with planner(browser, served, area=None) as li:
        li.deed("password")
        window = li.page.locator("dialog")
        for old in ("wrong-river-of-7", PASSWORD):
            for name, text in (("old", old), ("new", FRESH), ("again", FRESH)):
                window.locator(f"[name={name}]").fill(text)
            window.locator("[type=submit]").click()
            if old != PASSWORD:
                window.get_by_text("当前密码不对").wait_for()
        window.wait_for(state="detached")
        sign_in(served[0], "li", FRESH)
        li.clean()


def test_only_somebody_of_the_whole_city_publishes_the_first_version(browser: Any, served: Any) -> None:
    add(served[0], "qian", "planner", URBAN_1)
    with planner(browser, served, "qian") as qian:
        qian.page.locator("#publish").click()
        window = qian.page.locator("dialog")
        window.wait_for()
        assert "只能由管辖全市的人员发布" in window.inner_text()
        assert window.locator("form").count() == 0
        qian.clean()


def test_what_was_left_unsent_is_sent_by_itself(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(FIRST)
        li.page.route("**/edits*", lambda route: route.abort())
        li.paint(HALF)
        li.page.locator("#banner").wait_for()
        assert "尚未检查" in li.page.locator("#faults").inner_text()
        li.page.unroute("**/edits*")
        li.page.reload()
        li.page.wait_for_selector("#map canvas", state="attached")
        li.saved(1)
        assert li.count(SECOND) == 22
        li.clean()


def test_a_new_build_is_told_and_shown(browser: Any, served: Any) -> None:
    """Its numbers begin again at 0, so the number alone would hide it."""
    row = {
        "id": 99,
        "area": "",
        "revision": None,
        "author": "geo-grid build",
        "made_at": "2026-03-01T08:00:00Z",
        "what": "build",
    }
    with planner(browser, served) as li:
        asked = []
        li.page.on("request", lambda request: asked.append(request.url))
        li.page.route("**/desk/changes*", lambda route: route.fulfill(json={"last": 99, "changes": [row]}), times=1)
        li.page.get_by_text("重新生成").wait_for()
        assert any(url.endswith(f"/desk/areas/{URBAN_1}") for url in asked), "the area is read again"
        li.clean()


def test_a_file_is_named_after_what_it_holds(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.deed("export")
        assert "不得公开" in li.page.locator("[data-format=csv]").inner_text()
        assert "不得公开" not in li.page.locator("[data-format=xlsx]").inner_text()
        with li.page.expect_download() as download:
            li.page.locator("[data-format=xlsx]").click()
        name = download.value.suggested_filename
        assert name.startswith("凤山社区")
        assert "草稿" in name
        assert name.endswith(".xlsx")
        li.clean()


def test_what_was_built_is_chosen_in_the_comparison(browser: Any, served: Any) -> None:
    with planner(browser, served) as li:
        li.pick(FIRST)
        li.page.keyboard.press("k")
        li.saved(1)
        li.deed("history")
        li.page.locator("[data-revision='0'] button").first.click()
        assert li.page.locator("#compare-a").input_value() == "built"
        li.clean()
