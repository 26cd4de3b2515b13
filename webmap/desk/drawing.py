"""Lines and polygons that people draw: judged at once, and brought into the plan's metres."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import Transformer

from webmap.refusals import BadShapeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from webmap.settings import Datum

_PLACE = re.compile(r"\[(\S+) (\S+)\]")


class Drawing:
    """Reads what was drawn on a map of one plan.

    Parameters
    ----------
    crs : str
        Coordinate system of the plan.
    datum : {"WGS84", "GCJ02"}
        Datum of the map.
    vertices : int
        Vertices a drawing may have.
    """

    def __init__(self, crs: str, datum: Datum, vertices: int) -> None:
        self._transformer = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
        self._datum, self._vertices = datum, vertices

    def metres(self, coordinates: Any) -> Any:
        """Return degrees as metres of the plan.

        Parameters
        ----------
        coordinates : array of float, shape (n, 2)
            Longitude and latitude.

        Returns
        -------
        ndarray of float64, shape (n, 2)
            x and y.

        Raises
        ------
        BadShapeError
            If a place is nowhere near.
        """
        places = np.asarray(coordinates, dtype=np.float64)
        lon, lat = places[:, 0], places[:, 1]
        if self._datum != "WGS84":
            from geo_grid.read.datum import to_wgs84

            lon, lat = to_wgs84(lon, lat, self._datum)
        out = np.column_stack(self._transformer.transform(lon, lat))
        if not np.isfinite(out).all():
            row = int(np.flatnonzero(~np.isfinite(out).all(axis=1))[0])
            raise BadShapeError("a place drawn is nowhere near the plan", at=places[row].tolist())
        return out

    def line(self, places: Sequence[Sequence[float]]) -> list[list[float]]:
        """Return a drawn line in metres.

        Parameters
        ----------
        places : sequence of (lon, lat)
            Its vertices.

        Returns
        -------
        list of list of float
            x and y of each.

        Raises
        ------
        BadShapeError
            If it has too many vertices, or no length.
        """
        self._few(len(places))
        shape = shapely.linestrings(places)
        if not shapely.is_valid(shape):
            raise BadShapeError("the line has no length", at=list(places[0]))
        out: list[list[float]] = self.metres(places).tolist()
        return out

    def polygon(self, rings: Sequence[Sequence[Sequence[float]]]) -> Any:
        """Return a drawn polygon in metres.

        Parameters
        ----------
        rings : sequence of rings
            As in GeoJSON: the outer ring, then holes; longitude and latitude.

        Returns
        -------
        Polygon
            In the plan's coordinate system.

        Raises
        ------
        BadShapeError
            If it has too many vertices, or is not valid; it is never mended, for that may take longer than anybody waits.
        """
        self._few(sum(max(len(ring) - 1, 0) for ring in rings))  # the last vertex is the first once more
        if any(len(ring) < 4 or list(ring[0]) != list(ring[-1]) for ring in rings):
            raise BadShapeError("a ring has at least four vertices, and ends where it begins")
        outer, *holes = (shapely.linearrings(np.array(ring, dtype=np.float64)) for ring in rings)
        shape = shapely.polygons(outer, holes=holes or None)
        if not shapely.is_valid(shape):
            reason = str(shapely.is_valid_reason(shape))
            what = _PLACE.sub("", reason).strip().lower()
            raise BadShapeError(f"the polygon is not valid: {what}", mend="Draw it anew.", at=place_in(reason))
        return shapely.transform(shape, self.metres)

    def _few(self, count: int) -> None:
        if count > self._vertices:
            raise BadShapeError(f"a drawing has at most {self._vertices} vertices, not {count}", mend="Simplify it.")


def place_in(reason: str) -> list[float] | None:
    """Return the place a reason names.

    Parameters
    ----------
    reason : str
        As GEOS words it: "Self-intersection[111.2 37.5]".

    Returns
    -------
    list of float or None
        The two numbers.
    """
    found = _PLACE.search(reason)
    return [float(found[1]), float(found[2])] if found else None
