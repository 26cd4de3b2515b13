"""From geometries in tile units to the drawing commands of vector tiles, all of a layer at once."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geo_grid.tiles.message import varints

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

_MOVE, _LINE, _CLOSE = 1, 2, 7


def drawn(geometry: NDArray[Any], dimension: int) -> list[bytes]:
    """Write geometries as drawing commands.

    Parameters
    ----------
    geometry : ndarray of geometry, shape (n,)
        In tile units, of one dimension.
    dimension : {0, 1, 2}
        Points, lines or polygons.

    Returns
    -------
    list of bytes
        Commands of each; empty where nothing is left of it in whole units.
    """
    if len(geometry) == 0:
        return []
    whole, line, owner, hole = _lines(_mended(geometry) if dimension == 2 else geometry, dimension)
    if dimension == 0:
        whole, size, owner = _kept(whole, np.diff(line), np.diff(line) > 0, owner)
        return _commands(whole, size, owner, len(geometry), closed=False, points=True)
    whole, size, owner, hole = _thinned(whole, line, owner, hole, closed=dimension == 2)
    if dimension == 2:
        whole, size, owner = _turned(whole, size, owner, hole)
    else:
        whole, size, owner = _kept(whole, size, size >= 2, owner)
    return _commands(whole, size, owner, len(geometry), closed=dimension == 2)


def _mended(geometry: NDArray[Any]) -> NDArray[Any]:
    """Return polygons that stay valid in whole units: the tip of a thin wedge can cross itself when it is rounded."""
    crossed = ~shapely.is_valid(shapely.transform(geometry, np.rint))
    if not crossed.any():
        return geometry
    out = geometry.copy()
    out[crossed] = shapely.set_precision(shapely.make_valid(geometry[crossed]), 1.0)
    return out


def _lines(geometry: NDArray[Any], dimension: int) -> tuple[Numbers, Numbers, Numbers, NDArray[np.bool_]]:
    """Return whole units, where each line begins, whose each is, and whether it is a hole."""
    _, coordinates, offsets = shapely.to_ragged_array(_many(geometry, dimension))
    whole = np.rint(coordinates).astype(np.int64)
    if dimension == 0:
        return whole, offsets[0].astype(np.int64), np.arange(len(geometry)), np.zeros(len(geometry), dtype=bool)
    line, outer = offsets[0].astype(np.int64), offsets[-1].astype(np.int64)
    if dimension == 1:
        return whole, line, np.repeat(np.arange(len(geometry)), np.diff(outer)), np.zeros(len(line) - 1, dtype=bool)
    polygon = offsets[1].astype(np.int64)  # offsets of rings, of polygons, of geometries
    owner = np.repeat(np.repeat(np.arange(len(geometry)), np.diff(outer)), np.diff(polygon))
    hole = np.ones(len(line) - 1, dtype=bool)
    hole[polygon[:-1][np.diff(polygon) > 0]] = False
    return whole, line, owner, hole


def _many(geometry: NDArray[Any], dimension: int) -> NDArray[Any]:
    """Return all as collections of their parts of one dimension: clipping leaves points and lines behind."""
    parts, owner = shapely.get_parts(geometry, return_index=True)
    kept = (shapely.get_dimensions(parts) == dimension) & ~shapely.is_empty(parts)
    make = (shapely.multipoints, shapely.multilinestrings, shapely.multipolygons)[dimension]
    kind = (shapely.GeometryType.MULTIPOINT, shapely.GeometryType.MULTILINESTRING, shapely.GeometryType.MULTIPOLYGON)
    out = np.asarray(shapely.empty(len(geometry), geom_type=kind[dimension]), dtype=object)
    if kept.any():
        make(parts[kept], indices=owner[kept], out=out)
    return out


def _starts(size: Numbers) -> Numbers:
    return np.cumsum(size) - size


def _kept(whole: Numbers, size: Numbers, keep: NDArray[np.bool_], *facts: Any) -> tuple[Any, ...]:
    """Return vertices, sizes and facts of the lines that are kept."""
    return whole[np.repeat(keep, size)], size[keep], *(fact[keep] for fact in facts)


def _thinned(
    whole: Numbers, line: Numbers, owner: Numbers, hole: NDArray[np.bool_], *, closed: bool
) -> tuple[Numbers, Numbers, Numbers, NDArray[np.bool_]]:
    """Drop vertices that repeat the one before; a ring's last vertex always does, seen from its first."""
    size = np.diff(line)
    keep = np.ones(len(whole), dtype=bool)
    keep[1:] = (whole[1:] != whole[:-1]).any(axis=1)
    keep[line[:-1][size > 0]] = True
    size = np.bincount(np.repeat(np.arange(len(size)), size)[keep], minlength=len(size))
    whole = whole[keep]
    if closed and len(whole):
        starts = _starts(size)
        last = starts + size - 1
        again = (size > 1) & (whole[last] == whole[starts]).all(axis=1)
        keep = np.ones(len(whole), dtype=bool)
        keep[last[again]] = False
        whole, size = whole[keep], size - again
    return whole, size, owner, hole


def _turned(whole: Numbers, size: Numbers, owner: Numbers, hole: NDArray[np.bool_]) -> tuple[Numbers, Numbers, Numbers]:
    """Drop rings without area, holes with their polygon; turn outer rings clockwise on the screen, and holes back."""
    starts = _starts(size)
    which = np.repeat(np.arange(len(size)), size)
    after = np.arange(len(whole)) + 1
    after = np.where(after == (starts + size)[which], starts[which], after) if len(whole) else after
    x, y = whole[:, 0], whole[:, 1]
    area = np.bincount(which, weights=x * y[after] - x[after] * y, minlength=len(size))
    # a polygon is an outer ring and the holes up to the next one
    polygon = np.cumsum(~hole) - 1
    empty = np.bincount(polygon, weights=~hole & (area == 0), minlength=int(polygon[-1]) + 1 if len(polygon) else 0) > 0
    keep = (area != 0) & (size >= 3) & (~empty[polygon] if len(polygon) else True)
    turn = (area > 0) == hole  # outer rings have positive area where y runs down
    order = np.where(turn[which], (2 * starts + size - 1)[which] - np.arange(len(whole)), np.arange(len(whole)))
    return _kept(whole[order], size, keep, owner)


def _commands(
    whole: Numbers, size: Numbers, owner: Numbers, count: int, *, closed: bool, points: bool = False
) -> list[bytes]:
    """Return the commands of each geometry: per line one step to its start, the steps along it, and its closing."""
    steps = _steps(whole, size, owner)
    heads = 1 if points else 2  # places of commands in front of a line's first and second vertex
    length = 2 * size + heads + int(closed)
    begin = _starts(length)
    stream = np.zeros(int(length.sum()), dtype=np.uint64)
    which = np.repeat(np.arange(len(size)), size)
    place = np.arange(len(whole)) - _starts(size)[which]
    at = begin[which] + 2 * place + 1 + (0 if points else place > 0)
    stream[at], stream[at + 1] = steps[:, 0], steps[:, 1]
    stream[begin] = (size if points else 1) << 3 | _MOVE
    if not points:
        stream[begin + 3] = (size - 1) << 3 | _LINE
    if closed:
        stream[begin + length - 1] = 1 << 3 | _CLOSE
    written, starts = varints(stream)
    bounds = np.concatenate([begin, [len(stream)]])[np.searchsorted(owner, np.arange(count + 1))]
    text, cuts = written.tobytes(), starts[bounds].tolist()
    return [text[low:high] for low, high in pairwise(cuts)]


def _steps(whole: Numbers, size: Numbers, owner: Numbers) -> NDArray[np.uint64]:
    """Return how far each vertex is from the one before it in its geometry, in zigzag."""
    step = whole.copy()
    step[1:] -= whole[:-1]
    first = np.concatenate([[True], owner[1:] != owner[:-1]]) if len(owner) else np.zeros(0, dtype=bool)
    start = _starts(size)[first & (size > 0)]
    step[start] = whole[start]
    return ((step << 1) ^ (step >> 63)).astype(np.uint64)
