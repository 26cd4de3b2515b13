"""Managed elements and villager groups: layers of geometries, one class a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from geo_grid.errors import InputError
from geo_grid.read.coordinates import project_geometries
from geo_grid.read.limits import MAX_COORDINATE
from geo_grid.read.positions import OFF_EARTH, read_positions
from geo_grid.read.table import column_map, is_none, missing_column

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_grid.read.quarantine import Quarantine
    from geo_grid.read.table import Geometries, Table

_POINTS, _LINES, _POLYGONS = (0, 4), (1, 2, 5), (3, 6)


def read_elements(tables: list[Table], areas: gpd.GeoDataFrame, quarantine: Quarantine) -> gpd.GeoDataFrame:
    """Read all layers of managed elements.

    Parameters
    ----------
    tables : list of Table
        One a layer.
    areas : GeoDataFrame
        Areas, in the working coordinate system.
    quarantine : Quarantine
        Takes empty and invalid geometries.

    Returns
    -------
    GeoDataFrame
        ``id, class, name, source, row, geometry``; ids are unique in the city.

    Raises
    ------
    InputError
        A layer has no geometry.
    """
    import geopandas as gpd

    parts = [_read_layer(table, areas, quarantine) for table in tables]
    if not parts:
        names = {"id": "object", "class": "object", "name": "object", "source": "object", "row": "int64"}
        empty = pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in names.items()})
        return gpd.GeoDataFrame(empty, geometry=np.empty(0, dtype=object), crs=areas.crs)
    frame = pd.concat([part for part, _ in parts], ignore_index=True)
    shapes = np.concatenate([shape for _, shape in parts])
    frame["id"] = pd.Series(_unique_ids(frame), dtype=object)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=areas.crs)


def _read_layer(table: Table, areas: gpd.GeoDataFrame, quarantine: Quarantine) -> tuple[pd.DataFrame, Geometries]:
    source = table.source
    columns = column_map(source, list(table.frame.columns))
    shapes, reason = _geometries(table, columns, areas)
    good = np.flatnonzero(is_none(reason))
    projected = project_geometries(table, shapes[good], str(areas.crs))
    finite = np.isfinite(shapely.bounds(projected)).all(axis=1) & shapely.is_valid(projected)
    reason[good[~finite]] = "the geometry cannot be projected into the city's coordinate system"
    refused = np.flatnonzero(~is_none(reason))
    quarantine.add(table, refused, reason[refused])
    quarantine.add_broken(table)
    good, projected = good[finite], projected[finite]
    empty = np.full(len(table), None, dtype=object)
    texts = {word: table.text(columns[word]) if word in columns else empty for word in ("id", "name")}
    frame = pd.DataFrame(
        {"id": texts["id"][good], "class": source.element_class, "name": texts["name"][good]}, dtype=object
    )
    frame["source"] = pd.Series(np.full(len(good), source.label, dtype=object), dtype=object)
    frame["row"] = table.rows[good]
    return frame, projected


def _geometries(
    table: Table, columns: dict[str, str], areas: gpd.GeoDataFrame
) -> tuple[Geometries, NDArray[np.object_]]:
    """Return geometries, and what is wrong with each."""
    if table.geometry is None:
        positions = read_positions(table, columns, areas)
        if not positions.has_columns:
            mend = "Name a file with geometries, or columns lon and lat"
            raise InputError("the elements have no geometry", file=table.source.label, mend=mend)
        reason = positions.reason.copy()
        reason[~positions.given] = "no coordinates"
        return np.asarray(shapely.points(positions.x, positions.y), dtype=object), reason
    shapes = table.geometry
    reason = np.full(len(shapes), None, dtype=object)
    kinds = shapely.get_type_id(shapes)
    bounds = shapely.bounds(shapes)
    finite = np.isfinite(bounds).all(axis=1)
    usable = finite & np.isin(kinds, _POINTS + _LINES + _POLYGONS)
    broken = np.flatnonzero(usable & ~shapely.is_valid(shapes))
    reason[~np.isin(kinds, _POINTS + _LINES + _POLYGONS)] = "a collection of several kinds of geometry"
    reason[~finite] = "a coordinate is not a finite number"
    reason[finite & (np.abs(bounds) > MAX_COORDINATE).any(axis=1)] = OFF_EARTH
    reason[broken] = [f"invalid geometry: {why}" for why in shapely.is_valid_reason(shapes[broken])]
    reason[np.isin(kinds, _LINES) & finite & (shapely.length(shapes) == 0.0)] = "a line without length"
    reason[shapely.is_missing(shapes) | shapely.is_empty(shapes)] = "no geometry"
    return shapes, reason


def _unique_ids(frame: pd.DataFrame) -> NDArray[np.object_]:
    """Return the given id where it is the only one of its kind in the city, else class, layer and row."""
    ids = frame["id"].to_numpy(dtype=object, copy=True)
    doubled = frame["id"].isna().to_numpy() | frame["id"].duplicated(keep=False).to_numpy()
    used = set(ids[~doubled].tolist())
    layers = [source.rsplit(":", 1)[-1] for source in frame["source"]]
    classes, rows = frame["class"].tolist(), frame["row"].tolist()
    for i in np.flatnonzero(doubled):
        name = f"{classes[i]}:{layers[i]}:{rows[i]}"
        while name in used:
            name += "'"
        used.add(name)
        ids[i] = name
    return ids


def read_groups(table: Table, areas: gpd.GeoDataFrame, quarantine: Quarantine, notes: list[str]) -> gpd.GeoDataFrame:
    """Read villager groups given as polygons.

    Parameters
    ----------
    table : Table
        The source.
    areas : GeoDataFrame
        Areas, in the working coordinate system.
    quarantine : Quarantine
        Takes groups without a polygon or outside all areas.
    notes : list of str
        Told of groups whose area was found by position.

    Returns
    -------
    GeoDataFrame
        ``code, area_code, name, geometry``.

    Raises
    ------
    InputError
        The layer has no polygons or no codes, or one is invalid.
    """
    import geopandas as gpd

    label, names = table.source.label, list(table.frame.columns)
    columns = column_map(table.source, names)
    if "code" not in columns and "name" not in columns:
        raise missing_column(table.source, "code", names)
    if table.geometry is None:
        raise InputError("the groups have no geometry", file=label, mend="Name a file with polygons")
    shapes, reason = _geometries(table, columns, areas)
    reason[is_none(reason) & ~np.isin(shapely.get_type_id(shapes), _POLYGONS)] = "a group that is not a polygon"
    good = np.flatnonzero(is_none(reason))
    projected = project_geometries(table, shapes[good], str(areas.crs))
    area_code = _group_areas(table, columns, good, projected, areas, reason, notes)
    kept = is_none(reason[good])
    refused = np.flatnonzero(~is_none(reason))
    quarantine.add(table, refused, reason[refused])
    quarantine.add_broken(table)
    good = good[kept]
    empty = np.full(len(table), None, dtype=object)
    texts = {word: table.text(columns[word]) if word in columns else empty for word in ("code", "name")}
    code = np.where(is_none(texts["code"]), texts["name"], texts["code"])[good]
    name = np.where(is_none(texts["name"]), texts["code"], texts["name"])[good]
    frame = pd.DataFrame({"code": code, "area_code": area_code[kept], "name": name}, dtype=object)
    return gpd.GeoDataFrame(frame, geometry=projected[kept], crs=areas.crs)


def _group_areas(
    table: Table,
    columns: dict[str, str],
    good: NDArray[np.int64],
    projected: Geometries,
    areas: gpd.GeoDataFrame,
    reason: NDArray[np.object_],
    notes: list[str],
) -> NDArray[np.object_]:
    """Return the area of each group: the one it names, else the one most of it lies in."""
    known = set(areas["code"])
    named = np.full(len(table), None, dtype=object)
    if "area_code" in columns:
        named = table.text(columns["area_code"])
    result = np.array([code if code in known else None for code in named[good]], dtype=object)
    lost = np.flatnonzero(is_none(result))
    if not len(lost):
        return result
    shapes = np.asarray(areas.geometry.array, dtype=object)
    which, area = shapely.STRtree(shapes).query(projected[lost], predicate="intersects")
    common = shapely.area(shapely.intersection(projected[lost[which]], shapes[area]))
    for i in np.unique(which[common > 0]):
        mine = which == i
        result[lost[i]] = areas["code"].iloc[area[mine][common[mine].argmax()]]
    outside = is_none(result)
    reason[good[outside]] = "a group outside all areas"
    found = len(lost) - int(outside.sum())
    if found:
        notes.append(f"{table.source.label}: {found} groups name no known area, and count where they lie")
    return result
