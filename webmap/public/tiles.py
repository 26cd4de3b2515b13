"""The tile archives of published versions: where they are, and the process that writes them."""

from __future__ import annotations

import datetime as dt
import logging
import multiprocessing
import os
import tempfile
import threading
from concurrent.futures import TimeoutError as LateError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geo_grid.tiles.stored import archive_name, prune_versions, tiles_folder, write_version
from webmap.refusals import BusyError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from pebble import ProcessFuture, ProcessPool

    from webmap.settings import Settings

#: Archives that may wait to be written; one is written at a time.
_WAITING = 3

_LOG = logging.getLogger("webmap.tiles")


class Tiles:
    """Archives of one store.

    Parameters
    ----------
    store_url : str or Path
        GeoPackage path or PostgreSQL address.
    settings : Settings
        Where they are, and how long writing one may take.
    """

    def __init__(self, store_url: str | Path, settings: Settings) -> None:
        self._store_url, self._settings = str(store_url), settings
        self._lock = threading.Lock()
        self._pool: ProcessPool | None = None
        self._jobs: dict[str, ProcessFuture[str]] = {}
        self._folder: Path | None = None
        self._own: tempfile.TemporaryDirectory[str] | None = None

    @property
    def datums(self) -> tuple[str, ...]:
        """Datums there are archives in: WGS84, and that of the base map."""
        base = self._settings.base_map
        return ("WGS84",) if base is None or base.datum == "WGS84" else ("WGS84", base.datum)

    @property
    def folder(self) -> Path:
        """Where archives are: as set, else beside the store, else for as long as the service lasts."""
        with self._lock:
            if self._folder is None:
                chosen = Path(self._settings.tiles).resolve() if self._settings.tiles else tiles_folder(self._store_url)
                if chosen is None or not _writable(chosen):
                    self._own = tempfile.TemporaryDirectory(prefix="geo-grid-tiles-")
                    chosen = Path(self._own.name)
                self._folder = chosen
            return self._folder

    def at_hand(self, version: dict[str, Any], datum: str) -> Path | None:
        """Return the archive of a version, if it is there.

        Parameters
        ----------
        version : dict
            Row of the version.
        datum : str
            Datum of the map it is for.

        Returns
        -------
        Path or None
            None where there is none, or one of an earlier store of the same name.
        """
        path = self.folder / archive_name(version["number"], datum)
        try:
            written = path.stat().st_mtime
        except OSError:
            return None
        return path if written >= dt.datetime.fromisoformat(version["made_at"]).timestamp() else None

    def begin(self, number: int, datum: str = "WGS84") -> ProcessFuture[str]:
        """Have an archive written, unless it is being written.

        Parameters
        ----------
        number : int
            Number of the version.
        datum : str
            Datum of the map it is for.

        Returns
        -------
        ProcessFuture[str]
            Ends with it.

        Raises
        ------
        BusyError
            If too many wait already.
        """
        folder, name = self.folder, archive_name(number, datum)
        with self._lock:
            self._jobs = {key: job for key, job in self._jobs.items() if not job.done()}
            if name not in self._jobs:
                if len(self._jobs) >= _WAITING:
                    raise BusyError("other archives are being written", mend="Try again later.", retry_after=30)
                job = self._started().schedule(
                    _write,
                    args=(self._store_url, number, str(folder), datum, self._settings.tiles_kept),
                    timeout=self._settings.tiles_seconds,
                )
                job.add_done_callback(_tell)
                self._jobs[name] = job
            return self._jobs[name]

    def wait(self, version: dict[str, Any], datum: str) -> Path:
        """Return the archive of a version, written if it is missing.

        Parameters
        ----------
        version : dict
            Row of the version.
        datum : str
            Datum of the map it is for.

        Returns
        -------
        Path
            The archive.

        Raises
        ------
        BusyError
            If it is not ready yet, or cannot be written.
        """
        found = self.at_hand(version, datum)
        if found is not None:
            return found
        try:
            self.begin(version["number"], datum).result(self._settings.tiles_wait_seconds)
        except LateError:
            pass
        except Exception as error:  # told in the log by the job itself
            raise BusyError("the tiles cannot be written", mend="Ask the office.", retry_after=60) from error
        found = self.at_hand(version, datum)
        if found is None:
            raise BusyError("the tiles are being written", mend="Try again in a moment.", retry_after=5)
        return found

    def _started(self) -> ProcessPool:
        if self._pool is None:
            from pebble import ProcessPool

            methods = multiprocessing.get_all_start_methods()
            context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
            self._pool = ProcessPool(max_workers=1, context=context)
        return self._pool

    def close(self) -> None:
        """End the process, and remove what was kept for as long as the service lasts."""
        with self._lock:
            pool, self._pool = self._pool, None
            own, self._own = self._own, None
            self._folder = None
            self._jobs = {}
        if pool is not None:
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()
        if own is not None:
            own.cleanup()


def _write(store_url: str, number: int, folder: str, datum: str, kept: int) -> str:
    """Write an archive, in a process of its own; it gives way to those who answer."""
    from geo_grid.store import open_store

    if hasattr(os, "nice"):
        os.nice(5)
    path = str(write_version(store_url, number, folder, datum))
    with open_store(store_url) as store:
        latest = store.latest_version()
    # one that was asked for stays, beside the one that is published
    prune_versions(folder, kept and max(kept, 2), number if latest is None else latest)
    return path


def _tell(job: Future[str]) -> None:
    error = None if job.cancelled() else job.exception()
    if error is not None:
        line = getattr(error, "line", None)
        _LOG.error("tiles were not written: %s", line() if line is not None else type(error).__name__)


def _writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)
