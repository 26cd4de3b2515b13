"""What is peculiar to PostGIS."""

from __future__ import annotations

import threading

import psycopg
import pytest
from plans import URBAN_1, tiny_plan

from geo_grid.errors import StoreError
from geo_grid.schema import LEDGER_TABLES, TABLES
from geo_grid.store import content_hash, open_store
from geo_grid.store.base import AREA_FILTERS
from geo_grid.store.migrate import migrations
from geo_grid.store.postgis import PostGISStore

TYPES = {"text": "text", "int": "bigint", "real": "double precision"}


def test_both_stores_hold_the_same(postgis_url, tmp_path):
    plan = tiny_plan()
    hashes = set()
    for url in (postgis_url, tmp_path / "plan.gpkg"):
        store = open_store(url)
        store.write(plan)
        hashes.add(content_hash(store.read()))
    assert hashes == {content_hash(plan)}


def test_the_migrations_make_the_tables_of_the_schema(postgis_url):
    open_store(postgis_url).write(tiny_plan())
    query = (
        "SELECT column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema = 'geo_grid' AND table_name = %s ORDER BY ordinal_position"
    )
    keys = (
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
        " WHERE i.indrelid = %s::regclass AND i.indisprimary"
    )
    with psycopg.connect(postgis_url) as db:
        for name, table in {**TABLES, **LEDGER_TABLES}.items():
            numbered = len(table.key) == 1 and table.columns[0].type == "int"
            expected = [] if numbered else [("fid", "bigint", "NO")]
            expected += [(c.name, TYPES[c.type], "YES" if c.null else "NO") for c in table.columns]
            expected += [("geom", "USER-DEFINED", "NO")] if table.geometry else []
            assert db.execute(query, (name,)).fetchall() == expected
            assert {key for (key,) in db.execute(keys, (f"geo_grid.{name}",))} == set(table.key)
        geometry = {
            table: (kind, srid)
            for table, kind, srid in db.execute(
                "SELECT f_table_name, type, srid FROM geometry_columns WHERE f_table_schema = 'geo_grid'"
            )
        }
    expected_geometry = {name: (table.geometry, 4546) for name, table in TABLES.items() if table.geometry}
    # versions of one city may be in different coordinate systems: each geometry says its own
    expected_geometry |= {name: ("GEOMETRY", 0) for name, table in LEDGER_TABLES.items() if table.geometry}
    assert geometry == expected_geometry


def test_migrations_are_numbered_without_gaps_and_applied_once(postgis_url):
    steps = migrations()
    assert [step.number for step in steps] == list(range(1, len(steps) + 1))
    for _ in range(2):
        open_store(postgis_url).write(tiny_plan())
    with psycopg.connect(postgis_url) as db:
        assert db.execute("SELECT number, name FROM geo_grid.migrations ORDER BY 1").fetchall() == [
            (step.number, step.name) for step in steps
        ]


def test_the_coordinate_system_may_change(postgis_url):
    store = open_store(postgis_url)
    store.write(tiny_plan())
    plan = tiny_plan()
    plan.crs = plan.meta["crs"] = "EPSG:32649"
    for name, frame in plan.tables.items():
        if "geom" in frame:
            plan.tables[name] = frame.set_crs(plan.crs, allow_override=True)
    store.write(plan)
    assert content_hash(store.read()) == content_hash(plan)
    assert store.read(["areas"])["areas"].crs == "EPSG:32649"


def test_lookups_by_area_use_indexes(postgis_url):
    open_store(postgis_url).write(tiny_plan())
    with psycopg.connect(postgis_url) as db:
        db.execute("SET enable_seqscan = off")
        for table in ("units", "grids", "exceptions", "element_shares", "elements", "households"):
            where = AREA_FILTERS[table].format(p="%s", s="geo_grid.")
            count = where.count("%s")
            plan = db.execute(f"EXPLAIN SELECT * FROM geo_grid.{table} WHERE {where}", (URBAN_1,) * count).fetchall()
            assert "Seq Scan" not in str(plan)


def test_a_reader_sees_the_former_plan_until_the_new_one_is_whole(postgis_url, monkeypatch):
    store = open_store(postgis_url)
    first = tiny_plan()
    store.write(first)
    second = tiny_plan()
    second.meta["name"] = "x"
    second.tables["exceptions"] = second["exceptions"].iloc[:1]
    halfway, go_on = threading.Event(), threading.Event()
    append = __import__("geo_grid.store.postgis", fromlist=["_append"])._append

    def slow(db, table, rows, srid):
        append(db, table, rows, srid)
        if table.name == "elements":
            halfway.set()
            assert go_on.wait(60)

    monkeypatch.setattr("geo_grid.store.postgis._append", slow)
    writer = threading.Thread(target=store.write, args=(second,))
    writer.start()
    try:
        assert halfway.wait(60)
        assert content_hash(open_store(postgis_url).read()) == content_hash(first)
    finally:
        go_on.set()
        writer.join()
    assert content_hash(store.read()) == content_hash(second)


def test_a_write_cut_off_leaves_the_former_plan(postgis_url, monkeypatch):
    store = open_store(postgis_url)
    store.write(tiny_plan())
    before = content_hash(store.read())

    def cut(db, *args):
        with psycopg.connect(postgis_url, autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s)", (db.info.backend_pid,))
        db.execute("SELECT 1")

    plan = tiny_plan()
    plan.meta["name"] = "x"
    monkeypatch.setattr("geo_grid.store.postgis._set_srid", cut)
    with pytest.raises(StoreError):
        store.write(plan)
    monkeypatch.undo()
    assert content_hash(store.read()) == before


def test_two_writers_take_turns(postgis_url):
    plans = []
    for name in ("a", "b"):
        plan = tiny_plan()
        plan.meta["name"] = name
        plan.tables["areas"] = plan["areas"].assign(name=name)
        plans.append(plan)
    failures = []

    def write(plan):
        try:
            open_store(postgis_url).write(plan)
        except StoreError as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(plan,)) for plan in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert content_hash(open_store(postgis_url).read()) in {content_hash(plan) for plan in plans}


def test_somebody_elses_schema_is_left_alone(postgis_url):
    with psycopg.connect(postgis_url) as db:
        db.execute("CREATE SCHEMA geo_grid")
        db.execute("CREATE TABLE geo_grid.mine (a int)")
    with pytest.raises(StoreError, match="did not make"):
        open_store(postgis_url).write(tiny_plan())


def test_a_database_of_a_newer_program_is_refused(postgis_url):
    store = open_store(postgis_url)
    store.write(tiny_plan())
    with psycopg.connect(postgis_url) as db:
        db.execute("INSERT INTO geo_grid.migrations (number, name) VALUES (9999, '9999_future.sql')")
    for use in (store.read, store.exists, store.ensure_writable, lambda: store.write(tiny_plan())):
        with pytest.raises(StoreError, match="newer"):
            use()


def test_a_reader_without_rights_gets_one_line(postgis_url):
    open_store(postgis_url).write(tiny_plan())
    with psycopg.connect(postgis_url, autocommit=True) as db:
        db.execute("DROP ROLE IF EXISTS guest")
        db.execute("CREATE ROLE guest LOGIN")
    try:
        guest = open_store(postgis_url.replace("postgres@", "guest@"))
        for attempt in (guest.read, guest.ensure_writable, lambda: guest.write(tiny_plan())):
            with pytest.raises(StoreError, match="Ask the owner") as caught:
                attempt()
            assert "\n" not in str(caught.value)
    finally:
        with psycopg.connect(postgis_url, autocommit=True) as db:
            db.execute("DROP ROLE guest")


def test_a_crs_without_a_number_is_refused(postgis_url):
    plan = tiny_plan()
    plan.crs = "auto"
    for name, frame in plan.tables.items():
        if "geom" in frame:
            plan.tables[name] = frame.set_crs(None, allow_override=True)
    with pytest.raises(StoreError):
        open_store(postgis_url).write(plan)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://anna:s3cr3t@localhost:1/city",
        "postgresql://anna:s3cr3t@x@localhost:1/city",
        "postgresql://anna:x@s3cr3t/city",
        "postgresql://anna:s3cr3t/x@localhost:1/city",
        "postgresql://anna:s3cr3t%zz@localhost:1/city",
        "postgresql://anna:s3cr3t#a@localhost:1/city",
        "postgresql://anna:?s3cr3t@localhost:1/city",
        "postgresql://anna@localhost:1/city?password=s3cr3t",
        "postgresql://anna:s3cr3t@[::1/city",
        "postgresql://localhost:1/city?passwort=1&password=s3cr3t&x",
    ],
)
def test_a_password_is_never_shown(url):
    store = PostGISStore(url)
    with pytest.raises(StoreError) as caught:
        store.read()
    if url != "postgresql://anna:x@s3cr3t/city":  # there it is the host
        for text in (str(caught.value), store.label, repr(store), repr(caught.value)):
            assert "s3cr3t" not in text
            assert caught.value.__cause__ is None
