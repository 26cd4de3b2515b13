"""What the public learns of a stored roster, and how soon."""

from __future__ import annotations

import datetime as dt
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from plans import URBAN_1, tiny_plan

from geo_grid.errors import StoreError
from geo_grid.people import PublicRoster, public_people
from geo_grid.people.account import typed
from geo_grid.schema import STAFF
from geo_grid.store import open_store
from geo_grid.store.ledger import Audit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pandas as pd

    from geo_grid.store.ledger import Ledger

DAY = dt.date(2026, 3, 1)
ONE, TWO = f"{URBAN_1}001", f"{URBAN_1}002"


def roster(*rows: dict[str, Any]) -> pd.DataFrame:
    blank = {"level": 1, "role": "网格员", "phone": None, "phone_public": 0, "term_from": None, "term_to": None}
    return typed([blank | {"id": at, "source": "r", "source_row": at} | row for at, row in enumerate(rows, 2)], STAFF)


def keep(ledger: Ledger, *rows: dict[str, Any]) -> None:
    ledger.replace_staff("", roster(*rows), Audit("anna", "import_staff", {}, {}), on=DAY)


def renewed(cached: PublicRoster, former: str) -> str:
    """Wait until a roster that changed is there; nobody who asks meanwhile waits for it."""
    for _ in range(2_000):
        if (stamp := cached.stamp()) != former:
            return stamp
        time.sleep(0.01)
    raise AssertionError(former)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with open_store(tmp_path / "plan.gpkg") as store:
        store.write(tiny_plan())
        with store.ledger() as opened:
            yield opened


def test_phones_are_told_of_those_who_agreed_and_terms_count(ledger: Ledger) -> None:
    keep(
        ledger,
        {"grid_code": ONE, "name": "张三", "phone": "13800000001", "phone_public": 1},
        {"grid_code": ONE, "name": "李四", "phone": "13800000002"},
        {"grid_code": TWO, "name": "王五", "term_from": "2026-05-01"},
    )
    now = {
        ONE: [
            {"role": "网格员", "name": "张三", "phone": "13800000001"},
            {"role": "网格员", "name": "李四", "phone": None},
        ],
        TWO: [],
        "x": [],
    }
    cached = PublicRoster(lambda: ledger)
    for told in (public_people(ledger, now, DAY), cached.staff(now, DAY)):
        assert told == now
    later = dt.date(2026, 5, 1)
    assert public_people(ledger, [TWO], later) == cached.staff([TWO], later)
    assert cached.staff([TWO], later)[TWO][0]["name"] == "王五"
    assert "13800000002" not in repr(vars(cached)), "what is not public is not even in memory"


def test_changes_are_noticed_after_a_moment_and_not_asked_for_every_time(ledger: Ledger) -> None:
    seconds = [0.0]
    asked = [0]

    def give() -> Ledger:
        asked[0] += 1
        return ledger

    cached = PublicRoster(give, 2.0, lambda: seconds[0])
    assert cached.staff([ONE], DAY) == {ONE: []}
    first = cached.stamp()
    keep(ledger, {"grid_code": ONE, "name": "张三", "phone": "13800000001", "phone_public": 1})
    assert (cached.stamp(), cached.staff([ONE], DAY), asked) == (first, {ONE: []}, [1])
    seconds[0] = 2.0
    second = renewed(cached, first)
    (told,) = cached.staff([ONE], DAY)[ONE]
    told["name"] = "changed by who asked"
    assert cached.staff([ONE], DAY)[ONE][0]["name"] == "张三"
    ledger.change_staff(1, {"phone_public": 0}, Audit("anna", "staff", {}, {}))
    ledger.put_account({"name": "bo", "role": "planner"}, by="anna")
    seconds[0] = 4.0
    third = renewed(cached, second)
    assert cached.staff([ONE], DAY)[ONE][0]["phone"] is None
    seconds[0] = 6.0
    assert cached.stamp() == third, "an account is not a change of the roster"


def test_a_store_that_cannot_be_read_leaves_a_map_without_names(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> Ledger:
        raise StoreError("the database refuses", file="x")

    assert PublicRoster(fail).staff([ONE], DAY) == {ONE: []}
    assert "cannot be read" in caplog.text


def test_nobody_waits_for_somebody_who_looks(ledger: Ledger) -> None:
    seconds, going, go_on = [0.0], threading.Event(), threading.Event()
    slow = [False]

    def give() -> Ledger:
        if slow[0]:
            going.set()
            assert go_on.wait(20)
        return ledger

    cached = PublicRoster(give, 2.0, lambda: seconds[0])
    cached.stamp()
    slow[0], seconds[0] = True, 3.0
    looking = threading.Thread(target=cached.stamp)
    looking.start()
    assert going.wait(20)
    assert cached.staff([ONE], DAY) == {ONE: []}
    go_on.set()
    looking.join()
