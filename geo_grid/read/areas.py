"""Areas: checked row by row, noded together once, and free of overlaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.errors import InputError
from geo_grid.read.coordinates import auto_crs, is_lon_lat, project, project_geometries
from geo_grid.read.limits import BORDER_TOLERANCE, LISTED, MAX_REACH
from geo_grid.read.noding import node_together
from geo_grid.read.overlaps import resolve_overlaps
from geo_grid.read.table import column_map, is_none, missing_column
from geo_grid.read.words import KINDS, fold

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geo_grid.read.quarantine import Quarantine
    from geo_grid.read.table import Geometries, Table

_DEGREE = 111_320.0  # metres per degree of a great circle


@dataclass(slots=True)
class AreaRows:
    """Areas as their rows say, before their borders are looked at.

    Parameters
    ----------
    table : Table
        The rows that have territory.
    attributes : DataFrame
        ``code, name, kind, parent_code``; ``kind`` is None where the word is unknown.
    faults : list of InputError
        Everything that forbids to go on.
    """

    table: Table
    attributes: pd.DataFrame
    faults: list[InputError]


def read_area_rows(table: Table, quarantine: Quarantine) -> AreaRows:
    """Understand the attributes of areas and look for faults, without raising any.

    Parameters
    ----------
    table : Table
        The areas' source.
    quarantine : Quarantine
        Takes rows without territory.

    Returns
    -------
    AreaRows
        What was understood, and what is wrong.
    """
    label = table.source.label
    if table.geometry is None:
        mend = "Name a file with polygons"
        raise InputError("the areas have no geometry", file=label, mend=mend)
    empty = np.flatnonzero(shapely.is_missing(table.geometry) | shapely.is_empty(table.geometry))
    quarantine.add(table, empty, ["an area without territory: its geometry is empty"] * len(empty))
    table = table.take(np.setdiff1d(np.arange(len(table)), empty))
    if not len(table):
        raise InputError("the layer is empty: it has no areas", file=label, mend="Check layer and where")
    attributes, faults = _attributes(table)
    faults += [*_code_faults(table, attributes), *_geometry_faults(table, attributes)]
    return AreaRows(table, attributes, faults)


def _attributes(table: Table) -> tuple[pd.DataFrame, list[InputError]]:
    names = list(table.frame.columns)
    columns = column_map(table.source, names)
    faults: list[InputError] = []
    if "code" not in columns:
        raise missing_column(table.source, "code", names)
    empty = np.full(len(table), None, dtype=object)
    texts = {word: table.text(columns[word]) if word in columns else empty for word in ("name", "parent_code")}
    code = table.text(columns["code"])
    kind, kind_faults = _kinds(table, columns)
    faults += kind_faults
    name = np.where(pd.isna(texts["name"]), code, texts["name"])
    frame = pd.DataFrame({"code": code, "name": name, "kind": kind, "parent_code": texts["parent_code"]}, dtype=object)
    return frame, faults


def _kinds(table: Table, columns: dict[str, str]) -> tuple[NDArray[Any], list[InputError]]:
    source = table.source
    if source.kind is not None:
        return np.full(len(table), source.kind, dtype=object), []
    if "kind" not in columns:
        mend = 'Add kind = "urban" or kind = "rural" to [inputs.areas], or name the column under [inputs.areas.columns]'
        fault = InputError("the areas do not say whether they are urban or rural", file=source.label, mend=mend)
        return np.full(len(table), None, dtype=object), [fault]
    words = table.text(columns["kind"])
    folded = {fold(word): kind for word, kind in KINDS.items()}
    kinds = np.array([None if word is None else folded.get(fold(word)) for word in words], dtype=object)
    unknown = np.flatnonzero(is_none(kinds))
    mend = "Use urban or rural (城市, 社区, 农村, 行政村, 村 are understood too)"
    faults = [
        InputError(
            f"unknown kind {words[i]!r}", file=source.label, row=int(table.rows[i]), column=columns["kind"], mend=mend
        )
        for i in unknown[:LISTED]
    ]
    return kinds, faults


def _code_faults(table: Table, attributes: pd.DataFrame) -> list[InputError]:
    label, code = table.source.label, attributes["code"]
    faults = [
        InputError(
            "an area without a code", file=label, row=int(table.rows[i]), mend="Give every area a code of its own"
        )
        for i in np.flatnonzero(code.isna())[:LISTED]
    ]
    doubled = code[code.notna() & code.duplicated(keep=False)]
    for value, index in list(doubled.groupby(doubled).groups.items())[:LISTED]:
        rows = ", ".join(str(table.rows[i]) for i in index)
        mend = "Give every area a code of its own, and join the parts of one area into one row"
        faults.append(InputError(f"the code {value!r} is given {len(index)} times", file=label, row=rows, mend=mend))
    return faults


def _geometry_faults(table: Table, attributes: pd.DataFrame) -> list[InputError]:
    label, shapes = table.source.label, table.geometry
    assert shapes is not None  # noqa: S101 - the caller has seen to it
    types = shapely.get_type_id(shapes)
    faults = []
    for i in np.flatnonzero(~np.isin(types, (3, 6)))[:LISTED]:
        message = f"area {attributes['code'][i]!r} is a {shapes[i].geom_type}, not a polygon"
        faults.append(InputError(message, file=label, row=int(table.rows[i]), mend="Draw its territory as a polygon"))
    finite = np.isfinite(shapely.bounds(shapes)).all(axis=1)
    for i in np.flatnonzero(np.isin(types, (3, 6)) & ~(finite & shapely.is_valid(shapes)))[:LISTED]:
        why = shapely.is_valid_reason(shapes[i]) if finite[i] else "a coordinate is not a finite number"
        message = f"the border of area {attributes['code'][i]!r} is invalid: {why}"
        mend = "Correct the drawing; it is not repaired by guesses"
        faults.append(InputError(message, file=label, row=int(table.rows[i]), mend=mend))
    return faults


def working_crs(table: Table, wanted: str) -> str:
    """Return the working coordinate system of a city.

    Parameters
    ----------
    table : Table
        The areas, with valid geometries.
    wanted : str
        "auto" or "EPSG:…".

    Returns
    -------
    str
        A projected system in metres, as "EPSG:…".

    Raises
    ------
    InputError
        The coordinates are none of the system the file declares.
    """
    lon, lat = middle(table)
    return auto_crs(lon, lat) if wanted == "auto" else wanted


def middle(table: Table) -> tuple[float, float]:
    """Return the middle of the areas.

    Parameters
    ----------
    table : Table
        The areas.

    Returns
    -------
    lon, lat : float
        Degrees, WGS84.

    Raises
    ------
    InputError
        The coordinates are none of the system the file declares.
    """
    west, south, east, north = shapely.total_bounds(table.geometry)
    beyond = is_lon_lat(table) and (west < -180 or east > 180 or south < -90 or north > 90)
    centres = shapely.bounds(table.geometry).reshape(-1, 2, 2).mean(axis=1)
    x, y = np.median(centres, axis=0)  # one area drawn at the end of the world must not move the city
    lon, lat = project(table, np.array([x]), np.array([y]), "EPSG:4326")
    if beyond or not (np.isfinite(lon[0]) and np.isfinite(lat[0])):
        swapped = beyond and west >= -90 and east <= 90 and south >= -180 and north <= 180
        message = f"coordinates such as {west:.6g}, {south:.6g} are none of the declared coordinate system"
        if swapped:
            message = "longitude and latitude are swapped"
        mend = (
            "Write longitude before latitude"
            if swapped
            else 'Correct crs under [inputs.areas], for instance "EPSG:4546"'
        )
        raise InputError(message, file=table.source.label, mend=mend)
    return float(lon[0]), float(lat[0])


def node_areas(rows: AreaRows, crs: str, notes: list[str]) -> gpd.GeoDataFrame:
    """Node all areas together in the working coordinate system, and give each piece of land to one of them.

    Parameters
    ----------
    rows : AreaRows
        Areas without faults.
    crs : str
        Working coordinate system.
    notes : list of str
        Told who gets land that two areas claim.

    Returns
    -------
    GeoDataFrame
        ``code, name, kind, parent_code, border_shift, geometry``: a valid coverage.

    Raises
    ------
    OverlapError
        Areas overlap, and the configuration does not say which wins.
    InputError
        Borders cannot be made to agree.
    """
    import geopandas as gpd

    shapes, shift = node_borders(rows, crs)
    if faults := projection_faults(rows, shapes):
        raise faults[0]
    sound = bool(shapely.coverage_is_valid(shapes))
    if not sound:
        shapes = resolve_overlaps(rows.table, rows.attributes["code"].tolist(), shapes, notes)
        shapes, further = node_together(shapes, BORDER_TOLERANCE / 4, np.ones(2))
        shift = shift + further
    _require_coverage(rows, shapes, sound=sound)
    single = shapely.get_num_geometries(shapes) == 1
    shapes[single] = shapely.get_geometry(shapes[single], 0)
    frame = rows.attributes.assign(border_shift=shift)
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=crs)


def projection_faults(rows: AreaRows, shapes: Geometries) -> list[InputError]:
    """Look for areas that are not where a projection of the city could show them.

    Parameters
    ----------
    rows : AreaRows
        The areas.
    shapes : ndarray of MultiPolygon, shape (n,)
        Their polygons in the working coordinate system.

    Returns
    -------
    list of InputError
        One an area that is too far away, or nowhere.
    """
    bounds = shapely.bounds(shapes)
    far = ~np.isfinite(bounds).all(axis=1)
    if not far.all():
        middle_of_all = np.median(bounds[~far], axis=0)
        far[~far] = np.abs(bounds[~far] - middle_of_all).max(axis=1) > MAX_REACH
    mend = "Correct its coordinates, or crs under [inputs.areas]"
    return [
        InputError(
            f"area {rows.attributes['code'][i]!r} is more than {MAX_REACH / 1000:.0f} km from the others, or nowhere",
            file=rows.table.source.label,
            row=int(rows.table.rows[i]),
            mend=mend,
        )
        for i in np.flatnonzero(far)[:LISTED]
    ]


def node_borders(rows: AreaRows, crs: str) -> tuple[Geometries, NDArray[np.float64]]:
    """Node areas in their source's own coordinates, then project them vertex by vertex.

    A vertex on a neighbour's straight border is on it in the coordinates it was drawn in; projected, the straight
    line between the ends would pass beside it.

    Parameters
    ----------
    rows : AreaRows
        Areas with valid polygons.
    crs : str
        Working coordinate system.

    Returns
    -------
    shapes : ndarray of MultiPolygon, shape (n,)
        Noded, in metres; they may still overlap.
    shift : ndarray of float64, shape (n,)
        How far (m) each border moved at most.
    """
    table = rows.table
    assert table.geometry is not None  # noqa: S101 - areas without are refused before
    unit = np.ones(2)
    if is_lon_lat(table):
        unit = _DEGREE * np.array([np.cos(np.radians(middle(table)[1])), 1.0])
    shapes, shift = node_together(table.geometry, BORDER_TOLERANCE, unit)
    if shift.max() > BORDER_TOLERANCE:
        # moves added up beyond the promise; with half the reach, of a move and an insertion, they cannot
        shapes, shift = node_together(table.geometry, BORDER_TOLERANCE / 2, unit)
    return project_geometries(table, shapes, crs), shift


def _require_coverage(rows: AreaRows, shapes: Geometries, *, sound: bool) -> None:
    """Refuse areas that are no coverage; whether they are one may be known."""
    codes, label = rows.attributes["code"], rows.table.source.label
    for i in np.flatnonzero(~shapely.is_valid(shapes) | shapely.is_empty(shapes))[:1]:
        why = shapely.is_valid_reason(shapes[i])
        message = f"area {codes[i]!r} is narrower than {BORDER_TOLERANCE * 1000:g} mm at a place, or nearly crosses itself: {why}"
        raise InputError(message, file=label, row=int(rows.table.rows[i]), mend="Correct the drawing there")
    if sound or shapely.coverage_is_valid(shapes):
        return
    bad = np.flatnonzero(~shapely.is_empty(shapely.coverage_invalid_edges(shapes)))
    listed = ", ".join(str(codes[i]) for i in bad[:LISTED])
    mend = "Draw their common border once, for both sides"
    raise InputError(f"the borders of areas {listed} cannot be brought together", file=label, mend=mend)
