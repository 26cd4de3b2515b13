"""From a plan's metres to the square of web maps: 0 to 1 eastward and southward."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.read.datum import from_wgs84

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import Transformer


def to_square(geometry: NDArray[Any], crs: str, datum: str) -> NDArray[Any]:
    """Return geometries in the square of web maps.

    Parameters
    ----------
    geometry : ndarray of geometry, shape (n,)
        In the plan's coordinates.
    crs : str
        Coordinate system of the plan, as "EPSG:…".
    datum : {"WGS84", "GCJ02", "BD09", "CGCS2000"}
        Datum of the map the tiles are for.

    Returns
    -------
    ndarray of geometry, shape (n,)
        Equal vertices stay equal, so that shared borders stay shared.
    """
    transformer = _to_degrees(crs)

    def squared(coordinates: NDArray[Any]) -> NDArray[Any]:
        lon, lat = from_wgs84(*transformer.transform(coordinates[:, 0], coordinates[:, 1]), datum)
        north = np.arcsinh(np.tan(np.radians(lat)))
        return np.column_stack([(lon + 180.0) / 360.0, (1.0 - north / np.pi) / 2.0])

    return np.asarray(shapely.transform(shapely.force_2d(geometry), squared), dtype=object)


@lru_cache(maxsize=8)
def _to_degrees(crs: str) -> Transformer:
    from pyproj import Transformer

    return Transformer.from_crs(crs, "EPSG:4326", always_xy=True)  # as slow to make as a draft's tile to draw


def degrees_of(x: float, y: float) -> tuple[float, float]:
    """Return longitude and latitude of a place in the square.

    Parameters
    ----------
    x, y : float
        0 to 1 eastward and southward.

    Returns
    -------
    lon, lat : float
        Degrees.
    """
    return x * 360.0 - 180.0, float(np.degrees(np.arctan(np.sinh((1.0 - 2.0 * y) * np.pi))))
