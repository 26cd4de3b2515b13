"""Borders of villager groups, made fit to cut an area."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Metres within which a group's border is taken to run along the area's. Two layers hardly ever agree to the
#: millimetre, and a strip between them would be land of its own.
BORDER_TOLERANCE = 1.0


def dividing_lines(groups: NDArray[Any], area: Any, tolerance: float = BORDER_TOLERANCE) -> NDArray[Any]:
    """Return the borders between groups inside an area, drawn out to the area's own border.

    Parameters
    ----------
    groups : ndarray of Polygon or MultiPolygon
        Villager groups, metres.
    area : Polygon or MultiPolygon
        The area they lie in.
    tolerance : float
        Metres from the area's border within which a line counts as that border.

    Returns
    -------
    ndarray of LineString
        Lines that cross the area's border or end inside the area, never run along its border.
    """
    border = shapely.boundary(area)
    inner = shapely.difference(shapely.boundary(groups), shapely.buffer(border, tolerance))
    lines = shapely.get_parts(shapely.line_merge(inner))
    lines = lines[~shapely.is_empty(lines)]
    return np.array([_drawn_out(line, border, tolerance) for line in lines], dtype=object)


def _drawn_out(line: Any, border: Any, tolerance: float) -> Any:
    """Lengthen both ends of a line that come near the border until they are across it."""
    xy = shapely.get_coordinates(line)
    if (xy[0] == xy[-1]).all():
        return line
    start, end = (_across(xy[i], border, tolerance) for i in (0, -1))
    return shapely.linestrings(np.vstack([part for part in (start, xy, end) if part is not None]))


def _across(end: NDArray[np.float64], border: Any, tolerance: float) -> NDArray[np.float64] | None:
    """Return a point just beyond the border's nearest point, or None where the border is far."""
    point = shapely.points(end)
    foot = shapely.get_coordinates(shapely.get_point(shapely.shortest_line(point, border), 1))[0]
    reach = foot - end
    distance = float(np.hypot(*reach))
    if not 0 < distance <= 1.01 * tolerance:
        return None
    return np.asarray(foot + reach / distance * tolerance)
