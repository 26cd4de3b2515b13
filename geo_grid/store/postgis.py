"""A plan in a PostGIS database, in the schema ``geo_grid``."""

from __future__ import annotations

from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import psycopg
import shapely
from psycopg import sql

from geo_grid.errors import GeoGridError, StoreError
from geo_grid.model import Plan
from geo_grid.store.address import masked
from geo_grid.store.base import AREA_FILTERS, decode_meta, encode_meta
from geo_grid.store.frames import FRAMES, conform_plan, epsg, frame_from_columns, wanted
from geo_grid.store.ledger import Ledger
from geo_grid.store.migrate import applied, migrate, refuse_newer
from geo_grid.store.pg_backend import CONNECT_OPTIONS, PLAN_LOCK, explained, pg_backend

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import TracebackType

    import pandas as pd

    from geo_grid.schema import Table

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

    def read(self, tables: Iterable[str] | None = None) -> Plan:
        """Read the plan, as of one moment.

        Parameters
        ----------
        tables : iterable of str, optional
            Names of the tables wanted; all by default.

        Returns
        -------
        Plan
            The tables wanted, rows in the order they were written.
        """
        chosen = wanted(tables)
        with self._connection() as db:
            meta = self._meta(db)
            crs = meta["crs"]
            return Plan(crs, {table.name: _select(db, table, crs) for table in chosen}, meta)

    def area_plan(self, code: str, tables: Iterable[str] | None = None) -> Plan:
        """Read what concerns one area, as of one moment.

        Parameters
        ----------
        code : str
            Code of the area.
        tables : iterable of str, optional
            Names of the tables wanted; all by default.

        Returns
        -------
        Plan
            Rows of this area.

        Raises
        ------
        StoreError
            If there is no such area.
        """
        chosen = wanted(tables)
        with self._connection() as db:
            meta = self._meta(db)
            if db.execute("SELECT 1 FROM geo_grid.areas WHERE code = %s", (code,)).fetchone() is None:
                raise StoreError(f"no area has the code {code!r}", file=self.label)
            crs = meta["crs"]
            return Plan(crs, {table.name: _select(db, table, crs, code) for table in chosen}, meta)

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

    def write(self, plan: Plan) -> None:
        """Replace the plan in one transaction; who reads meanwhile sees the former plan.

        Parameters
        ----------
        plan : Plan
            Tables as in :data:`geo_grid.schema.TABLES`.

        Raises
        ------
        StoreError
            If the database does not answer or refuses, or the plan does not fit the schema.
        """
        frames = conform_plan(plan)
        meta = encode_meta(plan)
        srid = epsg(plan.crs)
        with self._connection(write=True) as db:
            self._begin(db)
            for name, frame in frames.items():
                _replace(db, FRAMES[name], frame, srid)
            db.execute("DELETE FROM geo_grid.meta")
            with db.cursor() as cursor:
                cursor.executemany("INSERT INTO geo_grid.meta (key, value) VALUES (%s, %s)", list(meta.items()))

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

    def _meta(self, db: Connection) -> dict[str, Any]:
        texts = self._texts(db)
        if texts is None:
            raise StoreError("there is no plan in this database", file=self.label, mend=_BUILD_FIRST)
        return decode_meta(texts, self.label)


def _columns(table: Table) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, table.column_names))


def _replace(db: Connection, table: Table, frame: pd.DataFrame, srid: int) -> None:
    """Replace all rows of one table.

    Rows are deleted, not truncated: somebody who began to read before would find a truncated table empty.
    """
    name = sql.Identifier(_SCHEMA, table.name)
    db.execute(sql.SQL("DELETE FROM {}").format(name))
    if table.geometry is not None:
        _set_srid(db, table, srid)
    query = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(name, _columns(table))
    with db.cursor().copy(query) as copy:
        for start in range(0, len(frame), _COPY_ROWS):
            copy.write(_csv(table, frame.iloc[start : start + _COPY_ROWS], srid))
    db.execute(sql.SQL("ANALYZE {}").format(name))


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


def _csv(table: Table, frame: pd.DataFrame, srid: int) -> bytes:
    """Write rows as CSV: nulls are empty, empty texts are quoted; geometry is EWKB in hexadecimal."""
    import pyarrow as pa  # (0.3 s to import)
    from pyarrow import csv

    arrays = [pa.array(frame[column.name]) for column in table.columns]
    if table.geometry is not None:
        geometry = shapely.set_srid(np.asarray(frame["geom"], dtype=object), srid)
        arrays.append(pa.array(shapely.to_wkb(geometry, hex=True, include_srid=True), pa.large_string()))
    out = BytesIO()
    options = csv.WriteOptions(include_header=False, quoting_style="needed")
    csv.write_csv(pa.table(arrays, names=table.column_names), out, options)
    return out.getvalue()


_ARROW = {"text": "large_string", "int": "int64", "real": "float64"}


def _select(db: Connection, table: Table, crs: str, area: str | None = None) -> pd.DataFrame:
    import pyarrow as pa
    from pyarrow import csv

    where = f" WHERE {AREA_FILTERS[table.name].format(p='%(area)s', s='geo_grid.')}" if area is not None else ""
    query = sql.SQL("COPY (SELECT {} FROM {}{} ORDER BY fid) TO STDOUT (FORMAT csv)").format(
        _columns(table), sql.Identifier(_SCHEMA, table.name), sql.SQL(where)
    )
    with db.cursor().copy(query, {"area": area} if area is not None else None) as copy:
        data = b"".join(copy)
    types = {column.name: pa.type_for_alias(_ARROW[column.type]) for column in table.columns}
    if not data:
        return frame_from_columns(table, {name: [] for name in types}, [], crs)
    rows = csv.read_csv(
        BytesIO(data),
        csv.ReadOptions(column_names=table.column_names, block_size=1 << 26),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types={**types, "geom": pa.large_string()},
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    geometry = None
    if table.geometry is not None:
        geometry = shapely.set_srid(shapely.from_wkb(rows["geom"].to_numpy()), 0)
    columns = {column.name: rows[column.name].to_pandas(integer_object_nulls=True) for column in table.columns}
    return frame_from_columns(table, columns, geometry, crs)
