"""The frames all exports are made of: what may leave the store, in the coordinates wanted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_grid.errors import UsageError
from geo_grid.exchange.words import reason_text
from geo_grid.read.coordinates import transformer
from geo_grid.read.datum import from_wgs84

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.model import Plan

#: Coordinate systems in degrees that a file can name.
SYSTEMS = {"WGS84": "EPSG:4326", "CGCS2000": "EPSG:4490"}
#: Kinds of elements: layer, unit of measure, what its geometries are gathered in.
ELEMENT_LAYERS = {"elements_areas": "m2", "elements_lines": "m", "elements_points": "count"}
#: Columns of the grids in every format, before geometry.
GRID_COLUMNS = (
    "code",
    "level",
    "parent_code",
    "area_code",
    "area_name",
    "name",
    "role",
    "households",
    "low",
    "high",
    "status",
    "reason",
)
AREA_COLUMNS = ("code", "name", "kind", "parent_code", "households", "border_shift")
ELEMENT_COLUMNS = ("id", "class", "name", "measure", "measure_unit", "outside")
SHARE_COLUMNS = ("element_id", "grid_code", "level", "measure", "held")
_LONGEST_REASON = 500


def levels_of(plan: Plan, level: int | None) -> list[int]:
    """Return the levels to be exported.

    Parameters
    ----------
    plan : Plan
        With the table ``grids``.
    level : int or None
        The only level wanted; None for all.

    Returns
    -------
    list of int
        Levels that have grids, coarsest first.

    Raises
    ------
    UsageError
        There are no grids of that level.
    """
    found = sorted(int(value) for value in plan["grids"]["level"].unique())
    if level is None:
        return found
    if level not in found:
        listed = ", ".join(map(str, found)) or "none"
        raise UsageError(f"there are no grids of level {level}", mend=f"Levels are {listed}.")
    return [level]


def grids_of(plan: Plan, level: int | None = None) -> gpd.GeoDataFrame:
    """Return grids with the name of their area, and why they are out of band.

    Parameters
    ----------
    plan : Plan
        With the tables ``areas``, ``grids`` and ``exceptions``.
    level : int or None
        Level wanted; None for all.

    Returns
    -------
    GeoDataFrame
        :data:`GRID_COLUMNS` and ``geom``, ordered by code within each level; ``reason`` is the word of
        :data:`geo_grid.schema.REASONS`, or what was written by hand.
    """
    grids = plan["grids"]
    if level is not None:
        grids = grids[grids["level"] == level]
    grids = grids.sort_values(["level", "code"], kind="stable").reset_index(drop=True)
    names = dict(zip(plan["areas"]["code"], plan["areas"]["name"], strict=True))
    reasons = _reasons(plan["exceptions"])
    grids = grids.assign(
        area_name=pd.Series([names.get(code) for code in grids["area_code"]], dtype="str"),
        reason=pd.Series([reasons.get(code) for code in grids["code"]], dtype="str"),
    )
    return grids[[*GRID_COLUMNS, "geom"]]


def _reasons(exceptions: pd.DataFrame) -> dict[str, str]:
    """Return the reason of every exception by grid: its word, or what an office wrote."""
    found = {}
    for grid, reason, proof in zip(exceptions["grid_code"], exceptions["reason"], exceptions["proof"], strict=True):
        found[grid] = (written_reason(proof) or reason) if reason == "decided" else reason
    return found


def written_reason(proof: Any) -> str | None:
    """Take the words out of the proof of a grid that was excused by hand.

    Parameters
    ----------
    proof : str
        JSON of the table ``exceptions``.

    Returns
    -------
    str or None
        What was written.
    """
    try:
        value = json.loads(proof)
    except (TypeError, ValueError):
        return None
    words = value.get("words") if isinstance(value, dict) else None
    return words[:_LONGEST_REASON] if isinstance(words, str) and words.strip() else None


def reason_words(reason: Any, lang: str) -> str | None:
    """Say a reason in words.

    Parameters
    ----------
    reason : str or missing
        As in the column ``reason`` of :func:`grids_of`.
    lang : str
        "zh" or "en".

    Returns
    -------
    str or None
        Words; None where there is no reason.
    """
    return reason_text(reason, lang) if isinstance(reason, str) else None


def elements_by_kind(plan: Plan) -> dict[str, gpd.GeoDataFrame]:
    """Return elements, one layer a kind of geometry, without where they were read from.

    Parameters
    ----------
    plan : Plan
        With the table ``elements``.

    Returns
    -------
    dict of str to GeoDataFrame
        :data:`ELEMENT_COLUMNS` and ``geom`` by layer; kinds without elements are left out.
    """
    elements = plan["elements"]
    layers = {}
    for layer, unit in ELEMENT_LAYERS.items():
        part = elements[elements["measure_unit"] == unit]
        if len(part):
            shapes = gathered(part["geom"].to_numpy(), unit)
            part = pd.DataFrame(part[list(ELEMENT_COLUMNS)]).reset_index(drop=True)
            layers[layer] = gpd.GeoDataFrame(part.assign(geom=shapes), geometry="geom", crs=plan.crs)
    return layers


def gathered(geometry: NDArray[Any], unit: str) -> NDArray[Any]:
    """Write single geometries as collections of one, so that a layer is of one type.

    Parameters
    ----------
    geometry : ndarray of geometry
        Polygons, lines or points, single or several.
    unit : str
        "m2", "m" or "count".

    Returns
    -------
    ndarray of geometry
        MultiPolygons, MultiLineStrings, or MultiPoints.
    """
    gather: Any
    single, gather = {
        "m2": (shapely.GeometryType.POLYGON, shapely.multipolygons),
        "m": (shapely.GeometryType.LINESTRING, shapely.multilinestrings),
        "count": (shapely.GeometryType.POINT, shapely.multipoints),
    }[unit]
    out = np.array(geometry, dtype=object)
    lone = np.flatnonzero(shapely.get_type_id(out) == single)
    if len(lone):
        out[lone] = gather(out[lone], indices=np.arange(len(lone)))
    return out


def shares_of(plan: Plan, levels: list[int]) -> pd.DataFrame:
    """Return what each grid of some levels looks after.

    Parameters
    ----------
    plan : Plan
        With the table ``element_shares``.
    levels : list of int
        Levels wanted.

    Returns
    -------
    DataFrame
        :data:`SHARE_COLUMNS` and ``geom``.
    """
    shares = plan["element_shares"]
    return shares[shares["level"].isin(levels)][[*SHARE_COLUMNS, "geom"]].reset_index(drop=True)


def in_system(frame: gpd.GeoDataFrame, crs: str, datum: str | None) -> gpd.GeoDataFrame:
    """Turn a layer into degrees, where a datum is asked for.

    Parameters
    ----------
    frame : GeoDataFrame
        In the plan's coordinate system, geometry in ``geom``.
    crs : str
        The plan's coordinate system.
    datum : {"WGS84", "CGCS2000"} or None
        None leaves the layer as it is.

    Returns
    -------
    GeoDataFrame
        A new frame whose coordinate system is what its coordinates are.
    """
    if datum is None:
        return frame
    shapes = in_degrees(frame["geom"].to_numpy(), crs, datum)
    return gpd.GeoDataFrame(frame.drop(columns="geom").assign(geom=shapes), geometry="geom", crs=SYSTEMS[datum])


def in_degrees(geometry: NDArray[Any], crs: str, datum: str) -> NDArray[Any]:
    """Turn geometries into longitude and latitude.

    Parameters
    ----------
    geometry : ndarray of geometry
        In the plan's coordinate system.
    crs : str
        The plan's coordinate system.
    datum : {"WGS84", "CGCS2000", "GCJ02", "BD09"}
        Datum wanted.

    Returns
    -------
    ndarray of geometry
        The same in degrees.
    """
    turn = transformer(crs, SYSTEMS.get(datum, SYSTEMS["WGS84"]))

    def shift(places: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = turn.transform(places[:, 0], places[:, 1])
        return np.column_stack(from_wgs84(lon, lat, datum))

    return np.asarray(shapely.transform(np.asarray(geometry, dtype=object), shift), dtype=object)


def facts_of(plan: Plan, version: int | str | None) -> dict[str, str]:
    """Say in an exported file what it is an export of; nothing here names a file or a household.

    Parameters
    ----------
    plan : Plan
        With the table ``areas``.
    version : int, str or None
        Published version; None for the draft.

    Returns
    -------
    dict of str to str
        Key and text.
    """
    codes = plan["areas"]["code"]
    facts = {
        "generator": "geo-grid export",
        "plan": str(plan.meta.get("name") or ""),
        "area": str(codes.iloc[0]) if len(codes) == 1 else "",
        "version": "" if version is None else str(version),
        "crs": plan.crs,
        "built_at": str(plan.meta.get("built_at") or ""),
        "program": str(plan.meta.get("program_version") or ""),
    }
    if plan.meta.get("sample"):
        facts["sample"] = "1"
    return facts
