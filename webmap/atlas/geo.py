"""From stored metres to the degrees of a web map, at the very edge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import shapely
from pyproj import Transformer

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from webmap.settings import Datum

#: Decimals of a degree kept: 1e-7 degree is about a centimetre. Equal metres become equal degrees, so shared borders
#: stay shared.
DECIMALS = 7


class Projector:
    """Turn stored geometry into longitude and latitude.

    Parameters
    ----------
    crs : str
        Coordinate system of the store, as "EPSG:…".
    datum : {"WGS84", "GCJ02"}
        Datum of the answers; GCJ02 only for a base map that uses it.
    """

    def __init__(self, crs: str, datum: Datum = "WGS84") -> None:
        self._transformer = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
        self._datum = datum

    def _degrees(self, coordinates: Any) -> Any:
        lon, lat = self._transformer.transform(coordinates[:, 0], coordinates[:, 1])
        if self._datum != "WGS84":
            from geo_grid.read.datum import from_wgs84

            lon, lat = from_wgs84(lon, lat, self._datum)
        return np.round(np.column_stack([lon, lat]), DECIMALS)

    def geometry(self, geometry: Any) -> Any:
        """Return geometries in degrees.

        Parameters
        ----------
        geometry : array of shapely geometries
            In the coordinate system of the store; metres.

        Returns
        -------
        array of shapely geometries
            Longitude and latitude, rounded to seven decimals.
        """
        flat = shapely.force_2d(np.asarray(geometry, dtype=object))
        return shapely.transform(flat, self._degrees)

    def bounds(self, geometry: Any) -> list[float] | None:
        """Return the box around geometries.

        Parameters
        ----------
        geometry : array of shapely geometries
            In the coordinate system of the store; metres.

        Returns
        -------
        list of float or None
            West, south, east, north in degrees; None if there is nothing.
        """
        if len(geometry) == 0:
            return None
        return self.boxes(shapely.total_bounds(geometry)[np.newaxis])[0]

    def boxes(self, bounds: Any) -> list[list[float] | None]:
        """Return boxes in degrees.

        Parameters
        ----------
        bounds : array of float, shape (n, 4)
            West, south, east, north in metres; not a number for what is empty.

        Returns
        -------
        list
            ``[west, south, east, north]`` in degrees around each box, None for what is empty.
        """
        whole = ~np.isnan(bounds).any(axis=1)
        out: list[list[float] | None] = [None] * len(bounds)
        found = shapely.bounds(self.geometry(shapely.box(*bounds[whole].T))).tolist()
        for row, box in zip(np.flatnonzero(whole).tolist(), found, strict=True):
            out[row] = box
        return out

    def points(self, geometry: Any) -> list[list[float] | None]:
        """Return one point inside each geometry, to put a label on.

        Parameters
        ----------
        geometry : array of shapely geometries
            In the coordinate system of the store; metres.

        Returns
        -------
        list
            ``[lon, lat]`` in degrees, None for what is empty.
        """
        shapes = np.asarray(geometry, dtype=object)
        points: list[list[float] | None] = [None] * len(shapes)
        rows = np.flatnonzero(~shapely.is_empty(shapes))
        # a few thousandths of the box is nearer than the eye can tell
        box = shapely.bounds(shapes[rows])
        near = np.maximum(box[:, 2] - box[:, 0], box[:, 3] - box[:, 1]) / 250
        centres = shapely.get_point(shapely.maximum_inscribed_circle(shapes[rows], near), 0)
        for row, point in zip(rows.tolist(), shapely.get_coordinates(self.geometry(centres)).tolist(), strict=True):
            points[row] = point
        return points


def dumps(value: object) -> str:
    """Return compact JSON that never holds NaN: what is not finite is null.

    Parameters
    ----------
    value : object
        Plain Python values; of keys, text alone.

    Returns
    -------
    str
        JSON text.
    """
    return orjson.dumps(value).decode()


def features(geometry: Any, properties: Iterable[dict[str, Any]]) -> str:
    """Return a GeoJSON FeatureCollection.

    Parameters
    ----------
    geometry : array of shapely geometries
        In degrees.
    properties : iterable of dict
        One a geometry.

    Returns
    -------
    str
        JSON text (RFC 7946).
    """
    return collection(feature_texts(geometry, properties))


def feature_texts(geometry: Any, properties: Iterable[dict[str, Any]]) -> list[str]:
    """Return GeoJSON features, each as text.

    Parameters
    ----------
    geometry : array of shapely geometries
        In degrees.
    properties : iterable of dict
        One a geometry.

    Returns
    -------
    list of str
        JSON texts.
    """
    texts: Sequence[str | None] = shapely.to_geojson(np.asarray(geometry, dtype=object)).tolist()
    return [
        f'{{"type":"Feature","geometry":{text or "null"},"properties":{dumps(row)}}}'
        for text, row in zip(texts, properties, strict=True)
    ]


def collection(texts: Iterable[str], **members: int) -> str:
    """Return features as a GeoJSON FeatureCollection.

    Parameters
    ----------
    texts : iterable of str
        As :func:`feature_texts` returns them.
    **members : int
        Further members of the collection.

    Returns
    -------
    str
        JSON text (RFC 7946).
    """
    more = "".join(f',"{name}":{value}' for name, value in members.items())
    return f'{{"type":"FeatureCollection","features":[{",".join(texts)}]{more}}}'
