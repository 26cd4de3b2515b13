"""Redrawing over the web: what a change answers, how it is refused, and who hears of it; on both kinds of store."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import pytest
import shapely
from pg import postgis_cluster, postgis_url  # noqa: F401 - fixtures
from plans import EMPTY, URBAN_1, URBAN_2, VILLAGE, tiny_plan
from signing import Visitor, add, problem, sign_in

from geo_grid.store import open_store
from webmap import BaseMap, Settings, create_app
from webmap.desk import models

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

TOP, OTHER = f"{URBAN_1}001", f"{URBAN_1}002"
LEAF, BESIDE = f"{TOP}0101", f"{TOP}0102"
RENAME = {"op": "rename", "grid": TOP, "name": "东片"}
#: Around the two lowest cells of the first grid of level 2.
BOX = [[111.1244, 37.5179], [111.1256, 37.5179], [111.1256, 37.5189], [111.1244, 37.5189], [111.1244, 37.5179]]


@pytest.fixture(params=["gpkg", "postgis"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    url = str(tmp_path / "plan.gpkg") if request.param == "gpkg" else request.getfixturevalue("postgis_url")
    with open_store(url) as store:
        store.write(tiny_plan())
    made = create_app(url, settings=Settings(workers=1, edits_limit="10000 per minute"))
    add(made, "li", "planner")
    yield made
    made.extensions["office"].close()


@pytest.fixture
def li(app: Flask) -> Visitor:
    return sign_in(app, "li")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Somebody who looks and is refused; nothing of that is stored, so one service does for all such tests."""
    store = tmp_path_factory.mktemp("desk") / "plan.gpkg"
    open_store(store).write(tiny_plan())
    base = BaseMap(("https://tiles.example/{z}/{x}/{y}.png",), "Example", datum="GCJ02")
    app = create_app(store, settings=Settings(workers=1, base_map=base, edits_limit="10000 per minute"))
    add(app, "li", "planner")
    yield sign_in(app, "li")
    app.extensions["office"].close()


def path(rest: str = "", area: str = URBAN_1) -> str:
    return f"/api/v1/desk/areas/{area}{rest}"


def edit(visitor: Visitor, base: int, body: dict[str, Any], area: str = URBAN_1) -> dict[str, Any]:
    answer = visitor.post(path("/edits", area), body, base=base)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    told = answer.get_json()
    assert answer.headers["ETag"] == f'"{told["revision"]}"'
    models.Changed.model_validate(told)
    return told


def grids(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {grid["code"]: grid | {"geometry": same(grid["geometry"])} for grid in view["grids"]}


def units(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return by_id(view["units"]["features"])


def by_id(features: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {feature["id"]: feature | {"geometry": same(feature["geometry"])} for feature in features}


def same(geometry: dict[str, Any]) -> str:
    """Return a geometry as a text that does not depend on where its rings begin."""
    return shapely.normalize(shapely.geometry.shape(geometry)).wkt


def test_areas_are_listed_with_their_drafts(li: Visitor) -> None:
    told = li.get("/api/v1/desk/areas").get_json()
    models.Areas.model_validate(told)
    assert [row["code"] for row in told["areas"]] == [URBAN_1, URBAN_2, VILLAGE, EMPTY]
    edit(li, 0, RENAME)
    rows = {row["code"]: row for row in li.get("/api/v1/desk/areas").get_json()["areas"]}
    assert (rows[URBAN_1]["revision"], rows[URBAN_2]["revision"]) == (1, 0)


@pytest.mark.parametrize("area", [URBAN_1, VILLAGE, EMPTY])
def test_an_area_is_told_whole(service: Visitor, area: str) -> None:
    answer = service.get(path(area=area))
    view = answer.get_json()
    models.AreaView.model_validate(view)
    assert answer.headers["ETag"] == '"0"'
    assert answer.headers["Cache-Control"] == "no-store"
    for level in view["levels"]:
        of_level = [grid for grid in view["grids"] if grid["level"] == level["level"]]
        inside = [feature["properties"] for feature in view["units"]["features"]]
        assert of_level
        for grid in of_level:
            count = sum(unit["households"] for unit in inside if unit[f"l{level['level']}"] == grid["code"])
            assert count == grid["households"]
    border = shapely.geometry.shape(view["area"]["border"])
    assert shapely.box(*view["area"]["bounds"]).buffer(1e-9).covers(border)
    cover = shapely.union_all([shapely.geometry.shape(feature["geometry"]) for feature in view["units"]["features"]])
    assert cover.symmetric_difference(border).area < 1e-9 * border.area


def test_nothing_of_a_household_is_told_to_planners(service: Visitor) -> None:
    text = service.get(path()).get_data(as_text=True)
    assert "h0001" not in text
    assert not re.search("(社区|村)[0-9]+号", text), "an address"


def test_a_change_answers_what_is_different_and_no_more(li: Visitor) -> None:
    before = li.get(path()).get_json()
    told = edit(li, 0, {"op": "merge", "grids": [LEAF, BESIDE], "into": LEAF, "why": "too small"})
    after = li.get(path()).get_json()
    changed, gone = {grid["code"] for grid in told["grids"]}, set(told["removed_grids"])
    assert grids(after) == {code: grid for code, grid in (grids(before) | grids(told)).items() if code not in gone}
    assert gone == {BESIDE}
    assert LEAF in changed
    seen = by_id(told["units"])
    assert units(after) == {
        id_: feature for id_, feature in (units(before) | seen).items() if id_ not in told["removed_units"]
    }
    assert all(units(before).get(id_) != feature for id_, feature in seen.items())
    assert (told["can_undo"], told["redo"]) == (True, [])
    assert [fault["grid"] for fault in told["faults"]] == [LEAF]
    assert grids(after)[LEAF]["state"] == "above"
    (row,) = li.get(f"/api/v1/edits?area={URBAN_1}").get_json()["edits"]
    assert (row["author"], row["what"], row["why"], row["before"], row["after"]) == ("li", "merge", "too small", 0, 1)


def test_a_preview_says_the_same_and_stores_nothing(li: Visitor) -> None:
    body = {"op": "merge", "grids": [LEAF, BESIDE], "into": LEAF}
    seen = li.post(path("/preview"), body, base=0).get_json()
    models.Changed.model_validate(seen)
    assert li.get(path()).get_json()["revision"] == 0
    assert li.get("/api/v1/edits").get_json()["edits"] == []
    done = edit(li, 0, body)
    same = ("units", "removed_units", "grids", "removed_grids", "faults", "change")
    assert {name: seen[name] for name in same} == {name: done[name] for name in same}
    assert (seen["revision"], done["revision"]) == (None, 1)


def test_locks_and_reasons_are_told_though_no_table_holds_them(li: Visitor) -> None:
    (grid,) = edit(li, 0, {"op": "lock", "grids": [LEAF], "locked": True})["grids"]
    assert (grid["code"], grid["locked"]) == (LEAF, True)
    (grid,) = li.post(path("/preview"), {"op": "lock", "grids": [LEAF], "locked": False}, base=1).get_json()["grids"]
    assert (grid["code"], grid["locked"]) == (LEAF, False)
    assert grids(li.get(path()).get_json())[LEAF]["locked"]
    (grid,) = li.post(path("/undo"), {}, base=1).get_json()["grids"]
    assert (grid["code"], grid["locked"]) == (LEAF, False)


def test_undo_and_redo_lose_no_branch(li: Visitor) -> None:
    edit(li, 0, RENAME)
    told = li.post(path("/undo"), {}, base=1).get_json()
    models.Changed.model_validate(told)
    assert (told["revision"], told["can_undo"], told["redo"]) == (0, False, [1])
    edit(li, 0, RENAME | {"name": "西片"})
    told = li.post(path("/undo"), {}, base=2).get_json()
    assert told["redo"] == [2, 1]
    told = li.post(path("/redo"), {"to": 1}, base=0).get_json()
    assert (told["revision"], grids(told)[TOP]["name"]) == (1, "东片")
    told = li.post(path("/go"), {"revision": 2}, base=1).get_json()
    assert (told["revision"], grids(told)[TOP]["name"]) == (2, "西片")
    history = li.get(path("/history")).get_json()
    models.History.model_validate(history)
    assert history["head"] == 2
    assert {row["number"] for row in history["revisions"]} >= {1, 2}
    assert li.post(path("/snapshots"), {"revision": 1, "name": "mine"}).get_json() == {"revision": 1}
    names = {row["number"]: row["name"] for row in li.get(path("/history")).get_json()["revisions"]}
    assert names[1] == "mine"
    assert grids(li.get(path("?revision=1")).get_json())[TOP]["name"] == "东片"


@pytest.mark.parametrize(
    ("rest", "body", "base", "status", "code"),
    [
        ("/undo", {}, 0, 400, "bad_request"),
        ("/redo", {}, 0, 400, "bad_request"),
        ("/redo", {"to": 5}, 0, 400, "bad_request"),
        ("/go", {"revision": 0}, 0, 400, "bad_request"),
        ("/go", {"revision": 9}, 0, 404, "unknown_code"),
        ("/edits", RENAME, None, 428, "no_revision"),
        ("/edits", RENAME, 7, 412, "bad_revision"),
        ("/preview", RENAME, 7, 412, "bad_revision"),
        ("/undo", {}, 7, 412, "bad_revision"),
        ("/edits", {"op": "paint"}, 0, 422, "invalid"),
        ("/edits", RENAME | {"grid": "nobody"}, 0, 422, "refused"),
        ("/edits", {"op": "move", "level": 3, "to": LEAF}, 0, 422, "invalid"),
        ("/edits", {"op": "move", "level": 3, "to": LEAF, "units": ["nobody"]}, 0, 422, "refused"),
        ("/edits", {"op": "split_line", "grid": LEAF, "line": [[111.1, 37.5]]}, 0, 422, "invalid"),
        ("/edits", {"op": "split_line", "grid": LEAF, "line": [[111.1, 37.5]] * 2}, 0, 422, "bad_shape"),
        ("/snapshots", {"revision": 9, "name": "x"}, None, 404, "unknown_code"),
        ("/snapshots", {"revision": 1, "name": ""}, None, 422, "invalid"),
        ("/snapshots", {"revision": 0, "name": "x"}, None, 422, "invalid"),
        ("/branches", {"base": 9, "op": RENAME, "name": "x"}, None, 412, "bad_revision"),
        ("/comments", {"text": "x", "grid": "nobody"}, None, 404, "unknown_code"),
        ("/comments", {"text": " "}, None, 422, "invalid"),
        ("/comments/7/close", {}, None, 404, "unknown_name"),
    ],
)
def test_what_cannot_be_done_is_said(
    service: Visitor, rest: str, body: dict[str, Any], base: int | None, status: int, code: str
) -> None:
    problem(service.post(path(rest), body, base=base), status, code)
    assert service.get("/api/v1/edits").get_json()["edits"] == []


@pytest.mark.parametrize("match", ["0", "*", 'W/"0"', '"-1"', '"0", "1"', '"x"', '""', '"99999999999"'])
def test_if_match_is_one_revision(service: Visitor, match: str) -> None:
    problem(service.post(path("/edits"), RENAME, headers={"If-Match": match}), 412, "bad_revision")


@pytest.mark.parametrize("rest", ["", "/history", "/comments", "/compare?a=0&b=0", "?revision=3", "/compare?a=0&b=3"])
def test_what_is_not_there_is_not_found(service: Visitor, rest: str) -> None:
    area = URBAN_1 if "3" in rest else "141102901999"
    problem(service.get(path(rest, area)), 404, "unknown_code")


def test_changes_of_unknown_areas_are_not_found(service: Visitor) -> None:
    for rest, body in (("/edits", RENAME), ("/undo", {}), ("/snapshots", {"revision": 1, "name": "x"})):
        problem(service.post(path(rest, "141102901999"), body, base=0), 404, "unknown_code")


def test_a_refusal_says_why_and_where(li: Visitor) -> None:
    edit(li, 0, {"op": "lock", "grids": [LEAF], "locked": True})
    body = problem(li.post(path("/edits"), {"op": "merge", "grids": [LEAF, BESIDE]}, base=1), 422, "refused")
    assert body["reason"] == "locked"
    assert LEAF in body["grids"]
    assert "." in body["detail"]


def test_a_conflict_tells_what_changed(app: Flask, li: Visitor) -> None:
    add(app, "wang", "planner", "1411")
    edit(sign_in(app, "wang"), 0, {"op": "merge", "grids": [LEAF, BESIDE], "into": LEAF})
    before = li.get(path("?revision=0")).get_json()
    body = problem(li.post(path("/edits"), RENAME, base=0), 409, "conflict")
    assert body["revision"] == 1
    assert [(row["author"], row["what"], row["request"]["op"]) for row in body["edits"]] == [("wang", "merge", "merge")]
    models.Changed.model_validate(body["delta"])
    after = li.get(path()).get_json()
    gone = body["delta"]["removed_grids"]
    both = grids(before) | grids(body["delta"])
    assert grids(after) == {code: grid for code, grid in both.items() if code not in gone}
    # mine is kept beside the draft, or made again on top
    kept = li.post(path("/branches"), {"base": 0, "op": RENAME, "name": "mine"})
    assert kept.status_code == 201
    assert li.get(path()).get_json()["revision"] == 1
    assert grids(li.get(path(f"?revision={kept.get_json()['revision']}")).get_json())[TOP]["name"] == "东片"
    assert edit(li, 1, RENAME)["revision"] > 1


def test_of_many_writers_one_wins(app: Flask) -> None:
    visitors = [sign_in(app, "li") for _ in range(8)]
    barrier, answers = threading.Barrier(len(visitors)), []

    def write(number: int) -> None:
        barrier.wait()
        answers.append(visitors[number].post(path("/edits"), RENAME | {"name": f"n{number}"}, base=0).status_code)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(len(visitors))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200] + [409] * 7
    assert len(visitors[0].get("/api/v1/edits").get_json()["edits"]) == 1


def test_others_hear_of_changes(app: Flask, li: Visitor) -> None:
    add(app, "wang", "planner", URBAN_2)
    wang = sign_in(app, "wang")
    start = wang.get("/api/v1/desk/changes").get_json()
    assert start["changes"] == []
    edit(li, 0, RENAME)
    edit(li, 0, {"op": "rename", "grid": f"{URBAN_2}001", "name": "x"}, area=URBAN_2)
    for visitor, areas in ((li, [URBAN_1, URBAN_2]), (wang, [URBAN_2])):
        news = visitor.get(f"/api/v1/desk/changes?since={start['last']}").get_json()
        models.Changes.model_validate(news)
        assert [(row["area"], row["revision"], row["author"], row["what"]) for row in news["changes"]] == [
            (area, 1, "li", "rename") for area in areas
        ]
        assert visitor.get(f"/api/v1/desk/changes?since={news['last']}").get_json()["changes"] == []
    assert [row["area"] for row in wang.get("/api/v1/edits").get_json()["edits"]] == [URBAN_2]
    assert [row["code"] for row in wang.get("/api/v1/desk/areas").get_json()["areas"]] == [URBAN_2]


def test_comments_are_pinned_and_closed(app: Flask, li: Visitor) -> None:
    add(app, "inspector", "inspector", "1411")
    inspector = sign_in(app, "inspector")
    answer = inspector.post(path("/comments"), {"text": "the gate is locked", "grid": LEAF, "at": [111.125, 37.5182]})
    assert answer.status_code == 201
    told = answer.get_json()
    models.Comment.model_validate(told)
    assert told["at"] == pytest.approx([111.125, 37.5182], abs=1e-6)
    for seen in (li.get(path("/comments")).get_json()["comments"], li.get(path()).get_json()["comments"]):
        assert seen == [told]
    assert li.post(path(f"/comments/{told['id']}/close")).status_code == 204
    (closed,) = li.get(path("/comments")).get_json()["comments"]
    assert closed["closed_by"] == "li"
    # a comment of one area is not closed by way of another
    problem(li.post(path(f"/comments/{told['id']}/close", URBAN_2)), 404, "unknown_name")


def test_compare_says_who_gained_and_lost(li: Visitor) -> None:
    edit(li, 0, {"op": "merge", "grids": [LEAF, BESIDE], "into": LEAF})
    told = li.get(path("/compare?a=built&b=draft")).get_json()
    models.Comparison.model_validate(told)
    assert (told["a"], told["b"]) == (0, 1)
    rows = {row["code"]: row for row in told["rows"]}
    assert rows[LEAF]["gained"][0]["from"] == BESIDE
    assert told["moved"]["3"] == rows[LEAF]["after"] - rows[LEAF]["before"] > 0
    problem(li.get(path("/compare?a=built&b=published")), 400, "bad_request")
    problem(li.get(path("/compare?a=built&b=x")), 400, "bad_request")


# publishing


def test_publishing_shows_the_draft_to_the_public(app: Flask, li: Visitor) -> None:
    public = app.test_client()
    assert public.get("/api/v1/summary").get_json()["version"] is None
    edit(li, 0, RENAME)
    answer = li.post("/api/v1/versions", {"name": "first"})
    assert (answer.status_code, answer.get_json()) == (201, {"version": 1})
    versions = li.get("/api/v1/versions").get_json()
    models.Versions.model_validate(versions)
    assert [(row["number"], row["name"], row["author"]) for row in versions["versions"]] == [(1, "first", "li")]
    look(app)
    shown = public.get("/api/v1/summary").get_json()["version"]
    assert shown == {"number": 1, "name": "first", "made_at": versions["versions"][0]["made_at"]}
    app.extensions["office"].register.change("li", display="李工")
    (version,) = li.get("/api/v1/versions").get_json()["versions"]
    assert (version["author"], version["display"]) == ("li", "李工")
    for told in ("/api/v1/edits", "/api/v1/desk/changes?since=0", path("/history")):
        rows = next(rows for rows in li.get(told).get_json().values() if isinstance(rows, list))
        assert {row["display"] for row in rows if row["author"] == "li"} == {"李工"}, told
    assert li.post(path("/comments"), {"text": "x"}).get_json()["display"] == "李工"
    assert li.get(path("/comments")).get_json()["comments"][0]["display"] == "李工"
    look(app)
    assert public.get(f"/api/v1/grids/{TOP}").get_json()["name"] == "东片"
    edit(li, 1, RENAME | {"name": "not yet"})
    look(app)
    assert public.get(f"/api/v1/grids/{TOP}").get_json()["name"] == "东片", "the draft is nobody's business"
    before = public.get("/api/v1/summary").headers["ETag"]
    assert li.post("/api/v1/versions", {"name": "second", "areas": [URBAN_1]}).status_code == 201
    look(app)
    assert public.get(f"/api/v1/grids/{TOP}").get_json()["name"] == "not yet"
    assert public.get("/api/v1/summary").headers["ETag"] != before
    rows = {row["code"]: row for row in li.get("/api/v1/desk/areas").get_json()["areas"]}
    assert rows[URBAN_1]["published_revision"] == rows[URBAN_1]["revision"] == 2
    problem(li.post("/api/v1/versions", {"name": "third"}), 422, "nothing_changed")


def look(app: Flask) -> None:
    """Make the service ask a database at once: by itself it does so every few seconds."""
    app.extensions["library"]._looked = float("-inf")


def test_faults_without_a_reason_are_not_published(app: Flask, li: Visitor) -> None:
    edit(li, 0, {"op": "merge", "grids": [LEAF, BESIDE], "into": LEAF})
    told = li.get("/api/v1/desk/problems").get_json()
    models.Obstacles.model_validate(told)
    assert [(row["area"], row["grid"], row["kind"]) for row in told["problems"]] == [(URBAN_1, LEAF, "out_of_band")]
    body = problem(li.post("/api/v1/versions", {"name": "first"}), 422, "unpublishable")
    assert body["problems"] == told["problems"]
    assert li.get(f"/api/v1/desk/problems?areas={URBAN_2}").get_json()["problems"] == []
    edit(li, 1, {"op": "excuse", "grid": LEAF, "reason": "one building"})
    assert grids(li.get(path()).get_json())[LEAF]["reason"] == "one building"
    assert li.post("/api/v1/versions", {"name": "first"}).status_code == 201


def test_a_township_publishes_only_its_own(app: Flask, li: Visitor) -> None:
    add(app, "wang", "planner", URBAN_2)
    wang = sign_in(app, "wang")
    problem(wang.post("/api/v1/versions", {"name": "x", "areas": [URBAN_1]}), 403, "prefix")
    refused = problem(wang.post("/api/v1/versions", {"name": "x"}), 422, "first_version")
    told = wang.get("/api/v1/desk/problems").get_json()
    assert told["refusal"] == {"code": "first_version", "detail": refused["detail"]}
    assert li.get("/api/v1/desk/problems").get_json() == {"problems": [], "refusal": None}
    assert li.post("/api/v1/versions", {"name": "first"}).status_code == 201
    assert wang.get("/api/v1/desk/problems").get_json()["refusal"] is None
    problem(wang.post("/api/v1/versions", {"name": "x"}), 422, "nothing_changed")
    problem(li.post("/api/v1/versions", {"name": "x", "areas": ["123"]}), 404, "unknown_code")
    problem(li.get("/api/v1/desk/problems?areas=123"), 404, "unknown_code")
    edit(li, 0, RENAME)
    edit(wang, 0, {"op": "rename", "grid": f"{URBAN_2}001", "name": "x"}, area=URBAN_2)
    assert wang.post("/api/v1/versions", {"name": "mine"}).status_code == 201
    look(app)
    public = app.test_client()
    assert public.get(f"/api/v1/grids/{URBAN_2}001").get_json()["name"] == "x"
    assert public.get(f"/api/v1/grids/{TOP}").get_json()["name"] != "东片"


# limits


def test_changes_are_limited(app: Flask) -> None:
    url = app.extensions["library"].store_url
    other = create_app(url, settings=Settings(edits_limit="2 per minute"))
    li = sign_in(other, "li")
    for _ in range(2):
        assert li.post(path("/preview"), RENAME, base=0).status_code == 200
    problem(li.post(path("/preview"), RENAME, base=0), 429, "too_many")
    problem(li.post(path("/edits"), RENAME, base=0), 429, "too_many")
    add(other, "wang", "planner")
    assert sign_in(other, "wang").post(path("/preview"), RENAME, base=0).status_code == 200
    other.extensions["office"].close()


# drawings


def ring(count: int) -> list[list[float]]:
    """Return a long thin zigzag of so many vertices that crosses itself at its very end."""
    top = [[111.12 + i * 1e-6, 37.52 + (i % 2) * 1e-4] for i in range(count - 2)]
    return [*top, [111.12 + count * 1e-6, 37.519], [111.12, 37.53], top[0]]


def test_an_invalid_drawing_is_answered_with_the_place(service: Visitor) -> None:
    li = service
    polygon = {"type": "Polygon", "coordinates": [ring(10_000)]}
    body = {"op": "move", "level": 3, "to": LEAF, "within": polygon}
    refused = problem(li.post(path("/edits"), body, base=0), 422, "bad_shape")
    assert "self-intersection" in refused["detail"]
    lon, lat = refused["at"]
    assert 111.1 < lon < 111.2
    assert 37.5 < lat < 37.6
    more = body | {"within": {"type": "Polygon", "coordinates": [ring(10_001)]}}
    assert "at most 10000" in problem(li.post(path("/edits"), more, base=0), 422, "bad_shape")["detail"]
    line = {"op": "split_line", "grid": LEAF, "line": [[111.12, 37.5]] * 10_001}
    problem(li.post(path("/edits"), line, base=0), 422, "bad_shape")


@pytest.mark.parametrize(
    "coordinates",
    [
        [BOX[:3]],
        [BOX[:-1]],
        [BOX, []],
        [[[111.1, 37.5]] * 5],
        [BOX, [[111.0, 37.0], [111.1, 37.0], [111.1, 37.1], [111.0, 37.0]]],
    ],
)
def test_rings_that_are_none_are_refused(service: Visitor, coordinates: Any) -> None:
    li = service
    body = {"op": "move", "level": 3, "to": LEAF, "within": {"type": "Polygon", "coordinates": coordinates}}
    problem(li.post(path("/edits"), body, base=0), 422, "bad_shape")


def test_a_polygon_names_the_units_inside(service: Visitor) -> None:
    li = service
    whole = {"op": "move", "level": 3, "to": BESIDE, "within": {"type": "Polygon", "coordinates": [BOX]}}
    told = li.post(path("/preview"), whole, base=0)
    assert told.status_code == 200
    assert {feature["properties"]["l3"] for feature in told.get_json()["units"]} == {BESIDE}
    empty = [[x + 1, y] for x, y in BOX]
    nothing = whole | {"within": {"type": "Polygon", "coordinates": [empty]}}
    assert "no unit" in problem(li.post(path("/preview"), nothing, base=0), 422, "invalid")["detail"]


def test_drawings_are_read_in_the_datum_of_the_map(service: Visitor) -> None:
    li = service
    plain = li.get(path()).get_json()
    shifted = li.get(path("?datum=GCJ02")).get_json()
    assert shifted["area"]["bounds"][0] - plain["area"]["bounds"][0] > 0.005
    for datum, view in (("WGS84", plain), ("GCJ02", shifted)):
        west, south, east, north = grids(view)[f"{TOP}01"]["bounds"]
        between = west + 0.4 * (east - west)  # five cells in a row
        cut = {"op": "split_line", "grid": f"{TOP}01", "line": [[between, south - 1e-4], [between, north + 1e-4]]}
        told = li.post(path(f"/preview?datum={datum}"), cut, base=0)
        assert told.status_code == 200, told.get_data(as_text=True)
        assert len([grid for grid in told.get_json()["grids"] if grid["level"] == 2]) == 2
    problem(li.get(path("?datum=BD09")), 400, "bad_request")
