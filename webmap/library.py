"""The one plan a service shows, read when first asked for and again when its store changes."""

from __future__ import annotations

import threading
import time
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from webmap.atlas import Atlas, Stamp, read_public, read_stamp

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
        self._stamp: Stamp | None = None
        self._facts: object = None
        self._looked = self._read = float("-inf")
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
                self._stamp, self._read = stamp, time.monotonic()
                self._edition = blake2b(
                    f"{stamp} {plan.meta.get('built_at')} {plan.meta.get('program_version')}".encode(), digest_size=8
                ).hexdigest()
                self.answer.cache_clear()
            return self._edition

    def _current_stamp(self) -> Stamp:
        """Say what tells the plan from its successor; asks the store only if there may be one."""
        now, facts = time.monotonic(), self._facts_of_file()
        if self._stamp is not None:
            if facts is not None and facts == self._facts:
                return self._stamp
            if "://" in self.store_url and now - self._looked < self.settings.look_seconds:
                return self._stamp
        self._facts = None
        stamp = read_stamp(self.store_url)
        self._looked = now
        if self._only_edited(stamp) and now - self._read < self.settings.draft_seconds and self._stamp is not None:
            return self._stamp  # a draft that is being edited would be read again and again
        self._facts = facts
        return stamp

    def _only_edited(self, stamp: Stamp) -> bool:
        return self._stamp is not None and stamp != self._stamp == stamp._replace(edit=self._stamp.edit)

    def _facts_of_file(self) -> object:
        """Say whether somebody wrote into the file since; None for a database, or where there is no file."""
        found: list[object] = []
        for path in (Path(self.store_url), Path(f"{self.store_url}-wal")):
            try:
                stat = path.stat()
            except OSError:
                found.append(None)
            else:
                found.append((stat.st_mtime_ns, stat.st_size, stat.st_ino))
        return tuple(found) if found[0] is not None else None

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
