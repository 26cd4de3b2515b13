"""Addresses that show nothing: a page for people, problem details for programs, and where an old notice board leads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from browsing import PHONE, running
from finding import answer, axe, becomes, finding
from pg import postgis_cluster, postgis_url  # noqa: F401 - fixtures
from plans import URBAN_1, VILLAGE, tiny_plan
from signing import problem
from test_find_page import AXE

from geo_grid.desk import Desk
from geo_grid.store import open_store
from webmap import Settings, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Accept-Language": "zh-CN,zh;q=0.9"}
ENGLISH = BROWSER | {"Accept-Language": "en-GB,en;q=0.9"}
GONE, HEIR = f"{URBAN_1}0010104", f"{URBAN_1}0010103"


def redrawn(url: str) -> Flask:
    """Return a service of a plan of which a grid was merged into its neighbour after its first publication."""
    store = open_store(url)
    store.write(tiny_plan())
    desk = Desk(store)
    desk.publisher.publish(name="v1", author="li", note="")
    for op in (
        {"op": "merge", "grids": [GONE, HEIR], "into": HEIR},
        {"op": "excuse", "grid": HEIR, "reason": "one house"},
    ):
        desk.edit(URBAN_1, desk.ledger.head(URBAN_1).number, op, author="li")
    desk.publisher.publish(name="v2", author="li", note="")
    desk.close()
    return create_app(url, settings=Settings(public_limit="1000000 per minute"))


@pytest.fixture(params=["file", "database"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FlaskClient]:
    app = redrawn(str(tmp_path / "plan.gpkg") if request.param == "file" else request.getfixturevalue("postgis_url"))
    yield app.test_client()
    app.extensions["office"].close()


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    app = redrawn(str(tmp_path_factory.mktemp("old") / "plan.gpkg"))
    yield app
    app.extensions["office"].close()


def test_a_retired_code_names_its_successors(both: FlaskClient) -> None:
    for path in (f"lookup/{GONE}", f"grids/{GONE}", f"grids/{GONE}/staff", f"grids/{GONE}/shape"):
        told = problem(both.get(f"/api/v1/{path}"), 404, "unknown_code")["retired"]
        assert (told["code"], told["version"]) == (GONE, 1)
        assert [row["code"] for row in told["successors"]] == [HEIR]
        assert told["successors"][0]["area"] == "凤山社区"
        assert told["ended_at"] > told["made_at"]
        assert told["as_of"] is None, "both versions are of one day"
    assert "retired" not in problem(both.get("/api/v1/lookup/nobody"), 404, "unknown_code")
    assert both.get("/api/v1/lookup/141102%00").status_code == 400


def test_a_day_on_which_it_stood_is_told(old: Flask) -> None:
    from webmap.public.retired import _day_of

    row = {"made_at": "2026-03-01T15:00:00+00:00"}
    assert _day_of(row, {"made_at": "2026-03-01T17:00:00+00:00"}, 8.0) == "2026-03-01"
    assert _day_of(row, {"made_at": "2026-03-01T15:59:00+00:00"}, 8.0) is None
    assert _day_of(row, None, 8.0) == "2026-03-01"


def test_a_grid_nobody_goes_on_with_leaves_its_area(old: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webmap.public.retired._Walk.heirs", lambda *_: [])
    client = old.test_client()
    told = problem(client.get(f"/api/v1/lookup/{GONE}"), 404, "unknown_code")["retired"]
    assert (told["area"], told["successors"]) == ({"code": URBAN_1, "name": "凤山社区"}, [])
    page = client.get(f"/board/{GONE}", headers=BROWSER).get_data(as_text=True)
    assert "它原来在凤山社区，没有接续的网格" in page


def test_a_retired_code_can_be_searched(old: Flask, browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(old) as address, finding(browser, address, size=PHONE, locale="zh-CN") as visit:
        visit.page.locator("#query").fill(GONE)
        hit = visit.page.get_by_role("option", name=GONE)
        hit.wait_for()
        assert "已经调整" in hit.inner_text()
        visit.page.locator("#query").press("Enter")
        becomes(visit, "这个网格已经调整")
        assert visit.page.locator(f".side[data-grid='{HEIR}']").count() == 1
        monkeypatch.setattr("webmap.public.retired._Walk.heirs", lambda *_: [])
        with visit.page.expect_response(lambda got: f"areas/{URBAN_1}" in got.url):
            visit.page.goto(f"{address}find?grid={GONE}")
        becomes(visit, "这个网格已经调整")
        assert "它原来在凤山社区" in visit.page.locator("#answer").inner_text()


def test_successors_are_followed_through_versions() -> None:
    import pandas as pd

    from webmap.public.retired import _Walk

    rows = pd.DataFrame(
        [
            (2, "a", "a", 9, "kept"),
            (3, "a", "b", 5, "split"),
            (3, "a", "c", 7, "split"),
            (4, "c", None, 0, "retired"),
            (4, "b", "d", 5, "moved"),
            (4, "e", "e", 1, "kept"),
        ],
        columns=["version", "old_code", "new_code", "households", "kind"],
    )

    class Ledger:
        def lineage(self, *, code: str) -> pd.DataFrame:
            return rows[(rows["old_code"] == code) | (rows["new_code"] == code)]

    walk = _Walk(Ledger(), 4)
    assert walk.end("a") == (3, ["c", "b"])
    assert walk.heirs("a", {"d", "e"}.__contains__) == ["d"]
    assert walk.end("e") is None
    assert walk.end("nobody") is None
    assert _Walk(Ledger(), 2).end("a") is None


def test_people_get_a_page_and_programs_problem_details(old: Flask) -> None:
    client = old.test_client()
    for path, said, meant in (
        (f"/board/{GONE}", "这个网格已经调整", "This grid was redrawn"),
        ("/board/99", "没有这个编码", "No such code"),
        (f"/board/{URBAN_1}", "请选择网格", "Choose a grid"),
        ("/nothing/of/that/kind", "没有这个网页", "No such page"),
    ):
        for headers, text in ((BROWSER, said), (ENGLISH, meant)):
            page = client.get(path, headers=headers)
            assert (page.status_code, page.mimetype) == (404, "text/html"), path
            assert f"<h2>{text}</h2>" in page.get_data(as_text=True)
            assert page.headers["Cache-Control"] == "no-store"
            assert "Accept" in page.vary
        assert client.get(path).mimetype == "application/problem+json", path
    assert client.get("/api/v1/lookup/99", headers=BROWSER).mimetype == "application/problem+json"
    assert client.get("/tiles/v99.pmtiles", headers=BROWSER).mimetype == "application/problem+json"
    assert client.get(f"/find?grid={GONE}", headers=BROWSER).status_code == 200


def test_words_of_an_address_are_escaped(old: Flask) -> None:
    page = old.test_client().get("/board/%3Cscript%3Ealert(1)%3C%2Fscript%3E".replace("%2F", "x"), headers=BROWSER)
    assert page.status_code == 404
    assert "<script>" not in page.get_data(as_text=True)


def test_a_board_that_is_no_more_leads_to_those_that_are(old: Flask, browser: Any) -> None:
    with (
        running(old) as address,
        finding(browser, address, f"find?grid={GONE}", size=PHONE, bypass_csp=True) as visit,
    ):
        assert answer(visit) == "这个网格已经调整"
        assert GONE in visit.page.locator("#answer").inner_text()
        assert axe(visit, AXE) == []
        visit.picture("find-retired")
        visit.page.locator(f".side[data-grid='{HEIR}']").click()
        becomes(visit, f"第{HEIR[12:]}网格")
        visit.page.wait_for_load_state("networkidle")
        assert visit.elsewhere == []
        visit.page.goto(f"{address}board/{GONE}")
        assert visit.page.locator("h2").inner_text() == "这个网格已经调整"
        assert visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert axe(visit, AXE) == []
        visit.picture("find-fault")
        visit.page.locator(".side").click()
        assert visit.page.url.startswith(f"{address}board/{HEIR}")


def test_where_a_grid_was_is_drawn(old: Flask, browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    library = old.extensions["library"]
    library.open()
    days = ("2026-01-10T12:00:00+00:00", library.versions[1]["made_at"])
    monkeypatch.setattr(
        library, "_versions", [row | {"made_at": day} for row, day in zip(library.versions, days, strict=True)]
    )
    with running(old) as address, finding(browser, address, f"find#grid={GONE}&lang=en", size=PHONE) as visit:
        assert answer(visit) == "This grid was redrawn"
        with visit.page.expect_response(lambda got: "as_of=2026-01-10" in got.url) as got:
            visit.page.get_by_role("button", name="Show where it was").click()
        assert got.value.status == 200
        visit.settle()
        visit.page.wait_for_load_state("networkidle")  # a part of an archive that is let go half read stays open
        assert visit.elsewhere == []


def test_an_unpublished_plan_knows_of_no_retired_codes(client: FlaskClient) -> None:
    assert "retired" not in problem(client.get(f"/api/v1/lookup/{VILLAGE}099"), 404, "unknown_code")
