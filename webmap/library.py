"""The one plan a service shows, read when first asked for and again when its store changes."""

from __future__ import annotations

import threading
import time
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from webmap.atlas import Atlas, read_meta, read_public

if TYPE_CHECKING:
    from collections.abc import Callable

    from webmap.settings import Datum, Settings


class Library:
    """Atlases of one store, by datum, with their answers kept.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.
    settings : Settings
        Limits.
    """

    def __init__(self, store_url: str | Path, settings: Settings) -> None:
        self.store_url = str(store_url)
        self.settings = settings
        self._lock = threading.Lock()
        self._stamp: object = None
        self._looked: float | None = None
        self._database_stamp: object = None
        self._atlases: dict[str, Atlas] = {}
        self._edition = ""
        self.answer = lru_cache(maxsize=settings.cached_answers)(self._answer)

    def open(self) -> str:
        """Read the plan unless the copy at hand is still the stored one.

        Returns
        -------
        str
            Which edition of the plan answers come from.

        Raises
        ------
        StoreError
            If the store is missing or broken.
        """
        with self._lock:
            stamp = self._current_stamp()
            if not self._atlases or stamp != self._stamp:
                plan = read_public(self.store_url)
                datums: list[Datum] = ["WGS84"]
                if self.settings.base_map is not None and self.settings.base_map.datum != "WGS84":
                    datums.append(self.settings.base_map.datum)
                self._atlases = {datum: Atlas(plan, self.settings, datum) for datum in datums}
                self._stamp = stamp
                self._edition = blake2b(
                    f"{stamp} {plan.meta.get('built_at')} {plan.meta.get('program_version')}".encode(), digest_size=8
                ).hexdigest()
                self.answer.cache_clear()
            return self._edition

    def _current_stamp(self) -> object:
        """Say what tells a plan from its successor: facts of the file, or what a database says of its plan."""
        if "://" in self.store_url:
            now = time.monotonic()
            if self._looked is None or now - self._looked >= self.settings.look_seconds:
                self._database_stamp, self._looked = read_meta(self.store_url), now
            return self._database_stamp
        try:
            stat = Path(self.store_url).stat()
        except OSError:
            return None
        return stat.st_mtime_ns, stat.st_size, stat.st_ino

    def atlas(self, datum: str) -> Atlas | None:
        """Return the atlas of a datum.

        Parameters
        ----------
        datum : str
            "WGS84", or the datum of the base map.

        Returns
        -------
        Atlas or None
            None where this service has no use for the datum.
        """
        return self._atlases.get(datum)

    def _answer(self, datum: str, question: Callable[[Atlas], str], *_key: object) -> str:
        return question(self._atlases[datum])
