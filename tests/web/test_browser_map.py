"""The served page in real Chromium: what a planner and a visitor do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from browsing import DESKTOP, PHONE, visiting
from plans import EMPTY, URBAN_1, URBAN_2, VILLAGE

if TYPE_CHECKING:
    from browsing import Visit

SIZES = pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
LANGUAGES = pytest.mark.parametrize(("locale", "lang"), [("zh-CN", "zh"), ("en-US", "en")], ids=["zh", "en"])


def heading(visit: Visit) -> str:
    return visit.page.locator("#panel-body h2").first.inner_text()


def colours(visit: Visit, pane: str) -> set[tuple[int, ...]]:
    """Return the colours a canvas shows, thinned out."""
    script = """pane => {
        const drawn = document.querySelector(`.leaflet-${pane}-pane canvas`);
        const canvas = new OffscreenCanvas(drawn.width, drawn.height);
        const copy = canvas.getContext("2d", { willReadFrequently: true });
        copy.drawImage(drawn, 0, 0);
        const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
        const found = new Set();
        for (let i = 0; i < data.length; i += 4 * 37)
            if (data[i + 3] > 60) found.add([0, 1, 2].map(k => data[i + k] >> 4).join());
        return [...found];
    }"""
    return {tuple(map(int, text.split(","))) for text in visit.page.evaluate(script, pane)}


@SIZES
@LANGUAGES
def test_opens_clean(browser: Any, address: str, size: tuple[int, int], locale: str, lang: str) -> None:
    with visiting(browser, address, size=size, locale=locale) as visit:
        visit.ready()
        assert visit.page.locator("html").get_attribute("lang") == {"zh": "zh-CN", "en": "en"}[lang]
        assert visit.page.locator("#plan-name").inner_text() == "样例市"
        assert visit.page.get_by_text({"zh": "示例数据", "en": "Sample data"}[lang]).is_visible()
        assert colours(visit, "grids"), "grids are drawn"
        assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        visit.picture(f"map-{lang}-{size[0]}")
        visit.assert_clean()


@SIZES
def test_language_switch_keeps_what_is_shown(browser: Any, address: str, size: tuple[int, int]) -> None:
    with visiting(browser, f"{address}#grid={VILLAGE}003", size=size) as visit:
        visit.ready()
        visit.page.get_by_role("button", name="English").click()
        visit.settle()
        assert visit.page.locator("html").get_attribute("lang") == "en"
        assert heading(visit) == "三组"
        assert "Given group" in visit.page.locator(".exception").inner_text()
        assert visit.where()["lang"] == "en"
        visit.page.reload()
        visit.ready()
        assert visit.page.locator("html").get_attribute("lang") == "en"
        visit.assert_clean()


@SIZES
def test_search_by_code_and_name(browser: Any, address: str, size: tuple[int, int]) -> None:
    with visiting(browser, address, size=size) as visit:
        visit.ready()
        query = visit.page.get_by_role("combobox")
        query.fill("河湾")
        visit.page.get_by_role("option").first.wait_for()
        visit.page.get_by_role("option").first.click()
        visit.settle()
        assert heading(visit) == "河湾社区"
        query.fill(f"{URBAN_1}0020304")
        visit.page.get_by_role("option").filter(has_text=f"{URBAN_1}0020304").wait_for()
        query.press("ArrowDown")
        query.press("Enter")
        visit.wait_for(grid=f"{URBAN_1}0020304")
        visit.settle()
        assert f"{URBAN_1}0020304" in visit.page.locator(".card .code").inner_text()
        query.fill("zzz")
        visit.page.get_by_text("没有找到").wait_for()
        query.press("Escape")
        assert visit.page.get_by_role("listbox").count() == 0
        visit.assert_clean()


def test_click_on_the_map_opens_the_card(browser: Any, address: str) -> None:
    with visiting(browser, f"{address}#area={URBAN_2}&level=1") as visit:
        visit.ready()
        point = visit.page.evaluate(
            """() => { const box = document.querySelector(".folium-map").getBoundingClientRect();
            const label = [...document.querySelectorAll(".label b")].map(node => node.getBoundingClientRect())
                .filter(at => at.left > box.left && at.right < box.right - 300)[0];
            return [label.left + label.width / 2, label.top + 30]; }"""
        )
        before = visit.where()["at"]
        visit.page.mouse.click(*point)
        visit.page.wait_for_selector(".card .gauge, .card .facts")
        visit.settle()
        assert "grid" in visit.where()
        assert visit.where()["at"] == before, "a click on the map does not move it"
        assert visit.page.locator("#panel-body h2").inner_text()
        visit.assert_clean()


@SIZES
def test_card_says_it_all_and_leads_on(browser: Any, address: str, size: tuple[int, int]) -> None:
    with visiting(browser, f"{address}#grid={URBAN_1}001", size=size) as visit:
        visit.ready()
        card = visit.page.locator(".card")
        text = card.inner_text()
        for word in ("300–500 户", "网格员", "一级", "路", "河流", "500 米", "二级网格 4 个"):
            assert word in text
        visit.picture(f"card-{size[0]}")
        card.locator(f"[data-grid='{URBAN_1}00101']").click()
        visit.wait_for(grid=f"{URBAN_1}00101")
        visit.page.locator(f"[data-grid='{URBAN_1}0010101']").click()
        visit.page.locator(".building").get_by_text("1–3 层").wait_for()
        assert "4–6 层" in visit.page.locator(".building").inner_text()
        visit.page.go_back()
        visit.page.locator(f"[data-grid='{URBAN_1}0010101']").wait_for()
        visit.page.get_by_role("button", name="全部").click()
        visit.page.locator(".totals").wait_for()
        assert "grid" not in visit.where()
        visit.assert_clean()


def test_levels_and_colouring(browser: Any, address: str) -> None:
    with visiting(browser, address) as visit:
        visit.ready()
        seen = {}
        for level, name in ((1, "一级"), (2, "二级"), (3, "三级")):
            visit.page.locator("#bar").get_by_role("button", name=name).click()
            visit.settle()
            assert visit.where()["level"] == str(level)
            seen[level] = int(visit.page.locator(".legend li .count").first.inner_text())
        assert seen == {1: 2, 2: 18, 3: 78}, "grids in band, villages at the finest level they have"
        before = colours(visit, "grids")
        visit.page.locator("#bar").get_by_role("button", name="分网格").click()
        visit.settle()
        assert len(colours(visit, "grids") - before) >= 3
        assert visit.page.locator("#bar").get_by_role("button", name="分网格").get_attribute("aria-pressed") == "true"
        visit.assert_clean()


@SIZES
def test_exceptions_list_leads_to_the_grid(browser: Any, address: str, size: tuple[int, int]) -> None:
    with visiting(browser, address, size=size) as visit:
        visit.ready()
        if size == PHONE:
            visit.page.locator("#handle").click()
        visit.page.get_by_role("tab", name="例外 6").click()
        rows = visit.page.locator("#tab-panel .row")
        rows.nth(5).wait_for()
        assert rows.count() == 6
        first = [row.get_attribute("data-grid") for row in rows.all()]
        assert first[0] == f"{URBAN_2}001", "the worst first, of those whose counts are told"
        assert f"{EMPTY}001" in first
        visit.picture(f"exceptions-{size[0]}")
        before = visit.where()["at"]
        rows.filter(has_text="510 户").click()
        visit.page.locator(".exception").wait_for()
        visit.settle()
        text = visit.page.locator(".exception").inner_text()
        assert "户数落在空档" in text
        assert "已证明不能再少" in text
        assert visit.where()["at"] != before, "the map goes there"
        visit.picture(f"exception-{size[0]}")
        visit.assert_clean()


def test_element_classes_can_be_switched(browser: Any, address: str) -> None:
    with visiting(browser, address) as visit:
        visit.ready()
        for name in ("river", "road", "gully", "well"):
            visit.page.locator(f".legend [data-class={name}]").uncheck()
        visit.page.wait_for_timeout(200)
        assert colours(visit, "lines") == set()
        visit.page.locator(".legend [data-class=forest]").check()
        visit.page.locator(".legend [data-class=units]").check()
        visit.page.wait_for_timeout(300)
        assert colours(visit, "ground")
        visit.picture("elements-1280")
        visit.assert_clean()


def test_permalink_opens_what_it_names(browser: Any, address: str) -> None:
    link = f"{address}#grid={VILLAGE}00302&level=2&colour=grid&at=17/37.52200/111.13300&lang=en"
    with visiting(browser, link) as visit:
        visit.ready()
        assert visit.page.locator("html").get_attribute("lang") == "en"
        assert visit.where()["at"].startswith("17/37.522")
        assert visit.page.locator("#bar [aria-pressed=true]").all_inner_texts() == ["Level 2", "Distinct colours"]
        assert "Disconnected part" in visit.page.locator(".exception").inner_text()
        visit.assert_clean()


@pytest.mark.parametrize("hash_", ["grid=nobody", "area=nowhere", "grid=%3Cb%3E&lang=xx&level=9&at=1/2"])
def test_a_link_to_nothing_says_so(browser: Any, address: str, hash_: str) -> None:
    with visiting(browser, f"{address}#{hash_}") as visit:
        visit.ready()
        assert visit.page.get_by_role("alert").inner_text().startswith("无法显示")
        visit.page.get_by_role("button", name="全部").click()
        visit.page.locator(".totals").wait_for()
        assert visit.elsewhere == []
        assert [text for text in visit.complaints if "404" not in text] == []


def test_a_lost_service_is_told_and_can_be_tried_again(browser: Any, address: str) -> None:
    with visiting(browser, address) as visit:
        visit.ready()
        visit.page.route("**/api/**", lambda route: route.abort())
        visit.page.get_by_role("tab", name="例外").click()
        visit.page.get_by_role("alert").wait_for()
        assert "连接不上服务" in visit.page.get_by_role("alert").inner_text()
        visit.page.unroute("**/api/**")
        visit.page.get_by_role("button", name="再试").click()
        visit.page.locator(f"[data-grid='{VILLAGE}003']").wait_for()
        assert visit.elsewhere == []


@pytest.mark.parametrize(("east", "grid"), [(111.125, True), (111.5, False)])
def test_where_am_i(browser: Any, address: str, east: float, grid: bool) -> None:
    place = {"latitude": 37.5184, "longitude": east, "accuracy": 8}
    with visiting(browser, address, size=PHONE, geolocation=place, permissions=["geolocation"]) as visit:
        visit.ready()
        visit.page.get_by_role("button", name="我的位置").click()
        if grid:
            visit.wait_for(grid=f"{URBAN_1}0010101")
            assert heading(visit) == "凤山社区第0010101网格"
            visit.picture("where-390")
        else:
            visit.page.get_by_text("当前位置不在任何网格内").wait_for()
        visit.assert_clean()


def test_legend_opens_on_a_phone(browser: Any, address: str) -> None:
    with visiting(browser, address, size=PHONE) as visit:
        visit.ready()
        toggle = visit.page.get_by_role("button", name="图例")
        assert toggle.get_attribute("aria-expanded") == "false"
        toggle.click()
        assert visit.page.get_by_text("图中网格").is_visible()
        visit.picture("legend-390")
        visit.assert_clean()


def test_sheet_steps_on_a_phone(browser: Any, address: str) -> None:
    with visiting(browser, address, size=PHONE) as visit:
        visit.ready()
        heights = []
        for _ in range(4):
            visit.page.wait_for_timeout(350)
            heights.append(visit.page.locator("#panel").bounding_box()["height"])
            visit.page.locator("#handle").click()
        assert heights[0] < heights[1] < heights[2]
        assert heights[3] == heights[0]
        visit.assert_clean()


def test_what_is_tapped_is_not_left_under_the_sheet(browser: Any, address: str) -> None:
    with visiting(browser, f"{address}#level=1", size=PHONE) as visit:
        visit.ready()
        visit.page.touchscreen.tap(120, 440)
        visit.page.locator(".card").wait_for()
        visit.settle()
        visit.page.wait_for_timeout(400)
        assert visit.where()["grid"] == f"{URBAN_1}001"
        lowest = visit.page.evaluate(
            """() => { const canvas = document.querySelector(".leaflet-focus-pane canvas");
            const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
            copy.drawImage(canvas, 0, 0);
            const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
            let last = 0;
            for (let i = 3; i < data.length; i += 4) if (data[i] > 100) last = i;
            const box = canvas.getBoundingClientRect();
            return box.top + Math.floor(last / 4 / canvas.width) * box.height / canvas.height; }"""
        )
        assert 0 < lowest < visit.page.locator("#panel").bounding_box()["y"], "all of its outline is above the sheet"
        visit.picture("tapped-390")
        visit.assert_clean()
