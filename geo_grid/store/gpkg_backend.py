"""The connections that edit a GeoPackage while others read it.

A process that edits a file must not open it by other means than the module ``sqlite3`` (not by ``open``, nor by GDAL, which
has a SQLite of its own): on POSIX systems, closing such a handle gives up the locks of all others in the process. Columns
of whole tables are read through GDAL only while there is no lock to be lost.
"""

from __future__ import annotations

import json
import os
import queue
import sqlite3
import threading
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

from geo_grid.errors import ReadOnlyError, StoreError
from geo_grid.schema import LEDGER_TABLES, TABLES
from geo_grid.store.base import decode_meta
from geo_grid.store.columns import read_columns
from geo_grid.store.copying import copied_order
from geo_grid.store.frames import epsg
from geo_grid.store.gpkg_blob import from_ewkb, geometries, geometry_blobs, register_functions, to_ewkb
from geo_grid.store.gpkg_columns import gdal_columns
from geo_grid.store.gpkg_connect import begin_reading, connect_reader, to_wal
from geo_grid.store.gpkg_replace import once_each, replace, without_triggers
from geo_grid.store.gpkg_tables import has_ledger, ledger_tables, make_ledger
from geo_grid.store.values import insert_query, upsert_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    import numpy as np
    import pyarrow as pa

    from geo_grid.schema import Table
    from geo_grid.store.backend import Backend, Lock, Transaction

_WAIT_SECONDS = 30.0  # for another process that writes
#: What a transaction may keep in memory, pages (KB) and what statements with triggers write down to be undone; and after
#: how many pages it brings its journal into the file by itself, else whoever closes it does.
_LITTLE = ("cache_size = -2000", "temp_store = DEFAULT", "wal_autocheckpoint = 1000")
_MUCH = ("cache_size = -131072", "temp_store = MEMORY", "wal_autocheckpoint = 0")


def gpkg_backend(path: Path) -> Backend:
    """Return what a ledger in a GeoPackage works on.

    Parameters
    ----------
    path : Path
        The file; it is opened when first used.

    Returns
    -------
    Backend
        One connection that writes, in turns, and as many that read as there are threads reading at once.
    """
    return _GpkgBackend(path)


def gpkg_transaction(db: sqlite3.Connection) -> Transaction:
    """Return what the ledger's steps work on.

    Parameters
    ----------
    db : Connection
        A connection inside a transaction.

    Returns
    -------
    Transaction
        The same transaction.
    """
    return _GpkgTransaction(db)


@contextmanager
def connected_writer(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a file for one piece of writing.

    Parameters
    ----------
    path : Path
        A plan.

    Yields
    ------
    Connection
        Without a transaction; others may read meanwhile.
    """
    db = _open_writer(path)
    try:
        yield db
    finally:
        _close_writer(db)


def _open_writer(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        _refuse_foreign(db, str(path))
        to_wal(db)
        db.execute("PRAGMA synchronous = FULL")  # what was acknowledged survives a power cut
        register_functions(db)
    except BaseException:
        db.close()
        raise
    return db


def _close_writer(db: sqlite3.Connection, *, tidy: bool = True) -> None:
    """Close a connection, and leave one whole file if nobody else has it open."""
    with suppress(sqlite3.Error):
        db.execute("PRAGMA busy_timeout = 100")
        db.execute("PRAGMA wal_checkpoint")
        if tidy:
            db.execute("PRAGMA journal_mode = DELETE")
    db.close()


class _GpkgTransaction:
    """A transaction on a GeoPackage."""

    row_lock = ""
    geometry_column = "geom"

    def __init__(self, db: sqlite3.Connection, path: Path | None = None, *, much: bool = False) -> None:
        self._db, self._path, self._much = db, path, much

    @property
    def apart(self) -> bool:
        return self.rows("PRAGMA journal_mode") == [("wal",)]

    def to_disk(self) -> None:
        if self._path is not None:
            with suppress(OSError), self._path.with_name(self._path.name + "-wal").open("rb") as journal:
                os.fsync(journal.fileno())

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return self._db.execute(query, values).fetchall()

    def many(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        self._db.executemany(query, rows)

    def lock(self, name: Lock) -> None:
        """Do nothing: there is one writer at a time."""

    def upsert(
        self, table: Table, rows: list[tuple[Any, ...]], geometry: np.ndarray[Any, Any] | None, crs: str
    ) -> None:
        if self._much and once_each(table, rows):  # else not worth taking triggers off
            replace(self._db, table, rows, geometry, epsg(crs))
        else:
            if geometry is not None:
                rows = [(*row, blob) for row, blob in zip(rows, geometry_blobs(geometry, epsg(crs)), strict=True)]
            self._db.executemany(upsert_query(table, "?"), rows)
        if table.name in TABLES:
            self._db.execute(
                "UPDATE gpkg_contents SET last_change = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE table_name = ?",
                (table.name,),
            )

    def fill(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        picks = ", ".join(f"json_extract(value, '$[{at}]')" for at in range(len(columns)))
        query = f'INSERT INTO "{table}" ({names}) SELECT {picks} FROM json_each(?)'  # noqa: S608  names come from here
        self._db.execute(query, (json.dumps(rows, ensure_ascii=False),))

    @contextmanager
    def unplaced(self, table: Table) -> Iterator[None]:
        # without triggers no statement needs a journal of its own either
        with without_triggers(self._db, f"rtree_{table.name}_*_update*"):
            ((pages,),) = self.rows("PRAGMA cache_size")
            self._db.execute(
                "PRAGMA cache_size = -16384"
            )  # each is wanted once: they may as well go to the journal now
            yield
            self._db.execute(f"PRAGMA cache_size = {int(pages)}")

    def move_households(self, rows: list[tuple[str, str]]) -> None:
        query = (
            "UPDATE households SET unit_id = json_extract(m.value, '$[1]')"
            " FROM json_each(?) m WHERE households.id = json_extract(m.value, '$[0]')"
        )
        self._db.execute(query, (json.dumps(rows, ensure_ascii=False),))

    def near(self, table: Table, area: str | None, box: tuple[float, float, float, float]) -> list[tuple[str, Any]]:
        west, south, east, north = box
        query = (
            f'SELECT "{table.key[0]}", geom FROM "{table.name}"'  # noqa: S608  names from the schema
            f" WHERE {'1' if area is None else 'area_code = ?'} AND fid IN"
            f' (SELECT id FROM "rtree_{table.name}_geom" WHERE minx <= ? AND maxx >= ? AND miny <= ? AND maxy >= ?)'
        )
        places = (east, west, north, south)
        found = self.rows(query, places if area is None else (area, *places))
        shapes = geometries([body for _, body in found])
        return [(name, shape) for (name, _), shape in zip(found, shapes.tolist(), strict=True)]

    def keys_near(self, table: Table, boxes: Sequence[tuple[float, float, float, float]]) -> set[str]:
        inside = "minx <= ? AND maxx >= ? AND miny <= ? AND maxy >= ?"
        query = f'SELECT id FROM "rtree_{table.name}_geom" WHERE {inside}'  # noqa: S608  names from the schema
        found = {fid for west, south, east, north in boxes for (fid,) in self.rows(query, (east, west, north, south))}
        keys = self.rows(f'SELECT fid, "{table.key[0]}" FROM "{table.name}"') if found else []  # noqa: S608
        return {key for fid, key in keys if fid in found}  # the index of keys is read, and no row

    def dump(self, table: Table) -> list[tuple[Any, ...]]:
        names = ", ".join(f'"{name}"' for name in table.column_names)
        found = self.rows(f'SELECT {names} FROM "{table.name}" ORDER BY "{copied_order(table)}"')  # noqa: S608
        if table.geometry is None or not found:
            return found
        return [(*row[:-1], body) for row, body in zip(found, to_ewkb(row[-1] for row in found), strict=True)]

    def restore(self, table: Table, rows: list[tuple[Any, ...]]) -> None:
        if table.geometry is not None:
            rows = [(*row[:-1], blob) for row, blob in zip(rows, from_ewkb(row[-1] for row in rows), strict=True)]
        self.many(insert_query(table, "?"), rows)

    def geometry(self, table: Table, values: Sequence[Any]) -> np.ndarray[Any, Any]:  # noqa: ARG002
        return geometries(values)


class _Reader:
    """A connection and the file it is on: a new build may have put another in its place."""

    def __init__(self, path: Path) -> None:
        self.file = _identity(path)
        self.db = connect_reader(path, isolation_level=None, check_same_thread=False)


class _GpkgBackend:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._writer_file: tuple[int, int] | None = None
        self._idle: queue.SimpleQueue[_Reader] = queue.SimpleQueue()
        self._known: tuple[tuple[int, int] | None, frozenset[str]] = (None, frozenset())

    @property
    def label(self) -> str:
        return str(self._path)

    def present(self) -> bool:
        return _identity(self._path) is not None

    def ready(self, table: str = "edits") -> bool:
        file = _identity(self._path)
        if file is None:
            raise StoreError("there is no such plan", file=self.label, mend="Build it first: geo-grid build.")
        known, tables = self._known
        if known != file or table not in tables:
            with self._explained(), closing(connect_reader(self._path)) as db:
                _refuse_foreign(db, self.label)
                tables = ledger_tables(db)
                if not has_ledger(db):
                    return False
            self._known = (file, tables)
        return table in tables

    @contextmanager
    def reading(self) -> Iterator[_GpkgTransaction]:
        with self._explained():
            reader = self._take_reader()
            try:
                begin_reading(reader.db)
                yield _GpkgTransaction(reader.db)
            finally:
                with suppress(sqlite3.Error):
                    reader.db.execute("ROLLBACK")
                self._idle.put(reader)

    def _take_reader(self) -> _Reader:
        while True:
            try:
                reader = self._idle.get_nowait()
            except queue.Empty:
                return _Reader(self._path)
            if reader.file == _identity(self._path):
                return reader
            reader.db.close()

    def columns(self, table: Table, names: Sequence[str], *, places: bool = False) -> pa.Table:
        with self.reading() as tx:
            # a file that is in use by others, or written to from here, is held by locks that have to stay
            alone = self._writer is None and tx.rows("PRAGMA journal_mode") == [("delete",)]
        found = gdal_columns(self._path, table, names, places=places) if alone else None
        if found is not None:
            return found
        with self.reading() as tx:
            return read_columns(tx, table, names, places=places)

    @contextmanager
    def writing(self, *, much: bool = False) -> Iterator[_GpkgTransaction]:
        with self._turn, self._explained():
            db = self._begin(_MUCH if much else _LITTLE)
            try:
                yield _GpkgTransaction(db, self._path, much=much)
                db.execute("COMMIT")
                self._known = (self._writer_file, frozenset(LEDGER_TABLES))
            except BaseException:
                with suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise

    def _begin(self, memory: tuple[str, ...]) -> sqlite3.Connection:
        """Begin to write on the file that has the name now."""
        while True:
            if self._writer is None or self._writer_file != _identity(self._path):
                self._open_writer()
            db = self._writer
            assert db is not None  # noqa: S101
            for pragma in memory:
                db.execute(f"PRAGMA {pragma}")
            db.execute("BEGIN IMMEDIATE")
            if self._writer_file == _identity(self._path):
                break
            db.execute("ROLLBACK")
        if self._known != (self._writer_file, frozenset(LEDGER_TABLES)):
            try:
                if ledger_tables(db) != LEDGER_TABLES.keys():
                    make_ledger(db)
            except BaseException:
                db.execute("ROLLBACK")
                raise
        return db

    def _open_writer(self) -> None:
        self._close_writer()
        if not self._path.is_file():
            raise StoreError("there is no such plan", file=self.label, mend="Build it first: geo-grid build.")
        file = _identity(self._path)
        self._writer, self._writer_file = _open_writer(self._path), file

    def _close_writer(self) -> None:
        db, self._writer = self._writer, None
        if db is not None:
            _close_writer(db, tidy=self._writer_file == _identity(self._path))

    def close(self) -> None:
        while True:
            try:
                self._idle.get_nowait().db.close()
            except queue.Empty:
                break
        with self._turn:
            self._close_writer()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise explained(error, self._path) from None


def explained(error: Exception, path: Path) -> StoreError:
    """Say in one line what SQLite refuses.

    Parameters
    ----------
    error : Exception
        Its error.
    path : Path
        The file.

    Returns
    -------
    StoreError
        What to raise.
    """
    text, mend = str(error), None
    if "readonly" in text or "unable to open" in text:
        mend = "Ask for the right to write to it and to its folder."
        return ReadOnlyError("the file may not be written to", file=path, mend=mend)
    if "locked" in text:
        text, mend = "another program is writing to the file", "Try again; close it in QGIS if it is open there."
    elif isinstance(error, sqlite3.DatabaseError) and ("malformed" in text or "not a database" in text):
        mend = "Restore the file from a copy."
    return StoreError(text, file=path, mend=mend)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116  twice as fast, and asked at every turn
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _refuse_foreign(db: sqlite3.Connection, label: str) -> None:
    """Never put tables into a file that is not a plan: it may be somebody's input."""
    if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
        decode_meta(dict(db.execute("SELECT key, value FROM meta")), label)
    elif not has_ledger(db):
        raise StoreError("this is not a plan", file=label, mend="Name a file that `geo-grid build` wrote.")
