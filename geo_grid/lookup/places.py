"""From degrees in any of the four datums to a plan's metres."""

from __future__ import annotations

from math import isfinite, nan
from typing import TYPE_CHECKING, Any

import numpy as np

from geo_grid.errors import UsageError
from geo_grid.read.datum import from_wgs84

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

#: Datums a place may be given in.
DATUMS = ("WGS84", "GCJ02", "BD09", "CGCS2000")

#: Degrees, a ten-thousandth of a millimetre: nearer than this the way back from an offset need not come.
_NEAR_ENOUGH = 1e-12

#: Rounds of the way back; each gains at least one and a half digits.
_ROUNDS = 12

#: Places whose offset is undone at a time: what fits into a processor's cache is done in half the time.
_CHUNK = 4096


class Places:
    """Turn places into a plan's coordinates.

    Parameters
    ----------
    crs : str
        Coordinate system of the plan, as "EPSG:…".
    """

    def __init__(self, crs: str) -> None:
        from pyproj import Transformer

        self._to_plan = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
        self._from_plan = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)

    def metres(self, lon: ArrayLike, lat: ArrayLike, datum: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return places in the plan's coordinates.

        Parameters
        ----------
        lon, lat : array_like of float, shape (n,)
            Degrees.
        datum : {"WGS84", "GCJ02", "BD09", "CGCS2000"}
            Their datum.

        Returns
        -------
        x, y : ndarray of float64, shape (n,)
            Metres; NaN where the degrees are of no place on earth.

        Raises
        ------
        UsageError
            The datum is unknown, or there are not as many longitudes as latitudes.
        """
        _known(datum)
        east, north = np.atleast_1d(np.asarray(lon, dtype=float)), np.atleast_1d(np.asarray(lat, dtype=float))
        if east.shape != north.shape or east.ndim != 1:
            raise UsageError(f"{east.size} longitudes and {north.size} latitudes", mend="Give one of each a place")
        real = (np.abs(east) <= 180.0) & (np.abs(north) <= 90.0)
        east, north = _without_offset(np.where(real, east, np.nan), np.where(real, north, np.nan), datum)
        x, y = self._to_plan.transform(east, north)
        known = real & np.isfinite(x) & np.isfinite(y)
        return np.where(known, x, np.nan), np.where(known, y, np.nan)

    def metres_of_one(self, lon: float, lat: float, datum: str) -> tuple[float, float]:
        """Return one place in the plan's coordinates; arrays of one would take longer than the lookup.

        Parameters
        ----------
        lon, lat : float
            Degrees.
        datum : {"WGS84", "GCJ02", "BD09", "CGCS2000"}
            Their datum.

        Returns
        -------
        x, y : float
            Metres; NaN where the degrees are of no place on earth.

        Raises
        ------
        UsageError
            The datum is unknown.
        """
        if datum in ("WGS84", "CGCS2000") and abs(lon) <= 180.0 and abs(lat) <= 90.0:
            x, y = self._to_plan.transform(float(lon), float(lat))
            return (x, y) if isfinite(x) and isfinite(y) else (nan, nan)
        east, north = self.metres(lon, lat, datum)
        return float(east[0]), float(north[0])

    def degrees(self, x: ArrayLike, y: ArrayLike, datum: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return degrees of places in the plan's coordinates.

        Parameters
        ----------
        x, y : array_like of float, shape (n,)
            Metres.
        datum : {"WGS84", "GCJ02", "BD09", "CGCS2000"}
            Datum wanted.

        Returns
        -------
        lon, lat : ndarray of float64, shape (n,)
            Degrees.

        Raises
        ------
        UsageError
            The datum is unknown.
        """
        _known(datum)
        return from_wgs84(*self._from_plan.transform(np.atleast_1d(x), np.atleast_1d(y)), datum)


def _known(datum: str) -> None:
    if datum not in DATUMS:
        raise UsageError(f"unknown datum {datum!r}", mend=f"Use one of {', '.join(DATUMS)}")


def _without_offset(lon: NDArray[Any], lat: NDArray[Any], datum: str) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the WGS84 coordinates that the offset takes to the ones given.

    What :func:`geo_grid.read.datum.to_wgs84` does for whole files in a fixed number of rounds; a single place is
    answered twice as fast if it stops once nothing moves.
    """
    if datum in ("WGS84", "CGCS2000"):
        return lon, lat
    x, y = np.empty_like(lon), np.empty_like(lat)
    for start in range(0, len(lon), _CHUNK):
        part = slice(start, start + _CHUNK)
        x[part], y[part] = _undone(lon[part], lat[part], datum)
    return x, y


def _undone(lon: NDArray[Any], lat: NDArray[Any], datum: str) -> tuple[NDArray[Any], NDArray[Any]]:
    x, y = lon, lat
    for _ in range(_ROUNDS):
        east, north = from_wgs84(x, y, datum)
        east, north = lon - east, lat - north
        x, y = x + east, y + north
        # places that are not finite never come nearer, and need not
        if not (np.abs(east) > _NEAR_ENOUGH).any() and not (np.abs(north) > _NEAR_ENOUGH).any():
            break
    return x, y
