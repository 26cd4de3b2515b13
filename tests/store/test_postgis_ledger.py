"""What is peculiar to a ledger in PostGIS."""

from __future__ import annotations

import logging
import threading

import psycopg
import pytest
from changes import edit, names, publish
from pg import database
from plans import URBAN_1, URBAN_2, tiny_plan

from geo_grid.errors import StoreError
from geo_grid.schema import LEDGER_TABLES
from geo_grid.store import content_hash, open_store
from geo_grid.store.ledger import Head
from geo_grid.store.migrate import migrations
from geo_grid.store.postgis import PostGISStore


@pytest.fixture
def url(postgis_cluster, plan_database):
    with database(postgis_cluster, plan_database) as address:
        yield address


@pytest.fixture
def store(url):
    with open_store(url) as opened:
        yield opened


def run(url, query, *values):
    with psycopg.connect(url, options="-c search_path=geo_grid,public") as db:
        cursor = db.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def test_a_database_of_the_former_program_is_edited_without_more_ado(postgis_url):
    """Only the first migration was applied there."""
    first = migrations()[0]
    run(postgis_url, "CREATE SCHEMA geo_grid")
    run(
        postgis_url,
        "CREATE TABLE geo_grid.migrations"
        " (number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())",
    )
    run(postgis_url, first.sql)
    run(postgis_url, "INSERT INTO geo_grid.migrations (number, name) VALUES (%s, %s)", first.number, first.name)
    run(postgis_url, "ALTER TABLE geo_grid.areas ALTER COLUMN geom TYPE geometry(MultiPolygon, 4546)")
    run(postgis_url, "INSERT INTO geo_grid.meta (key, value) VALUES ('crs', '\"EPSG:4546\"'), ('schema_version', '1')")
    box = "ST_Multi(ST_MakeEnvelope(0, 0, 1, 1, 4546))"
    run(
        postgis_url,
        f"INSERT INTO geo_grid.areas (code, name, kind, households, border_shift, geom) VALUES (%s, 'a', 'urban', 1, 0, {box})",
        URBAN_1,
    )
    with open_store(postgis_url) as store:
        assert store.latest_version() is None
        assert len(store.read(["areas"])["areas"]) == 1
        with store.ledger() as ledger:
            assert ledger.head(URBAN_1) == Head(0, ())
            assert ledger.code_numbers(URBAN_1) == {}
            assert run(postgis_url, "SELECT to_regclass('geo_grid.edits')") == [(None,)]
            ledger.put_account({"name": "anna", "role": "planner"})
        assert run(postgis_url, "SELECT number FROM geo_grid.migrations ORDER BY 1") == [
            (step.number,) for step in migrations()
        ]


def test_a_database_of_a_newer_program_is_refused(store, url):
    run(url, "INSERT INTO geo_grid.migrations (number, name) VALUES (9999, '9999_future.sql')")
    with store.ledger() as ledger:
        for use in (ledger.edits, lambda: edit(ledger, 0, "a"), ledger.prepare):
            with pytest.raises(StoreError, match="newer"):
                use()


def test_connections_that_were_cut_are_made_anew(store, url):
    with store.ledger() as ledger:
        edit(ledger, 0, "a")
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert edit(ledger, 1, "b") == 2


def test_a_connection_cut_in_mid_edit_leaves_nothing_and_says_so(store, url, monkeypatch):
    with store.ledger() as ledger:
        edit(ledger, 0, "a")

        def cut(tx, *args):
            (pid,) = tx.rows("SELECT pg_backend_pid()")[0]
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (pid,))
            tx.rows("SELECT 1")

        monkeypatch.setattr("geo_grid.store.history.write_audit", cut)
        with pytest.raises(StoreError) as caught:
            edit(ledger, 1, "b")
        assert "\n" not in str(caught.value)
        monkeypatch.undo()
        assert names(store) == {"a"}
        assert edit(ledger, 1, "c") == 2


def test_an_edit_waits_for_a_build_and_is_then_refused(store, url, monkeypatch):
    halfway, go_on = threading.Event(), threading.Event()
    from geo_grid.store import postgis

    append = postgis._append

    def slow(db, table, frame, srid):
        append(db, table, frame, srid)
        if table.name == "units":
            halfway.set()
            assert go_on.wait(60)

    with store.ledger() as ledger:
        edit(ledger, 0, "a")
        build = ledger.build()
        monkeypatch.setattr("geo_grid.store.postgis._append", slow)
        builder = threading.Thread(target=open_store(url).write, args=(tiny_plan(),))
        results = []

        def late():
            try:
                results.append(edit(ledger, 1, "late", build=build))
            except StoreError as error:
                results.append(error)

        editor = threading.Thread(target=late)
        builder.start()
        try:
            assert halfway.wait(60)
            editor.start()
            assert ledger.head(URBAN_1) == Head(1, ())  # who reads does not wait
            assert results == []
        finally:
            go_on.set()
            builder.join()
            editor.join()
        assert [type(result).__name__ for result in results] == ["ConflictError"]
        assert content_hash(store.read()) == content_hash(tiny_plan())


def test_areas_are_locked_one_by_one(store, url):
    """An edit in one area does not wait for a transaction that holds another."""
    with store.ledger() as ledger:
        edit(ledger, 0, "a", URBAN_1)
        edit(ledger, 0, "a", URBAN_2)
        with psycopg.connect(url) as db:
            db.execute("SELECT 1 FROM geo_grid.heads WHERE area_code = %s FOR UPDATE", (URBAN_2,))
            assert edit(ledger, 1, "b", URBAN_1) == 2


def test_who_may_read_the_map_sees_no_accounts(store, url):
    with store.ledger() as ledger:
        publish(ledger)
        ledger.put_account({"name": "anna", "role": "planner", "password_hash": "h"})
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("CREATE ROLE public_map LOGIN")
        try:
            db.execute("GRANT USAGE ON SCHEMA geo_grid TO public_map")
            public = [name for name, table in LEDGER_TABLES.items() if table.public]
            for name in (*public, "meta", "migrations"):
                db.execute(f"GRANT SELECT ON geo_grid.{name} TO public_map")
            guest = open_store(url.replace("postgres@", "public_map@"))
            assert len(guest.read(["areas", "grids"], version="published")["areas"]) == 4
            with guest.ledger() as ledger:
                assert len(ledger.versions()) == 1
                for use in (ledger.accounts, ledger.edits, lambda: edit(ledger, 0, "a")):
                    with pytest.raises(StoreError, match="Ask the owner"):
                        use()
        finally:
            db.execute("DROP OWNED BY public_map")
            db.execute("DROP ROLE public_map")


def test_a_password_is_in_no_message_log_or_name(url, caplog):
    caplog.set_level(logging.DEBUG)
    secret = url.replace("postgres@", "postgres:s3cr3t@")
    with open_store(secret) as store, store.ledger() as ledger:
        texts = [repr(store), repr(ledger), store.label, ledger.label]
        edit(ledger, 0, "a")
        with pytest.raises(StoreError) as caught:
            edit(ledger, 0, "b")
        texts += [str(caught.value), repr(caught.value)]
        with pytest.raises(StoreError) as caught:
            edit(ledger, 1, "b", "999")
        texts += [str(caught.value), repr(caught.value)]
    assert "s3cr3t" not in "".join(texts)
    assert "s3cr3t" not in caplog.text


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://anna:s3cr3t@localhost:1/city",
        "postgresql://anna:s3cr3t%zz@localhost:1/city",
        "postgresql://anna:s3cr3t#a@localhost:1/city",
        "postgresql://anna@localhost:1/city?password=s3cr3t",
        "postgresql://anna:s3cr3t@[::1/city",
    ],
)
def test_a_ledger_that_cannot_connect_says_so_at_once_without_the_password(address, caplog):
    caplog.set_level(logging.DEBUG)
    with PostGISStore(address).ledger() as ledger:
        for use in (ledger.edits, lambda: edit(ledger, 0, "a"), ledger.prepare, ledger.area_figures):
            with pytest.raises(StoreError) as caught:
                use()
            assert "s3cr3t" not in str(caught.value) + repr(caught.value) + repr(ledger)
            assert caught.value.__cause__ is None
    assert "s3cr3t" not in caplog.text


def test_an_edit_scans_no_table(store, url):
    """Whatever the size of the city: the statements of an edit find their rows by an index."""
    with store.ledger() as ledger:
        edit(ledger, 0, "a")
    queries = [
        "SELECT number, ahead FROM heads WHERE area_code = 'x' FOR UPDATE",
        "SELECT coalesce(max(number), 0) + 1 FROM revisions WHERE area_code = 'x'",
        "SELECT coalesce(max(id), 0) FROM edits WHERE what = 'build'",
        "SELECT code FROM grids WHERE area_code = 'x'",
        "SELECT parent_code FROM code_numbers WHERE area_code = 'x'",
        "SELECT id FROM edits WHERE id > 7",
        "UPDATE households h SET unit_id = m.unit_id FROM unnest(ARRAY['a'], ARRAY['b']) AS m (id, unit_id) WHERE h.id = m.id",
        "DELETE FROM element_shares WHERE element_id = 'x' AND grid_code = 'y'",
        "SELECT area_code, count(*) FROM grids WHERE status = 'open' GROUP BY area_code",
        "SELECT geom FROM published_units WHERE edition = 3",
    ]
    with psycopg.connect(url, options="-c search_path=geo_grid,public -c enable_seqscan=off") as db:
        for query in queries:
            assert "Seq Scan" not in str(db.execute(f"EXPLAIN {query}").fetchall()), query
