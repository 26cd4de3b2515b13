"""Many phones at once, and a server killed in mid-batch: nothing is lost, doubled, or behind a cursor."""

from __future__ import annotations

import random
import threading
from contextlib import ExitStack

from field_cases import history, uid
from field_tables import assert_of_events, content, stored
from phones import change, context, found, photo, record, send, spoken
from test_killed import assert_sound, killed
from test_many_writers import all_at_once

from geo_grid.store import open_store

PHONES = 12


def ledgers(stack, url, count):
    return [stack.enter_context(stack.enter_context(open_store(url)).ledger()) for _ in range(count)]


def test_phones_that_send_the_same_at_once_are_taken_once(any_url, ledger):
    changes = spoken(history(5, 240))

    def phone(own, seed):
        dice = random.Random(seed)
        sent = dice.sample(changes, len(changes))
        while sent:
            size = dice.randint(1, 60)
            send(own, sent[:size])
            del sent[:size]

    with ExitStack() as stack:
        own = ledgers(stack, any_url, 4)
        results = all_at_once([lambda place=place: phone(own[place % 4], place) for place in range(PHONES)])
    assert results == [None] * PHONES
    assert_of_events(ledger)
    together = content(ledger)
    ids = {each.event["id"] for each in changes}
    assert set(together["field_events"]) <= ids
    made = [each.event for each in changes if each.event["kind"] == "record" and not each.event["after"]]
    assert set(together["records"]) == {event["id"] for event in made}


def test_two_changes_of_one_matter_are_both_kept_side_by_side(any_url, ledger):
    ledger.receive_events([found(3)], context())
    both = [
        ("李", change("mended", 5, 3, [3], photos=[uid(6)])),
        ("王", change("mended", 7, 3, [3], photos=[uid(8)])),
    ]
    with ExitStack() as stack:
        own = ledgers(stack, any_url, 2)
        all_at_once(
            [
                lambda at=at, who=who, event=event: own[at].receive_events([event], context(author=who))
                for at, (who, event) in enumerate(both)
            ]
        )
    told = ledger.matter(uid(3))
    assert told["row"]["conflict"] == 1
    assert sorted(told["row"]["heads"]) == [uid(5), uid(7)]
    ledger.receive_events([change("resolved", 9, 3, [5, 7], keep=uid(7))], context(author="赵", role="planner"))
    told = ledger.matter(uid(3))
    assert (told["row"]["conflict"], told["row"]["heads"]) == (0, [uid(9)])
    assert told["row"]["assignee"] == "王", "nobody had been named: it is his who mended it"
    assert [each["author"] for each in told["changes"] if each["kind"] == "mended"] == ["李", "王"]
    assert_of_events(ledger)


def test_whoever_follows_the_cursor_misses_nothing(any_url, ledger):
    done = threading.Event()
    told: list[str] = []

    def reader(own):
        cursor = 0
        while True:
            last = done.is_set()
            page = own.events_page(cursor, "", 7)
            assert page["cursor"] >= cursor
            told.extend(event["id"] for event in page["events"])
            cursor = page["cursor"]
            if last and not page["more"]:
                return

    def phone(own, place):
        for step in range(8):
            number = 1000 * (place + 1) + 2 * step
            own.receive_events([photo(number + 1, number)], context())  # waits for its record
            own.receive_events([record(number)], context())

    with ExitStack() as stack:
        own = ledgers(stack, any_url, 5)
        follower = threading.Thread(target=reader, args=(own[4],))
        follower.start()
        results = all_at_once([lambda place=place: phone(own[place % 4], place) for place in range(8)])
        done.set()
        follower.join()
    assert results == [None] * 8
    assert len(told) == len(set(told)) == 8 * 8 * 2
    rows = stored(ledger, "field_events")
    assert [row["id"] for row in sorted(rows.values(), key=lambda row: row["seq"])] == told


def test_killed_while_taking_events(any_url, ledger):
    said = [number for numbers in killed(any_url, "field") for number in numbers]
    assert_sound(any_url)
    assert len(said) > 10
    kept = stored(ledger, "field_events")
    assert {uid(number) for number in said} <= set(kept), "what was acknowledged is there"
    for number in range(0, max(said) + 10, 10):  # a batch is there whole, or not at all
        assert len({uid(number + place) for place in range(1, 6)} & set(kept)) in (0, 5)
    assert_of_events(ledger)
    assert {answer["status"] for answer in ledger.receive_events([record(max(said) + 1000)], context()).answers} == {
        "taken"
    }
