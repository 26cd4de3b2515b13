"""Plans out and present grids in, over the web: what is written, what is read, and who may."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from plans import URBAN_1, URBAN_2, tiny_plan
from signing import Visitor, add, problem, sign_in

from geo_grid.exchange.exports import FORMATS
from geo_grid.store import open_store
from webmap import Settings, create_app
from webmap.desk import models

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

PATH = f"/api/v1/desk/areas/{URBAN_1}/import"
FIRST, SECOND = f"{URBAN_1}0010101", f"{URBAN_1}0010102"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    store = tmp_path / "plan.gpkg"
    open_store(store).write(tiny_plan())
    made = create_app(store, settings=Settings(workers=1, geometry_seconds=120, edits_limit="1000 per minute"))
    add(made, "li", "planner")
    yield made
    made.extensions["office"].close()


@pytest.fixture
def li(app: Flask) -> Visitor:
    return sign_in(app, "li")


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Somebody whose requests store nothing: one service does for all of them."""
    store = tmp_path_factory.mktemp("exchange") / "plan.gpkg"
    open_store(store).write(tiny_plan())
    made = create_app(store, settings=Settings(workers=1, geometry_seconds=120, edits_limit="1000 per minute"))
    add(made, "li", "planner")
    yield sign_in(made, "li")
    made.extensions["office"].close()


def send(
    visitor: Visitor, data: bytes, name: str = "grids.csv", *, base: int | None = 0, rest: str = "kind=assignment"
) -> Any:
    return visitor.send(
        "POST",
        f"{PATH}?{rest}",
        data={"file": (io.BytesIO(data), name)},
        content_type="multipart/form-data",
        base=base,
    )


def moved(count: int) -> bytes:
    """An assignment list that moves households of the first grid to the second."""
    plan = tiny_plan()
    households, units = plan["households"], plan["units"].set_index("id")
    grid = households["unit_id"].map(units["grid_code_l3"])
    mine = households[households["area_code"] == URBAN_1].assign(grid=grid)
    first = mine.index[mine["grid"] == FIRST][:count]
    mine.loc[first, "grid"] = SECOND
    return ("id,grid_code_l3\n" + "\n".join(f"{row.id},{row.grid}" for row in mine.itertuples())).encode()


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_written(refused: Visitor, name: str) -> None:
    answer = refused.get(f"/api/v1/exports/{name}?area={URBAN_1}&lang=en")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    assert answer.mimetype == FORMATS[name].content_type.split(";")[0]
    assert f"{URBAN_1}{FORMATS[name].suffix}" in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    data = answer.data
    assert len(data) > 500
    if name in {"shp", "xlsx"}:
        assert zipfile.ZipFile(io.BytesIO(data)).testzip() is None
    answer.close()


def test_exports_leave_nothing_behind(li: Visitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = set(tmp_path.iterdir())
    with li.get(f"/api/v1/exports/geojson?area={URBAN_1}"):
        pass
    problem(li.get(f"/api/v1/exports/shp?area={URBAN_1}&datum=BD09"), 400, "bad_request")
    send(li, b"nonsense", "x.xlsx")
    assert {path for path in tmp_path.iterdir() if "geo-grid" in path.name} <= before


def test_published_versions_are_written(li: Visitor) -> None:
    rename = {"op": "rename", "grid": f"{URBAN_1}001", "name": "东片"}
    assert li.post("/api/v1/versions", {"name": "first"}).status_code == 201
    assert li.post(f"/api/v1/desk/areas/{URBAN_1}/edits", rename, base=0).status_code == 200
    for version, seen in (("1", False), ("published", False), ("", True)):
        more = f"&version={version}" if version else ""
        with li.get(f"/api/v1/exports/geojson?area={URBAN_1}&level=1{more}") as answer:
            assert ("东片" in answer.get_data(as_text=True)) is seen, version


@pytest.mark.parametrize(
    ("rest", "status", "code"),
    [
        ("dwg", 404, "unknown_name"),
        ("..%2f..%2fetc", 404, "not_found"),
        ("geojson?area=141102901999", 404, "unknown_code"),
        ("geojson?version=9", 404, "unknown_name"),
        ("geojson?version=published", 404, "unknown_name"),
        ("geojson?version=x", 400, "bad_request"),
        ("geojson?level=4", 400, "bad_request"),
        ("geojson?datum=Mars", 400, "bad_request"),
    ],
)
def test_what_cannot_be_written_is_said(refused: Visitor, rest: str, status: int, code: str) -> None:
    problem(refused.get(f"/api/v1/exports/{rest}"), status, code)


def test_who_may_export_what(app: Flask, li: Visitor) -> None:
    add(app, "inspector", "inspector", URBAN_1)
    inspector = sign_in(app, "inspector")
    with inspector.get(f"/api/v1/exports/xlsx?area={URBAN_1}") as answer:
        assert answer.status_code == 200
    problem(inspector.get(f"/api/v1/exports/csv?area={URBAN_1}"), 403, "role")
    problem(inspector.get(f"/api/v1/exports/xlsx?area={URBAN_2}"), 403, "prefix")
    problem(inspector.get("/api/v1/exports/xlsx"), 403, "prefix")
    with li.get("/api/v1/exports/csv") as answer:
        text = answer.get_data(as_text=True)
    assert text.count("\n") > 1000, "a planner of the whole city gets all households"


def test_an_assignment_list_is_tried_and_taken_over(li: Visitor) -> None:
    data = moved(5) + b"\nnobody," + FIRST.encode()
    seen = send(li, data, rest="kind=assignment&preview=1")
    assert seen.status_code == 200, seen.get_data(as_text=True)
    told = seen.get_json()
    models.Imported.model_validate(told)
    assert (told["revision"], told["placed"], told["errors_total"]) == (None, 600, 1)
    assert told["errors"][0]["row"] == 601
    assert {grid["code"]: grid["households"] for grid in told["grids"] if grid["level"] == 3} == {FIRST: 10, SECOND: 20}
    assert li.get(f"/api/v1/desk/areas/{URBAN_1}").get_json()["revision"] == 0
    answer = send(li, data)
    assert answer.headers["ETag"] == '"1"'
    done = answer.get_json()
    assert {**done, "revision": None, "can_undo": False} == told
    (row,) = li.get("/api/v1/edits").get_json()["edits"]
    assert (row["what"], row["why"], row["request"]) == ("assign", "import of grids.csv", {"op": "assign"})
    problem(send(li, data), 409, "conflict")


def test_drawn_polygons_are_taken_over(li: Visitor) -> None:
    with li.get(f"/api/v1/exports/geojson?area={URBAN_1}&level=3") as answer:
        drawing = answer.data
    assert (
        li.post(
            f"/api/v1/desk/areas/{URBAN_1}/edits", {"op": "merge", "grids": [FIRST, SECOND], "into": FIRST}, base=0
        ).status_code
        == 200
    )
    told = send(li, drawing, "drawing.geojson", base=1, rest="kind=polygons&level=3")
    assert told.status_code == 200, told.get_data(as_text=True)
    models.Imported.model_validate(told.get_json())
    sizes = {grid["code"]: grid["households"] for grid in told.get_json()["grids"] if grid["level"] == 3}
    assert sizes[FIRST] == 15, "as it was before the two were made one"


VRT = b"<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>"


def packed(name: str, data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "name", "rest", "code"),
    [
        (b"a,b\n1,2\n", "grids.csv", "kind=assignment", "bad_file"),
        (b"", "grids.csv", "kind=assignment", "bad_file"),
        (b"\x00\xff" * 100, "grids.xlsx", "kind=assignment", "bad_file"),
        (b"{}", "x.geojson", "kind=polygons", "bad_file"),
        (VRT, "x.vrt", "kind=polygons", "invalid"),
        (VRT, "x.geojson", "kind=polygons", "bad_file"),
        (VRT, "x.gpkg", "kind=polygons", "bad_file"),
        (packed("x.vrt", VRT), "x.zip", "kind=polygons", "bad_file"),
        (packed("../../x.shp", b"x"), "x.zip", "kind=polygons", "bad_file"),
        (b"x", "", "kind=assignment", "invalid"),
        (b"x", "/vsicurl/http:/evil.example/x", "kind=polygons", "invalid"),
        (b"x", "../../../x.csv/", "kind=assignment", "bad_file"),
        (b"x", "x.csv", "kind=other", "invalid"),
        (b"x", "x.csv", "", "invalid"),
    ],
)
def test_files_that_are_no_good_are_refused(refused: Visitor, data: bytes, name: str, rest: str, code: str) -> None:
    body = problem(send(refused, data, name, rest=rest), 422, code)
    for secret in ("root:", "/tmp", "upload."):
        assert secret not in str(body)


def test_an_import_says_what_it_is_based_on(refused: Visitor) -> None:
    problem(send(refused, moved(1), base=None), 428, "no_revision")
    problem(send(refused, moved(1), base=7), 412, "bad_revision")
    problem(refused.send("POST", f"{PATH}?kind=assignment", {"file": "x"}, base=0), 422, "invalid")


def test_files_may_be_larger_than_other_bodies_but_not_by_any_amount(app: Flask) -> None:
    store = app.extensions["library"].store_url
    small = create_app(store, settings=Settings(workers=1, body_bytes=1_000, import_bytes=100_000))
    li = sign_in(small, "li")
    assert send(li, b"x" * 50_000).status_code == 422
    problem(send(li, b"x" * 200_000), 413, "request_entity_too_large")
    small.extensions["office"].close()
