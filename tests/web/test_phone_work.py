"""What inspectors do with the phone page: distances, refusals, matters, tracks, areas, room, updates."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, Any

import pytest
from browsing import running
from fielding import GULLY, PREFIX, field_app, jpeg, phone, place
from phoning import Handset, handset, ruled, visitor
from signing import PASSWORD
from test_phone_offline import camera

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


def saved(shown: Handset) -> None:
    """Save the form, and wait until it is gone."""
    shown.page.locator("#save").click()
    shown.page.locator("form").wait_for(state="detached")
    shown.quiet()


def settled(shown: Handset) -> dict[str, str]:
    """Statuses of what was made here, by kind."""
    assert shown.sync() is None
    return {row["event"]["kind"]: row["status"] for row in shown.rows()}


def move(shown: Handset, at: dict[str, float]) -> None:
    shown.context.set_geolocation({"longitude": at["lon"], "latitude": at["lat"], "accuracy": at["accuracy"]})
    shown.ask(
        "while (Math.abs(here.fix.lat - given.lat) > 1e-6) await new Promise((done) => setTimeout(done, 30));", at
    )


def report(app: Flask, name: str = "li", seed: int = 5) -> tuple[Any, str]:
    """A matter somebody else found."""
    finder = phone(app, name, seed)
    event = finder.found(notes="坡上有裂缝")
    photo = finder.photo(event["id"], data := jpeg(1), role="before", id=event["body"]["photos"][0])
    finder.taken(event, photo)
    assert finder.part(photo["id"], data).get_json()["complete"]
    return finder, event["id"]


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
        saved(shown)
        assert settled(shown) == {"record": "taken"}
        assert shown.rows()[0]["warnings"] == ["far"]
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
        saved(shown)
        assert settled(shown)["record"] == "taken"
        body = shown.rows()[0]["event"]["body"]
        assert (body["place_source"], body["accuracy"]) == ("hand", None)
        shown.assert_clean()


def test_what_is_refused_stays_and_goes_again(browser: Any, service: Any) -> None:
    """A matter found outside is refused; what was done to it on the spot waits for it, and follows the new one."""
    app, address = service
    with visitor(browser, address, at=OUTSIDE) as shown:
        shown.begin("wang")
        shown.page.route("**/api/v1/field/events", lambda route: route.abort())
        shown.go("#new/found")
        shown.page.get_by_role("radio", name="道路安全").check()
        shown.page.locator("input[type=file]").first.set_input_files(camera(1))
        shown.page.locator(".thumb").wait_for()
        saved(shown)
        old = next(row["id"] for row in shown.rows() if row["event"]["kind"] == "found")
        shown.go(f"#matter/{old}")
        shown.page.get_by_role("link", name="已整改").click()
        shown.page.locator("input[type=file]").first.set_input_files(camera(2))
        shown.page.locator(".thumb").wait_for()
        saved(shown)
        shown.page.unroute("**/api/v1/field/events")
        assert shown.sync() is None
        told = {
            row["event"]["kind"]: (row["status"], row["reason"])
            for row in shown.rows()
            if row["event"]["kind"] != "photo"
        }
        assert told == {"found": ("refused", "outside"), "mended": ("new", None)}, "what follows it is not sent"
        assert shown.pill().startswith("未发送")
        shown.go("#outbox")
        shown.page.get_by_text("在辖区之外").wait_for()
        shown.page.get_by_role("button", name="修改后重报").click()
        shown.page.locator("form .thumb").wait_for()
        assert shown.page.get_by_role("radio", name="道路安全").is_checked()
        move(shown, GULLY)
        shown.page.locator("[data-key=now]").click()
        shown.page.get_by_text("111.12896").wait_for()
        saved(shown)
        assert shown.sync() is None
        assert {row["status"] for row in shown.rows()} == {"taken"}
        assert old not in {row["id"] for row in shown.rows()}
        matter = next(row["id"] for row in shown.rows() if row["event"]["kind"] == "found")
        kept = app.extensions["office"].ledger.matter(matter)
        assert (kept["row"]["status"], kept["row"]["conflict"]) == ("mended", False)
        assert app.extensions["office"].ledger.matter(old) is None
        assert shown.pill() == "已全部发送"
        shown.assert_clean()


def test_two_changes_at_once_stand_side_by_side(browser: Any, service: Any) -> None:
    app, address = service
    li, matter = report(app)
    with visitor(browser, address, at=GULLY, locale="en-US") as shown:
        shown.open()
        shown.sign_in("zhao")
        shown.quiet()
        shown.go(f"#new/rejected/{matter}/{matter}")
        shown.page.locator("textarea").fill("Not on our land")
        shown.page.route("**/api/v1/field/events", lambda route: route.abort())
        saved(shown)
        li.hears()
        mended = li.follow(matter, [matter], "mended", notes="已填埋", photos=[li.uid()])
        li.taken(mended)
        shown.page.unroute("**/api/v1/field/events")
        assert shown.sync() is None
        shown.go(f"#matter/{matter}")
        shown.page.get_by_text("Changed by several at once").wait_for()
        sides = shown.page.locator(".sides .side")
        assert sides.count() == 2
        assert "已填埋" in sides.nth(0).inner_text() + sides.nth(1).inner_text()
        shown.page.get_by_role("link", name="Settle which counts").click()
        shown.page.get_by_role("radio", name="Mended → Mended").check()
        saved(shown)
        assert shown.sync() is None
        shown.page.get_by_text("Set aside").wait_for()
        row = app.extensions["office"].ledger.matter(matter)["row"]
        assert (row["status"], row["conflict"]) == ("mended", False)
        shown.assert_clean()


def test_matters_are_merged_as_the_service_merges_them(browser: Any, service: Any) -> None:
    """Any changes by anybody, in any order: the same state on the phone as in the service."""
    app, address = service
    people = {name: phone(app, name, 40) for name in ("wang", "li", "zhao")}
    dice = random.Random(7)
    heads: dict[str, list[str]] = {}
    for _ in range(5):
        event = people["li"].found()
        people["li"].taken(event)
        heads[event["id"]] = [event["id"]]
    body = {
        "assigned": {"assignee": "wang"},
        "reopened": {"reason": "再看"},
        "rejected": {"reason": "重复"},
        "noted": {"notes": "…"},
    }
    for turn in range(80):
        name, matter = dice.choice(list(people)), dice.choice(list(heads))
        someone = people[name]
        someone.now = people["li"].now + dt.timedelta(seconds=turn)
        kind = dice.choice(["assigned", "mended", "checked", "closed", "reopened", "rejected", "noted", "resolved"])
        after = [dice.choice(heads[matter])]
        said = body.get(kind, {"photos": [someone.uid()]} if kind == "mended" else {})
        if kind == "resolved":
            after = sorted(app.extensions["office"].ledger.matter(matter)["row"]["heads"])
            said = {"keep": after[-1]}
        event = someone.follow(matter, after, kind, **said)
        if someone.send(event)[0]["status"] == "taken" and kind != "noted":
            heads[matter].append(event["id"])
    with visitor(browser, address) as shown:
        shown.begin("wang")
        told = shown.ask(
            """const { allMatters } = await load("view_matters");
            return Object.fromEntries([...allMatters()].map(([id, m]) => [id, [m.shown.status, m.conflict, m.heads.toSorted(), m.shown.assignee, new Date(m.shown.due).getTime()]]));"""
        )
    from geo_grid.field.times import moment

    conflicts = 0
    for matter in heads:
        row = app.extensions["office"].ledger.matter(matter)["row"]
        due = round(moment(row["due_at"]).timestamp() * 1000)
        assert told[matter] == [row["status"], bool(row["conflict"]), sorted(row["heads"]), row["assignee"], due]
        conflicts += bool(row["conflict"])
    assert conflicts, "some stand side by side"


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
    with visitor(browser, address, at=GULLY) as shown:
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
        shown.page.get_by_role("button", name="移除").first.click()
        shown.page.get_by_role("dialog").get_by_role("button", name="移除").click()
        shown.page.get_by_role("button", name="移除").nth(1).wait_for(state="detached")
        assert shown.ask("return state.packages.length;") == 1
        shown.page.get_by_text("没有信号也能打开").wait_for()
        shown.assert_clean()


def test_nobody_sends_under_the_name_of_another(browser: Any, service: Any) -> None:
    app, address = service
    with visitor(browser, address, at=GULLY) as shown:
        shown.begin("wang")
        shown.page.route("**/api/v1/field/events", lambda route: route.abort())
        shown.go("#new/record/gully-3")
        shown.page.locator("textarea").last.fill("王的记录")
        saved(shown)
        mine = shown.rows()[0]["id"]
        shown.page.unroute("**/api/v1/field/events")
        shown.page.evaluate(
            "password => fetch('api/v1/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ name: 'li', password }) })",
            PASSWORD,
        )
        assert shown.sync() == {"kind": "other", "text": "li"}
        shown.page.locator(".banner").get_by_text("li").wait_for()
        shown.go("#more")
        shown.page.get_by_role("button", name="退出登录").click()
        shown.page.get_by_role("dialog").get_by_role("button", name="退出登录").click()
        shown.page.locator("form.login").wait_for()
        shown.sign_in("li")
        shown.kept()
        assert mine not in {row["id"] for row in shown.rows()}
        assert "王的记录" not in shown.page.locator("body").inner_text()
        assert app.extensions["office"].ledger.records(element="gully-3").query("id == @mine").empty
        shown.go("#more")
        shown.page.get_by_role("button", name="退出登录").click()
        shown.page.get_by_role("dialog").get_by_role("button", name="退出登录").click()
        shown.page.locator("form.login").wait_for()
        shown.sign_in("wang")
        shown.page.get_by_text("已全部发送").wait_for()
        assert list(app.extensions["office"].ledger.records(element="gully-3").query("id == @mine")["author"]) == [
            "wang"
        ]
        shown.assert_clean()


def test_no_room_is_said_and_costs_nothing(browser: Any, service: Any) -> None:
    _, address = service
    with visitor(browser, address, at=GULLY) as shown:
        shown.begin("wang")
        shown.go("#new/record/gully-3")
        shown.page.locator("textarea").last.fill("有照片")
        shown.page.locator("#kept:not(:empty)").wait_for()
        shown.page.evaluate(
            """() => {
            const put = IDBObjectStore.prototype.put;
            IDBObjectStore.prototype.put = function (...given) {
                if (window.full && this.name === "blobs") throw new DOMException("no room", "QuotaExceededError");
                return put.apply(this, given);
            };
            window.full = true;
        }"""
        )
        shown.page.locator("input[type=file]").first.set_input_files(camera(1))
        shown.page.get_by_text("手机空间不足").first.wait_for()
        assert shown.ask("return (await db.all('drafts'))[0].photos.length;") == 0
        shown.page.evaluate("window.full = false")
        assert shown.page.locator("textarea").last.input_value() == "有照片"
        shown.page.locator("input[type=file]").first.set_input_files(camera(1))
        shown.page.locator(".thumb").wait_for()
        saved(shown)
        assert settled(shown) == {"record": "taken", "photo": "taken"}
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


def test_a_clock_that_is_ahead_is_told_and_set_right(browser: Any, service: Any) -> None:
    _, address = service
    with visitor(browser, address, at=GULLY) as shown:
        shown.begin("li")
        shown.context.add_init_script(
            "const now = Date.now; if (!localStorage.right) { Date.now = () => now() + 7_200_000; globalThis.Date = new Proxy(Date, { construct: (Real, given) => (given.length ? new Real(...given) : new Real(Date.now())) }); }"
        )
        shown.open()
        shown.go("#new/record/gully-3")
        shown.page.locator("textarea").last.fill("表快了")
        saved(shown)
        assert settled(shown) == {"record": "refused"}
        shown.go("#outbox")
        shown.page.get_by_text("手机时间差了约 120 分钟").wait_for()
        shown.page.evaluate("localStorage.right = 'yes'")
        shown.page.reload()
        shown.page.get_by_role("button", name="原样重报").click()
        shown.page.get_by_text("已全部发送").wait_for()
        shown.quiet()
        assert settled(shown) == {"record": "taken"}
        shown.assert_clean()


def test_photos_of_others_and_one_grid_without_network(browser: Any, service: Any) -> None:
    app, address = service
    _, matter = report(app, seed=9)
    with visitor(browser, address, at=GULLY) as shown:
        shown.begin("wang")
        assert shown.sync() is None
        shown.context.set_offline(True)
        shown.open()
        shown.go(f"#matter/{matter}")
        shown.page.locator(".history img.thumb").wait_for()
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


def test_one_draft_in_two_windows_is_one_record(browser: Any, service: Any) -> None:
    _, address = service
    with visitor(browser, address, at=GULLY) as shown:
        shown.begin("li")
        shown.go("#new/record/gully-3")
        answer = shown.page.get_by_role("radio", name="是", exact=True).first
        answer.check()
        answer.click()
        assert not answer.is_checked(), "picked off again"
        shown.page.locator("textarea").last.fill("一次")
        shown.page.locator("#kept:not(:empty)").wait_for()
        other = Handset(shown.context, shown.address)
        other.page = shown.context.new_page()
        other.page.goto(shown.page.url)
        other.page.locator("textarea").last.wait_for()
        saved(shown)
        other.page.locator("textarea").last.fill("两次")
        other.page.locator("#save").click()
        other.page.get_by_text("另一个窗口").wait_for()
        assert settled(shown) == {"record": "taken"}
        rows = shown.rows()
        assert [row["event"]["body"]["notes"] for row in rows] == ["一次"]
        assert "checklist" not in rows[0]["event"]["body"]
        assert shown.ask("return (await db.all('drafts')).length;") == 0
        shown.assert_clean()
