"""A store moves to another of any kind without loss."""

from __future__ import annotations

import pytest
from changes import edit, names, publish
from field_cases import uid
from phones import context, day, record
from plans import URBAN_1, tiny_plan
from rosters import DAY, ORGANISATIONS_AUDIT, STAFF_AUDIT, organisations, roster

from geo_grid.errors import StoreError
from geo_grid.schema import FIELD_TABLES, LEDGER_TABLES, TABLES
from geo_grid.store import content_hash, copy_store, open_store
from geo_grid.store.ledger import Head


@pytest.fixture
def filled(any_store):
    with any_store.ledger() as ledger:
        edit(ledger, 0, "甲", origin="built")
        publish(ledger)
        edit(ledger, 1, "乙")
        publish(ledger, URBAN_1)
        ledger.put_account({"name": "anna", "role": "planner"})
        ledger.put_session(
            {"id_hash": "h", "account": "anna", "csrf": "c", "created_at": "1", "last_seen": "1", "expires_at": "2"}
        )
        ledger.put_invitation({"token_hash": "t", "role": "planner", "expires_at": "2"})
        ledger.add_comment(URBAN_1, "?\n'\t\\", "anna", x=0.1, y=1e-9)
        ledger.replace_staff("", roster((f"{URBAN_1}001", "张三")), STAFF_AUDIT, on=DAY)
        ledger.replace_organisations("", organisations((URBAN_1, "党委")), ORGANISATIONS_AUDIT)
        ledger.log_access("anna", "csv", URBAN_1)
        ledger.put_account({"name": "bo", "role": "planner"}, by="anna")
        ledger.receive_events(day(), context())
        ledger.put_upload(uid(2), received=1000, stored_name="a.jpg", stored_sha256="0" * 64)
    return any_store


@pytest.fixture(params=["gpkg", "postgis"])
def target(request, tmp_path):
    url = tmp_path / "copy.gpkg" if request.param == "gpkg" else request.getfixturevalue("postgis_url")
    with open_store(url) as store:
        yield store


def test_everything_is_copied_and_compared(filled, target):
    copied = copy_store(filled, target)
    assert set(copied.rows) == {*TABLES, *LEDGER_TABLES} - {"meta"}
    assert copied.rows["revisions"] == 2
    assert copied.rows["versions"] == 2
    assert copied.rows["origins"] == 1
    assert copied.rows["published_units"] > copied.rows["units"]
    assert content_hash(target.read()) == content_hash(filled.read())
    for version in (1, 2):
        assert content_hash(target.read(version=version)) == content_hash(filled.read(version=version))
    with filled.ledger() as one, target.ledger() as other:
        keys = {"sessions": [], "invitations": []}
        assert one.dump() | keys == other.dump()
        assert one.dump()["sessions"]
        assert one.dump()["invitations"]
        assert {name for name, rows in one.dump().items() if not rows} <= {"lineage", "ancestry"}


def test_the_copy_goes_on_where_the_original_stopped(filled, target):
    copy_store(filled, target)
    with target.ledger() as ledger:
        last = ledger.last_edit()
        assert ledger.head(URBAN_1) == Head(2, ())
        assert edit(ledger, 2, "丙") == 3
        assert ledger.last_edit() == last + 1
        assert publish(ledger, URBAN_1) == 3
        assert ledger.add_comment(URBAN_1, "!", "bo") == 2
        stamp = ledger.field_stamp()
        assert {each["status"] for each in ledger.receive_events(day()[:6], context()).answers} == {"known"}
        ledger.receive_events([record(50)], context())
        assert ledger.field_stamp() == stamp + 1
        ledger.replace_staff("", roster((f"{URBAN_1}001", "李四")), STAFF_AUDIT, on=DAY)
        assert ledger.staff()["id"].tolist() == [1, 2]
    assert names(target, version=3) == {"丙"}
    assert names(target, version=2) == {"乙"}
    assert names(filled) == {"乙"}


def test_a_plan_is_handed_on_without_those_who_made_it(filled, target):
    copied = copy_store(filled, target, accounts=False)
    gone = {"accounts", "sessions", "invitations", "access_log", *FIELD_TABLES}
    assert {name for name in gone if copied.rows[name]} == set()
    with filled.ledger() as one, target.ledger() as other:
        assert one.accounts()
        assert [row["what"] for row in other.edits()] == [
            row["what"] for row in one.edits() if row["what"] not in {"account", "invite"}
        ]
        assert len(one.edits()) == len(other.edits()) + 1
        same = [name for name in LEDGER_TABLES if name not in {*gone, "edits"}]
        assert [one.dump()[name] for name in same] == [other.dump()[name] for name in same]
        assert other.versions()
        assert len(other.staff()) == 1


def test_a_plan_nobody_edited_is_copied_too(any_store, target):
    copied = copy_store(any_store, target)
    assert copied.rows["units"] == len(tiny_plan()["units"])
    assert content_hash(target.read()) == content_hash(tiny_plan())


def test_a_target_that_is_not_empty_is_left_alone(filled, target):
    target.write(tiny_plan())
    before = content_hash(target.read())
    with pytest.raises(StoreError, match="there is a plan already"):
        copy_store(filled, target)
    assert content_hash(target.read()) == before


def test_a_target_with_accounts_is_left_alone(filled, target):
    target.prepare(create=True)
    with target.ledger() as ledger:
        ledger.put_account({"name": "bo", "role": "administrator"})
    with pytest.raises(StoreError, match="accounts or edits already"):
        copy_store(filled, target)
    with target.ledger() as ledger:
        assert [row["name"] for row in ledger.accounts()] == ["bo"]


def test_a_copy_broken_off_leaves_an_empty_target(filled, target, monkeypatch):
    def stop(*args):
        raise KeyboardInterrupt

    for module in ("gpkg_write", "postgis"):
        monkeypatch.setattr(f"geo_grid.store.{module}.write_ledger_rows", stop)
    with pytest.raises(KeyboardInterrupt):
        copy_store(filled, target)
    monkeypatch.undo()
    assert not target.exists()
    assert copy_store(filled, target).rows["revisions"] == 2


def test_a_copy_that_differs_is_found_out(filled, target, monkeypatch):
    from geo_grid.store import copying

    write = copying.write_ledger_rows

    def forget(tx, rows):
        write(tx, {name: found[:-1] if name == "edits" else found for name, found in rows.items()})

    for module in ("gpkg_write", "postgis"):
        monkeypatch.setattr(f"geo_grid.store.{module}.write_ledger_rows", forget)
    with pytest.raises(StoreError, match="not the same"):
        copy_store(filled, target)


def test_an_empty_source_is_refused(target, tmp_path):
    with pytest.raises(StoreError, match="no such plan"):
        copy_store(open_store(tmp_path / "no.gpkg"), target)
    assert not target.exists()
