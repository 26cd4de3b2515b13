"""Events, records and tracks for the tests of field inspection, and random histories of several phones."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from typing import Any

from geo_grid.field.clock import tick
from geo_grid.field.events import Event
from geo_grid.field.merge import merge
from geo_grid.field.times import timestamp_of

NOON = dt.datetime(2026, 7, 6, 4, 0, tzinfo=dt.UTC)  # at noon in Shanxi
GRID = "141102901001001"

PEOPLE = {"王": "inspector", "李": "inspector", "赵": "planner", "钱": "planner", "管": "administrator"}


def uid(number: int) -> str:
    """A UUID of a number."""
    return str(uuid.UUID(int=number, version=4))


def millis(time: dt.datetime) -> int:
    return round(time.timestamp() * 1000)


#: Id of an event that never comes.
NOWHERE = uid(99 * 10**9)


class Desk:
    """Makes events one after the other, each later than the last."""

    def __init__(self, start: int = 1) -> None:
        self.number = start
        self.clock: str | None = None
        self.now = NOON

    def event(self, kind: str, author: str = "王", **given: Any) -> Event:
        self.number += 1
        self.now += dt.timedelta(minutes=1)
        self.clock = given.pop("clock", None) or tick(self.clock, millis(self.now))
        id_ = given.pop("id", uid(self.number))
        if kind == "found":
            given.setdefault("matter", id_)
            given["body"] = {"category": "river", "photos": [uid(10**6 + self.number)]} | given.get("body", {})
            given.setdefault("stamp", {"grid_code": GRID})
        given.setdefault("body", {})
        given.setdefault("role", PEOPLE.get(author, "inspector"))
        made = timestamp_of(self.now)
        return Event(id_, kind, author, self.clock, made, received_at=made, **given)

    def follow(self, before: Event, kind: str, author: str = "赵", **body: Any) -> Event:
        """An event that follows another one, with a body that has what is needed."""
        needed: dict[str, dict[str, Any]] = {
            "assigned": {"assignee": "王"},
            "mended": {"photos": [uid(2 * 10**6 + self.number)]},
            "reopened": {"reason": "又堆了"},
            "rejected": {"reason": "重复"},
        }
        return self.event(kind, author, matter=before.matter, after=(before.id,), body={**needed.get(kind, {}), **body})

    def settle(self, *sides: Event, keep: Event, author: str = "赵") -> Event:
        return self.event(
            "resolved",
            author,
            matter=keep.matter,
            after=tuple(side.id for side in sides),
            body={"keep": keep.id},
        )


def history(seed: int, count: int) -> list[Event]:
    """Changes by several people, who often do not know of each other's; some are refused, some wait for what never comes."""
    dice = random.Random(seed)
    desk = Desk(seed * 10**7)
    events: list[Event] = []
    matters: list[list[Event]] = []
    kinds = ("assigned", "mended", "checked", "closed", "reopened", "rejected", "noted")
    while len(events) < count:
        author = dice.choice(sorted(PEOPLE))
        throw = dice.random()
        if not matters or throw < 0.08:
            made = desk.event("found", author)
            matters.append([made])
        elif throw < 0.16:
            made = desk.event("record", author, body={"photos": []})
        elif throw < 0.2 and events:
            made = desk.event("photo", author, body={"owner_id": dice.choice(events).id})
        elif throw < 0.35:
            made = resolution(dice, desk, dice.choice(matters), author)
        else:
            made = desk.follow(dice.choice(dice.choice(matters)), dice.choice(kinds), author)
        if dice.random() < 0.02:
            made = desk.event(made.kind, made.author, matter=made.matter, after=(NOWHERE,), body=made.body)
        events.append(made)
        for matter in matters:
            if made.matter == matter[0].id and made is not matter[0]:
                matter.append(made)
    return events


def resolution(dice: random.Random, desk: Desk, matter: list[Event], author: str) -> Event:
    """Settle what stands side by side in a matter, or try to."""
    merged = merge(matter).matters.get(matter[0].id)
    sides = list(merged.sides) if merged is not None and merged.conflict else dice.sample(matter, min(2, len(matter)))
    return desk.settle(*sides, keep=dice.choice(sides), author=author)
