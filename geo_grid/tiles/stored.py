"""Archives of published versions, beside their store."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from geo_grid.errors import StoreError
from geo_grid.tiles.archive import write_tiles
from geo_grid.tiles.layers import TILE_TABLES

if TYPE_CHECKING:
    from collections.abc import Callable


_NAME = re.compile(r"v(?P<number>[0-9]{1,9})(\.[a-z0-9]+)?\.pmtiles", re.ASCII)

#: Versions whose archives are kept beside a store, unless told.
KEPT = 3


def tiles_folder(store_url: str | Path) -> Path | None:
    """Return where the archives of a store are.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.

    Returns
    -------
    Path or None
        ``PLAN.tiles`` beside ``PLAN.gpkg``; None for a database, which has no place of its own.
    """
    return None if "://" in str(store_url) else Path(store_url).resolve().with_suffix(".tiles")


def archive_name(number: int, datum: str = "WGS84") -> str:
    """Return the name of an archive.

    Parameters
    ----------
    number : int
        Number of the version.
    datum : str
        Datum of the map it is for.

    Returns
    -------
    str
        Like ``v3.pmtiles``, ``v3.gcj02.pmtiles``.
    """
    return f"v{number}.pmtiles" if datum == "WGS84" else f"v{number}.{datum.lower()}.pmtiles"


def prune_versions(folder: str | Path, keep: int, current: int) -> list[Path]:
    """Remove archives of old versions: the published one stays, and those that were written last.

    Parameters
    ----------
    folder : str or Path
        Where archives are.
    keep : int
        Versions whose archives stay; all of them for 0.
    current : int
        Number of the version that is published; its archives stay whatever else.

    Returns
    -------
    list of Path
        What was removed. What cannot be removed, or is read at the moment, stays.
    """
    if keep < 1:
        return []
    found: dict[int, list[tuple[float, Path]]] = {}
    for path in Path(folder).glob("v*.pmtiles"):
        match = _NAME.fullmatch(path.name)
        if match is not None:
            with suppress(OSError):
                found.setdefault(int(match["number"]), []).append((path.stat().st_mtime, path))
    newest = sorted(found, key=lambda number: (number == current, max(found[number])), reverse=True)
    gone = []
    for _, path in (each for number in newest[keep:] if number != current for each in found[number]):
        with suppress(OSError):
            path.unlink()
            gone.append(path)
    return gone


def write_version(
    store_url: str | Path,
    number: int,
    folder: str | Path,
    datum: str = "WGS84",
    progress: Callable[[str, int, int], None] | None = None,
) -> Path:
    """Write the archive of a published version.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.
    number : int
        Number of the version.
    folder : str or Path
        Where archives are; made if it is missing.
    datum : str
        Datum of the map it is for.
    progress : callable, optional
        Told the stage, how many zooms are done, and how many there are.

    Returns
    -------
    Path
        The archive; one that was there is replaced once the new one is whole.

    Raises
    ------
    StoreError
        There is no such version, or the folder cannot be written to.
    """
    from geo_grid.store import open_store

    path = Path(folder) / archive_name(number, datum)
    with open_store(store_url) as store:
        plan = store.read(TILE_TABLES, version=number)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_tiles(plan, path, datum=datum, progress=progress)
    except OSError as error:
        raise StoreError(f"the tiles cannot be written: {error.strerror}", file=path) from error
    return path
