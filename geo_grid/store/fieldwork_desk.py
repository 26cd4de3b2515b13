"""What phones sent, as one transaction sees it: what of a batch is known, and what is written of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geo_grid.schema.field import FIELD_EVENTS, FIELD_TABLES, MATTERS
from geo_grid.store.ledger_base import select
from geo_grid.store.values import insert_query, upsert_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geo_grid.field.events import Event
    from geo_grid.field.sync import Known, Reception
    from geo_grid.store.backend import Transaction

_AT_ONCE = 400  # values in one statement
_RELEASE = (
    "UPDATE field_events SET seq = ?, area_code = ?, grid_code = ?, stamp = ?, verdict = 'taken' WHERE id = ?"
    " AND verdict = 'waiting'"
)

_REFUSE = "UPDATE field_events SET verdict = ? WHERE id = ?"

#: What the column ``verdict`` says of an event that is no refusal.
TAKEN, WAITING = "taken", "waiting"


class EventDesk:
    """The events of a store while one batch is taken.

    Parameters
    ----------
    tx : Transaction
        A transaction that writes, alone in taking events.
    """

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._rows: dict[str, dict[str, Any] | None] = {}
        self._changes: dict[str, list[Event]] = {}
        self._photos: dict[str, list[Event]] = {}

    def look_up(self, batch: Iterable[Any]) -> None:
        """Read at once what a batch is going to ask for.

        Parameters
        ----------
        batch : iterable
            JSON values as a phone sent them, well written or not.
        """
        said = [raw for raw in batch if isinstance(raw, dict)]
        ids = _ids(raw.get("id") for raw in said)
        matters = _ids(raw.get("id") if raw.get("kind") == "found" else raw.get("matter") for raw in said)
        named = matters | _ids(each for raw in said if isinstance(raw.get("after"), list) for each in raw["after"])
        named |= _ids(raw["body"].get("owner_id") for raw in said if isinstance(raw.get("body"), dict))
        self._changes |= {matter: [] for matter in matters}
        for row in self._by("matter_id", matters):
            self._changes[row["matter_id"]].append(event_of(row))
            self._rows[row["id"]] = row
        self._find((ids | named) - set(self._rows))
        self._photos |= {id_: [] for id_ in ids}
        for row in self._by("owner_id", ids):
            if row["verdict"] == WAITING:
                self._photos[row["owner_id"]].append(event_of(row))

    def known(self, id_: str) -> Known | None:
        """Return what the store has under an id.

        Parameters
        ----------
        id_ : str
            Id of an event.

        Returns
        -------
        Known or None
            None where there is nothing.
        """
        from geo_grid.field.sync import Known

        row = self._row(id_)
        if row is None:
            return None
        home = {key: row[key] for key in ("area_code", "grid_code") if row[key]}
        verdict = row["verdict"]
        refused = None if verdict in (TAKEN, WAITING) else verdict
        return Known(row["digest"], home, row["author"], row["kind"], refused, self.missing(row))

    def missing(self, row: dict[str, Any]) -> tuple[str, ...]:
        """Return what an event waits for.

        Parameters
        ----------
        row : dict
            Of the table ``field_events``.

        Returns
        -------
        tuple of str
            Ids of events that are not there, or wait themselves; empty where it does not wait.
        """
        if row["verdict"] != WAITING:
            return ()
        named = [row["owner_id"]] if row["owner_id"] else [row["matter_id"], *json.loads(row["after"])]
        there = {id_: self._row(id_) for id_ in named}
        left = {id_ for id_, each in there.items() if each is None or each["verdict"] == WAITING}
        return tuple(sorted(left or set(named)))

    def changes_of(self, matter: str) -> list[Event]:
        """Return all changes of a matter.

        Parameters
        ----------
        matter : str
            Its id.

        Returns
        -------
        list of Event
            Waiting and refused ones too.
        """
        if matter not in self._changes:
            self._changes[matter] = [event_of(row) for row in self._by("matter_id", [matter])]
        return self._changes[matter]

    def photos_for(self, owner: str) -> list[Event]:
        """Return the photos that wait for an event.

        Parameters
        ----------
        owner : str
            Its id.

        Returns
        -------
        list of Event
            Stored photos.
        """
        if owner not in self._photos:
            found = self._by("owner_id", [owner])
            self._photos[owner] = [event_of(row) for row in found if row["verdict"] == WAITING]
        return self._photos[owner]

    def store(self, reception: Reception) -> None:
        """Write what came of a batch.

        Parameters
        ----------
        reception : Reception
            What :func:`geo_grid.field.sync.receive` made of it.
        """
        now_there = [event for event in reception.taken if event.id not in reception.waiting]
        visible = sorted([*now_there, *reception.released], key=lambda event: event.order)
        last = int(self._tx.rows("SELECT coalesce(max(seq), 0) FROM field_events")[0][0])
        seq = {event.id: last + place for place, event in enumerate(visible, start=1)}
        new = [(event, WAITING if event.id in reception.waiting else TAKEN) for event in reception.taken]
        rows = [event_row(event, seq.get(event.id), verdict) for event, verdict in [*new, *reception.rejected]]
        self._insert("field_events", rows)
        released = [event_row(event, seq[event.id], TAKEN) for event in reception.released]
        names = ("seq", "area_code", "grid_code", "stamp", "id")
        self._tx.many(_RELEASE, [[row[name] for name in names] for row in released])
        self._tx.many(_REFUSE, [(why, id_) for id_, why in reception.late.items()])
        self._made_of(visible)

    def _made_of(self, events: Sequence[Event]) -> None:
        """Write what follows from events that became visible."""
        from geo_grid.field.rows import photo_row, record_row, track_row

        for kind, table, row in (
            ("record", "records", record_row),
            ("photo", "photos", photo_row),
            ("track", "tracks", track_row),
        ):
            self._insert(table, [row(event) for event in events if event.kind == kind])
        changes: dict[str, list[Event]] = {}
        for event in events:
            if event.matter is not None:
                changes.setdefault(event.matter, []).append(event)
        for matter, own in changes.items():
            self._merge(matter, own)

    def _merge(self, id_: str, new: list[Event]) -> None:
        """Work a matter out anew; what waits or was refused says nothing of it."""
        from geo_grid.field.merge import merge_matter
        from geo_grid.field.rows import change_row, matter_row

        fresh = {event.id for event in new}
        before = [event for event in self.changes_of(id_) if event.id not in fresh and self._verdict(event.id) == TAKEN]
        matter = merge_matter(id_, [*before, *new])[0]
        if matter is None:
            return
        row = matter_row(matter)
        self._tx.many(upsert_query(MATTERS, ""), [[row[name] for name in MATTERS.column_names]])
        status = {each: standing.status for each, standing in matter.standings.items()}
        self._insert("matter_changes", [change_row(event, status.get(event.id)) for event in new])

    def _verdict(self, id_: str) -> str | None:
        row = self._row(id_)
        return row["verdict"] if row is not None else None

    def _row(self, id_: str) -> dict[str, Any] | None:
        if id_ not in self._rows:
            self._find({id_})
        return self._rows[id_]

    def _find(self, ids: set[str]) -> None:
        self._rows |= dict.fromkeys(ids)
        for row in self._by("id", ids):
            self._rows[row["id"]] = row

    def _by(self, column: str, values: Iterable[str]) -> list[dict[str, Any]]:
        """Return events by the values of a column, in the order they were written."""
        wanted, names = sorted(values), FIELD_EVENTS.column_names
        found: list[dict[str, Any]] = []
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            query = f"{select('field_events')} WHERE {column} IN ({', '.join('?' * len(part))}) ORDER BY fid"
            found += [dict(zip(names, row, strict=True)) for row in self._tx.rows(query, part)]
        return found

    def _insert(self, table: str, rows: list[dict[str, Any]]) -> None:
        if rows:
            names = FIELD_TABLES[table].column_names
            self._tx.many(insert_query(FIELD_TABLES[table], ""), [[row[name] for name in names] for row in rows])


def _ids(values: Iterable[Any]) -> set[str]:
    """Return what is written as an id; a phone may send anything, and a database does not take every text."""
    from geo_grid.field.forms import is_uuid

    return {value for value in values if is_uuid(value)}


def event_of(row: dict[str, Any]) -> Event:
    """Return a stored event.

    Parameters
    ----------
    row : dict
        Of the table ``field_events``.

    Returns
    -------
    Event
        The event.
    """
    from geo_grid.field.events import Event

    plain = ("id", "kind", "author", "clock", "made_at", "device", "role", "prefix", "received_at")
    return Event(
        **{name: row[name] for name in plain},
        matter=row["matter_id"],
        after=tuple(json.loads(row["after"])),
        body=json.loads(row["body"]),
        stamp=json.loads(row["stamp"]),
    )


def event_row(event: Event, seq: int | None, verdict: str) -> dict[str, Any]:
    """Return an event as a row of ``field_events``.

    Parameters
    ----------
    event : Event
        The event.
    seq : int or None
        Its place in the order in which events become visible.
    verdict : str
        taken, waiting, or why it is refused.

    Returns
    -------
    dict
        Values by column.
    """
    from geo_grid.field.rows import to_json

    plain = ("id", "kind", "author", "clock", "made_at", "device", "role", "prefix", "received_at")
    stamp = dict(event.stamp)
    if verdict != TAKEN and "x" not in stamp:  # where it belongs depends on others: it is known when it is taken
        stamp = {name: value for name, value in stamp.items() if name not in ("area_code", "grid_code")}
    return {name: getattr(event, name) for name in plain} | {
        "seq": seq,
        "matter_id": event.matter,
        "after": to_json(sorted(event.after)),
        "owner_id": event.body.get("owner_id"),
        "area_code": stamp.get("area_code") or None,
        "grid_code": stamp.get("grid_code") or None,
        "digest": event.digest(),
        "body": to_json(event.body),
        "stamp": to_json(stamp),
        "verdict": verdict,
    }
