"""A table of a PostGIS database as a source; names are quoted by the driver, and the password is never shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.errors import InputError
from geo_grid.read.table import Table

if TYPE_CHECKING:
    import psycopg
    from psycopg import sql

    from geo_grid.config import Source

_CONNECT_SECONDS = 10

_COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, NULL), c.relkind, i.indisprimary IS TRUE
    FROM pg_attribute a
    JOIN pg_class c ON c.oid = a.attrelid
    LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)
    WHERE c.oid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attnum
"""


def load_postgis(source: Source) -> Table:
    """Read a table or view; attributes arrive as text, in the order of the primary key where there is one.

    Parameters
    ----------
    source : Source
        ``path`` is the address of the database, ``layer`` the table, as "table" or "schema.table".

    Returns
    -------
    Table
        Attributes and two-dimensional geometries.

    Raises
    ------
    InputError
        The database cannot be reached, or has no such table.
    """
    import psycopg

    try:
        with psycopg.connect(source.path, connect_timeout=_CONNECT_SECONDS) as connection:
            connection.read_only = True
            return _load(source, connection)
    except psycopg.OperationalError:
        # the driver's words may repeat the address, and with it the password
        mend = "Check host, port, database, user and password in path"
        raise InputError("the database cannot be reached", file=source.label, mend=mend) from None
    except psycopg.errors.InsufficientPrivilege:
        raise InputError("the table may not be read", file=source.label, mend="Grant SELECT on it") from None
    except psycopg.Error as error:
        state = error.sqlstate or type(error).__name__
        raise InputError(f"the database refuses to read the table ({state})", file=source.label) from None


def _load(source: Source, connection: psycopg.Connection[Any]) -> Table:
    from psycopg import sql

    parts = str(source.layer).split(".")
    if len(parts) > 2:
        mend = 'Write layer = "table" or layer = "schema.table"'
        raise InputError(f"{source.layer!r} does not name a table", file=source.label, mend=mend)
    table = sql.Identifier(*parts)
    described = connection.execute(_COLUMNS, [table.as_string(connection)]).fetchall()
    if not described:
        mend = "Check layer, and that the user may see the table"
        raise InputError("the database has no such table", file=source.label, mend=mend)
    geometry = next(
        (name for name, kind, *_ in described if kind.rpartition(".")[2] in ("geometry", "geography")), None
    )
    names = [str(name) for name, *_ in described if name != geometry]
    query = _query(table, names, geometry, described)
    return _table(source, names, geometry is not None, connection.execute(query).fetchall())


def _query(table: sql.Identifier, names: list[str], geometry: str | None, described: list[Any]) -> sql.Composed:
    from psycopg import sql

    cells = [sql.SQL("{}::text").format(sql.Identifier(name)) for name in names]
    if geometry is not None:
        column = sql.Identifier(geometry)
        cells += [
            sql.SQL("ST_AsBinary(ST_Force2D({}::geometry))").format(column),
            sql.SQL("ST_SRID({}::geometry)").format(column),
        ]
    query = sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join(cells), table)
    key = [sql.Identifier(name) for name, _, _, primary in described if primary]
    if key:
        return query + sql.SQL(" ORDER BY {}").format(sql.SQL(", ").join(key))
    if described[0][2] == "r":
        return query + sql.SQL(" ORDER BY ctid")  # the order of the rows on disk: the same until they change
    return query


def _table(source: Source, names: list[str], spatial: bool, rows: list[tuple[Any, ...]]) -> Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * (len(names) + 2 * spatial)
    frame = pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in zip(names, columns, strict=False)})
    frame = frame.reindex(range(len(rows)))
    if not spatial:
        return Table(source, frame)
    wkb = np.array([None if cell is None else bytes(cell) for cell in columns[-2]], dtype=object)
    srids = {srid for srid in columns[-1] if srid}
    if len(srids) > 1:
        mend = "Bring the table into one, with ST_Transform"
        raise InputError("the geometries have several coordinate systems", file=source.label, mend=mend)
    return Table(source, frame, np.asarray(shapely.from_wkb(wkb), dtype=object), _crs(source, srids))


def _crs(source: Source, srids: set[int]) -> Any:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if not srids:
        return None
    try:
        return CRS.from_epsg(srids.copy().pop())
    except CRSError:
        message = f"SRID {srids.copy().pop()} is not a known EPSG code"
        mend = f'Add crs = "EPSG:…" to [inputs.{source.role}], and set the SRID of the geometries to 0'
        raise InputError(message, file=source.label, mend=mend) from None
