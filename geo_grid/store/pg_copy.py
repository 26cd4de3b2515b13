"""Whole tables in and out of PostGIS by COPY."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import shapely
from psycopg import sql

from geo_grid.store.base import AREA_FILTERS, VERSION_AREA_FILTERS, VERSION_FILTER
from geo_grid.store.frames import frame_from_columns

if TYPE_CHECKING:
    import pandas as pd
    import psycopg
    import pyarrow as pa

    from geo_grid.schema import Table

    Connection = psycopg.Connection[Any]


def column_list(table: Table) -> sql.Composed:
    """Return the columns of a table, as SQL.

    Parameters
    ----------
    table : Table
        The table.

    Returns
    -------
    Composed
        Names with commas between.
    """
    return sql.SQL(", ").join(map(sql.Identifier, table.column_names))


def csv_rows(table: Table, rows: pa.Table, srid: int) -> bytes:
    """Write rows as CSV: nulls are empty, empty texts are quoted; geometry is EWKB in hexadecimal.

    Parameters
    ----------
    table : Table
        The table.
    rows : Table
        Its rows, as :mod:`geo_grid.store.rows` has them.
    srid : int
        Number of the coordinate system.

    Returns
    -------
    bytes
        What COPY reads.
    """
    import pyarrow as pa  # (0.3 s to import)
    from pyarrow import csv

    arrays = [rows[column.name] for column in table.columns]
    if table.geometry is not None:
        geometry = shapely.set_srid(shapely.from_wkb(rows["geom"].to_numpy()), srid)
        arrays.append(pa.array(shapely.to_wkb(geometry, hex=True, include_srid=True), pa.large_string()))
    out = BytesIO()
    options = csv.WriteOptions(include_header=False, quoting_style="needed")
    csv.write_csv(pa.table(arrays, names=table.column_names), out, options)
    return out.getvalue()


_ARROW = {"text": "large_string", "int": "int64", "real": "float64"}


def rows_of(table: str, area: str | None, version: int | None) -> tuple[sql.Composed, dict[str, Any]]:
    """Return which rows of a table are wanted.

    Parameters
    ----------
    table : str
        Name of the plan's table.
    area : str or None
        Code of an area; None for all.
    version : int or None
        A published version; None for the draft.

    Returns
    -------
    tuple
        What stands after FROM, and its values by name.
    """
    if version is None:
        name, condition = table, "true" if area is None else AREA_FILTERS[table]
    else:
        name, condition = f"published_{table}", VERSION_FILTER if area is None else VERSION_AREA_FILTERS[table]
    text = condition.format(p="%(area)s", a="%(area)s", v="%(version)s", s="geo_grid.")
    source = sql.SQL("{} WHERE {}").format(sql.Identifier("geo_grid", name), sql.SQL(text))
    return source, {"area": area, "version": version}


def copy_out(db: Connection, table: Table, crs: str, area: str | None, version: int | None) -> pd.DataFrame:
    """Read a table, in the order its rows were written.

    Parameters
    ----------
    db : Connection
        An open connection.
    table : Table
        The table.
    crs : str
        Coordinate system of the plan.
    area : str or None
        Code of an area; None for all.
    version : int or None
        A published version; None for the draft.

    Returns
    -------
    DataFrame or GeoDataFrame
        The rows.
    """
    import pyarrow as pa
    from pyarrow import csv

    source, values = rows_of(table.name, area, version)
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY fid) TO STDOUT (FORMAT csv)").format(column_list(table), source)
    with db.cursor().copy(query, values) as copy:
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
