"""From a source's own coordinates to the working ones: axis order, datum, projection."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geo_grid.errors import InputError
from geo_grid.read.datum import to_wgs84

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pyproj import CRS, Transformer

    from geo_grid.read.table import Geometries, Table

    Floats = NDArray[np.float64]

_CHINA = (73.5, 3.8, 135.1, 53.6)  # west, south, east, north
_INLAND_SOUTH = 18.0  # south of Hainan only islands are China's, and the frame holds much that is not
_SAME_DATUM = ("WGS 84", "China Geodetic Coordinate System 2000")  # to centimetres
_FIRST_ZONE = 4534  # EPSG:4534 is CGCS2000 / 3-degree Gauss-Krüger CM 75E; one code further each 3 degrees


def auto_crs(lon: float, lat: float) -> str:
    """Choose a working coordinate system for a place.

    Parameters
    ----------
    lon, lat : float
        Middle of the city, degrees.

    Returns
    -------
    str
        In China the CGCS2000 3-degree Gauss-Krüger zone, elsewhere the UTM zone, as "EPSG:…".
    """
    if _CHINA[0] <= lon <= _CHINA[2] and _INLAND_SOUTH <= lat <= _CHINA[3]:
        return f"EPSG:{_FIRST_ZONE + round((lon - 75.0) / 3.0)}"
    zone = min(60, int((lon + 180.0) // 6.0) + 1)
    return f"EPSG:{(32600 if lat >= 0.0 else 32700) + zone}"


@lru_cache(maxsize=64)
def transformer(source: str, target: str) -> Transformer:
    """Return a transformer that takes x before y, whatever the systems declare.

    Parameters
    ----------
    source, target : str
        Coordinate systems, as WKT or "EPSG:…".

    Returns
    -------
    Transformer
        From source to target.
    """
    from pyproj import Transformer

    return Transformer.from_crs(source, target, always_xy=True)


def source_crs(table: Table) -> CRS:
    """Return the coordinate system of a source's coordinates.

    Parameters
    ----------
    table : Table
        The source.

    Returns
    -------
    CRS
        What the configuration or the file says; WGS84 for lon and lat columns and for declared datums.

    Raises
    ------
    InputError
        Nobody says.
    """
    from pyproj import CRS

    if table.crs is not None:
        return table.crs
    if table.geometry is None or table.source.datum is not None:
        return CRS.from_epsg(4326)
    mend = f'Add crs = "EPSG:…" to [inputs.{table.source.role}], for instance "EPSG:4490", or deliver the .prj'
    raise InputError("the file does not say its coordinate system", file=table.source.label, mend=mend)


def is_lon_lat(table: Table) -> bool:
    """Tell whether a source has degrees.

    Parameters
    ----------
    table : Table
        The source.

    Returns
    -------
    bool
        False for projected coordinates.
    """
    return bool(source_crs(table).is_geographic)


def project(table: Table, x: Floats, y: Floats, target: str) -> tuple[Floats, Floats]:
    """Turn a source's coordinates into the working ones, or into WGS84 degrees.

    Parameters
    ----------
    table : Table
        The source: its coordinate system and datum count.
    x, y : ndarray of float64, shape (n,)
        Coordinates of the source, east and north.
    target : str
        Coordinate system wanted.

    Returns
    -------
    x, y : ndarray of float64, shape (n,)
        Coordinates wanted; infinite where there are none.

    Raises
    ------
    InputError
        No way leads from the source's system to the one wanted.
    """
    from pyproj.exceptions import ProjError

    crs = source_crs(table)
    datum = table.source.datum
    origin = crs.to_wkt()
    try:
        if datum in ("GCJ02", "BD09"):
            if not crs.is_geographic:
                x, y = transformer(origin, "EPSG:4326").transform(x, y)
            x, y = to_wgs84(x, y, datum)
            origin = "EPSG:4326"
        x, y = transformer(origin, target).transform(x, y)
    except ProjError:
        mend = f'Correct crs under [inputs.{table.source.role}], for instance "EPSG:4490"'
        message = f"coordinates of {crs.name!r} cannot be turned into {target}"
        raise InputError(message, file=table.source.label, mend=mend) from None
    return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def project_geometries(table: Table, geometries: Geometries, target: str) -> Geometries:
    """Turn geometries of a source into the working coordinate system, vertex by vertex.

    Parameters
    ----------
    table : Table
        The source.
    geometries : ndarray of geometry, shape (n,)
        Geometries in its coordinates.
    target : str
        Coordinate system wanted.

    Returns
    -------
    ndarray of geometry, shape (n,)
        Missing ones stay missing.
    """

    def shift(coordinates: Floats) -> Floats:
        return np.column_stack(project(table, coordinates[:, 0], coordinates[:, 1], target))

    return np.asarray(shapely.transform(geometries, shift), dtype=object)


def datum_note(table: Table) -> str | None:
    """Warn of a datum that can only roughly be turned into WGS84.

    Parameters
    ----------
    table : Table
        The source.

    Returns
    -------
    str or None
        One sentence, for instance about Xian 1980; None where there is nothing to say.
    """
    from pyproj.exceptions import ProjError

    if table.crs is None:
        return None
    name = table.crs.geodetic_crs.name if table.crs.geodetic_crs is not None else table.crs.name
    try:
        rough = "ballpark" in transformer(table.crs.to_wkt(), "EPSG:4326").description.lower()
    except ProjError:
        return None  # said where the coordinates are turned
    if name in _SAME_DATUM or not rough:
        return None
    text = f"coordinates are {name}, for which no public parameters exist: positions may be off by a hundred metres"
    return f"{table.source.label}: {text}; convert them with local parameters first"
