"""What is in the tiles: layers, their zooms, and the few attributes they carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from geo_grid.lookup.columns import texts
from geo_grid.lookup.counts import LEAST_COUNT, public_count
from geo_grid.tiles.colours import colour_numbers
from geo_grid.tiles.mercator import to_square
from geo_grid.tiles.message import encoded_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geo_grid.model import Plan

#: Tables tiles are made of; all are public.
TILE_TABLES = ("areas", "grids", "elements")


class LayerZooms(NamedTuple):
    """A layer of the tiles and the zooms it is in."""

    name: str
    low: int
    high: int
    fields: tuple[str, ...]


_GRID = ("code", "name", "level", "state", "households", "colour")
_LABEL = ("code", "label")

#: All layers, in the order they are in a tile. Labels have layers of their own: a polygon in four tiles would have four.
LAYERS = (
    LayerZooms("areas", 6, 14, ("code", "name", "households", "colour")),
    LayerZooms("grids_1", 6, 14, _GRID),
    LayerZooms("grids_2", 11, 14, _GRID),
    LayerZooms("grids_3", 13, 14, _GRID),
    LayerZooms("elements", 10, 14, ("id", "class", "name")),
    LayerZooms("areas_label", 10, 14, _LABEL),
    LayerZooms("grids_1_label", 12, 14, _LABEL),
    LayerZooms("grids_2_label", 13, 14, _LABEL),
    LayerZooms("grids_3_label", 14, 14, _LABEL),
)


@dataclass(slots=True)
class Part:
    """Geometries of one dimension in one layer.

    Parameters
    ----------
    layer : int
        Position in :data:`LAYERS`.
    dimension : {0, 1, 2}
        Points, lines or polygons.
    geometry : ndarray of geometry, shape (n,)
        In the square of web maps.
    values : list of tuple of bytes or None, length n
        Attribute values in the order of the layer's fields, encoded; None where one is missing.
    coverage : bool
        Whether the polygons tile the land, so that their borders are simplified together.
    """

    layer: int
    dimension: int
    geometry: NDArray[Any]
    values: list[tuple[bytes | None, ...]]
    coverage: bool


def parts_of(plan: Plan, datum: str) -> list[Part]:
    """Return everything that is drawn.

    Parameters
    ----------
    plan : Plan
        The tables of :data:`TILE_TABLES`; others in it are not looked at.
    datum : {"WGS84", "GCJ02", "BD09", "CGCS2000"}
        Datum of the map the tiles are for.

    Returns
    -------
    list of Part
        In the order of their layers.
    """
    areas, grids, elements = (
        plan[table].sort_values(key, kind="stable", ignore_index=True)
        for table, key in (("areas", "code"), ("grids", "code"), ("elements", "id"))
    )
    names = dict(zip(texts(areas, "code").tolist(), texts(areas, "name").tolist(), strict=True))
    parts = _polygons(0, areas, _area_facts(areas), texts(areas, "name"), plan.crs, datum)
    for level in (1, 2, 3):
        part = grids[grids["level"] == level].reset_index(drop=True)
        parts += _polygons(level, part, _grid_facts(part), _labels(part, names), plan.crs, datum)
    parts += _elements(4, elements, plan.crs, datum)
    return sorted(parts, key=lambda each: each.layer)


def _polygons(layer: int, table: Any, facts: dict[str, list[Any]], labels: Any, crs: str, datum: str) -> list[Part]:
    stored = table["geom"].to_numpy()
    facts["colour"] = colour_numbers(stored)
    inside = shapely.point_on_surface(stored)
    drawn = Part(layer, 2, to_square(stored, crs, datum), _rows(LAYERS[layer].fields, facts), coverage=True)
    named = _rows(LAYERS[layer + 5].fields, {"code": facts["code"], "label": list(labels)})
    return [drawn, Part(layer + 5, 0, to_square(inside, crs, datum), named, coverage=False)]


def _elements(layer: int, table: Any, crs: str, datum: str) -> list[Part]:
    facts = {name: texts(table, name).tolist() for name in LAYERS[layer].fields}
    rows = _rows(LAYERS[layer].fields, facts)
    shapes = table["geom"].to_numpy()
    dimensions = shapely.get_dimensions(shapes)
    parts = []
    for dimension in (2, 1, 0):
        at = np.flatnonzero((dimensions == dimension) & ~shapely.is_empty(shapes))
        if len(at):
            shown = to_square(shapes[at], crs, datum)
            parts.append(Part(layer, dimension, shown, [rows[row] for row in at.tolist()], coverage=False))
    return parts


def _area_facts(areas: Any) -> dict[str, list[Any]]:
    return {
        "code": texts(areas, "code").tolist(),
        "name": texts(areas, "name").tolist(),
        "households": _counts(areas),
    }


def _grid_facts(grids: Any) -> dict[str, list[Any]]:
    return {
        "code": texts(grids, "code").tolist(),
        "name": texts(grids, "name").tolist(),
        "level": [int(level) for level in grids["level"]],
        "state": _states(grids),
        "households": _counts(grids),
    }


def _counts(table: Any) -> list[int | str]:
    return [public_count(int(count), LEAST_COUNT) for count in table["households"].tolist()]


def _states(grids: Any) -> list[str]:
    """Say of each grid: in_band, below, above, given, or exception where its count alone does not tell why."""
    low, high = (grids[name].to_numpy(dtype=float, na_value=np.nan) for name in ("low", "high"))
    households = grids["households"].to_numpy(dtype=float)
    states = np.where(np.isnan(low) | np.isnan(high), "given", "in_band").astype(object)
    states[grids["status"].to_numpy(dtype=object) == "exception"] = "exception"
    states[households < low] = "below"
    states[households > high] = "above"
    return [str(state) for state in states]


def _labels(grids: Any, area_names: dict[str, str]) -> list[str]:
    """Return the names of grids without their area's: it stands on the map already."""
    found = zip(texts(grids, "name").tolist(), texts(grids, "area_code").tolist(), strict=True)
    return [name.removeprefix(area_names.get(area) or "").strip() or name for name, area in found]


def _rows(fields: tuple[str, ...], facts: dict[str, list[Any]]) -> list[tuple[bytes | None, ...]]:
    columns = [[encoded_value(value) for value in facts[name]] for name in fields]
    return list(zip(*columns, strict=True))
