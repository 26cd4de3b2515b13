"""What phones send: events that never change, each with an id of the phone's own making."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

#: Kinds of events that stand by themselves.
PLAIN_KINDS = ("record", "photo", "track")

#: Kinds of events that change a matter; the first one makes it.
MATTER_KINDS = ("found", "assigned", "mended", "checked", "closed", "reopened", "rejected", "noted", "resolved")

KINDS = (*PLAIN_KINDS, *MATTER_KINDS)


@dataclass(frozen=True, slots=True)
class Event:
    """One event: what the phone said, and what the server added when it came.

    Parameters
    ----------
    id : str
        UUID made by the phone.
    kind : str
        One of :data:`KINDS`.
    author : str
        Name of the account that sent it; from the session, never from the phone.
    clock : str
        Reading of the hybrid clock.
    made_at : str
        Time by the phone, ISO 8601 UTC.
    body : dict
        What it says; JSON values.
    device : str
        Which phone.
    matter : str or None
        Of a change of a matter: the id of the event that found it (its own id, of that event itself).
    after : tuple of str
        Of a change of a matter: ids of the changes that its author had before the eyes.
    role, prefix : str
        What the account was allowed when the event came in.
    received_at : str
        Time by the server, ISO 8601 UTC.
    stamp : dict
        What the server worked out: x, y, area_code, grid_code, distance, warnings.
    """

    id: str
    kind: str
    author: str
    clock: str
    made_at: str
    body: dict[str, Any]
    device: str = ""
    matter: str | None = None
    after: tuple[str, ...] = ()
    role: str = "inspector"
    prefix: str = ""
    received_at: str = ""
    stamp: dict[str, Any] = field(default_factory=dict)

    def said(self) -> dict[str, Any]:
        """Return what the phone said, as it is sent.

        Returns
        -------
        dict
            JSON values.
        """
        return {
            "id": self.id,
            "kind": self.kind,
            "clock": self.clock,
            "made_at": self.made_at,
            "device": self.device,
            "matter": self.matter,
            "after": sorted(self.after),
            "body": self.body,
        }

    def told(self) -> dict[str, Any]:
        """Return the event as the server tells it to other phones.

        Returns
        -------
        dict
            What was said, who said it, when it came, and what the server worked out.
        """
        added = {"author": self.author, "role": self.role, "received_at": self.received_at, "stamp": self.stamp}
        return self.said() | added

    def digest(self) -> str:
        """Return a digest of what was said, and by whom.

        Returns
        -------
        str
            SHA-256, hexadecimal; the same whenever the same is sent again.
        """
        plain = json.dumps([self.said(), self.author], ensure_ascii=True, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(plain.encode()).hexdigest()

    @property
    def order(self) -> tuple[str, str, str, str]:
        """Sort key: the same order of the same events, wherever they are sorted."""
        return (self.clock, self.author, self.id, self.digest())


def once(events: list[Event] | tuple[Event, ...]) -> dict[str, Event]:
    """Return events by id, each once.

    Parameters
    ----------
    events : list of Event
        In any order, with any repetitions.

    Returns
    -------
    dict of str to Event
        In the order of their clocks. Of one event that came several times, as it came first; of different events
        under one id, the first by their clocks (a store never holds two).
    """
    first: dict[str, Event] = {}
    ranked = sorted(events, key=lambda event: (event.order, event.received_at, _plain(event)))
    for event in ranked:
        first.setdefault(event.id, event)
    return first


def _plain(event: Event) -> str:
    return json.dumps([event.role, event.prefix, event.stamp], sort_keys=True)
