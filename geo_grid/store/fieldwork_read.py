"""Records, matters, photos and tracks, as they are asked for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_grid.errors import StoreError
from geo_grid.schema.field import FIELD_TABLES, UPLOADS
from geo_grid.store.frames import frame_from_columns
from geo_grid.store.ledger_base import LedgerBase, select
from geo_grid.store.records import timestamp
from geo_grid.store.values import refuse_unstorable, upsert_query

if TYPE_CHECKING:
    from collections.abc import Sequence

_AT_ONCE = 400  # values in one statement
_CODE = "substr(coalesce(grid_code, area_code), 1, ?) = ?"
_OF_UPLOADS = ("received", "stored_name", "stored_sha256", "refused")
_PHOTO = ", ".join(f'p."{name}"' for name in FIELD_TABLES["photos"].column_names)
_PHOTOS = (
    f"SELECT {_PHOTO}, coalesce(u.received, 0), u.stored_name, u.stored_sha256, u.refused, e.area_code, e.grid_code"  # noqa: S608
    " FROM photos p LEFT JOIN uploads u ON u.photo_id = p.id LEFT JOIN field_events e ON e.id = p.id"
)
_PHOTOS_OF_MATTER = f"{_PHOTOS} WHERE p.owner_id IN (SELECT id FROM matter_changes WHERE matter_id = ?) ORDER BY p.fid"  # noqa: S608
_NAMES = (*FIELD_TABLES["photos"].column_names, *_OF_UPLOADS, "area_code", "grid_code")


class FieldReading(LedgerBase):
    """The part of the ledger that tells what came from the field."""

    def records(
        self, prefix: str = "", first: str | None = None, last: str | None = None, element: str | None = None
    ) -> pd.DataFrame:
        """Return inspections.

        Parameters
        ----------
        prefix : str
            Only those whose grid (or area) has a code that begins so.
        first, last : str, optional
            Only those made in this time, both included; ISO 8601 with a zone.
        element : str, optional
            Only those of an element.

        Returns
        -------
        DataFrame
            Rows of the table ``records``, by the time they were made.
        """
        found = _Query("records").code(prefix).time("made_at", first, last)
        if element is not None:
            found.add("element_id = ?", element)
        return self._field(found, "made_at, id")

    def tracks(
        self, prefix: str = "", first: str | None = None, last: str | None = None, author: str | None = None
    ) -> pd.DataFrame:
        """Return pieces of tracks.

        Parameters
        ----------
        prefix : str
            Only those of areas whose code begins so; a longer prefix is that of a grid, and cut to the length of an area's code.
        first, last : str, optional
            Only those begun in this time, both included; ISO 8601 with a zone.
        author : str, optional
            Only those of an account.

        Returns
        -------
        DataFrame
            Rows of the table ``tracks``, by the time they began.
        """
        found = _Query("tracks").time("started_at", first, last)
        if prefix:
            found.add(
                "(substr(area_code, 1, ?) = ? OR substr(?, 1, length(area_code)) = area_code)",
                len(prefix),
                prefix,
                prefix,
            )
        if author is not None:
            found.add("author = ?", author)
        return self._field(found, "started_at, id")

    def matters(
        self,
        prefix: str = "",
        *,
        status: str | Sequence[str] | None = None,
        category: str | None = None,
        first: str | None = None,
        last: str | None = None,
        overdue_at: str | None = None,
        limit: int | None = None,
        offset: int = 0,
    ) -> pd.DataFrame:
        """Return matters.

        Parameters
        ----------
        prefix : str
            Only those whose grid (or area) has a code that begins so.
        status : str or sequence of str, optional
            Only those in one of these states.
        category : str, optional
            Only those of a category.
        first, last : str, optional
            Only those found in this time, both included; ISO 8601 with a zone.
        overdue_at : str, optional
            Only those that should have been mended by then, or closed where they are mended.
        limit : int, optional
            Rows at most.
        offset : int
            Rows that are left out at the beginning.

        Returns
        -------
        DataFrame
            Rows of the table ``matters``, the latest found first.
        """
        found = _Query("matters").code(prefix).time("found_at", first, last)
        if status is not None:
            wanted = [status] if isinstance(status, str) else list(status)
            found.add(f"status IN ({', '.join('?' * len(wanted)) or 'NULL'})", *wanted)
        if category is not None:
            found.add("category = ?", category)
        if overdue_at is not None:
            found.add("status IN ('found', 'assigned', 'mended', 'checked') AND due_at < ?", _time(overdue_at))
        rest = "found_at DESC, id"
        if limit is not None:
            rest += " LIMIT ? OFFSET ?"
            found.values += [limit, offset]
        return self._field(found, rest)

    def matter(self, id_: str) -> dict[str, Any] | None:
        """Return all that is known of a matter.

        Parameters
        ----------
        id_ : str
            Its id.

        Returns
        -------
        dict or None
            ``row`` (of ``matters``; ``heads`` a list), ``changes`` (rows of ``matter_changes`` by their clocks; ``after`` a list,
            ``body`` a dict, ``head`` whether the matter rests on it) and ``photos`` (as :meth:`photos_of`, of all changes); None where
            there is none.
        """
        with self._reading("matters") as tx:
            if tx is None:
                return None
            rows = _dicts("matters", tx.rows(f"{select('matters')} WHERE id = ?", (id_,)))
            if not rows:
                return None
            query = f"{select('matter_changes')} WHERE matter_id = ? ORDER BY clock, author, id"
            changes = _dicts("matter_changes", tx.rows(query, (id_,)))
            photos = tx.rows(_PHOTOS_OF_MATTER, (id_,))
        row = rows[0] | {"heads": json.loads(rows[0]["heads"])}
        for change in changes:
            change.update(after=json.loads(change["after"]), body=json.loads(change["body"]))
            change["head"] = change["id"] in row["heads"]
        return {"row": row, "changes": changes, "photos": [_photo(photo) for photo in photos]}

    def changes(self, matters: Sequence[str]) -> pd.DataFrame:
        """Return what happened to matters.

        Parameters
        ----------
        matters : sequence of str
            Their ids.

        Returns
        -------
        DataFrame
            Rows of the table ``matter_changes`` by matter and clock; ``body`` holds dicts.
        """
        found: list[dict[str, Any]] = []
        for start in range(0, len(matters), _AT_ONCE):
            part = matters[start : start + _AT_ONCE]
            query = f"{select('matter_changes')} WHERE matter_id IN ({', '.join('?' * len(part))})"
            found += _dicts(
                "matter_changes", self._rows(f"{query} ORDER BY matter_id, clock, author, id", part, "matter_changes")
            )
        frame = pd.DataFrame(found, columns=FIELD_TABLES["matter_changes"].column_names, dtype=object)
        return frame.assign(body=[json.loads(body) for body in frame["body"]])

    def photo(self, id_: str) -> dict[str, Any] | None:
        """Return what is known of a photo.

        Parameters
        ----------
        id_ : str
            Its id.

        Returns
        -------
        dict or None
            Columns of ``photos`` (``exif`` a dict) and ``uploads``, and ``area_code`` and ``grid_code`` of what it belongs to; None
            where there is none, or it waits for what it belongs to.
        """
        return next(iter(self._photos("p.id = ?", (id_,))), None)

    def photos_of(self, owner_id: str) -> list[dict[str, Any]]:
        """Return the photos of a record or a change.

        Parameters
        ----------
        owner_id : str
            Its id.

        Returns
        -------
        list of dict
            As :meth:`photo`, in the order they came.
        """
        return self._photos("p.owner_id = ?", (owner_id,))

    def photos(self, owners: Sequence[str]) -> list[dict[str, Any]]:
        """Return the photos of several records or changes.

        Parameters
        ----------
        owners : sequence of str
            Their ids.

        Returns
        -------
        list of dict
            As :meth:`photo`, in the order they came.
        """
        found: list[dict[str, Any]] = []
        for start in range(0, len(owners), _AT_ONCE):
            part = owners[start : start + _AT_ONCE]
            found += self._photos(f"p.owner_id IN ({', '.join('?' * len(part))})", part)
        return found

    def _photos(self, condition: str, values: Sequence[Any]) -> list[dict[str, Any]]:
        return [_photo(row) for row in self._rows(f"{_PHOTOS} WHERE {condition} ORDER BY p.fid", values, "photos")]

    def upload(self, photo_id: str) -> dict[str, Any] | None:
        """Return how far a photo has come.

        Parameters
        ----------
        photo_id : str
            Its id.

        Returns
        -------
        dict or None
            Row of the table ``uploads``; None where no part of it came yet.
        """
        rows = self._rows(f"{select('uploads')} WHERE photo_id = ?", (photo_id,), "uploads")
        return dict(zip(UPLOADS.column_names, rows[0], strict=True)) if rows else None

    def put_upload(
        self,
        photo_id: str,
        *,
        received: int,
        stored_name: str | None = None,
        stored_sha256: str | None = None,
        refused: str | None = None,
    ) -> None:
        """Keep how far a photo has come, in place of what was kept of it.

        Parameters
        ----------
        photo_id : str
            Its id.
        received : int
            Bytes on the disk, from the first one on.
        stored_name, stored_sha256 : str, optional
            Of the file that was made of it.
        refused : str, optional
            Why it is refused.

        Raises
        ------
        StoreError
            If there is no such photo.
        """
        refuse_unstorable(name=stored_name, hash=stored_sha256, reason=refused)
        row = (photo_id, received, stored_name, stored_sha256, refused, timestamp())
        with self._backend.writing() as tx:
            if not tx.rows("SELECT 1 FROM photos WHERE id = ?", (photo_id,)):
                raise StoreError("there is no such photo")
            tx.many(upsert_query(UPLOADS, ""), [row])

    def stored_photos(self) -> set[str]:
        """Return the files that photos were made into.

        Returns
        -------
        set of str
            Their names; any other file of the folder belongs to nobody.
        """
        query = "SELECT stored_name FROM uploads WHERE stored_name IS NOT NULL"
        return {str(name) for (name,) in self._rows(query, (), "uploads")}

    def _field(self, query: _Query, rest: str) -> pd.DataFrame:
        table = FIELD_TABLES[query.table]
        where = f"WHERE {' AND '.join(query.conditions)} " if query.conditions else ""
        rows = self._rows(f"{select(table.name)} {where}ORDER BY {rest}", query.values, table.name)
        columns = list(zip(*rows, strict=True)) or [()] * len(table.columns)
        return frame_from_columns(table, dict(zip(table.column_names, columns, strict=True)), None, "")


class _Query:
    """Conditions of a query and their values."""

    def __init__(self, table: str) -> None:
        self.table = table
        self.conditions: list[str] = []
        self.values: list[Any] = []

    def add(self, condition: str, *values: Any) -> _Query:
        self.conditions.append(condition)
        self.values += values
        return self

    def code(self, prefix: str) -> _Query:
        return self.add(_CODE, len(prefix), prefix) if prefix else self

    def time(self, column: str, first: str | None, last: str | None) -> _Query:
        if first is not None:
            self.add(f"{column} >= ?", _time(first))
        if last is not None:
            self.add(f"{column} <= ?", _time(last))
        return self


def _time(text: str) -> str:
    from geo_grid.field.times import moment, timestamp_of

    return timestamp_of(moment(text))


def _dicts(table: str, rows: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [dict(zip(FIELD_TABLES[table].column_names, row, strict=True)) for row in rows]


def _photo(row: tuple[Any, ...]) -> dict[str, Any]:
    found = dict(zip(_NAMES, row, strict=True))
    return found | {"exif": json.loads(found["exif"])}
