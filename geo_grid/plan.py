"""From zoned areas to the tables of a plan."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_grid.cells.unions import unite_levels
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
    units, grids = _frame([part.units for part in parts]), _frame([grid for part in parts for grid in part.grids])
    exceptions = pd.DataFrame(
        [row for part in parts for row in part.exceptions], columns=TABLES["exceptions"].column_names, dtype=object
    )
    grids["status"] = np.where(
        grids["code"].isin(exceptions["grid_code"]), "exception", np.where(grids["low"].isna(), "given", "in_band")
    )
    households = _households_table(city, zoned, units)
    _describe_units(units, households)
    tables: dict[str, Any] = {
        "areas": _areas_table(city, units, [part.whole for part in parts]),
        "units": _geo(units, city.crs),
        "grids": _geo(grids, city.crs),
        "exceptions": exceptions,
        "households": _geo(households, city.crs),
        "quarantine": city.quarantine[TABLES["quarantine"].column_names].reset_index(drop=True),
    }
    tables |= _element_tables(city, tables["grids"], units)
    return Plan(city.crs, {name: _in_order(frame, name) for name, frame in tables.items()}, meta)


#: Columns of a table by name; frames are made once for all areas, for a frame costs more than what is in it.
_Columns = dict[str, Any]
_TEXTS = frozenset(
    column.name for table in ("units", "grids") for column in TABLES[table].columns if column.type == "text"
)


@dataclass(frozen=True, slots=True)
class _AreaTables:
    whole: Any
    units: _Columns
    grids: list[_Columns]
    exceptions: list[tuple[Any, ...]]


def _frame(parts: Sequence[_Columns]) -> pd.DataFrame:
    """Put columns of many areas below each other."""
    columns: _Columns = {}
    for name in parts[0] if parts else ():
        pieces = [part[name] for part in parts]
        if name in _TEXTS:
            texts = np.concatenate([np.asarray(piece, dtype=object) for piece in pieces])
            columns[name] = pd.Series(texts, dtype="str")
        else:
            columns[name] = np.concatenate(pieces)
            if name in ("low", "high"):  # nothing, where a villager group was given
                columns[name] = pd.array(columns[name], dtype="Int64")
    return pd.DataFrame(columns)


def _facts(city: CityInput, policies: Policies) -> list[AreaFacts]:
    rows = zip(city.areas["code"], city.areas["name"], city.areas["kind"], strict=True)
    return [AreaFacts(code, name, kind, policies.of(kind)) for code, name, kind in rows]


def _area_tables(facts: AreaFacts, area: ZonedArea, polygons: NDArray[Any], profile: CodeProfile) -> _AreaTables:
    """Units, grids and exceptions of one area."""
    centres = shapely.centroid(polygons)
    codes = assign_codes(
        profile, facts.code, facts.kind, area.labels, shapely.get_x(centres), shapely.get_y(centres), area.households
    )
    distinct = [np.unique(row, return_index=True, return_inverse=True) for row in codes]
    labels = np.array([np.zeros(len(polygons), dtype=np.int64), *(label for _, _, label in distinct)])
    whole, *united = unite_levels(polygons, labels)
    grids = [_grids_of_level(facts, area, codes, level, distinct[level], united[level]) for level in range(len(codes))]
    return _AreaTables(whole[0], _units_columns(facts, area, polygons, codes), grids, _exception_rows(area, codes))


def _units_columns(facts: AreaFacts, area: ZonedArea, polygons: NDArray[Any], codes: list[NDArray[Any]]) -> _Columns:
    count = len(polygons)
    none = np.full(count, None, dtype=object)
    return {
        "id": [f"{facts.code}-u{i:06d}" for i in range(count)],
        "area_code": np.full(count, facts.code, dtype=object),
        **{f"grid_code_l{level}": codes[level - 1] if level <= len(codes) else none for level in LEVELS},
        "households": area.households,
        "stack_id": [
            f"{facts.code}-b{stack:06d}" if stack >= 0 else f"{facts.code}-c{i:06d}"
            for i, stack in enumerate(area.stack.tolist())
        ],
        "group": area.group,
        "exclave": area.exclave.astype(np.int64),
        "geom": polygons,
    }


def _grids_of_level(
    facts: AreaFacts,
    area: ZonedArea,
    codes: list[NDArray[Any]],
    level: int,
    distinct: tuple[NDArray[Any], NDArray[np.int64], NDArray[np.int64]],
    united: NDArray[Any],
) -> _Columns:
    """Grids of one level (0 for the coarsest) of one area: distinct codes, a unit of each, the grid of each unit; shapes."""
    code, first, label = distinct
    band, count = facts.policy.levels[level].band, len(code)
    low, high = (np.nan, np.nan) if area.given[level] else (band.low, band.high)
    return {
        "code": code,
        "level": np.full(count, level + 1, dtype=np.int64),
        "parent_code": codes[level - 1][first] if level else np.full(count, None, dtype=object),
        "area_code": np.full(count, facts.code, dtype=object),
        "name": [_name(facts, area, codes, level, i) for i in first],
        "role": np.full(count, facts.policy.levels[level].role, dtype=object),
        "households": np.bincount(label, weights=area.households).astype(np.int64),
        "low": np.full(count, low, dtype=np.float64),
        "high": np.full(count, high, dtype=np.float64),
        "geom": united,
    }


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


def _exception_rows(area: ZonedArea, codes: list[NDArray[Any]]) -> list[tuple[Any, ...]]:
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
    return rows


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


def _areas_table(city: CityInput, units: pd.DataFrame, whole: list[Any]) -> gpd.GeoDataFrame:
    """Areas as stored: exactly the union of their units."""
    areas = city.areas
    label = pd.Index(areas["code"]).get_indexer(units["area_code"])
    frame = pd.DataFrame(areas[["code", "name", "kind", "parent_code", "border_shift"]])
    frame["households"] = np.bincount(label, weights=units["households"], minlength=len(frame)).astype(np.int64)
    frame["geom"] = np.fromiter(whole, dtype=object, count=len(whole))
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
