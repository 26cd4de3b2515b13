"""Tiles of a published version on the lookup page and on the public map of a large plan, drawn without WebGL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from browsing import DESKTOP, PHONE, running, visiting
from finding import PLACES, Roster, answer, becomes, finding, tap
from plans import URBAN_1, tiny_plan

from geo_grid.desk import Desk
from geo_grid.store import open_store
from webmap import Settings, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from browsing import Visit

NO_WEBGL = """const own = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...more) { return /webgl/.test(kind) ? null : own.call(this, kind, ...more); };"""

#: The colours all tiles together show, thinned out, by sixteenths.
COLOURS = """() => {
    const found = {};
    for (const canvas of document.querySelectorAll("canvas.leaflet-tile")) {
        if (!canvas.width) continue;
        const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext("2d", { willReadFrequently: true });
        copy.drawImage(canvas, 0, 0);
        const data = copy.getImageData(0, 0, canvas.width, canvas.height).data;
        for (let i = 0; i < data.length; i += 4 * 7) {
            if (data[i + 3] < 250) continue;
            const name = [0, 1, 2].map(k => data[i + k] >> 4).join();
            found[name] = (found[name] ?? 0) + 1;
        }
    }
    return found;
}"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("tiles") / "plan.gpkg"
    open_store(path).write(tiny_plan())
    with open_store(path) as store:
        desk = Desk(store)
        try:
            desk.publisher.publish(name="一", author="li", note="")
        finally:
            desk.close()
    return path


@pytest.fixture(scope="module")
def desk(published: Path) -> Iterator[str]:
    app = create_app(published, settings=Settings(tiles_from=10, tiles_wait_seconds=60), people=Roster())
    client = app.test_client()
    url = client.get("/api/v1/tiles.json").json["url"]
    with client.get(url) as archive:
        assert archive.status_code == 200
    assert client.get("/api/v1/tiles.json").json["ready"]
    with running(app) as address:
        yield address
    app.extensions["office"].close()


def drawn(visit: Visit) -> dict[str, int]:
    """Return what the tiles show once they are there."""
    visit.page.locator("canvas.leaflet-tile-loaded").first.wait_for()
    visit.page.wait_for_timeout(400)
    found: dict[str, int] = visit.page.evaluate(COLOURS)
    return found


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_lookup_page_draws_tiles_and_answers_a_tap(browser: Any, desk: str, size: tuple[int, int]) -> None:
    asked: list[tuple[str | None, int]] = []
    with finding(browser, desk, size=size) as visit:
        visit.page.on(
            "response",
            lambda got: asked.append((got.request.headers.get("range"), got.status)) if ".pmtiles" in got.url else None,
        )
        visit.page.add_init_script(NO_WEBGL)
        visit.page.reload()
        visit.page.wait_for_selector("body.ready")
        assert len(drawn(visit)) > 8
        assert asked
        assert all(part and status == 206 for part, status in asked), "parts of the archive, never all of it"
        tap(visit, *PLACES["inside"])
        assert answer(visit) == "第0010303网格"
        assert "第 1 版" in visit.page.locator("#details").inner_text()
        tap(visit, 3.5, 2.5)
        becomes(visit, "第0010304网格")
        visit.picture(f"find-tiles-{size[0]}")
        visit.assert_clean()


def test_public_map_of_a_large_plan(browser: Any, desk: str) -> None:
    with visiting(browser, f"{desk}#level=1") as visit:
        visit.ready()
        before = drawn(visit)
        assert visit.page.locator(".leaflet-grids-pane canvas").count() == 0, "no grids but those of the tiles"
        visit.page.locator("#bar").get_by_role("button", name="分网格").click()
        visit.settle()
        by_grid = drawn(visit)
        assert set(by_grid) - set(before), "other colours"
        visit.page.locator("#bar").get_by_role("button", name="按户数").click()
        visit.settle()
        assert {name for name, count in drawn(visit).items() if count > 500} == {
            name for name, count in before.items() if count > 500
        }
        box = visit.page.locator(".folium-map").bounding_box()
        visit.page.get_by_role("combobox").fill(f"{URBAN_1}001")
        visit.page.get_by_role("option").first.click()
        visit.wait_for(grid=f"{URBAN_1}001")
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        visit.page.mouse.move(*middle)
        visit.page.locator(".tip").wait_for()
        assert "凤山社区" in visit.page.locator(".tip").inner_text()
        visit.page.locator("#bar").get_by_role("button", name="三级").click()
        visit.settle()
        visit.page.mouse.click(*middle)
        visit.page.wait_for_url(lambda _: len(visit.where().get("grid", "")) == len(URBAN_1) + 7)
        visit.page.locator(".card .code", has_text=f"{URBAN_1}001").wait_for()
        visit.picture("map-tiles")
        visit.assert_clean()


def test_legend_switches_elements_in_the_tiles(browser: Any, desk: str) -> None:
    with visiting(browser, desk) as visit:
        visit.ready()
        before = drawn(visit)
        for name in ("river", "road", "gully", "well", "mine"):
            visit.page.locator(f".legend [data-class={name}]").uncheck()
        visit.page.wait_for_timeout(300)
        after = drawn(visit)
        assert sum(before.values()) > 0
        blue = "1,7,12"
        assert before.get(blue, 0) > 0
        assert after.get(blue, 0) == 0
        visit.assert_clean()


def test_a_small_plan_and_a_draft_are_drawn_whole(browser: Any, published: Path, address: str) -> None:
    with running(create_app(published)) as url, visiting(browser, url) as visit:
        visit.ready()
        assert visit.page.locator("canvas.leaflet-tile").count() == 0
        visit.assert_clean()
    with finding(browser, address) as visit:
        assert visit.page.locator("canvas.leaflet-tile").count() == 0
        assert visit.page.locator(".leaflet-ground-pane canvas").count() == 1
        visit.assert_clean()
