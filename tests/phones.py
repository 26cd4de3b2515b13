"""What phones send, for the tests of the field: events on the tiny plan, as JSON values."""

from __future__ import annotations

import datetime as dt
import uuid
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from field_cases import NOON, uid
from plans import ORIGIN, SIDE, tiny_plan

from geo_grid.field.admission import Context
from geo_grid.field.clock import tick
from geo_grid.field.places import PlanPlaces
from geo_grid.field.times import timestamp_of
from geo_grid.lookup import LookupIndex

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo_grid.field.events import Event
    from geo_grid.store.ledger import Ledger

#: When what was made at NOON and in the day after it is sent.
LATER = NOON + dt.timedelta(days=2)
INDEX = LookupIndex(tiny_plan())
PLACES = PlanPlaces(INDEX)
MILLIS = round(NOON.timestamp() * 1000)


def degrees(column: float, row: float) -> dict[str, Any]:
    """A place in squares of the tiny plan, as a phone measures it."""
    lon, lat = INDEX.degrees(ORIGIN[0] + SIDE * column, ORIGIN[1] + SIDE * row)
    return {"lon": float(lon[0]), "lat": float(lat[0]), "accuracy": 8.0, "place_source": "gps", "plan_version": 3}


def said(kind: str, number: int, body: dict[str, Any], **given: Any) -> dict[str, Any]:
    event = {
        "id": uid(number),
        "kind": kind,
        "clock": tick(None, MILLIS + number),
        "made_at": timestamp_of(NOON),
        "device": "p1",
        "body": body,
    }
    return event | given


def context(**given: Any) -> Context:
    standard = {"author": "王", "role": "inspector", "prefix": "", "now": NOON, "places": PLACES, "version": 3}
    return Context(**(standard | given))


def record(number: int, column: float = 0.5, row: float = 0.5, **body: Any) -> dict[str, Any]:
    return said("record", number, degrees(column, row) | body)


def found(number: int, column: float = 0.5, row: float = 0.5, **body: Any) -> dict[str, Any]:
    return said("found", number, degrees(column, row) | {"category": "river", "photos": [uid(9000 + number)]} | body)


def photo(number: int, owner: int, **body: Any) -> dict[str, Any]:
    standard = {
        "owner_id": uid(owner),
        "role": "record",
        "sha256": "0" * 64,
        "size": 1000,
        "width": 1600,
        "height": 1200,
        "content_type": "image/jpeg",
        "taken_at": timestamp_of(NOON),
    }
    return said("photo", number, standard | body)


def change(kind: str, number: int, matter: int, after: list[int], **body: Any) -> dict[str, Any]:
    return said(kind, number, body, matter=uid(matter), after=[uid(each) for each in after])


def day() -> list[dict[str, Any]]:
    """What one phone makes in a day: some of it is refused."""
    return [
        record(1, checklist={"垃圾": True, "水位": 1.2, "说明": "无"}),
        photo(2, 1),
        found(3),
        photo(4, 3, role="before"),
        change("mended", 5, 3, [3], photos=[uid(6)]),
        photo(6, 5, role="after"),
        change("closed", 7, 3, [5]),  # an inspector may not
        change("noted", 8, 3, [7], notes="没关"),  # follows what was refused
        record(9, lon=0.0),  # outside
        said("track", 10, track([[degrees(0.5, 0.5)["lon"], degrees(0.5, 0.5)["lat"], 0, 5.0]])),
        photo(11, 9),
        photo(12, 8),
    ]


def track(points: list[list[float]]) -> dict[str, Any]:
    return {
        "round_id": uid(77),
        "started_at": timestamp_of(NOON),
        "ended_at": timestamp_of(NOON),
        "points": points,
    }


class Spoken(NamedTuple):
    """An event as a phone sends it, and who is signed in."""

    author: str
    role: str
    event: dict[str, Any]


def spoken(events: Iterable[Event]) -> list[Spoken]:
    """Made-up histories as phones would have sent them: bodies with all that the form asks for."""
    return [Spoken(event.author, event.role, event.said() | {"body": body_of(event)}) for event in events]


def body_of(event: Event) -> dict[str, Any]:
    column, row = (uuid.UUID(event.id).int % 97) / 10, (uuid.UUID(event.id).int % 89) / 30
    if event.kind == "found":
        return degrees(column, row) | event.body
    if event.kind == "record":
        return degrees(column, row) | {"notes": event.id[-6:], "checklist": {"垃圾": True}}
    return photo(1, 1)["body"] | event.body if event.kind == "photo" else event.body


def send(ledger: Ledger, batch: Iterable[Spoken], **given: Any) -> list[dict[str, Any]]:
    """Send events, each author's as a batch of their own."""
    answers: list[dict[str, Any]] = []
    for (author, role), own in groupby(sorted(batch, key=itemgetter(0)), key=itemgetter(0, 1)):
        at = context(**{"author": author, "role": role, "now": LATER} | given)
        answers += ledger.receive_events([each.event for each in own], at).answers
    return answers
