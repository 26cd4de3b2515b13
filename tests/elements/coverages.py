"""Small cities of random cells for the tests of elements: exact coverages with three nested levels."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

CRS = "EPSG:4546"
ORIGIN = np.array([511_000.0, 4_154_000.0])
SIDE = 1000.0


def voronoi(seed: int, cells: int, *, rural: bool = False) -> gpd.GeoDataFrame:
    """Cells of random points inside a square of 1 km, two or more areas, two groups of grids a level."""
    rng = np.random.default_rng(seed)
    sites = shapely.points(rng.uniform(0.0, SIDE, (cells, 2)) + ORIGIN)
    square = shapely.box(*ORIGIN, *(ORIGIN + SIDE))
    rough = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(sites), extend_to=square))
    lines = shapely.union_all([shapely.boundary(square), *shapely.intersection(shapely.boundary(rough), square)])
    faces = shapely.get_parts(shapely.polygonize([shapely.node(lines)]))
    return nested(faces, rural=rural)


def squares(columns: int, rows: int, **kwargs) -> gpd.GeoDataFrame:
    """Squares of 100 m, from the south-west row by row."""
    x, y = np.meshgrid(np.arange(columns), np.arange(rows))
    x, y = x.ravel() * 100.0 + ORIGIN[0], y.ravel() * 100.0 + ORIGIN[1]
    return nested(shapely.box(x, y, x + 100, y + 100), **kwargs)


def nested(faces: np.ndarray, *, rural: bool = False) -> gpd.GeoDataFrame:
    """Give faces codes by where they lie; with ``rural``, the western area has no level 3."""
    where = shapely.get_coordinates(shapely.centroid(faces)) - ORIGIN
    west = where[:, 0] < SIDE / 2
    l1 = np.where(west, "W", "E") + pd.Series((where[:, 1] // (SIDE / 2)).astype(int).astype(str))
    l2 = l1 + pd.Series((where[:, 1] // (SIDE / 4)).astype(int).astype(str))
    leaf = pd.DataFrame({"area_code": np.where(west, "W", "E"), "l1": l1, "l2": l2})
    leaf["l3"] = leaf["l2"] + "-" + pd.Series(np.arange(len(faces)).astype(str))
    frame = gpd.GeoDataFrame(leaf, geometry=faces, crs=CRS)
    if rural:
        villages = frame[frame["area_code"] == "W"]
        joined = [
            {**part.iloc[0].to_dict(), "l3": None, "geometry": shapely.coverage_union_all(part.geometry.to_numpy())}
            for _, part in villages.groupby("l2")
        ]
        frame = pd.concat([frame[frame["area_code"] == "E"], gpd.GeoDataFrame(joined, crs=CRS)], ignore_index=True)
    frame["code"] = frame["l3"].fillna(frame["l2"])
    return frame


def elements(geometry: list, class_: str = "river") -> gpd.GeoDataFrame:
    """Elements as the reader hands them over."""
    count = len(geometry)
    data = {
        "id": [f"e{i}" for i in range(count)],
        "class": class_,
        "name": None,
        "source": "elements.gpkg",
        "row": np.arange(1, count + 1),
    }
    return gpd.GeoDataFrame(data, geometry=list(geometry), crs=CRS)


def at(*places: tuple[float, float]) -> np.ndarray:
    """Coordinates from metres beside the origin."""
    return np.array(places, dtype=float) + ORIGIN
