"""What the server tells a phone, and what a phone still has to send."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geo_grid.field.events import Event
    from geo_grid.field.policy import FieldSettings

#: Answers after which an event is not sent again. What waits is kept on the phone until it is told or refused.
DONE = ("taken", "known", "waiting")


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
