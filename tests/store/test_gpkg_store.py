"""What is peculiar to the GeoPackage."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import pyogrio
import pytest
import shapely
from plans import URBAN_1, tiny_plan

from geo_grid.errors import StoreError
from geo_grid.store import content_hash, open_store
from geo_grid.store.gpkg_views import VIEWS

TYPES = {
    "areas": "MultiPolygon",
    "units": "Polygon",
    "grids": "MultiPolygon",
    "elements": "Unknown",
    "element_shares": "Unknown",
    "households": "Point",
    "exceptions": None,
    "quarantine": None,
    "meta": None,
}


@pytest.fixture
def path(tmp_path):
    target = tmp_path / "plan.gpkg"
    open_store(target).write(tiny_plan())
    return target


def test_ogr_sees_every_table(path):
    layers = dict(pyogrio.list_layers(path))
    assert TYPES.items() <= layers.items()
    assert set(VIEWS) <= set(layers)


def test_views_hold_what_their_names_say(path):
    plan = tiny_plan()
    grids = plan["grids"]
    for level in (1, 2, 3):
        view = pyogrio.read_dataframe(path, layer=f"grids_l{level}")
        assert sorted(view["code"]) == sorted(grids.loc[grids["level"] == level, "code"])
        assert view.crs == grids.crs
    views = [pyogrio.read_dataframe(path, layer=name) for name in VIEWS if name.startswith("elements")]
    assert sum(map(len, views)) == len(plan["elements"])
    assert [set(shapely.get_dimensions(view.geometry)) for view in views] == [{2}, {1}, {0}]


def test_geometry_is_indexed(path):
    with closing(sqlite3.connect(path)) as db:
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master")}
        sizes = {
            name: db.execute(f"SELECT count(*) FROM rtree_{name}_geom").fetchone()[0] for name in ("units", "grids")
        }
    assert {f"rtree_{name}_geom" for name, kind in TYPES.items() if kind} <= tables
    assert sizes == {name: len(tiny_plan()[name]) for name in sizes}


def test_a_lookup_by_area_scans_no_table(path):
    from geo_grid.store.base import AREA_FILTERS

    with closing(sqlite3.connect(path)) as db:
        for table in ("units", "grids", "element_shares", "elements", "exceptions", "households"):
            where = AREA_FILTERS[table].format(p="?1", s="")
            steps = db.execute(f"EXPLAIN QUERY PLAN SELECT * FROM {table} WHERE {where}", (URBAN_1,)).fetchall()
            assert all("SCAN" not in step[3] for step in steps), (table, steps)


def test_qgis_finds_a_style_for_every_layer_people_look_at(path):
    with closing(sqlite3.connect(path)) as db:
        styles = dict(db.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault = 1"))
    assert {"areas", "grids", "units", *VIEWS} <= set(styles)
    for text in styles.values():
        root = ET.fromstring(text)
        renderer = root.find("renderer-v2")
        symbols = {symbol.get("name") for symbol in renderer.find("symbols")}
        assert symbols
        assert {category.get("symbol") for category in renderer.iter("category")} <= symbols
        assert "http" not in text
    values = {category.get("value") for category in ET.fromstring(styles["grids_l1"]).iter("category")}
    assert values == {"in_band", "given", "exception"}


def test_an_interrupted_write_leaves_the_former_plan(path, monkeypatch):
    before = path.read_bytes()
    plan = tiny_plan()
    plan.meta["name"] = "x"

    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr("geo_grid.store.gpkg_write.add_styles", stop)
    with pytest.raises(KeyboardInterrupt):
        open_store(path).write(plan)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]


def test_a_killed_write_leaves_the_former_plan(path):
    before = path.read_bytes()
    tests = Path(__file__).parents[1]
    program = (
        "import os, sys; sys.path.insert(0, sys.argv[1])\n"
        "from plans import tiny_plan\n"
        "from geo_grid.store import gpkg_write, open_store\n"
        "gpkg_write.add_views = lambda db: os._exit(9)\n"
        "open_store(sys.argv[2]).write(tiny_plan())\n"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tests), str(path)], check=False)
    assert done.returncode == 9
    assert path.read_bytes() == before
    open_store(path).write(tiny_plan())  # what the killed one left does not stand in the way


def test_a_file_that_is_not_a_plan_is_never_written_over(tmp_path):
    target = tmp_path / "input.gpkg"
    gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(0, 0)], crs="EPSG:4326").to_file(target)
    before = target.read_bytes()
    store = open_store(target)
    assert not store.exists()
    for attempt in (store.ensure_writable, lambda: store.write(tiny_plan())):
        with pytest.raises(StoreError, match="not a plan"):
            attempt()
    with pytest.raises(StoreError, match="not a plan"):
        store.read()
    assert target.read_bytes() == before


@pytest.mark.parametrize("content", [b"not a database", b"SQLite format 3\x00" + b"\x00" * 200])
def test_a_damaged_file_gives_one_line(tmp_path, content):
    target = tmp_path / "plan.gpkg"
    target.write_bytes(content)
    with pytest.raises(StoreError) as caught:
        open_store(target).read()
    assert "\n" not in str(caught.value)
    assert str(target) in str(caught.value)


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_truncated_plan_gives_one_line(path, share):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(StoreError):
        open_store(path).read()


def test_a_folder_of_that_name_gives_one_line(tmp_path):
    (tmp_path / "plan.gpkg").mkdir()
    with pytest.raises(StoreError, match="not a plan"):
        open_store(tmp_path / "plan.gpkg").write(tiny_plan())


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(StoreError, match="does not exist"):
        open_store(tmp_path / "no" / "plan.gpkg").write(tiny_plan())


def test_a_plan_open_elsewhere_with_a_journal_is_left_alone(path):
    before = content_hash(open_store(path).read())
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("UPDATE meta SET value = value")
        other.commit()
        with pytest.raises(StoreError, match="another program"):
            open_store(path).write(tiny_plan())
        assert content_hash(open_store(path).read()) == before
    plan = tiny_plan()
    plan.meta["name"] = "x"
    open_store(path).write(plan)
    assert content_hash(open_store(path).read()) == content_hash(plan)


def test_a_journal_left_by_a_crash_does_not_spoil_the_new_plan(path):
    program = (
        "import os, sqlite3, sys; db = sqlite3.connect(sys.argv[1]); db.execute('PRAGMA journal_mode = WAL')\n"
        "db.execute(\"UPDATE areas SET name = 'x'\"); db.commit(); os._exit(0)\n".replace(
            "UPDATE areas", "UPDATE meta"
        ).replace("name = 'x'", "value = value")
    )
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    assert path.with_name("plan.gpkg-wal").exists()
    plan = tiny_plan()
    open_store(path).write(plan)
    assert not path.with_name("plan.gpkg-wal").exists()
    assert content_hash(open_store(path).read()) == content_hash(plan)


def test_odd_names_of_files_work(tmp_path):
    for name in ("a b?c#d%20.gpkg", "吕梁.GPKG", "-x.gpkg"):
        target = tmp_path / name
        if os.name == "nt" and "?" in name:
            continue
        open_store(target).write(tiny_plan())
        assert open_store(target).exists()


@pytest.mark.parametrize(
    "url", ["plan.shp", "plan", "mysql://u:secret@h/d", "", "plan.gpkg.zip", "https://h/plan.gpkg"]
)
def test_other_addresses_are_refused(url):
    with pytest.raises(StoreError) as caught:
        open_store(url)
    assert "gpkg" in str(caught.value)
    assert "secret" not in str(caught.value)
