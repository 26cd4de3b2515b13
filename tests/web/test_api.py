"""The data interface: what it answers, how it refuses, and what it never tells."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest
import shapely
from plans import EMPTY, URBAN_1, VILLAGE, tiny_plan

from geo_grid.store import open_store
from webmap import BaseMap, Settings, create_app
from webmap.atlas.source import PUBLIC

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

PATHS = [
    "summary",
    "areas",
    f"areas/{URBAN_1}",
    f"areas/{URBAN_1}/grids?level=2",
    f"areas/{URBAN_1}/units",
    f"areas/{VILLAGE}/elements",
    f"grids/{VILLAGE}003",
    "search?q=凤山",
    "exceptions",
    f"exceptions?area={VILLAGE}",
]


@pytest.mark.parametrize("path", PATHS)
def test_answers_may_be_reused(client: FlaskClient, path: str) -> None:
    first = client.get(f"/api/v1/{path}")
    assert first.status_code == 200
    assert first.cache_control.public
    assert not first.headers.getlist("Set-Cookie")
    assert first.cache_control.max_age == 60
    again = client.get(f"/api/v1/{path}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    packed = client.get(f"/api/v1/{path}", headers={"Accept-Encoding": "gzip"})
    if packed.headers.get("Content-Encoding"):
        assert gzip.decompress(packed.data) == first.data
    else:
        assert len(first.data) < 1000


def test_geojson_is_in_degrees(client: FlaskClient) -> None:
    collection = client.get("/api/v1/areas").get_json()
    assert client.get("/api/v1/areas").mimetype == "application/geo+json"
    for feature in collection["features"]:
        west, south, east, north = shapely.from_geojson(json.dumps(feature["geometry"])).bounds
        assert 111.1 < west < east < 111.2
        assert 37.5 < south < north < 37.6
        assert feature["properties"]["bounds"] == [west, south, east, north]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("areas/nowhere", 404, "unknown_code"),
        ("areas/nowhere/grids", 404, "unknown_code"),
        ("areas/nowhere/units", 404, "unknown_code"),
        ("areas/nowhere/elements", 404, "unknown_code"),
        ("grids/nobody", 404, "unknown_code"),
        ("exceptions?area=nowhere", 404, "unknown_code"),
        (f"areas/{URBAN_1}/grids?level=4", 400, "bad_request"),
        (f"areas/{URBAN_1}/grids?level=0", 400, "bad_request"),
        (f"areas/{URBAN_1}/grids?level=%C2%B2", 400, "bad_request"),
        (f"areas/{URBAN_1}/grids?level=x", 400, "bad_request"),
        ("exceptions?offset=-1", 400, "bad_request"),
        ("exceptions?offset=99999999999999999999", 400, "bad_request"),
        (f"search?q={'x' * 101}", 400, "bad_request"),
        ("summary?datum=GCJ02", 400, "bad_request"),
        ("nothing", 404, "not_found"),
    ],
)
def test_refusals_are_problem_details(client: FlaskClient, path: str, status: int, code: str) -> None:
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    body = json.loads(answer.data)
    assert (body["status"], body["code"]) == (status, code)
    assert answer.headers["Cache-Control"] == "no-store"


def test_only_get_is_answered(client: FlaskClient) -> None:
    answer = client.post("/api/v1/summary")
    assert (answer.status_code, answer.mimetype) == (405, "application/problem+json")


def test_nothing_of_a_household_is_ever_told(tmp_path: Path) -> None:
    """Plant a marker in everything that is not public, ask everything, and look for it."""
    plan = tiny_plan()
    marker = "PLANTED"
    households = plan["households"]
    for column in ("id", "source", "entrance", "address", "building", "group"):
        households[column] = [f"{marker}-{column}-{i}" for i in range(len(households))]
    plan["quarantine"]["raw"] = marker
    plan["quarantine"]["reason"] = marker
    plan.meta["notes"] = [marker]
    plan.meta["sources"] = {marker: marker}
    units = plan["units"]
    units["id"] = [f"{marker}-{i}" for i in range(len(units))]
    households["unit_id"] = units["id"].iloc[0]
    # the name of a single home can be an address
    units.loc[units["households"] < 5, "building"] = marker
    path = tmp_path / "plan.gpkg"
    open_store(path).write(plan)
    client = create_app(path).test_client()
    asked = [
        "/",
        "/api/v1/summary",
        "/api/v1/areas",
        "/api/v1/exceptions",
        f"/api/v1/search?q={marker}",
        *(f"/api/v1/areas/{code}{rest}" for code in plan["areas"]["code"] for rest in ("", "/units", "/elements")),
        *(f"/api/v1/areas/{code}/grids?level={level}" for code in plan["areas"]["code"] for level in (1, 2, 3)),
        *(f"/api/v1/grids/{code}" for code in plan["grids"]["code"]),
    ]
    positions = {f"{x:.5f}" for x in plan["households"].to_crs(4326).geometry.x}
    for address in asked:
        text = client.get(address).get_data(as_text=True)
        if "search" in address:
            assert json.loads(text)["hits"] == []
            continue
        assert marker not in text, address
    assert positions
    assert "households" not in PUBLIC
    assert "quarantine" not in PUBLIC


def test_city_figures(client: FlaskClient) -> None:
    summary = client.get("/api/v1/summary").get_json()
    assert (summary["areas"], summary["households"], summary["exceptions"], summary["sample"]) == (4, 1173, 6, True)
    assert [row["grids"] for row in summary["levels"]] == [8, 21, 74]
    empty = next(
        feature["properties"]
        for feature in client.get("/api/v1/areas").get_json()["features"]
        if feature["properties"]["code"] == EMPTY
    )
    assert empty["households"] == "<10"
    assert empty["exceptions"] == 2


def test_a_store_that_is_replaced_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "plan.gpkg"
    plan = tiny_plan()
    open_store(path).write(plan)
    client = create_app(path).test_client()
    before = client.get("/api/v1/summary")
    plan.meta["name"] = "另一市"
    open_store(path).write(plan)
    after = client.get("/api/v1/summary", headers={"If-None-Match": before.headers["ETag"]})
    assert after.get_json()["name"] == "另一市"


def test_a_store_that_goes_away_is_said_without_its_path(tmp_path: Path) -> None:
    path = tmp_path / "plan.gpkg"
    open_store(path).write(tiny_plan())
    client = create_app(path).test_client()
    path.unlink()
    answer = client.get("/api/v1/summary")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert str(tmp_path) not in answer.get_data(as_text=True)


def test_base_map_datum_is_shifted(store: Path) -> None:
    base = BaseMap(("https://tiles.example/{z}/{x}/{y}.png",), "Example", datum="GCJ02")
    client = create_app(store, settings=Settings(base_map=base)).test_client()
    plain = client.get("/api/v1/summary").get_json()["bounds"]
    shifted = client.get("/api/v1/summary?datum=GCJ02").get_json()["bounds"]
    # at Lishi the shift is 562 m to the east and 87 m to the north
    assert 540 < (shifted[0] - plain[0]) * 111_320 * 0.7933 < 585
    assert 70 < (shifted[1] - plain[1]) * 110_990 < 105
