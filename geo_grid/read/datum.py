"""Datums of Chinese maps: WGS84 and CGCS2000, GCJ-02 (national offset) and BD-09 (Baidu's offset on top of it).

GCJ-02 and BD-09 are smooth offsets of WGS84 coordinates, not coordinate systems: every point is shifted by a sum of
sines. The forward shift has a closed form; its inverse is a fixed point, found by iteration to less than a millimetre.
WGS84 and CGCS2000 differ by centimetres and are taken as one.

The formulas are public knowledge through many open implementations, among them the project *eviltransform*
(https://github.com/googollee/eviltransform, BSD-3), whose published pairs the tests hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Pair = tuple[NDArray[np.float64], NDArray[np.float64]]

_AXIS = 6378245.0  # Krasovsky 1940, metres
_ECCENTRICITY2 = 0.00669342162296594323
_BD_TURN = np.pi * 3000.0 / 180.0
_BD_LON, _BD_LAT = 0.0065, 0.006  # degrees
_ROUNDS = 12  # the shift's slope is below 1/500, so each round gains more than two digits
_CHINA = (72.004, 137.8347, 0.8293, 55.8271)  # outside this frame GCJ-02 is WGS84


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: str) -> Pair:
    """Turn coordinates of a datum into WGS84.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees; values that are not finite stay as they are.
    datum : {"WGS84", "CGCS2000", "GCJ02", "BD09"}
        Datum of the coordinates.

    Returns
    -------
    lon, lat : ndarray of float64, shape (n,)
        Degrees in WGS84.

    Raises
    ------
    ValueError
        The datum is unknown.
    """
    x, y = _arrays(lon, lat)
    if datum in ("WGS84", "CGCS2000"):
        return x, y
    if datum == "GCJ02":
        return _gcj02_to_wgs84(x, y)
    if datum == "BD09":
        return _gcj02_to_wgs84(*_bd09_to_gcj02(x, y))
    raise ValueError(f"unknown datum {datum!r}")


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: str) -> Pair:
    """Turn WGS84 coordinates into those of a datum.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees in WGS84; values that are not finite stay as they are.
    datum : {"WGS84", "CGCS2000", "GCJ02", "BD09"}
        Datum wanted.

    Returns
    -------
    lon, lat : ndarray of float64, shape (n,)
        Degrees in the datum.

    Raises
    ------
    ValueError
        The datum is unknown.
    """
    x, y = _arrays(lon, lat)
    if datum in ("WGS84", "CGCS2000"):
        return x, y
    if datum == "GCJ02":
        return _wgs84_to_gcj02(x, y)
    if datum == "BD09":
        return _gcj02_to_bd09(*_wgs84_to_gcj02(x, y))
    raise ValueError(f"unknown datum {datum!r}")


def _arrays(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)


def _wave(value: NDArray[np.float64], *terms: tuple[float, float]) -> NDArray[np.float64]:
    """Return 2/3 of a sum of sines; each term is an amplitude and how many half turns a degree makes."""
    total = sum(amplitude * np.sin(turns * np.pi * value) for amplitude, turns in terms)
    return np.asarray(total) * 2.0 / 3.0


def _shift(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
    """Return what GCJ-02 adds to WGS84 at a place, in degrees."""
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    common = _wave(x, (20.0, 6.0), (20.0, 2.0))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north += _wave(y, (20.0, 1.0), (40.0, 1 / 3)) + _wave(y, (160.0, 1 / 12), (320.0, 1 / 30))
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east += _wave(x, (20.0, 1.0), (40.0, 1 / 3)) + _wave(x, (150.0, 1 / 12), (300.0, 1 / 30))
    phi = np.radians(lat)
    flat = 1.0 - _ECCENTRICITY2 * np.sin(phi) ** 2
    meridian = _AXIS * (1.0 - _ECCENTRICITY2) / (flat * np.sqrt(flat))
    parallel = _AXIS / np.sqrt(flat) * np.cos(phi)
    inside = (lon >= _CHINA[0]) & (lon <= _CHINA[1]) & (lat >= _CHINA[2]) & (lat <= _CHINA[3])
    return np.where(inside, np.degrees(east / parallel), 0.0), np.where(inside, np.degrees(north / meridian), 0.0)


def _wgs84_to_gcj02(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
    with np.errstate(invalid="ignore"):
        east, north = _shift(lon, lat)
    return lon + east, lat + north


def _gcj02_to_wgs84(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
    x, y = lon, lat
    with np.errstate(invalid="ignore"):
        for _ in range(_ROUNDS):
            east, north = _shift(x, y)
            x, y = lon - east, lat - north
    return x, y


def _gcj02_to_bd09(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
    with np.errstate(invalid="ignore"):
        radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * _BD_TURN)
        angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * _BD_TURN)
        return radius * np.cos(angle) + _BD_LON, radius * np.sin(angle) + _BD_LAT


def _bd09_to_gcj02(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Pair:
    x, y = lon - _BD_LON, lat - _BD_LAT
    for _ in range(_ROUNDS):
        east, north = _gcj02_to_bd09(x, y)
        x, y = x + (lon - east), y + (lat - north)
    return x, y
