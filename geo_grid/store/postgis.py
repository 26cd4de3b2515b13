"""A plan in a PostGIS database, in the schema ``geo_grid``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

import psycopg
from psycopg import sql

from geo_grid.errors import GeoGridError, StoreError
from geo_grid.model import Plan
from geo_grid.schema import LEDGER_VERSION
from geo_grid.store.address import masked
from geo_grid.store.base import Version, decode_meta, encode_meta, require_version
from geo_grid.store.changing import begin_build, end_build
from geo_grid.store.copying import write_ledger_rows
from geo_grid.store.frames import FRAMES, conform_plan, epsg, wanted
from geo_grid.store.ledger import Ledger
from geo_grid.store.migrate import applied, migrate, refuse_newer
from geo_grid.store.pg_backend import CONNECT_OPTIONS, PLAN_LOCK, explained, pg_backend, pg_transaction
from geo_grid.store.pg_copy import column_list, copy_out, csv_rows, rows_of
from geo_grid.store.rows import rows_of_part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    import pyarrow as pa

    from geo_grid.schema import Table
    from geo_grid.store.ancestry import Descent
    from geo_grid.store.copying import LedgerRows
    from geo_grid.store.rows import Part

    Connection = psycopg.Connection[Any]

_SCHEMA = "geo_grid"
_COPY_ROWS = 50_000
_BUILD_FIRST = "Build it first: geo-grid build."


class PostGISStore:
    """A plan in PostGIS.

    Parameters
    ----------
    url : str
        ``postgresql://user@host:port/database``; the password from ``~/.pgpass`` or ``PGPASSWORD`` if it is not in
        the address.
    """

    def __init__(self, url: str) -> None:
        self._url = url

    @property
    def label(self) -> str:
        """The address without its password."""
        return masked(self._url)

    def __repr__(self) -> str:
        return f"PostGISStore({self.label!r})"

    def __enter__(self) -> Self:
        """Return the store itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the store."""
        self.close()

    def close(self) -> None:
        """Do nothing: a connection lives as long as one call."""

    def exists(self) -> bool:
        """Return whether the database holds a plan.

        Returns
        -------
        bool
            False for a database without one.

        Raises
        ------
        StoreError
            If the database does not answer.
        """
        with self._connection() as db:
            return self._texts(db) is not None

    def meta(self) -> dict[str, Any]:
        """Read what the plan says of itself.

        Returns
        -------
        dict of str to Any
            Values as in :attr:`geo_grid.model.Plan.meta`.
        """
        with self._connection() as db:
            return self._meta(db)

    def latest_version(self) -> int | None:
        """Return what was published last.

        Returns
        -------
        int or None
            Number of the version; None where nothing was published.
        """
        with self._connection() as db:
            return max((number for (number,) in self._versions(db)), default=None)

    def read(self, tables: Iterable[str] | None = None, version: Version = None) -> Plan:
        """Read the plan, as of one moment.

        Parameters
        ----------
        tables : iterable of str, optional
            Names of the tables wanted; all by default. Households and quarantine are in the draft only.
        version : int or "published", optional
            A published version; the draft by default.

        Returns
        -------
        Plan
            The tables wanted, rows in the order they were written.
        """
        return self._plan(None, tables, version)

    def area_plan(self, code: str, tables: Iterable[str] | None = None, version: Version = None) -> Plan:
        """Read what concerns one area, as of one moment.

        Parameters
        ----------
        code : str
            Code of the area.
        tables : iterable of str, optional
            Names of the tables wanted; all by default.
        version : int or "published", optional
            A published version; the draft by default.

        Returns
        -------
        Plan
            Rows of this area.
        """
        return self._plan(code, tables, version)

    def _plan(self, area: str | None, tables: Iterable[str] | None, version: Version) -> Plan:
        """Read the whole plan or an area.

        Raises
        ------
        StoreError
            If there is no such area or version.
        """
        chosen = wanted(tables, published=version is not None)
        with self._connection() as db:
            number = require_version(self._versions(db), version, self.label) if version is not None else None
            meta = self._meta(db, number)
            if area is not None:
                source, values = rows_of("areas", area, number)
                if db.execute(sql.SQL("SELECT 1 FROM {}").format(source), values).fetchone() is None:
                    raise StoreError(f"no area has the code {area!r}", file=self.label)
            crs = meta["crs"]
            return Plan(crs, {table.name: copy_out(db, table, crs, area, number) for table in chosen}, meta)

    def ensure_writable(self) -> None:
        """Find out whether a plan could be written; nothing is changed.

        Raises
        ------
        StoreError
            If the database does not answer, is of a newer program, or gives no right to write.
        """
        with self._connection(write=True) as db:
            self._begin(db)
            db.execute("DELETE FROM geo_grid.meta WHERE false")
            db.rollback()

    def write(self, plan: Plan, descent: Descent | None = None) -> None:
        """Replace the plan in one transaction; who reads meanwhile sees the former plan.

        Parameters
        ----------
        plan : Plan
            Tables as in :data:`geo_grid.schema.TABLES`.
        descent : Descent, optional
            What is known of the grids before.

        Raises
        ------
        StoreError
            If the database does not answer or refuses, or the plan does not fit the schema.
        """
        self.write_parts(plan.crs, plan.meta, [conform_plan(plan)], lambda: descent)

    def write_parts(
        self, crs: str, meta: dict[str, Any], parts: Iterable[Part], descent: Callable[[], Descent | None] | None = None
    ) -> None:
        """Replace the plan by one that comes part by part, in one transaction.

        Parameters
        ----------
        crs : str
            Coordinate system of the plan, as "EPSG:…".
        meta : dict of str to Any
            What the plan says of itself.
        parts : iterable of mapping of str to DataFrame or Table
            Rows by table.
        descent : callable, optional
            Asked, once all parts were taken, what is known of the grids before.

        Raises
        ------
        StoreError
            As for :meth:`write`.
        """
        self._fill(crs, encode_meta(Plan(crs, {}, meta)), parts, None, descent)

    def restore(self, plan: Plan, rows: LedgerRows) -> None:
        """Write a plan and what was kept beside it elsewhere, in one transaction, to an empty store.

        Parameters
        ----------
        plan : Plan
            Tables as in :data:`geo_grid.schema.TABLES`.
        rows : LedgerRows
            What :meth:`geo_grid.store.ledger.Ledger.dump` returned.

        Raises
        ------
        StoreError
            As for :meth:`write`.
        """
        self._fill(plan.crs, encode_meta(plan), [conform_plan(plan)], rows)

    def _fill(
        self,
        crs: str,
        meta: dict[str, str],
        parts: Iterable[Part],
        rows: LedgerRows | None,
        descent: Callable[[], Descent | None] | None = None,
    ) -> None:
        srid = epsg(crs)
        with self._connection(write=True) as db:
            self._begin(db)
            former = self._texts(db) is not None
            tx = pg_transaction(db)
            if former:
                begin_build(tx)
            for table in FRAMES.values():
                _empty(db, table, srid)
            for part in parts:
                for name, found in rows_of_part(part, crs).items():
                    _append(db, FRAMES[name], found, srid)
            for table in FRAMES.values():
                db.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(_SCHEMA, table.name)))
            db.execute("DELETE FROM geo_grid.meta")
            said = meta | {"schema_version": str(LEDGER_VERSION)}  # the tables of a ledger are always there
            with db.cursor() as cursor:
                cursor.executemany("INSERT INTO geo_grid.meta (key, value) VALUES (%s, %s)", list(said.items()))
            if rows is not None:
                write_ledger_rows(tx, rows)
            elif former:
                known = descent() if descent else None
                end_build(tx, meta, known.ancestry if known else None)

    def prepare(self, *, create: bool) -> None:
        """Make the tables that are missing: apply the migrations.

        Parameters
        ----------
        create : bool
            Whether the database may be without any.

        Raises
        ------
        StoreError
            If the database does not answer or refuses, or there is nothing and nothing may be made.
        """
        with self._connection(write=True) as db:
            if not create and not applied(db):
                raise StoreError("there is no plan in this database", file=self.label, mend=_BUILD_FIRST)
            self._begin(db)

    def ledger(self) -> Ledger:
        """Return what is kept beside the plan.

        Returns
        -------
        Ledger
            To be closed after use.
        """
        return Ledger(pg_backend(self._url))

    def _begin(self, db: Connection) -> None:
        """Wait until no other writer is at work, and bring the tables to the schema of this program."""
        db.execute("SELECT pg_advisory_xact_lock(%s)", (PLAN_LOCK,))
        migrate(db, self.label)

    @contextmanager
    def _connection(self, *, write: bool = False) -> Iterator[Connection]:
        try:
            with psycopg.connect(self._url, **CONNECT_OPTIONS) as db:
                if not write:
                    db.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
                    db.read_only = True
                yield db
        except GeoGridError:
            raise
        except psycopg.errors.UniqueViolation as error:
            raise StoreError(
                f"the plan has two rows of one key ({error.diag.constraint_name})", file=self.label
            ) from None
        except psycopg.Error as error:
            raise explained(error, self._url) from None

    def _texts(self, db: Connection) -> dict[str, str] | None:
        done = applied(db)
        refuse_newer(done, self.label)
        if not done:
            return None
        return dict(db.execute("SELECT key, value FROM geo_grid.meta").fetchall()) or None

    def _versions(self, db: Connection) -> list[tuple[int]]:
        if db.execute("SELECT to_regclass('geo_grid.versions')").fetchone() == (None,):
            return []
        return db.execute("SELECT number FROM geo_grid.versions").fetchall()

    def _meta(self, db: Connection, version: int | None = None) -> dict[str, Any]:
        texts = self._texts(db)
        if texts is None:
            raise StoreError("there is no plan in this database", file=self.label, mend=_BUILD_FIRST)
        if version is not None:
            source, values = rows_of("meta", None, version)
            texts = dict(db.execute(sql.SQL("SELECT key, value FROM {}").format(source), values).fetchall())
        return decode_meta(texts, self.label)


def _empty(db: Connection, table: Table, srid: int) -> None:
    """Remove all rows of one table.

    Rows are deleted, not truncated: somebody who began to read before would find a truncated table empty.
    """
    db.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(_SCHEMA, table.name)))
    if table.geometry is not None:
        _set_srid(db, table, srid)


def _append(db: Connection, table: Table, rows: pa.Table, srid: int) -> None:
    name = sql.Identifier(_SCHEMA, table.name)
    query = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(name, column_list(table))
    with db.cursor().copy(query) as copy:
        for start in range(0, len(rows), _COPY_ROWS):
            copy.write(csv_rows(table, rows.slice(start, _COPY_ROWS), srid))


def _set_srid(db: Connection, table: Table, srid: int) -> None:
    found = db.execute(
        "SELECT srid FROM geometry_columns WHERE f_table_schema = %s AND f_table_name = %s", (_SCHEMA, table.name)
    ).fetchone()
    if found is not None and found[0] == srid:
        return
    kind = sql.SQL("geometry({}, {})").format(sql.SQL(str(table.geometry)), sql.Literal(srid))
    db.execute(
        sql.SQL("ALTER TABLE {} ALTER COLUMN geom TYPE {} USING ST_SetSRID(geom, {})").format(
            sql.Identifier(_SCHEMA, table.name), kind, sql.Literal(srid)
        )
    )
