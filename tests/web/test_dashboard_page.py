"""The page of numbers and the way down from counties to grids on the map, in real Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import DESKTOP, PHONE, running, visiting
from finding import axe
from placed import CODES, LIULIN, OTHER, TOWN, TOWNSHIP, placed_plan
from plans import VILLAGE
from signing import PASSWORD, add

from geo_grid.store import open_store
from webmap import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from browsing import Visit

AXE = Path(__file__).parent / "assets" / "axe.min.js"
SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("numbers") / "plan.gpkg"
    with open_store(path) as store:
        store.write(placed_plan())
    app = create_app(path)
    add(app, "wang", "administrator")
    with running(app) as address:
        yield address
    app.extensions["office"].close()


def heading(visit: Visit) -> str:
    return visit.page.locator("#panel-body h2").first.inner_text()


def crumbs(visit: Visit) -> list[str]:
    return [text.strip() for text in visit.page.locator(".trail .crumb").all_inner_texts()]


def sign_in(visit: Visit) -> None:
    script = """async ([name, password]) => (await fetch("/api/v1/session", { method: "POST",
        headers: { "Content-Type": "application/json" }, body: JSON.stringify({ name, password }) })).json()"""
    assert visit.page.evaluate(script, ["wang", PASSWORD])["csrf"]


# the search


def test_a_township_is_found_on_both_maps(browser: Any, desk: str) -> None:
    with visiting(browser, desk, size=DESKTOP, locale="zh-CN") as visit:
        visit.page.locator("#query").fill("庄上镇")
        visit.page.get_by_role("option", name=TOWNSHIP).click()
        visit.page.locator("#panel-body").get_by_role("heading", name="庄上镇").wait_for()
        assert f"place={TOWNSHIP}" in visit.page.url
    with visiting(browser, f"{desk}find", size=PHONE, locale="zh-CN") as visit:
        visit.page.wait_for_selector("body.ready")
        visit.page.locator("#query").fill("庄上镇")
        hit = visit.page.get_by_role("option").first
        hit.wait_for()
        assert "区县／乡镇" in hit.inner_text()
        visit.page.locator("#query").press("Enter")
        visit.page.locator("#answer").get_by_role("heading", name="庄上镇").wait_for()
        assert "请在地图上点您的住处" in visit.page.locator("#answer").inner_text()
        visit.assert_clean()


# the page


@SIZES
@pytest.mark.parametrize(("locale", "title"), [("zh-CN", "网格数据一览"), ("en-US", "Grids in numbers")])
def test_numbers_of_the_whole(browser: Any, desk: str, size: tuple[int, int], locale: str, title: str) -> None:
    with visiting(browser, f"{desk}dashboard", size=size, locale=locale, bypass_csp=True) as visit:
        visit.page.wait_for_selector("body.ready")
        assert visit.page.locator("h1").inner_text() == title
        assert visit.page.locator(".totals dd").first.inner_text() == "1,173"
        assert visit.page.locator(".sample").is_visible()
        assert visit.page.locator(".chart").count() == 4
        assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert axe(visit, AXE) == []
        visit.picture(f"dashboard-{locale}-{size[0]}")
        visit.assert_clean()


def test_down_by_keys_and_back(browser: Any, desk: str) -> None:
    with visiting(browser, f"{desk}dashboard") as visit:
        visit.page.wait_for_selector("body.ready")
        visit.page.get_by_role("link", name="柳林县").focus()
        visit.page.keyboard.press("Enter")
        visit.page.locator("h2.place", has_text="柳林县").wait_for()
        assert visit.page.evaluate("document.activeElement.innerText") == "柳林县"
        row = visit.page.locator("tr", has=visit.page.get_by_role("link", name="孟门镇"))
        assert "<10" in row.inner_text()
        visit.page.get_by_role("link", name="庄上镇").click()
        visit.page.locator("h2.place", has_text="庄上镇").wait_for()
        assert (
            visit.page.get_by_role("link", name="岭上村").get_attribute("href").startswith(f"./#area={CODES[VILLAGE]}")
        )
        visit.page.get_by_role("navigation").get_by_role("link", name="全部").click()
        visit.page.locator("h2.place", has_text="合计").wait_for()
        visit.assert_clean()


def test_tables_are_sorted_by_what_is_pressed(browser: Any, desk: str) -> None:
    with visiting(browser, f"{desk}dashboard#place={LIULIN}") as visit:
        visit.page.wait_for_selector("body.ready")
        table = visit.page.locator("table", has=visit.page.locator("caption", has_text="分区数据"))
        names = table.locator("tbody th")
        assert names.all_inner_texts() == ["庄上镇", "孟门镇"]
        table.get_by_role("button", name="户数", exact=True).click()
        assert names.all_inner_texts() == ["庄上镇", "孟门镇"]
        table.get_by_role("button", name="户数", exact=True).click()
        assert names.all_inner_texts() == ["孟门镇", "庄上镇"], "what is not told is least"
        assert table.locator("th[aria-sort=ascending]").inner_text().startswith("户数")
        visit.assert_clean()


def test_staff_see_exact_counts_and_vacancies(browser: Any, desk: str) -> None:
    with visiting(browser, f"{desk}healthz", bypass_csp=True) as visit:
        sign_in(visit)
        visit.page.goto(f"{desk}dashboard#place={OTHER}")
        visit.page.wait_for_selector("body.ready")
        assert visit.page.locator(".totals dd").first.inner_text() == "0"
        assert "空缺" in visit.page.locator(".totals").inner_text()
        assert visit.page.locator(".internal").is_visible()
        assert axe(visit, AXE) == []
        assert "staff.xlsx" in visit.page.get_by_role("link", name="下载 Excel").get_attribute("href")
        visit.assert_clean()


def test_on_paper(browser: Any, desk: str) -> None:
    with visiting(browser, f"{desk}dashboard") as visit:
        visit.page.wait_for_selector("body.ready")
        visit.page.emulate_media(media="print")
        assert visit.page.locator(".ways").is_hidden()
        assert visit.page.locator(".sample").is_visible()
        assert visit.page.locator("#about").is_visible()
        visit.picture("dashboard-print")


# the map


@SIZES
def test_down_from_counties_to_grids(browser: Any, desk: str, size: tuple[int, int]) -> None:
    with visiting(browser, desk, size=size, bypass_csp=True) as visit:
        visit.ready()
        if size == PHONE:
            visit.page.locator("#handle").click()
        assert visit.page.locator("#tab-panel .row").all_inner_texts()[1].startswith("柳林县")
        visit.page.locator(f"[data-place='{LIULIN}']").click()
        visit.wait_for(place=LIULIN)
        assert heading(visit) == "柳林县"
        assert "<10" in visit.page.locator(f"[data-place='{OTHER}']").inner_text()
        visit.page.locator(f"[data-place='{TOWNSHIP}']").click()
        visit.wait_for(place=TOWNSHIP)
        visit.page.locator(f"[data-area='{CODES[VILLAGE]}']").click()
        visit.wait_for(area=CODES[VILLAGE])
        assert crumbs(visit) == ["全部", "柳林县", "庄上镇"]
        visit.page.locator(f"[data-grid='{CODES[VILLAGE]}003']").click()
        visit.wait_for(grid=f"{CODES[VILLAGE]}003")
        assert crumbs(visit) == ["全部", "柳林县", "庄上镇", "岭上村"]
        visit.page.get_by_role("button", name="庄上镇").click()
        visit.wait_for(place=TOWNSHIP)
        assert axe(visit, AXE) == []
        visit.page.go_back()
        visit.wait_for(grid=f"{CODES[VILLAGE]}003")
        visit.page.reload()
        visit.ready()
        assert heading(visit) == "三组"
        visit.assert_clean()


def shades(visit: Visit) -> set[str]:
    """Colours of the canvas on which places are shaded."""
    script = """() => { const canvas = document.querySelector(".leaflet-places-pane canvas");
        if (!canvas?.width || getComputedStyle(canvas.parentElement).display === "none") return [];
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
        const found = new Set();
        for (let i = 0; i < data.length; i += 4 * 53) if (data[i + 3] > 200) found.add([0, 1, 2].map(k => data[i + k] >> 3).join());
        return [...found]; }"""
    return set(visit.page.evaluate(script))


def test_places_are_shaded_by_what_is_chosen(browser: Any, desk: str) -> None:
    # from so far that counties are told apart, which of this city are a few hundred metres wide
    with visiting(browser, f"{desk}#place={LIULIN}&at=9/37.5/111.1", bypass_csp=True) as visit:
        visit.ready()
        visit.page.evaluate("window.map_plan.setZoom(9)")
        visit.settle()
        choice = visit.page.locator(".legend #shade")
        assert choice.input_value() == "in_band"
        options = choice.locator("option").all_inner_texts()
        assert "例外" in options
        assert "空缺" not in options, "who is missing is told to staff"
        choice.focus()
        choice.select_option("households")
        visit.wait_for(shade="households")
        assert "未公布" in visit.page.locator(".legend").inner_text(), "a count below 10 has no shade of its own"
        assert visit.page.evaluate("document.activeElement.id") == "shade"
        assert axe(visit, AXE) == []
        visit.assert_clean()


def test_counties_are_clicked_on_the_map(browser: Any, desk: str) -> None:
    with visiting(browser, f"{desk}#level=0") as visit:
        visit.ready()
        visit.page.evaluate("window.map_plan.setMinZoom(4)")
        visit.page.evaluate("window.map_plan.setView(window.map_plan.getCenter(), 9, { animate: false })")
        visit.settle()
        assert shades(visit), "counties are shaded"
        assert visit.page.locator(".leaflet-areas-pane").is_hidden()
        visit.assert_clean()


def test_staff_may_shade_by_vacancies(browser: Any, desk: str) -> None:
    with visiting(browser, f"{desk}healthz") as visit:
        sign_in(visit)
        visit.page.goto(f"{desk}#place={LIULIN}&level=0&shade=vacancies")
        visit.ready()
        assert visit.page.locator(".legend #shade").input_value() == "vacancies"
        assert "空缺" in visit.page.locator(".card .facts").inner_text()
        visit.assert_clean()


def test_an_unknown_place_is_said_to_be_none(browser: Any, desk: str) -> None:
    with visiting(browser, f"{desk}#place=999999") as visit:
        visit.ready()
        assert "没有这个编码" in visit.page.locator(".problem").inner_text()
        visit.page.get_by_role("button", name="全部").click()
        visit.page.locator(".totals").wait_for()
        visit.assert_clean()


# what users could not reconcile


def test_the_whole_is_seen_by_its_coarsest_places_at_any_size(browser: Any, desk: str) -> None:
    """The window's size decides at which zoom the whole is seen; it must not decide what is shaded there."""
    for size in ((1400, 900), (2200, 1300)):
        with visiting(browser, f"{desk}#level=0", size=size, locale="zh-CN") as visit:
            visit.page.wait_for_selector("body.ready")
            shaded = visit.page.locator(".legend h2")
            shaded.filter(has_text="区县").wait_for()
            visit.page.get_by_role("button", name="放大").click()
            shaded.filter(has_text="社区和村").wait_for()
            visit.assert_clean()


def test_communities_stand_on_the_map_with_their_number(browser: Any, desk: str) -> None:
    with visiting(browser, f"{desk}#level=0&place={TOWN}", size=(1400, 900), locale="zh-CN") as visit:
        visit.page.wait_for_selector("body.ready")
        visit.page.locator(".label-area small", has_text="%").nth(1).wait_for()


def test_what_shares_are_shares_of_stands_in_the_table(browser: Any, desk: str) -> None:
    with visiting(browser, f"{desk}dashboard", size=DESKTOP, locale="zh-CN") as visit:
        visit.page.wait_for_selector("body.ready")
        heads = (
            visit.page.locator("table", has=visit.page.locator("caption")).first.locator("thead th").all_inner_texts()
        )
        at = heads.index("有户数范围")
        assert heads[at : at + 3] == ["有户数范围", "户数达标", "达标率"]
        shown = visit.page.evaluate(
            """async () => { const { share } = await import(document.querySelector("script[type=module]").src.replace("dashboard/main.js", "app/words.js"));
            return [share(99964, 100000), share(0.289, 1), share(1, 1), share(0, 0), share(2, 3)]; }"""
        )
        assert shown == ["99.9%", "28.9%", "100%", "100%", "66.6%"]


def test_a_phone_is_told_that_tables_go_on(browser: Any, desk: str) -> None:
    with visiting(browser, f"{desk}dashboard", size=PHONE, locale="en-US") as visit:
        visit.page.wait_for_selector("body.ready")
        assert visit.page.locator(".swipe").first.is_visible()
        table = visit.page.locator(".table").nth(1)
        first = table.locator("tbody th").first
        before = first.bounding_box()
        table.evaluate("node => { node.scrollLeft = 200; }")
        assert table.evaluate("node => node.scrollLeft") > 0
        assert first.bounding_box()["x"] == before["x"], "one sees what a number is of"
    with visiting(browser, f"{desk}dashboard", size=DESKTOP, locale="en-US") as visit:
        visit.page.wait_for_selector("body.ready")
        assert not visit.page.locator(".swipe").first.is_visible()


def test_no_level_is_cut_off_on_a_phone(browser: Any, desk: str) -> None:
    for locale in ("en-US", "zh-CN"):
        with visiting(browser, desk, size=PHONE, locale=locale) as visit:
            visit.page.wait_for_selector("body.ready")
            last = visit.page.locator(".segmented").first.locator("button").last.bounding_box()
            zoom = visit.page.locator("#zoom").bounding_box()
            assert last["x"] + last["width"] <= zoom["x"]
