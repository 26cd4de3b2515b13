"""The office's page of field inspection: its words, and what somebody does with it in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import DESKTOP, PHONE, running, visiting
from fielding import GULLY, RIVER, field_app, jpeg, phone, place
from finding import axe
from plans import VILLAGE, tiny_plan
from signing import PASSWORD, sign_in

from geo_grid.field import CATEGORIES
from geo_grid.field.events import MATTER_KINDS
from geo_grid.field.matters import STATUSES
from geo_grid.store import open_store
from webmap import assets
from webmap.field.office_page import words
from webmap.settings import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from browsing import Visit

OWN = assets.STATIC / "office"
AXE = Path(__file__).parent / "assets" / "axe.min.js"

#: Keys that scripts put together from parts.
MADE = {
    "tab": ["cover", "duties", "load", "matters", "figures", "records"],
    "status": STATUSES,
    "kind": MATTER_KINDS,
    "state": ["overdue", "due", "seen", "later"],
    "unit": ["km", "ha", "count"],
    "digits": ["0", "6", "9", "12"],
    "filter": ["digits", "state", "status", "category", "overdue", "conflict"],
    "export": ["report", "xlsx", "gpkg"],
    "count": ["found", "mended", "open"],
    "photo": ["before", "after", "record"],
    "do": ["assigned", "checked", "closed", "reopened", "rejected", "noted"],
    "language": LANGUAGES,
}
#: Names of facts, and of what a form asks for.
FACTS = ["place", "grid_now", "element", "position", "found", "assignee", "due", "mended", "closed", "notes", "reason"]


def used() -> set[str]:
    code = "\n".join(
        [*(assets.text(path) for path in OWN.glob("*.js")), assets.text(assets.HERE / "templates/office.html")]
    )
    keys = set(re.findall(r"""["'](office\.[a-z_.0-9]+)["']""", code)) - {"office.html"}
    made = {f"office.{start}.{rest}" for start, rests in MADE.items() for rest in rests}
    return keys | made | {f"office.{name}" for name in (*FACTS, "name")}  # the frame makes up the word of its title


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_known_and_every_known_word_is_used(language: str) -> None:
    own = json.loads(assets.text(assets.HERE / "locales" / f"office.{language}.json"))
    assert used() - set(words(language)) == set()
    assert set(own) - used() == set()
    assert all("<" not in text for text in own.values())


def test_languages_fill_in_the_same() -> None:
    zh, en = (json.loads(assets.text(assets.HERE / "locales" / f"office.{name}.json")) for name in ("zh", "en"))
    assert set(zh) == set(en)
    for key, text in zh.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", en[key])), key


def test_the_page_knows_every_category() -> None:
    listed = re.search(r"const CATEGORIES = \[([^\]]*)\]", assets.text(OWN / "matters.js"))
    assert listed is not None
    assert re.findall(r'"(\w+)"', listed[1]) == list(CATEGORIES)


def test_modules_import_only_what_is_exported_and_use_it() -> None:
    for path in OWN.glob("*.js"):
        text = assets.text(path)
        for names, source in re.findall(r'^import \{([^}]*)\} from "([^"]+)";', text, re.MULTILINE):
            theirs = assets.text((OWN / source).resolve())
            exported = set(re.findall(r"^export (?:async )?(?:function|const|let|class) (\w+)", theirs, re.MULTILINE))
            wanted = {each.strip() for each in names.split(",") if each.strip()}
            assert wanted <= exported, (path.name, source)
            for name in wanted:
                assert len(re.findall(rf"\b{name}\b", text)) > 1, (path.name, name)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, dict[str, str]]]:
    """A service with inspections and two matters, one of them with two answers side by side."""
    folder = tmp_path_factory.mktemp("office")
    open_store(folder / "plan.gpkg").write(tiny_plan())
    with field_app(str(folder / "plan.gpkg"), folder) as app:
        wang, li, zhao = (phone(app, name) for name in ("wang", "li", "zhao"))
        sign_in(app, "chief").post(f"/api/v1/people/grids/{VILLAGE}001/staff", {"name": "王师傅"})
        record = wang.record("gully-3", place(3, 5.5), notes="沟道畅通")
        found = [wang.found(GULLY), wang.found(RIVER, "river", element_id="river-1", notes="岸边堆放建筑垃圾")]
        data = jpeg()
        before = wang.photo(found[0]["id"], data, "before", id=found[0]["body"]["photos"][0])
        wang.taken(record, *found, before)
        assert wang.part(before["id"], data).get_json()["complete"]
        zhao.hears()
        first = found[0]["id"]
        assigned = zhao.follow(first, [first], "assigned", assignee="li")
        zhao.taken(assigned)
        li.hears()
        li.taken(li.follow(first, [assigned["id"]], "mended", photos=[li.uid()], notes="已清理"))
        zhao.taken(zhao.follow(first, [assigned["id"]], "rejected", reason="重复"))
        with running(app) as url:
            yield url + "field/office", {"both": first, "river": found[1]["id"]}


def enter(visit: Visit, name: str = "zhao") -> None:
    visit.page.fill("#login-name", name)
    visit.page.fill("#login-password", PASSWORD)
    visit.page.press("#login-password", "Enter")
    visit.page.wait_for_selector("#tabs a")
    visit.page.wait_for_selector("body:not(.busy)")
    visit.complaints = [each for each in visit.complaints if "401" not in each]  # nobody was signed in before


def show(visit: Visit, view: str, wait: str = "#main table, #main .facts") -> None:
    visit.page.evaluate("view => { location.hash = view }", view)
    visit.page.wait_for_selector("body:not(.busy)")
    visit.page.wait_for_selector(wait)
    visit.page.wait_for_timeout(150)


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(browser: Any, world: tuple[str, dict[str, str]], size: tuple[int, int]) -> None:
    address, ids = world
    with visiting(browser, address, size=size, bypass_csp=True) as visit:
        visit.page.wait_for_selector("#login-name")
        assert axe(visit, AXE) == []
        enter(visit)
        for view in ("cover", "duties", "load", "matters", "figures", "records", f"matter/{ids['both']}"):
            show(visit, view)
            assert axe(visit, AXE) == [], view
            narrow = visit.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
            assert narrow, f"{view} is wider than the window"
        visit.picture(f"office-{size[0]}")
        visit.assert_clean()


def test_an_office_assigns_and_is_told_what_is_refused(browser: Any, world: tuple[str, dict[str, str]]) -> None:
    address, ids = world
    with visiting(browser, address) as visit:
        enter(visit)
        show(visit, f"matter/{ids['river']}")
        visit.page.click("[data-deed=assigned]")
        visit.page.select_option("#deed-assignee", "wang")
        visit.page.fill("#deed-due", "2030-01-31")
        visit.page.click(".deed-form [type=submit]")
        visit.page.wait_for_selector(".headline .badge:has-text('整改中')")
        assert "交给 wang" in visit.page.inner_text(".history")
        visit.page.click("[data-deed=rejected]")
        visit.page.fill("#deed-reason", "   ")
        visit.page.click(".deed-form [type=submit]")
        visit.page.wait_for_selector(".notice.shown.error")
        assert "请写明原因" in visit.page.inner_text("#notice")
        visit.assert_clean()


def test_what_stands_side_by_side_is_settled(browser: Any, world: tuple[str, dict[str, str]]) -> None:
    address, ids = world
    with visiting(browser, address, locale="en-GB") as visit:
        enter(visit, "li")
        show(visit, f"matter/{ids['both']}")
        assert visit.page.locator(".sides .change").count() == 2
        assert visit.page.inner_text("#conflict") == "2 answers side by side"
        assert visit.page.locator(".sides button").count() == 0, "an inspector looks on"
        assert visit.page.locator("#tabs a", has_text="Load").count() == 0
        visit.page.click("text=Sign out")
        visit.page.wait_for_selector("#login-name")
        enter(visit)
        show(visit, f"matter/{ids['both']}")
        loaded = "[...document.querySelectorAll('.photo img')].every(each => each.complete && each.naturalWidth > 0)"
        visit.page.locator(".photo img").first.scroll_into_view_if_needed()
        visit.page.wait_for_function(loaded)
        visit.page.locator(".sides .change", has_text="Mended").get_by_role("button", name="This one counts").dblclick()
        visit.page.wait_for_selector(".conflict", state="detached")
        visit.page.wait_for_selector(".headline .badge:has-text('to be checked')")
        assert visit.page.locator(".history > li").count() == 5, "settled once, however often it was clicked"
        settled = visit.page.locator(".history > li", has_text="Conflict settled").inner_text()
        assert re.search(r"Kept: Mended \(li, .*20\d\d", settled), settled
        visit.page.click("[data-deed=checked]")
        visit.page.click(".deed-form [type=submit]")
        visit.page.wait_for_selector(".headline .badge:has-text('to be closed')")
        visit.assert_clean()


def test_what_was_shown_before_somebody_else_changed_it_is_not_sent(
    browser: Any, world: tuple[str, dict[str, str]]
) -> None:
    address, ids = world
    with visiting(browser, address) as one, visiting(browser, address) as other:
        for visit in (one, other):
            enter(visit)
            show(visit, f"matter/{ids['river']}")
            visit.page.click("[data-deed=assigned]")
            visit.page.select_option("#deed-assignee", "wang")
            visit.page.fill("#deed-due", "2031-03-31")
        before = one.page.locator(".history > li").count()
        one.page.click(".deed-form [type=submit]")
        one.page.wait_for_selector(".history > li:has-text('2031年3月31日')")
        other.page.click(".deed-form [type=submit]")
        other.page.wait_for_selector(".notice.shown.error:has-text('刚有新的处理')")
        assert other.page.locator(".history > li").count() == before + 1
        assert other.page.input_value("#deed-due") == "2031-03-31", "what was typed is kept"
        other.page.click(".deed-form [type=submit]")
        other.page.wait_for_selector(".notice.shown:not(.error)")
        other.page.wait_for_selector(".deed-form", state="detached")  # drawn anew
        assert other.page.locator(".history > li").count() == before + 2
        assert other.page.locator(".conflict").count() == 0


def test_an_element_without_a_name_is_called_by_its_class(browser: Any, world: tuple[str, dict[str, str]]) -> None:
    address, _ = world

    def forget(route: Any) -> None:
        answer = route.fetch()
        told = answer.json()
        for row in told["records"]:
            row["element_name"] = None
        route.fulfill(response=answer, json=told)

    with visiting(browser, address) as visit:
        visit.page.route("**/field/records*", forget)
        enter(visit)
        show(visit, "records")
        assert "无名沟" in visit.page.inner_text("tbody")


def test_an_area_that_is_not_there_is_said_beside_the_field(browser: Any, world: tuple[str, dict[str, str]]) -> None:
    address, _ = world
    with visiting(browser, address) as visit:
        enter(visit)
        show(visit, "records")
        visit.page.fill("#filter-area", "不存在的村")
        visit.page.press("#filter-area", "Enter")
        visit.page.wait_for_selector("#area-trouble:has-text('没有找到区域“不存在的村”')")
        assert visit.page.locator("tbody tr").count() > 0, "what was shown stays"
        visit.page.fill("#filter-area", "岭上")
        visit.page.press("#filter-area", "Enter")
        visit.page.wait_for_url(lambda url: f"area={VILLAGE}" in url)
        show(visit, "duties?area=999999", "#area-trouble:has-text('999999')")
        assert visit.page.input_value("#filter-area") == "999999"
        visit.complaints = [each for each in visit.complaints if "403" not in each]
        visit.assert_clean()


def test_filters_stand_in_the_address(browser: Any, world: tuple[str, dict[str, str]]) -> None:
    address, _ = world
    with visiting(browser, address + "#duties?state=seen") as visit:
        enter(visit)
        show(visit, "duties?state=seen")
        states = visit.page.locator("tbody .badge").all_inner_texts()
        assert set(states) == {"已巡查"}
        visit.page.fill("#filter-area", "岭上村")
        visit.page.press("#filter-area", "Enter")
        visit.page.wait_for_url(lambda url: f"area={VILLAGE}" in url)
        visit.page.select_option("#filter-state", "overdue")
        visit.page.wait_for_url(lambda url: "state=overdue" in url)
        visit.page.wait_for_selector("tbody .badge.alarm")
        visit.page.click("text=English")
        visit.page.wait_for_selector("h1:has-text('Due and overdue')")
        visit.assert_clean()
