"""What the signed-in part of the service works with, made when it is first needed: the public map needs none of it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from webmap.accounts.limits import Limits
from webmap.accounts.register import Register

if TYPE_CHECKING:
    from pathlib import Path

    from geo_grid.desk import Desk
    from webmap.desk.workers import Workers
    from webmap.field.photos import PhotoFolder
    from webmap.public.tiles import Tiles
    from webmap.settings import Settings


class Office:
    """Accounts, desk and worker processes of one store.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.
    settings : Settings
        Limits.
    """

    def __init__(self, store_url: str | Path, settings: Settings) -> None:
        self.store_url, self.settings = store_url, settings
        self.limits = Limits(settings)
        self._lock = threading.RLock()
        self._made: dict[str, Any] = {}

    @property
    def register(self) -> Register:
        """Accounts and sessions."""
        found: Register = self._once("register", lambda: Register(self.ledger, self.settings))
        return found

    @property
    def store(self) -> Any:
        """The stored plan."""
        return self._once("store", self._open)

    @property
    def ledger(self) -> Any:
        """What the store keeps beside the plan."""
        return self._once("ledger", self.store.ledger)

    @property
    def desk(self) -> Desk:
        """Where grids are redrawn."""
        found: Desk = self._once("desk", self._desk)
        return found

    @property
    def workers(self) -> Workers:
        """Processes for work that has a time limit."""
        found: Workers = self._once("workers", self._workers)
        return found

    @property
    def tiles(self) -> Tiles:
        """Tile archives of published versions."""
        found: Tiles = self._once("tiles", self._tiles)
        return found

    @property
    def photos(self) -> PhotoFolder:
        """The folder of photos of inspections."""
        found: PhotoFolder = self._once("photos", self._photos)
        return found

    def _once(self, name: str, make: Any) -> Any:
        if name not in self._made:
            with self._lock:
                if name not in self._made:
                    self._made[name] = make()
        return self._made[name]

    def _open(self) -> Any:
        from geo_grid.store import open_store

        return open_store(self.store_url)

    def _desk(self) -> Desk:
        from geo_grid.desk import Desk

        return Desk(self.store)

    def _workers(self) -> Workers:
        from webmap.desk.workers import Workers

        return Workers(str(self.store_url), self.settings)

    def _tiles(self) -> Tiles:
        from webmap.public.tiles import Tiles

        return Tiles(self.store_url, self.settings)

    def _photos(self) -> PhotoFolder:
        from webmap.field.photos import PhotoFolder

        return PhotoFolder(str(self.store_url), self.settings, self.ledger)

    def close(self) -> None:
        """End the processes and let go of the store."""
        with self._lock:
            made, self._made = self._made, {}
        for name in ("workers", "photos", "tiles", "desk", "ledger", "store"):
            if name in made:
                made[name].close()
