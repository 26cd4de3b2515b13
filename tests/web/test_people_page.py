"""The page of people in real Chromium: vacancies, rosters in, and who was given household data."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from browsing import DESKTOP, PHONE, running, visiting
from finding import axe
from plans import URBAN_1, VILLAGE, tiny_plan
from signing import PASSWORD, add
from test_find_page import AXE

from geo_grid.store import open_store
from webmap import assets, create_app
from webmap.people.page import words
from webmap.settings import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from browsing import Visit
    from flask import Flask

OWN = assets.STATIC / "people"
HEADER = "网格编码,姓名,电话,同意公开"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    open_store(tmp_path / "plan.gpkg").write(tiny_plan())
    made = create_app(tmp_path / "plan.gpkg")
    for role in ("planner", "inspector", "administrator"):
        add(made, role, role)
    yield made
    made.extensions["office"].close()


def sign_in(visit: Visit, name: str) -> None:
    visit.page.locator("#login-name").fill(name)
    visit.page.locator("#login-password").fill(PASSWORD)
    visit.page.locator("form.login button").click()
    visit.page.locator(".me").wait_for()
    visit.page.wait_for_selector("body:not(.busy)")


def tab(visit: Visit, name: str) -> None:
    visit.page.locator(f"#tabs a[href='#{name}']").click()
    visit.page.locator(f"#tabs a[href='#{name}'][aria-current]").wait_for()
    visit.page.wait_for_selector("body:not(.busy)")


@pytest.mark.parametrize(("size", "locale"), [(PHONE, "zh-CN"), (DESKTOP, "en-GB")], ids=["phone-zh", "desktop-en"])
def test_a_roster_is_checked_then_taken_and_what_is_vacant_is_listed(
    browser: Any, app: Flask, tmp_path: Path, size: tuple[int, int], locale: str
) -> None:
    zh = locale.startswith("zh")
    with (
        running(app) as url,
        visiting(browser, f"{url}office/people", size=size, locale=locale, bypass_csp=True) as visit,
    ):
        page = visit.page
        sign_in(visit, "planner")
        total = len(tiny_plan()["grids"])
        assert str(total) in page.locator(".lead").inner_text()
        assert axe(visit, AXE) == []
        visit.picture(f"people-vacancies-{locale[:2]}")
        tab(visit, "import")
        bad = tmp_path / "bad.csv"
        bad.write_text(f"{HEADER}\n{URBAN_1}001,张三,13800000001,是\n{URBAN_1}002,,123,也许\n", encoding="utf-8")
        page.locator("#file").set_input_files(bad)
        page.locator("form.form button[type=submit]").click()
        row = page.locator("#main tbody tr")
        row.wait_for()
        text = row.inner_text()
        assert text.startswith("3"), "the number a spreadsheet shows"
        assert len(row.locator("div").all()) == 3, "all that is wrong with the row"
        assert ("电话号码不能拨打" in text) is zh
        assert ("the phone is no number" in text) is not zh
        take = page.locator(".deed.main")
        assert take.is_disabled()
        visit.picture(f"people-refused-{locale[:2]}")
        assert axe(visit, AXE) == []
        page.locator("#skip").check()
        page.locator("form.form button[type=submit]").click()
        page.wait_for_selector("#main .deed.main:enabled")
        take.click()
        page.get_by_text("已导入" if zh else "Imported", exact=False).wait_for()
        assert app.extensions["office"].ledger.staff()["name"].tolist() == ["张三"]
        tab(visit, "vacancies")
        assert str(total - 1) in page.locator(".lead").inner_text()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        page.reload()
        page.locator(".me").wait_for()
        assert visit.elsewhere == []
        assert [text for text in visit.complaints if "401" not in text] == []


def test_the_log_is_for_administrators(browser: Any, app: Flask) -> None:
    ledger = app.extensions["office"].ledger
    ledger.log_access("planner", "export csv", "")
    ledger.log_access("planner", "draft", VILLAGE)
    with running(app) as url, visiting(browser, f"{url}office/people?lang=zh#log") as visit:
        sign_in(visit, "inspector")
        assert visit.page.locator("#tabs a").count() == 1, "an inspector sees what is vacant"
        visit.page.get_by_role("button", name="退出").click()
        sign_in(visit, "administrator")
        tab(visit, "vacancies")
        tab(visit, "log")
        rows = visit.page.locator("#main tbody tr").all_inner_texts()
        assert ["打开草案" in rows[0], VILLAGE in rows[0]] == [True, True], "newest first"
        assert ["导出 csv" in rows[1], "全市" in rows[1]] == [True, True]
        visit.picture("people-log")


def used() -> set[str]:
    text = "\n".join(assets.text(path) for path in OWN.glob("*.js"))
    keys = set(re.findall(r"""["'](people\.[a-z_.0-9]+)["']""", text))
    keys |= {f"people.fault.{key}" for key in re.findall(r'/, "([a-z_]+)"\]', assets.text(OWN / "faults.js"))}
    keys |= {f"people.tab.{name}" for name in ("vacancies", "import", "log")}
    return keys | {f"people.level.{level}" for level in (1, 2, 3)} | {"people.kind.grid", "people.kind.person"}


def test_every_word_is_known_and_used_in_all_languages() -> None:
    own = [json.loads(assets.text(assets.HERE / "locales" / f"people.{name}.json")) for name in LANGUAGES]
    for each, language in zip(own, LANGUAGES, strict=True):
        assert used() - set(words(language)) == set()
        assert set(each) - used() == set()
    for key, text in own[0].items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", own[1][key])), key


def test_all_reasons_of_the_reader_have_words() -> None:
    """A reason that is new in the reader must not be told in English only."""
    texts = [assets.text(assets.HERE.parent / "geo_grid" / "people" / f"{name}.py") for name in ("cells", "roster")]
    said = re.findall(r'(?:UnreadableError|RefusedRowError)\(f?"([^"]+)"\)', "\n".join(texts))
    patterns = [re.compile(each) for each in re.findall(r"\[/(.+?)/, \"", assets.text(OWN / "faults.js"))]
    assert len(said) > 8
    for text in said:
        plain = re.sub(r"\{word\}", "beginning", re.sub(r"\{hint[^}]*\}", "", text))
        plain = re.sub(r"\{other\}", "7", plain)
        plain = re.sub(r"\{[^}]+\}", "x", plain)
        assert any(pattern.search(plain) for pattern in patterns), text
