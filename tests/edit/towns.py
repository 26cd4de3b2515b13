"""Small areas built in memory for the tests of editing (``from towns import ground_of, urban``)."""

from __future__ import annotations

from functools import cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from editing import area_of
from test_promises import CONFIG, CRS, areas_of, elements_of, households_of

from geo_grid.build import StageClock, build_plan_of
from geo_grid.edit import Ground, read_ground
from geo_grid.model import CityInput, Plan

URBAN, VILLAGE = "141102901001", "141102901201"
WEST, SOUTH, SIDE = 500_000.0, 4_150_000.0, 600.0


def _houses(code: str, west: float, rows: int, each: list[int], groups: bool) -> pd.DataFrame:
    """Households of a raster of buildings, two to a floor, two entrances where there are more than 20."""
    columns = -(-len(each) // rows)
    out: list[dict[str, Any]] = []
    for b, count in enumerate(each):
        column, row = b % columns, b // columns
        x = west + (column + 0.5) / columns * SIDE
        y = SOUTH + (row + 0.5 + 0.1 * (column % 2)) / (rows + 1) * SIDE
        out += [
            {
                "id": f"{code}-{b:03d}-{i:03d}",
                "building": f"{b + 1}号楼",
                "entrance": f"{i // 20 + 1}单元" if count > 20 else None,
                "floor": i % 20 // 2 + 1,
                "group": f"{'一二'[column >= columns // 2]}组" if groups else None,
                "area_code": code,
                "geometry": shapely.Point(x, y),
            }
            for i in range(count)
        ]
    return pd.DataFrame(out)


@cache
def town() -> Plan:
    """A community of 48 buildings beside a village of two groups, with a river through both and an exclave."""
    rng = np.random.default_rng(7)
    first, second = (shapely.box(west, SOUTH, west + SIDE, SOUTH + SIDE) for west in (WEST, WEST + SIDE))
    far = shapely.box(WEST + 3 * SIDE, SOUTH, WEST + 3 * SIDE + 100, SOUTH + 80)
    areas = gpd.GeoDataFrame(
        {
            "code": [URBAN, VILLAGE],
            "name": ["凤山社区", "岭上村"],
            "kind": ["urban", "rural"],
            "parent_code": pd.Series([None, None], dtype="str"),
            "border_shift": 0.0,
        },
        geometry=[shapely.MultiPolygon([first]), shapely.MultiPolygon([second, far])],
        crs=CRS,
    )
    people = pd.concat(
        [
            _houses(URBAN, WEST, 5, [int(n) for n in rng.integers(3, 26, 48)], groups=False),
            _houses(VILLAGE, WEST + SIDE, 5, [int(n) for n in rng.integers(1, 5, 40)], groups=True),
        ],
        ignore_index=True,
    )
    people = gpd.GeoDataFrame(people, geometry="geometry", crs=CRS)
    people["source"], people["row"] = "households.csv", np.arange(len(people)) + 1
    people["address"], people["residents"] = (
        pd.Series([None] * len(people), dtype="str"),
        pd.array([None] * len(people), dtype="Int64"),
    )
    people = people.astype({"building": "str", "entrance": "str", "group": "str", "floor": "Int64"})
    river = shapely.LineString(
        [(WEST - 10, SOUTH + 310), (WEST + SIDE, SOUTH + 290), (WEST + 2 * SIDE + 10, SOUTH + 330)]
    )
    elements = gpd.GeoDataFrame(
        {"id": ["r"], "class": ["river"], "name": ["三川河"], "source": ["elements.gpkg"], "row": [1]},
        geometry=[river],
        crs=CRS,
    )
    return _built(areas, people, elements)


def _built(areas: Any, people: Any, elements: Any) -> Plan:
    city = CityInput(
        name="样例市",
        crs=CRS,
        areas=areas,
        households=people,
        groups=None,
        elements=elements,
        barriers=CONFIG.barriers,
        quarantine=pd.DataFrame(columns=["source", "row", "reason", "raw"]),
        read_rows={"households.csv": len(people)},
    )
    return build_plan_of(city, CONFIG, workers=1, clock=StageClock())


@cache
def ground_of(code: str) -> Ground:
    """The ground of one of the town's areas."""
    return read_ground(area_of(town(), code))


def random_city(seed: int, *, areas: int, buildings: int, tallest: int, groups: int, elements: int) -> Plan:
    """A city drawn at random, as the promises of the build are proved on."""
    rng = np.random.default_rng(seed)
    land = areas_of(rng, areas)
    people = households_of(rng, land, buildings, tallest, groups)
    return _built(land, people, elements_of(rng, land, elements))
