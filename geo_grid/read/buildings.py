"""Buildings that give a ledger its positions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo_grid.read.coordinates import project
from geo_grid.read.ledger import Directory
from geo_grid.read.placing import place_points
from geo_grid.read.positions import read_positions
from geo_grid.read.table import column_map, is_none, missing_column

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_grid.read.quarantine import Quarantine
    from geo_grid.read.table import Table


@dataclass(slots=True)
class Buildings:
    """Named buildings and where they stand.

    Parameters
    ----------
    directory : Directory
        Areas and names.
    x, y : ndarray of float64, shape (n,)
        A point of each, in its area, working coordinates.
    """

    directory: Directory
    x: NDArray[np.float64]
    y: NDArray[np.float64]


def read_buildings(table: Table, areas: gpd.GeoDataFrame, quarantine: Quarantine) -> Buildings:
    """Read the buildings a ledger is matched to.

    Parameters
    ----------
    table : Table
        Footprints or points.
    areas : GeoDataFrame
        Areas, in the working coordinate system.
    quarantine : Quarantine
        Takes buildings without a name, a position, or an area.

    Returns
    -------
    Buildings
        Those a household can be placed at.

    Raises
    ------
    InputError
        The file has no names, or no positions.
    """
    columns = column_map(table.source, list(table.frame.columns))
    if "building" not in columns:
        raise missing_column(table.source, "building", list(table.frame.columns))
    reason = np.full(len(table), None, dtype=object)
    names = table.text(columns["building"])
    if table.geometry is not None:
        _footprints_to_points(table, reason)
    positions = read_positions(table, columns, areas)
    if not positions.has_columns:
        raise missing_column(table.source, "lon", list(table.frame.columns))
    _keep_first(reason, positions.reason)
    reason[~positions.given & is_none(reason)] = "a building without a position"
    reason[is_none(names) & is_none(reason)] = "a building without a name or number"
    good = np.flatnonzero(is_none(reason))
    x, y = project(table, positions.x[good], positions.y[good], str(areas.crs))
    finite = np.isfinite(x) & np.isfinite(y)
    reason[good[~finite]] = "coordinates cannot be projected into the city's coordinate system"
    good, x, y = good[finite], x[finite], y[finite]
    placed = place_points(x, y, np.asarray(areas.geometry.array, dtype=object), areas["code"].tolist())
    reason[good[placed.area < 0]] = "a building outside all areas"
    inside = placed.area >= 0
    # rows that repeat a building at its place do not make its name ambiguous
    place = pd.DataFrame({"area": placed.area, "name": names[good], "x": placed.x, "y": placed.y})
    inside &= ~place.duplicated().to_numpy()
    refused = np.flatnonzero(~is_none(reason))
    quarantine.add(table, refused, reason[refused])
    quarantine.add_broken(table)
    return Buildings(Directory(placed.area[inside], list(names[good[inside]])), placed.x[inside], placed.y[inside])


def _footprints_to_points(table: Table, reason: NDArray[np.object_]) -> None:
    """Replace footprints by a point inside; invalid ones are refused, for the point may lie anywhere."""
    shapes = table.geometry
    assert shapes is not None  # noqa: S101 - the caller has seen to it
    polygons = np.isin(shapely.get_type_id(shapes), (3, 6)) & ~shapely.is_empty(shapes)
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    invalid = polygons & ~(finite & shapely.is_valid(shapes))
    reason[invalid] = "the footprint is invalid"
    points = shapes.copy()
    points[polygons] = None
    good = polygons & ~invalid
    points[good] = shapely.point_on_surface(shapes[good])
    table.geometry = points


def _keep_first(reason: NDArray[np.object_], further: NDArray[np.object_]) -> None:
    new = is_none(reason)
    reason[new] = further[new]
