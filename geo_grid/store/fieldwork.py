"""What phones sent, taken and told; and what became of it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geo_grid.errors import StoreError
from geo_grid.schema.field import FIELD_EVENTS
from geo_grid.store.changing import write_audit
from geo_grid.store.fieldwork_desk import EventDesk, event_of
from geo_grid.store.fieldwork_read import FieldReading
from geo_grid.store.fieldwork_thin import FieldThinning
from geo_grid.store.ledger_base import select, to_json
from geo_grid.store.records import Audit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geo_grid.field.admission import Context
    from geo_grid.field.sync import Reception

_TOLD = "seq > ? AND kind <> 'track' AND substr(coalesce(grid_code, area_code, ''), 1, ?) = ?"


class FieldWork(FieldReading, FieldThinning):
    """The part of the ledger that keeps field inspection."""

    def receive_events(self, batch: Sequence[Any], context: Context) -> Reception:
        """Take a batch of events as a phone sent it: one transaction, on the disk before it is answered.

        Parameters
        ----------
        batch : sequence
            JSON values, at most ``batch_events`` of them (:func:`geo_grid.field.sync.batch_fault`).
        context : Context
            Who sends it.

        Returns
        -------
        Reception
            What was stored, and ``answers`` for the phone. Sent again, it changes nothing.

        Notes
        -----
        Batches are taken one after the other, whoever sends them: so two that touch the same matter know of each other, and
        ``seq`` is in the order of commits.
        """
        from geo_grid.field.sync import receive

        with self._backend.writing() as tx:
            tx.lock("field")
            desk = EventDesk(tx)
            desk.look_up(batch)
            reception = receive(batch, context, desk.known, desk.changes_of, desk.photos_for)
            desk.store(reception)
        return reception

    def events_page(self, cursor: int, prefix: str, limit: int) -> dict[str, Any]:
        """Tell a phone what is new.

        Parameters
        ----------
        cursor : int
            Where the phone is; 0 at the beginning.
        prefix : str
            Of the codes the account is bounded to.
        limit : int
            Events at most.

        Returns
        -------
        dict
            As :func:`geo_grid.field.telling.page`: ``events``, ``cursor`` and ``more``.
        """
        with self._reading("field_events") as tx:
            if tx is None:
                return {"events": [], "cursor": cursor, "more": False}
            query = f"{select('field_events')} WHERE {_TOLD} ORDER BY seq LIMIT ?"
            rows = tx.rows(query, (cursor, len(prefix), prefix, limit + 1))
            last = int(tx.rows("SELECT coalesce(max(seq), 0) FROM field_events")[0][0])
        names = FIELD_EVENTS.column_names
        found = [dict(zip(names, row, strict=True)) for row in rows]
        told, more = found[:limit], len(found) > limit
        # what others may see, and tracks, are stepped over at once
        reached = int(told[-1]["seq"]) if more else max(last, cursor)
        return {"events": [event_of(row).told() for row in told], "cursor": reached, "more": more}

    def put_field_policy(self, values: Mapping[str, Any], author: str) -> None:
        """Keep what the office decides about field inspection, in place of what the draft says; no new build is needed.

        Parameters
        ----------
        values : mapping
            The tables ``patrol``, ``matters`` and ``field`` as a configuration has them; without any, the defaults.
        author : str
            Who decides.

        Raises
        ------
        ConfigError
            A key is unknown or impossible; nothing is changed then.
        StoreError
            If there is no plan.
        """
        from geo_grid.field.policy import read_field_policy

        read_field_policy(values)
        text = to_json(values)
        with self._backend.writing() as tx:
            tx.lock("plan")
            tx.lock("audit")
            if not tx.rows("SELECT 1 FROM meta WHERE \"key\" = 'crs'"):
                raise StoreError("there is no plan yet", file=self.label, mend="Build it first: geo-grid build.")
            before = tx.rows("SELECT value FROM meta WHERE \"key\" = 'field_policy'")
            if before:
                tx.rows("UPDATE meta SET value = ? WHERE \"key\" = 'field_policy'", (text,))
            else:
                tx.rows("INSERT INTO meta (\"key\", value) VALUES ('field_policy', ?)", (text,))
            change = {"before": json.loads(before[0][0]) if before else {}}
            write_audit(tx, "", Audit(author, "field_policy", {"policy": dict(values)}, change))

    def field_stamp(self) -> int:
        """Return what tells field work of now from that before.

        Returns
        -------
        int
            The highest ``seq``; 0 where nothing came yet.
        """
        rows = self._rows("SELECT coalesce(max(seq), 0) FROM field_events", (), "field_events")
        return int(rows[0][0]) if rows else 0

    def own_events(self, author: str) -> dict[str, Any]:
        """Tell a phone what became of what its user sent.

        Parameters
        ----------
        author : str
            Name of the account.

        Returns
        -------
        dict
            ``wanted``: photos to go on with, ``id, received, size``; where these are equal the photo is whole, but was not looked
            at yet. ``refused``: changes and photos that are stored as refused, ``id, reason``. ``waiting``: ``id`` and the ids
            that are ``missing``.
        """
        with self._reading("field_events") as tx:
            if tx is None:
                return {"wanted": [], "refused": [], "waiting": []}
            photos = tx.rows(
                "SELECT p.id, coalesce(u.received, 0), p.size FROM photos p LEFT JOIN uploads u ON u.photo_id = p.id"
                " WHERE p.author = ? AND u.stored_name IS NULL AND u.refused IS NULL ORDER BY p.fid",
                (author,),
            )
            broken = tx.rows(
                "SELECT p.id, u.refused FROM photos p JOIN uploads u ON u.photo_id = p.id"
                " WHERE p.author = ? AND u.refused IS NOT NULL ORDER BY p.fid",
                (author,),
            )
            query = f"{select('field_events')} WHERE author = ? AND verdict <> 'taken' ORDER BY fid"
            found = [dict(zip(FIELD_EVENTS.column_names, row, strict=True)) for row in tx.rows(query, (author,))]
            desk = EventDesk(tx)
            waiting = [(row["id"], desk.missing(row)) for row in found if row["verdict"] == "waiting"]
        refused = [(row["id"], row["verdict"]) for row in found if row["verdict"] != "waiting"]
        return {
            "wanted": [{"id": id_, "received": received, "size": size} for id_, received, size in photos],
            "refused": [{"id": id_, "reason": reason} for id_, reason in (*refused, *broken)],
            "waiting": [{"id": id_, "missing": list(ids)} for id_, ids in waiting],
        }
