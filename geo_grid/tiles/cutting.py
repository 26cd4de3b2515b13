"""Cutting geometries along the borders of tiles, all of a layer at once.

What spans many tiles is halved and halved again, so that a river through the whole city is not cut afresh for each of
the thousand tiles around it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from geo_grid.tiles.settings import BUFFER, EXTENT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]


class Pieces(NamedTuple):
    """Pieces of geometries in squares: which geometry each is of, its square's column and row, and its shape."""

    row: Numbers
    x: Numbers
    y: Numbers
    shape: NDArray[Any]


def cut_into_tiles(geometry: NDArray[Any], only: tuple[int, int] | None = None) -> Pieces:
    """Cut geometries into tiles.

    Parameters
    ----------
    geometry : ndarray of geometry, shape (n,)
        In tile units from the corner of the map.
    only : (int, int), optional
        Column and row of the only tile wanted; its pieces are the same as among all tiles.

    Returns
    -------
    Pieces
        By tile and geometry; shapes in units from the corner of their tile.
    """
    bounds = shapely.bounds(geometry)
    rows = np.flatnonzero(_wanted(bounds, only))
    spans = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])[rows] / EXTENT
    size = np.ceil(np.log2(np.maximum(spans, 1.0))).astype(np.int64)  # tiles a side, as a power of 2
    none = np.empty(0, dtype=np.int64)
    pieces = Pieces(none, none, none, np.empty(0, dtype=object))
    for power in range(int(size.max(initial=0)), -1, -1):
        own = rows[size == power]
        pieces = _joined(_squares(geometry[own], own, power), _quarters(pieces, power))
        if only is not None:
            around = (pieces.x == only[0] >> power) & (pieces.y == only[1] >> power)
            pieces = Pieces(*(column[around] for column in pieces))
    order = np.lexsort((pieces.row, pieces.y, pieces.x))
    return Pieces(*(column[order] for column in pieces))


def _wanted(bounds: NDArray[Any], only: tuple[int, int] | None) -> NDArray[np.bool_]:
    """Tell which boxes are near a tile; without one, which are of something at all."""
    if only is None:
        return ~np.isnan(bounds[:, 0])
    low = np.array(only) * EXTENT - BUFFER
    high = low + EXTENT + 2 * BUFFER
    with np.errstate(invalid="ignore"):
        return np.asarray((bounds[:, :2] <= high).all(axis=1) & (bounds[:, 2:] >= low).all(axis=1))


def _squares(geometry: NDArray[Any], row: Numbers, power: int) -> Pieces:
    """Cut geometries into squares of 2**power tiles a side."""
    side = EXTENT << power
    bounds = shapely.bounds(geometry) if len(geometry) else np.empty((0, 4))
    low = np.floor((bounds[:, :2] - BUFFER) / side).astype(np.int64)
    high = np.floor((bounds[:, 2:] + BUFFER) / side).astype(np.int64)
    wide, tall = (high - low + 1).T if len(low) else np.empty((2, 0), dtype=np.int64)
    which = np.repeat(np.arange(len(geometry)), wide * tall)
    place = np.arange(len(which)) - np.repeat(np.cumsum(wide * tall) - wide * tall, wide * tall)
    x, y = low[which, 0] + place % wide[which], low[which, 1] + place // wide[which]
    return _clipped(Pieces(row[which], x, y, geometry[which]), power)


def _quarters(pieces: Pieces, power: int) -> Pieces:
    """Cut pieces in squares twice as wide into squares of 2**power tiles a side."""
    half = EXTENT << power
    parts = []
    bounds = shapely.bounds(pieces.shape)
    for right in (0, 1):
        for down in (0, 1):
            west, north = right * half - BUFFER, down * half - BUFFER
            side = half + 2 * BUFFER
            inside = (bounds[:, 0] <= west + side) & (bounds[:, 2] >= west)
            inside &= (bounds[:, 1] <= north + side) & (bounds[:, 3] >= north)
            x, y = pieces.x[inside] * 2, pieces.y[inside] * 2
            shape = _moved(pieces.shape[inside], x * half, y * half)  # back to the corner of the map
            parts.append(_clipped(Pieces(pieces.row[inside], x + right, y + down, shape), power))
    return _joined(*parts)


def _joined(*parts: Pieces) -> Pieces:
    return Pieces(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _moved(shape: NDArray[Any], x: Numbers, y: Numbers) -> NDArray[Any]:
    coordinates, owner = shapely.get_coordinates(shape, return_index=True)
    out = shape.copy()
    return np.asarray(shapely.set_coordinates(out, coordinates + np.column_stack([x, y])[owner]), dtype=object)


def _clipped(pieces: Pieces, power: int) -> Pieces:
    """Clip each piece to its square, with a rim; one constant rectangle does for all once each is moved there."""
    side = EXTENT << power
    shape = _moved(pieces.shape, -pieces.x * side, -pieces.y * side)
    bounds = shapely.bounds(shape)
    low, high = -BUFFER, side + BUFFER
    over = (bounds[:, :2] < low).any(axis=1) | (bounds[:, 2:] > high).any(axis=1)
    shape[over] = shapely.clip_by_rect(shape[over], low, low, high, high)
    left = ~shapely.is_empty(shape)
    return Pieces(pieces.row[left], pieces.x[left], pieces.y[left], shape[left])
