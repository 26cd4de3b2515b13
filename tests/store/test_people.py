"""Comments, accounts, sessions and invitations; each test runs on each kind of store."""

from __future__ import annotations

import threading

import pytest
from plans import URBAN_1, URBAN_2

from geo_grid.errors import StoreError
from geo_grid.store import open_store

NOW, LATER, LATEST = ("2025-01-01T00:00:00.000+00:00", "2025-01-02T00:00:00.000+00:00", "2025-01-03T00:00:00.000+00:00")


def account(name="anna", **values):
    return {"name": name, "role": "planner", "password_hash": "$argon2id$s3cr3t", **values}


def session(id_hash="h1", **values):
    return {"id_hash": id_hash, "account": "anna", "csrf": "c", "created_at": NOW, "last_seen": NOW, **values}


def invitation(token_hash="t1", **values):
    return {"token_hash": token_hash, "role": "planner", "expires_at": LATER, **values}


def test_a_comment_is_pinned_and_closed_once(ledger):
    first = ledger.add_comment(URBAN_1, "这里\n'不对'", "anna", grid=f"{URBAN_1}001", x=1.5, y=2.5)
    second = ledger.add_comment(URBAN_2, "ok?", "bo")
    (row,) = ledger.comments(URBAN_1)
    assert (row["id"], row["text"], row["author"]) == (first, "这里\n'不对'", "anna")
    assert (row["grid_code"], row["x"], row["y"], row["closed_at"]) == (f"{URBAN_1}001", 1.5, 2.5, None)
    ledger.close_comment(first, "bo")
    closed = ledger.comments(URBAN_1)[0]
    assert closed["closed_by"] == "bo"
    ledger.close_comment(first, "carl")
    assert ledger.comments(URBAN_1)[0] == closed
    assert ledger.comments(URBAN_1, closed=False) == []
    assert [row["id"] for row in ledger.comments()] == [first, second]
    assert [row["what"] for row in ledger.edits()] == ["comment", "comment", "close_comment"]


@pytest.mark.parametrize(("area", "text"), [("999", "x"), (URBAN_1, "  "), (URBAN_1, "a\x00b")])
def test_a_comment_without_area_or_text_is_refused(ledger, area, text):
    with pytest.raises(StoreError):
        ledger.add_comment(area, text, "anna")
    assert ledger.comments() == []
    assert ledger.edits() == []


def test_a_comment_that_is_not_there_cannot_be_closed(ledger):
    with pytest.raises(StoreError, match="no comment 5"):
        ledger.close_comment(5, "anna")


def test_an_account_comes_back_and_is_replaced_by_name(ledger):
    assert ledger.account("anna") is None
    ledger.put_account(account(display="安娜", prefix="1411", created_at=NOW))
    assert ledger.account("anna") == {
        **account(),
        "display": "安娜",
        "prefix": "1411",
        "active": True,
        "created_at": NOW,
    }
    ledger.put_account({**ledger.account("anna"), "active": False, "role": "inspector"})
    ledger.put_account(account("bo"))
    assert [(row["name"], row["active"], row["role"]) for row in ledger.accounts()] == [
        ("anna", False, "inspector"),
        ("bo", True, "planner"),
    ]


def test_a_name_is_given_once(ledger):
    assert ledger.add_account(account())
    assert not ledger.add_account(account(role="administrator"))
    assert ledger.account("anna")["role"] == "planner"


def test_an_account_goes_with_its_sessions(ledger):
    ledger.put_account(account())
    ledger.put_session(session(expires_at=LATER))
    assert ledger.remove_account("anna")
    assert not ledger.remove_account("anna")
    assert ledger.session("h1") is None
    assert ledger.accounts() == []


@pytest.mark.parametrize(
    "row",
    [{"name": "anna"}, account(role=None), account(shoe=43), account("a\x00b")],
    ids=["no role", "null role", "unknown", "nul"],
)
def test_an_account_that_does_not_fit_is_refused_without_its_secret(ledger, row):
    with pytest.raises(StoreError) as caught:
        ledger.put_account(row)
    assert "s3cr3t" not in str(caught.value)
    assert ledger.accounts() == []


def test_sessions_are_touched_ended_and_purged(ledger):
    for number, expires in enumerate((NOW, LATER, LATEST)):
        ledger.put_session(session(f"h{number}", expires_at=expires))
    ledger.put_session(session("other", account="bo", expires_at=LATEST))
    ledger.touch_session("h1", LATER)
    assert (ledger.session("h1")["last_seen"], ledger.session("h1")["expires_at"]) == (LATER, LATER)
    ledger.touch_session("h1", LATER, LATEST)
    assert ledger.session("h1")["expires_at"] == LATEST
    assert ledger.purge_sessions(LATER) == 1
    assert ledger.session("h0") is None
    ledger.end_session("h1")
    assert ledger.session("h1") is None
    ledger.end_sessions_of("anna")
    assert ledger.session("h2") is None
    assert ledger.session("other")["account"] == "bo"


def test_an_invitation_works_once_and_in_time(ledger):
    ledger.put_invitation(invitation(name="anna", prefix="1411"))
    ledger.put_invitation(invitation("t2"))
    assert ledger.invitation("t1")["used_at"] is None
    assert ledger.use_invitation("t9", NOW) is None
    assert ledger.use_invitation("t2", LATER) is None
    used = ledger.use_invitation("t1", NOW)
    assert (used["name"], used["prefix"], used["role"], used["used_at"]) == ("anna", "1411", "planner", NOW)
    assert ledger.use_invitation("t1", NOW) is None
    assert [row["token_hash"] for row in ledger.invitations()] == ["t1", "t2"]


def test_of_many_who_use_an_invitation_at_once_one_gets_in(ledger):
    ledger.put_invitation(invitation())
    found = []
    start = threading.Barrier(12)

    def use():
        start.wait()
        found.append(ledger.use_invitation("t1", NOW))

    threads = [threading.Thread(target=use) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 12
    assert sum(row is not None for row in found) == 1


def test_accounts_can_be_kept_before_there_is_a_plan_and_stay_with_it(empty_url):
    from plans import tiny_plan

    with open_store(empty_url) as store:
        store.prepare(create=True)
        assert not store.exists()
        with store.ledger() as ledger:
            ledger.put_account(account())
        store.ensure_writable()
        store.write(tiny_plan())
        assert store.exists()
        with store.ledger() as ledger:
            assert ledger.account("anna")["role"] == "planner"
            assert ledger.edits() == []
