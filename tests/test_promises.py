"""The promises of a plan, on cities drawn at random: built, then proved by the check from the tables alone."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from geo_grid.build import StageClock, build_plan_of
from geo_grid.check import check_plan
from geo_grid.config import CityConfig, Inputs, Source
from geo_grid.model import CityInput
from geo_grid.policy import Policies

CRS = "EPSG:4546"
SIDE = 1500.0


def areas_of(rng: np.random.Generator, count: int) -> gpd.GeoDataFrame:
    """Cut a square into areas that share their borders; one of them may have a second piece."""
    box = shapely.box(500_000, 4_150_000, 500_000 + SIDE, 4_150_000 + SIDE)
    sites = shapely.MultiPoint(np.array(box.bounds[:2]) + rng.random((count, 2)) * SIDE)
    cells = shapely.get_parts(shapely.voronoi_polygons(sites, extend_to=box))
    lines = shapely.unary_union([*shapely.boundary(cells), shapely.boundary(box)], grid_size=1e-4)
    pieces = [
        piece
        for piece in shapely.get_parts(shapely.polygonize([*shapely.get_parts(lines)]))
        if box.buffer(0.01).contains(piece)
    ]
    pieces = [shapely.MultiPolygon([piece]) for piece in pieces]
    if rng.random() < 0.5:  # an exclave beyond the square
        far = shapely.box(500_000 + 2 * SIDE, 4_150_000, 500_000 + 2 * SIDE + 200, 4_150_300)
        pieces[0] = shapely.MultiPolygon([*shapely.get_parts(pieces[0]), far])
    frame = gpd.GeoDataFrame(
        {
            "code": [f"{141102901001 + i}" for i in range(len(pieces))],
            "name": [f"第{i}村" for i in range(len(pieces))],
            "kind": rng.choice(["urban", "rural"], len(pieces)),
            "parent_code": None,
            "border_shift": 0.0,
        },
        geometry=pieces,
        crs=CRS,
    )
    return frame.astype({"parent_code": "str"})


def households_of(
    rng: np.random.Generator, areas: gpd.GeoDataFrame, buildings: int, tallest: int, groups: int
) -> gpd.GeoDataFrame:
    """Draw buildings, a few of them at one place or on a border, and fill them."""
    west, south, east, north = areas.total_bounds
    xy = np.array([west, south]) + rng.random((buildings, 2)) * np.array([east - west, north - south])
    clustered = rng.random(buildings) < 0.5
    xy[clustered] = xy[:1] + rng.normal(0, 30, (int(clustered.sum()), 2))
    points = shapely.points(xy)
    corner = shapely.points(shapely.get_coordinates(areas.geometry.iloc[0])[0])
    points[rng.random(buildings) < 0.05] = corner
    size = np.maximum(1, (tallest ** rng.random(buildings)).astype(int))
    building = np.repeat(np.arange(buildings), size)
    frame = gpd.GeoDataFrame(
        {
            "id": [f"h{i}" for i in range(len(building))],
            "source": "households.csv",
            "row": np.arange(len(building)) + 1,
            "building": pd.Series([f"{b}号楼" for b in building], dtype="str"),
            "entrance": None,
            "floor": pd.array(rng.integers(1, 9, len(building)), dtype="Int64"),
            "group": pd.Series(
                rng.choice([None, *(f"{g}组" for g in range(groups))], len(building)) if groups else None,
                index=range(len(building)),
                dtype="str",
            ),
            "address": None,
            "residents": pd.array([None] * len(building), dtype="Int64"),
        },
        geometry=points[building],
        crs=CRS,
    )
    inside = gpd.sjoin(frame, areas[["code", "geometry"]], predicate="intersects")
    inside = inside.sort_values(["row", "code"]).drop_duplicates("row").rename(columns={"code": "area_code"})
    return inside.drop(columns="index_right").reset_index(drop=True).astype({"entrance": "str", "address": "str"})


def elements_of(rng: np.random.Generator, areas: gpd.GeoDataFrame, count: int) -> gpd.GeoDataFrame:
    """Draw rivers, roads, fields and wells, some along borders, some leaving the city."""
    west, south, east, north = areas.total_bounds + np.array([-200, -200, 200, 200])
    geometry: list[Any] = []
    classes = []
    for i in range(count):
        walk = np.array([west, south]) + rng.random((4, 2)) * np.array([east - west, north - south])
        match i % 4:
            case 0:
                geometry.append(shapely.LineString(walk))
                classes.append("river")
            case 1:
                border = shapely.boundary(areas.geometry.iloc[i % len(areas)])
                geometry.append(shapely.get_parts(shapely.force_2d(border))[0])
                classes.append("road")
            case 2:
                geometry.append(shapely.convex_hull(shapely.MultiPoint(walk)))
                classes.append("farmland")
            case _:
                geometry.append(shapely.Point(walk[0]))
                classes.append("well")
    return gpd.GeoDataFrame(
        {
            "id": [f"e{i}" for i in range(count)],
            "class": pd.Series(classes, dtype="str"),
            "name": None,
            "source": "elements.gpkg",
            "row": np.arange(count) + 1,
        },
        geometry=geometry,
        crs=CRS,
    ).astype({"name": "str"})


CONFIG = CityConfig(
    path=None,  # type: ignore[arg-type]  # nothing is read from files here
    name="随机市",
    crs="auto",
    seed=0,
    inputs=Inputs(
        areas=Source("areas", "areas.gpkg", "areas.gpkg"),
        households=Source("households", "households.csv", "households.csv"),
    ),
    barriers={"river": 1.0, "road": 0.3},
    policies=Policies(),
    code_profile={"levels": {"urban": [3, 3, 3], "rural": [3, 3]}},  # groups drawn here may be larger than any real one
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a smaller seed is no simpler city
)
@given(
    seed=st.integers(0, 2**32 - 1),
    areas=st.integers(1, 4),
    buildings=st.integers(0, 120),
    tallest=st.sampled_from([1, 6, 40, 700]),
    groups=st.sampled_from([0, 0, 3, 8]),
    elements=st.integers(0, 8),
)
def test_a_city_drawn_at_random_is_proved(
    seed: int, areas: int, buildings: int, tallest: int, groups: int, elements: int
) -> None:
    rng = np.random.default_rng(seed)
    land = areas_of(rng, areas)
    people = households_of(rng, land, buildings, tallest, groups)
    city = CityInput(
        name="随机市",
        crs=CRS,
        areas=land,
        households=people,
        groups=None,
        elements=elements_of(rng, land, elements),
        barriers=CONFIG.barriers,
        quarantine=pd.DataFrame(columns=["source", "row", "reason", "raw"]),
        read_rows={"households.csv": len(people)},
    )
    plan = build_plan_of(city, CONFIG, workers=1, clock=StageClock())
    faults = check_plan(plan)
    assert not faults, "\n".join(str(fault) for fault in faults[:10])
    assert "not_proved" not in set(plan["exceptions"]["reason"])
