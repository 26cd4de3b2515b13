"""Positions of persons, kept as long as the policy says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geo_grid.schema.field import RECORDS, TRACKS
from geo_grid.store.frames import frame_from_columns
from geo_grid.store.ledger_base import LedgerBase, select

if TYPE_CHECKING:
    import datetime as dt

    import pandas as pd

    from geo_grid.field.policy import FieldSettings
    from geo_grid.schema import Table
    from geo_grid.store.backend import Transaction

_AT_ONCE = 2_000  # rows held in memory; each lot is whole before the next one
_FINE = (
    "(accuracy IS NULL OR accuracy <> 100 OR "
    + " OR ".join(
        f"abs({name} / {step} - round({name} / {step})) > 0.0001"
        for name, step in (("lon", "0.001"), ("lat", "0.001"), ("x", "100.0"), ("y", "100.0"))
    )
    + ")"
)


class FieldThinning(LedgerBase):
    """The part of the ledger that forgets where people were."""

    def thin_positions(self, now: dt.datetime, settings: FieldSettings) -> int:
        """Thin out old tracks, forget older ones, and round the places of old records, with what was said of them.

        Parameters
        ----------
        now : datetime
            With a zone.
        settings : FieldSettings
            How long positions are kept.

        Returns
        -------
        int
            Tracks, records and photos that were changed; 0 where nothing was due.

        Notes
        -----
        Element, grid, distance, day and author of a record stay: they are the record of the work. Digests of what was said stay
        too, so that what is sent again is still known.
        """
        from geo_grid.field.times import timestamp_of

        if not self._backend.ready("tracks"):
            return 0
        stamp = timestamp_of(now)
        done = 0
        for lot in (_thin_tracks, _coarsen_records, _clean_photos):
            while True:
                with self._backend.writing() as tx:
                    tx.lock("field")
                    count = lot(tx, now, settings, stamp)
                done += count
                if count == 0:
                    break
        return done


def _before(now: dt.datetime, days: int) -> str:
    import datetime as dt

    from geo_grid.field.times import timestamp_of

    return timestamp_of(now - dt.timedelta(days=days))


def _thin_tracks(tx: Transaction, now: dt.datetime, settings: FieldSettings, stamp: str) -> int:
    from geo_grid.field.retention import due_for_thinning

    frame = _frame(
        tx,
        TRACKS,
        "WHERE ended_at < ? OR (ended_at < ? AND thinned_at IS NULL)",
        (_before(now, settings.track_gone_days), _before(now, settings.track_days)),
    )
    due = due_for_thinning(frame, now, settings)
    for id_, action, points in due.itertuples(index=False):
        if action == "delete":
            tx.rows("DELETE FROM tracks WHERE id = ?", (id_,))
            tx.rows("UPDATE field_events SET body = '{}' WHERE id = ?", (id_,))
        else:
            tx.rows("UPDATE tracks SET points = ?, thinned_at = ? WHERE id = ?", (points, stamp, id_))
            _change_body(tx, id_, {"points": json.loads(points)}, {})
    return len(due)


def _coarsen_records(tx: Transaction, now: dt.datetime, settings: FieldSettings, _: str) -> int:
    from geo_grid.field.retention import coarse_records

    limit = _before(now, settings.record_place_days)
    frame = _frame(tx, RECORDS, f"WHERE made_at < ? AND {_FINE}", (limit,))
    due = coarse_records(frame, now, settings)
    for id_, *place in due.itertuples(index=False):
        lon, lat, x, y, accuracy = (float(value) for value in place)
        tx.rows(
            "UPDATE records SET lon = ?, lat = ?, x = ?, y = ?, accuracy = ? WHERE id = ?",
            (lon, lat, x, y, accuracy, id_),
        )
        _change_body(tx, id_, {"lon": lon, "lat": lat, "accuracy": accuracy}, {"x": x, "y": y})
    return len(due)


def _clean_photos(tx: Transaction, now: dt.datetime, settings: FieldSettings, _: str) -> int:
    """Forget where old photos were taken; what else the camera said of them stays."""
    from geo_grid.field.retention import without_place
    from geo_grid.field.rows import to_json

    limit = _before(now, settings.record_place_days)
    rows = tx.rows("SELECT id, exif FROM photos WHERE taken_at < ? AND exif <> '{}'", (limit,))
    done = 0
    for id_, exif in rows:
        given = json.loads(exif)
        kept = without_place(given)
        if kept != given:
            tx.rows("UPDATE photos SET exif = ? WHERE id = ?", (to_json(kept), id_))
            _change_body(tx, id_, {"exif": kept}, {})
            done += 1
    # photos that wait for a record that never came, or were refused, are in no other table
    query = "SELECT id, body FROM field_events WHERE kind = 'photo' AND verdict <> 'taken' AND made_at < ?"
    for id_, body in tx.rows(query, (limit,)):
        exif = json.loads(body).get("exif") or {}
        kept = without_place(exif)
        if kept != exif:
            _change_body(tx, id_, {"exif": kept}, {})
            done += 1
    return done


def _change_body(tx: Transaction, id_: str, body: dict[str, Any], stamp: dict[str, Any]) -> None:
    """Say less of an event than was said."""
    from geo_grid.field.rows import to_json

    for own, place in tx.rows("SELECT body, stamp FROM field_events WHERE id = ?", (id_,)):
        values = (to_json(json.loads(own) | body), to_json(json.loads(place) | stamp), id_)
        tx.rows("UPDATE field_events SET body = ?, stamp = ? WHERE id = ?", values)


def _frame(tx: Transaction, table: Table, rest: str, values: tuple[Any, ...]) -> pd.DataFrame:
    rows = tx.rows(f"{select(table.name)} {rest} ORDER BY fid LIMIT {_AT_ONCE}", values)
    columns = list(zip(*rows, strict=True)) or [()] * len(table.columns)
    return frame_from_columns(table, dict(zip(table.column_names, columns, strict=True)), None, "")
