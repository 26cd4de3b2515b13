"""Staff, organisations and the access log; each test runs on each kind of store."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from changes import edit
from plans import URBAN_1, URBAN_2, VILLAGE
from rosters import DAY, ONE_AUDIT, ORGANISATIONS_AUDIT, STAFF_AUDIT, member, organisations, roster

from geo_grid.errors import StoreError
from geo_grid.store import open_store
from geo_grid.store.ledger import ConflictError, NotTakenError, Replaced

ONE, TWO, OTHER = f"{URBAN_1}001", f"{URBAN_1}002", f"{URBAN_2}001"
NEXT = DAY + dt.timedelta(days=40)


def names(frame):
    return frame["name"].tolist()


def test_a_roster_comes_back_by_grid_beginning_and_day(ledger):
    assert len(ledger.staff()) == 0
    assert ledger.people_stamp() == 0
    rows = [
        member(ONE, "张三\n'x'", phone="13800000001", phone_public=1, term_to="2026-03-31"),
        member(TWO, "李四", term_from="2026-04-01", source_row=3),
        member(OTHER, "王五", source_row=4),
    ]
    assert ledger.replace_staff("", roster(*rows), STAFF_AUDIT, on=DAY) == Replaced(3, 0, 0, 0)
    found = ledger.staff()
    assert found.drop(columns="id").astype(object).where(found.notna(), None).to_dict("records") == rows
    assert names(ledger.staff([ONE, TWO, "x"])) == names(found)[:2]
    assert names(ledger.staff(prefix=URBAN_2)) == ["王五"]
    assert names(ledger.staff(on=DAY)) == ["张三\n'x'", "王五"]
    assert names(ledger.staff([ONE, TWO], prefix=URBAN_1, on=NEXT)) == ["李四"]
    assert names(ledger.staff([])) == []
    assert names(ledger.staff([OTHER, *map(str, range(2_000))])) == ["王五"]
    assert ledger.people_stamp() == ledger.last_edit()


def test_who_was_in_charge_when_is_never_forgotten(ledger):
    ledger.replace_staff("", roster((ONE, "张三"), (OTHER, "王五")), STAFF_AUDIT, on=DAY)
    ledger.replace_staff(URBAN_1, roster((ONE, "李四")), STAFF_AUDIT, on=NEXT)
    assert names(ledger.staff([ONE], on=DAY)) == ["张三"]
    assert names(ledger.staff([ONE], on=NEXT - dt.timedelta(days=1))) == ["张三"]
    assert names(ledger.staff([ONE], on=NEXT)) == ["李四"]
    assert names(ledger.staff([OTHER], on=NEXT)) == ["王五"], "the roster was of another place"
    assert ledger.replace_staff(URBAN_1, roster((ONE, "李四")), STAFF_AUDIT, on=NEXT) == Replaced(0, 0, 0, 1)


def test_a_roster_of_some_areas_leaves_the_others(ledger):
    ledger.replace_staff("", roster((ONE, "张三"), (OTHER, "王五")), STAFF_AUDIT, on=DAY)
    done = ledger.replace_staff("", roster((TWO, "李四")), STAFF_AUDIT, on=NEXT, areas=[URBAN_1])
    assert done == Replaced(1, 0, 1, 0)
    assert names(ledger.staff(on=NEXT)) == ["王五", "李四"]


def test_a_roster_with_rows_missing_ends_nobody(ledger):
    ledger.replace_staff("", roster((ONE, "张三"), (TWO, "王五")), STAFF_AUDIT, on=DAY)
    rows = roster(member(ONE, "张三", phone="110"))
    assert ledger.replace_staff("", rows, STAFF_AUDIT, on=NEXT, partial=True) == Replaced(0, 1, 0, 0)
    assert names(ledger.staff(on=NEXT)) == ["张三", "王五"]


def test_a_dry_run_changes_nothing(ledger):
    ledger.replace_staff("", roster((ONE, "张三")), STAFF_AUDIT, on=DAY)
    before = ledger.dump()
    rows = roster((ONE, "李四"), (TWO, "王五"))
    assert ledger.replace_staff("", rows, STAFF_AUDIT, on=NEXT, dry_run=True) == Replaced(2, 0, 1, 0)
    rows = organisations((URBAN_1, "党委"))
    assert ledger.replace_organisations("", rows, ORGANISATIONS_AUDIT, dry_run=True) == Replaced(1, 0, 0, 0)
    assert ledger.dump() == before
    assert ledger.replace_staff("", roster((ONE, "李四"), (TWO, "王五")), STAFF_AUDIT, on=NEXT) == Replaced(2, 0, 1, 0)


def test_what_is_written_down_names_nobody(ledger):
    rows = roster(member(ONE, "张三", phone="13800000001"))
    ledger.replace_staff(URBAN_1, rows, STAFF_AUDIT, on=DAY)
    ledger.change_staff(1, {"phone": "13900000009", "phone_public": 1}, ONE_AUDIT)
    first, second = ledger.edits()
    assert (first["what"], first["area_code"], first["author"]) == ("import_staff", URBAN_1, "anna")
    assert first["change"] == {"added": 1, "changed": 0, "ended": 0, "kept": 0}
    assert (second["what"], second["area_code"]) == ("staff", URBAN_1)
    assert second["change"] == {"staff": 1, "columns": ["phone", "phone_public"]}
    assert not [word for word in ("张三", "1380", "1390") if word in str(ledger.edits())]


@pytest.mark.parametrize(
    "rows",
    [
        roster(member(ONE, "张三", level=None)),
        roster(member(ONE, "a\x00b")),
        roster((ONE, "张三")).drop(columns="role"),
        roster((ONE, "张三"), (VILLAGE + "001", "李四")),
    ],
    ids=["null", "nul", "column", "prefix"],
)
def test_a_roster_that_does_not_fit_changes_nothing(ledger, rows):
    ledger.replace_staff("", roster((ONE, "李四")), STAFF_AUDIT, on=DAY)
    before = ledger.dump()
    with pytest.raises(StoreError):
        ledger.replace_staff(URBAN_1, rows, STAFF_AUDIT, on=NEXT)
    assert ledger.dump() == before


def test_phone_consent_and_term_of_one_person_change(ledger):
    ledger.replace_staff("", roster((ONE, "张三"), (ONE, "李四")), STAFF_AUDIT, on=DAY)
    row = ledger.change_staff(1, {"phone": "12345", "phone_public": 1, "term_to": "2026-03-31"}, ONE_AUDIT)
    assert (row["phone"], row["phone_public"], row["term_to"]) == ("12345", 1, "2026-03-31")
    assert names(ledger.staff([ONE], on=NEXT)) == ["李四"]
    assert ledger.change_staff(1, {"phone": None}, ONE_AUDIT)["phone_public"] == 0, "no phone, nothing to publish"
    edits = len(ledger.edits())
    ledger.change_staff(1, {"phone": None}, ONE_AUDIT)
    assert len(ledger.edits()) == edits, "what changes nothing is not written down"


@pytest.mark.parametrize(
    ("number", "changes"),
    [
        (9, {"phone": "1"}),
        (1, {"name": "李四"}),
        (1, {"grid_code": TWO}),
        (1, {"term_from": "2026-04-01", "term_to": "2026-03-31"}),
        (1, {"term_to": "soon"}),
        (1, {"term_to": "20260331"}),
        (1, {"term_to": "2026-12-31"}),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(ledger, number, changes):
    rows = roster(member(ONE, "张三", term_to="2026-03-31"), member(ONE, "张三", term_from="2026-06-01"))
    ledger.replace_staff("", rows, STAFF_AUDIT, on=DAY)
    before = ledger.dump()
    with pytest.raises(NotTakenError):
        ledger.change_staff(number, changes, ONE_AUDIT)
    assert ledger.dump() == before


def test_somebody_is_added_once(ledger):
    number = ledger.add_staff(member(ONE, "张三", term_from="2026-03-01"), ONE_AUDIT)
    assert ledger.staff([ONE])["id"].tolist() == [number]
    with pytest.raises(NotTakenError, match="already"):
        ledger.add_staff(member(ONE, "张 三"), ONE_AUDIT)
    ledger.add_staff(member(ONE, "张三", term_to="2026-02-28"), ONE_AUDIT)
    assert len(ledger.staff([ONE])) == 2


def test_of_rosters_at_once_one_comes_after_the_other(any_url):
    with open_store(any_url) as store:
        ledgers = [store.ledger() for _ in range(4)]
        ledgers[0].prepare()
        done = []

        def take(ledger):
            done.append(ledger.replace_staff("", roster((ONE, "张三"), (TWO, "李四")), STAFF_AUDIT, on=DAY))

        threads = [threading.Thread(target=take, args=(ledger,)) for ledger in ledgers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(done) == [Replaced(0, 0, 0, 2)] * 3 + [Replaced(2, 0, 0, 0)]
        assert len(ledgers[0].staff()) == 2
        for ledger in ledgers:
            ledger.close()


def test_organisations_are_replaced_where_the_list_speaks_of_them(ledger):
    first = organisations((URBAN_1, "甲党委"), (URBAN_2, "乙党委"))
    assert ledger.replace_organisations("", first, ORGANISATIONS_AUDIT) == Replaced(2, 0, 0, 0)
    assert ledger.replace_organisations("", first, ORGANISATIONS_AUDIT) == Replaced(0, 0, 0, 2)
    new = organisations((URBAN_1, "丙党委"), contact="张三")
    assert ledger.replace_organisations("", new, ORGANISATIONS_AUDIT, areas=[URBAN_1]) == Replaced(1, 0, 1, 0)
    assert names(ledger.organisations()) == ["乙党委", "丙党委"]
    assert names(ledger.organisations(prefix=URBAN_1)) == ["丙党委"]
    more = organisations((URBAN_1, "丁党委"))
    assert ledger.replace_organisations(URBAN_1, more, ORGANISATIONS_AUDIT, partial=True) == Replaced(1, 0, 0, 1)
    with pytest.raises(NotTakenError):
        ledger.replace_organisations(URBAN_2, new, ORGANISATIONS_AUDIT)


def test_who_read_household_data_is_told_by_area(ledger):
    assert ledger.access_log() == []
    for area in (URBAN_1, URBAN_2, ""):
        ledger.log_access("anna", "export csv", area)
    rows = ledger.access_log()
    assert [(row["account"], row["what"], row["area"]) for row in rows] == [
        ("anna", "export csv", area) for area in (URBAN_1, URBAN_2, "")
    ]
    assert rows[0]["at"].endswith("+00:00")
    assert [row["area"] for row in ledger.access_log(URBAN_1)] == [URBAN_1, ""]
    assert [row["area"] for row in ledger.access_log(since=rows[0]["id"], limit=1)] == [URBAN_2]
    assert ledger.edits() == []


def test_posts_are_the_grids_without_their_shapes(ledger, any_store):
    grids = any_store.read(["grids"])["grids"]
    posts = ledger.posts()
    assert set(posts["code"]) == set(grids["code"])
    assert posts["level"].is_monotonic_increasing
    assert set(ledger.posts(URBAN_1)["area_code"]) == {URBAN_1}
    assert len(ledger.posts("x")) == 0


def test_accounts_are_written_down_when_somebody_wants_it_so(ledger):
    ledger.put_account({"name": "anna", "role": "administrator", "password_hash": "$s3cr3t"})
    assert ledger.edits() == []
    assert ledger.add_account({"name": "bo", "role": "planner", "prefix": URBAN_1, "password_hash": "$a"}, by="anna")
    assert not ledger.add_account({"name": "bo", "role": "planner"}, by="anna")
    ledger.put_account({**ledger.account("bo"), "role": "inspector"}, by="anna")
    ledger.put_account(ledger.account("bo"), by="anna")
    ledger.put_account({**ledger.account("bo"), "password_hash": "$b"}, by="bo")
    ledger.put_invitation({"token_hash": "t0k", "role": "planner", "expires_at": "2"}, by="anna")
    assert ledger.remove_account("bo", by="anna")
    assert not ledger.remove_account("bo", by="anna")
    told = [(row["what"], row["author"], row["request"], row["change"]) for row in ledger.edits()]
    new = {"display": "bo", "role": "planner", "prefix": URBAN_1, "active": 1, "password": "first", "new": True}
    bo = {"account": "bo"}
    assert told == [
        ("account", "anna", bo, new),
        ("account", "anna", bo, {"role": "inspector", "new": False}),
        ("account", "bo", bo, {"password": "another", "new": False}),
        ("invite", "anna", {"account": "", "role": "planner", "prefix": ""}, {}),
        ("account", "anna", bo, {"removed": True}),
    ]
    assert "s3cr3t" not in str(told)
    assert "t0k" not in str(told)
    assert [row["what"] for row in ledger.edits(prefix=URBAN_1)] == ["account"] * 4, "not what is for the whole city"
    assert ledger.edits(prefix=URBAN_2) == []


def test_people_and_accounts_are_no_change_of_an_area(ledger):
    edit(ledger, 0, "a")
    ledger.replace_staff("", roster((ONE, "张三")), STAFF_AUDIT, on=DAY)
    ledger.put_account({"name": "bo", "role": "planner"}, by="anna")
    edit(ledger, 1, "b")
    with pytest.raises(ConflictError) as caught:
        edit(ledger, 1, "c")
    assert [row["after"] for row in caught.value.edits] == [2]


def test_managed_are_the_elements_of_an_area_with_their_shares_everywhere(ledger, any_store):
    plan = any_store.read(["grids", "elements", "element_shares"])
    area_of = dict(zip(plan["grids"]["code"], plan["grids"]["area_code"], strict=True))
    shares = plan["element_shares"]
    mine = set(shares["element_id"][shares["grid_code"].map(area_of) == URBAN_1])
    assert mine
    found = ledger.managed(URBAN_1)
    assert set(found["elements"]["id"]) == mine
    theirs = shares[shares["element_id"].isin(mine)]
    keys = ["element_id", "grid_code", "level", "measure"]
    assert sorted(found["element_shares"][keys].itertuples(index=False, name=None)) == sorted(
        theirs[keys].itertuples(index=False, name=None)
    )
    assert set(theirs["grid_code"]) <= set(found["grids"]["code"])
    assert {name: len(frame) for name, frame in ledger.managed("x").items()} == {
        "elements": 0,
        "element_shares": 0,
        "grids": 0,
    }
