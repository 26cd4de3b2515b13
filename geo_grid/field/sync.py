"""The talk between a phone and the server: what is taken, what is told, and what is still to be sent."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from geo_grid.field.admission import Context, admit
from geo_grid.field.forms import FormError, is_uuid
from geo_grid.field.merge import merge_matter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from geo_grid.field.events import Event
    from geo_grid.field.policy import FieldSettings

#: What is answered to each event: the phone keeps what is not done, and tells its user why.
DONE = ("taken", "known", "waiting")


class Known(NamedTuple):
    """What the server has of an event.

    Parameters
    ----------
    digest : str
        Of what was said.
    area : str
        Code of the area it belongs to.
    """

    digest: str
    area: str


@dataclass(slots=True)
class Reception:
    """What came of a batch.

    Parameters
    ----------
    taken : list of Event
        New events, to be stored in this order in one transaction; those that wait for others are among them.
    waiting : dict of str to tuple of str
        Ids of the taken ones that wait → the ids they wait for.
    answers : list of dict
        One an event sent, in their order: ``id``, ``status`` (taken, known, waiting, refused) and, where there are any,
        ``reason``, ``at``, ``warnings``, ``missing``.
    """

    taken: list[Event] = field(default_factory=list)
    waiting: dict[str, tuple[str, ...]] = field(default_factory=dict)
    answers: list[dict[str, Any]] = field(default_factory=list)


def receive(
    batch: Sequence[Any],
    context: Context,
    known: Callable[[str], Known | None],
    changes_of: Callable[[str], Iterable[Event]],
) -> Reception:
    """Take a batch of events as a phone sent it.

    Parameters
    ----------
    batch : sequence
        JSON values, at most ``batch_events`` of them (:func:`batch_fault`).
    context : Context
        Who sends it. Its ``area_of`` need not know the batch itself.
    known : callable
        Returns what the server has under an id, or None.
    changes_of : callable
        Returns all changes of a matter that the server has, by the id of the matter.

    Returns
    -------
    Reception
        What is to be stored, and what is to be answered. Refused events are not to be stored.

    Notes
    -----
    The same events lead to the same store in whatever batches and however often they come: what is known is answered with
    "known", and what follows something that is not there yet is stored and waits for it. When something is taken that
    others wait for, those may turn out to be refused; they stay in the store, where :func:`geo_grid.field.merge.merge` leaves
    them out, and are told to their author among what is new.
    """
    work = _Batch(context, known, changes_of)
    for raw in _in_order(batch):
        work.take(raw)
    work.judge()
    result = Reception(list(work.new.values()), work.waiting)
    result.answers = [work.answers[id(raw)] for raw in batch]
    return result


def _in_order(batch: Sequence[Any]) -> list[Any]:
    """Return a batch by its clocks, so that matters come before their changes, and records before their photos."""

    def key(raw: Any) -> tuple[bool, str]:
        own = raw if isinstance(raw, dict) else {}
        return (own.get("kind") == "photo", str(own.get("clock")))

    return sorted(batch, key=key)


class _Batch:
    """A batch while it is taken."""

    def __init__(
        self, context: Context, known: Callable[[str], Known | None], changes_of: Callable[[str], Iterable[Event]]
    ) -> None:
        from dataclasses import replace

        self.context = replace(context, area_of=self.area_of)
        self._stored_area = context.area_of
        self.known = known
        self.changes_of = changes_of
        self.new: dict[str, Event] = {}
        self.waiting: dict[str, tuple[str, ...]] = {}
        self.answers: dict[int, dict[str, Any]] = {}
        self.of_new: dict[str, list[dict[str, Any]]] = {}

    def area_of(self, id_: str) -> str | None:
        own = self.new.get(id_)
        if own is not None:
            return str(own.stamp.get("area_code") or "") or None
        stored = self.known(id_)
        return stored.area if stored is not None else self._stored_area(id_)

    def take(self, raw: Any) -> None:
        id_ = raw.get("id") if isinstance(raw, dict) and is_uuid(raw.get("id")) else None
        answer: dict[str, Any] = {"id": id_}
        self.answers[id(raw)] = answer
        try:
            event = admit(raw, self.context)
        except FormError as error:
            before = self.known(id_) if id_ is not None else None
            # what was taken once stays taken, though the plan, the bounds or the day are others now
            if before is not None and _same(raw, self.context.author, before.digest):
                answer["status"] = "known"
            else:
                answer |= {"status": "refused", "reason": error.reason, "at": error.at}
            return
        before = self.known(event.id)
        digest = before.digest if before else self.new[event.id].digest() if event.id in self.new else None
        if digest is not None and digest != event.digest():
            answer |= {"status": "refused", "reason": "id_reused", "at": "id"}
        elif before is not None:
            answer["status"] = "known"
        else:
            self.new.setdefault(event.id, event)
            self.of_new.setdefault(event.id, []).append(answer)

    def judge(self) -> None:
        """Look at new changes together with what is stored of their matters, and at photos with their owners."""
        refused: dict[str, str] = {}
        matters = dict.fromkeys(event.matter for event in self.new.values() if event.matter is not None)
        for matter in matters:
            own = [event for event in self.new.values() if event.matter == matter]
            stored = list(self.changes_of(matter))
            named = {id_ for event in own for id_ in event.after}
            elsewhere = {id_ for id_ in named if id_ in self.new or self.known(id_) is not None}
            _, no, later = merge_matter(matter, [*stored, *own], elsewhere)
            refused |= {id_: reason for id_, reason in no.items() if id_ in self.new}
            self.waiting |= {id_: ids for id_, ids in later.items() if id_ in self.new}
        for event in self.new.values():
            owner = str(event.body.get("owner_id"))
            if event.kind == "photo" and owner in refused:
                refused[event.id] = "follows_refused"
            elif event.kind == "photo" and owner not in self.new and self.known(owner) is None:
                self.waiting[event.id] = (owner,)
        for id_, answers in self.of_new.items():
            for number, answer in enumerate(answers):
                answer |= self.told(id_, refused, again=number > 0)
        for id_ in refused:
            del self.new[id_]

    def told(self, id_: str, refused: Mapping[str, str], *, again: bool) -> dict[str, Any]:
        if id_ in refused:
            return {"status": "refused", "reason": refused[id_], "at": "kind"}
        warnings = self.new[id_].stamp.get("warnings")
        told: dict[str, Any] = {"warnings": warnings} if warnings else {}
        if id_ in self.waiting:
            return told | {"status": "waiting", "missing": list(self.waiting[id_])}
        return told | {"status": "known" if again else "taken"}


def _same(raw: Any, author: str, digest: str) -> bool:
    from geo_grid.field.events import Event
    from geo_grid.field.times import moment, timestamp_of

    try:
        matter = raw["id"] if raw["kind"] == "found" else raw.get("matter")
        made = timestamp_of(moment(raw["made_at"]))
        event = Event(
            raw["id"], raw["kind"], author, raw["clock"], made, raw["body"], raw.get("device", ""), matter,
            tuple(sorted(raw.get("after", []))),
        )  # fmt: skip
        return event.digest() == digest
    except (KeyError, TypeError, ValueError):
        return False


def batch_fault(batch: Any, size: int, settings: FieldSettings) -> str | None:
    """Look at a batch as a whole, before its events are looked at.

    Parameters
    ----------
    batch : Any
        A JSON value.
    size : int
        Bytes as it came.
    settings : FieldSettings
        Limits.

    Returns
    -------
    str or None
        "malformed" (it is no list), "too_large" (send it in smaller ones), or None.
    """
    if not isinstance(batch, list):
        return "malformed"
    return "too_large" if len(batch) > settings.batch_events or size > settings.batch_bytes else None


class Row(NamedTuple):
    """A stored event, and where it stands in the order in which events became visible.

    Parameters
    ----------
    seq : int
        Ascending; an event that becomes visible later has a larger one.
    event : Event
        The event.
    """

    seq: int
    event: Event


def page(rows: Iterable[Row], cursor: int, prefix: str, limit: int) -> dict[str, Any]:
    """Tell a phone what is new.

    Parameters
    ----------
    rows : iterable of Row
        Stored events after the cursor, by ``seq``; enough of them.
    cursor : int
        Where the phone is; 0 at the beginning.
    prefix : str
        Of the codes the account is bounded to.
    limit : int
        Events at most.

    Returns
    -------
    dict
        ``events`` (as :meth:`geo_grid.field.events.Event.told` gives them; tracks are told to nobody), ``cursor`` (to ask
        from next time) and ``more`` (whether to ask again at once).
    """
    events: list[dict[str, Any]] = []
    for row in sorted(rows):
        if row.seq <= cursor:
            continue
        if len(events) == limit:
            return {"events": events, "cursor": cursor, "more": True}
        cursor = row.seq
        if row.event.kind != "track" and visible(row.event, prefix):
            events.append(row.event.told())
    return {"events": events, "cursor": cursor, "more": False}


def visible(event: Event, prefix: str) -> bool:
    """Return whether somebody may see an event.

    Parameters
    ----------
    event : Event
        The event.
    prefix : str
        Of the codes the account is bounded to; empty for the whole city.

    Returns
    -------
    bool
        Whether its grid, or its area where no grid is known, lies in there.
    """
    code = str(event.stamp.get("grid_code") or event.stamp.get("area_code") or "")
    return code.startswith(prefix)


def to_send(local: Iterable[Mapping[str, Any]], answers: Mapping[str, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return what a phone has still to send: how the page is to work it out.

    Parameters
    ----------
    local : iterable of mapping
        Events made on this phone, as they are sent.
    answers : mapping
        Id → the last answer to it, as :func:`receive` gives them.

    Returns
    -------
    list of mapping
        By clock. Not those that are done, and not those that were refused: they stay on the phone with their reason, until
        their user throws them away or makes another event of them, under another id.
    """
    settled = {id_ for id_, answer in answers.items() if answer.get("status") in (*DONE, "refused")}
    left = [event for event in local if event["id"] not in settled]
    return sorted(left, key=lambda event: (event["clock"], event["id"]))


def batches(events: Sequence[Mapping[str, Any]], settings: FieldSettings) -> list[list[Mapping[str, Any]]]:
    """Cut what is to be sent into batches.

    Parameters
    ----------
    events : sequence of mapping
        As they are sent, in their order.
    settings : FieldSettings
        How large a batch may be.

    Returns
    -------
    list of list
        Each within the limits; an event that is too large by itself is in one alone.
    """
    out: list[list[Mapping[str, Any]]] = []
    size = 0
    for event in events:
        own = len(json.dumps(event, ensure_ascii=True)) + 2
        if not out or len(out[-1]) == settings.batch_events or size + own > settings.batch_bytes - 2:
            out.append([])
            size = 0
        out[-1].append(event)
        size += own
    return out


def wanted(
    photos: Mapping[str, int], received: Mapping[str, int], waiting: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    """Tell a phone what the server still lacks of what it sent.

    Parameters
    ----------
    photos : mapping
        Id of each photo whose event was taken from this account → bytes of it.
    received : mapping
        Id → bytes the server has; those that are whole, or were refused, count as all of it.
    waiting : mapping
        Id of each event of this account that waits → ids it waits for.

    Returns
    -------
    dict
        ``photos``: id and offset to go on from, and ``events``: ids that are waited for.
    """
    left = [{"id": id_, "offset": received.get(id_, 0)} for id_, size in photos.items() if received.get(id_, 0) < size]
    return {
        "photos": sorted(left, key=lambda each: str(each["id"])),
        "events": sorted({missing for ids in waiting.values() for missing in ids}),
    }
