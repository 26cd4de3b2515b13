"""Share out the elements of a city among its grids, at every level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.elements.leaves import read_leaves
from geo_grid.elements.lines import Lines
from geo_grid.elements.points import Points
from geo_grid.elements.polygons import Polygons
from geo_grid.errors import InputError
from geo_grid.schema import TABLES

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd
    from numpy.typing import NDArray

    from geo_grid.elements.leaves import Leaves
    from geo_grid.elements.pieces import LevelShares

    Floats = NDArray[np.float64]
    Geometries = NDArray[Any]

#: Metres within which an element lies on a border. What was noded with the borders is off by 1e-7 m.
BORDER_TOLERANCE = 1e-3

_UNITS = np.array(["count", "m", "m2"], dtype=object)  # by dimension
_TYPES = {"Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon"}


@dataclass(frozen=True, slots=True)
class OutsidePart:
    """An element that lies, wholly or in part, outside all areas.

    Parameters
    ----------
    element_id : str
        The element.
    element_class : str
        Its class.
    name : str or None
        Its name.
    measure, outside : float
        Its whole measure, and how much of it lies outside.
    measure_unit : str
        "m", "m2" or "count".
    """

    element_id: str
    element_class: str
    name: str | None
    measure: float
    outside: float
    measure_unit: str


@dataclass(frozen=True, slots=True)
class ElementShares:
    """Elements shared out.

    Parameters
    ----------
    elements : GeoDataFrame
        As the table ``elements``.
    shares : GeoDataFrame
        As the table ``element_shares``, by element, level and code.
    outside : list of OutsidePart
        Every element of which anything lies outside all areas.
    """

    elements: gpd.GeoDataFrame
    shares: gpd.GeoDataFrame
    outside: list[OutsidePart]


def share_elements(
    elements: gpd.GeoDataFrame, leaf: gpd.GeoDataFrame, *, tol: float = BORDER_TOLERANCE
) -> ElementShares:
    """Share out elements among the grids of every level.

    At each level the shares of an element and what lies outside all areas add up to its measure; where an area has no
    grids of level 3, what its grids of level 2 have counts in their stead. A line is cut where it crosses a border.
    What runs along a border, or a point on one, is held by the grids on all sides of it (``held``, ``geom``) and
    counted once (``measure``, in equal parts); along the city's rim the grid inside has it whole. What the children
    of a grid count adds up to what the grid counts: a line between two children of one grid counts whole for it.

    Parameters
    ----------
    elements : GeoDataFrame
        ``id, class, name, source, row, geometry``: valid points, lines and polygons, in metres.
    leaf : GeoDataFrame
        Finest grids of the whole city, ``code, area_code, l1, l2, l3`` (``l3`` missing where there is none) and the
        geometry, in the same coordinate system: an exact coverage, neighbours having the same vertices.
    tol : float, default 1e-3
        Metres within which something lies on a border.

    Returns
    -------
    ElementShares
        Elements, shares and the list of what lies outside.

    Raises
    ------
    InputError
        The coordinate systems differ, an element is of another type (a collection, say) or stands twice, or a leaf's
        code is not its finest.
    """
    _refuse_unfit(elements, leaf)
    leaves = read_leaves(leaf)
    geometry = shapely.force_2d(elements.geometry.to_numpy())
    dimension = shapely.get_dimensions(geometry)
    outside = np.zeros(len(elements))
    found: list[tuple[int, LevelShares]] = []
    for kind, wanted in ((Points, 0), (Lines, 1), (Polygons, 2)):
        which = np.flatnonzero(dimension == wanted)
        if len(which):
            shared: Points | Lines | Polygons = kind(which, geometry[which], leaves, tol)
            outside += shared.outside(len(elements))
            found += shared.shares()
    table = _elements_table(elements, geometry, dimension, outside)
    return ElementShares(table, _shares_table(table, found, leaves), _outside_list(table))


def _refuse_unfit(elements: gpd.GeoDataFrame, leaf: gpd.GeoDataFrame) -> None:
    if elements.crs != leaf.crs:
        raise InputError(
            f"elements are in {elements.crs}, grids in {leaf.crs}", mend="Bring both into one coordinate system."
        )
    types = elements.geometry.geom_type
    if not types.isin(_TYPES).all():
        position = int(np.argmin(types.isin(_TYPES)))
        row = elements.iloc[position]
        raise InputError(
            f"element {row['id']!r} is of type {types.iloc[position]}",
            file=row["source"],
            row=int(row["row"]),
            mend="Give points, lines or polygons.",
        )
    twice = elements["id"].duplicated()
    if twice.any():
        row = elements[twice].iloc[0]
        raise InputError(f"element {row['id']!r} stands twice", file=row["source"], row=int(row["row"]), column="id")


def _measure(geometry: Geometries, dimension: NDArray[Any]) -> Floats:
    return np.select(
        [dimension == 0, dimension == 1],
        [shapely.get_num_coordinates(geometry).astype(np.float64), shapely.length(geometry)],
        shapely.area(geometry),
    )


def _elements_table(
    elements: gpd.GeoDataFrame, geometry: Geometries, dimension: NDArray[Any], outside: Floats
) -> gpd.GeoDataFrame:
    import geopandas as gpd

    frame = gpd.GeoDataFrame(
        {
            "id": elements["id"].array,
            "class": elements["class"].array,
            "name": elements["name"].array,
            "measure": _measure(geometry, dimension),
            "measure_unit": _UNITS[dimension],
            "outside": outside,
            "source": elements["source"].array,
            "source_row": elements["row"].to_numpy(dtype=np.int64),
            "geom": geometry,
        },
        geometry="geom",
        crs=elements.crs,
    )
    return frame[TABLES["elements"].column_names]


def _shares_table(elements: gpd.GeoDataFrame, found: list[tuple[int, LevelShares]], leaves: Leaves) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pandas as pd

    ids = elements["id"].to_numpy()
    frames: list[pd.DataFrame] = [
        pd.DataFrame(
            {
                "order": shares.element[own],
                "element_id": ids[shares.element[own]],
                "grid_code": leaves.codes[level][shares.holder[own]],
                "level": level,
                "measure": shares.measure[own],
                "held": shares.held[own],
                "geom": shares.geometry[own],
            }
        )
        for level, shares in found
        for own in [leaves.own[level][shares.holder]]
    ]
    if not frames:
        empty: dict[str, list[Any]] = {name: [] for name in TABLES["element_shares"].column_names}
        return gpd.GeoDataFrame(empty, geometry="geom", crs=elements.crs)
    frame = pd.concat(frames, ignore_index=True).sort_values(["order", "level", "grid_code"], ignore_index=True)
    return gpd.GeoDataFrame(frame[TABLES["element_shares"].column_names], geometry="geom", crs=elements.crs)


def _outside_list(elements: gpd.GeoDataFrame) -> list[OutsidePart]:
    part = elements[elements["outside"] > 0]
    columns = ("id", "class", "name", "measure", "outside", "measure_unit")
    rows = zip(*(part[column].tolist() for column in columns), strict=True)
    return [OutsidePart(id_, cls, name if isinstance(name, str) else None, *rest) for id_, cls, name, *rest in rows]
