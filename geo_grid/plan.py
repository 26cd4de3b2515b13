"""From zoned areas to the tables of a plan."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_grid.cells import dissolve
from geo_grid.codes import assign_codes
from geo_grid.elements import share_elements
from geo_grid.model import Plan
from geo_grid.schema import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from geo_grid.area import ZonedArea
    from geo_grid.codes import CodeProfile
    from geo_grid.model import CityInput
    from geo_grid.policy import Policies, Policy

LEVELS = (1, 2, 3)


@dataclass(frozen=True, slots=True)
class AreaFacts:
    """What the tables say of an area besides its zones.

    Parameters
    ----------
    code, name, kind : str
        As in the table ``areas``.
    policy : Policy
        Bands and roles of its kind.
    """

    code: str
    name: str
    kind: str
    policy: Policy


def assemble(
    city: CityInput,
    zoned: Sequence[ZonedArea],
    polygons: Sequence[NDArray[Any]],
    policies: Policies,
    profile: CodeProfile,
    meta: dict[str, Any],
) -> Plan:
    """Make the tables of a plan.

    Parameters
    ----------
    city : CityInput
        What was read.
    zoned : sequence of ZonedArea
        One an area, in the order of ``city.areas``.
    polygons : sequence of ndarray of Polygon
        Units of each area after neighbouring areas were stitched together.
    policies : Policies
        Bands and roles.
    profile : CodeProfile
        How grid codes are made.
    meta : dict
        Facts of the plan itself.

    Returns
    -------
    Plan
        All tables of :data:`geo_grid.schema.TABLES`.
    """
    parts = [
        _area_tables(facts, area, geoms, profile)
        for facts, area, geoms in zip(_facts(city, policies), zoned, polygons, strict=True)
    ]
    units = pd.concat([part.units for part in parts], ignore_index=True)
    grids = pd.concat([part.grids for part in parts], ignore_index=True)
    households = _households_table(city, zoned, units)
    _describe_units(units, households)
    tables: dict[str, Any] = {
        "areas": _areas_table(city, units),
        "units": _geo(units, city.crs),
        "grids": _geo(grids, city.crs),
        "exceptions": pd.concat([part.exceptions for part in parts], ignore_index=True),
        "households": _geo(households, city.crs),
        "quarantine": city.quarantine[TABLES["quarantine"].column_names].reset_index(drop=True),
    }
    tables |= _element_tables(city, tables["grids"], units)
    return Plan(city.crs, {name: _in_order(frame, name) for name, frame in tables.items()}, meta)


@dataclass(frozen=True, slots=True)
class _AreaTables:
    units: pd.DataFrame
    grids: pd.DataFrame
    exceptions: pd.DataFrame


def _facts(city: CityInput, policies: Policies) -> list[AreaFacts]:
    rows = zip(city.areas["code"], city.areas["name"], city.areas["kind"], strict=True)
    return [AreaFacts(code, name, kind, policies.of(kind)) for code, name, kind in rows]


def _area_tables(facts: AreaFacts, area: ZonedArea, polygons: NDArray[Any], profile: CodeProfile) -> _AreaTables:
    """Units, grids and exceptions of one area."""
    centres = shapely.centroid(polygons)
    codes = assign_codes(
        profile, facts.code, facts.kind, area.labels, shapely.get_x(centres), shapely.get_y(centres), area.households
    )
    grids = [_grids_of_level(facts, area, polygons, codes, level) for level in range(len(codes))]
    out = pd.concat(grids, ignore_index=True)
    exceptions = _exceptions_table(area, codes)
    out["status"] = np.where(
        out["code"].isin(exceptions["grid_code"]), "exception", np.where(out["low"].isna(), "given", "in_band")
    )
    return _AreaTables(_units_table(facts, area, polygons, codes), out, exceptions)


def _units_table(facts: AreaFacts, area: ZonedArea, polygons: NDArray[Any], codes: list[NDArray[Any]]) -> pd.DataFrame:
    count = len(polygons)
    number = np.arange(count)
    return pd.DataFrame(
        {
            "id": [f"{facts.code}-u{i:06d}" for i in number],
            "area_code": facts.code,
            **{
                f"grid_code_l{level}": codes[level - 1]
                if level <= len(codes)
                else pd.Series([None] * count, dtype="str")
                for level in LEVELS
            },
            "households": area.households,
            "stack_id": [
                f"{facts.code}-b{stack:06d}" if stack >= 0 else f"{facts.code}-c{i:06d}"
                for i, stack in zip(number, area.stack, strict=True)
            ],
            "group": pd.Series(area.group, dtype="str"),
            "exclave": area.exclave.astype(np.int64),
            "geom": polygons,
        }
    )


def _grids_of_level(
    facts: AreaFacts, area: ZonedArea, polygons: NDArray[Any], codes: list[NDArray[Any]], level: int
) -> pd.DataFrame:
    """Grids of one level (0 for the coarsest) of one area."""
    code, first, label = np.unique(codes[level], return_index=True, return_inverse=True)
    band, given = facts.policy.levels[level].band, area.given[level]
    return pd.DataFrame(
        {
            "code": code,
            "level": level + 1,
            "parent_code": codes[level - 1][first] if level else pd.Series([None] * len(code), dtype="str"),
            "area_code": facts.code,
            "name": [_name(facts, area, codes, level, i) for i in first],
            "role": facts.policy.levels[level].role,
            "households": np.bincount(label, weights=area.households).astype(np.int64),
            "low": pd.array([None if given else band.low] * len(code), dtype="Int64"),
            "high": pd.array([None if given else band.high] * len(code), dtype="Int64"),
            "geom": dissolve(polygons, label),
        }
    )


def _name(facts: AreaFacts, area: ZonedArea, codes: list[NDArray[Any]], level: int, unit: int) -> str:
    """Name a grid after its area, its villager group if one was given, and its numbers."""
    start = 1 if area.given[0] and area.group[unit] is not None else 0
    head = f"{facts.name} {area.group[unit]}" if start else facts.name
    numbers = []
    for depth in range(start, level + 1):
        parent = facts.code if depth == 0 else str(codes[depth - 1][unit])
        digits = "".join(c for c in str(codes[depth][unit])[len(parent) :] if c.isdigit())
        numbers.append(str(int(digits)))
    return " ".join(part for part in (head, "-".join(numbers)) if part)


def _exceptions_table(area: ZonedArea, codes: list[NDArray[Any]]) -> pd.DataFrame:
    rows = []
    for item in area.exceptions:
        unit = int(np.flatnonzero(area.labels[item.level - 1] == item.zone)[0])
        rows.append(
            (
                codes[item.level - 1][unit],
                item.level,
                item.reason,
                item.violation,
                item.smallest_violation,
                json.dumps(item.proof, ensure_ascii=False),
            )
        )
    return pd.DataFrame(rows, columns=TABLES["exceptions"].column_names)


def _households_table(city: CityInput, zoned: Sequence[ZonedArea], units: pd.DataFrame) -> pd.DataFrame:
    frame = city.households.rename(columns={"row": "source_row", "geometry": "geom"})
    position = np.full(len(frame), -1, dtype=np.int64)
    start = 0
    by_area = frame.groupby("area_code").indices
    for area in zoned:
        rows = by_area.get(area.code)
        if rows is not None:
            position[np.sort(rows)] = start + area.unit_of_household
        start += len(area.polygons)
    frame = pd.DataFrame(frame)
    frame["unit_id"] = units["id"].to_numpy()[position]
    return frame


def _describe_units(units: pd.DataFrame, households: pd.DataFrame) -> None:
    """Write each unit's building, entrance and floors, read off its households."""
    by_unit = households.groupby("unit_id", sort=False)
    facts = by_unit.agg(
        building=("building", "first"),
        entrance=("entrance", "first"),
        entrances=("entrance", "nunique"),
        floor_from=("floor", "min"),
        floor_to=("floor", "max"),
    ).reindex(units["id"])
    entrance = facts["entrance"].where(facts["entrances"] == 1)
    for name, values in (
        ("building", facts["building"]),
        ("entrance", entrance),
        ("floor_from", facts["floor_from"].astype("Int64")),
        ("floor_to", facts["floor_to"].astype("Int64")),
    ):
        units[name] = values.array


def _areas_table(city: CityInput, units: pd.DataFrame) -> gpd.GeoDataFrame:
    """Areas as stored: exactly the union of their units."""
    areas = city.areas
    label = pd.Index(areas["code"]).get_indexer(units["area_code"])
    frame = pd.DataFrame(areas[["code", "name", "kind", "parent_code", "border_shift"]])
    frame["households"] = np.bincount(label, weights=units["households"], minlength=len(frame)).astype(np.int64)
    frame["geom"] = dissolve(units["geom"].to_numpy(), label)
    frame["border_shift"] += _shift(frame["geom"].to_numpy(), areas.geometry.to_numpy())
    return _geo(frame, city.crs)


def _shift(stored: NDArray[Any], read: NDArray[Any]) -> NDArray[np.float64]:
    """Metres by which cutting cells moved each border: how far its vertices are from the border that was read."""
    borders = shapely.boundary(read)
    shapely.prepare(borders)
    vertices, area = shapely.get_coordinates(stored, return_index=True)
    distance = shapely.distance(shapely.points(vertices), borders[area])
    return np.maximum.reduceat(distance, np.searchsorted(area, np.arange(len(stored))))


def _element_tables(city: CityInput, grids: gpd.GeoDataFrame, units: pd.DataFrame) -> dict[str, Any]:
    shared = share_elements(city.elements, leaf_grids(units, grids, city.crs))
    return {"elements": shared.elements, "element_shares": shared.shares}


def leaf_grids(units: pd.DataFrame, grids: pd.DataFrame, crs: str) -> gpd.GeoDataFrame:
    """Return the finest grids, as :func:`geo_grid.elements.share_elements` wants them.

    Parameters
    ----------
    units, grids : DataFrame
        Rows of those tables, all of some areas.
    crs : str
        Coordinate system of the plan.

    Returns
    -------
    GeoDataFrame
        ``area_code, l1, l2, l3, code, geom``, one row a finest grid.
    """
    codes = units[["area_code", *(f"grid_code_l{level}" for level in LEVELS)]]
    codes = codes.set_axis(["area_code", "l1", "l2", "l3"], axis=1)
    codes["code"] = codes["l3"].fillna(codes["l2"])
    leaf = codes.drop_duplicates("code").merge(grids[["code", "geom"]], on="code", how="left")
    return gpd.GeoDataFrame(leaf, geometry="geom", crs=crs)


def _geo(frame: Any, crs: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(frame, geometry="geom", crs=crs)


def _in_order(frame: Any, table: str) -> Any:
    return frame[TABLES[table].column_names].reset_index(drop=True)
