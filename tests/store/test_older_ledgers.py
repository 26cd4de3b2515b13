"""Stores of the program before this one, and what that program makes of stores of this one."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import psycopg
import pytest
from changes import edit, publish
from plans import URBAN_1, tiny_plan

from geo_grid.errors import StoreError
from geo_grid.schema import LATER_TABLES
from geo_grid.store import copy_store, open_store
from geo_grid.store.migrate import migrations


@pytest.fixture
def path(tmp_path, plan_file):
    target = tmp_path / "plan.gpkg"
    shutil.copy(plan_file, target)
    return target


def query(path, text, *values):
    with closing(sqlite3.connect(path)) as db:
        return db.execute(text, values).fetchall()


def older(path):
    """Make a file as the program before people wrote it: some edits, and none of the later tables."""
    with open_store(path) as store, store.ledger() as ledger:
        edit(ledger, 0, "a")
        publish(ledger)
    with closing(sqlite3.connect(path)) as db, db:
        for name in LATER_TABLES:
            db.execute(f'DROP TABLE "{name}"')
        db.execute("DROP INDEX grids_posts")
        db.execute("UPDATE meta SET value = '1' WHERE \"key\" = 'schema_version'")


def test_an_older_ledger_is_read_as_one_without_people_and_completed_when_written_to(path):
    older(path)
    before = path.read_bytes()
    with open_store(path) as store, store.ledger() as ledger:
        assert len(ledger.staff()) == len(ledger.organisations()) == len(ledger.access_log()) == 0
        assert [row["what"] for row in ledger.edits()] == ["rename", "publish"]
        assert ledger.dump()["staff"] == []
        assert len(ledger.dump()["edits"]) == 2
        assert path.read_bytes() == before, "who reads changes nothing"
        ledger.log_access("anna", "csv")
        assert len(ledger.access_log()) == 1
        assert len(ledger.edits()) == 2


@pytest.mark.parametrize("shut", [True, False])
def test_a_build_over_an_older_ledger_loses_nothing(path, shut):
    older(path)
    with open_store(path) as store, store.ledger() as ledger:
        if not shut:
            ledger.head(URBAN_1)
        store.write(tiny_plan())
        assert [row["what"] for row in ledger.edits()] == ["rename", "publish", "build"]
        assert store.latest_version() == 1
    assert version_of(path) == "2"


def test_a_database_of_the_program_before_is_read_and_brought_up_to_date_when_written_to(postgis_url):
    last = max(step.number for step in migrations())
    with open_store(postgis_url) as store, store.ledger() as ledger:
        store.write(tiny_plan())
        edit(ledger, 0, "a")
    with psycopg.connect(postgis_url) as db:
        for name in LATER_TABLES:
            db.execute(f"DROP TABLE geo_grid.{name}")
        db.execute("DELETE FROM geo_grid.migrations WHERE number > 2")
        db.execute("UPDATE geo_grid.meta SET value = '1' WHERE key = 'schema_version'")
    with open_store(postgis_url) as store, store.ledger() as ledger:
        assert len(ledger.staff()) == len(ledger.access_log()) == 0
        assert len(ledger.edits()) == len(ledger.dump()["edits"]) == 1
        ledger.log_access("anna", "csv")
        assert len(ledger.access_log()) == len(ledger.edits()) == 1
        assert len(store.read(["areas"])["areas"]) == 4
    with psycopg.connect(postgis_url) as db:
        assert db.execute("SELECT max(number) FROM geo_grid.migrations").fetchone() == (last,)
        said = db.execute("SELECT value FROM geo_grid.meta WHERE key = 'schema_version'").fetchone()
        assert said == ("2",)


def version_of(path):
    return query(path, "SELECT value FROM meta WHERE \"key\" = 'schema_version'")[0][0]


def test_a_file_that_holds_more_than_a_plan_is_refused_by_older_programs(path, tmp_path, monkeypatch):
    assert version_of(path) == "1", "a plan alone is for everybody"
    with open_store(path) as store, store.ledger() as ledger:
        ledger.add_comment(URBAN_1, "?", "anna")
        assert store.meta()["schema_version"] == 1, "the plan itself is as before"
        assert version_of(path) == "2"
        store.write(tiny_plan())
        assert version_of(path) == "2"
        copy_store(store, open_store(tmp_path / "copy.gpkg"))
        assert version_of(tmp_path / "copy.gpkg") == "2"
    before = path.read_bytes()
    monkeypatch.setattr("geo_grid.store.base.LEDGER_VERSION", 1)
    older = open_store(path)
    for use in (older.read, older.ensure_writable, lambda: older.write(tiny_plan()), older.ledger().edits):
        with pytest.raises(StoreError, match="newer geo-grid"):
            use()
    assert path.read_bytes() == before
