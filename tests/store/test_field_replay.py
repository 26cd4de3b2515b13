"""A thousand changes by several people, replayed in any order, in any batches, and twice: the same tables in both stores."""

from __future__ import annotations

import random
import shutil

import pytest
from field_cases import history
from field_tables import assert_of_events, content
from phones import send, spoken

from geo_grid.store import open_store

COUNT = 1_000


@pytest.fixture(scope="module")
def changes():
    return spoken(history(32, COUNT))


@pytest.fixture(scope="module")
def expected(changes, plan_file, tmp_path_factory):
    """What comes of them in the order they were made, one by one."""
    path = tmp_path_factory.mktemp("replay") / "plan.gpkg"
    shutil.copy(plan_file, path)
    with open_store(path) as store, store.ledger() as ledger:
        for start in range(0, COUNT, 50):
            send(ledger, changes[start : start + 50])
        return content(ledger)


@pytest.mark.parametrize("seed", [1, 2])
def test_in_any_order_and_twice(ledger, changes, expected, seed):
    dice = random.Random(seed)
    sent = [*changes, *changes]
    dice.shuffle(sent)
    while sent:
        size = dice.choice([1, 7, 40, 200])
        send(ledger, sent[:size])
        del sent[:size]
    found = content(ledger)
    for name, rows in expected.items():
        assert found[name] == rows, name
    assert_of_events(ledger)


def test_what_is_sent_again_changes_nothing_at_all(ledger, changes):
    send(ledger, changes[:300])
    before = ledger.dump()
    answers = send(ledger, changes[:300])
    assert {answer["status"] for answer in answers} <= {"known", "waiting", "refused"}
    assert ledger.dump() == before


def test_the_history_is_worth_it(expected):
    """Enough of everything happens in it."""
    verdicts = [row["verdict"] for row in expected["field_events"].values()]
    assert verdicts.count("taken") > COUNT / 4
    assert verdicts.count("waiting") > 5
    assert len(set(verdicts)) > 8
    assert sum(row["conflict"] for row in expected["matters"].values()) > 5
    statuses = {row["status"] for row in expected["matter_changes"].values()}
    assert statuses == {None, "found", "assigned", "mended", "checked", "closed", "rejected"}
