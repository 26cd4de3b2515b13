"""The page for those who do not use a mouse, or do not see: keyboard, names, contrast, reading order."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from browsing import DESKTOP, PHONE, visiting
from plans import URBAN_1, VILLAGE

if TYPE_CHECKING:
    from browsing import Visit

AXE = Path(__file__).parent / "assets" / "axe.min.js"
VIEWS = {
    "home": "",
    "exceptions": "#tab=exceptions",
    "area": f"#area={VILLAGE}",
    "grid": f"#grid={URBAN_1}0010101",
    "exception": f"#grid={VILLAGE}00302&lang=en",
}


def focused(visit: Visit) -> str:
    return visit.page.evaluate(
        """() => { const node = document.activeElement;
        return node.getAttribute("aria-label") || node.textContent.trim() || node.id; }"""
    )


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("view", VIEWS)
def test_axe_finds_nothing(browser: Any, address: str, view: str, size: tuple[int, int]) -> None:
    with visiting(browser, address + VIEWS[view], size=size, bypass_csp=True) as visit:
        visit.ready()
        if size == PHONE:
            visit.page.locator("#handle").click()
            visit.page.wait_for_timeout(300)
        visit.page.add_script_tag(path=AXE)
        found = visit.page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
        assert [(item["id"], [node["target"] for node in item["nodes"]]) for item in found["violations"]] == []


def test_whole_walk_by_keyboard(browser: Any, address: str) -> None:
    """Skip to the panel, open an area, a grid, its child, and come back, by keys alone."""
    with visiting(browser, address) as visit:
        visit.ready()
        press = visit.page.keyboard.press
        press("Tab")
        assert focused(visit) == "跳到侧栏"
        press("Enter")
        for _ in range(20):
            press("Tab")
            if "岭上村" in focused(visit):
                break
        assert "岭上村" in focused(visit)
        press("Enter")
        visit.wait_for(area=VILLAGE)
        assert focused(visit) == "岭上村", "the focus goes to the heading of the card"
        for _ in range(10):
            press("Tab")
            if focused(visit).startswith("三组"):
                break
        press("Enter")
        visit.wait_for(grid=f"{VILLAGE}003")
        assert focused(visit) == "三组"
        press("Shift+Tab")
        press("Shift+Tab")
        assert focused(visit) == "全部"
        press("Enter")
        visit.page.locator(".totals").wait_for()
        visit.assert_clean()


def test_tabs_follow_the_arrow_keys(browser: Any, address: str) -> None:
    with visiting(browser, address) as visit:
        visit.ready()
        visit.page.get_by_role("tab", selected=True).focus()
        visit.page.keyboard.press("ArrowRight")
        visit.settle()
        assert visit.page.get_by_role("tab", selected=True).inner_text() == "例外 6"
        assert focused(visit) == "例外 6"
        visit.page.keyboard.press("ArrowRight")
        visit.settle()
        assert focused(visit) == "社区和村 4"
        visit.assert_clean()


def test_pressed_controls_keep_the_focus(browser: Any, address: str) -> None:
    with visiting(browser, address) as visit:
        visit.ready()
        for name in ("二级", "分网格"):
            visit.page.get_by_role("button", name=name, exact=True).focus()
            visit.page.keyboard.press("Enter")
            visit.settle()
            assert focused(visit) == name
        visit.page.locator(".legend [data-class=river]").focus()
        visit.page.keyboard.press("Space")
        visit.settle()
        assert not visit.page.locator(".legend [data-class=river]").is_checked()
        assert visit.page.evaluate("document.activeElement.dataset.class") == "river"
        visit.assert_clean()


def test_map_moves_by_keys(browser: Any, address: str) -> None:
    with visiting(browser, address) as visit:
        visit.ready()
        before = visit.where()["at"]
        visit.page.locator(".folium-map").focus()
        visit.page.keyboard.press("+")
        visit.settle()
        assert float(visit.where()["at"].split("/")[0]) > float(before.split("/")[0])
        visit.assert_clean()


def test_every_control_has_a_name_and_room(browser: Any, address: str) -> None:
    with visiting(browser, f"{address}#grid={URBAN_1}0010101", size=PHONE) as visit:
        visit.ready()
        small = visit.page.evaluate(
            """() => [...document.querySelectorAll("button, summary, input, a")]
            .filter(node => node.checkVisibility() && !node.matches(".skip, .link, [type=checkbox]"))
            .filter(node => { const box = node.getBoundingClientRect(); return box.height < 26 || box.width < 24; })
            .map(node => node.outerHTML)"""
        )
        assert small == []
        nameless = visit.page.evaluate(
            """() => [...document.querySelectorAll("button")]
            .filter(node => !(node.getAttribute("aria-label") || node.textContent.trim())).length"""
        )
        assert nameless == 0


def test_still_where_motion_is_unwelcome(browser: Any, address: str) -> None:
    with visiting(browser, address, reduced_motion="reduce") as visit:
        visit.ready()
        visit.page.locator(f"[data-area='{VILLAGE}']").click()
        assert visit.page.locator(".leaflet-zoom-anim").count() == 0
        visit.settle()
        visit.assert_clean()


def test_prints_the_map_and_its_legend(browser: Any, address: str) -> None:
    with visiting(browser, address) as visit:
        visit.ready()
        visit.page.emulate_media(media="print")
        assert not visit.page.locator("#bar").is_visible()
        assert visit.page.locator(".folium-map").is_visible()
        assert visit.page.get_by_text("图中网格").is_visible()
        visit.picture("print-1280")
