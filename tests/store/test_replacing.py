"""Many rows of a GeoPackage in place of others: what is there afterwards is what came row by row."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import tiny_plan

from geo_grid.schema import TABLES
from geo_grid.store import open_store
from geo_grid.store.gpkg_backend import gpkg_backend
from geo_grid.store.gpkg_replace import _index_sides, once_each
from geo_grid.store.values import plain_rows, shapes


@pytest.fixture
def paths(tmp_path):
    out = [tmp_path / "many.gpkg", tmp_path / "single.gpkg"]
    for path in out:
        with open_store(path) as store:
            store.write(tiny_plan())
    return out


def written(path, name):
    """Every row of a table in its order, without its number, its box, and how many rows the file says there are."""
    with closing(sqlite3.connect(path)) as db:
        names = ", ".join(f't."{column}"' for column in TABLES[name].column_names)
        box = (
            f' LEFT JOIN "rtree_{name}_geom" b ON b.id = t.fid'
            if TABLES[name].geometry
            else " CROSS JOIN (SELECT 1 AS id) b"
        )
        rows = db.execute(f'SELECT {names}, b.* FROM "{name}" t {box} ORDER BY t.fid').fetchall()
        at = len(TABLES[name].column_names)
        count = db.execute("SELECT feature_count FROM gpkg_ogr_contents WHERE table_name = ?", (name,)).fetchone()
        triggers = db.execute(
            "SELECT name, sql FROM sqlite_master WHERE tbl_name = ? ORDER BY name", (name,)
        ).fetchall()
        boxes = db.execute(f'SELECT count(*) FROM "rtree_{name}_geom"').fetchone() if TABLES[name].geometry else None
        return [row[:at] + row[at + 1 :] for row in rows], count, triggers, boxes


@pytest.mark.parametrize("name", ["units", "grids", "households", "areas", "element_shares", "exceptions"])
def test_many_rows_come_out_as_single_ones_do(paths, name):
    plan, table = tiny_plan(), TABLES[name]
    frame = plan[name]
    some = frame.iloc[: max(2, len(frame) // 2)].copy()
    other = next(c for c in reversed(table.columns) if c.name not in table.key and not some[c.name].isna().all())
    column = some[other.name]
    text = column.astype(object).where(column.isna(), '另"一,个')
    changed = text if other.type == "text" else column * 2 + 1
    some[other.name] = column.where(np.arange(len(some)) % 2 == 0, changed)
    if table.geometry:
        moved = np.arange(len(some)) % 3 == 0
        some["geom"] = np.where(moved, shapely.transform(some["geom"].to_numpy(), lambda at: at + 0.1), some["geom"])
    new = some.iloc[:2].copy()
    new[table.key[0]] = ["新1", "新2"]
    before = written(paths[0], name)
    for path, much in zip(paths, (True, False), strict=True):
        with closing(gpkg_backend(path)) as backend, backend.writing(much=much) as tx:
            for part in (some, new, frame.iloc[:0]):
                tx.upsert(table, plain_rows(table, part), shapes(table, part), plan.crs)
    many, single = (written(path, name) for path in paths)
    assert many == single
    assert set(before[2]) <= set(many[2])
    assert many[0] != before[0]
    assert len(many[0]) == len(before[0]) + 2


def test_of_two_rows_of_one_key_the_last_counts(paths):
    plan, table = tiny_plan(), TABLES["grids"]
    twice = plan["grids"].iloc[[0, 0]].copy()
    twice["name"] = ["一", "二"]
    rows = plain_rows(table, twice)
    assert once_each(table, rows[:1])
    assert not once_each(table, rows)
    with closing(gpkg_backend(paths[0])) as backend, backend.writing(much=True) as tx:
        tx.upsert(table, rows, shapes(table, twice), plan.crs)
        assert tx.rows("SELECT name FROM grids WHERE code = ?", (twice["code"].iloc[0],)) == [("二",)]


@settings(deadline=None)
@given(st.lists(st.floats(-1e9, 1e9), min_size=4, max_size=4), st.integers(0, 3))
def test_boxes_are_rounded_as_sqlite_rounds_them(numbers, whole):
    numbers = [float(np.float32(number)) if at == whole else number for at, number in enumerate(numbers)]
    west, east = sorted(numbers[:2])
    south, north = sorted(numbers[2:])
    with closing(sqlite3.connect(":memory:")) as db:
        db.execute("CREATE VIRTUAL TABLE box USING rtree(id, a, b, c, d)")
        db.execute("INSERT INTO box VALUES (1, ?, ?, ?, ?)", (west, east, south, north))
        rounded = _index_sides(np.array([[west, south, east, north]]))
        assert db.execute("SELECT a, b, c, d FROM box").fetchone() == tuple(side[0] for side in rounded)


def test_numbers_with_a_point_are_kept_to_the_last_bit(paths):
    plan, table = tiny_plan(), TABLES["element_shares"]
    some = plan["element_shares"].copy()
    some["measure"] = np.random.default_rng(1).uniform(0, 1e4, len(some)) / 3
    with closing(gpkg_backend(paths[0])) as backend, backend.writing(much=True) as tx:
        tx.upsert(table, plain_rows(table, some), shapes(table, some), plan.crs)
        found = {(e, g): m for e, g, m in tx.rows("SELECT element_id, grid_code, measure FROM element_shares")}
    assert found == {(e, g): m for e, g, m in zip(some["element_id"], some["grid_code"], some["measure"], strict=True)}
