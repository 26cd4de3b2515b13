"""A plan as the source of its tiles."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.errors import UsageError
from geo_grid.tiles.cutting import cut_into_tiles
from geo_grid.tiles.layers import LAYERS, parts_of
from geo_grid.tiles.message import Feature, layer_message
from geo_grid.tiles.settings import EXTENT, MAX_ZOOM, MIN_ZOOM, SIMPLIFY, SIMPLIFY_DEEPEST
from geo_grid.tiles.shapes import drawn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from geo_grid.model import Plan
    from geo_grid.tiles.layers import Part

    # by layer and tile: what is drawn there
    Drawings = dict[tuple[int, int, int], list[Feature]]


class TileSource:
    """A plan, ready to be drawn.

    Parameters
    ----------
    plan : Plan
        The tables of :data:`geo_grid.tiles.layers.TILE_TABLES`; others in it are not looked at.
    datum : {"WGS84", "GCJ02", "BD09", "CGCS2000"}
        Datum of the map the tiles are for.

    Notes
    -----
    Geometries are simplified as a whole for each zoom, borders of neighbours together, and kept for the next tile: a
    source of one area answers a tile in milliseconds.
    """

    def __init__(self, plan: Plan, datum: str = "WGS84") -> None:
        self._parts = parts_of(plan, datum)
        self._kept: list[dict[int, NDArray[Any]]] = [{} for _ in self._parts]

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, north, east and south of everything, 0 to 1; None where there is nothing."""
        boxes = [shapely.total_bounds(part.geometry) for part in self._parts if len(part.geometry)]
        found = np.array([box for box in boxes if np.isfinite(box).all()])
        if not len(found):
            return None
        west, north = found[:, :2].min(axis=0).tolist()
        east, south = found[:, 2:].max(axis=0).tolist()
        return west, north, east, south

    def tile(self, z: int, x: int, y: int) -> bytes:
        """Return one tile.

        Parameters
        ----------
        z, x, y : int
            Zoom, column and row.

        Returns
        -------
        bytes
            A Mapbox vector tile, not compressed; empty where there is nothing.

        Raises
        ------
        UsageError
            There is no such tile.
        """
        if not (MIN_ZOOM <= z <= MAX_ZOOM and 0 <= x < 1 << z and 0 <= y < 1 << z):
            raise UsageError(f"there is no tile {z}/{x}/{y}", mend=f"Ask for zooms {MIN_ZOOM} to {MAX_ZOOM}")
        drawings: Drawings = {}
        for number, part in self._drawn_at(z):
            _draw(drawings, part, self._shapes(number, z), only=(x, y))
        return b"".join(message for _, message in _messages(drawings))

    def tiles(self, z: int) -> dict[tuple[int, int], bytes]:
        """Return all tiles of a zoom.

        Parameters
        ----------
        z : int
            Zoom.

        Returns
        -------
        dict
            Tiles that are not empty, by column and row.
        """
        drawings: Drawings = {}
        for number, part in self._drawn_at(z):
            _draw(drawings, part, self._shapes(number, z))
        tiles: dict[tuple[int, int], list[bytes]] = {}
        for place, message in _messages(drawings):
            tiles.setdefault(place, []).append(message)
        return {place: b"".join(messages) for place, messages in tiles.items()}

    def simplify(self, threads: int) -> None:
        """Simplify everything for all zooms it is drawn at.

        Parameters
        ----------
        threads : int
            How many parts are simplified at once.
        """
        lowest = [LAYERS[part.layer].low for part in self._parts]
        with ThreadPoolExecutor(threads) as pool:  # GEOS works without Python's lock
            list(pool.map(self._shapes, range(len(lowest)), lowest))

    def _drawn_at(self, z: int) -> list[tuple[int, Part]]:
        """Return the parts drawn at a zoom, numbered."""
        return [
            (number, part)
            for number, part in enumerate(self._parts)
            if LAYERS[part.layer].low <= z <= LAYERS[part.layer].high
        ]

    def _shapes(self, number: int, z: int) -> NDArray[Any]:
        """Return a part in units of a zoom, made from the next deeper zoom: most vertices are gone there already."""
        part, kept = self._parts[number], self._kept[number]
        for deep in range(min(kept, default=MAX_ZOOM + 1) - 1, z - 1, -1):
            kept[deep] = _simpler(part, kept[deep + 1], 0.5) if kept else _simpler(part, part.geometry, EXTENT << deep)
        return kept[z]


def tile(plan: Plan, z: int, x: int, y: int) -> bytes:
    """Return one tile of a plan, or of a part of one.

    Parameters
    ----------
    plan : Plan
        The tables of :data:`geo_grid.tiles.layers.TILE_TABLES`; others in it are not looked at.
    z, x, y : int
        Zoom, column and row.

    Returns
    -------
    bytes
        A Mapbox vector tile, not compressed; empty where there is nothing.

    Raises
    ------
    UsageError
        There is no such tile.
    """
    return TileSource(plan).tile(z, x, y)


def _simpler(part: Part, geometry: NDArray[Any], scale: float) -> NDArray[Any]:
    """Return geometries in units of another zoom, without vertices nobody could see there."""
    tolerance = SIMPLIFY if scale < 1.0 else SIMPLIFY_DEEPEST
    scaled: Any = shapely.transform(geometry, lambda coordinates: coordinates * scale)
    if part.dimension == 0 or not len(geometry):
        return np.asarray(scaled, dtype=object)
    if part.coverage:
        return np.asarray(shapely.coverage_simplify(scaled, tolerance), dtype=object)
    return np.asarray(shapely.simplify(scaled, tolerance / 2), dtype=object)


def _draw(drawings: Drawings, part: Part, geometry: NDArray[Any], only: tuple[int, int] | None = None) -> None:
    """Add a part to the tiles it is in, or to the only one wanted."""
    pieces = cut_into_tiles(geometry, only)
    commands = drawn(pieces.shape, part.dimension)
    seen = np.zeros(len(geometry), dtype=bool)
    places = zip(pieces.row.tolist(), pieces.x.tolist(), pieces.y.tolist(), commands, strict=True)
    for row, x, y, command in places:
        if command:
            seen[row] = True
            drawings.setdefault((part.layer, x, y), []).append(Feature(part.values[row], part.dimension, command))
    if part.dimension > 0:
        _draw_lost(drawings, part, geometry, np.flatnonzero(~seen & ~shapely.is_empty(geometry)), only)


def _draw_lost(
    drawings: Drawings, part: Part, geometry: NDArray[Any], rows: NDArray[Any], only: tuple[int, int] | None
) -> None:
    """Draw what is smaller than a unit as one unit: every grid is in the tiles of its zooms."""
    corner = np.floor(shapely.bounds(geometry[rows])[:, :2]).astype(np.int64) if len(rows) else np.empty((0, 2), int)
    place = corner // EXTENT
    if only is not None:
        here = (place == only).all(axis=1)
        rows, corner, place = rows[here], corner[here], place[here]
        # what is not drawn in this tile may well be drawn in another
        pieces = cut_into_tiles(geometry[rows])
        elsewhere = np.zeros(len(rows), dtype=bool)
        elsewhere[pieces.row[[bool(command) for command in drawn(pieces.shape, part.dimension)]]] = True
        rows, corner, place = rows[~elsewhere], corner[~elsewhere], place[~elsewhere]
    at = corner - place * EXTENT
    if part.dimension == 2:
        shapes: Any = shapely.box(at[:, 0], at[:, 1], at[:, 0] + 1, at[:, 1] + 1)
    else:
        shapes = shapely.linestrings(np.stack([at, at + 1], axis=1))
    for row, (x, y), command in zip(rows.tolist(), place.tolist(), drawn(shapes, part.dimension), strict=True):
        drawings.setdefault((part.layer, x, y), []).append(Feature(part.values[row], part.dimension, command))


def _messages(drawings: Drawings) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Yield the layers of each tile, in the order of the layers."""
    for layer, x, y in sorted(drawings):
        told = LAYERS[layer]
        yield (x, y), layer_message(told.name, told.fields, drawings[layer, x, y])
