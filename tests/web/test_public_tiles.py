"""Tile archives: written at publishing or on demand, served in parts, kept for ever."""

from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING, Any

import mapbox_vector_tile
import pytest
from pg import postgis_cluster, postgis_url  # noqa: F401 - fixtures
from plans import NAMES, tiny_plan
from pmtiles.reader import MmapSource, Reader, all_tiles
from signing import add, sign_in

from geo_grid.cli import main
from geo_grid.desk import Desk
from geo_grid.store import open_store
from webmap import Settings, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PATIENT = Settings(tiles_wait_seconds=60)


def publish(url: str | Path, name: str = "v") -> int:
    with open_store(url) as store:
        desk = Desk(store)
        try:
            return desk.publisher.publish(name=name, author="li", note="")
        finally:
            desk.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "plan.gpkg"
    open_store(made).write(tiny_plan())
    return made


@pytest.fixture
def app(path: Path) -> Iterator[Flask]:
    made = create_app(path, settings=PATIENT)
    yield made
    made.extensions["office"].close()


def fetch(client: FlaskClient, url: str, **headers: str) -> TestResponse:
    """Ask, read all of it, and let go of the file."""
    with client.get(url, headers=headers) as answer:
        answer.get_data()
    return answer


def layers(path: Path) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    with path.open("rb") as file:
        for _, content in all_tiles(MmapSource(file)):
            for name, layer in mapbox_vector_tile.decode(gzip.decompress(content)).items():
                out.setdefault(name, []).extend(feature["properties"] for feature in layer["features"])
    return out


def test_a_draft_has_no_tiles(app: Flask) -> None:
    told = app.test_client().get("/api/v1/tiles.json").get_json()
    assert (told["version"], told["url"], told["ready"]) == (None, None, False)
    assert fetch(app.test_client(), "/tiles/v1.pmtiles").status_code == 404


def test_a_missing_archive_is_made_on_demand_and_lies_beside_the_store(app: Flask, path: Path) -> None:
    publish(path)
    client = app.test_client()
    told = client.get("/api/v1/tiles.json").get_json()
    assert told["version"] == 1
    whole = fetch(client, told["url"])
    assert whole.status_code == 200
    assert whole.mimetype == "application/vnd.pmtiles"
    stored = path.with_suffix(".tiles") / "v1.pmtiles"
    assert whole.get_data() == stored.read_bytes()
    assert client.get("/api/v1/tiles.json").get_json()["ready"]
    with stored.open("rb") as file:
        assert Reader(MmapSource(file)).header()["max_zoom"] == 14
    assert {row["name"] for row in layers(stored)["areas"]} == set(NAMES.values())
    assert [each.name for each in stored.parent.iterdir()] == ["v1.pmtiles"], "nothing half written is left"


def test_parts_are_served_and_kept_for_ever(app: Flask, path: Path) -> None:
    publish(path)
    client = app.test_client()
    whole = fetch(client, "/tiles/v1.pmtiles").get_data()
    part = fetch(client, "/tiles/v1.pmtiles", Range="bytes=100-227")
    assert part.status_code == 206
    assert part.get_data() == whole[100:228]
    assert part.headers["Content-Range"] == f"bytes 100-227/{len(whole)}"
    assert "Content-Encoding" not in part.headers
    assert part.cache_control.immutable
    assert part.cache_control.max_age == 31_536_000
    assert part.headers["Access-Control-Allow-Origin"] == "*"
    again = fetch(client, "/tiles/v1.pmtiles", **{"If-None-Match": part.headers["ETag"]})
    assert again.status_code == 304
    beyond = fetch(client, "/tiles/v1.pmtiles", Range=f"bytes={len(whole) + 1}-")
    assert beyond.status_code == 416
    assert beyond.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "name", ["v2.pmtiles", "v1.gcj02.pmtiles", "v1.pmtiles.part", "..%2fplan.gpkg", "v1", "v١.pmtiles", ".v1.pmtiles"]
)
def test_nothing_else_is_served(app: Flask, path: Path, name: str) -> None:
    publish(path)
    assert fetch(app.test_client(), f"/tiles/{name}").status_code == 404


def test_the_address_changes_with_the_store(tmp_path: Path) -> None:
    """A store that is made anew has a version 1 too; no browser may take the old one for it."""
    urls = []
    for name in ("a", "b"):
        plan = tiny_plan()
        plan["grids"]["name"] = plan["grids"]["name"] + name
        store = tmp_path / f"{name}.gpkg"
        open_store(store).write(plan)
        publish(store)
        app = create_app(store, settings=PATIENT)
        urls.append(app.test_client().get("/api/v1/tiles.json").get_json()["url"])
        app.extensions["office"].close()
    assert urls[0] != urls[1]


def test_an_archive_of_an_earlier_store_is_not_served(app: Flask, path: Path) -> None:
    stale = path.with_suffix(".tiles") / "v1.pmtiles"
    stale.parent.mkdir()
    stale.write_bytes(b"of another plan")
    os.utime(stale, (1_600_000_000, 1_600_000_000))
    publish(path)
    assert fetch(app.test_client(), "/tiles/v1.pmtiles").get_data().startswith(b"PMTiles")


def test_publishing_over_the_web_writes_them(app: Flask, path: Path) -> None:
    add(app, "wang", "administrator")
    visitor = sign_in(app, "wang")
    assert visitor.post("/api/v1/versions", {"name": "first"}).status_code == 201
    tiles = app.extensions["office"].tiles
    tiles.begin(1).result(60)
    assert (path.with_suffix(".tiles") / "v1.pmtiles").exists()


def test_publishing_by_command_writes_them(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", str(path), "--name", "first"]) == 0
    assert "v1.pmtiles" in capsys.readouterr().out
    assert (path.with_suffix(".tiles") / "v1.pmtiles").stat().st_size > 1000


def test_a_folder_that_cannot_be_written_to_is_no_obstacle(path: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder would be")
    publish(path)
    app = create_app(path, settings=Settings(tiles=str(blocked), tiles_wait_seconds=60))
    assert fetch(app.test_client(), "/tiles/v1.pmtiles").status_code == 200
    own = app.extensions["office"].tiles.folder
    assert own.exists()
    app.extensions["office"].close()
    assert not own.exists()


def test_whoever_comes_too_early_is_told_to_come_back(path: Path) -> None:
    publish(path)
    app = create_app(path, settings=Settings(tiles_wait_seconds=0))
    answer = fetch(app.test_client(), "/tiles/v1.pmtiles")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    app.extensions["office"].close()


def test_tiles_of_a_database(postgis_url: str, tmp_path: Path) -> None:  # noqa: F811 - the fixture
    open_store(postgis_url).write(tiny_plan())
    publish(postgis_url)
    app = create_app(postgis_url, settings=Settings(tiles=str(tmp_path / "tiles"), tiles_wait_seconds=60))
    assert fetch(app.test_client(), "/tiles/v1.pmtiles").status_code == 200
    assert (tmp_path / "tiles" / "v1.pmtiles").exists()
    app.extensions["office"].close()


def test_a_store_may_be_named_from_where_one_stands(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.chdir(path.parent)
    publish(path.name)
    app = create_app(path.name, settings=PATIENT)
    answer = fetch(app.test_client(), "/tiles/v1.pmtiles", Range="bytes=0-6")
    assert (answer.status_code, answer.data) == (206, b"PMTiles")
    app.extensions["office"].close()
