"""Tasks on a cluster of dask.distributed; what they share lies in a folder that all its machines see."""

from __future__ import annotations

import functools
import logging
import secrets
from contextlib import suppress
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geo_grid
from geo_grid.engine.terms import Done
from geo_grid.errors import GeoGridError, UsageError
from geo_grid.keep import LIBRARIES

if TYPE_CHECKING:
    from geo_grid.engine.terms import Task

#: So long a scheduler may take to answer, and the first worker to report to it.
_SECONDS = 15
#: So long a wait is at most before it is looked whether the scheduler is still there.
_LOOK_SECONDS = 0.1


class DaskEngine:
    """An engine on Dask.

    Parameters
    ----------
    address : str
        ``HOST:PORT`` of the scheduler.
    folder : Path
        Shared storage.
    """

    apart = True

    def __init__(self, address: str, folder: Path) -> None:
        try:
            import distributed
        except ImportError:
            raise UsageError("dask.distributed is not installed", mend="pip install 'geo-grid[dask]'") from None
        try:
            dask: Any = distributed
            self._client = dask.Client(f"tcp://{address}", timeout=_SECONDS, set_as_default=False)
        except (OSError, ValueError):
            mend = "Start it there: dask scheduler; then on each machine: dask worker tcp://HOST:PORT --nthreads 1"
            raise UsageError(f"no Dask scheduler answers at {address}", mend=mend) from None
        self._address = address
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # a scheduler that is lost is told of here
        self._ended = dask.as_completed(loop=self._client.loop, raise_errors=False)
        self._run = secrets.token_hex(4)  # a scheduler may know tasks of an earlier build
        self._names: dict[str, str] = {}
        try:
            self._look_at_workers(address, folder)
        except BaseException:
            self.close()
            raise

    def _look_at_workers(self, address: str, folder: Path) -> None:
        """Refuse workers that would come to other results, or leave them where nobody finds them."""
        try:
            self._client.wait_for_workers(1, timeout=_SECONDS)
        except TimeoutError:
            mend = f"Start some: dask worker tcp://{address} --nthreads 1"
            raise UsageError(f"the Dask scheduler at {address} has no workers", mend=mend) from None
        token = secrets.token_hex(8)
        probe = folder / f"probe-{token}"
        probe.write_text(token, encoding="utf-8")
        try:
            seen = self._client.run(_look, str(probe), on_error="return")
        finally:
            probe.unlink(missing_ok=True)
        for worker, answer in sorted(seen.items()):
            if isinstance(answer, Exception):
                mend = f"Install the same release there as here ({type(answer).__name__}: {answer})"
                raise UsageError(f"the worker {worker} cannot run geo-grid", mend=mend)
            digest, found = answer
            if digest != _release():
                raise UsageError(
                    f"the worker {worker} runs another release of geo-grid, or of the libraries it uses",
                    mend="Install the same release on all machines",
                )
            if found != token:
                raise UsageError(
                    f"the worker {worker} does not see the folder {folder}",
                    mend="Name a folder on storage that all machines share: --work DIR",
                )

    def add(self, task: Task) -> None:
        """Take a task.

        Parameters
        ----------
        task : Task
            The task.
        """
        self._refuse_lost_scheduler()
        key = f"{task.name}-{self._run}"
        self._names[key] = task.name
        future = self._client.submit(task.run, *task.args, key=key, priority=int(task.urgent), pure=False)
        self._ended.add(future)

    def wait(self, *, patient: bool = True) -> Done | None:
        """Return a task that has ended.

        Parameters
        ----------
        patient : bool
            Whether to wait for one.

        Returns
        -------
        Done or None
            None where none has ended.

        Raises
        ------
        GeoGridError
            If the scheduler is gone, and with it all that it was to do.
        """
        from distributed import KilledWorker

        self._refuse_lost_scheduler()
        if not self._names or not (patient or self._ended.has_ready()):
            return None
        while not self._ended.has_ready():
            self._refuse_lost_scheduler()
            with self._ended.thread_condition:
                self._ended.thread_condition.wait(_LOOK_SECONDS)
        future = next(self._ended)
        if future.status in ("cancelled", "lost"):  # the client has found a scheduler again, but not this one's tasks
            raise self._lost()
        name = self._names.pop(future.key)
        error = future.exception()
        if isinstance(error, KilledWorker):
            return Done(name, death=f"its worker died {error.allowed_failures + 1} times")
        if error is not None:
            return Done(name, error=error)
        return Done(name, future.result())

    def close(self) -> None:
        """Let go of the cluster, and of what it has not ended."""
        self._ended.clear()
        with suppress(TimeoutError, OSError):
            self._client.close(timeout=_SECONDS if self._client.status == "running" else 1)

    def _refuse_lost_scheduler(self) -> None:
        if self._client.status != "running":
            raise self._lost()

    def _lost(self) -> GeoGridError:
        mend = "Start it again there, and its workers (dask scheduler, dask worker), and go on with --resume"
        return GeoGridError(f"the Dask scheduler at {self._address} has gone; nothing was stored", mend=mend)


def _look(probe: str) -> tuple[str, str]:
    """Return the digest of this worker's program, and what it finds in a file."""
    try:
        found = Path(probe).read_text(encoding="utf-8")
    except OSError:
        found = ""
    return _release(), found


@functools.cache
def _release() -> str:
    """Return a digest of the program, and of the libraries its results depend on."""
    out = blake2b(digest_size=16)
    for name in (*LIBRARIES, "geopandas", "pandas", "pyarrow"):
        out.update(f"{name} {version(name)}".encode())
    for file in sorted(Path(geo_grid.__file__).parent.rglob("*.py")):
        out.update(file.read_bytes())
    return out.hexdigest()
