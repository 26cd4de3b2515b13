"""Geometries as a GeoPackage holds them (OGC 12-128r18, 2.1.3): 8 bytes of head, the envelope, then WKB."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

_ENVELOPE_BYTES = (0, 32, 48, 48, 64)
_BARE, _WITH_ENVELOPE = 0b0000_0001, 0b0000_0011  # little-endian; the second with minx, maxx, miny, maxy
_EMPTY = 0b0001_0000
_HEAD = struct.Struct("<2sBBi")
_ENVELOPE = struct.Struct("<4d")


def geometries(blobs: Iterable[bytes]) -> np.ndarray[Any, Any]:
    """Read geometries.

    Parameters
    ----------
    blobs : iterable of bytes
        Values of a column ``geom``.

    Returns
    -------
    ndarray of Geometry
        In the same order.
    """
    blobs = list(blobs)
    for blob in blobs:
        if blob is None or blob[:2] != b"GP" or (blob[3] >> 1 & 7) > 4:
            raise ValueError("a geometry has no GeoPackage head")
    wkb = [blob[8 + _ENVELOPE_BYTES[blob[3] >> 1 & 7] :] for blob in blobs]
    return np.asarray(shapely.from_wkb(np.array(wkb, dtype=object)), dtype=object)


def geometry_blobs(geometry: Iterable[Any], srid: int) -> list[bytes]:
    """Write geometries, to the byte as GDAL does.

    Parameters
    ----------
    geometry : iterable of Geometry
        Geometries of two dimensions, none of them empty.
    srid : int
        Number of their coordinate system.

    Returns
    -------
    list of bytes
        Values for a column ``geom``.
    """
    shapes = np.asarray(geometry, dtype=object)
    wkb = shapely.to_wkb(shapes, byte_order=1, include_srid=False)
    points = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    bare, boxed = _HEAD.pack(b"GP", 0, _BARE, srid), _HEAD.pack(b"GP", 0, _WITH_ENVELOPE, srid)
    bounds = shapely.bounds(shapes)[:, [0, 2, 1, 3]].tolist()
    return [
        bare + body if point else boxed + _ENVELOPE.pack(*box) + body
        for body, point, box in zip(wkb, points, bounds, strict=True)
    ]


def to_ewkb(blobs: Iterable[bytes]) -> list[bytes]:
    """Write geometries with the number of their coordinate system, as PostGIS does.

    Parameters
    ----------
    blobs : iterable of bytes
        Values of a column ``geom``.

    Returns
    -------
    list of bytes
        EWKB, little-endian.
    """
    blobs = list(blobs)
    srids = [struct.unpack_from("<i" if blob[3] & 1 else ">i", blob, 4)[0] for blob in blobs]
    return list(shapely.to_wkb(shapely.set_srid(geometries(blobs), srids), byte_order=1, include_srid=True))


def from_ewkb(values: Iterable[bytes]) -> list[bytes]:
    """Write geometries as a GeoPackage holds them.

    Parameters
    ----------
    values : iterable of bytes
        EWKB.

    Returns
    -------
    list of bytes
        Values for a column ``geom``.
    """
    shapes = np.asarray(shapely.from_wkb(np.array(list(values), dtype=object)), dtype=object)
    srids = shapely.get_srid(shapes)
    out: list[bytes] = [b""] * len(shapes)
    for srid in np.unique(srids):
        places = np.flatnonzero(srids == srid)
        for place, blob in zip(places, geometry_blobs(shapes[places], int(srid)), strict=True):
            out[place] = blob
    return out


def register_functions(db: sqlite3.Connection) -> None:
    """Give a connection the functions that the triggers of a GeoPackage call when a geometry changes.

    Parameters
    ----------
    db : Connection
        An open GeoPackage.
    """
    db.create_function("ST_IsEmpty", 1, _is_empty, deterministic=True)
    for place, name in enumerate(("ST_MinX", "ST_MaxX", "ST_MinY", "ST_MaxY")):
        db.create_function(name, 1, _bound(place), deterministic=True)


def _is_empty(blob: bytes | None) -> int | None:
    return None if blob is None else int(bool(blob[3] & _EMPTY))


def _bound(place: int) -> Any:
    def read(blob: bytes | None) -> float | None:
        if blob is None or blob[3] & _EMPTY:
            return None
        if blob[3] >> 1 & 7:
            return float(struct.unpack_from("<d" if blob[3] & 1 else ">d", blob, 8 + 8 * place)[0])
        xmin, ymin, xmax, ymax = shapely.from_wkb(blob[8:]).bounds
        return float((xmin, xmax, ymin, ymax)[place])

    return read
