"""A town in three counties, with a river, a wood and a post on the borders of counties."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cities import City, houses, square
from pg import postgis_cluster, postgis_url

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["postgis_cluster", "postgis_url"]
COUNTIES = ("141102", "141121", "141124")


def write_town(folder: Path) -> Path:
    """Three counties of four areas each; the middle one reaches between the others."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    places = [(column, row) for column in range(6) for row in (0, 1)]
    county = [0, 0, 0, 1, 0, 1, 1, 2, 1, 2, 2, 2]
    kinds = ["rural", "urban"] * 6
    codes = [
        f"{COUNTIES[c]}001{2 if kind == 'rural' else 0}{i:02d}"
        for i, (c, kind) in enumerate(zip(county, kinds, strict=True))
    ]
    shapes = [square(*place) for place in places]
    city = City(folder)
    city.areas = gpd.GeoDataFrame(
        {"code": codes, "name": [f"第{i}片" for i in range(12)], "kind": kinds}, geometry=shapes, crs="EPSG:4326"
    )
    rows = [
        houses(shape, 4, 5, 3 if kind == "rural" else 22, f"h{i:02d}-")
        for i, (shape, kind) in enumerate(zip(shapes, kinds, strict=True))
    ]
    city.households = pd.concat(rows, ignore_index=True)
    west, south, east, north = shapely.union_all(shapes).bounds
    step = (east - west) / 6
    middle = (south + north) / 2
    layers = {
        "river": [
            shapely.LineString([(west - step, middle), (east + step, middle)]),  # along the border, and out of the city
            shapely.LineString([(west + 0.3 * step, south), (west + 5.3 * step, north)]),
            shapely.LineString([(west + 0.1 * step, south + 1e-3), (west + 0.9 * step, south + 2e-3)]),
        ],
        "forest": [shapely.box(west + 1.5 * step, middle - 2e-3, west + 4.5 * step, middle + 3e-3)],
        "well": [
            shapely.Point(west + 2 * step, middle),
            shapely.Point(west + 0.2 * step, south + 1e-3),
            shapely.Point(west - 3 * step, south),
        ],
    }
    for name, geometry in layers.items():
        gpd.GeoDataFrame(
            {"name": [f"{name}{i}" for i in range(len(geometry))]}, geometry=geometry, crs="EPSG:4326"
        ).to_file(folder / f"{name}.gpkg")
    city.extra = "\n".join(f'[[inputs.elements]]\nclass = "{name}"\npath = "{name}.gpkg"' for name in layers)
    city.extra += "\n[barriers]\nriver = 1.0"
    return city.write()


@pytest.fixture(scope="session")
def town(tmp_path_factory) -> Path:
    return write_town(tmp_path_factory.mktemp("counties"))


@pytest.fixture(params=["gpkg", "postgis"])
def empty_url(request, tmp_path):
    """A store of each kind in which there is nothing."""
    return str(tmp_path / "plan.gpkg") if request.param == "gpkg" else request.getfixturevalue("postgis_url")
