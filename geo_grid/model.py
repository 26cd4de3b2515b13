"""What the stages of a build hand to each other."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd


@dataclass(slots=True)
class CityInput:
    """Everything that was read, in one projected coordinate system, in metres.

    Parameters
    ----------
    name : str
        Name of the city.
    crs : str
        Working coordinate system, as "EPSG:…".
    areas : GeoDataFrame
        One row an area: ``code, name, kind, parent_code, border_shift, geometry``. Polygons or MultiPolygons that
        were noded together once: shared borders have the same vertices on both sides, and no two areas overlap.
        ``border_shift`` is how far (m) the border moved from the input's.
    households : GeoDataFrame
        One row a placed household: ``id, source, row, area_code, building, entrance, floor, group, address, residents,
        geometry``. ``building``, ``entrance``, ``group`` and ``address`` are text or None, ``floor`` is a nullable
        integer (``Int64``), ``row`` the input row, counted from 1. Every household lies in its area.
    groups : GeoDataFrame or None
        Villager groups given as polygons: ``code, area_code, name, geometry``.
    elements : GeoDataFrame
        ``id, class, name, source, row, geometry`` (points, lines or polygons), valid, not clipped to the areas.
    barriers : dict of str to float
        Strength 0..1 by element class.
    quarantine : DataFrame
        ``source, row, reason, raw`` of every row that could not be placed.
    read_rows : dict of str to int
        Rows read by source; for households, placed + quarantined rows add up to it.
    notes : list of str
        What the reader decided and a person should know (encodings, overlaps given to whom, …).
    """

    name: str
    crs: str
    areas: gpd.GeoDataFrame
    households: gpd.GeoDataFrame
    groups: gpd.GeoDataFrame | None
    elements: gpd.GeoDataFrame
    barriers: dict[str, float]
    quarantine: pd.DataFrame
    read_rows: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Plan:
    """All grids of all areas, as the tables of :mod:`geo_grid.schema`.

    Parameters
    ----------
    crs : str
        Coordinate system of every geometry, as "EPSG:…".
    tables : dict of str to DataFrame or GeoDataFrame
        One frame a table; columns as in :data:`geo_grid.schema.TABLES`, geometry in the column ``geom``.
    meta : dict of str to Any
        What the plan says of itself (city, counts, policy, code profile, seed, version of the program); JSON values.
    """

    crs: str
    tables: dict[str, Any]
    meta: dict[str, Any]

    def __getitem__(self, table: str) -> Any:
        """Return one table."""
        return self.tables[table]
