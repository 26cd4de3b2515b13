"""What goes wrong with the phone page: refusals, conflicts, clocks, other people, no room, large batches."""

from __future__ import annotations

import datetime as dt
import random
from typing import TYPE_CHECKING, Any

import pytest
from browsing import running
from fielding import GULLY, field_app, phone, place
from phoning import Handset, camera, move, report, ruled, saved, settled, visitor
from signing import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

OUTSIDE = place(60, 60)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    folder = tmp_path_factory.mktemp("field")
    with field_app(ruled(folder), folder) as app, running(app) as address:
        yield app, address


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
        shown.page.get_by_role("radio", name="Mended → To be checked").check()
        saved(shown)
        assert shown.sync() is None
        shown.page.get_by_text("Set aside").wait_for()
        row = app.extensions["office"].ledger.matter(matter)["row"]
        assert (row["status"], row["conflict"]) == ("mended", False)
        shown.assert_clean()


def test_a_deadline_that_is_over_is_not_saved(browser: Any, service: Any) -> None:
    app, address = service
    _, matter = report(app, seed=15)
    with visitor(browser, address, at=GULLY) as shown:
        shown.open()
        shown.sign_in("zhao")
        shown.quiet()
        shown.ask("await (await load('packages')).keepArea({ code: '141102901201', name: '', stamp: null });")
        shown.go(f"#new/assigned/{matter}/{matter}")
        shown.page.locator("select[data-field=assignee]").select_option("wang")
        date = shown.page.locator("input[data-field=due]")
        date.fill("2020-01-01")
        shown.page.locator("#save").click()
        shown.page.get_by_text("期限早于交办时间").wait_for()
        assert shown.rows() == []
        date.fill((dt.datetime.now(dt.UTC) + dt.timedelta(days=3)).date().isoformat())
        saved(shown)
        assert settled(shown) == {"assigned": "taken"}
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
        assert other.page.locator("textarea").last.input_value() == "两次", "it is a draft of its own"
        saved(other)
        assert settled(shown) == {"record": "taken"}
        assert sorted(row["event"]["body"]["notes"] for row in shown.rows()) == ["一次", "两次"]
        assert shown.ask("return (await db.all('drafts')).length;") == 0
        shown.assert_clean()


def test_a_draft_saved_twice_with_the_same_words_is_saved_once(browser: Any, service: Any) -> None:
    _, address = service
    with visitor(browser, address, at=GULLY) as shown:
        shown.begin("li")
        shown.go("#new/record/gully-3")
        shown.page.locator("textarea").last.fill("一次")
        shown.page.locator("#kept:not(:empty)").wait_for()
        other = Handset(shown.context, shown.address)
        other.page = shown.context.new_page()
        other.page.goto(shown.page.url)
        other.page.locator("textarea").last.wait_for()
        saved(shown)
        saved(other)
        other.page.get_by_text("没有再存一次").wait_for()
        assert len(shown.rows()) == 1
        assert shown.ask("return (await db.all('drafts')).length;") == 0
        shown.assert_clean()


def test_a_mended_matter_said_twice_becomes_a_note(browser: Any, service: Any) -> None:
    app, address = service
    _, matter = report(app, seed=12)
    with visitor(browser, address, at=GULLY) as shown:
        shown.begin("wang")
        shown.go(f"#new/mended/{matter}/{matter}")
        shown.page.locator("textarea").fill("填了")
        shown.page.locator("input[type=file]").first.set_input_files(camera(1))
        shown.page.locator(".thumb").wait_for()
        other = Handset(shown.context, shown.address)
        other.page = shown.context.new_page()
        other.page.goto(shown.page.url)
        other.page.locator("textarea").wait_for()
        saved(shown)
        other.page.locator("textarea").fill("填了，夯实了")
        other.page.locator("#save").click()
        other.page.locator("h1").get_by_text("留言").wait_for()
        saved(other)
        assert settled(shown) == {"mended": "taken", "photo": "taken", "noted": "taken"}
        row = app.extensions["office"].ledger.matter(matter)["row"]
        assert (row["status"], row["conflict"]) == ("mended", False)
        shown.assert_clean()


def test_what_hangs_is_broken_off_where_somebody_says_send(browser: Any, service: Any) -> None:
    _, address = service
    with visitor(browser, address, at=GULLY) as shown:
        shown.begin("wang")
        shown.page.route("**/api/v1/me", lambda route: route.abort())
        assert shown.sync() == {"kind": "offline"}
        shown.page.unroute("**/api/v1/me")
        hung: list[Any] = []
        shown.page.route("**/api/v1/me", lambda route: hung.append(route) if not hung else route.continue_())
        shown.go("#outbox")
        shown.ask("sync();")
        shown.page.locator("main").get_by_text("正在发送").wait_for()
        shown.page.get_by_role("button", name="立即发送").click()
        shown.page.get_by_text("上次联系服务").wait_for()
        assert len(hung) == 1
        shown.assert_clean()


def test_too_large_a_batch_is_halved_and_a_busy_service_is_asked_later(browser: Any, service: Any) -> None:
    _, address = service
    make = """const [{ newDraft }, { commit }] = await Promise.all(["drafts", "make"].map(load));
        for (const notes of "abcdefg") await commit(newDraft("record"), { kind: "record", matter: null, after: [], body: { plan_version: 0, ...given, place_source: "gps", notes } });"""
    lots: list[int] = []

    def look(route: Any) -> None:
        lots.append(len(route.request.post_data_json))
        if len(lots) == 1:
            route.fulfill(status=503, content_type="application/problem+json", body='{"code": "busy"}')
        elif lots[-1] > 2:
            route.fulfill(status=413, content_type="application/problem+json", body='{"code": "too_large"}')
        else:
            route.continue_()

    with visitor(browser, address, at=GULLY) as shown:
        shown.begin("wang")
        shown.ask(make, GULLY)
        shown.page.route("**/api/v1/field/events", look)
        assert shown.sync() == {"kind": "failed", "text": "服务忙或正在维护，稍后自动再发。"}
        assert shown.sync() is None
        assert lots == [7, 7, 4, 2, 2, 3, 2, 1]
        assert {row["status"] for row in shown.rows()} == {"taken"}
        shown.assert_clean()
