"""A small plan made by hand of squares, valid in every respect: what the tests of store, check, report and map start from
(``from plans import tiny_plan``).

Four areas of 100 m squares beside each other:

- 凤山社区 (urban, 600 households): 2 / 8 / 40 grids, all in band; a building cut by floors, a park, an exclave;
- 河湾社区 (urban, 510 households): 1 / 6 / 34 grids; level 1 cannot meet its band (``count_gap``);
- 岭上村 (rural, 63 households): four given villager groups, one too small, one in two pieces;
- 荒坡村 (rural): nobody lives there.
"""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo_grid.model import Plan
from geo_grid.schema import TABLES, Table

CRS = "EPSG:4546"
ORIGIN = (511_000.0, 4_154_000.0)  # beside Lishi, 111 E zone
SIDE = 100.0

URBAN_1, URBAN_2, VILLAGE, EMPTY = "141102901001", "141102901002", "141102901201", "141102901202"
NAMES = {URBAN_1: "凤山社区", URBAN_2: "河湾社区", VILLAGE: "岭上村", EMPTY: "荒坡村"}
BANDS = {"urban": [[300, 500], [50, 100], [10, 20]], "rural": [[40, 80], [10, 20]]}
ROLES = {"urban": ["网格员", "网格助理员", "网格联络员"], "rural": ["网格员", "网格联络员"]}


class Cell(NamedTuple):
    """One unit, in squares."""

    area: str
    box: tuple[float, float, float, float]
    grids: tuple[str, ...]
    households: int
    stack: str = ""
    building: str | None = None
    floors: tuple[int, int] | None = None
    group: str | None = None
    exclave: int = 0


def tiny_plan() -> Plan:
    """Return the plan; every call gives a copy of its own, so a test may change it."""
    plan = _built()
    return Plan(plan.crs, {name: frame.copy() for name, frame in plan.tables.items()}, deepcopy(plan.meta))


@cache
def _built() -> Plan:
    cells = [*_urban_1(), *_urban_2(), *_village(), _empty()]
    units = _units(cells)
    areas = _areas(units)
    grids = _grids(units, areas)
    elements, shares = _elements(grids)
    households = _households(units)
    quarantine = pd.DataFrame(
        {
            "source": ["households.csv", "households.csv"],
            "row": [1174, 1175],
            "reason": ["outside all areas", "no coordinates"],
            "raw": [json.dumps({"id": "h1174", "lon": 0, "lat": 0}), json.dumps({"id": "h1175"})],
        }
    )
    tables: dict[str, Any] = {
        "areas": areas,
        "units": units,
        "grids": grids,
        "exceptions": _exceptions(grids),
        "elements": elements,
        "element_shares": shares,
        "households": households,
        "quarantine": quarantine,
    }
    placed = len(households)
    meta = {
        "name": "样例市",
        "crs": CRS,
        "sample": True,
        "policy": {
            kind: {"bands": BANDS[kind], "roles": ROLES[kind], "keep_whole": "prefer", "given_groups": kind == "rural"}
            for kind in BANDS
        },
        "code_profile": {"area_digits": 12, "levels": {"urban": [3, 2, 2], "rural": [3, 2]}, "separator": ""},
        "barriers": {"river": 1.0, "road": 0.5},
        "household_rows": {"read": placed + 2, "placed": placed, "quarantined": 2},
        "read_rows": {"areas.gpkg": 4, "households.csv": placed + 2, "elements.gpkg": len(elements)},
        "built_at": "2025-01-01T00:00:00+00:00",
        "program_version": "0.1.0",
        "schema_version": 1,
        "seed": 0,
        "notes": [],
    }
    return Plan(CRS, {name: typed(TABLES[name], frame) for name, frame in tables.items()}, meta)


def typed(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Give the columns the order and the types of the schema."""
    out = {}
    for column in table.columns:
        kind = {"text": "str", "real": "float64", "int": "Int64" if column.null else "int64"}[column.type]
        out[column.name] = frame[column.name].astype(kind)
    if table.geometry is None:
        return pd.DataFrame(out).reset_index(drop=True)
    geometry = gpd.GeoSeries(frame["geom"].to_numpy(), crs=CRS)
    return gpd.GeoDataFrame(pd.DataFrame(out).reset_index(drop=True).assign(geom=geometry), geometry="geom", crs=CRS)


def _square(x: float, y: float, x2: float | None = None, y2: float | None = None) -> tuple[float, float, float, float]:
    return (x, y, x + 1 if x2 is None else x2, y + 1 if y2 is None else y2)


def _urban_1() -> list[Cell]:
    cells = []
    for row in range(4):
        for column in range(10):
            half, place = divmod(column, 5)
            top = f"{URBAN_1}{half + 1:03d}"
            codes = (top, f"{top}{row + 1:02d}", f"{top}{row + 1:02d}{place + 1:02d}")
            box = _square(column, row)
            if (row, column) in {(0, 0), (0, 1)}:  # one building, cut between its third and fourth floor
                cells.append(Cell(URBAN_1, box, codes, 15, "s-1", "1号楼", (1 + 3 * column, 3 + 3 * column)))
            elif (row, column) in {(0, 2), (0, 3)}:  # two houses; a house and a park
                first, second = ((7, 8), (15, 0))[column - 2]
                cells.append(Cell(URBAN_1, _square(column, row, column + 0.5), codes, first))
                cells.append(Cell(URBAN_1, _square(column + 0.5, row, column + 1), codes, second))
            else:
                cells.append(Cell(URBAN_1, box, codes, 15, building=f"{row}{column}号楼", floors=(1, 5)))
    top = f"{URBAN_1}002"
    cells.append(Cell(URBAN_1, _square(12, -2, 14), (top, f"{top}01", f"{top}0105"), 0, exclave=1))
    return cells


def _urban_2() -> list[Cell]:
    top = f"{URBAN_2}001"
    ends = np.cumsum([6, 6, 6, 6, 5, 5])
    cells = []
    for i in range(35):  # like an ox ploughs, so that every run of squares is connected
        row, place = divmod(i, 7)
        column = 10 + (place if row % 2 == 0 else 6 - place)
        home = min(i, 33)  # the last square is empty and belongs to its neighbour's grid
        group = int(np.searchsorted(ends, home, side="right"))
        first = int(ends[group - 1]) if group else 0
        middle = f"{top}{group + 1:02d}"
        leaf = f"{middle}{home - first + 1:02d}"
        cells.append(Cell(URBAN_2, _square(column, row), (top, middle, leaf), 15 if i < 34 else 0))
    return cells


def _village() -> list[Cell]:
    # group, columns, households by square from the south-west, level-2 grid by square
    groups = (
        ("一组", (0, 1, 2), (4, 4, 4, 3, 3, 3, 3, 3, 3), (1, 1, 1, 1, 2, 2, 2, 2, 2)),
        ("二组", (3, 4), (1, 1, 2, 0, 1, 1), (1,) * 6),
        ("三组", (5, 6), (2, 2, 2, 2, 2, 2), (1,) * 6),
        ("四组", (7,), (4, 0, 6), (1,) * 3),
        ("三组", (8, 9), (1, 1, 1, 1, 1, 0), (2,) * 6),
    )
    numbers = {"一组": 1, "二组": 2, "三组": 3, "四组": 4}
    cells = []
    for name, columns, households, second in groups:
        top = f"{VILLAGE}{numbers[name]:03d}"
        for i, count in enumerate(households):
            row, place = divmod(i, len(columns))
            codes = (top, f"{top}{second[i]:02d}")
            cells.append(Cell(VILLAGE, _square(columns[place], 4 + row), codes, count, group=name))
    return cells


def _empty() -> Cell:
    return Cell(EMPTY, _square(0, 7, 10), (f"{EMPTY}001", f"{EMPTY}00101"), 0)


def _units(cells: list[Cell]) -> gpd.GeoDataFrame:
    boxes = np.array([cell.box for cell in cells]) * SIDE
    geometry = noded(shapely.box(*(boxes + np.tile(ORIGIN, 2)).T))
    rows = [
        {
            "id": f"{cell.area}-u{i:03d}",
            "area_code": cell.area,
            "grid_code_l1": cell.grids[0],
            "grid_code_l2": cell.grids[1],
            "grid_code_l3": cell.grids[2] if len(cell.grids) > 2 else None,
            "households": cell.households,
            "stack_id": cell.stack or f"s{i:03d}",
            "building": cell.building,
            "entrance": None,
            "floor_from": cell.floors[0] if cell.floors else None,
            "floor_to": cell.floors[1] if cell.floors else None,
            "group": cell.group,
            "exclave": cell.exclave,
        }
        for i, cell in enumerate(cells)
    ]
    return gpd.GeoDataFrame(pd.DataFrame(rows).assign(geom=geometry), geometry="geom", crs=CRS)


def noded(boxes: np.ndarray) -> np.ndarray:
    """Add to each ring every corner of another that lies on it, so that the boxes become a coverage."""
    corners = np.unique(shapely.get_coordinates(boxes), axis=0)
    out = []
    for box in boxes:
        ring = shapely.get_coordinates(box)
        line = shapely.linestrings(ring)
        points = shapely.points(corners)
        on = corners[shapely.distance(points, line) == 0]
        along = shapely.line_locate_point(line, shapely.points(on))
        out.append(shapely.polygons(on[np.argsort(along)]))
    return np.array(out, dtype=object)


def _multi(geometry: Any) -> Any:
    return geometry if geometry.geom_type == "MultiPolygon" else shapely.multipolygons([geometry])


def _areas(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = [
        {
            "code": code,
            "name": NAMES[code],
            "kind": "urban" if code in {URBAN_1, URBAN_2} else "rural",
            "parent_code": code[:9],
            "households": part["households"].sum(),
            "border_shift": 0.0,
            "geom": _multi(shapely.coverage_union_all(part["geom"].to_numpy())),
        }
        for code, part in units.groupby("area_code")
    ]
    return gpd.GeoDataFrame(rows, geometry="geom", crs=CRS)


def _grids(units: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    kinds = dict(zip(areas["code"], areas["kind"], strict=True))
    rows = []
    for level in (1, 2, 3):
        for code, part in units.groupby(f"grid_code_l{level}"):
            area = part["area_code"].iloc[0]
            kind = kinds[area]
            low, high = BANDS[kind][level - 1]
            households = int(part["households"].sum())
            given = area == VILLAGE and level == 1
            split = given and code.endswith("003")
            inside = given or low <= households <= high
            rows.append(
                {
                    "code": code,
                    "level": level,
                    "parent_code": part[f"grid_code_l{level - 1}"].iloc[0] if level > 1 else None,
                    "area_code": area,
                    "name": part["group"].iloc[0] if given else f"{NAMES[area]}第{code[12:]}网格",
                    "role": ROLES[kind][level - 1],
                    "households": households,
                    "low": None if given else low,
                    "high": None if given else high,
                    "status": "exception" if split or not inside else "given" if given else "in_band",
                    "geom": _multi(shapely.coverage_union_all(part["geom"].to_numpy())),
                }
            )
    return gpd.GeoDataFrame(rows, geometry="geom", crs=CRS)


def _exceptions(grids: gpd.GeoDataFrame) -> pd.DataFrame:
    # code, reason, violation, proof
    found = (
        (f"{URBAN_2}001", "count_gap", 10, {"piece_households": 510, "low": 300, "high": 500, "k": 1}),
        (f"{VILLAGE}003", "given_group", 0, {"pieces": 2, "pieces_households": [12, 5]}),
        (f"{VILLAGE}00201", "too_few_households", 4, {"piece_households": 6, "low": 10, "high": 20}),
        (f"{VILLAGE}00302", "disconnected_part", 5, {"piece_households": 5, "low": 10, "high": 20}),
        (f"{EMPTY}001", "too_few_households", 40, {"piece_households": 0, "low": 40, "high": 80}),
        (f"{EMPTY}00101", "too_few_households", 10, {"piece_households": 0, "low": 10, "high": 20}),
    )
    levels = dict(zip(grids["code"], grids["level"], strict=True))
    return pd.DataFrame(
        {
            "grid_code": code,
            "level": levels[code],
            "reason": reason,
            "violation": violation,
            "smallest_violation": violation,
            "proof": json.dumps(proof),
        }
        for code, reason, violation, proof in found
    )


def _place(*points: tuple[float, float]) -> list[tuple[float, float]]:
    return [(ORIGIN[0] + SIDE * x, ORIGIN[1] + SIDE * y) for x, y in points]


def _elements(grids: gpd.GeoDataFrame) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    line, polygon = shapely.LineString, shapely.Polygon
    layers: tuple[tuple[str, str | None, Any], ...] = (
        # the river is the border of 凤山社区 and 岭上村, and goes on outside
        ("river", "三川河", line(_place((-1, 4), (10, 4)))),
        ("road", "凤山路", line(_place((0.5, 0.5), (15.5, 0.5)))),
        ("gully", "柳沟", line(_place((2.5, 5.5), (8.5, 5.5)))),
        ("forest", "岭上林场", polygon(_place((0.5, 4.5), (6.5, 4.5), (6.5, 7.5), (0.5, 7.5)))),
        ("farmland", None, polygon(_place((8.25, 4.25), (11, 4.25), (11, 6), (8.25, 6)))),
        ("mine", "河湾煤矿", polygon(_place((12, 1), (14, 1), (14, 3), (12, 3)))),
        ("hill", "东山", polygon(_place((16, 4.5), (18, 4.5), (18, 5.5), (16, 5.5)))),
        ("well", "一号井", shapely.Point(_place((1.5, 5.25))[0])),
        ("well", "界井", shapely.Point(_place((5, 2.5))[0])),
        ("well", "远井", shapely.Point(_place((20, 20))[0])),
    )
    elements, shares = [], []
    edges = shapely.node(shapely.union_all(shapely.boundary(grids["geom"].to_numpy())))
    kinds = {
        0: ("count", lambda g: float(shapely.get_num_geometries(g))),
        1: ("m", shapely.length),
        2: ("m2", shapely.area),
    }
    for i, (class_, name, geometry) in enumerate(layers):
        unit, measure = kinds[int(shapely.get_dimensions(geometry))]
        id_ = f"{class_}-{i + 1}"
        pieces = shapely.get_parts(shapely.union_all([geometry.intersection(edges), geometry.difference(edges)]))
        pieces = pieces if unit == "m" else np.array([geometry])
        outside = float(measure(geometry))
        for level in (1, 2, 3):
            part = _shares_of(
                id_, pieces=pieces, unit=unit, measure=measure, grids=grids[grids["level"] == level], level=level
            )
            shares += part
            if level == 1:
                outside -= sum(share["measure"] for share in part)
        elements.append(
            {
                "id": id_,
                "class": class_,
                "name": name,
                "measure": float(measure(geometry)),
                "measure_unit": unit,
                "outside": max(0.0, round(outside, 6)),
                "source": "elements.gpkg",
                "source_row": i + 1,
                "geom": geometry,
            }
        )
    return gpd.GeoDataFrame(elements, geometry="geom", crs=CRS), gpd.GeoDataFrame(shares, geometry="geom", crs=CRS)


def _shares_of(
    id_: str, *, pieces: np.ndarray, unit: str, measure: Any, grids: gpd.GeoDataFrame, level: int
) -> list[dict[str, Any]]:
    """Share each piece among the grids that hold it: whole to a grid it lies in, halved where two share it.

    Level 3 has no grids in the villages: what their level 2 holds along a common border is theirs there too.
    """
    polygons = grids["geom"].to_numpy()
    held: dict[int, list[tuple[Any, float]]] = {}
    for piece in pieces:
        # polygons are cut by each grid; lines and points are in or on a grid as a whole
        parts = np.array([_same_dimension(part, piece) for part in shapely.intersection(polygons, piece)])
        inside = np.flatnonzero(measure(parts) > 0) if unit != "count" else np.flatnonzero(~shapely.is_empty(parts))
        on_rim = (
            unit == "m"
            and level == 3
            and len(inside) == 1
            and shapely.covered_by(piece, shapely.boundary(polygons[inside[0]]))
        )
        village_side = on_rim and abs(shapely.get_y(shapely.centroid(piece)) - (ORIGIN[1] + 4 * SIDE)) < 1e-9
        for grid in inside:
            amount = float(measure(parts[grid])) if unit != "count" else 1.0
            sharers = 1 if unit == "m2" else len(inside) + int(village_side)
            held.setdefault(int(grid), []).append((parts[grid], amount / sharers))
    codes = grids["code"].to_numpy()
    return [
        {
            "element_id": id_,
            "grid_code": codes[grid],
            "level": level,
            "measure": sum(amount for _, amount in parts),
            "held": float(measure(shapely.union_all([part for part, _ in parts]))),
            "geom": shapely.line_merge(shapely.union_all([part for part, _ in parts]))
            if unit == "m"
            else shapely.union_all([part for part, _ in parts]),
        }
        for grid, parts in sorted(held.items())
    ]


def _same_dimension(part: Any, whole: Any) -> Any:
    """Drop the lines and points in which a polygon merely touches another."""
    parts = shapely.get_parts(part)
    return shapely.union_all(parts[shapely.get_dimensions(parts) == shapely.get_dimensions(whole)])


def _households(units: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows = []
    for unit in units.itertuples():
        centre = shapely.centroid(unit.geom)
        for i in range(unit.households):
            number = len(rows) + 1
            floor = None if pd.isna(unit.floor_from) else unit.floor_from + i // 5
            rows.append(
                {
                    "id": f"h{number:04d}",
                    "unit_id": unit.id,
                    "area_code": unit.area_code,
                    "source": "households.csv",
                    "source_row": number,
                    "building": unit.building,
                    "entrance": None,
                    "floor": floor,
                    "group": unit.group,
                    "address": f"{NAMES[unit.area_code]}{number}号" if i else None,
                    "residents": i % 5 + 1 if i % 3 else None,
                    "geom": centre,
                }
            )
    return gpd.GeoDataFrame(rows, geometry="geom", crs=CRS)
