"""Where photos that came in whole are written anew: in the background, when phones have sent what they had."""

from __future__ import annotations

import logging
import os
import queue
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from geo_grid.errors import GeoGridError

if TYPE_CHECKING:
    from collections.abc import Callable

_LOG = logging.getLogger("webmap.field")

#: How much less of the processor than others these threads ask for; 0 to 19.
_NICE = 10

#: Seconds that are waited for the photo at hand when the service ends.
_PATIENCE = 10.0

#: Seconds without a new photo after which they are developed: a hundred phones that have signal again come first.
_LULL = 1.0

#: Seconds a photo waits for that at most; phones may go on sending all day.
_LONGEST = 120.0


class Darkroom:
    """Threads that develop photos one after the other, so that phones with signal need not wait for it.

    A niceness alone does not do it: a thread that is made to wait may hold the interpreter's lock meanwhile.

    Parameters
    ----------
    develop : callable
        Writes the photo of an id anew.
    threads : int
        Photos at a time.
    """

    def __init__(self, develop: Callable[[str], object], threads: int) -> None:
        self._develop, self._count = develop, max(1, threads)
        self._waiting: queue.SimpleQueue[tuple[str, float] | None] = queue.SimpleQueue()
        self._newest = float("-inf")
        self._ended = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []

    def put(self, id_: str) -> None:
        """Have a photo developed.

        Parameters
        ----------
        id_ : str
            Its id; one that comes twice is developed once.
        """
        with self._lock:
            if not self._threads:
                self._ended = threading.Event()
                self._threads = [
                    threading.Thread(target=self._run, args=(self._ended,), daemon=True, name=f"photos {number}")
                    for number in range(self._count)
                ]
                for thread in self._threads:
                    thread.start()
            self._newest = now = time.monotonic()
        self._waiting.put((id_, now))

    def close(self) -> None:
        """End the threads; what was not developed is found again at the next start."""
        with self._lock:
            threads, self._threads = self._threads, []
            self._ended.set()
        with suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()
        for _ in threads:
            self._waiting.put(None)
        for thread in threads:
            thread.join(_PATIENCE)

    def _run(self, ended: threading.Event) -> None:
        with suppress(AttributeError, OSError):  # on Linux each thread has a niceness of its own
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
        while (entry := self._waiting.get()) is not None:
            id_, since = entry
            while (pause := min(self._newest + _LULL, since + _LONGEST) - time.monotonic()) > 0:
                if ended.wait(pause):
                    return
            try:
                self._develop(id_)
            except (GeoGridError, OSError) as error:
                _LOG.warning("a photo waits to be written anew: %s", error)
            except Exception:  # noqa: BLE001 - the next one waits
                _LOG.exception("a photo waits to be written anew")
