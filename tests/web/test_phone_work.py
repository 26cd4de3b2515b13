"""What inspectors do with the phone page: distances, places, tracks, areas, photos, drafts, updates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from browsing import running
from fielding import GULLY, PREFIX, field_app, place
from phoning import handset, move, report, ruled, saved, settled, visitor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

OUTSIDE = place(60, 60)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    folder = tmp_path_factory.mktemp("field")
    with field_app(ruled(folder), folder) as app, running(app) as address:
        yield app, address


def test_far_from_the_element(browser: Any, service: Any) -> None:
    _, address = service
    with visitor(browser, address, at=GULLY) as shown:
        shown.begin("wang")
        assert shown.ask("return [...plan().grids.keys()].every((code) => code.startsWith(given));", PREFIX)
        first = shown.page.locator("main .lines .line-name").all_inner_texts()
        assert first[:3] == ["岭上林场", "柳沟", "三川河"], "nearest first"
        move(shown, place(1.5, 5.3))
        shown.page.locator("main .lines li").nth(1).get_by_text("一号井").wait_for()
        move(shown, GULLY)
        shown.go("#new/record/well-8")
        shown.page.get_by_text("离一号井 250 米").wait_for()
        shown.page.locator("#save").click()
        shown.page.get_by_role("dialog").get_by_role("button", name="不", exact=True).click()
        assert shown.rows() == [], "nothing was filled in: it is asked first"
        saved(shown, bare=True)
        assert settled(shown) == {"record": "taken"}
        shown.page.get_by_text("今日已记，尚未达到要求").wait_for()
        assert "还没有巡查过" not in shown.page.locator("main").inner_text()
        assert shown.rows()[0]["warnings"] == ["far"]
        shown.go("#new/record/gully-3")
        saved(shown, bare=True)
        settled(shown)
        shown.page.get_by_text(re.compile(r"^今日已记，看到[1-9]\d?%，要求\d+%$")).wait_for()
        shown.go("#outbox")
        shown.page.get_by_text("离要素较远").wait_for()
        shown.assert_clean()


def test_far_is_refused_where_the_office_says_so(browser: Any, tmp_path: Path) -> None:
    with (
        field_app(ruled(tmp_path, refuse_far=True), tmp_path) as app,
        running(app) as address,
        visitor(browser, address, at=GULLY) as shown,
    ):
        shown.begin("wang")
        shown.go("#new/record/well-8")
        shown.page.locator("textarea").last.fill("井盖完好")
        shown.page.locator("#save").click()
        shown.page.get_by_text("离要素太远，不能保存").wait_for()
        assert shown.rows() == []
        shown.page.reload()
        shown.page.wait_for_selector("body.ready")
        assert shown.page.locator("textarea").last.input_value() == "井盖完好", "the address leads to the draft"
        move(shown, place(1.6, 5.25))
        shown.page.locator("[data-key=now]").click()
        shown.page.get_by_text("离一号井 10 米").wait_for()
        saved(shown)
        assert settled(shown) == {"record": "taken"}
        assert shown.ask("return state.drafts.length;") == 0
        assert shown.ask("return plan().duties.find((one) => one.element_id === 'well-8').last_seen;"), (
            "the list was fetched anew"
        )
        shown.assert_clean()


def test_a_place_set_by_hand_with_keys(browser: Any, service: Any) -> None:
    _, address = service
    with visitor(browser, address) as shown:  # no position is allowed
        shown.begin("li")
        shown.go("#new/record/gully-3")
        shown.page.get_by_text("没有得到定位许可").wait_for()
        shown.page.locator("#save").click()
        shown.page.get_by_text("还没有位置").wait_for()
        shown.page.locator("[data-key=pick]").press("Enter")
        shown.page.locator(".picker .map").press("Enter")
        shown.page.get_by_text("手工标注").wait_for()
        saved(shown, bare=True)
        assert settled(shown)["record"] == "taken"
        body = shown.rows()[0]["event"]["body"]
        assert (body["place_source"], body["accuracy"]) == ("hand", None)
        shown.assert_clean()


def test_track_of_a_round(browser: Any, service: Any) -> None:
    _, address = service
    with visitor(browser, address, at=GULLY) as shown:
        shown.begin("wang")
        assert shown.page.get_by_role("switch").get_attribute("aria-checked") == "false", "off by default"
        shown.page.get_by_role("switch").click()
        for step in range(1, 4):
            move(shown, place(4 + 0.3 * step, 5.5))
            shown.ask(
                "while ((await db.all('points')).length < given) await new Promise((done) => setTimeout(done, 30));",
                step,
            )
        shown.page.reload()
        shown.page.wait_for_selector("body.ready")
        switch = shown.page.get_by_role("switch")
        assert switch.get_attribute("aria-checked") == "true", "it goes on"
        switch.click()
        shown.page.get_by_text("不开则不记").wait_for()
        assert settled(shown)["track"] == "taken"
        track = next(row["event"]["body"] for row in shown.rows() if row["event"]["kind"] == "track")
        assert len(track["points"]) >= 3
        assert shown.ask("return [(await db.all('points')).length, await db.note('round')];") == [0, None]
        shown.assert_clean()


def test_areas_are_chosen_kept_and_removed(browser: Any, service: Any) -> None:
    _, address = service
    with visitor(browser, address, at=GULLY, worker=True) as shown:
        shown.open()
        shown.sign_in("chief")
        shown.quiet()
        shown.page.get_by_role("link", name="选择要存的村／社区").click()
        shown.page.get_by_role("button", name="存到手机: 岭上村").click()
        shown.page.get_by_text("更新于刚刚").wait_for()
        assert "KB" in shown.page.get_by_text("更新于刚刚").inner_text(), "how large it is"
        shown.page.get_by_role("button", name="存到手机: 凤山社区").click()
        shown.page.get_by_role("button", name="移除").nth(1).wait_for()
        assert shown.ask("return [...plan().grids.keys()].some((code) => code.startsWith('141102901001'));")
        shown.go("#round")
        offered = shown.page.get_by_label("网格", exact=True).locator("option").all_inner_texts()[1:]
        assert all(name.startswith(("岭上村", "凤山社区")) for name in offered), "whose grids they are"
        assert [name[:3] for name in offered] == sorted((name[:3] for name in offered), reverse=offered[0][0] > "凤")
        shown.go("#more")
        shown.page.get_by_role("button", name="移除").first.click()
        shown.page.get_by_role("dialog").get_by_role("button", name="移除").click()
        shown.page.get_by_role("button", name="移除").nth(1).wait_for(state="detached")
        assert shown.ask("return state.packages.length;") == 1
        shown.page.get_by_text("没有信号也能打开").wait_for()
        shown.assert_clean()


def test_a_new_version_is_offered_and_loses_nothing(
    browser: Any, service: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import webmap.field_page as module

    _, address = service
    with handset(browser, tmp_path / "disk", address, at=GULLY) as shown:
        shown.begin("wang")
        desk = shown.context.new_cdp_session(shown.page)
        faults = desk.send("Page.getInstallabilityErrors")["installabilityErrors"]
        assert [fault["errorId"] for fault in faults] == [], "it can be installed"
        real = module._version
        monkeypatch.setattr(module, "_version", lambda *given: f"{real(*given)}-next")
        shown.go("#new/record/gully-3")
        shown.page.locator("textarea").last.fill("写到一半")
        shown.page.evaluate(
            "navigator.serviceWorker.getRegistration('field').then((one) => one.update()).then(() => null)"
        )
        shown.page.locator(".banner").get_by_role("button", name="更新").click()
        shown.page.locator("textarea").last.wait_for()
        shown.page.locator("textarea").last.and_(shown.page.locator(":not(:focus)")).wait_for()
        shown.page.wait_for_selector("body.ready")
        assert shown.page.locator("textarea").last.input_value() == "写到一半"
        assert shown.ask("return (await load('install')).version();").endswith("-next")
        assert shown.page.evaluate("caches.keys().then((names) => names.length)") == 1
        shown.assert_clean()


def test_a_list_that_moves_does_not_take_the_tap_or_the_words(browser: Any, service: Any) -> None:
    _, address = service
    with visitor(browser, address, at=GULLY) as shown:
        shown.begin("wang")
        box = shown.page.locator("main .lines li", has_text="三川河").bounding_box()
        shown.page.mouse.move(box["x"] + 60, box["y"] + 20)
        shown.page.mouse.down()
        shown.ask("(await load('state')).emit('changed');")
        shown.context.set_geolocation({"longitude": GULLY["lon"], "latitude": GULLY["lat"] + 0.001, "accuracy": 8})
        shown.page.wait_for_timeout(2300)  # a new position draws the list again
        shown.page.mouse.up()
        shown.page.locator("h1").get_by_text("三川河").wait_for()
        shown.go("#round")
        shown.page.locator("[data-key=tab-true]").click()
        search = shown.page.get_by_role("searchbox")
        search.click()
        shown.page.evaluate("window.field = document.activeElement")
        search.press_sequentially("柳")
        shown.page.locator("main .lines li").nth(1).wait_for(state="detached")
        assert shown.page.evaluate("window.field === document.activeElement && window.field.isConnected")
        shown.assert_clean()


def test_photos_of_others_and_one_grid_without_network(browser: Any, service: Any) -> None:
    app, address = service
    _, matter = report(app, seed=9)
    with visitor(browser, address, at=GULLY, worker=True) as shown:
        shown.begin("wang")
        assert shown.sync() is None
        shown.context.set_offline(True)
        shown.open()
        shown.go(f"#matter/{matter}")
        shown.page.locator(".history").get_by_role("button", name="照片 1").click()
        large = shown.page.get_by_role("dialog").locator("img")
        assert large.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320, "as it was taken"
        shown.page.get_by_role("dialog").get_by_role("button", name="关闭").click()
        shown.go("#round")
        shown.page.locator(".lines").get_by_text("无名田").wait_for()
        shown.page.get_by_label("网格", exact=True).select_option(label="一组")
        shown.page.locator(".lines").get_by_text("无名田").wait_for(state="detached")
        shown.open()
        shown.page.locator(".lines").get_by_text("一号井").wait_for()
        assert "无名田" not in shown.page.locator("main").inner_text()
        shown.context.set_offline(False)
        shown.assert_clean()


def test_a_draft_counts_from_when_it_was_seen(browser: Any, service: Any) -> None:
    _, address = service
    with visitor(browser, address, at=GULLY) as shown:
        shown.begin("li")
        shown.go("#new/record/gully-3")
        shown.page.locator("textarea").last.fill("昨天看的")
        shown.page.locator("#kept:not(:empty)").wait_for()
        before = shown.ask(
            """const [draft] = await db.all("drafts");
            draft.place.at = new Date(Date.now() - 86_400_000).toISOString();
            draft.opened -= 86_400_000;
            await db.put("drafts", draft);
            return draft.place.at;"""
        )
        shown.page.reload()
        shown.page.get_by_text("1天前").first.wait_for()
        saved(shown)
        assert shown.rows()[0]["event"]["made_at"] == before
        shown.assert_clean()
