"""A program killed while it writes: what was acknowledged is there, what was not is there whole or not at all.

A hundred and forty kills in all over both kinds of store.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
from changes import edit, names, publish
from plans import URBAN_1, tiny_plan

from geo_grid.store import table_hashes

KILLS = {"edit": 40, "publish": 10, "field": 20}


def killed(url, what):
    program = Path(__file__).with_name("killed_writer.py")
    done = subprocess.run(
        [sys.executable, str(program), url, what, str(KILLS[what]), "7"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_sound(url):
    """The file itself is whole: pages, indexes, keys; every grid and unit is in the spatial index once."""
    if url.endswith(".gpkg"):
        with closing(sqlite3.connect(url)) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            for table in ("units", "grids"):
                assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (len(tiny_plan()[table]),)
                assert db.execute(f"SELECT rtreecheck('rtree_{table}_geom')").fetchone() == ("ok",)
    else:
        with psycopg.connect(url) as db:
            db.execute("CREATE EXTENSION IF NOT EXISTS amcheck")
            for (index,) in db.execute(
                "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_am a ON a.oid = c.relam"
                " WHERE a.amname = 'btree' AND c.relkind = 'i' AND c.relnamespace = 'geo_grid'::regnamespace"
            ).fetchall():
                db.execute("SELECT bt_index_check(%s::regclass)", (index,))


def test_killed_while_editing(any_url, any_store):
    said = killed(any_url, "edit")
    assert len(said) == KILLS["edit"]
    assert_sound(any_url)
    acknowledged = [number for numbers in said for number in numbers]
    assert len(acknowledged) > KILLS["edit"] / 4
    with any_store.ledger() as ledger:
        head, revisions = ledger.head(URBAN_1).number, ledger.revisions(URBAN_1)
        assert head >= max(acknowledged)
        assert [row["number"] for row in revisions] == list(range(1, head + 1))
        assert [ledger.state(URBAN_1, number) for number in (1, head)] == ["state n1", f"state n{head}"]
        assert [row["after"] for row in ledger.edits(limit=100_000)] == list(range(1, head + 1))
        assert names(any_store) == {f"n{head}"}
        assert edit(ledger, head, "alive") == head + 1
    others = {name: tiny_plan()[name] for name in ("units", "elements", "households")}
    kept = any_store.read(list(others))
    plan = tiny_plan()
    hashes = table_hashes(plan)
    assert {name: table_hashes(kept)[name] for name in others} == {name: hashes[name] for name in others}


def test_killed_while_publishing(any_url, any_store):
    with any_store.ledger() as ledger:
        edit(ledger, 0, "n1")
    said = killed(any_url, "publish")
    assert_sound(any_url)
    acknowledged = [number for numbers in said for number in numbers]
    areas = set(tiny_plan()["areas"]["code"])
    with any_store.ledger() as ledger:
        versions = [row["number"] for row in ledger.versions()]
        assert versions == list(range(1, len(versions) + 1))
        assert set(acknowledged) <= set(versions)
        assert [row["change"]["version"] for row in ledger.edits(limit=100_000) if row["what"] == "publish"] == versions
        rows = ledger.dump()
        assert {row[2] for row in rows["editions"]} <= set(versions)
        for version in {*versions[:2], *versions[-2:]}:
            plan = any_store.read(version=version)
            assert set(plan["areas"]["code"]) == areas
            assert len(plan["units"]) == len(tiny_plan()["units"])
            assert len(names(any_store, version=version)) == 1
        assert publish(ledger, URBAN_1) == len(versions) + 1
