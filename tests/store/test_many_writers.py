"""Many planners at once, on each kind of store: one wins, the others are told, nothing is lost."""

from __future__ import annotations

import threading
from contextlib import ExitStack

from changes import NOTHING, audit, edit, names, publish
from plans import URBAN_1, URBAN_2, VILLAGE

from geo_grid.store import open_store
from geo_grid.store.ledger import ConflictError, Head, NewRevision

WRITERS = 50


def all_at_once(jobs):
    """Run jobs in threads that start together; the value is what each returned or raised."""
    start = threading.Barrier(len(jobs))
    results = [None] * len(jobs)

    def run(place, job):
        start.wait()
        try:
            results[place] = job()
        except Exception as error:  # noqa: BLE001  whatever it is, the test looks at it
            results[place] = error

    threads = [threading.Thread(target=run, args=(place, job)) for place, job in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_of_fifty_writers_on_one_revision_one_wins(any_store, any_url):
    with ExitStack() as stack:
        ledgers = [stack.enter_context(stack.enter_context(open_store(any_url)).ledger()) for _ in range(3)]
        jobs = [lambda place=place: edit(ledgers[place % 3], 0, f"w{place}") for place in range(WRITERS)]
        results = all_at_once(jobs)
    winners = [place for place, result in enumerate(results) if result == 1]
    refused = [result for result in results if isinstance(result, ConflictError)]
    assert len(winners) == 1
    assert len(refused) == WRITERS - 1
    assert {error.head for error in refused} == {Head(1, ())}
    assert {tuple(row["after"] for row in error.edits) for error in refused} == {(1,)}
    with any_store.ledger() as ledger:
        assert ledger.head(URBAN_1) == Head(1, ())
        assert ledger.state(URBAN_1, 1) == f"state w{winners[0]}"
        assert len(ledger.edits()) == len(ledger.revisions(URBAN_1)) == 1
    assert names(any_store) == {f"w{winners[0]}"}


def test_writers_who_try_again_all_get_through(any_store, any_url):
    def persistent(ledger, place):
        while True:
            head = ledger.head(URBAN_1).number
            try:
                return edit(ledger, head, f"w{place}")
            except ConflictError:
                continue

    with ExitStack() as stack:
        ledgers = [stack.enter_context(stack.enter_context(open_store(any_url)).ledger()) for _ in range(2)]
        results = all_at_once([lambda place=place: persistent(ledgers[place % 2], place) for place in range(8)])
    assert sorted(results) == list(range(1, 9))
    with any_store.ledger() as ledger:
        revisions = ledger.revisions(URBAN_1)
        assert [row["parent"] for row in revisions] == list(range(8))
        assert {ledger.state(URBAN_1, row["number"]) for row in revisions} == {f"state w{place}" for place in range(8)}
        last = ledger.state(URBAN_1, 8).removeprefix("state ")
    assert names(any_store) == {last}


def test_areas_can_be_edited_side_by_side(any_store, ledger):
    areas = [URBAN_1, URBAN_2, VILLAGE]
    results = all_at_once([lambda area=area: [edit(ledger, n, f"n{n}", area) for n in range(5)] for area in areas])
    assert results == [[1, 2, 3, 4, 5]] * 3
    assert {row["area_code"]: row["after"] for row in ledger.edits()} == dict.fromkeys(areas, 5)


def test_who_asks_for_what_came_after_an_edit_misses_none(ledger, any_url):
    """The ids of the audit come in the order in which the edits can be seen."""
    ledger.prepare()
    areas, seen, done = [URBAN_1, URBAN_2, VILLAGE], [], threading.Event()

    def poll():
        last = 0
        with open_store(any_url) as store, store.ledger() as mine:
            while True:
                over = done.is_set()
                for row in mine.edits(since=last):
                    seen.append(row["id"])
                    last = row["id"]
                if over:
                    return

    poller = threading.Thread(target=poll)
    poller.start()
    revision = NewRevision("s", "{}")
    all_at_once(
        [
            lambda area=area: [ledger.commit(area, n, revision, NOTHING, audit(), {}) for n in range(15)]
            for area in areas
        ]
    )
    done.set()
    poller.join()
    assert seen == [row["id"] for row in ledger.edits()]
    assert len(seen) == 45


def test_two_who_publish_take_turns(any_store, ledger):
    edit(ledger, 0, "a")
    assert sorted(all_at_once([lambda: publish(ledger, URBAN_1) for _ in range(4)])) == [1, 2, 3, 4]
    assert [row["number"] for row in ledger.versions()] == [1, 2, 3, 4]
    assert names(any_store, version=4) == {"a"}


def test_readers_see_whole_edits_only(any_store, any_url, ledger):
    edit(ledger, 0, "n0")
    torn, done = [], threading.Event()

    def read():
        with open_store(any_url) as store:
            while not done.is_set():
                found = names(store)
                if len(found) != 1:
                    torn.append(found)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(1, 15):
        edit(ledger, number, f"n{number}")
    done.set()
    reader.join()
    assert torn == []
    assert names(any_store) == {"n14"}


def test_the_first_edit_of_all_disturbs_nobody_who_reads(any_store, any_url):
    """With it a GeoPackage gets its ledger and changes to WAL mode."""

    def look_and_try(ledger, place):
        found = ledger.head(URBAN_1), ledger.code_numbers(URBAN_1)[URBAN_1], ledger.versions(), ledger.build()
        assert found[1:] == (2, [], 0)
        assert len(names(any_store, URBAN_2)) > 1
        try:
            edit(ledger, 0, f"w{place}")
        except ConflictError:
            return False
        return ledger.head(URBAN_1) == Head(1, ())

    with open_store(any_url) as store, store.ledger() as ledger:
        results = all_at_once([lambda place=place: look_and_try(ledger, place) for place in range(12)])
    assert sorted(map(str, results)) == ["False"] * 11 + ["True"]


def test_a_reader_need_not_wait_for_a_writer(any_store, ledger, monkeypatch):
    edit(ledger, 0, "a")
    inside, go_on = threading.Event(), threading.Event()
    from geo_grid.store import history

    write_audit = history.write_audit

    def slow(*args):
        inside.set()
        assert go_on.wait(60)
        return write_audit(*args)

    monkeypatch.setattr("geo_grid.store.history.write_audit", slow)
    writer = threading.Thread(target=edit, args=(ledger, 1, "b"))
    writer.start()
    try:
        assert inside.wait(60)
        assert names(any_store) == {"a"}
        assert ledger.head(URBAN_1) == Head(1, ())
    finally:
        go_on.set()
        writer.join()
    assert names(any_store) == {"b"}
