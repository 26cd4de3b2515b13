"""The plan a service shows, read when first asked for and again when its store changes; and earlier versions of it."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from webmap.atlas import Atlas, Stamp, read_public, read_stamp
from webmap.public.edition import Edition, day_end
from webmap.public.versions import changes_until, published_versions
from webmap.refusals import BusyError, NoVersionError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable
    from pathlib import Path

    from webmap.atlas import PublicPlan
    from webmap.settings import Settings

#: Seconds somebody waits while an earlier version is read for somebody else.
_WAIT = 30.0

#: Seconds in which the file is looked at once, however many ask: looking lets other threads in, which costs a lookup
#: more than finding its grid.
_GLANCE = 0.005


class Library:
    """Editions of the plan of one store.

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
        self._files = (self.store_url, f"{self.store_url}-wal")
        self._lock = threading.Lock()
        self._stamp: Stamp | None = None
        self._facts: object = None
        self._glanced = self._looked = self._read = float("-inf")
        self._edition: Edition | None = None
        self._versions: list[dict[str, Any]] = []
        self._reading = threading.Lock()
        self._earlier: OrderedDict[str, Edition] = OrderedDict()

    #: Whether what takes seconds is made of a new version before somebody asks for it.
    keeps_warm = False

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
        return self.current().key

    def current(self) -> Edition:
        """Return what is shown: the version published last, or the draft where nothing was published.

        Returns
        -------
        Edition
            The stored one, read anew if it changed.

        Raises
        ------
        StoreError
            If the store is missing or broken.
        """
        shown = self._edition
        # while somebody reads a new version, which takes seconds, the others go on with the one there is
        if not self._lock.acquire(blocking=shown is None):
            assert shown is not None  # noqa: S101
            return shown
        try:
            stamp = self._current_stamp()
            if self._edition is None or stamp != self._stamp:
                plan = self._public(None)
                versions = published_versions(self.store_url)
                told = f"{stamp} {plan.meta.get('built_at')} {plan.meta.get('program_version')}"
                self._edition = self._made(told, stamp.version, plan, versions)
                self._stamp, self._read, self._versions = stamp, time.monotonic(), versions
                if self.keeps_warm:
                    threading.Thread(target=self._edition.warm, daemon=True, name="warm").start()
            return self._edition
        finally:
            self._lock.release()

    def _public(self, version: int | None) -> PublicPlan:
        return read_public(self.store_url, version, least_count=max(1, self.settings.least_count))

    def _made(self, told: str, version: int | None, plan: PublicPlan, versions: list[dict[str, Any]]) -> Edition:
        made_at = next((row["made_at"] for row in versions if row["number"] == version), plan.meta.get("built_at"))
        key = blake2b(told.encode(), digest_size=8).hexdigest()

        def changes() -> dict[str, str]:
            return changes_until(self.store_url, version, versions)

        return Edition(key, version, made_at, plan, self.settings, changes)

    @property
    def versions(self) -> list[dict[str, Any]]:
        """Rows of the published versions, oldest first, as they were when the plan was read."""
        self.current()
        return self._versions

    def edition(self, day: dt.date | None, count: Callable[[], None] | None = None) -> Edition:
        """Return what is shown, or what was on a day.

        Parameters
        ----------
        day : date, optional
            A day; today by default.
        count : callable, optional
            Called before an earlier version is read, which costs seconds: it may refuse.

        Returns
        -------
        Edition
            Of the version that was the latest when the day ended.

        Raises
        ------
        NoVersionError
            Nothing was published by then.
        BusyError
            Others wait for earlier versions already.
        """
        current = self.current()
        if day is None:
            return current
        end = day_end(day, self.settings.utc_offset_hours)
        by_then = [row for row in self._versions if row["made_at"] <= end]
        if not by_then:
            first = self._versions[0]["made_at"] if self._versions else None
            raise NoVersionError("nothing was published by that day", mend="Choose a later day.", first=first)
        row = by_then[-1]
        return current if row["number"] == current.version else self.version(row["number"], count)

    def version(self, number: int, count: Callable[[], None] | None = None) -> Edition:
        """Return a published version.

        Parameters
        ----------
        number : int
            Its number.
        count : callable, optional
            Called before it is read; it may refuse.

        Returns
        -------
        Edition
            The version; a few are kept.

        Raises
        ------
        NoVersionError
            There is no such version.
        BusyError
            Others wait for earlier versions already.
        """
        current = self.current()
        if number == current.version:
            return current
        row = next((row for row in self._versions if row["number"] == number), None)
        if row is None:
            raise NoVersionError(f"there is no version {number}", mend="See /api/v1/tiles.json for the latest.")
        told = f"{number} {row['made_at']} {row['content_hash']}"
        found = self._earlier.get(told)
        if found is None:
            if count is not None:
                count()
            found = self._read_earlier(told, number)
        return found

    def _read_earlier(self, told: str, number: int) -> Edition:
        if not self._reading.acquire(timeout=_WAIT):
            raise BusyError("earlier versions are being read", mend="Try again in a moment.", retry_after=5)
        try:
            found = self._earlier.get(told)
            if found is None:
                while self._earlier and len(self._earlier) >= self.settings.editions_kept:
                    self._earlier.popitem(
                        last=False
                    )  # before the next is read: both at once would need the room of both
                found = self._made(told, number, self._public(number), self._versions)
                if self.settings.editions_kept > 0:
                    self._earlier[told] = found
            return found
        finally:
            self._reading.release()

    def _current_stamp(self) -> Stamp:
        """Say what tells the plan from its successor; asks the store only if there may be one."""
        now = time.monotonic()
        if self._stamp is not None and now - self._glanced < min(_GLANCE, self.settings.look_seconds):
            return self._stamp
        self._glanced, facts = now, self._facts_of_file()
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
        for path in self._files:
            try:
                stat = os.stat(path)  # noqa: PTH116 - at every request, and five times as fast as a Path
            except OSError:
                found.append(None)
            else:
                found.append((stat.st_mtime_ns, stat.st_size, stat.st_ino))
        return tuple(found) if found[0] is not None else None

    def atlas(self, datum: str) -> Atlas | None:
        """Return the atlas of what is shown.

        Parameters
        ----------
        datum : str
            "WGS84", or the datum of the base map.

        Returns
        -------
        Atlas or None
            None where this service has no use for the datum.
        """
        return self.current().atlas(datum)
