"""The phone page for everybody: axe, room for a finger, keys, narrow screens, two languages, and its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import PICTURES, running
from fielding import GULLY, field_app, jpeg, phone
from phoning import Handset, camera, ruled, visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

AXE = Path(__file__).parent / "assets" / "axe.min.js"
#: Views, by the address each has; MATTER is one that two people changed at once.
VIEWS = {
    "round": "#round",
    "element": "#element/gully-3",
    "map": "#map/gully-3",
    "record": "#new/record/gully-3",
    "found": "#new/found",
    "matters": "#matters",
    "matter": "#matter/MATTER",
    "assigned": "#new/assigned/MATTER/MATTER",
    "resolved": "#new/resolved/MATTER",
    "outbox": "#outbox",
    "more": "#more",
}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A service with a matter that stands in two ways, and its id."""
    folder = tmp_path_factory.mktemp("field")
    with field_app(ruled(folder), folder) as app, running(app) as address:
        li, zhao = phone(app, "li", 5), phone(app, "zhao", 6)
        found = li.found(notes="坡上有裂缝，长约二十米")
        photo = li.photo(found["id"], data := jpeg(1), role="before", id=found["body"]["photos"][0])
        li.taken(found, photo)
        li.part(photo["id"], data)
        zhao.hears()
        zhao.taken(zhao.follow(found["id"], [found["id"]], "assigned", assignee="wang", notes="请三日内处理"))
        li.taken(li.follow(found["id"], [found["id"]], "mended", notes="已填埋夯实", photos=[li.uid()]))
        yield address, found["id"]


def open_view(shown: Handset, name: str, matter: str) -> None:
    shown.go(VIEWS[name].replace("MATTER", matter))
    if name in {"record", "found"}:
        shown.page.locator("form").get_by_text("8 ", exact=False).first.wait_for()
    if name == "record":
        shown.page.locator("fieldset input").first.check()
        shown.page.locator("input[type=file]").first.set_input_files(camera(2))
        shown.page.locator(".thumb").wait_for()
    if name == "found":
        shown.page.locator("[data-key=pick]").click()
        shown.page.locator("#save").click()
        shown.page.locator("#trouble .said").wait_for()
    if name == "matter":
        shown.page.locator("img.thumb").first.wait_for()
    shown.page.wait_for_timeout(60)


def small(shown: Handset) -> list[str]:
    """What is narrower or lower than a finger, save links in the run of a sentence."""
    found: list[str] = shown.page.evaluate(
        """() => [...document.querySelectorAll("button, input, select, textarea, a, label.deed")]
        .filter((node) => node.checkVisibility() && !node.matches(".skip, p a"))
        .filter((node) => { const box = node.getBoundingClientRect(); return box.height < 44 || box.width < 44; })
        .map((node) => node.outerHTML.slice(0, 160))"""
    )
    return found


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_every_view_is_for_everybody(browser: Any, service: tuple[str, str], locale: str) -> None:
    address, matter = service
    name = "wang" if locale == "zh-CN" else "zhao"
    with visitor(browser, address, at=GULLY, locale=locale, bypass_csp=True) as shown:
        shown.open()
        shown.page.add_script_tag(path=AXE)
        views = ["login", *VIEWS]
        for view in views:
            if view == "round":
                shown.sign_in(name)
                shown.quiet()
                if name == "zhao":  # several areas: one is chosen
                    shown.ask(
                        "await (await load('packages')).keepArea({ code: '141102901201', name: '', stamp: null });"
                    )
            if view != "login":
                open_view(shown, view, matter)
            violations = shown.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")["violations"]
            assert [(each["id"], [node["target"] for node in each["nodes"]]) for each in violations] == [], view
            assert small(shown) == [], view
            assert shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
            PICTURES.mkdir(parents=True, exist_ok=True)
            shown.page.screenshot(path=PICTURES / f"phone-{locale[:2]}-{view}.png")
        assert shown.page.locator("html").get_attribute("lang") == ("zh-CN" if locale == "zh-CN" else "en")
        shown.assert_clean()


def test_a_record_by_keys_alone_on_a_small_phone(browser: Any, service: tuple[str, str]) -> None:
    address, _ = service
    with visitor(browser, address, at=GULLY, viewport={"width": 320, "height": 568}) as shown:
        shown.begin("wang")
        shown.open()
        press = shown.page.keyboard.press

        def to(words: str, *, back: bool = False) -> None:
            for _ in range(40):
                press("Shift+Tab" if back else "Tab")
                if words in focused(shown):
                    return
            pytest.fail(f"{words} is out of reach")

        press("Tab")
        assert focused(shown) == "跳到正文"
        press("Enter")
        to("柳沟")
        press("Enter")
        shown.page.locator("h1").get_by_text("柳沟").wait_for()
        assert focused(shown) == "柳沟", "the focus goes to the heading"
        to("记巡查")
        press("Enter")
        shown.page.locator("form").get_by_text("手机定位").wait_for()
        to("true")
        press("ArrowRight")
        for _ in range(12):
            press("Tab")
            if shown.page.evaluate("document.activeElement.tagName") == "TEXTAREA":
                break
        shown.page.keyboard.type("no slide")
        to("保存")
        press("Enter")
        shown.page.locator("form").wait_for(state="detached")
        shown.quiet()
        row = shown.rows()[0]
        assert (row["status"], row["event"]["body"]["notes"]) == ("taken", "no slide")
        assert False in row["event"]["body"]["checklist"].values()
        shown.page.locator("#notice").get_by_text("已存在手机上").wait_for()
        for address_of in ("#round", "#element/gully-3", "#new/found", "#outbox", "#more"):
            shown.go(address_of)
            assert shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address_of
        shown.assert_clean()


def focused(shown: Handset) -> str:
    return str(
        shown.page.evaluate(
            """() => { const node = document.activeElement;
            if (node.matches("body, main")) return node.tagName;
            return node.getAttribute("aria-label") || node.value || node.textContent.trim() || node.id; }"""
        )
    )


def test_the_language_changes_at_once_and_is_remembered(browser: Any, service: tuple[str, str]) -> None:
    address, _ = service
    with visitor(browser, address, at=GULLY) as shown:
        shown.begin("wang")
        shown.go("#more")
        shown.page.get_by_role("button", name="English").click()
        shown.page.locator("h1").get_by_text("More").wait_for()
        assert focused(shown) == "English"
        assert shown.page.locator("nav a").all_inner_texts() == ["Round", "Map", "Problems", "Sending", "More"]
        shown.page.reload()
        shown.page.locator("h1").get_by_text("More").wait_for()
        assert shown.page.locator("html").get_attribute("lang") == "en"
        shown.assert_clean()
