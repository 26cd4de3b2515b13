"""Where something that came in is: metres, area, grid, and how far from its element."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.lookup.columns import texts

if TYPE_CHECKING:
    from geo_grid.lookup import LookupIndex


#: Metres within which shares are looked for first.
_NEAR = 200.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a plan.

    Parameters
    ----------
    x, y : float
        Metres in the plan's coordinates; NaN where the degrees are of no place on earth.
    codes : tuple of str
        Codes of the finest grids there, ascending: several on a border. Outside all areas, the nearest.
    areas : tuple of str
        Their areas, in the same order.
    outside : float
        Metres to the nearest area; 0 inside, infinite where nothing is near.
    """

    x: float
    y: float
    codes: tuple[str, ...]
    areas: tuple[str, ...]
    outside: float = 0.0


@dataclass(frozen=True, slots=True)
class Share:
    """The share of an element that a place is nearest to.

    Parameters
    ----------
    grid : str
        Code of its grid.
    area : str
        Code of its area.
    metres : float
        Distance.
    """

    grid: str
    area: str
    metres: float


class PlanPlaces:
    """A plan's answers about places that come in.

    Parameters
    ----------
    index : LookupIndex
        The plan.
    level : int
        Level of the shares a record of an element is booked on.
    """

    def __init__(self, index: LookupIndex, level: int = 1) -> None:
        self._index = index
        shares = index.shares
        self._grid = texts(shares, "grid_code")
        areas = dict(zip(texts(index.grids, "code").tolist(), texts(index.grids, "area_code").tolist(), strict=True))
        self._area = np.array([areas.get(code) for code in self._grid.tolist()], dtype=object)
        self._shape: Any = shares["geom"].to_numpy()
        self._class = dict(
            zip(texts(index.elements, "id").tolist(), texts(index.elements, "class").tolist(), strict=True)
        )
        self._whole = dict(zip(texts(index.elements, "id").tolist(), index.elements["geom"].to_numpy(), strict=True))
        self._rows: dict[str, list[int]] = {}
        self._element = texts(shares, "element_id")
        self._at_level = np.flatnonzero(shares["level"].to_numpy() == level)
        for row in self._at_level.tolist():
            self._rows.setdefault(self._element[row], []).append(row)
        self._tree = shapely.STRtree(self._shape[self._at_level])

    def spot(self, lon: float, lat: float) -> Spot:
        """Find a place.

        Parameters
        ----------
        lon, lat : float
            WGS84 degrees.

        Returns
        -------
        Spot
            Where it is.
        """
        x, y = (float(each[0]) for each in self._index.locate(lon, lat))
        answer = self._index.locator.at(x, y)
        if answer.hits:
            return Spot(x, y, tuple(hit.leaf for hit in answer.hits), tuple(hit.area for hit in answer.hits))
        near = answer.nearest
        if near is None:
            return Spot(x, y, (), (), float("inf"))
        return Spot(x, y, (near.grids[-1] if near.grids else near.area,), (near.area,), near.metres)

    def class_of(self, element: str) -> str | None:
        """Return the class of an element.

        Parameters
        ----------
        element : str
            Its id.

        Returns
        -------
        str or None
            Its class; None where there is no such element.
        """
        return self._class.get(element)

    def distance(self, element: str, x: float, y: float) -> float:
        """Return how far a place is from an element.

        Parameters
        ----------
        element : str
            Id of an element there is.
        x, y : float
            Metres.

        Returns
        -------
        float
            Metres; 0 inside a surface.
        """
        return float(shapely.distance(self._whole[element], shapely.Point(x, y)))

    def share_of(self, element: str, x: float, y: float, prefix: str = "") -> Share | None:
        """Return the share of an element that is nearest to a place.

        Parameters
        ----------
        element : str
            Id of the element.
        x, y : float
            Metres.
        prefix : str
            Only shares of grids whose codes begin so.

        Returns
        -------
        Share or None
            The nearest, of those as near the one of the lowest code; None where there is none.
        """
        # nearly always one is near, and a river has thousands
        near = self._at_level[self._tree.query(shapely.Point(x, y), predicate="dwithin", distance=_NEAR)].tolist()
        rows = [row for row in near if self._element[row] == element and self._grid[row].startswith(prefix)]
        rows = rows or [row for row in self._rows.get(element, []) if self._grid[row].startswith(prefix)]
        if not rows:
            return None
        far = shapely.distance(self._shape[rows], shapely.Point(x, y))
        best = min(range(len(rows)), key=lambda at: (round(float(far[at]), 3), self._grid[rows[at]]))
        return Share(str(self._grid[rows[best]]), str(self._area[rows[best]]), float(far[best]))
