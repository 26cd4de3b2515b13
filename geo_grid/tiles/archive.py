"""One PMTiles archive of all tiles of a plan."""

from __future__ import annotations

import gzip
import os
import sys
import tempfile
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from geo_grid.errors import UsageError
from geo_grid.tiles.layers import LAYERS
from geo_grid.tiles.mercator import degrees_of
from geo_grid.tiles.settings import GZIP_LEVEL, MAX_ZOOM, MIN_ZOOM
from geo_grid.tiles.source import TileSource

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    from geo_grid.model import Plan

    _Zoom = list[tuple[int, bytes]]

_T = TypeVar("_T")


def write_tiles(
    plan: Plan,
    path: str | Path,
    *,
    datum: str = "WGS84",
    name: str = "",
    progress: Callable[[str, int, int], None] | None = None,
    workers: int | None = None,
) -> int:
    """Write all tiles of a plan as one PMTiles archive.

    Parameters
    ----------
    plan : Plan
        The tables of :data:`geo_grid.tiles.layers.TILE_TABLES`; others in it are not looked at.
    path : str or Path
        The archive; one that is there is replaced once the new one is whole.
    datum : {"WGS84", "GCJ02", "BD09", "CGCS2000"}
        Datum of the map the tiles are for.
    name : str
        Name of the archive in its description; by default the plan's.
    progress : callable, optional
        Told the stage, how many zooms are done, and how many there are.
    workers : int
        Processes to draw in. By default as many as there are cores where processes can be forked and no other thread
        runs, which would be forked in the middle of its work; else one.

    Returns
    -------
    int
        How many tiles there are.

    Raises
    ------
    UsageError
        The plan has nothing to draw.

    Notes
    -----
    The same plan gives the same bytes.
    """
    source = TileSource(plan, datum)
    if source.bounds is None:
        raise UsageError("the plan has nothing to draw", mend="Build it first")
    target = Path(path)
    handle, draft = tempfile.mkstemp(prefix=f".{target.name}-", suffix=".part", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            count = _write(source, file, name or str(plan.meta.get("name") or ""), progress, workers or _workers())
            file.flush()
            os.fsync(file.fileno())
        Path(draft).chmod(0o644)  # a file of tempfile's is its owner's alone
        Path(draft).replace(target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    return count


def _write(
    source: TileSource, file: BinaryIO, name: str, progress: Callable[[str, int, int], None] | None, workers: int
) -> int:
    from pmtiles.writer import Writer

    make: Any = Writer  # the package has no types
    writer = make(file)
    count = 0
    try:
        if workers > 1:
            zooms: Iterable[_Zoom] = _zooms_of_children(source, progress, workers)
        else:
            zooms = (_zoom(z, source) for z in _watched(range(MIN_ZOOM, MAX_ZOOM + 1), progress))
        for tiles in zooms:
            for number, content in tiles:
                writer.write_tile(number, content)
            count += len(tiles)
        writer.finalize(_header(source), _description(name))
    finally:
        writer.tile_f.close()  # which finalize alone would do
    return count


def _workers() -> int:
    alone = sys.platform == "linux" and threading.active_count() == 1
    return (os.cpu_count() or 1) if alone else 1


def _zoom(z: int, source: TileSource) -> _Zoom:
    """Return the tiles of a zoom in the order of the archive, by number."""
    from pmtiles.tile import zxy_to_tileid

    tiles = {zxy_to_tileid(z, x, y): content for (x, y), content in source.tiles(z).items()}
    return [(number, gzip.compress(tiles[number], GZIP_LEVEL, mtime=0)) for number in sorted(tiles)]


def _watched(rows: Collection[_T], progress: Callable[[str, int, int], None] | None) -> Iterator[_T]:
    """Yield rows, and tell how many are done."""
    for done, row in enumerate(rows, start=1):
        yield row
        if progress is not None:
            progress("tiles", done, len(rows))


#: What the children of :func:`_zooms_of_children` draw.
_drawn_by_children: list[TileSource] = []


def _zooms_of_children(
    source: TileSource, progress: Callable[[str, int, int], None] | None, workers: int
) -> list[_Zoom]:
    """Draw all zooms in forked processes, the deepest and dearest first; return them in the order of the archive."""
    source.simplify(workers)
    _drawn_by_children.append(source)
    try:
        with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
            # one future a zoom: asked for in the order they were given
            asked = [pool.submit(_zoom_of_child, z) for z in range(MAX_ZOOM, MIN_ZOOM - 1, -1)]
            return [future.result() for future in _watched(asked, progress)][::-1]
    finally:
        _drawn_by_children.clear()


def _zoom_of_child(z: int) -> _Zoom:
    return _zoom(z, _drawn_by_children[0])


def _header(source: TileSource) -> dict[str, Any]:
    from pmtiles.tile import Compression, TileType

    west, north, east, south = source.bounds or (0.0, 0.0, 1.0, 1.0)
    (low_lon, high_lat), (high_lon, low_lat) = degrees_of(west, north), degrees_of(east, south)
    return {
        "tile_compression": Compression.GZIP,
        "tile_type": TileType.MVT,
        "min_lon_e7": round(low_lon * 1e7),
        "min_lat_e7": round(low_lat * 1e7),
        "max_lon_e7": round(high_lon * 1e7),
        "max_lat_e7": round(high_lat * 1e7),
        "center_zoom": LAYERS[0].low,
    }


def _description(name: str) -> dict[str, Any]:
    kinds = {"level": "Number", "colour": "Number"}
    layers = [
        {
            "id": layer.name,
            "fields": {field: kinds.get(field, "String") for field in layer.fields},
            "minzoom": layer.low,
            "maxzoom": layer.high,
        }
        for layer in LAYERS
    ]
    return {"name": name, "format": "pbf", "type": "overlay", "vector_layers": layers}
