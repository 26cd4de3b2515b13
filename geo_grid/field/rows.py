"""Events and matters as rows of the tables of field inspection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geo_grid.field.tables import FIELD_TABLES
from geo_grid.field.times import moment, timestamp_of
from geo_grid.people.account import typed

if TYPE_CHECKING:
    import pandas as pd

    from geo_grid.field.events import Event
    from geo_grid.field.merge import FieldState, Matter

#: Tables that are made of events alone.
MADE_OF_EVENTS = ("records", "photos", "matters", "matter_changes", "tracks")


def to_json(value: Any) -> str:
    """Write a value as a column holds it.

    Parameters
    ----------
    value : Any
        JSON value.

    Returns
    -------
    str
        One line.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _place(event: Event) -> dict[str, Any]:
    own = {name: event.body.get(name) for name in ("lon", "lat", "accuracy")}
    return own | {name: event.stamp.get(name) for name in ("x", "y")}


def record_row(event: Event) -> dict[str, Any]:
    """Return a record as a row.

    Parameters
    ----------
    event : Event
        Of the kind "record".

    Returns
    -------
    dict
        Values by column of the table ``records``.
    """
    body, stamp = event.body, event.stamp
    return _place(event) | {
        "id": event.id,
        "plan_version": body["plan_version"],
        "element_id": body.get("element_id"),
        "class": stamp.get("class"),
        "area_code": stamp["area_code"],
        "grid_code": stamp.get("grid_code"),
        "place_source": body["place_source"],
        "distance": stamp.get("distance"),
        "author": event.author,
        "made_at": event.made_at,
        "received_at": event.received_at,
        "checklist": to_json(body.get("checklist") or {}),
        "notes": body.get("notes") or "",
        "round_id": body.get("round_id"),
        "warnings": to_json(stamp.get("warnings") or []),
    }


def photo_row(event: Event) -> dict[str, Any]:
    """Return a photo as a row.

    Parameters
    ----------
    event : Event
        Of the kind "photo".

    Returns
    -------
    dict
        Values by column of the table ``photos``.
    """
    body = event.body
    names = ("owner_id", "role", "sha256", "size", "width", "height", "content_type")
    return {name: body[name] for name in names} | {
        "id": event.id,
        "exif": to_json(body.get("exif") or {}),
        "taken_at": timestamp_of(moment(body["taken_at"])),
        "author": event.author,
        "received_at": event.received_at,
    }


def track_row(event: Event) -> dict[str, Any]:
    """Return a piece of a track as a row.

    Parameters
    ----------
    event : Event
        Of the kind "track".

    Returns
    -------
    dict
        Values by column of the table ``tracks``.
    """
    body = event.body
    return {name: timestamp_of(moment(body[name])) for name in ("started_at", "ended_at")} | {
        "id": event.id,
        "round_id": body["round_id"],
        "author": event.author,
        "area_code": event.stamp["area_code"],
        "received_at": event.received_at,
        "points": to_json(body["points"]),
        "thinned_at": None,
    }


def matter_row(matter: Matter) -> dict[str, Any]:
    """Return a matter as a row.

    Parameters
    ----------
    matter : Matter
        What became of it.

    Returns
    -------
    dict
        Values by column of the table ``matters``.
    """
    found, shown = matter.found, matter.shown
    return _place(found) | {
        "id": found.id,
        "category": found.body["category"],
        "status": shown.status,
        "conflict": int(matter.conflict),
        "plan_version": found.body["plan_version"],
        "element_id": found.body.get("element_id"),
        "area_code": found.stamp["area_code"],
        "grid_code": found.stamp.get("grid_code"),
        "found_by": found.author,
        "found_at": found.made_at,
        "assignee": shown.assignee or _kept(matter),
        "due_at": shown.due_at,
        "mended_at": shown.mended_at,
        "closed_at": shown.closed_at,
        "heads": to_json(list(matter.heads)),
    }


def _kept(matter: Matter) -> str | None:
    """Return who mended it, where that was settled without a word on whom it is assigned to."""
    settled = any(matter.changes[head].kind == "resolved" for head in matter.heads)
    return matter.shown.mended_by if settled else None


def change_row(event: Event, status: str | None) -> dict[str, Any]:
    """Return a change of a matter as a row.

    Parameters
    ----------
    event : Event
        The change.
    status : str or None
        State of the matter after it; None for a note, or while it waits.

    Returns
    -------
    dict
        Values by column of the table ``matter_changes``.
    """
    return {
        "id": event.id,
        "matter_id": event.matter or event.id,
        "kind": event.kind,
        "after": to_json(sorted(event.after)),
        "status": status,
        "author": event.author,
        "role": event.role,
        "clock": event.clock,
        "made_at": event.made_at,
        "received_at": event.received_at,
        "body": to_json(event.body),
    }


def frames(state: FieldState) -> dict[str, pd.DataFrame]:
    """Return a whole state as frames.

    Parameters
    ----------
    state : FieldState
        What all events together say.

    Returns
    -------
    dict of str to DataFrame
        The tables of :data:`MADE_OF_EVENTS`, rows in the order of clocks.
    """
    matters = sorted(state.matters.values(), key=lambda matter: matter.found.order)
    rows = {
        "records": [record_row(event) for event in state.records.values()],
        "photos": [photo_row(event) for event in state.photos.values()],
        "matters": [matter_row(matter) for matter in matters],
        "matter_changes": [
            change_row(event, matter.standings[id_].status if id_ in matter.standings else None)
            for matter in matters
            for id_, event in matter.changes.items()
        ],
        "tracks": [
            track_row(event) for event in state.tracks.values() if event.body
        ],  # an old one says nothing any more
    }
    return {name: typed(rows[name], FIELD_TABLES[name]) for name in MADE_OF_EVENTS}
