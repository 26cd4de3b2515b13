"""GeoPackage: a layer a level, elements by kind, shares; styled as the store is."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pandas as pd

from geo_grid.exchange import layers
from geo_grid.exchange.vector_file import write_layer
from geo_grid.store.gpkg_views import add_styles

if TYPE_CHECKING:
    from pathlib import Path

    from geo_grid.model import Plan

_TYPES = {"elements_areas": "MultiPolygon", "elements_lines": "MultiLineString", "elements_points": "MultiPoint"}


def write_geopackage(
    plan: Plan, path: Path, *, datum: str | None, level: int | None, version: int | str | None
) -> None:
    """Write a plan as a GeoPackage without its households and units.

    Parameters
    ----------
    plan : Plan
        With the public tables.
    path : Path
        A file that does not exist yet.
    datum : {"WGS84", "CGCS2000"} or None
        Degrees wanted; None for the plan's own system.
    level : int or None
        The only level wanted.
    version : int, str or None
        What is exported, for the table ``about``.
    """
    levels = layers.levels_of(plan, level)
    areas = plan["areas"][[*layers.AREA_COLUMNS, "geom"]]
    _features(path, "areas", layers.in_system(areas, plan.crs, datum), "MultiPolygon")
    for number in levels:
        grids = layers.in_system(layers.grids_of(plan, number), plan.crs, datum)
        _features(path, f"grids_l{number}", grids, "MultiPolygon")
    for name, frame in layers.elements_by_kind(plan).items():
        _features(path, name, layers.in_system(frame, plan.crs, datum), _TYPES[name])
    shares = layers.in_system(layers.shares_of(plan, levels), plan.crs, datum)
    _features(path, "element_shares", shares, "Unknown")
    kept = plan["exceptions"]
    write_layer(kept[kept["level"].isin(levels)].reset_index(drop=True), path, "GPKG", "exceptions")
    write_layer(
        pd.DataFrame(layers.facts_of(plan, version).items(), columns=["key", "value"], dtype="str"),
        path,
        "GPKG",
        "about",
    )
    _style(path)


def _features(path: Path, name: str, frame: Any, kind: str) -> None:
    write_layer(frame, path, "GPKG", name, geometry_type=kind, layer_options={"GEOMETRY_NAME": "geom"})


def _style(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        add_styles(db)
        db.execute("DELETE FROM layer_styles WHERE f_table_name NOT IN (SELECT table_name FROM gpkg_contents)")
