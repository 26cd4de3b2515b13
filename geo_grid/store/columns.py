"""Whole tables of a plan as columns of Arrow's: a city's in a second, and none of its texts an object of Python's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from geo_grid.texts import one_array

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from geo_grid.schema import Table
    from geo_grid.store.backend import Transaction

    Floats = NDArray[np.float64]

_TYPES = {"text": pa.large_string(), "int": pa.int64(), "real": pa.float64()}
_WKB_POINT = np.dtype([("order", "u1"), ("kind", "<u4"), ("x", "<f8"), ("y", "<f8")])
_ROWS_AT_ONCE = 100_000  # of Python's objects


def read_columns(tx: Transaction, table: Table, names: Sequence[str], *, places: bool) -> pa.Table:
    """Read columns row by row, as any database can.

    Parameters
    ----------
    tx : Transaction
        A transaction that reads.
    table : Table
        A table of the plan.
    names : sequence of str
        Columns wanted.
    places : bool
        Whether the columns ``x`` and ``y`` of its points are wanted too.

    Returns
    -------
    pyarrow.Table
        All rows, in the order they were written.
    """
    schema = arrow_schema(table, names, places=places)
    wanted = ", ".join(f'"{name}"' for name in names) + (f", {tx.geometry_column}" if places else "")
    parts: list[Any] = []
    last = 0
    while True:
        query = f'SELECT fid, {wanted} FROM "{table.name}" WHERE fid > ? ORDER BY fid LIMIT {_ROWS_AT_ONCE}'  # noqa: S608
        rows = tx.rows(query, (last,))
        if not rows:
            return pa.Table.from_batches(parts, schema)
        last, columns = rows[-1][0], [list(column) for column in zip(*rows, strict=True)][1:]
        if places:
            shapes = tx.geometry(table, columns.pop())
            columns += [shapely.get_x(shapes), shapely.get_y(shapes)]
        arrays = [pa.array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
        parts.append(pa.RecordBatch.from_arrays(arrays, schema=schema))


def arrow_schema(table: Table, names: Sequence[str], *, places: bool) -> pa.Schema:
    """Return the types of columns.

    Parameters
    ----------
    table : Table
        A table of the plan.
    names : sequence of str
        Columns wanted.
    places : bool
        Whether ``x`` and ``y`` come after them.

    Returns
    -------
    pyarrow.Schema
        Their names and types.
    """
    kinds = {column.name: _TYPES[column.type] for column in table.columns}
    fields = [(name, kinds[name]) for name in names]
    return pa.schema(fields + [("x", pa.float64()), ("y", pa.float64())] * places)


def places_of(wkb: pa.ChunkedArray) -> tuple[Floats, Floats]:
    """Return the coordinates of points.

    Parameters
    ----------
    wkb : pyarrow.ChunkedArray
        WKB of each.

    Returns
    -------
    x, y : ndarray of float64, shape (n,)
        NaN where there is no point.
    """
    parts = [_places(chunk) for chunk in wkb.chunks] or [np.empty((0, 2))]
    both = np.concatenate(parts)
    return both[:, 0], both[:, 1]


def _places(wkb: Any) -> Floats:
    size = _WKB_POINT.itemsize
    body = wkb.cast(pa.large_binary())
    if not body.null_count and len(body) and pc.all(pc.equal(pc.binary_length(body), size)).as_py():
        start = np.frombuffer(body.buffers()[1], dtype="<i8")[body.offset]
        points = np.frombuffer(body.buffers()[2], dtype=_WKB_POINT, count=len(body), offset=int(start))
        if (points["order"] == 1).all() and (points["kind"] == 1).all():
            return np.column_stack((points["x"], points["y"]))
    shapes = shapely.from_wkb(body.to_numpy(zero_copy_only=False))
    return np.column_stack((shapely.get_x(shapes), shapely.get_y(shapes)))


def frame_of_columns(columns: pa.Table, whole: Iterable[str]) -> pd.DataFrame:
    """Make a frame of columns; texts stay as they are.

    Parameters
    ----------
    columns : pyarrow.Table
        The columns.
    whole : iterable of str
        Those of whole numbers that may be missing.

    Returns
    -------
    DataFrame
        Texts as ``str``, whole numbers as ``int64``, those that may be missing as ``Int64``.
    """
    nullable = set(whole)
    return pd.DataFrame({name: _series(columns[name], nullable=name in nullable) for name in columns.column_names})


def _series(values: pa.ChunkedArray, *, nullable: bool) -> Any:
    if nullable:
        missing = values.is_null().to_numpy()
        return pd.arrays.IntegerArray(values.fill_null(0).to_numpy().astype(np.int64), missing)
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        return pd.Series(pd.array(one_array(values), dtype="str"))
    return values.to_numpy()
