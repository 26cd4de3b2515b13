"""Places, codes and names, as everybody may ask for them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import shapely
from pg import postgis_cluster, postgis_url  # noqa: F401 - fixtures
from plans import EMPTY, NAMES, URBAN_1, VILLAGE, tiny_plan
from pyproj import Transformer
from signing import problem

from geo_grid.desk import Desk
from geo_grid.read.datum import from_wgs84
from geo_grid.store import open_store
from webmap import Settings, create_app

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

DATUMS = ("WGS84", "GCJ02", "BD09", "CGCS2000")
UNLIMITED = dict.fromkeys(("lookup_limit", "public_limit", "bulk_limit", "version_limit"), "1000000 per minute")
TOP = f"{URBAN_1}001"


@pytest.fixture(params=["file", "database"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A store of either kind."""
    made = str(tmp_path / "plan.gpkg") if request.param == "file" else request.getfixturevalue("postgis_url")
    open_store(made).write(tiny_plan())
    return made


@pytest.fixture
def asked(store: Path) -> FlaskClient:
    return create_app(store, settings=Settings(**UNLIMITED)).test_client()


def degrees(xy: Any, datum: str = "WGS84") -> Any:
    plan = tiny_plan()
    lon, lat = Transformer.from_crs(plan.crs, 4326, always_xy=True).transform(*np.asarray(xy).T)
    return np.column_stack(from_wgs84(lon, lat, datum))


def middle(code: str) -> tuple[float, float]:
    grids = tiny_plan()["grids"].set_index("code")
    (lon, lat), *_ = degrees(shapely.get_coordinates(shapely.point_on_surface(grids["geom"][code])))
    return float(lon), float(lat)


def look(client: FlaskClient, place: Iterable[float], **more: Any) -> Any:
    lon, lat = place
    return client.get("/api/v1/lookup", query_string={"lon": lon, "lat": lat} | more)


@pytest.mark.parametrize("datum", DATUMS)
def test_answers_equal_an_independent_point_in_polygon(asked: FlaskClient, datum: str) -> None:
    """Random places, and places on borders and vertices, against shapely on the table of grids."""
    plan, noise = tiny_plan(), np.random.default_rng(3)
    grids = plan["grids"]
    finest = grids[~grids["code"].isin(grids["parent_code"].dropna())]
    shapes = finest["geom"].to_numpy()
    shared = plan["units"].groupby("stack_id").filter(lambda part: len(set(part["grid_code_l3"])) > 1)
    towers = shapely.union_all(shared["geom"].to_numpy()).buffer(0.1)
    west, south, east, north = shapely.total_bounds(shapes)
    anywhere = noise.uniform([west - 200, south - 200], [east + 200, north + 200], (60, 2))
    vertices = noise.permutation(shapely.get_coordinates(shapes))[:40]
    tree = shapely.STRtree(shapes)
    for place, (lon, lat) in zip([*anywhere, *vertices], degrees([*anywhere, *vertices], datum), strict=True):
        point = shapely.Point(place)
        if towers.intersects(point):
            continue  # there the floor decides
        answer = look(asked, (lon, lat), datum=datum)
        wanted = {finest["code"].iloc[row] for row in tree.query(point, predicate="dwithin", distance=0.01)}
        if not wanted:
            body = problem(answer, 404, "outside")
            distance = shapely.distance(shapes, point)
            near = finest["area_code"].iloc[int(distance.argmin())]
            assert body["nearest"]["metres"] == round(distance.min())
            assert near in body["nearest"]["area"]["code"] or np.sum(distance < distance.min() + 1e-6) > 1
            continue
        told = answer.get_json()
        sides = told.get("sides") or [{"grids": told["grids"]}]
        assert {side["grids"][-1]["code"] for side in sides} == wanted
        assert told["border"] is (len(wanted) > 1)


def test_an_answer_says_all_that_is_promised(asked: FlaskClient) -> None:
    told = look(asked, middle(f"{VILLAGE}00201")).get_json()
    assert told["area"] == {"code": VILLAGE, "name": NAMES[VILLAGE]}
    assert [grid["level"] for grid in told["grids"]] == [1, 2]
    assert told["grids"][0]["households"] == "<10"
    assert told["grids"][0]["staff"] == []
    assert {"class", "name", "grid"} == set(told["elements"][0])
    assert told["ask_floor"] is None
    assert told["border"] is False
    assert "sides" not in told


def test_inside_a_shared_building_the_floor_is_asked_for(asked: FlaskClient) -> None:
    place = middle(f"{URBAN_1}0010101")
    told = look(asked, place).get_json()
    assert [grid["code"] for grid in told["grids"]] == [TOP, f"{TOP}01"], "as far as all floors agree"
    assert told["ask_floor"]["building"] == "1号楼"
    ranges = {tuple(each["floors"]): each["grid"] for each in told["ask_floor"]["ranges"]}
    assert ranges == {(1, 3): f"{TOP}0101", (4, 6): f"{TOP}0102"}
    for floor, (low, high), code in ((2, (1, 3), f"{TOP}0101"), (5, (4, 6), f"{TOP}0102")):
        answer = look(asked, place, floor=floor).get_json()
        assert answer["ask_floor"] is None
        assert answer["grids"][-1]["code"] == code
        assert answer["grids"][-1]["floors"] == [low, high]
    assert look(asked, place, floor=99).get_json()["ask_floor"] is not None, "no floor of this building"


def test_floors_of_a_small_building_are_not_told(tmp_path: Path) -> None:
    plan = tiny_plan()
    plan["units"].loc[plan["units"]["stack_id"] == "s-1", "households"] = 2
    open_store(tmp_path / "plan.gpkg").write(plan)
    client = create_app(tmp_path / "plan.gpkg", settings=Settings(names_from=5)).test_client()
    told = look(client, middle(f"{URBAN_1}0010101")).get_json()
    assert told["ask_floor"] is None
    assert "1号楼" not in str(told)
    assert {side["grids"][-1]["code"] for side in told["sides"]} == {f"{TOP}0101", f"{TOP}0102"}


def test_outside_the_nearest_is_named(asked: FlaskClient) -> None:
    lon, lat = middle(f"{EMPTY}001")
    body = problem(look(asked, (lon + 0.02, lat)), 404, "outside")
    assert body["title"] == "No area is at this place"
    assert body["nearest"]["area"]["code"] in NAMES
    assert 0 < body["nearest"]["metres"] < 3000
    assert problem(look(asked, (0, 0)), 404, "outside")["nearest"] is None


@pytest.mark.parametrize(
    "query",
    [
        "",
        "lon=1",
        "lon=x&lat=1",
        "lon=nan&lat=1",
        "lon=181&lat=1",
        "lon=1&lat=91",
        "lon=1&lat=1&datum=NAD27",
        "lon=1&lat=1&floor=x",
        "lon=1&lat=1&as_of=yesterday",
        "lon=1&lat=1&as_of=2026-02-30",
    ],
)
def test_what_is_no_place_is_refused(asked: FlaskClient, query: str) -> None:
    problem(asked.get(f"/api/v1/lookup?{query}"), 400, "bad_request")


# many places


def test_bulk_equals_single(asked: FlaskClient) -> None:
    places = degrees(np.random.default_rng(5).uniform((511_000, 4_154_000), (512_200, 4_155_000), (50, 2)))
    codes = asked.post("/api/v1/lookup/bulk", json={"points": places.tolist()}).get_json()["codes"]
    for place, found in zip(places, codes, strict=True):
        single = look(asked, place)
        if found is None:
            assert single.status_code == 404
            continue
        told = single.get_json()
        chain = [grid["code"] for grid in told["grids"]]
        assert found[: len(chain)] == chain


def test_bulk_has_a_size(asked: FlaskClient, store: Path) -> None:
    small = create_app(store, settings=Settings(bulk_points=3)).test_client()
    assert small.post("/api/v1/lookup/bulk", json={"points": [[111, 37]] * 3}).status_code == 200
    problem(small.post("/api/v1/lookup/bulk", json={"points": [[111, 37]] * 4}), 422, "invalid")
    assert asked.post("/api/v1/lookup/bulk", json={"points": []}).get_json()["codes"] == []
    for body in (
        {"points": [[1]]},
        {"points": [[1, 2, 3]]},
        {"points": [["a", 1]]},
        {"points": [["1", 1]]},
        {"points": [[True, 1]]},
        {"datum": "WGS84"},
        {"points": 1},
    ):
        problem(asked.post("/api/v1/lookup/bulk", json=body), 422, "invalid")
    problem(asked.post("/api/v1/lookup/bulk", json={"points": [], "as_of": "2026-02-30"}), 400, "bad_request")


# codes and names


def items(client: FlaskClient, path: str, **more: Any) -> list[dict[str, Any]]:
    return client.get(f"/api/v1/grids/{path}", query_string=more).get_json()["items"]


def test_kin(asked: FlaskClient) -> None:
    grids = tiny_plan()["grids"]
    below = grids[grids["parent_code"] == TOP]["code"].tolist()
    assert [row["code"] for row in items(asked, f"{TOP}/children")] == sorted(below)
    assert [row["code"] for row in items(asked, f"{TOP}0101/parents")] == [URBAN_1, TOP, f"{TOP}01"]
    beside = {row["code"]: row["border_metres"] for row in items(asked, f"{TOP}/neighbours")}
    assert beside[f"{URBAN_1}002"] > 0
    assert {row["level"] for row in items(asked, f"{TOP}/neighbours")} == {1}
    assert [row["code"] for row in items(asked, f"{URBAN_1}/children")] == [TOP, f"{URBAN_1}002"]
    for rest in ("children", "parents", "neighbours", "elements", "staff", "shape"):
        problem(asked.get(f"/api/v1/grids/nobody/{rest}"), 404, "unknown_code")


def test_lists_are_paged(store: Path) -> None:
    client = create_app(store, settings=Settings(answer_rows=2, **UNLIMITED)).test_client()
    whole = [row["code"] for offset in (0, 2, 4) for row in items(client, f"{TOP}/children", offset=offset, limit=50)]
    assert len(whole) == len(set(whole)) == 4
    assert client.get(f"/api/v1/grids/{TOP}/children").get_json()["total"] == 4


@pytest.mark.parametrize("datum", DATUMS)
def test_shapes_are_geojson_in_the_datum_asked_for(asked: FlaskClient, datum: str) -> None:
    grids = tiny_plan()["grids"].set_index("code")
    feature = asked.get(f"/api/v1/grids/{TOP}/shape?datum={datum}")
    assert feature.mimetype == "application/geo+json"
    told = shapely.get_coordinates(shapely.geometry.shape(feature.get_json()["geometry"]))
    assert np.abs(told - degrees(shapely.get_coordinates(grids["geom"][TOP]), datum)).max() < 1e-7
    page = asked.get(f"/api/v1/grids/{TOP}/children?format=geojson&datum={datum}")
    assert page.mimetype == "application/geo+json"
    assert [each["id"] for each in page.get_json()["features"]] == [
        row["code"] for row in items(asked, f"{TOP}/children")
    ]


@pytest.mark.parametrize(
    ("query", "first"), [("fengshan", URBAN_1), ("fs", URBAN_1), ("凤山", URBAN_1), (f"{VILLAGE}003", f"{VILLAGE}003")]
)
def test_search_by_name_pinyin_and_code(asked: FlaskClient, query: str, first: str) -> None:
    hit = asked.get("/api/v1/search", query_string={"q": query}).get_json()["hits"][0]
    assert hit["code"] == first
    assert look(asked, hit["at"]).get_json()["area"]["code"] == hit["area"]


def test_a_building_is_found_with_its_grids(asked: FlaskClient) -> None:
    hits = asked.get("/api/v1/search?q=凤山一号楼").get_json()["hits"]
    assert (hits[0]["kind"], hits[0]["grids"]) == ("building", [f"{TOP}0101", f"{TOP}0102"])


# people


class Roster:
    """People of whom one agreed that the phone is published."""

    version = 1

    def stamp(self) -> str:
        return str(self.version)

    def staff(self, codes: Iterable[str], on: dt.date) -> dict[str, list[dict[str, Any]]]:
        self.on = on
        one = {"name": f"王{self.version}", "role": "网格员", "phone": None}
        return {code: [one] if code == TOP else [] for code in codes}


def test_staff_comes_from_whoever_knows_it(store: Path) -> None:
    roster = Roster()
    client = create_app(store, people=roster).test_client()
    first = look(client, middle(f"{TOP}0203"))
    assert first.get_json()["grids"][0]["staff"] == [{"name": "王1", "role": "网格员", "phone": None}]
    assert roster.on == dt.datetime.now().astimezone().date()
    told = client.get(f"/api/v1/grids/{TOP}0203/staff").get_json()
    assert told["staff"] == []
    assert [row["staff"] != [] for row in told["above"]] == [False, True, False]
    roster.version = 2
    again = client.get(first.request.full_path, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200, "a new roster is a new answer"
    assert again.get_json()["grids"][0]["staff"][0]["name"] == "王2"


# days and versions


@pytest.fixture
def dated(url: str) -> Iterator[tuple[Flask, list[str]]]:
    """A store with two versions, and the moments they were published."""
    store = open_store(url)
    desk = Desk(store)
    desk.publisher.publish(name="v1", author="li", note="")
    base = desk.ledger.head(URBAN_1).number
    desk.edit(URBAN_1, base, {"op": "rename", "grid": TOP, "name": "东片"}, author="li")
    desk.publisher.publish(name="v2", author="li", note="")
    made = [row["made_at"] for row in desk.ledger.versions()]
    desk.close()
    app = create_app(url, settings=Settings(**UNLIMITED))
    yield app, made
    app.extensions["office"].close()


def test_a_day_is_answered_by_what_was_published_then(
    dated: tuple[Flask, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, made = dated
    client, library = app.test_client(), app.extensions["library"]
    library.open()
    library._versions = [
        row | {"made_at": day}
        for row, day in zip(library._versions, ("2026-01-10T12:00:00+00:00", made[1]), strict=True)
    ]

    def name(**query: Any) -> tuple[int | None, str]:
        told = look(client, middle(f"{TOP}0203"), **query).get_json()
        return told["version"], told["grids"][0]["name"]

    assert name() == (2, "东片")
    assert name(as_of="2026-01-10") == (1, f"{NAMES[URBAN_1]}第001网格")
    assert name(as_of="9999-12-31") == (2, "东片")
    assert client.get(f"/api/v1/grids/{TOP}?as_of=2026-01-11").get_json()["name"] != "东片"
    assert client.get("/api/v1/areas?as_of=2026-01-11").status_code == 200
    body = problem(look(client, middle(TOP), as_of="2026-01-09"), 404, "no_version")
    assert body["first"] == "2026-01-10T12:00:00+00:00"
    bulk = client.post("/api/v1/lookup/bulk", json={"points": [middle(TOP)], "as_of": "2026-01-10"}).get_json()
    assert bulk["version"] == 1
    assert len(library._earlier) == 1


def test_a_day_ends_with_the_clocks_of_the_office() -> None:
    from webmap.public.edition import day_end

    assert day_end(dt.date(2026, 3, 1), 8.0) == "2026-03-01T15:59:59.999999+00:00"
    assert day_end(dt.date(2026, 3, 1), 0.0) < "2026-03-02"
    assert day_end(dt.date(9999, 12, 31), -12.0).startswith("9999")


def test_few_earlier_versions_are_kept(dated: tuple[Flask, list[str]]) -> None:
    app, _ = dated
    library = app.extensions["library"]
    counted = []
    first = library.version(1, lambda: counted.append(1))
    assert library.version(1, lambda: counted.append(1)) is first
    assert counted == [1]
    none = create_app(library.store_url, settings=Settings(editions_kept=0)).extensions["library"]
    assert none.version(1) is not none.version(1)


def test_reading_earlier_versions_is_limited(dated: tuple[Flask, list[str]]) -> None:
    app, _ = dated
    url = app.extensions["library"].store_url
    client = create_app(url, settings=Settings(editions_kept=0, version_limit="2 per minute")).test_client()
    answers = [client.get("/api/v1/crosswalk?from=1&to=1&offset=" + str(turn)) for turn in range(2)]
    assert answers[0].status_code == 200
    problem(answers[1], 429, "too_many")


def test_crosswalk(dated: tuple[Flask, list[str]]) -> None:
    app, _ = dated
    told = app.test_client().get("/api/v1/crosswalk?from=1").get_json()
    assert (told["from"], told["to"]) == (1, 2)
    assert {row["kind"] for row in told["items"]} == {"kept"}
    assert {row["old"] for row in told["items"]} == set(tiny_plan()["grids"]["code"])
    one = app.test_client().get(f"/api/v1/crosswalk?from=1&to=2&code={TOP}").get_json()
    assert one["items"] == [{"level": 1, "old": TOP, "new": TOP, "kind": "kept"}]
    problem(app.test_client().get("/api/v1/crosswalk?from=3"), 400, "bad_request")
    problem(app.test_client().get("/api/v1/crosswalk?from=1&to=3"), 404, "no_version")


def test_crosswalk_over_several_versions() -> None:
    import pandas as pd

    from webmap.public.versions import crosswalk

    first = pd.DataFrame([(1, "a", "b", "moved"), (1, "a", "c", "split"), (1, "d", "d", "kept")], columns=COLUMNS)
    second = pd.DataFrame([(1, "b", "d", "merged"), (1, None, "e", "new"), (1, "c", None, "retired")], columns=COLUMNS)
    rows = crosswalk({"a": 1, "d": 1, "x": 1, "y": 1}, {"d": 1, "e": 1, "x": 1}, [first, second])
    assert [(row["old"], row["new"], row["kind"]) for row in rows] == [
        ("a", "d", "changed"),
        ("d", "d", "kept"),
        ("x", "x", "kept"),
        ("y", None, "retired"),
        (None, "e", "new"),
    ]


COLUMNS = ["level", "old_code", "new_code", "kind"]


def test_areas_are_paged(store: Path) -> None:
    client = create_app(store, settings=Settings(answer_rows=3, **UNLIMITED)).test_client()
    pages = [client.get(f"/api/v1/areas?offset={offset}").get_json() for offset in (0, 3, 6)]
    assert [page["total"] for page in pages] == [4] * 3
    assert [len(page["features"]) for page in pages] == [3, 1, 0]
    codes = [each["properties"]["code"] for page in pages for each in page["features"]]
    assert sorted(codes) == sorted(NAMES)
    assert len(client.get("/api/v1/areas?limit=2").get_json()["features"]) == 2
    assert len(client.get("/api/v1/areas?limit=50").get_json()["features"]) == 3
    first, again = (client.get(f"/api/v1/areas?offset={offset}") for offset in (0, 1))
    assert first.headers["ETag"] != again.headers["ETag"]
