"""The planners' page for those who use keys, fingers or a screen reader; signing in; both languages."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import DESKTOP, PHONE, visiting
from planner_desk import TABLET, Colleague, Planner, planner, service
from plans import URBAN_1, URBAN_2, VILLAGE
from signing import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

AXE = Path(__file__).parent / "assets" / "axe.min.js"
SECOND, THIRD = (f"{URBAN_1}00101{number:02d}" for number in (2, 3))
FIRST, HALF = f"{URBAN_1}-u001", f"{URBAN_1}-u002"
SIZES = pytest.mark.parametrize("size", [DESKTOP, TABLET], ids=["desktop", "tablet"])


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    """A plan that tests look at and leave as it is: two grids out of band, one comment."""
    with service(tmp_path_factory.mktemp("desk")) as made:
        wang = Colleague(made[0])
        wang.edit(op="move", units=[HALF], to=SECOND, level=3)
        wang.visitor.post(f"{wang.area}/comments", {"grid": SECOND, "at": None, "text": "22?"})
        yield made


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Flask, str]]:
    with service(tmp_path) as made:
        yield made


def violations(page: Any) -> list[Any]:
    page.add_script_tag(path=AXE)
    found = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
    return [(item["id"], [node["target"] for node in item["nodes"]]) for item in found]


def focused(li: Planner) -> str:
    return str(
        li.page.evaluate(
            "() => { const n = document.activeElement; return n.getAttribute('aria-label') || n.textContent.trim() || n.id; }"
        )
    )


def view(li: Planner, name: str) -> None:
    """Bring the page into one of the states that axe looks at."""
    if name == "grid":
        li.pick(HALF)
    elif name == "selection":
        li.tool("rectangle")
        (x, y) = li.at(HALF)
        li.page.mouse.move(x - 20, y - 20)
        li.page.mouse.down()
        li.page.mouse.move(x + 30, y + 20, steps=3)
        li.page.mouse.up()
    elif name == "suggestion":
        li.pick(HALF)
        li.deed("mend")
        li.page.locator("#accept").wait_for()
    elif name == "publish":
        li.page.locator("#publish").click()
        li.page.locator("dialog").wait_for()
    elif name == "keys":
        li.page.keyboard.press("?")
    elif name == "unsent":
        li.pick(FIRST)
        li.page.route("**/edits*", lambda route: route.abort())
        li.page.keyboard.press("k")
        li.page.locator("#banner").wait_for()
    elif name != "start":
        li.deed(name)
        li.page.locator("dialog").wait_for()
        li.page.wait_for_timeout(900)


VIEWS = [
    "start",
    "grid",
    "selection",
    "suggestion",
    "history",
    "compare",
    "import",
    "export",
    "publish",
    "keys",
    "unsent",
]


@pytest.mark.parametrize("name", VIEWS)
def test_axe_finds_nothing_on_the_desk(browser: Any, looked_at: Any, name: str) -> None:
    locale, size = ("en-US", TABLET) if VIEWS.index(name) % 2 else ("zh-CN", DESKTOP)
    with planner(browser, looked_at, bypass_csp=True, locale=locale, size=size) as li:
        view(li, name)
        li.page.wait_for_timeout(250)
        assert violations(li.page) == []


def test_axe_finds_nothing_before(browser: Any, looked_at: Any) -> None:
    address = looked_at[1]
    for path in ("plan", "welcome#token=x", "welcome"):
        with visiting(browser, address + path, bypass_csp=True) as visit:
            visit.page.wait_for_selector("body.ready")
            assert violations(visit.page) == []
    with planner(browser, looked_at, area=None, bypass_csp=True) as li:
        assert violations(li.page) == []


@pytest.mark.parametrize(("locale", "lang", "word"), [("zh-CN", "zh", "画笔"), ("en-US", "en", "Brush")])
@SIZES
def test_opens_in_both_languages(
    browser: Any, looked_at: Any, size: tuple[int, int], locale: str, lang: str, word: str
) -> None:
    with planner(browser, looked_at, size=size, locale=locale) as li:
        li.pick(HALF)
        assert li.page.locator("html").get_attribute("lang").startswith(lang)
        assert li.page.get_by_role("button", name=word, exact=True).is_visible()
        assert li.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert li.page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")
        cut = li.page.evaluate(
            """() => [...document.querySelectorAll(".top button, .top a, .tool, .deeds button, .chip")]
            .filter(node => node.checkVisibility() && node.scrollWidth > node.clientWidth + 1).map(node => node.textContent)"""
        )
        assert cut == []
        text = li.page.locator("body").inner_text()
        assert not re.search(r"\b[a-z]+\.[a-z_]{3,}\b", text), "no key stands in place of its word"
        li.visit.picture(f"planner-{lang}-{size[0]}")
        li.clean()


def test_the_language_changes_in_the_middle_of_work(browser: Any, looked_at: Any) -> None:
    with planner(browser, looked_at) as li:
        li.pick(HALF)
        li.page.get_by_role("button", name="English").click()
        assert li.page.get_by_role("button", name="Suggest a repair").is_visible()
        assert li.page.locator("#faults h2").inner_text().startswith("Faults")
        assert li.ask("target") in {SECOND, THIRD}
        li.page.reload()
        li.page.get_by_role("button", name="Suggest repairs").wait_for()
        li.clean()


def test_everything_by_keys(browser: Any, served: Any) -> None:
    """Sign in, open an area, choose a target, paint, see the fault, take it back, lock, publish; no mouse anywhere."""
    app, address = served
    with visiting(browser, f"{address}plan") as visit:
        li, press = Planner(visit, app), visit.page.keyboard.press
        visit.page.wait_for_selector("body.ready")
        visit.page.keyboard.type("li")
        press("Tab")
        visit.page.keyboard.type(PASSWORD)
        press("Enter")
        visit.page.wait_for_selector(".areas")
        for _ in range(20):
            press("Tab")
            if focused(li) == "凤山社区":
                break
        press("Enter")
        visit.page.wait_for_selector("#map canvas", state="attached")
        visit.page.wait_for_selector("body.ready")
        for _ in range(40):
            press("Tab")
            if visit.page.evaluate("document.activeElement.id") == "map":
                break
        assert visit.page.evaluate("document.activeElement.id") == "map"
        # the unit in the middle goes to a neighbour under the same parent, so that nothing is torn
        middle, target, key = li.ask("beside the middle")
        press(str(key))
        assert li.ask("target") == target
        press("s")
        press("x")
        assert li.ask("selected") == [middle]
        press("Enter")
        li.saved(1)
        assert li.ask("told")[middle] == target
        press("Control+z")
        li.saved(0)
        press("k")
        li.saved(2)
        assert li.ask("locked") == [target]
        press("Shift+Digit1")
        assert li.ask("level") == 1
        press("?")
        assert visit.page.locator("dialog .keys-list").is_visible()
        press("Escape")
        visit.page.locator("dialog").wait_for(state="detached")
        assert visit.page.evaluate("document.activeElement.id") == "map", "the focus comes back"
        li.clean()


def test_skip_leads_to_the_faults(browser: Any, looked_at: Any) -> None:
    with planner(browser, looked_at) as li:
        li.page.locator(".skip").focus()
        li.page.keyboard.press("Enter")
        li.page.keyboard.press("Tab")
        assert "下一个问题" in focused(li)
        li.clean()


def test_letters_can_be_switched_off(browser: Any, looked_at: Any) -> None:
    with planner(browser, looked_at) as li:
        li.page.keyboard.press("?")
        li.page.locator("#letters").uncheck()
        li.page.keyboard.press("Escape")
        li.page.locator("dialog").wait_for(state="detached")
        li.page.keyboard.press("b")
        assert li.page.locator(".tool[aria-pressed=true]").get_attribute("data-tool") == "pan"
        li.page.keyboard.press("?")
        assert not li.page.locator("#letters").is_checked()
        li.clean()


def fingers(li: Planner) -> Any:
    session = li.page.context.new_cdp_session(li.page)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        session.send(
            "Input.dispatchTouchEvent",
            {"type": kind, "touchPoints": [{"x": x, "y": y, "id": i} for i, (x, y) in enumerate(points)]},
        )

    return touch


def test_painting_by_finger_on_a_tablet(browser: Any, served: Any) -> None:
    with planner(browser, served, size=TABLET, has_touch=True) as li:
        touch = fingers(li)
        li.page.locator(f".chip[data-grid='{SECOND}']").or_(li.page.locator(".chip").first).first.tap()
        li.page.touchscreen.tap(*li.at(FIRST))
        assert li.ask("target") == SECOND, "a tap on the map chooses a grid"
        li.page.locator(".tool[data-tool=brush]").tap()
        li.page.locator("#brush").fill("8")
        x, y = li.at(HALF)
        centre = li.ask("centre")
        touch("touchStart", (x, y))
        touch("touchMove", (x - 2, y + 3))
        li.page.wait_for_selector(f"#balance [data-grid='{SECOND}']")
        assert li.ask("grids")[HALF] == SECOND
        li.visit.picture("planner-touch-1024")
        touch("touchEnd")
        li.saved(1)
        assert li.count(SECOND) == 22
        assert li.ask("centre") == centre, "one finger paints, and moves no map"
        li.clean()


def test_a_second_finger_takes_the_stroke_back_and_moves_the_map(browser: Any, served: Any) -> None:
    with planner(browser, served, size=TABLET, has_touch=True) as li:
        touch = fingers(li)
        li.page.touchscreen.tap(*li.at(FIRST))
        li.page.locator(".tool[data-tool=brush]").tap()
        before = li.ask("grids")
        zoom = li.ask("centre")[2]
        x, y = li.at(HALF)
        touch("touchStart", (x, y))
        touch("touchMove", (x - 3, y))
        assert li.ask("grids") != before
        touch("touchStart", (x - 3, y), (x + 80, y + 60))
        assert li.ask("grids") == before, "the stroke is taken back"
        for step in range(1, 6):
            touch("touchMove", (x - 10 * step, y), (x + 80 + 10 * step, y + 60 + 10 * step))
            li.page.wait_for_timeout(30)
        touch("touchEnd")
        li.page.wait_for_timeout(600)
        assert li.ask("centre")[2] > zoom, "two fingers zoom"
        assert (li.ask("grids"), li.ask("waiting"), li.ask("revision")) == (before, 0, 0)
        li.clean()


def test_controls_have_names_and_room_for_fingers(browser: Any, looked_at: Any) -> None:
    with planner(browser, looked_at, size=TABLET, has_touch=True) as li:
        li.pick(HALF)
        found = li.page.evaluate(
            """() => [...document.querySelectorAll("button, a, input, select, textarea, summary")]
            .filter(node => node.checkVisibility() && !node.matches(".skip, .link, [type=checkbox], summary"))
            .map(node => [node, node.getBoundingClientRect()])
            .filter(([node, box]) => box.height < 30 || box.width < 30
                || !(node.getAttribute("aria-label") || node.textContent.trim() || node.labels?.length))
            .map(([node]) => node.outerHTML)"""
        )
        assert found == []


def test_narrow_windows_keep_everything_in_reach(browser: Any, looked_at: Any) -> None:
    with planner(browser, looked_at, size=PHONE) as li:
        assert li.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert li.page.locator("#publish").is_visible()
        assert li.page.locator("#faults").is_visible()
        li.visit.picture("planner-phone")


def test_an_inspector_looks_and_cannot_change(browser: Any, looked_at: Any) -> None:
    with planner(browser, looked_at, "zhao") as li:
        li.pick(HALF)
        assert li.page.locator("#card [data-deed]").all_inner_texts() == ["在图上显示"]
        assert li.page.locator("#publish").count() == 0
        li.page.keyboard.press("b")
        assert "不能修改" in li.page.locator("#notice").inner_text()
        li.page.keyboard.press("k")
        assert li.ask("waiting") == 0
        li.clean()


def test_a_wrong_password_is_told(browser: Any, looked_at: Any) -> None:
    app, address = looked_at
    with visiting(browser, f"{address}plan#area={URBAN_2}") as visit:
        li = Planner(visit, app)
        visit.page.wait_for_selector("body.ready")
        visit.picture("planner-login-1280")
        visit.page.locator("[name=name]").fill("li")
        visit.page.locator("[name=password]").fill("wrong")
        visit.page.keyboard.press("Enter")
        visit.page.get_by_role("alert").wait_for()
        assert "用户名或密码不对" in visit.page.get_by_role("alert").inner_text()
        visit.page.locator("[name=password]").fill(PASSWORD)
        visit.page.keyboard.press("Enter")
        visit.page.wait_for_selector("#map canvas", state="attached")
        assert visit.page.locator(".where h1").inner_text() == "河湾社区", "on to where the link led"
        li.clean()


def test_a_one_time_link_makes_an_account(browser: Any, served: Any) -> None:
    app, address = served
    token = app.extensions["office"].register.invite("李明", "planner", VILLAGE[:9])
    with visiting(browser, f"{address}welcome#token={token}") as visit:
        li = Planner(visit, app)
        visit.page.wait_for_selector("body.ready")
        visit.picture("planner-welcome-1280")
        assert "token" not in visit.page.url
        own = visit.page.locator("[name=name]")
        assert own.input_value() == "李明", "the link says for whom it is"
        assert own.get_attribute("readonly") is not None
        for name, text in (("display", "孙工"), ("password", PASSWORD), ("again", "other-river-8")):
            visit.page.locator(f"[name={name}]").fill(text)
        visit.page.keyboard.press("Enter")
        assert "不一样" in visit.page.get_by_role("alert").inner_text()
        visit.page.locator("[name=again]").fill(PASSWORD)
        visit.page.keyboard.press("Enter")
        visit.page.get_by_role("link", name="开始工作").click()
        visit.page.wait_for_selector(".areas")
        assert "孙工" in visit.page.locator("header").inner_text()
        li.clean()
    with visiting(browser, f"{address}welcome#token={token}") as visit:
        visit.page.wait_for_selector("body.ready")
        visit.page.get_by_role("alert").wait_for()
        assert "已用过" in visit.page.get_by_role("alert").inner_text()
