"""Places all over plans, in every datum, and what polygons say of them: what answers to places are compared with."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import shapely
from lattice import lattice_plan
from plans import tiny_plan
from pyproj import Transformer

from geo_grid.read.datum import from_wgs84

DATUMS = ("WGS84", "GCJ02", "BD09", "CGCS2000")
#: Metres within which a place lies on a border.
ON_BORDER = 0.01
PLANS = {"tiny": tiny_plan, "lattice": lambda: lattice_plan(24)}


@cache
def plan_of(name: str) -> Any:
    return PLANS[name]()


def places(name: str) -> np.ndarray:
    """10,000 random points, some outside, and 1,000 on borders and vertices of grids."""
    plan, random = plan_of(name), np.random.default_rng(5)
    west, south, east, north = shapely.total_bounds(plan["areas"]["geom"].to_numpy())
    wide, high = (east - west) / 20, (north - south) / 20
    free = random.uniform((west - wide, south - high), (east + wide, north + high), (10_000, 2))
    rims = shapely.boundary(plan["units"]["geom"].to_numpy())
    chosen = rims[random.integers(0, len(rims), 500)]
    on = shapely.get_coordinates(shapely.line_interpolate_point(chosen, random.uniform(size=500), normalized=True))
    corners = shapely.get_coordinates(rims)
    return np.concatenate([free, on, corners[random.integers(0, len(corners), 500)]])


def leaf_codes(units: Any) -> np.ndarray:
    return units["grid_code_l3"].where(units["grid_code_l3"].notna(), units["grid_code_l2"]).to_numpy(dtype=object)


@cache
def expected(name: str) -> list[set[str]]:
    """Finest grids of each place by brute force over the polygons of grids, and of whole buildings."""
    plan = plan_of(name)
    points = shapely.points(places(name))
    grids, units = plan["grids"], plan["units"]
    fine = grids[~grids["code"].isin(grids["parent_code"].dropna())]
    out: list[set[str]] = [set() for _ in points]
    for code, shape in zip(fine["code"], fine["geom"], strict=True):
        for place in np.flatnonzero(shapely.distance(shape, points) <= ON_BORDER):
            out[place].add(code)
    leaves = leaf_codes(units)
    for rows in units.groupby("stack_id").indices.values():
        cell = shapely.union_all(units["geom"].to_numpy()[rows])
        if len(set(leaves[rows])) > 1:
            for place in np.flatnonzero(shapely.distance(cell, points) <= ON_BORDER):
                out[place] |= set(leaves[rows])
    return out


def degrees(name: str, datum: str) -> tuple[np.ndarray, np.ndarray]:
    to_degrees = Transformer.from_crs(plan_of(name).crs, "EPSG:4326", always_xy=True)
    return from_wgs84(*to_degrees.transform(*places(name).T), datum)
