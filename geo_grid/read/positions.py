"""Coordinates of points as a source gives them: found, checked, and told apart from swapped ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_grid.errors import InputError
from geo_grid.read.coordinates import is_lon_lat
from geo_grid.read.limits import MAX_COORDINATE
from geo_grid.read.table import is_none, number_of

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_grid.read.table import Table

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

#: What is said of finite numbers that are no coordinates of any place.
OFF_EARTH = "a coordinate is further out than any place on Earth"
_MARGIN = 0.5  # degrees around the areas that still count as the right corner of the world


@dataclass(slots=True)
class Positions:
    """Coordinates of each row, in the source's own system.

    Parameters
    ----------
    x, y : ndarray of float64, shape (n,)
        East and north; NaN where missing.
    given : ndarray of bool, shape (n,)
        Rows that say where they are, rightly or wrongly.
    reason : ndarray of object, shape (n,)
        What is wrong with coordinates that are given; None where nothing is.
    swapped : ndarray of bool, shape (n,)
        Rows far from all areas that would be among them with longitude and latitude swapped.
    has_columns : bool
        Whether the source has coordinates at all.
    """

    x: Floats
    y: Floats
    given: Mask
    reason: NDArray[np.object_]
    swapped: Mask
    has_columns: bool


def read_positions(table: Table, columns: dict[str, str], areas: gpd.GeoDataFrame) -> Positions:
    """Read the coordinates of a source of points.

    Parameters
    ----------
    table : Table
        The source.
    columns : dict of str to str
        Its column map.
    areas : GeoDataFrame
        Areas, to tell swapped coordinates.

    Returns
    -------
    Positions
        Row by row.

    Raises
    ------
    InputError
        The whole file has longitude and latitude swapped, or its geometries are no points.
    """
    positions = _from_geometry(table) if table.geometry is not None else _from_columns(table, columns)
    if positions.has_columns and is_lon_lat(table):
        _judge_degrees(table, columns, positions, areas)
    elif positions.has_columns:
        far = (np.abs(positions.x) > MAX_COORDINATE) | (np.abs(positions.y) > MAX_COORDINATE)
        positions.reason[far & positions.given & is_none(positions.reason)] = OFF_EARTH
    return positions


def _from_geometry(table: Table) -> Positions:
    n, shapes = len(table), table.geometry
    reason = np.full(n, None, dtype=object)
    given = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    kinds = shapely.get_type_id(shapes)
    points = given & (kinds == 0)
    several = given & (kinds == 4)
    # a multipoint of one point is a point; drivers make them
    alone = several & (shapely.get_num_geometries(shapes) == 1)
    reason[given & ~points & ~alone] = "the geometry is not a point"
    single = np.where(alone, shapely.get_geometry(shapes, 0), shapes)
    x, y = np.full(n, np.nan), np.full(n, np.nan)
    good = points | alone
    x[good], y[good] = shapely.get_x(single[good]), shapely.get_y(single[good])
    reason[good & ~(np.isfinite(x) & np.isfinite(y))] = "a coordinate is not a finite number"
    return Positions(x, y, given, reason, np.zeros(n, dtype=bool), has_columns=True)


def _from_columns(table: Table, columns: dict[str, str]) -> Positions:
    n = len(table)
    reason = np.full(n, None, dtype=object)
    nothing = np.zeros(n, dtype=bool)
    if "lon" not in columns or "lat" not in columns:
        if ("lon" in columns) != ("lat" in columns):
            there, absent = ("lon", "lat") if "lon" in columns else ("lat", "lon")
            mend = f'Add {absent} = "…" to [inputs.{table.source.role}]'
            message = f"a column for {there} is there, none for {absent}"
            raise InputError(message, file=table.source.label, column=columns[there], mend=mend)
        return Positions(np.full(n, np.nan), np.full(n, np.nan), nothing, reason, nothing.copy(), has_columns=False)
    x, x_given = number_of(table.frame[columns["lon"]])
    y, y_given = number_of(table.frame[columns["lat"]])
    given = x_given | y_given
    for values, cell, word in ((x, x_given, "lon"), (y, y_given, "lat")):
        reason[given & ~cell] = f"no coordinate in column {columns[word]!r}"
        wrong = cell & ~np.isfinite(values) & is_none(reason)
        reason[wrong] = f"column {columns[word]!r} does not hold a finite number"
    return Positions(x, y, given, reason, np.zeros(n, dtype=bool), has_columns=True)


def _judge_degrees(table: Table, columns: dict[str, str], positions: Positions, areas: gpd.GeoDataFrame) -> None:
    x, y = positions.x, positions.y
    usable = positions.given & is_none(positions.reason)
    west, south, east, north = areas.to_crs("EPSG:4326").total_bounds + _MARGIN * np.array([-1, -1, 1, 1])
    right = usable & (x >= west) & (x <= east) & (y >= south) & (y <= north)
    swapped = usable & ~right & (y >= west) & (y <= east) & (x >= south) & (x <= north)
    if swapped.sum() > right.sum() and swapped.sum() * 2 > usable.sum():
        mend = "Swap the coordinates in the file"
        if table.geometry is None:
            mend = f'Set lon = "{columns["lat"]}" and lat = "{columns["lon"]}" under [inputs.{table.source.role}]'
        message = f"longitude and latitude are swapped in {swapped.sum()} of {len(table)} rows"
        raise InputError(message, file=table.source.label, mend=mend)
    positions.swapped |= swapped
    beyond = usable & ((np.abs(x) > 180.0) | (np.abs(y) > 90.0))
    positions.reason[beyond & swapped] = "longitude and latitude are swapped in this row: swap them"
    positions.reason[beyond & ~swapped] = "coordinates beyond ±180°, ±90°: not degrees"
