"""What phones send is kept once, whole, and the same in whatever order it comes."""

from __future__ import annotations

import pytest
from field_cases import GRID, uid
from field_tables import assert_of_events
from phones import change, context, day, found, photo, record

from geo_grid.errors import StoreError


def test_a_day_is_kept_and_told(ledger):
    answers = ledger.receive_events(day(), context()).answers
    assert [answer["status"] for answer in answers].count("taken") == 7
    assert_of_events(ledger)
    again = ledger.receive_events(day(), context()).answers
    assert {answer["status"] for answer in again} == {"known", "refused", "waiting"}
    page = ledger.events_page(0, "", 100)
    assert not page["more"]
    assert {event["id"] for event in page["events"]} == {uid(number) for number in (1, 2, 3, 4, 5, 6)}
    assert ledger.events_page(page["cursor"], "", 100) == {"events": [], "cursor": page["cursor"], "more": False}
    assert ledger.field_stamp() == page["cursor"] == 7  # the track is stepped over
    assert len(ledger.records()) == len(ledger.matters()) == len(ledger.tracks()) == 1
    own = ledger.own_events("王")
    assert [each["id"] for each in own["wanted"]] == [uid(2), uid(4), uid(6)]
    assert {each["id"]: each["reason"] for each in own["refused"]} == {
        uid(7): "not_allowed",
        uid(8): "follows_refused",
        uid(12): "follows_refused",
    }
    assert own["waiting"] == [{"id": uid(11), "missing": [uid(9)]}]


def test_what_waited_becomes_visible_behind_the_cursor_of_nobody(ledger):
    mended = change("mended", 5, 3, [3], photos=[uid(6)])
    assert ledger.receive_events([mended, photo(6, 5, role="after")], context()).answers[0]["missing"] == [uid(3)]
    assert ledger.matter(uid(3)) is None
    assert ledger.photo(uid(6)) is None
    ledger.receive_events([record(1)], context(author="李"))
    cursor = ledger.events_page(0, "", 100)["cursor"]
    ledger.receive_events([found(3)], context())
    assert {event["id"] for event in ledger.events_page(cursor, GRID, 100)["events"]} == {uid(3), uid(5), uid(6)}
    assert_of_events(ledger)
    told = ledger.matter(uid(3))
    assert (told["row"]["status"], told["row"]["heads"]) == ("mended", [uid(5)])
    assert [(each["kind"], each["head"]) for each in told["changes"]] == [("found", False), ("mended", True)]
    assert [each["id"] for each in told["photos"]] == [uid(6)]


def test_photos_are_followed_until_they_are_whole(ledger):
    with pytest.raises(StoreError, match="no such photo"):
        ledger.put_upload(uid(2), received=0)
    ledger.receive_events([record(1), photo(2, 1, exif={"Model": "x"})], context())
    assert ledger.upload(uid(2)) is None
    ledger.put_upload(uid(2), received=400)
    assert ledger.own_events("王")["wanted"] == [{"id": uid(2), "received": 400, "size": 1000}]
    ledger.put_upload(uid(2), received=1000, stored_name="a.jpg", stored_sha256="0" * 64)
    assert ledger.own_events("王")["wanted"] == []
    (kept,) = ledger.photos_of(uid(1))
    assert kept == ledger.photo(uid(2))
    assert (kept["stored_name"], kept["exif"], kept["area_code"]) == ("a.jpg", {"Model": "x"}, GRID[:12])
    assert ledger.stored_photos() == {"a.jpg"}


STRANGE = [
    None,
    7,
    float("nan"),
    [],
    {},
    "",
    "\x00",
    "\ud800",
    "%s?",
    "'; DROP TABLE records; --",
    ["\x00", {}, None],
    {"a": []},
]


@pytest.mark.parametrize("value", STRANGE, ids=ascii)
def test_nothing_a_phone_may_send_stops_the_store(ledger, value):
    batch = [value]
    for event in (record(1), photo(2, 1), found(3), change("mended", 5, 3, [3], photos=[uid(6)])):
        batch += [event | {key: value} for key in ("id", "kind", "matter", "after", "body", "clock", "device")]
        batch += [
            event | {"body": event["body"] | {key: value}} for key in ("owner_id", "element_id", "notes", "photos")
        ]
    answers = ledger.receive_events(batch, context()).answers
    assert len(answers) == len(batch)
    assert {answer["status"] for answer in answers} <= {"taken", "known", "waiting", "refused"}
    assert_of_events(ledger)


def test_an_empty_store_has_no_field_work_and_is_not_changed_by_asking(any_store, ledger):
    before = any_store.meta()
    assert ledger.own_events("王") == {"wanted": [], "refused": [], "waiting": []}
    assert ledger.events_page(0, "", 10) == {"events": [], "cursor": 0, "more": False}
    assert len(ledger.records()) == len(ledger.matters()) == len(ledger.tracks()) == ledger.field_stamp() == 0
    assert ledger.matter(uid(1)) is ledger.photo(uid(1)) is ledger.upload(uid(1)) is None
    assert any_store.meta() == before
