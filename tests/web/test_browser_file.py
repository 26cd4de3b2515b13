"""The single file, opened from a disk with no server and no network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from browsing import DESKTOP, PHONE, visiting
from placed import TOWNSHIP, placed_plan
from plans import URBAN_1, VILLAGE

from geo_grid.store import open_store
from webmap.single_file import write_map

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def whole(store: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("file") / "整个 city.html"
    write_map(store, None, path)
    return path


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_opens_from_a_disk(browser: Any, whole: Path, size: tuple[int, int]) -> None:
    with visiting(browser, whole.as_uri(), size=size, offline=True) as visit:
        visit.ready()
        assert visit.page.locator("#plan-name").inner_text() == "样例市"
        query = visit.page.get_by_role("combobox")
        query.fill("河湾 101")
        visit.page.get_by_role("option").first.wait_for()
        query.press("Enter")
        visit.settle()
        assert "河湾社区" in visit.page.locator("#panel-body h2").inner_text()
        visit.page.get_by_role("button", name="全部").click()
        visit.page.get_by_role("tab", name="例外").click()
        visit.page.locator(f"[data-grid='{VILLAGE}003']").click()
        visit.wait_for(grid=f"{VILLAGE}003")
        assert "既定小组" in visit.page.locator(".exception").inner_text()
        visit.page.get_by_role("button", name="English").click()
        visit.settle()
        assert visit.page.get_by_role("heading", name="Managed elements").first.is_visible()
        visit.picture(f"file-{size[0]}")
        visit.assert_clean()


def test_one_area_alone(browser: Any, store: Path, tmp_path: Path) -> None:
    path = tmp_path / "area.html"
    write_map(store, URBAN_1, path, "en")
    with visiting(browser, path.as_uri(), locale="zh-CN", offline=True) as visit:
        visit.ready()
        assert visit.page.locator("html").get_attribute("lang") == "en"
        assert visit.page.locator("[data-area]").count() == 1
        for level in (1, 2, 3):
            visit.page.locator("#bar").get_by_role("button", name=f"Level {level}").click()
            visit.settle()
        assert int(visit.page.locator(".legend li .count").first.inner_text()) == 40
        visit.page.locator(".legend [data-class=units]").check()
        visit.settle()
        visit.assert_clean()


def test_townships_are_found_in_a_file(browser: Any, tmp_path: Path) -> None:
    with open_store(tmp_path / "plan.gpkg") as store:
        store.write(placed_plan())
    write_map(tmp_path / "plan.gpkg", None, tmp_path / "map.html")
    with visiting(browser, (tmp_path / "map.html").as_uri(), offline=True) as visit:
        visit.ready()
        query = visit.page.get_by_role("combobox")
        query.fill("庄上镇")
        visit.page.get_by_role("option", name=TOWNSHIP).wait_for()
        query.press("Enter")
        visit.page.locator("#panel-body").get_by_role("heading", name="庄上镇").wait_for()
        visit.assert_clean()
