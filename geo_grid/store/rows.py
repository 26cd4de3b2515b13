"""Rows of a plan's tables as Arrow holds them: what stores take, and what a GeoParquet file of a part of a plan holds."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from geo_grid.store.frames import FRAMES, conform, frame_from_columns

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    import pyarrow as pa

    from geo_grid.schema import Table

    #: Some of a plan's tables, with some of their rows: frames, or what :func:`rows_of_frame` made of them.
    Part = Mapping[str, pd.DataFrame | pa.Table]

BOX = ("xmin", "ymin", "xmax", "ymax")


def rows_of_part(part: Part, crs: str) -> dict[str, pa.Table]:
    """Return the rows of a part of a plan.

    Parameters
    ----------
    part : mapping of str to DataFrame or Table
        Frames or rows by table.
    crs : str
        Coordinate system of the plan.

    Returns
    -------
    dict of str to Table
        Rows by table, in the order of the schema.

    Raises
    ------
    StoreError
        If a frame does not fit the schema.
    """
    import pyarrow as pa

    return {
        name: part[name] if isinstance(part[name], pa.Table) else rows_of_frame(table, conform(table, part[name], crs))
        for name, table in FRAMES.items()
        if name in part
    }


def rows_of_frame(table: Table, frame: pd.DataFrame) -> pa.Table:
    """Write a frame as rows.

    Parameters
    ----------
    table : Table
        The table.
    frame : DataFrame or GeoDataFrame
        What :func:`geo_grid.store.frames.conform` returned.

    Returns
    -------
    Table
        The columns of the schema; geometry as WKB in ``geom`` and its box in ``bbox``, as GeoParquet has it.
    """
    import pyarrow as pa

    arrays = [pa.array(frame[column.name], from_pandas=True) for column in table.columns]
    names = [column.name for column in table.columns]
    if table.geometry is None:
        return pa.table(arrays, names=names)
    shapes = np.asarray(frame["geom"], dtype=object)
    boxes = [pa.array(side) for side in np.ascontiguousarray(shapely.bounds(shapes).T)]
    wkb = pa.array(shapely.to_wkb(shapes, byte_order=1, include_srid=False), pa.large_binary())
    arrays += [wkb, pa.StructArray.from_arrays(boxes, list(BOX))]
    return pa.table(arrays, names=[*names, "geom", "bbox"]).replace_schema_metadata({b"geo": _about(str(frame.crs))})


def frame_of_rows(table: Table, rows: pa.Table, crs: str) -> pd.DataFrame:
    """Read rows back as a frame.

    Parameters
    ----------
    table : Table
        The table.
    rows : Table
        What :func:`rows_of_frame` returned.
    crs : str
        Coordinate system of the plan.

    Returns
    -------
    DataFrame or GeoDataFrame
        As :func:`geo_grid.store.frames.conform` returned it.
    """
    columns = {column.name: rows[column.name].to_pandas(integer_object_nulls=True) for column in table.columns}
    geometry: Any = None
    if table.geometry is not None:
        geometry = shapely.from_wkb(rows["geom"].to_numpy())
    return frame_from_columns(table, columns, geometry, crs)


def boxes_of(rows: pa.Table) -> np.ndarray[Any, Any]:
    """Return the boxes around the geometries of rows.

    Parameters
    ----------
    rows : Table
        Rows of a table with geometry.

    Returns
    -------
    ndarray of float64, shape (n, 4)
        Least x and y, greatest x and y.
    """
    box = rows["bbox"].combine_chunks()
    if not len(box):
        return np.empty((0, 4))
    return np.column_stack([box.field(side).to_numpy() for side in BOX])


@functools.cache
def _about(crs: str) -> bytes:
    """Return what GeoParquet 1.1 says of a file."""
    covering = {"bbox": {side: ["bbox", side] for side in BOX}}
    column = {"encoding": "WKB", "geometry_types": [], "crs": pyproj.CRS(crs).to_json_dict(), "covering": covering}
    return json.dumps({"version": "1.1.0", "primary_column": "geom", "columns": {"geom": column}}).encode()
