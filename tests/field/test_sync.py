"""Phones and a server that talk over a line that breaks: nothing is lost, nothing is doubled."""

from __future__ import annotations

import copy
import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from field_cases import GRID, NOON, uid
from hypothesis import given, settings
from hypothesis import strategies as st
from phones import MILLIS, change, context, day, degrees, found, photo, record, said, track

from geo_grid.field.clock import latest, reading, tick
from geo_grid.field.merge import merge
from geo_grid.field.policy import FieldPolicy, FieldSettings
from geo_grid.field.reasons import REFUSALS, WARNINGS
from geo_grid.field.sync import Known, batch_fault, home, receive
from geo_grid.field.telling import Row, batches, page, to_send, wanted
from geo_grid.field.times import timestamp_of

if TYPE_CHECKING:
    import random

    from geo_grid.field.events import Event


class Server:
    """Keeps what it takes, as a store would."""

    def __init__(self) -> None:
        self.rows: dict[str, Event] = {}
        self.waiting: dict[str, tuple[str, ...]] = {}
        self.order: list[str] = []
        self.refused: dict[str, str] = {}

    def known(self, id_: str) -> Known | None:
        event = self.rows.get(id_)
        if event is None:
            return None
        said = (event.digest(), home(event), event.author, event.kind)
        return Known(*said, self.refused.get(id_), self.waiting.get(id_, ()))

    def post(self, batch: list[Any], **given: Any) -> list[dict[str, Any]]:
        result = receive(
            copy.deepcopy(batch),
            context(**given),
            self.known,
            lambda matter: [event for event in self.rows.values() if event.matter == matter],
            lambda owner: [
                self.rows[id_]
                for id_, ids in self.waiting.items()
                if owner in ids and "owner_id" in self.rows[id_].body
            ],
        )
        for event in [*result.taken, *result.released]:
            self.rows[event.id] = event
            self.waiting.pop(event.id, None)
            if event.id not in result.waiting:
                self.order.append(event.id)
        for event, reason in result.rejected:
            self.rows[event.id] = event
            self.refused[event.id] = reason
        for id_, reason in result.late.items():
            self.refused[id_] = reason
            self.waiting.pop(id_)
        self.waiting |= result.waiting
        return result.answers

    def page(self, cursor: int, prefix: str = "", limit: int = 100) -> dict[str, Any]:
        return page([Row(at + 1, self.rows[id_]) for at, id_ in enumerate(self.order)], cursor, prefix, limit)


@settings(max_examples=100)
@given(st.randoms(use_true_random=False))
def test_in_whatever_batches_and_however_often_it_is_sent_the_server_has_it_once(dice: random.Random) -> None:
    whole = Server()
    whole.post(day())
    server, answers, local = Server(), {}, day()
    while left := to_send(local, answers):
        batch = dice.sample(left, dice.randint(1, len(left)))
        got = server.post(batch)
        if dice.random() < 0.5:  # the answer came through
            answers |= {answer["id"]: answer for answer in got}
    server.post(day())
    assert set(server.rows) == set(whole.rows)
    assert (server.waiting, server.refused) == (whole.waiting, whole.refused)
    same, other = merge(server.rows.values()), merge(whole.rows.values())
    assert same == other
    assert same.refused == server.refused
    assert set(same.waiting) == set(server.waiting)
    assert len(server.order) == len(set(server.order))


def test_each_answer_says_what_came_of_it() -> None:
    answers = Server().post(day())
    told = {answer["id"]: (answer["status"], answer.get("reason")) for answer in answers}
    assert [told[uid(number)] for number in range(1, 13)] == [
        ("taken", None),
        ("taken", None),
        ("taken", None),
        ("taken", None),
        ("taken", None),
        ("taken", None),
        ("refused", "not_allowed"),
        ("refused", "follows_refused"),
        ("refused", "outside"),
        ("taken", None),
        ("waiting", None),
        ("refused", "follows_refused"),
    ]
    assert answers[-2]["missing"] == [uid(9)]


def test_what_is_known_stays_known_when_bounds_and_plan_have_changed() -> None:
    server = Server()
    server.post([record(1)])
    later = NOON + dt.timedelta(days=400)
    assert server.post([record(1)], prefix="141199", now=later, version=9)[0]["status"] == "known"
    assert server.post([record(1, notes="改")])[0] == {
        "id": uid(1),
        "status": "refused",
        "reason": "id_reused",
        "at": "id",
    }
    assert server.post([record(1)], author="李")[0]["reason"] == "id_reused"
    assert server.post([record(2), record(2), record(2, notes="又")])[0]["status"] == "taken"
    assert len(server.rows) == 2


def test_what_waited_is_released_or_refused_late() -> None:
    server = Server()
    mended, closed = change("mended", 5, 3, [3], photos=[uid(6)]), change("closed", 7, 3, [5])
    assert [each["status"] for each in server.post([mended, closed, photo(6, 5, role="after")])] == ["waiting"] * 3
    assert server.page(0)["events"] == []
    assert server.post([found(3)])[0]["status"] == "taken"
    assert server.waiting == {}
    assert {event["id"] for event in server.page(0, prefix=GRID)["events"]} == {uid(3), uid(5), uid(6)}
    assert merge(server.rows.values()).refused == {uid(7): "not_allowed"}


BAD: dict[str, tuple[str, Any]] = {
    "no object": ("malformed", []),
    "unknown key": ("malformed", record(1) | {"author": "李"}),
    "id": ("malformed", record(1) | {"id": "1; DROP TABLE"}),
    "kind": ("malformed", record(1) | {"kind": "deleted"}),
    "clock": ("malformed", record(1) | {"clock": "soon"}),
    "time": ("bad_time", record(1) | {"made_at": "2026-07-06 12:00"}),
    "future": ("in_future", record(1) | {"made_at": timestamp_of(NOON + dt.timedelta(hours=1))}),
    "clock ahead": ("in_future", record(1) | {"clock": tick(None, MILLIS + 3_600_000)}),
    "old": ("too_old", record(1) | {"made_at": timestamp_of(NOON - dt.timedelta(days=365))}),
    "nan": ("no_place", record(1, lon=float("nan"))),
    "pole": ("no_place", record(1, lat=91.0)),
    "far away": ("outside", record(1, lon=20.0, lat=40.0)),
    "body key": ("malformed", record(1, author="李")),
    "version": ("unknown_version", record(1, plan_version=4)),
    "element": ("unknown_element", record(1, element_id="river-99")),
    "note": ("too_long", record(1, notes="长" * 2001)),
    "nul": ("malformed", record(1, notes="\x00")),
    "surrogate": ("malformed", record(1, notes="\ud800")),
    "checklist": ("malformed", record(1, checklist={"a": {"b": 1}})),
    "answers": ("too_long", record(1, checklist={str(each): 1 for each in range(61)})),
    "photos": ("too_long", record(1, photos=[uid(each) for each in range(10)])),
    "same photo": ("malformed", record(1, photos=[uid(1), uid(1)])),
    "category": ("unknown_category", found(1, category="其他")),
    "no photo": ("needs_photo", found(1, photos=[])),
    "large": ("too_large", photo(1, 2, size=10**8)),
    "svg": ("not_a_photo", photo(1, 2, content_type="image/svg+xml")),
    "hash": ("malformed", photo(1, 2, sha256="A" * 64)),
    "huge": ("malformed", record(1, checklist={"a": 10**400})),
    "exif": ("malformed", photo(1, 2, exif={"a": "\ud800"})),
    "deep": ("too_long", photo(1, 2, exif={"a": "长" * 3000})),
    "points": ("malformed", said("track", 1, track([[1, 2, 3]]))),
    "deadline": (
        "due_before",
        change("assigned", 1, 2, [2], assignee="李", due_at=timestamp_of(NOON - dt.timedelta(days=1))),
    ),
    "after": ("names_nothing", change("noted", 1, 2, [])),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_not_well_formed_is_refused_with_its_reason(name: str) -> None:
    reason, raw = BAD[name]
    server = Server()
    answer = server.post([raw])[0]
    assert (answer["status"], answer["reason"]) == ("refused", reason)
    assert reason in REFUSALS
    assert not server.order
    assert not merge(server.rows.values()).matters


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150)
@given(st.sampled_from(day()), st.data())
def test_no_event_however_strange_stops_the_server(raw: dict[str, Any], data: st.DataObject) -> None:
    raw = copy.deepcopy(raw)
    target = raw["body"] if data.draw(st.booleans()) else raw
    target[data.draw(st.sampled_from(sorted(target) or ["x"]))] = data.draw(json_values)
    answer = Server().post([raw, data.draw(json_values)])
    assert {each["status"] for each in answer} <= {"taken", "waiting", "refused"}


def test_bounds_follow_the_share_of_the_element() -> None:
    # the river runs between 凤山社区 and 岭上村: whoever walks it stands on either bank
    river = degrees(2.5, 4.1) | {"element_id": "river-1"}
    server = Server()
    answer = server.post([said("record", 1, river)], prefix=GRID)[0]
    assert answer["status"] == "taken"
    assert server.rows[uid(1)].stamp["grid_code"] == GRID
    assert server.rows[uid(1)].stamp["distance"] == pytest.approx(10.0, abs=0.1)
    assert server.post([record(2, 2.5, 4.1)], prefix=GRID)[0]["reason"] == "out_of_prefix"
    assert server.post([said("record", 3, river)], prefix="141121")[0]["reason"] == "out_of_prefix"


def test_far_from_the_element_is_a_warning_or_a_refusal() -> None:
    far = said("record", 1, degrees(2.5, 0.5) | {"element_id": "river-1"})
    assert Server().post([far])[0] == {"id": uid(1), "status": "taken", "warnings": ["far"]}
    strict = FieldPolicy(settings=FieldSettings(refuse_far=True))
    assert Server().post([far], policy=strict)[0]["reason"] == "too_far"


def test_warnings_are_known_words() -> None:
    by_hand = record(1, accuracy=None, place_source="hand", plan_version=2)
    vague = record(2, -1.0, 0.5, accuracy=500.0) | {"made_at": timestamp_of(NOON + dt.timedelta(minutes=5))}
    answers = Server().post([by_hand, vague])
    assert answers[0]["warnings"] == ["by_hand", "other_version"]
    assert answers[1]["warnings"] == ["clock_ahead", "inaccurate", "outside_areas"]
    assert {word for answer in answers for word in answer["warnings"]} <= set(WARNINGS)


def test_pages_tell_everything_once_and_nothing_beyond_the_bounds() -> None:
    server = Server()
    server.post([record(number, 0.5 + number % 10, 0.5) for number in range(1, 31)])
    server.post([said("track", 99, track([[degrees(0.5, 0.5)["lon"], degrees(0.5, 0.5)["lat"], 0, 5.0]]))])
    cursor, told, more = 0, [], True
    while more:
        got = server.page(cursor, limit=7)
        cursor, more = got["cursor"], got["more"]
        told += [event["id"] for event in got["events"]]
    assert told == [uid(number) for number in range(1, 31)]
    assert server.page(cursor) == {"events": [], "cursor": cursor, "more": False}
    mine = server.page(0, prefix=GRID)["events"]
    assert 0 < len(mine) < 30
    assert all(event["stamp"]["grid_code"].startswith(GRID) for event in mine)


def test_batches_keep_within_limits() -> None:
    limits = FieldSettings(batch_events=4, batch_bytes=2000)
    made = [record(number, notes="记" * (number * 20)) for number in range(1, 20)]
    cut = batches(made, limits)
    assert [event for batch in cut for event in batch] == made
    assert all(len(batch) <= 4 for batch in cut)
    import json

    assert all(batch_fault(batch, len(json.dumps(batch)), limits) is None for batch in cut if len(batch) > 1)
    assert batch_fault({}, 2, limits) == "malformed"
    assert batch_fault(made, 10, limits) == "too_large"


def test_the_server_asks_for_what_it_lacks() -> None:
    assert wanted({"a": 100, "b": 100, "c": 100}, {"a": 100, "b": 40}, {"m": ["x"], "n": ["x", "y"]}) == {
        "photos": [{"id": "b", "offset": 40}, {"id": "c", "offset": 0}],
        "events": ["x", "y"],
    }


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10**12)), min_size=1, max_size=40))
def test_the_clock_never_goes_back(steps: list[tuple[bool, int]]) -> None:
    now: str | None = None
    for own, millis in steps:
        after = tick(now, millis) if own else latest(now, tick(None, millis))
        assert now is None or (after > now if own else after >= now)
        assert reading(after).text() == after
        now = after
