"""Memory of a process and all its children, pages they share counted once where the system says so."""

from __future__ import annotations

import resource
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

INTERVAL = 1.0


class PeakMemory:
    """Looks at the memory every second; elsewhere than on Linux, adds up what the system says at the end."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._peak = 0.0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def begin(self) -> None:
        """Forget the peak."""
        self._peak = 0.0

    def peak(self) -> float:
        """Return the peak since the last beginning, megabytes."""
        return max(self._peak, memory_now())

    def _watch(self) -> None:
        while not self._stop.wait(INTERVAL):
            self._peak = max(self._peak, memory_now())


def memory_now() -> float:
    """Return the megabytes of this process and its children."""
    if not sys.platform.startswith("linux"):
        used = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(used) / 1024**2
    return sum(_proportional(pid) for pid in _family(Path("/proc/self").resolve().name)) / 1024


def _family(pid: str) -> list[str]:
    children: list[str] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children += task.read_text().split()
        except OSError:  # a thread that ended meanwhile
            continue
    return [pid, *(member for child in children for member in _family(child))]


def _proportional(pid: str) -> float:
    """Return kilobytes, each page divided by the processes that share it."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return float(next(line.split()[1] for line in text.splitlines() if line.startswith("Pss:")))
