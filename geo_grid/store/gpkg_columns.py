"""Columns of a GeoPackage as GDAL reads them, without a row ever becoming an object of Python's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from geo_grid.gdal import guarded_pyogrio
from geo_grid.store.columns import arrow_schema, places_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from geo_grid.schema import Table


def gdal_columns(path: Path, table: Table, names: Sequence[str], *, places: bool) -> pa.Table | None:
    """Read columns of a table.

    GDAL brings an SQLite of its own, and where one of two in a process closes a file, the other's locks on it are gone:
    not to be called while this process has the file open for anything that needs a lock.

    Parameters
    ----------
    path : Path
        The file.
    table : Table
        A table of the plan.
    names : sequence of str
        Columns wanted.
    places : bool
        Whether the columns ``x`` and ``y`` of its points are wanted too.

    Returns
    -------
    pyarrow.Table or None
        All rows, in the order they were written; None where GDAL cannot read them, for whatever reason.
    """
    pyogrio = guarded_pyogrio()
    from pyogrio.errors import DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError

    try:
        _, found = pyogrio.read_arrow(path, layer=table.name, columns=list(names), read_geometry=places)
    except (DataLayerError, DataSourceError, FeatureError, FieldError, GeometryError, RuntimeError, ValueError):
        return None
    if not set(names) <= set(found.column_names):
        return None
    schema = arrow_schema(table, names, places=places)
    arrays: list[Any] = [found[name].cast(schema.field(name).type) for name in names]
    if places:
        arrays += places_of(found.column(found.num_columns - 1))  # the geometry comes last
    return pa.Table.from_arrays(arrays, schema=schema)
