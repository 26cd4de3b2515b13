"""What is peculiar to a ledger in a GeoPackage."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from changes import audit, edit, merged, names, publish, renamed, rows
from plans import URBAN_1, URBAN_2, tiny_plan

from geo_grid.errors import StoreError
from geo_grid.schema import LEDGER_TABLES, TABLES
from geo_grid.store import content_hash, open_store, table_hashes
from geo_grid.store.gpkg_blob import geometry_blobs
from geo_grid.store.gpkg_views import VIEWS
from geo_grid.store.ledger import Delta, Head, NewRevision

TYPES = {"text": "TEXT", "int": "INTEGER", "real": "REAL"}


@pytest.fixture
def path(tmp_path, plan_file):
    target = tmp_path / "plan.gpkg"
    shutil.copy(plan_file, target)
    return target


def query(path, text, *values):
    with closing(sqlite3.connect(path)) as db:
        return db.execute(text, values).fetchall()


def test_the_tables_are_those_of_the_schema(path):
    open_store(path).prepare(create=False)
    for name, table in LEDGER_TABLES.items():
        found = [
            (column, kind, bool(strict)) for _, column, kind, strict, *_ in query(path, f'PRAGMA table_info("{name}")')
        ]
        expected = [(column.name, TYPES[column.type], not column.null) for column in table.columns]
        expected += [("geom", "BLOB", True)] if table.geometry else []
        assert [row for row in found if row[0] != "fid"] == expected
        keys = {column for _, column, _, _, _, key in query(path, f'PRAGMA table_info("{name}")') if key}
        for (index,) in query(path, "SELECT name FROM sqlite_master WHERE name = ?", f"{name}_key"):
            keys = {column for _, _, column in query(path, f'PRAGMA index_info("{index}")')}
        assert keys == (set(table.key) or {"fid"})


def test_geometry_is_written_to_the_byte_as_gdal_does(path):
    for table in ("units", "areas", "households", "elements"):
        stored = [blob for (blob,) in query(path, f"SELECT geom FROM {table} ORDER BY fid")]
        assert geometry_blobs(tiny_plan()[table]["geom"], 4546) == stored


def test_a_file_edited_while_it_is_open_is_right_for_gdal_and_qgis(path):
    with open_store(path) as store, store.ledger() as ledger:
        ledger.commit(URBAN_1, 0, NewRevision("s", "{}"), merged(), audit(), {})
        new = rows("units").tail(1).assign(id="new-unit", geom=[shapely.box(512000, 4154000, 512010, 4154010)])
        ledger.commit(URBAN_1, 1, NewRevision("s", "{}"), Delta({"units": new}, {}, None), audit(), {})
        assert path.with_name("plan.gpkg-wal").exists()
        for _ in range(2):  # while it is open, and afterwards
            for table in ("areas", "units", "grids"):
                layer = pyogrio.read_dataframe(path, layer=table)
                expected = store.read([table])[table]
                assert len(layer) == len(expected) == pyogrio.read_info(path, layer=table)["features"]
                assert sorted(shapely.to_wkb(layer.geometry)) == sorted(shapely.to_wkb(expected.geometry))
            found = pyogrio.read_dataframe(path, layer="units", bbox=(511999, 4153999, 512011, 4154011))
            assert "new-unit" in set(found["id"])
            merged_grid = pyogrio.read_dataframe(path, layer="grids_l3", where=f"code = '{URBAN_1}0010101'")
            assert merged_grid.geometry.area.tolist() == pytest.approx([20_000])
            assert set(VIEWS) <= {name for name, _ in pyogrio.list_layers(path)}
            ledger.close()
        assert not path.with_name("plan.gpkg-wal").exists()


def test_the_spatial_index_follows_every_edit(path):
    moved = rows("grids").assign(geom=lambda frame: shapely.transform(frame["geom"].to_numpy(), lambda xy: xy + 7.0))
    with open_store(path) as store, store.ledger() as ledger:
        ledger.commit(URBAN_1, 0, NewRevision("s", "{}"), merged(), audit(), {})
        gone = f"{URBAN_1}0010102"
        delta = Delta({"grids": moved.loc[moved["code"] != gone]}, {}, None)
        ledger.commit(URBAN_1, 1, NewRevision("s", "{}"), delta, audit(), {})
        grids = store.read(["grids"])["grids"]
    boxes = query(
        path, "SELECT g.code, r.minx, r.maxx, r.miny, r.maxy FROM grids g JOIN rtree_grids_geom r ON r.id = g.fid"
    )
    assert len(boxes) == len(grids) == query(path, "SELECT count(*) FROM rtree_grids_geom")[0][0]
    bounds = {code: box for code, *box in boxes}
    for code, geometry in zip(grids["code"], grids["geom"], strict=True):
        west, south, east, north = geometry.bounds
        # the index holds single precision, rounded outward
        assert np.allclose(bounds[code], [west, east, south, north], atol=1.0)
    assert query(path, "SELECT rtreecheck('rtree_grids_geom')") == [("ok",)]


def test_what_is_kept_beside_the_plan_is_no_layer(path):
    with open_store(path) as store, store.ledger() as ledger:
        publish(ledger)
        ledger.put_account({"name": "anna", "role": "planner"})
    assert not {name for name, _ in pyogrio.list_layers(path)} & set(LEDGER_TABLES)


def test_the_file_says_when_a_layer_changed(path):
    before = dict(query(path, "SELECT table_name, last_change FROM gpkg_contents"))
    with open_store(path) as store, store.ledger() as ledger:
        edit(ledger, 0, "a")
    after = dict(query(path, "SELECT table_name, last_change FROM gpkg_contents"))
    assert after["grids"] > before["grids"]
    assert after["elements"] == before["elements"]


def test_a_file_of_the_former_program_is_edited_without_more_ado(path):
    before = table_hashes(open_store(path).read())
    assert not query(path, "SELECT 1 FROM sqlite_master WHERE name = 'edits'")
    with open_store(path) as store, store.ledger() as ledger:
        assert ledger.edits() == []
        assert edit(ledger, 0, "a") == 1
        after = table_hashes(store.read())
    assert {name for name in before if before[name] != after[name]} == {"grids"}


def test_a_closed_ledger_leaves_one_file(path):
    with open_store(path) as store, store.ledger() as ledger:
        edit(ledger, 0, "a")
        assert path.with_name("plan.gpkg-wal").exists()
    assert [entry.name for entry in path.parent.iterdir()] == ["plan.gpkg"]
    assert query(path, "PRAGMA journal_mode") == [("delete",)]


def test_a_ledger_that_only_reads_changes_no_byte(path):
    before = path.read_bytes()
    with open_store(path) as store, store.ledger() as ledger:
        assert ledger.head(URBAN_1) == Head(0, ())
        ledger.code_numbers(URBAN_1)
        ledger.area_figures()
        ledger.edits()
        store.read()
    assert path.read_bytes() == before


def test_two_ledgers_of_one_file_see_each_other(path):
    with open_store(path) as store, store.ledger() as one, store.ledger() as other:
        edit(one, 0, "a")
        edit(other, 1, "b")
        assert one.head(URBAN_1) == Head(2, ())
        one.close()
        assert edit(other, 2, "c") == 3


READ_AS_NOBODY = """
import json, os, sys
sys.path.insert(0, sys.argv[2])
from geo_grid.errors import StoreError
from geo_grid.store import open_store

def use(path):
    store = open_store(path)
    out = {"areas": len(store.read(["areas"])["areas"]), "latest": store.latest_version()}
    with store.ledger() as ledger:
        out["head"] = ledger.head(sys.argv[3]).number
        try:
            ledger.put_account({"name": "anna", "role": "planner"})
        except StoreError as error:
            out["error"] = str(error)
    return out

use(sys.argv[4])  # loads whatever is loaded late: nobody may not read the libraries
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
print(json.dumps(use(sys.argv[1])))
"""


@pytest.mark.parametrize("wal", [False, True], ids=["plain", "left in WAL mode"])
def test_a_file_in_a_read_only_folder_is_still_served(path, wal):
    with open_store(path) as store, store.ledger() as ledger:
        edit(ledger, 0, "a")
        publish(ledger)
    if wal:
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA journal_mode = WAL")
    folder = Path(tempfile.mkdtemp(prefix="gg-ro-", dir="/tmp"))
    try:
        copy = Path(shutil.copy(path, folder / "plan.gpkg"))
        copy.chmod(0o444)
        folder.chmod(0o555)
        root = Path(__file__).resolve().parents[2]
        done = subprocess.run(
            [sys.executable, "-c", READ_AS_NOBODY, str(copy), str(root), URBAN_1, str(path)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said = json.loads(done.stdout)
        assert said.pop("error").startswith(f"{copy}: the file may not be written to")
        assert said == {"areas": 4, "latest": 1, "head": 1}
        assert [entry.name for entry in folder.iterdir()] == ["plan.gpkg"]
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


def test_a_new_build_reaches_those_who_have_the_file_open(path):
    with open_store(path) as store, store.ledger() as ledger, closing(sqlite3.connect(path)) as qgis:
        edit(ledger, 0, "a")
        assert qgis.execute("SELECT count(DISTINCT name) FROM grids WHERE area_code = ?", (URBAN_1,)).fetchone() == (1,)
        inode = path.stat().st_ino
        plan = tiny_plan()
        plan.tables["units"] = plan["units"].iloc[:-1]
        plan.tables["exceptions"] = plan["exceptions"].iloc[:0]
        store.write(plan)
        assert path.stat().st_ino == inode
        assert qgis.execute("SELECT count(*) FROM units").fetchone() == (len(plan["units"]),)
        assert ledger.head(URBAN_1) == Head(0, ())
        assert content_hash(store.read()) == content_hash(plan)
    for table in TABLES:
        if TABLES[table].geometry:
            assert query(path, f"SELECT rtreecheck('rtree_{table}_geom')") == [("ok",)]
            assert pyogrio.read_info(path, layer=table)["features"] == len(plan[table])
    assert query(path, "PRAGMA integrity_check") == [("ok",)]
    triggers = {name for (name,) in query(path, "SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    fresh = path.with_name("fresh.gpkg")
    open_store(fresh).write(plan)
    wanted = {name for (name,) in query(fresh, "SELECT name FROM sqlite_master WHERE type = 'trigger'")}
    assert wanted <= triggers
    with open_store(path) as store, store.ledger() as ledger:
        edit(ledger, 0, "b", URBAN_2)
    assert query(path, "SELECT rtreecheck('rtree_grids_geom')") == [("ok",)]


def test_a_new_build_killed_in_the_middle_leaves_the_former_plan(path):
    with open_store(path) as store, store.ledger() as ledger:
        edit(ledger, 0, "a")
        before = content_hash(store.read())
    program = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from plans import tiny_plan\n"
        "from geo_grid.store import gpkg_write, open_store\n"
        "gpkg_write.end_build = lambda *args: os._exit(9)\n"
        "open_store(sys.argv[2]).write(tiny_plan())\n"
    )
    tests = str(Path(__file__).parents[1])
    assert subprocess.run([sys.executable, "-c", program, tests, str(path)], check=False).returncode == 9
    with open_store(path) as store, store.ledger() as ledger:
        assert content_hash(store.read()) == before
        assert ledger.head(URBAN_1) == Head(1, ())
        assert edit(ledger, 1, "b") == 2
    assert query(path, "PRAGMA integrity_check") == [("ok",)]


def test_a_file_put_in_the_place_of_an_open_one_is_noticed(path, plan_file):
    with open_store(path) as store, store.ledger() as ledger:
        assert ledger.head(URBAN_1) == Head(0, ())
        other = path.with_name("other.gpkg")
        shutil.copy(plan_file, other)
        with open_store(other) as theirs, theirs.ledger() as mine:
            edit(mine, 0, "theirs")
        other.replace(path)
        assert ledger.head(URBAN_1) == Head(1, ())
        assert edit(ledger, 1, "b") == 2
    assert names(open_store(path)) == {"b"}


def test_a_writer_waits_for_another_program(path):
    with open_store(path) as store, store.ledger() as ledger:
        edit(ledger, 0, "a")
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        timer = threading.Timer(0.3, lambda: other.execute("COMMIT"))
        timer.start()
        assert edit(ledger, 1, "b") == 2
        timer.join()
        other.close()


def test_a_writer_that_waits_in_vain_gets_one_line(path, monkeypatch):
    monkeypatch.setattr("geo_grid.store.gpkg_backend._WAIT_SECONDS", 0.1)
    monkeypatch.setattr("geo_grid.store.gpkg_connect._WAL_SECONDS", 0.1)
    with open_store(path) as store, store.ledger() as ledger, closing(sqlite3.connect(path)) as other:
        other.isolation_level = None
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="another program is writing") as caught:
            edit(ledger, 0, "a")
        assert "\n" not in str(caught.value)
        other.execute("ROLLBACK")
        assert edit(ledger, 0, "a") == 1


def test_what_is_not_a_plan_gets_no_tables(tmp_path):
    path = tmp_path / "input.gpkg"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE mine (a)")
    before = path.read_bytes()
    with open_store(path).ledger() as ledger:
        for use in (lambda: ledger.head(URBAN_1), lambda: ledger.put_account({"name": "a", "role": "r"})):
            with pytest.raises(StoreError, match="not a plan"):
                use()
    assert path.read_bytes() == before
    with open_store(tmp_path / "none.gpkg").ledger() as ledger, pytest.raises(StoreError, match="no such plan"):
        ledger.head(URBAN_1)


def test_a_damaged_file_gives_one_line(path):
    with open_store(path) as store, store.ledger() as ledger:
        edit(ledger, 0, "a")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with open_store(path).ledger() as ledger:
        for use in (ledger.edits, lambda: edit(ledger, 1, "b")):
            with pytest.raises(StoreError) as caught:
                use()
            assert "\n" not in str(caught.value)


def test_an_edit_scans_no_table(path):
    """Whatever the size of the city: the statements of an edit find their rows by an index."""
    seen = []
    with open_store(path) as store, store.ledger() as ledger:
        edit(ledger, 0, "a")
        db = ledger._backend._writer
        db.set_trace_callback(seen.append)
        ledger.commit(URBAN_1, 1, NewRevision("s", "{}"), merged(), audit(), {URBAN_1: 3})
        ledger.move_head(URBAN_1, 2, 1, [2], renamed("a"), audit("undo"))
        db.set_trace_callback(None)
        texts = {text for text in seen if text.split()[0] in {"SELECT", "UPDATE", "DELETE"} and "rtree" not in text}
        assert len(texts) > 10
        for text in texts:
            steps = db.execute(f"EXPLAIN QUERY PLAN {text}").fetchall()
            assert not [step[3] for step in steps if step[3].startswith("SCAN") and "CONSTANT" not in step[3]], text
