"""Tables as the schema wants them: types, order of columns, nulls and kinds of geometry, the same for every store."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from geo_grid.errors import StoreError
from geo_grid.schema import PUBLISHED, TABLES, Column, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geo_grid.model import Plan

#: Tables of a plan; ``meta`` is :attr:`geo_grid.model.Plan.meta`, not a frame.
FRAMES: dict[str, Table] = {name: table for name, table in TABLES.items() if name != "meta"}

_DTYPES = {"text": "str", "real": "float64", "int": "int64"}
_MULTI = {
    "MULTIPOLYGON": (shapely.GeometryType.POLYGON, shapely.multipolygons),
}
_TYPE_IDS = {
    "POINT": (shapely.GeometryType.POINT,),
    "POLYGON": (shapely.GeometryType.POLYGON,),
    "MULTIPOLYGON": (shapely.GeometryType.MULTIPOLYGON,),
}


def wanted(tables: Iterable[str] | None, *, published: bool = False) -> list[Table]:
    """Look up the tables somebody asks for.

    Parameters
    ----------
    tables : iterable of str or None
        Names; None for all.
    published : bool
        Whether a published version is to be read.

    Returns
    -------
    list of Table
        The tables, in the order of the schema.

    Raises
    ------
    StoreError
        If a name is not in the schema, or not part of a published version.
    """
    if tables is None:
        return [table for name, table in FRAMES.items() if not published or name in PUBLISHED]
    names = set(tables)
    if unknown := sorted(names - set(TABLES)):
        raise StoreError(f"a plan has no table {unknown[0]!r}", mend=f"Tables are {', '.join(TABLES)}.")
    if published and (absent := sorted(names - set(PUBLISHED))):
        raise StoreError(f"the table {absent[0]} is not part of what was published", mend="Read it from the draft.")
    return [table for name, table in FRAMES.items() if name in names]


def conform_plan(plan: Plan) -> dict[str, pd.DataFrame]:
    """Give every table of a plan the shape of the schema.

    Parameters
    ----------
    plan : Plan
        A plan with all tables.

    Returns
    -------
    dict of str to DataFrame
        New frames by table, see :func:`conform`.

    Raises
    ------
    StoreError
        If a table is missing or does not fit, or the coordinate system is not a known "EPSG:…".
    """
    if absent := [name for name in FRAMES if name not in plan.tables]:
        raise StoreError(f"the plan has no table {absent[0]}")
    epsg(plan.crs)
    return {name: conform(table, plan.tables[name], plan.crs) for name, table in FRAMES.items()}


def epsg(crs: str) -> int:
    """Return the number of a coordinate system.

    Parameters
    ----------
    crs : str
        "EPSG:…".

    Returns
    -------
    int
        The number.

    Raises
    ------
    StoreError
        If it is written otherwise, or unknown.
    """
    match = re.fullmatch(r"EPSG:(\d+)", crs)
    if match is None:
        raise StoreError(f"the coordinate system {crs!r} is not of the form EPSG:…")
    try:
        pyproj.CRS.from_epsg(int(match[1]))
    except pyproj.exceptions.CRSError:
        raise StoreError(f"the coordinate system {crs!r} is unknown") from None
    return int(match[1])


def conform(table: Table, frame: pd.DataFrame, crs: str) -> pd.DataFrame:
    """Give a frame the columns, types and geometries of the schema.

    Parameters
    ----------
    table : Table
        What the frame has to become.
    frame : DataFrame or GeoDataFrame
        At least the columns of the table; a geometry in the column ``geom``.
    crs : str
        Coordinate system of the plan, as "EPSG:…".

    Returns
    -------
    DataFrame or GeoDataFrame
        A new frame: columns in the order of the schema, text as ``str``, integers as ``int64`` (``Int64`` where null is
        allowed), 2-D geometries, single polygons promoted where the schema wants several.

    Raises
    ------
    StoreError
        If a column is missing, holds a null it may not hold, or cannot be converted; if a geometry is missing or of
        another type than the schema's.
    """
    for name in table.column_names:
        if name not in frame.columns:
            raise StoreError(f"table {table.name} has no column {name!r}")
    # positions, not labels: a frame may come with a filtered or doubled index
    out = pd.DataFrame({column.name: _typed(table, column, frame[column.name]) for column in table.columns})
    if table.geometry is None:
        return out
    geometry = fit_geometries(table, np.asarray(frame["geom"], dtype=object))
    return gpd.GeoDataFrame(out.assign(geom=gpd.GeoSeries(geometry, crs=crs)), geometry="geom", crs=crs)


def _typed(table: Table, column: Column, values: pd.Series) -> pd.Series:
    series = values.reset_index(drop=True)
    missing = series.isna()
    if not column.null and missing.any():
        row = int(np.flatnonzero(missing)[0]) + 1
        raise StoreError(f"table {table.name} has no value for {column.name!r} in row {row}")
    dtype = "Int64" if column.type == "int" and column.null else _DTYPES[column.type]
    try:
        out = series.astype(dtype)
    except (TypeError, ValueError) as error:
        raise StoreError(f"table {table.name}: {column.name!r} is not of type {column.type} ({error})") from None
    if column.type == "text":
        _refuse_unwritable(table, column, out)
    return out


def _refuse_unwritable(table: Table, column: Column, values: pd.Series) -> None:
    """Refuse text one of the stores cannot hold: what is written must come back the same from each."""
    present = values.dropna()
    if present.str.contains("\x00", regex=False).any():
        raise StoreError(f"table {table.name}: {column.name!r} holds a NUL character")


def fit_geometries(table: Table, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Give geometries the type of the schema.

    Parameters
    ----------
    table : Table
        What they have to fit.
    values : ndarray of Geometry
        Geometries.

    Returns
    -------
    ndarray of Geometry
        In two dimensions, single polygons promoted where the schema wants several.

    Raises
    ------
    StoreError
        If one is missing, or of another type than the schema's.
    """
    missing = shapely.is_missing(values) | shapely.is_empty(values)
    if missing.any():
        raise StoreError(f"table {table.name} has no geometry in row {int(np.flatnonzero(missing)[0]) + 1}")
    out = shapely.force_2d(values) if shapely.has_z(values).any() or shapely.has_m(values).any() else values.copy()
    kind = str(table.geometry)
    if kind in _MULTI:
        single, make = _MULTI[kind]
        lone = np.flatnonzero(shapely.get_type_id(out) == single)
        if len(lone):
            out[lone] = make(out[lone], indices=np.arange(len(lone)))
    if kind in _TYPE_IDS:
        wrong = ~np.isin(shapely.get_type_id(out), _TYPE_IDS[kind])
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise StoreError(f"table {table.name}, row {row + 1}: a {out[row].geom_type} where a {kind} belongs")
    return out


def frame_from_columns(table: Table, columns: dict[str, Any], geometry: Any, crs: str) -> pd.DataFrame:
    """Build a frame of the schema's types from what a store returned.

    Parameters
    ----------
    table : Table
        The table read.
    columns : dict of str to sequence
        Values by column, without ``geom``.
    geometry : array of Geometry or None
        Geometries, None for a table without.
    crs : str
        Coordinate system of the plan.

    Returns
    -------
    DataFrame or GeoDataFrame
        Columns in the order of the schema; ``geom`` is the active geometry.
    """
    series = {}
    for column in table.columns:
        dtype = "Int64" if column.type == "int" and column.null else _DTYPES[column.type]
        series[column.name] = pd.Series(columns[column.name], dtype=dtype)
    frame = pd.DataFrame(series)
    if table.geometry is None:
        return frame
    return gpd.GeoDataFrame(frame.assign(geom=gpd.GeoSeries(geometry, crs=crs)), geometry="geom", crs=crs)
