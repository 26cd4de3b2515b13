"""GeoJSON (RFC 7946): one feature a grid, written row by row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from geo_grid.exchange import layers

if TYPE_CHECKING:
    from pathlib import Path

    from geo_grid.model import Plan

#: Decimals of a degree: a centimetre.
DECIMALS = 7


def write_geojson(plan: Plan, path: Path, *, datum: str | None, level: int | None, version: int | str | None) -> None:
    """Write the grids of a plan as GeoJSON.

    Parameters
    ----------
    plan : Plan
        With the tables ``areas``, ``grids`` and ``exceptions``.
    path : Path
        A file that does not exist yet.
    datum : str or None
        Datum of the coordinates; None for WGS84. Any other than WGS84 is said in the member ``datum``: the standard
        knows WGS84 only.
    level : int or None
        The only level wanted.
    version : int, str or None
        What is exported, for the member ``about``.
    """
    datum = datum or "WGS84"
    head: dict[str, Any] = {"type": "FeatureCollection", "about": layers.facts_of(plan, version)}
    del head["about"]["crs"]  # of the plan, not of this file
    if datum != "WGS84":
        head["datum"] = datum
    first = True
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [')
        for number in layers.levels_of(plan, level):
            for line in _features(plan, datum, number):
                file.write(f"{'' if first else ','}\n{line}")
                first = False
        file.write("\n]}\n")


def _features(plan: Plan, datum: str, level: int) -> list[str]:
    grids = layers.grids_of(plan, level)
    shapes = _oriented(np.asarray(layers.in_degrees(grids["geom"].to_numpy(), plan.crs, datum), dtype=object))
    columns = [_values(grids[name]) for name in layers.GRID_COLUMNS]
    lines = []
    for shape, *row in zip(shapes, *columns, strict=True):
        feature = {
            "type": "Feature",
            "id": row[0],
            "properties": dict(zip(layers.GRID_COLUMNS, row, strict=True)),
            "geometry": _geometry(shape),
        }
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":"), allow_nan=False))
    return lines


def _values(series: pd.Series) -> list[Any]:
    """Return a column as JSON values."""
    if pd.api.types.is_integer_dtype(series.dtype):
        return [None if pd.isna(value) else int(value) for value in series]
    return [value if isinstance(value, str) else None for value in series]


def _oriented(shapes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Turn rings as the standard wants them: the outer counter-clockwise, holes clockwise."""
    return np.asarray(shapely.orient_polygons(shapes, exterior_cw=False), dtype=object)


def _geometry(shape: Any) -> dict[str, Any]:
    parts = [_rings(part) for part in shapely.get_parts(shape)]
    if len(parts) == 1:
        return {"type": "Polygon", "coordinates": parts[0]}
    return {"type": "MultiPolygon", "coordinates": parts}


def _rings(polygon: Any) -> list[list[list[float]]]:
    rings = [polygon.exterior, *polygon.interiors]
    return [np.round(shapely.get_coordinates(ring), DECIMALS).tolist() for ring in rings]
