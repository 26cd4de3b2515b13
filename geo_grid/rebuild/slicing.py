"""Where the ground of a part of a building may be cut: as the build cuts it, from its rim to the hub its cuts meet at.

The households of a part stand along its rim in their order, each with the same share of it. A cut ends at a corner that is
there, or amid a border with another unit that is cut and written with it, so that no other cell, grid or area gets a vertex.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from geo_grid.cells.hubs import find_hubs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

    Point = tuple[float, float]
    #: A straight piece of border by its ends, the smaller one first.
    Edge = tuple[Point, Point]
    #: Points put into pieces of border: metres from the smaller end.
    Inserted = Mapping[Edge, Collection[float]]

#: Cuts amid a border stand at multiples of this (m) from its smaller end: from both sides they coincide or are apart.
_RASTER = 1e-3
#: A cut within this share of a household's rim from a corner stands at the corner.
_NEAR = 0.15
#: Where a cut may only stand at a corner, this share away at most.
_FAR = 0.5
#: Least part of a part's ground that a household's share of it may be, of what equal shares would be.
_LEAST = 0.05


class Place(NamedTuple):
    """Where a cut meets the rim.

    Parameters
    ----------
    along : float
        Metres along the rim.
    edge : tuple or None
        The piece of border it stands amid; None at a corner.
    offset : float
        Metres from its smaller end.
    """

    along: float
    edge: Edge | None = None
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a building, or all of it, and where it may be cut.

    Parameters
    ----------
    hub : tuple of float
        Where cuts end inside.
    rim : list of tuple of float
        Corners of the rim, in the order of the households; of a whole building the first is the last, too.
    along : list of float
        Metres along the rim of each.
    places : list of Place
        Cuts that may be made, in order, with the beginning and the end of the rim.
    sizes : list of int
        Households between each of them and the next.
    whole : bool
        Whether it is a whole building: then its order may begin at any of the places.
    """

    hub: Point
    rim: list[Point]
    along: list[float]
    places: list[Place]
    sizes: list[int]
    whole: bool

    def radius(self, at: int) -> float:
        """Return the length of a cut.

        Parameters
        ----------
        at : int
            Which of the places it begins at.

        Returns
        -------
        float
            Metres.
        """
        x, y = point_on(self.rim, self.along, self.places[at])
        return float(np.hypot(x - self.hub[0], y - self.hub[1]))

    def edges(self) -> list[tuple[Edge, bool, float]]:
        """Return the pieces of border along the rim.

        Returns
        -------
        list of tuple
            Each piece, whether the rim runs against it, and the metres along the rim it begins at.
        """
        pairs = zip(pairwise(self.rim), self.along[:-1], strict=True)
        return [(edge_of(one, other), other < one, start) for (one, other), start in pairs]


def edge_of(one: Point, other: Point) -> Edge:
    """Return a straight piece of border by its ends.

    Parameters
    ----------
    one, other : tuple of float
        The ends.

    Returns
    -------
    tuple
        The smaller one first.
    """
    return (one, other) if one < other else (other, one)


def edges_of(shape: Any) -> list[Edge]:
    """Return the pieces of border of a polygon.

    Parameters
    ----------
    shape : Polygon or MultiPolygon
        The polygon.

    Returns
    -------
    list of tuple
        Of all its rings.
    """
    rings = shapely.get_rings(shapely.get_parts(shape))
    rows = (map(tuple, shapely.get_coordinates(ring).tolist()) for ring in rings)
    return [edge_of(one, other) for points in rows for one, other in pairwise(points)]


def slice_unit(shape: Any, households: int, inner: Collection[Edge], open_to: Collection[Edge]) -> Slice | None:
    """Say where a part of a building may be cut.

    Parameters
    ----------
    shape : Polygon
        Its ground.
    households : int
        Its households.
    inner : collection of tuple
        Pieces of border it has with other parts of the building.
    open_to : collection of tuple
        Pieces of border that a cut may end amid.

    Returns
    -------
    Slice or None
        None where it is no fan around one point.
    """
    if shape.geom_type != "Polygon" or shapely.get_num_interior_rings(shape):
        return None
    shape = shapely.orient_polygons(shape)
    points: list[Point] = [(x, y) for x, y in shapely.get_coordinates(shape)[:-1].tolist()]
    count = len(points)
    mine = [edge_of(points[at - 1], points[at]) in inner for at in range(count)]  # edge before each point
    whole = not any(mine)
    if whole:
        x, y = find_hubs(np.array([shape], dtype=object))[0].tolist()
        if np.isnan(x):
            return None
        hub, rim = (x, y), [*points, points[0]]
    else:
        begins = [at for at in range(count) if mine[at] and not mine[(at + 1) % count]]
        if len(begins) != 1 or sum(mine) != 2:
            return None
        first = begins[0]
        hub, rim = points[first - 1], [points[(first + at) % count] for at in range(count - 1)]
    xy = np.array(rim) - hub
    if (xy[:-1, 0] * xy[1:, 1] - xy[1:, 0] * xy[:-1, 1] <= 0).any():
        return None  # the hub does not see all of the rim
    away = np.diff(np.array(rim), axis=0)
    along = [0.0, *np.cumsum(np.hypot(away[:, 0], away[:, 1])).tolist()]
    places, sizes = _places(rim, along, households, open_to)
    return Slice(hub, rim, along, places, sizes, whole)


def _places(
    rim: list[Point], along: list[float], households: int, open_to: Collection[Edge]
) -> tuple[list[Place], list[int]]:
    """Return where cuts may be made, and the households between them."""
    share, edge = along[-1] / households, 0
    places, before = [Place(0.0)], [0]
    for number in range(1, households):
        wanted = share * number
        while along[edge + 1] < wanted:
            edge += 1
        near = edge if wanted - along[edge] < along[edge + 1] - wanted else edge + 1
        away = abs(along[near] - wanted)
        border = edge_of(rim[edge], rim[edge + 1])
        if away <= _NEAR * share or (border not in open_to and away <= _FAR * share):
            place = Place(along[near])
        elif border in open_to:
            place = _amid(rim[edge] != border[0], along[edge], along[edge + 1], wanted, border)
        else:
            continue
        if places[-1].along + 2 * _RASTER < place.along < along[-1] - 2 * _RASTER:
            places.append(place)
            before.append(number)
    sizes = [other - one for one, other in pairwise([*before, households])]
    return [*places, Place(along[-1])], sizes


def _amid(flip: bool, start: float, end: float, wanted: float, border: Edge) -> Place:
    offset = round((end - wanted if flip else wanted - start) / _RASTER) * _RASTER
    return Place(end - offset if flip else start + offset, border, offset)


def amid(border: Edge, offset: float) -> Point:
    """Return a point of a piece of border.

    Parameters
    ----------
    border : tuple
        The piece of border.
    offset : float
        Metres from its smaller end.

    Returns
    -------
    tuple of float
        The same from both sides, to the last digit.
    """
    (x, y), (right, top) = border
    share = offset / float(np.hypot(right - x, top - y))
    return x + (right - x) * share, y + (top - y) * share


def point_on(rim: list[Point], along: list[float], place: Place) -> Point:
    """Return the point at which a cut meets the rim.

    Parameters
    ----------
    rim : list of tuple of float
        Corners of the rim.
    along : list of float
        Metres along it of each.
    place : Place
        The cut.

    Returns
    -------
    tuple of float
        The point.
    """
    return rim[along.index(place.along)] if place.edge is None else amid(place.edge, place.offset)


def cut_unit(part: Slice, cuts: Iterable[int], inserted: Inserted) -> list[Any]:
    """Cut a part of a building.

    Parameters
    ----------
    part : Slice
        The part.
    cuts : iterable of int
        Which of its places are cut, ascending; the ends of the rim count as well.
    inserted : mapping
        Points put into pieces of border by this and other parts.

    Returns
    -------
    list of Polygon
        From each cut to the next; of a whole building the last one goes on to the first.
    """
    points: list[tuple[float, Point]] = list(zip(part.along[:-1], part.rim[:-1], strict=True))
    for border, flip, start in part.edges():
        length = float(np.hypot(border[1][0] - border[0][0], border[1][1] - border[0][1]))
        points += [
            (start + (length - offset if flip else offset), amid(border, offset)) for offset in inserted.get(border, ())
        ]
    points.sort()
    ordered = [xy for _, xy in points]
    at = [ordered.index(point_on(part.rim, part.along, part.places[cut])) for cut in cuts]
    if part.whole:
        stretches = [
            [*ordered[one:], *ordered[: other + 1]] if other <= one else ordered[one : other + 1]
            for one, other in zip(at, [*at[1:], at[0]], strict=True)
        ]
    else:
        ends = [*at, len(ordered)]
        ordered.append(part.rim[-1])
        stretches = [ordered[one : other + 1] for one, other in pairwise([0, *ends])]
    return [shapely.Polygon([part.hub, *stretch]) for stretch in stretches]


def with_points(shape: Any, inserted: Inserted) -> Any:
    """Put points into the border of a polygon.

    Parameters
    ----------
    shape : Polygon
        The polygon.
    inserted : mapping
        Points put into pieces of border.

    Returns
    -------
    Polygon
        The same ground.
    """

    def refined(ring: Any) -> list[Point]:
        points: list[Point] = [(x, y) for x, y in shapely.get_coordinates(ring).tolist()]
        out = points[:1]
        for one, other in pairwise(points):
            border = edge_of(one, other)
            some = [amid(border, offset) for offset in sorted(inserted.get(border, ()))]
            out += [*(some if border[0] == one else some[::-1]), other]
        return out

    return shapely.Polygon(refined(shape.exterior), [refined(ring) for ring in shape.interiors])


def sound(whole: Any, parts: list[Any], sizes: list[int]) -> bool:
    """Tell whether a polygon was cut well.

    Parameters
    ----------
    whole : Polygon
        The polygon.
    parts : list of Polygon
        What was made of it.
    sizes : list of int
        Households of each.

    Returns
    -------
    bool
        True if the parts are valid, tile it, and none is a splinter.
    """
    areas, area = shapely.area(parts), float(whole.area)
    fair = area * np.array(sizes) / sum(sizes)
    return bool(
        shapely.is_valid(parts).all() and abs(areas.sum() - area) <= 1e-9 * area and (areas >= _LEAST * fair).all()
    )
