"""Numbers over the web: public without small counts, exact with vacancies to those who are signed in, as workbooks."""

from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from placed import CODES, LISHI, LIULIN, OTHER, TOWN, TOWNSHIP, placed_plan
from plans import EMPTY, VILLAGE
from signing import add, problem, sign_in

from geo_grid.store import open_store
from webmap import create_app
from webmap.atlas import Atlas, PublicPlan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    path: Path = tmp_path_factory.mktemp("numbers") / "plan.gpkg"
    with open_store(path) as store:
        store.write(placed_plan())
    made = create_app(path)
    add(made, "wang", "administrator")
    add(made, "li", "inspector", LIULIN)
    yield made
    made.extensions["office"].close()


def asked(app: Flask, path: str) -> Any:
    answer = app.test_client().get(f"/api/v1/{path}")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json(force=True)


def test_counties_and_townships_with_borders(app: Flask) -> None:
    found = asked(app, "places")
    places = {feature["properties"]["code"]: feature for feature in found["features"]}
    assert set(places) == {LISHI, LIULIN, TOWN, TOWNSHIP, OTHER}
    assert [places[code]["properties"]["level"] for code in (LIULIN, OTHER)] == ["county", "township"]
    assert places[OTHER]["properties"]["parent"] == LIULIN
    assert places[OTHER]["properties"]["households"] == "<10"
    assert places[OTHER]["properties"]["per_grid"] is None
    assert found["city"]["households"] == 1173
    west, south, east, north = places[LIULIN]["properties"]["bounds"]
    lon, lat = places[LIULIN]["properties"]["label"]
    assert west < lon < east
    assert south < lat < north
    exact = asked(app, f"places/{LIULIN}")
    assert exact["properties"]["grids"] == places[LIULIN]["properties"]["grids"]
    problem(app.test_client().get("/api/v1/places/999999"), 404, "unknown_code")


@pytest.mark.parametrize("query", ["庄上镇", "庄上", "zhuangshang", "zsz", TOWNSHIP])
def test_townships_are_found(app: Flask, query: str) -> None:
    hits = asked(app, f"search?q={query}")["hits"]
    hit = next(each for each in hits if each["kind"] == "place")
    assert (hit["code"], hit["name"], hit["places"]) == (TOWNSHIP, "庄上镇", ["柳林县"])
    west, south, east, north = hit["bounds"]
    assert west < hit["at"][0] < east
    assert south < hit["at"][1] < north
    box = asked(app, f"places/{TOWNSHIP}")["properties"]["bounds"]
    assert hit["bounds"] == pytest.approx(box, abs=1e-4)


def test_counties_are_found_before_what_is_in_them(app: Flask) -> None:
    hits = asked(app, "search?q=柳林")["hits"]
    assert (hits[0]["kind"], hits[0]["code"]) == ("place", LIULIN)
    assert all(each["kind"] != "place" for each in asked(app, "search?q=l")["hits"]), "a letter begins too many"


def test_areas_that_belong_to_no_place() -> None:
    plan = placed_plan()
    codes = {code: f"area {number}" for number, code in enumerate(CODES.values())}
    plan.tables["areas"] = plan["areas"].assign(code=plan["areas"]["code"].map(codes), parent_code=None)
    for name in ("grids", "units"):
        plan.tables[name] = plan[name].assign(area_code=plan[name]["area_code"].map(codes))
    atlas = Atlas(PublicPlan(plan))
    found = json.loads(atlas.places())
    assert found["features"] == []
    assert found["city"]["areas"] == 4
    assert len(json.loads(atlas.figures())["rows"]) == 4


def test_figures_of_areas_in_columns(app: Flask) -> None:
    found = asked(app, "figures")
    rows = {row[0]: dict(zip(found["columns"], row, strict=True)) for row in found["rows"]}
    assert set(rows) == set(CODES.values())
    assert rows[CODES[EMPTY]]["households"] == "<10"
    assert rows[CODES[VILLAGE]]["parent"] == TOWNSHIP
    assert rows[CODES[VILLAGE]]["grids_1"] == 4
    river = sum(row["river:m"] for row in rows.values())
    whole = next(item for item in asked(app, "dashboard")["city"]["elements"] if item["class"] == "river")
    assert river == pytest.approx(whole["measure"], abs=0.5)


def test_public_numbers(app: Flask) -> None:
    found = asked(app, "dashboard")
    assert (found["exact"], found["sample"], found["version"]) == (False, True, None)
    assert [place["code"] for place in found["counties"]] == [LISHI, LIULIN]
    assert "vacant" not in found["city"]
    assert "areas" not in found, "a list of them is asked for by itself"
    answer = app.test_client().get("/api/v1/dashboard")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    again = app.test_client().get("/api/v1/dashboard", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_staff_are_told_what_their_codes_cover(app: Flask) -> None:
    everything = sign_in(app, "wang").get("/api/v1/dashboard/staff").get_json()
    assert everything["exact"]
    assert everything["city"]["vacant"] == everything["city"]["grids"]
    bounded = sign_in(app, "li").get("/api/v1/dashboard/staff").get_json()
    assert bounded["prefix"] == LIULIN
    assert {place["code"] for place in bounded["areas"]} == {CODES[VILLAGE], CODES[EMPTY]}
    assert {place["code"]: place["households"] for place in bounded["areas"]}[CODES[EMPTY]] == 0
    assert [place["code"] for place in bounded["counties"]] == [LIULIN]


def test_a_new_worker_fills_a_vacancy(app: Flask) -> None:
    visitor = sign_in(app, "wang")
    before = visitor.get("/api/v1/dashboard/staff").get_json()["city"]["vacant"]
    answer = visitor.post(f"/api/v1/people/grids/{CODES[VILLAGE]}001/staff", {"name": "王五"})
    assert answer.status_code == 201
    assert visitor.get("/api/v1/dashboard/staff").get_json()["city"]["vacant"] == before - 1


def test_workbooks(app: Flask) -> None:
    answer = app.test_client().get("/api/v1/dashboard.xlsx?lang=en")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="grids-v0.xlsx"'
    book = openpyxl.load_workbook(BytesIO(answer.data))
    cells = {str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "<10" in cells
    assert "Vacancies" not in cells
    again = app.test_client().get("/api/v1/dashboard.xlsx?lang=en", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    inside = sign_in(app, "li").get("/api/v1/dashboard/staff.xlsx?lang=en")
    assert inside.headers["Cache-Control"] == "no-store"
    found = openpyxl.load_workbook(BytesIO(inside.data))
    assert [row[0].value for row in found["Areas"].iter_rows(min_row=2)] == [CODES[VILLAGE], CODES[EMPTY]]
    assert "Vacancies" in [cell.value for cell in found["Areas"][1]]
