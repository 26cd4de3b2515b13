"""Published versions: whole, unchanging, area by area; each test runs on each kind of store."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pandas as pd
import psycopg
import pytest
from changes import NOTHING, audit, edit, names, publish, renamed, rows
from plans import EMPTY, URBAN_1, URBAN_2, VILLAGE, tiny_plan

from geo_grid.errors import StoreError
from geo_grid.schema import IMMUTABLE, LEDGER_TABLES, PUBLISHED
from geo_grid.store import content_hash, open_store, table_hashes
from geo_grid.store.ledger import ConflictError, Delta, Head, NewRevision

AREAS = {URBAN_1, URBAN_2, VILLAGE, EMPTY}


def run(url, query):
    """Run a statement as somebody who goes past the program."""
    if url.endswith(".gpkg"):
        with closing(sqlite3.connect(url)) as db, db:
            return db.execute(query).fetchall()
    with psycopg.connect(url, options="-c search_path=geo_grid,public") as db:
        cursor = db.execute(query)
        return cursor.fetchall() if cursor.description else []


def test_nothing_is_published_at_first(any_store, ledger):
    assert any_store.latest_version() is None
    assert ledger.versions() == []
    assert ledger.published_heads() == {}
    assert ledger.lineage().empty
    for version in ("published", 1):
        with pytest.raises(StoreError, match="nothing has been published"):
            any_store.read(version=version)


def test_the_first_version_is_the_whole_plan(any_store, ledger):
    assert publish(ledger, name="第一版") == 1
    (version,) = ledger.versions()
    assert (version["number"], version["name"], version["author"]) == (1, "第一版", "chief")
    assert any_store.latest_version() == 1
    published = any_store.read(version=1)
    draft = table_hashes(any_store.read())
    assert set(published.tables) == set(PUBLISHED) - {"meta"}
    assert table_hashes(published) == {name: draft[name] for name in PUBLISHED}
    assert ledger.published_heads() == dict.fromkeys(AREAS, 0)


def test_a_city_is_hashed_piece_by_piece(ledger, monkeypatch):
    publish(ledger)
    edit(ledger, 0, "a")
    publish(ledger, URBAN_1)
    whole = [row["content_hash"] for row in ledger.versions()]
    monkeypatch.setattr("geo_grid.store.publishing._HASHED", 2)
    for number, name in ((1, "b"), (2, "a")):
        edit(ledger, number, name)
        publish(ledger, URBAN_1, URBAN_2, VILLAGE)
    assert ledger.versions()[-1]["content_hash"] == whole[-1]
    assert ledger.heads() == {URBAN_1: Head(3, ())}  # to publish an area is not to edit it


def test_an_area_of_a_version_is_what_the_draft_had(any_store, ledger):
    publish(ledger)
    for area in AREAS:
        tables = [name for name in PUBLISHED if name != "meta"]
        assert table_hashes(any_store.area_plan(area, version=1)) == table_hashes(any_store.area_plan(area, tables))


def test_a_version_stays_while_the_draft_goes_on(any_store, ledger):
    edit(ledger, 0, "a")
    publish(ledger)
    first = content_hash(any_store.read(version=1))
    edit(ledger, 1, "b")
    assert names(any_store) == {"b"}
    assert names(any_store, version="published") == names(any_store, version=1) == {"a"}
    assert publish(ledger, URBAN_1, expected={URBAN_1: 2}) == 2
    edit(ledger, 2, "c")
    assert names(any_store, version=2) == names(any_store, version="published") == {"b"}
    assert names(any_store, version=1) == {"a"}
    assert content_hash(any_store.read(version=1)) == first


def test_only_what_changed_is_copied_again(any_url, ledger):
    publish(ledger)
    edit(ledger, 0, "a", URBAN_1)
    edit(ledger, 0, "b", URBAN_2)
    publish(ledger, URBAN_1)
    assert ledger.published_heads() == {URBAN_1: 1, URBAN_2: 0, VILLAGE: 0, EMPTY: 0}
    publish(ledger, URBAN_1, VILLAGE)  # nothing new in either
    counts = dict(run(any_url, "SELECT area_code, count(*) FROM editions GROUP BY area_code"))
    assert counts == {"": 1, URBAN_1: 2, URBAN_2: 1, VILLAGE: 1, EMPTY: 1}
    assert run(any_url, "SELECT version, count(*) FROM version_areas GROUP BY version ORDER BY 1") == [
        (1, 5),
        (2, 5),
        (3, 5),
    ]
    assert [row["change"]["areas"] for row in ledger.edits() if row["what"] == "publish"][1:] == [[URBAN_1], []]


def test_an_area_published_elsewhere_is_not_taken_along(any_store, ledger):
    publish(ledger)
    edit(ledger, 0, "half done", URBAN_2)
    edit(ledger, 0, "ready", URBAN_1)
    publish(ledger, URBAN_1)
    assert names(any_store, URBAN_1, 2) == {"ready"}
    assert names(any_store, URBAN_2, 2) != {"half done"}


def test_settled_changes_go_into_the_draft_and_the_version(any_store, ledger):
    publish(ledger)
    shares = tiny_plan()["element_shares"]
    shares = shares.loc[shares["grid_code"].str.startswith(URBAN_1)].assign(held=3.25)
    publish(ledger, URBAN_1, settled={URBAN_1: Delta({"element_shares": shares}, {}, None)})
    for version in (None, 2):
        assert (any_store.area_plan(URBAN_1, version=version)["element_shares"]["held"] == 3.25).all()
    assert not (any_store.area_plan(URBAN_1, version=1)["element_shares"]["held"] == 3.25).any()
    assert ledger.head(URBAN_1) == Head(0, ())


def test_publishing_what_somebody_changed_meanwhile_is_refused(any_store, ledger):
    edit(ledger, 0, "a")
    with pytest.raises(ConflictError) as caught:
        publish(ledger, URBAN_1, expected={URBAN_1: 0}, settled={URBAN_1: renamed("settled")})
    assert caught.value.head == Head(1, ())
    assert ledger.versions() == []
    assert names(any_store) == {"a"}


@pytest.mark.parametrize("step", ["edition_hashes", "write_audit", "joint_hash"])
def test_a_failure_in_the_middle_publishes_nothing(any_url, any_store, ledger, monkeypatch, step):
    publish(ledger)
    edit(ledger, 0, "a")
    before = content_hash(any_store.read())

    def stop(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"geo_grid.store.publishing.{step}", stop)
    with pytest.raises(KeyboardInterrupt):
        publish(ledger, URBAN_1, settled={URBAN_1: renamed("settled")}, lineage=lineage())
    monkeypatch.undo()
    assert any_store.latest_version() == 1
    assert content_hash(any_store.read()) == before
    assert run(any_url, "SELECT count(*) FROM editions WHERE version = 2") == [(0,)]
    assert run(any_url, "SELECT count(*) FROM lineage") == [(0,)]
    assert publish(ledger, URBAN_1) == 2
    assert names(any_store, version=2) == {"a"}


def test_an_unknown_area_or_version_is_refused(any_store, ledger):
    with pytest.raises(StoreError, match="no area has the code"):
        publish(ledger, "999")
    assert ledger.versions() == []
    publish(ledger)
    with pytest.raises(StoreError, match="no version 2"):
        any_store.read(version=2)
    with pytest.raises(StoreError, match="no area has the code"):
        any_store.area_plan("999", version=1)


def test_personal_data_are_not_published(any_store, ledger):
    publish(ledger)
    for table in ("households", "quarantine"):
        assert table not in any_store.read(version=1).tables
        with pytest.raises(StoreError, match="not part of what was published"):
            any_store.read([table], version=1)


def test_a_published_row_cannot_be_changed_or_removed(any_url, any_store, ledger):
    publish(ledger, lineage=lineage())
    before = content_hash(any_store.read(version=1))
    for table in IMMUTABLE:
        column = "number" if table == "versions" else "edition" if table.startswith("published") else "version"
        for query in (
            f"UPDATE {table} SET {column} = {column}",
            f"UPDATE {table} SET {column} = {column} + 1",
            f"DELETE FROM {table}",
        ):
            with pytest.raises((sqlite3.Error, psycopg.Error), match="published version never changes"):
                run(any_url, query)
    assert content_hash(any_store.read(version=1)) == before
    assert len(ledger.lineage()) == 2


def test_nothing_can_be_added_to_a_published_version(any_url, ledger):
    publish(ledger, lineage=lineage())
    for table in IMMUTABLE:
        if table != "versions":
            with pytest.raises((sqlite3.Error, psycopg.Error), match="published version never changes"):
                run(any_url, one_more_row(table))


def one_more_row(table):
    """A statement that adds a row like one that is there, under another key."""
    added = {"text": "\"{}\" || 'z'", "int": '"{}" + 100'}
    columns, values = [], []
    for column in LEDGER_TABLES[table].columns:
        columns.append(f'"{column.name}"')
        key = column.name in LEDGER_TABLES[table].key and column.name not in {"edition", "version"}
        values.append(added[column.type].format(column.name) if key else columns[-1])
    if LEDGER_TABLES[table].geometry:
        columns, values = [*columns, "geom"], [*values, "geom"]
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {table} LIMIT 1"


def lineage():
    return pd.DataFrame(
        {
            "level": [1, 3],
            "old_code": [f"{URBAN_1}001", f"{URBAN_1}0010102"],
            "new_code": [f"{URBAN_1}001", None],
            "households": [300, 15],
            "kind": ["kept", "retired"],
        }
    )


def test_lineage_is_kept_by_version(ledger):
    publish(ledger)
    publish(ledger, URBAN_1, lineage=lineage())
    publish(ledger, URBAN_2, lineage=lineage().head(1).assign(kind="moved", new_code="x"))
    assert ledger.lineage()["version"].tolist() == [2, 2, 3]
    assert ledger.lineage(version=2)["kind"].tolist() == ["kept", "retired"]
    assert ledger.lineage(code="x")["kind"].tolist() == ["moved"]
    assert ledger.lineage(code=f"{URBAN_1}001")["version"].tolist() == [2, 3]
    assert ledger.lineage(2)["new_code"].isna().tolist() == [False, True]


def test_lineage_that_does_not_fit_publishes_nothing(ledger):
    with pytest.raises(StoreError, match="no value for 'kind'"):
        publish(ledger, lineage=lineage().assign(kind=None))
    assert ledger.versions() == []


def test_a_version_and_its_audit_row_come_together(ledger):
    publish(ledger, name="n", note="经会议讨论")
    (row,) = ledger.edits()
    assert (row["area_code"], row["what"], row["author"]) == ("", "publish", "chief")
    assert row["request"] == {"areas": [], "name": "n", "note": "经会议讨论"}
    assert row["change"]["version"] == 1
    assert ledger.versions()[0]["note"] == "经会议讨论"
    publish(ledger, note=None)
    assert ledger.versions()[1]["note"] == ""


def test_the_same_content_has_the_same_hash(ledger):
    publish(ledger)
    publish(ledger)
    edit(ledger, 0, "a")
    publish(ledger, URBAN_1)
    first, second, third = (row["content_hash"] for row in ledger.versions())
    assert first == second != third


def test_both_stores_give_a_version_the_same_hash(postgis_url, tmp_path):
    hashes = []
    for url in (postgis_url, tmp_path / "plan.gpkg"):
        with open_store(url) as store:
            store.write(tiny_plan())
            with store.ledger() as ledger:
                edit(ledger, 0, "a")
                publish(ledger)
                hashes.append(ledger.versions()[0]["content_hash"])
    assert hashes[0] == hashes[1]


def test_publishing_and_editing_at_once_never_mix_revisions(any_store, any_url):
    """Every version shows one revision of an area in all its tables."""
    import threading

    go = threading.Event()

    def write():
        with open_store(any_url) as store, store.ledger() as ledger:
            for number in range(12):
                name = f"n{number}"
                both = Delta(
                    {"grids": rows("grids").assign(name=name), "units": rows("units").assign(building=name)}, {}, None
                )
                ledger.commit(URBAN_1, number, NewRevision("s", "{}"), both, audit(), {})
                go.set()

    writer = threading.Thread(target=write)
    writer.start()
    assert go.wait(60)
    with any_store.ledger() as ledger:
        numbers = [publish(ledger, URBAN_1) for _ in range(6)]
        writer.join()
        revisions = {}
        for number in numbers:
            plan = any_store.area_plan(URBAN_1, version=number)
            (name,) = set(plan["grids"]["name"])
            assert set(plan["units"]["building"]) == {name}
            revisions[number] = int(name[1:]) + 1
        assert ledger.published_heads()[URBAN_1] == revisions[numbers[-1]]
    assert list(revisions.values()) == sorted(revisions.values())


def test_undoing_to_a_published_revision_and_publishing_again_copies_it(any_store, ledger):
    edit(ledger, 0, "a")
    publish(ledger)
    edit(ledger, 1, "b")
    publish(ledger, URBAN_1)
    ledger.move_head(URBAN_1, 2, 1, [2], renamed("a"), audit("undo"))
    publish(ledger, URBAN_1)
    assert ledger.published_heads()[URBAN_1] == 1
    assert [names(any_store, version=number) for number in (1, 2, 3)] == [{"a"}, {"b"}, {"a"}]
    assert ledger.versions()[0]["content_hash"] == ledger.versions()[2]["content_hash"]
    ledger.move_head(URBAN_1, 1, 0, [1], NOTHING, audit("undo"))
