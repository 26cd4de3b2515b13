"""The public service as an office runs it: its address on boards, its end, its archives, its log and its description."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from browsing import running, visiting
from finding import Roster
from PIL import Image
from plans import URBAN_1, VILLAGE, tiny_plan
from signing import add, sign_in
from test_server import ROOT

from geo_grid.cli import main
from geo_grid.desk import Desk
from geo_grid.errors import UsageError
from geo_grid.store import open_store
from geo_grid.tiles.stored import archive_name, prune_versions
from webmap import Settings, create_app
from webmap.board.commands import public_address
from webmap.server import warm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

LEAF = f"{URBAN_1}0010303"
PUBLIC = "https://grid.example.gov.cn/a"


# boards


@pytest.mark.parametrize("paper", ["A4", "A3"])
def test_another_reader_reads_the_qr_code_off_a_picture_of_the_board(browser: Any, store: Path, paper: str) -> None:
    import zxingcpp

    app = create_app(store, settings=Settings(public_url=PUBLIC), people=Roster())
    with running(app) as url, visiting(browser, f"{url}board/{LEAF}?paper={paper}") as visit:
        visit.page.emulate_media(media="print")
        picture = Image.open(io.BytesIO(visit.page.locator(".board").screenshot()))
        (found,) = zxingcpp.read_barcodes(picture)
    assert found.format == zxingcpp.BarcodeFormat.QRCode
    assert found.text == f"{PUBLIC}/find?grid={LEAF}"
    small = picture.convert("L").resize((picture.width * 2 // 3, picture.height * 2 // 3))
    assert [each.text for each in zxingcpp.read_barcodes(small)] == [found.text], "from further away too"


@pytest.mark.parametrize(
    "word", ["", "grid.example.cn", "ftp://a", "https://", "https://a?b", "https://[", "https://a#b"]
)
def test_what_is_no_address_is_refused_before_anything_is_served(word: str) -> None:
    with pytest.raises(UsageError, match="is not a web address"):
        public_address(word)


def test_the_public_address_is_given_where_the_service_is_started(store: Path) -> None:
    code = "import sys; from geo_grid.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "serve", str(store), "--port", "0", "--public-url", PUBLIC]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            import urllib.request

            address = process.stdout.readline().strip()
            with urllib.request.urlopen(f"{address}board/{LEAF}", timeout=60) as page:
                assert f"{PUBLIC}/find?grid={LEAF}" in page.read().decode()
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
        assert process.returncode == 0, "a service manager ends it as Ctrl-C does"
        assert process.stderr.read() == "", "nothing is left behind, and nothing is complained of"


def test_one_board_is_one_board(store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = [str(store), "-o", str(tmp_path / "b.html"), "--public-url", PUBLIC]
    assert main(["board", *common, "--grid", LEAF]) == 0
    assert "(1 board)" in capsys.readouterr().out
    assert main(["board", *common, "--area", VILLAGE, "--level", "1"]) == 0
    assert "(4 boards)" in capsys.readouterr().out


# archives


def test_old_archives_are_removed_and_never_the_published_one(tmp_path: Path) -> None:
    for age, name in enumerate(
        ["v9.pmtiles", "v1.pmtiles", "v4.pmtiles", "v4.gcj02.pmtiles", "v3.pmtiles", "v2.pmtiles"]
    ):
        (tmp_path / name).write_bytes(b"x")
        os.utime(tmp_path / name, (1_000_000 + age, 1_000_000 + age))
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "vx.pmtiles").write_bytes(b"x")
    assert prune_versions(tmp_path, 0, 9) == []
    assert {path.name for path in prune_versions(tmp_path, 3, 9)} == {"v1.pmtiles", "v4.pmtiles", "v4.gcj02.pmtiles"}
    assert {path.name for path in prune_versions(tmp_path, 1, 9)} == {"v2.pmtiles", "v3.pmtiles"}
    assert {path.name for path in tmp_path.iterdir()} == {"v9.pmtiles", "notes.txt", "vx.pmtiles"}


def test_the_service_keeps_as_many_archives_as_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "plan.gpkg"
    with open_store(path) as store:
        store.write(tiny_plan())
    desk = Desk(open_store(path))
    for name in ("东", "西", "南"):
        desk.edit(URBAN_1, desk.ledger.head(URBAN_1).number, {"op": "rename", "grid": LEAF, "name": name}, author="li")
        desk.publisher.publish(name=name, author="li", note="")
    desk.close()
    app = create_app(path, settings=Settings(tiles_kept=2, tiles_wait_seconds=60))
    client, folder = app.test_client(), tmp_path / "plan.tiles"
    try:
        for version, there in ((1, {1}), (2, {1, 2}), (3, {2, 3}), (1, {1, 3})):
            with client.get(f"/tiles/v{version}.pmtiles") as answer:
                assert answer.status_code == 200
            assert {each.name for each in folder.iterdir()} == {archive_name(number) for number in there}
    finally:
        app.extensions["office"].close()


# search


def test_a_new_version_is_made_ready_before_somebody_searches_it(tmp_path: Path) -> None:
    path = tmp_path / "plan.gpkg"
    store = open_store(path)
    store.write(tiny_plan())
    app = create_app(path)
    warm(app)
    library, before = app.extensions["library"], app.extensions["library"].current()
    desk = Desk(store)
    desk.publisher.publish(name="v1", author="li", note="")
    desk.close()
    after = library.current()
    assert after is not before
    for thread in threading.enumerate():
        if thread.name == "warm":
            thread.join(60)
    assert after.spelled, "nobody asked"
    assert [found.code for found in after.search("fengshan", 1)[0]] == [URBAN_1]
    app.extensions["office"].close()


def test_nobody_waits_while_names_are_spelled(client: Any) -> None:
    library = client.application.extensions["library"]
    edition = library.current()
    assert edition._spelling.acquire(blocking=False)
    try:
        for query, first in (("fengshan", URBAN_1), ("凤山 第001", f"{URBAN_1}001"), (LEAF, LEAF)):
            answer = client.get("/api/v1/search", query_string={"q": query})
            told = answer.get_json()
            assert told["complete"] is False
            assert told["hits"][0]["code"] == first
            assert answer.headers["Cache-Control"] == "no-store"
    finally:
        edition._spelling.release()
    assert client.get("/api/v1/search?q=1号楼").get_json()["complete"] is True
    answer = client.get("/api/v1/search?q=1号楼")
    assert answer.get_json()["complete"] is True
    assert answer.get_json()["hits"][0]["kind"] == "building"
    assert "max-age" in answer.headers["Cache-Control"]


# who was given household data


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Flask]:
    """A service of a plan in which everything that is told of a home has a marker."""
    plan = tiny_plan()
    for name in ("address", "building", "id"):
        plan["households"][name] = [f"zq{name}{i}" for i in range(len(plan["households"]))]
    units = plan["units"]
    units.loc[units["households"].between(1, 4), "building"] = "zqhome"
    open_store(tmp_path / "plan.gpkg").write(plan)
    app = create_app(tmp_path / "plan.gpkg", settings=Settings(login_limit="1000 per minute"))
    for role in ("planner", "inspector", "administrator"):
        add(app, role, role)
    yield app
    app.extensions["office"].close()


VALUES = {"code": VILLAGE, "format": None, "id": "1", "filename": "app/main.js", "name": "v1.pmtiles"}


def unpacked(data: bytes) -> bytes:
    """Return what is inside an archive, such as a workbook, or the data itself."""
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def paths(app: Flask) -> list[str]:
    """Every address that answers GET, with a code or a format in it."""
    out = []
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint != "static" and not rule.rule.startswith("/ogc"):
            formats = ("gpkg", "csv", "xlsx", "geojson", "shp", "geoparquet") if "format" in rule.arguments else (None,)
            for each in formats:
                values = {name: VALUES.get(name) or each or "1" for name in rule.arguments}
                with app.test_request_context():
                    out.append(app.url_map.bind("localhost").build(rule.endpoint, values, append_unknown=False))
    return out


def test_no_homes_are_told_without_a_line_in_the_access_log(office: Flask) -> None:
    logged = office.extensions["office"].ledger.access_log
    seen = set()
    for role in ("planner", "inspector", "administrator"):
        visitor = sign_in(office, role)
        for path in paths(office):
            office.extensions.pop("homes_opened", None)
            before = len(logged())
            answer = visitor.get(f"{path}?area={VILLAGE}")
            data = answer.get_data()
            answer.close()
            if b"zq" in unpacked(data):
                seen.add(path)
                assert len(logged()) > before, f"{role} {path}"
                assert logged()[-1]["account"] == role
    assert f"/api/v1/desk/areas/{VILLAGE}" in seen, "the draft shows where single homes stand"


def test_a_draft_that_is_opened_again_soon_is_one_entry(office: Flask) -> None:
    visitor = sign_in(office, "planner")
    for _ in range(3):
        assert visitor.get(f"/api/v1/desk/areas/{URBAN_1}").status_code == 200
    assert visitor.get(f"/api/v1/desk/areas/{VILLAGE}").status_code == 200
    log = office.extensions["office"].ledger.access_log()
    assert [(row["account"], row["what"], row["area"]) for row in log] == [
        ("planner", "draft", URBAN_1),
        ("planner", "draft", VILLAGE),
    ]


# the description


def test_the_description_shows_no_marks_of_docstrings(client: Any) -> None:
    told = client.get("/api/v1/openapi.json").get_json()
    assert "``" not in json.dumps(told)
    summaries = [each["summary"] for path in told["paths"].values() for each in path.values()]
    assert not any("`" in text for text in summaries)
