"""Pooled connections that edit a plan in PostGIS."""

from __future__ import annotations

import threading
from contextlib import contextmanager, nullcontext
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import psycopg
import shapely
from psycopg_pool import ConnectionPool

from geo_grid.errors import StoreError
from geo_grid.schema import LEDGER_TABLES
from geo_grid.store.address import masked, scrubbed
from geo_grid.store.columns import read_columns
from geo_grid.store.copying import copied_order
from geo_grid.store.frames import epsg
from geo_grid.store.migrate import applied, migrate, refuse_newer
from geo_grid.store.values import upsert_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from contextlib import AbstractContextManager

    import pyarrow as pa

    from geo_grid.schema import Table
    from geo_grid.store.backend import Backend, Lock, Transaction

    Connection = psycopg.Connection[Any]

#: "geog": a build holds it alone, those who edit share it.
PLAN_LOCK = 0x67656F67
_AUDIT_LOCK = PLAN_LOCK + 1
_FIELD_LOCK = PLAN_LOCK + 2
_LOCKS: dict[Lock, str] = {
    "plan": f"SELECT pg_advisory_xact_lock_shared({PLAN_LOCK})",
    "heads": "LOCK TABLE geo_grid.heads IN SHARE ROW EXCLUSIVE MODE",
    "audit": f"SELECT pg_advisory_xact_lock({_AUDIT_LOCK})",
    "field": f"SELECT pg_advisory_xact_lock({_FIELD_LOCK})",
}
_MOST_CONNECTIONS = 8
_WAIT_SECONDS = 30.0
CONNECT_OPTIONS: dict[str, Any] = {"connect_timeout": 10, "client_encoding": "utf8", "application_name": "geo-grid"}


def pg_backend(url: str) -> Backend:
    """Return what a ledger in PostGIS works on.

    Parameters
    ----------
    url : str
        Address of the database.

    Returns
    -------
    Backend
        A pool of connections, opened when first used.
    """
    return _PgBackend(url)


def explained(error: psycopg.Error, url: str) -> StoreError:
    """Say in one line, and without password, what the database refuses.

    Parameters
    ----------
    error : Error
        Its error.
    url : str
        Address of the database.

    Returns
    -------
    StoreError
        What to raise.
    """
    text = error.diag.message_primary
    if text is None:  # not from the server: it may quote the address
        return StoreError(
            scrubbed(str(error).strip(), url),
            file=masked(url),
            mend="Is the server running, and is the address right?",
        )
    mend: str | None = None
    if "postgis" in text:
        mend = "Ask the administrator for: CREATE EXTENSION postgis."
    elif isinstance(error, psycopg.errors.InsufficientPrivilege):
        mend = "Ask the owner of the database for the right to do this."
    return StoreError(f"the database refuses: {text}", file=masked(url), mend=mend)


@cache
def _translated(query: str) -> str:
    """Write the values' places as psycopg does; no query of the ledger holds another question mark or per cent sign."""
    return query.replace("?", "%s")


def pg_transaction(db: Connection) -> Transaction:
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
    db.execute("SELECT set_config('search_path', 'geo_grid, ' || current_setting('search_path'), true)")
    return _PgTransaction(db)


class _PgTransaction:
    """A transaction on PostGIS."""

    row_lock = " FOR UPDATE"
    geometry_column = "ST_AsBinary(geom)"
    apart = False

    def __init__(self, db: Connection) -> None:
        self._db = db

    def to_disk(self) -> None:
        """Nothing: the server sees to it."""

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        cursor = self._db.execute(_translated(query), values)
        return cursor.fetchall() if cursor.description else []

    def many(self, query: str, rows: Iterable[Sequence[Any]]) -> None:
        with self._db.cursor() as cursor:
            cursor.executemany(_translated(query), rows)

    def lock(self, name: Lock) -> None:
        self._db.execute(_LOCKS[name])

    def upsert(
        self, table: Table, rows: list[tuple[Any, ...]], geometry: np.ndarray[Any, Any] | None, crs: str
    ) -> None:
        slot = f"ST_GeomFromWKB(?, {epsg(crs)})"
        if geometry is not None:
            wkb = shapely.to_wkb(geometry, byte_order=1, include_srid=False)
            rows = [(*row, body) for row, body in zip(rows, wkb, strict=True)]
        self.many(upsert_query(table, slot), rows)

    def fill(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        with self._db.cursor() as cursor, cursor.copy(f'COPY "{table}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)

    def unplaced(self, table: Table) -> AbstractContextManager[None]:  # noqa: ARG002
        return nullcontext()  # an index is written to where a row goes, whatever of it changes

    def move_households(self, rows: list[tuple[str, str]]) -> None:
        self._db.execute(
            "UPDATE geo_grid.households h SET unit_id = m.unit_id"
            " FROM unnest(%s::text[], %s::text[]) AS m (id, unit_id) WHERE h.id = m.id",
            ([household for household, _ in rows], [unit for _, unit in rows]),
        )

    def near(self, table: Table, area: str | None, box: tuple[float, float, float, float]) -> list[tuple[str, Any]]:
        query = (
            f'SELECT "{table.key[0]}", ST_AsBinary(geom) FROM "{table.name}"'  # noqa: S608  from the schema
            f" WHERE {'true' if area is None else 'area_code = ?'}"
            f" AND geom && ST_MakeEnvelope(?, ?, ?, ?, Find_SRID('geo_grid', '{table.name}', 'geom'))"
        )
        found = self.rows(query, box if area is None else (area, *box))
        shapes = self.geometry(table, [body for _, body in found])
        return [(name, shape) for (name, _), shape in zip(found, shapes.tolist(), strict=True)]

    def keys_near(self, table: Table, boxes: Sequence[tuple[float, float, float, float]]) -> set[str]:
        envelope = f"ST_MakeEnvelope(b.w, b.s, b.e, b.n, Find_SRID('geo_grid', '{table.name}', 'geom'))"
        query = (
            f'SELECT DISTINCT t."{table.key[0]}" FROM "{table.name}" t'  # noqa: S608  from the schema
            " JOIN unnest(?::float8[], ?::float8[], ?::float8[], ?::float8[]) AS b (w, s, e, n)"
            f" ON t.geom && {envelope}"
        )
        return (
            {key for (key,) in self.rows(query, [list(side) for side in zip(*boxes, strict=True)])} if boxes else set()
        )

    def dump(self, table: Table) -> list[tuple[Any, ...]]:
        names = ", ".join([f'"{column.name}"' for column in table.columns] + ["ST_AsEWKB(geom)"] * bool(table.geometry))
        found = self.rows(f'SELECT {names} FROM "{table.name}" ORDER BY "{copied_order(table)}"')  # noqa: S608
        if table.geometry is None or not found:
            return found
        shapes = shapely.from_wkb(np.array([row[-1] for row in found], dtype=object))
        bodies = shapely.to_wkb(shapes, byte_order=1, include_srid=True)
        return [(*row[:-1], body) for row, body in zip(found, bodies, strict=True)]

    def restore(self, table: Table, rows: list[tuple[Any, ...]]) -> None:
        names = ", ".join(f'"{name}"' for name in table.column_names)
        with self._db.cursor() as cursor, cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row((*row[:-1], row[-1].hex()) if table.geometry else row)
        if copied_order(table) != "fid":  # numbers go on after the highest
            name = table.key[0]
            self.rows(
                f"SELECT setval(pg_get_serial_sequence('geo_grid.{table.name}', '{name}'), max({name}))"  # noqa: S608
                f" FROM {table.name}"
            )

    def geometry(self, table: Table, values: Sequence[Any]) -> np.ndarray[Any, Any]:  # noqa: ARG002
        return np.asarray(shapely.from_wkb(np.array(values, dtype=object)), dtype=object)


class _PgBackend:
    def __init__(self, url: str) -> None:
        self._url = url
        self._opening = threading.Lock()
        self._pool: ConnectionPool[Connection] | None = None
        self._tables: frozenset[str] = frozenset()

    @property
    def label(self) -> str:
        return masked(self._url)

    def present(self) -> bool:
        return True

    def ready(self, table: str = "edits") -> bool:
        if table not in self._tables:
            with self._explained(), psycopg.connect(self._url, **CONNECT_OPTIONS) as db:
                refuse_newer(applied(db), self.label)
                found = {
                    name for (name,) in db.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'geo_grid'")
                }
            self._tables = frozenset(found & LEDGER_TABLES.keys())
        return table in self._tables

    @contextmanager
    def reading(self) -> Iterator[_PgTransaction]:
        with self._explained(), self._open_pool().connection(_WAIT_SECONDS) as db:
            db.isolation_level, db.read_only = psycopg.IsolationLevel.REPEATABLE_READ, True
            yield _PgTransaction(db)

    def columns(self, table: Table, names: Sequence[str], *, places: bool = False) -> pa.Table:
        with self.reading() as tx:
            return read_columns(tx, table, names, places=places)

    @contextmanager
    def writing(self, *, much: bool = False) -> Iterator[_PgTransaction]:  # noqa: ARG002
        if not all(self.ready(name) for name in LEDGER_TABLES):
            self._migrate()
        with self._explained(), self._open_pool().connection(_WAIT_SECONDS) as db:
            db.isolation_level, db.read_only = None, None
            yield _PgTransaction(db)

    def _migrate(self) -> None:
        with self._explained(), psycopg.connect(self._url, **CONNECT_OPTIONS) as db:
            db.execute("SELECT pg_advisory_xact_lock(%s)", (PLAN_LOCK,))
            migrate(db, self.label)
        self._tables = frozenset(LEDGER_TABLES)

    def _open_pool(self) -> ConnectionPool[Connection]:
        with self._opening:
            if self._pool is None:
                # a wrong address shows here and at once, not in the pool's threads, which log what they cannot do
                psycopg.connect(self._url, **CONNECT_OPTIONS).close()
                self._pool = ConnectionPool(
                    self._url,
                    kwargs=CONNECT_OPTIONS,
                    min_size=1,
                    max_size=_MOST_CONNECTIONS,
                    configure=_configure,
                    check=ConnectionPool.check_connection,
                    name="geo-grid",
                    open=True,
                )
            return self._pool

    def close(self) -> None:
        with self._opening:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            raise explained(error, self._url) from None


def _configure(db: Connection) -> None:
    """Find the tables without naming their schema, and have the server say "done" only when it is on the disk."""
    db.execute("SELECT set_config('search_path', 'geo_grid, ' || current_setting('search_path'), false)")
    db.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    db.commit()
