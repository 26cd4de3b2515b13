"""Where plans are kept: a GeoPackage file or a PostGIS database, with the same tables (:mod:`geo_grid.schema`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from geo_grid.errors import StoreError
from geo_grid.store.copying import Copied, copy_store
from geo_grid.store.digest import content_hash, table_hashes
from geo_grid.store.gpkg import GeoPackageStore

if TYPE_CHECKING:
    from geo_grid.store.base import Store

__all__ = ["Copied", "content_hash", "copy_store", "open_store", "table_hashes"]


def open_store(url: str | Path) -> Store:
    """Open a store by its address; nothing is created before the first write.

    Parameters
    ----------
    url : str or Path
        Path of a GeoPackage (``….gpkg``), or ``postgresql://…`` of a PostGIS database. A password is better left to
        ``~/.pgpass`` or the variable ``PGPASSWORD`` than written into the address.

    Returns
    -------
    Store
        The store.

    Raises
    ------
    StoreError
        If the address is neither.
    """
    text = str(url)
    if isinstance(url, str) and text.startswith(("postgresql://", "postgres://")):
        from geo_grid.store.postgis import PostGISStore

        return PostGISStore(text)
    if "://" not in text and text.lower().endswith(".gpkg"):
        return GeoPackageStore(Path(text))
    if "://" in text:  # it may hold a password: say nothing of it
        raise StoreError("this kind of store is not known", mend="Give a path ending in .gpkg, or postgresql://….")
    raise StoreError("a store is a GeoPackage", file=text, mend="Give a path ending in .gpkg, or postgresql://….")
