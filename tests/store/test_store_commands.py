"""``geo-grid store``: init, migrate, copy."""

from __future__ import annotations

import argparse
import sqlite3
from contextlib import closing

import pytest
from plans import tiny_plan

from geo_grid.cli.store_commands import register
from geo_grid.errors import GeoGridError
from geo_grid.store import content_hash, open_store


def run(*words):
    parser = argparse.ArgumentParser()
    register(parser.add_subparsers(required=True))
    options = parser.parse_args(["store", *words])
    return options.run(options)


def test_init_makes_an_empty_store(empty_url, capsys):
    run("init", empty_url)
    assert "is ready" in capsys.readouterr().out
    with open_store(empty_url) as store:
        assert not store.exists()
        with store.ledger() as ledger:
            ledger.put_account({"name": "anna", "role": "administrator"})
    run("init", empty_url)  # again, and nothing is lost
    with open_store(empty_url) as store, store.ledger() as ledger:
        assert [row["name"] for row in ledger.accounts()] == ["anna"]


def test_migrate_brings_a_plan_of_the_former_program_up_to_date(any_url):
    with open_store(any_url) as store:
        before = content_hash(store.read())
        run("migrate", any_url)
        assert content_hash(store.read()) == before
        if any_url.endswith(".gpkg"):
            with closing(sqlite3.connect(any_url)) as db:
                assert db.execute("SELECT count(*) FROM edits").fetchone() == (0,)


def test_migrate_wants_a_store(empty_url):
    with pytest.raises(GeoGridError):
        run("migrate", empty_url)


def test_copy_says_what_it_copied(any_url, tmp_path, capsys):
    run("copy", any_url, str(tmp_path / "copy.gpkg"))
    out = capsys.readouterr().out
    assert f"{len(tiny_plan()['units'])} units" in out
    assert "on both sides" in out
    with open_store(tmp_path / "copy.gpkg") as store:
        assert content_hash(store.read()) == content_hash(tiny_plan())


def test_no_output_holds_a_password(postgis_url, tmp_path, capsys):
    url = postgis_url.replace("postgres@", "postgres:s3cr3t@")
    run("init", url)
    with open_store(tmp_path / "a.gpkg") as store:
        store.write(tiny_plan())
    run("copy", str(tmp_path / "a.gpkg"), url)
    with pytest.raises(GeoGridError) as caught:
        run("copy", str(tmp_path / "a.gpkg"), url)
    captured = capsys.readouterr()
    assert "s3cr3t" not in captured.out + captured.err + str(caught.value)


def test_init_leaves_somebody_elses_file_alone(tmp_path):
    path = tmp_path / "input.gpkg"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE mine (a)")
    before = path.read_bytes()
    for words in (["init", str(path)], ["migrate", str(path)]):
        with pytest.raises(GeoGridError, match="not a plan"):
            run(*words)
    assert path.read_bytes() == before
