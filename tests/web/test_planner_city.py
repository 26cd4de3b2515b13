"""The whole way on real high-rise blocks (``urban_hdb``): paint, split, merge, undo, settle a conflict, publish."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from planner_desk import Colleague, planner, service

from geo_grid.build import build_plan
from geo_grid.config import load_config
from geo_grid.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

CITY = Path(__file__).parents[2] / "data" / "boundaries" / "urban_hdb" / "city.toml"
AREA = "990102001019"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, str]]:
    folder = tmp_path_factory.mktemp("city")
    open_store(folder / "city.gpkg").write(build_plan(load_config(CITY), workers=1))
    with service(folder, folder / "city.gpkg") as made:
        yield made


def test_from_the_first_stroke_to_a_published_plan(browser: Any, served: Any) -> None:
    with planner(browser, served, area=AREA) as li:
        press = li.page.keyboard.press
        unit, beside, source, target = li.ask("pair")
        before = li.ask("told")
        sums = {code: li.count(code) for code in (source, target)}

        # paint, against the band
        li.pick(beside)
        assert li.ask("target") == target
        press("g")
        li.page.wait_for_timeout(800)
        li.paint(unit)
        li.saved(1)
        assert li.ask("told")[unit] == target
        li.visit.picture("planner-city-1280")

        # undo, and do it again
        press("Control+z")
        li.saved(0)
        assert li.ask("told") == before
        press("Control+y")
        li.saved(1)

        # somebody else was faster: mine goes on top of theirs
        li.page.route("**/desk/changes*", lambda route: route.fulfill(status=503, body="{}"))
        colleague = Colleague(served[0], area=AREA)
        colleague.edit(op="rename", grid=target[:15], name="东坊")
        press("k")
        li.page.locator("[data-choice=mine]").click()
        li.saved(3)
        assert li.ask("locked") == [target]
        assert li.ask("names")[target[:15]] == "东坊"
        li.page.unroute("**/desk/changes*")
        press("k")
        li.saved(4)

        # back to what was built; merge two grids, and let the solver split them again
        li.deed("history")
        li.page.locator("dialog [data-revision='0'] button").last.click()
        li.saved(0)
        li.pick(beside)
        press("m")
        li.page.locator(f"dialog [data-grid='{source}']").click()
        li.saved(5)
        assert li.count(target) == sums[source] + sums[target]
        # parts of one building that come together are one unit again
        li.pick(next(id_ for id_, code in li.ask("told").items() if code == target))
        li.deed("split")
        li.page.locator("dialog input").fill("2")
        press("Enter")
        li.page.locator("#accept").click()
        li.saved(6)
        assert li.page.locator("#fault-count").inner_text() == "0", "both are in band again"

        # publish
        li.page.locator("#publish").click()
        li.page.locator("dialog [name=version]").fill("第一版")
        li.page.locator("dialog [type=submit]").click()
        li.page.get_by_text("已发布为第 1 号版本").wait_for(timeout=60_000)
        li.clean()
