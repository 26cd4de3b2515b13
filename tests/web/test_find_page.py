"""The lookup page in real Chromium: every way to ask, every kind of answer, on a phone, in two languages."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import DESKTOP, PHONE, running
from finding import PHONES, PLACES, Roster, answer, axe, becomes, codes, finding, place, position, still, tap
from plans import URBAN_1, VILLAGE

from webmap import Settings, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from browsing import Visit

AXE = Path(__file__).parent / "assets" / "axe.min.js"
LEAF = f"{URBAN_1}0010303"
CHAIN = [LEAF, f"{URBAN_1}00103", f"{URBAN_1}001"]


@pytest.fixture(scope="module")
def desk(store: Path) -> Iterator[str]:
    with running(create_app(store, people=Roster())) as url:
        yield url


def press_here(visit: Visit) -> None:
    visit.page.locator("#here").click()


def said(visit: Visit) -> str:
    visit.page.locator("#said:not(:empty)").wait_for()
    return visit.page.locator("#said").inner_text()


@pytest.mark.parametrize(
    ("size", "locale", "lang"),
    [(PHONE, "zh-CN", "zh-CN"), (DESKTOP, "en-US", "en"), ((320, 568), "en-US", "en"), ((768, 1024), "zh-CN", "zh-CN")],
    ids=["phone-zh", "desktop-en", "small-en", "tablet-zh"],
)
def test_position_granted(browser: Any, desk: str, size: tuple[int, int], locale: str, lang: str) -> None:
    with finding(browser, desk, size=size, locale=locale, **position("inside")) as visit:
        press_here(visit)
        assert answer(visit) == "第0010303网格"
        assert visit.page.locator("html").get_attribute("lang") == lang
        assert codes(visit) == CHAIN
        text = visit.page.locator("main").inner_text()
        for told in ("凤山社区", "高志强", "薛桂花", "刘海燕", "三川河", PHONES["worker"]):
            assert told in text
        call = visit.page.locator(".call").first
        assert call.get_attribute("href") == "tel:03588221234"
        assert call.bounding_box()["height"] >= 44
        assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert visit.where()["grid"] == LEAF
        assert not any(word in visit.page.url for word in ("lon", "lat", "111."))
        visit.picture(f"find-{lang[:2]}-{size[0]}")
        visit.assert_clean()


def test_position_refused_offers_the_other_ways(browser: Any, desk: str) -> None:
    with finding(browser, desk, size=PHONE) as visit:
        press_here(visit)
        assert "定位许可" in said(visit)
        assert "地图上点一下" in said(visit)
        visit.page.locator("#query").fill("fs")
        visit.page.get_by_role("option").first.wait_for()
        visit.picture("find-refused")
        visit.assert_clean()


def test_position_over_http_is_said_to_be_out_of_reach(browser: Any, desk: str) -> None:
    with finding(browser, desk, size=PHONE, **position("inside")) as visit:
        visit.page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
        visit.page.reload()
        visit.page.wait_for_selector("body.ready")
        press_here(visit)
        assert "https" in said(visit)
        assert visit.page.evaluate("document.activeElement.id") == "query"
        visit.assert_clean()


def test_a_rough_position_is_answered_with_a_warning(browser: Any, desk: str) -> None:
    with finding(browser, desk, **position("inside", accuracy=90)) as visit:
        press_here(visit)
        assert answer(visit) == "第0010303网格"
        assert "约 90 米" in said(visit)
        visit.assert_clean()


def test_a_useless_position_only_moves_the_map(browser: Any, desk: str) -> None:
    with finding(browser, desk, **position("inside", accuracy=3000)) as visit:
        press_here(visit)
        assert "3 公里" in said(visit)
        assert visit.page.locator("#answer .card").count() == 0
        visit.assert_clean()


def test_floor_question(browser: Any, desk: str) -> None:
    with finding(browser, desk, size=PHONE, **position("tower")) as visit:
        press_here(visit)
        assert answer(visit) == "您住几层？"
        assert "1号楼" in visit.page.locator("#answer").inner_text()
        floors = visit.page.locator(".floor")
        assert floors.all_inner_texts() == ["4–6 层", "1–3 层"]
        assert floors.first.bounding_box()["height"] >= 56
        assert "grid" not in visit.where(), "no answer yet"
        visit.picture("find-floor")
        floors.first.click()
        assert answer(visit) == "第0010102网格"
        visit.page.get_by_role("button", name="重新选择").click()
        assert answer(visit) == "您住几层？"
        visit.page.locator(".floor").last.click()
        assert answer(visit) == "第0010101网格"
        visit.assert_clean()


def test_border_names_both_sides(browser: Any, desk: str) -> None:
    with finding(browser, desk, **position("border")) as visit:
        press_here(visit)
        assert "分界线" in answer(visit)
        sides = visit.page.locator(".side")
        assert [text.split("\n")[0] for text in sides.all_inner_texts()] == ["第0010205网格", "第0020201网格"]
        visit.picture("find-border")
        sides.last.click()
        assert answer(visit) == "第0020201网格"
        visit.assert_clean()


def test_outside_names_the_nearest(browser: Any, desk: str) -> None:
    with finding(browser, desk, **position("outside")) as visit:
        press_here(visit)
        assert answer(visit) == "这里不在任何网格内"
        assert "荒坡村" in visit.page.locator("#answer").inner_text()
        assert "50 米" in visit.page.locator("#answer").inner_text()
        visit.page.get_by_role("button", name="查看最近的网格").click()
        assert answer(visit) == "第00101网格"
        assert visit.elsewhere == []
        assert [text for text in visit.complaints if "404" not in text] == []


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_tap_on_the_map(browser: Any, desk: str, size: tuple[int, int]) -> None:
    with finding(browser, desk, size=size) as visit:
        tap(visit, *PLACES["inside"])
        assert answer(visit) == "第0010303网格"
        tap(visit, 3.5, 2.5)
        becomes(visit, "第0010304网格")
        visit.assert_clean()


def test_search_by_initials_area_building_and_code(browser: Any, desk: str) -> None:
    with finding(browser, desk, size=PHONE) as visit:
        query = visit.page.get_by_role("combobox")
        query.fill("lsc")
        option = visit.page.locator("#hits li:not(.nothing)").first
        option.wait_for()
        assert "岭上村" in option.inner_text()
        query.press("ArrowDown")
        query.press("Enter")
        assert answer(visit) == "请选择网格"
        visit.page.locator(f".side[data-grid='{VILLAGE}003']").click()
        assert answer(visit) == "三组"
        assert "任建国" in visit.page.locator("#answer").inner_text()
        assert "电话未公布" in visit.page.locator("#answer").inner_text()
        query.fill("凤山 1号楼")
        visit.page.get_by_role("option").filter(has_text="楼栋").first.click()
        assert answer(visit) == "您住几层？"
        query.fill(LEAF)
        query.press("Enter")
        assert answer(visit) == "第0010303网格"
        query.fill("zzzz")
        visit.page.get_by_text("没有查到").wait_for()
        query.press("Escape")
        assert visit.page.get_by_role("listbox").count() == 0
        visit.assert_clean()


@pytest.mark.parametrize("link", [f"find?grid={LEAF}", f"find#grid={LEAF}"])
def test_qr_link_opens_the_grid(browser: Any, desk: str, link: str) -> None:
    with finding(browser, desk, link, size=PHONE) as visit:
        assert answer(visit) == "第0010303网格"
        assert codes(visit) == CHAIN
        visit.page.get_by_role("button", name="English").click()
        visit.page.get_by_text("Whom to call").wait_for()
        assert answer(visit) == "第0010303网格"
        assert visit.where() == {"grid": LEAF, "lang": "en"}
        visit.page.reload()
        assert answer(visit) == "第0010303网格"
        assert visit.page.locator("html").get_attribute("lang") == "en"
        visit.assert_clean()


def test_a_link_to_a_grid_that_is_gone_says_so(browser: Any, desk: str) -> None:
    with finding(browser, desk, "find?grid=%3Cb%3E99", size=PHONE) as visit:
        assert answer(visit) == "没有这个编码"
        assert "<b>99" in visit.page.locator("#answer").inner_text()
        assert visit.elsewhere == []
        assert [text for text in visit.complaints if "404" not in text] == []


def test_going_back_shows_the_answer_before(browser: Any, desk: str) -> None:
    with finding(browser, desk, f"find#grid={LEAF}&lang=zh") as visit:
        assert answer(visit) == "第0010303网格"
        visit.page.locator("#query").fill("三组")
        visit.page.get_by_role("option").first.wait_for()
        visit.page.locator("#query").press("Enter")
        becomes(visit, "三组")
        still(visit)
        visit.page.go_back()
        becomes(visit, "第0010303网格")
        visit.assert_clean()


def test_a_lost_service_is_told(browser: Any, desk: str) -> None:
    with finding(browser, desk, **position("inside")) as visit:
        visit.page.route("**/api/v1/lookup*", lambda route: route.abort())
        press_here(visit)
        assert answer(visit) == "没有查到"
        assert "连接不上服务" in visit.page.locator("#answer").inner_text()
        visit.page.unroute("**/api/v1/lookup*")
        press_here(visit)
        becomes(visit, "第0010303网格")
        assert visit.elsewhere == []


def test_whole_lookup_by_keyboard(browser: Any, desk: str) -> None:
    with finding(browser, desk) as visit:
        press = visit.page.keyboard.press
        press("Tab")
        assert visit.page.evaluate("document.activeElement.textContent") == "跳到查询结果"
        for _ in range(4):
            press("Tab")
        assert visit.page.evaluate("document.activeElement.id") == "query"
        visit.page.keyboard.type("sanzu")
        visit.page.get_by_role("option").first.wait_for()
        press("Enter")
        assert answer(visit) == "三组"
        assert visit.page.evaluate("document.activeElement.textContent") == "三组", "the focus goes to the answer"
        visit.page.locator("#map").focus()
        press("Enter")
        visit.page.locator("#answer").get_by_role("heading", name="三组", exact=True).wait_for(state="detached")
        still(visit)
        visit.assert_clean()


@pytest.mark.parametrize(
    ("view", "size"),
    [("start", PHONE), ("answer", PHONE), ("answer", DESKTOP), ("floor", PHONE), ("hits", PHONE), ("refused", PHONE)],
)
def test_axe_finds_nothing(browser: Any, desk: str, view: str, size: tuple[int, int]) -> None:
    where = {"answer": "inside", "floor": "tower"}.get(view)
    more = position(where) if where else {}
    with finding(browser, desk, size=size, bypass_csp=True, **more) as visit:
        if view in {"answer", "floor", "refused"}:
            press_here(visit)
            said(visit) if view == "refused" else answer(visit)
        if view == "hits":
            visit.page.locator("#query").fill("fs")
            visit.page.get_by_role("option").first.wait_for()
        assert axe(visit, AXE) == []


def test_controls_have_room_for_a_finger(browser: Any, desk: str) -> None:
    with finding(browser, desk, f"find#grid={LEAF}", size=PHONE) as visit:
        answer(visit)
        small = visit.page.evaluate(
            """() => [...document.querySelectorAll("button, input, a")]
            .filter(node => node.checkVisibility() && !node.matches(".skip"))
            .filter(node => { const box = node.getBoundingClientRect(); return box.height < 40 || box.width < 40; })
            .map(node => node.outerHTML)"""
        )
        assert small == []


def test_shared_link_names_the_grid_and_no_place(browser: Any, desk: str) -> None:
    with finding(browser, desk, **position("inside")) as visit:
        visit.page.evaluate("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
        press_here(visit)
        answer(visit)
        visit.page.get_by_role("button", name="分享").click()
        assert visit.page.locator("#link").input_value() == f"{desk}find?grid={LEAF}"
        assert visit.page.get_by_role("link", name="网格公示牌").get_attribute("href").startswith(f"board/{LEAF}")


def test_prints_the_answer_on_one_page(browser: Any, desk: str) -> None:
    with finding(browser, desk, f"find#grid={LEAF}") as visit:
        answer(visit)
        pdf = visit.page.pdf(prefer_css_page_size=True)
        assert pdf.count(b"/Type /Page\n") == 1
        visit.page.emulate_media(media="print")
        assert not visit.page.locator("#here").is_visible()
        assert visit.page.locator(".printed-link").is_visible()


def test_places_of_the_plan_are_where_the_test_thinks(browser: Any, desk: str) -> None:
    lon, lat = place(*PLACES["inside"])
    with finding(browser, desk) as visit:
        found = visit.page.evaluate(f"fetch('api/v1/lookup?lon={lon}&lat={lat}').then(answer => answer.json())")
        assert [grid["code"] for grid in reversed(found["grids"])] == CHAIN


def test_a_city_of_several_pages_of_areas_is_drawn_whole(browser: Any, store: Path) -> None:
    app = create_app(store, settings=Settings(answer_rows=3))
    with running(app) as address, finding(browser, address) as visit:
        pages = visit.page.evaluate(
            "performance.getEntriesByType('resource').map(each => each.name).filter(name => name.includes('/areas'))"
        )
        assert [page.split("/areas")[1] for page in pages] == ["", "?offset=3"]
        visit.page.goto(f"{address}")
        visit.ready()
        visit.assert_clean()
