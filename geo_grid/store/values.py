"""Rows as plain values, and the statements that write them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from geo_grid.errors import StoreError
from geo_grid.store.frames import fit_geometries

if TYPE_CHECKING:
    from geo_grid.schema import Column, Table


def storable(text: str) -> bool:
    """Return whether every store can hold a text.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    bool
        False for a NUL character, which PostgreSQL refuses, and for half a surrogate pair, which is no character.
    """
    try:
        return b"\x00" not in text.encode()
    except UnicodeEncodeError:
        return False


def refuse_unstorable(**texts: str | None) -> None:
    """Refuse texts that one of the stores cannot hold.

    Parameters
    ----------
    **texts
        Texts by what they are.

    Raises
    ------
    StoreError
        If there is one.
    """
    for name, text in texts.items():
        if text is not None and not storable(text):
            raise StoreError(f"the {name} holds a sign that cannot be stored", mend="Write it anew.")


def plain_rows(table: Table, frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    """Return the rows of a frame without geometry; for few rows, many times faster than through a typed frame.

    Parameters
    ----------
    table : Table
        What the rows have to fit.
    frame : DataFrame
        At least the columns of the table.

    Returns
    -------
    list of tuple
        Python's own values, None for null.

    Raises
    ------
    StoreError
        If a column is missing, holds a null it may not hold, or a value of another type.
    """
    columns = []
    for column in table.columns:
        if column.name not in frame.columns:
            raise StoreError(f"table {table.name} has no column {column.name!r}")
        columns.append([_plain(table, column, value) for value in frame[column.name].tolist()])
    return list(zip(*columns, strict=True))


def _plain(table: Table, column: Column, value: Any) -> Any:
    if value is None or value is pd.NA or value != value:  # noqa: PLR0124  only NaN differs from itself
        if not column.null:
            raise StoreError(f"table {table.name} has no value for {column.name!r}")
        return None
    if column.type == "text":
        if not isinstance(value, str) or not storable(value):
            raise StoreError(f"table {table.name}: {column.name!r} is not text, or holds a NUL character")
        return value
    try:
        number = float(value) if column.type == "real" else int(value)
    except (TypeError, ValueError):
        number = float("nan")
    if number != value:
        raise StoreError(f"table {table.name}: {column.name!r} is not of type {column.type}")
    return number


def shapes(table: Table, frame: pd.DataFrame) -> np.ndarray[Any, Any] | None:
    """Return the geometries of a frame.

    Parameters
    ----------
    table : Table
        What they have to fit.
    frame : DataFrame
        Rows, with a column ``geom`` where the table has one.

    Returns
    -------
    ndarray of Geometry or None
        None for a table without geometry.

    Raises
    ------
    StoreError
        If one is missing, or of another type than the schema's.
    """
    if table.geometry is None:
        return None
    if "geom" not in frame.columns:
        raise StoreError(f"table {table.name} has no column 'geom'")
    return fit_geometries(table, np.asarray(frame["geom"], dtype=object))


@cache
def upsert_query(table: Table, geometry_slot: str) -> str:
    """Return the statement that writes a row in place of the one with the same key.

    Parameters
    ----------
    table : Table
        A table with a key.
    geometry_slot : str
        SQL of the value of ``geom``.

    Returns
    -------
    str
        SQL with ``?`` for each value.
    """
    rest = [name for name in table.column_names if name not in table.key]
    sets = ", ".join(f'"{name}" = excluded."{name}"' for name in rest)
    keys = ", ".join(f'"{name}"' for name in table.key)
    return f"{insert_query(table, geometry_slot)} ON CONFLICT ({keys}) DO UPDATE SET {sets}"


@cache
def insert_query(table: Table, geometry_slot: str) -> str:
    """Return the statement that writes a row.

    Parameters
    ----------
    table : Table
        The table.
    geometry_slot : str
        SQL of the value of ``geom``.

    Returns
    -------
    str
        SQL with ``?`` for each value.
    """
    names = ", ".join(f'"{name}"' for name in table.column_names)
    slots = ", ".join(["?"] * len(table.columns) + ([geometry_slot] if table.geometry else []))
    return f'INSERT INTO "{table.name}" ({names}) VALUES ({slots})'  # noqa: S608  names come from the schema
