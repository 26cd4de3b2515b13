"""Small cities written to a folder, for tests that run the whole job (``from cities import City``)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from pathlib import Path

LON, LAT = 111.10, 37.50
SIDE = 0.01  # degrees: about 0.9 km × 1.1 km
VILLAGE, COMMUNITY = "141102901201", "141102901001"


def square(column: int, row: int) -> shapely.Polygon:
    """Return a square of the raster the areas are made of."""
    return shapely.box(LON + column * SIDE, LAT + row * SIDE, LON + (column + 1) * SIDE, LAT + (row + 1) * SIDE)


def two_areas() -> gpd.GeoDataFrame:
    """A village and a community beside each other."""
    return gpd.GeoDataFrame(
        {"code": [VILLAGE, COMMUNITY], "name": ["岭上村", "凤山社区"], "kind": ["rural", "urban"]},
        geometry=[square(0, 0), square(1, 0)],
        crs="EPSG:4326",
    )


def houses(area: shapely.Polygon, rows: int, columns: int, each: int, prefix: str) -> pd.DataFrame:
    """Households of a raster of buildings, one row a household, two to a floor."""
    west, south, east, north = area.bounds
    x, y = np.meshgrid(
        west + (np.arange(columns) + 0.5) / columns * (east - west),
        south + (np.arange(rows) + 0.5) / rows * (north - south),
    )
    building = np.repeat(np.arange(x.size), each)
    place = np.tile(np.arange(each), x.size)
    return pd.DataFrame(
        {
            "id": [f"{prefix}{b:04d}-{p:03d}" for b, p in zip(building, place, strict=True)],
            "building": [f"{prefix}{b + 1}号楼" for b in building],
            "floor": place // 2 + 1,
            "lon": x.ravel()[building],
            "lat": y.ravel()[building],
        }
    )


@dataclass
class City:
    """A city to be written; tests spoil one thing of it."""

    folder: Path
    areas: gpd.GeoDataFrame = field(default_factory=two_areas)
    households: pd.DataFrame = field(
        default_factory=lambda: pd.concat(
            [houses(square(0, 0), 5, 6, 4, "V"), houses(square(1, 0), 5, 5, 36, "C")], ignore_index=True
        )
    )
    settings: dict[str, str] = field(default_factory=dict)
    extra: str = ""

    def write(self) -> Path:
        """Write areas.gpkg, households.csv and city.toml; return the path of the last."""
        self.areas.to_file(self.folder / "areas.gpkg")
        self.households.to_csv(self.folder / "households.csv", index=False)
        return self.write_toml()

    def write_toml(self, areas: str = "areas.gpkg", households: str = "households.csv") -> Path:
        """Write city.toml only."""
        text = f"""
[city]
name = "样例"
[inputs.areas]
path = "{areas}"
{self.settings.get("areas", "")}
[inputs.households]
path = "{households}"
{self.settings.get("households", "")}
{self.extra}
"""
        path = self.folder / "city.toml"
        path.write_text(text, encoding="utf-8")
        return path


def run(capsys: Any, *words: object) -> tuple[int, str, str]:
    """Run one command in this process: exit status, standard output, standard error."""
    from geo_grid.cli import main

    status = main([str(word) for word in words])
    printed = capsys.readouterr()
    return status, printed.out, printed.err
