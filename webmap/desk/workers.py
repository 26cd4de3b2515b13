"""Geometry and solver work in processes that are killed at their time limit: no other way ends a call into a library.

A process works out a change and sends it back; only the service itself writes to the store, so killing one loses
nothing but its own work.
"""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import TimeoutError as LateError
from typing import TYPE_CHECKING, Any, NamedTuple

from pebble import ProcessExpired, ProcessPool

from geo_grid.errors import GeoGridError
from webmap.refusals import BusyError, TookTooLongError

if TYPE_CHECKING:
    from collections.abc import Callable

    from webmap.settings import Settings

_HERE: dict[str, Any] = {}


class Failed(NamedTuple):
    """An error on its way between processes; errors with parameters of their own do not travel by themselves.

    Parameters
    ----------
    kind : type
        Its class.
    args : tuple
        What it was made of, as :class:`BaseException` keeps it.
    state : dict
        Its attributes.
    """

    kind: type[GeoGridError]
    args: tuple[Any, ...]
    state: dict[str, Any]

    def error(self) -> GeoGridError:
        """Return the error as it was raised.

        Returns
        -------
        GeoGridError
            The error.
        """
        made = self.kind.__new__(self.kind)
        made.args = self.args
        made.__dict__.update(self.state)
        return made


def _open(store_url: str) -> None:
    _HERE["store"] = store_url


def _desk() -> Any:
    if "desk" not in _HERE:
        from geo_grid.desk import Desk
        from geo_grid.store import open_store

        _HERE["desk"] = Desk(open_store(_HERE["store"]))
    return _HERE["desk"]


def _ready() -> None:
    """Bring in the libraries, a second's worth."""
    import geo_grid.desk  # noqa: F401


def _run(work: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    try:
        return work(_desk(), *args)
    except GeoGridError as error:
        return Failed(type(error), error.args, dict(error.__dict__))


def compute(desk: Any, area: str, expected: int, op: dict[str, Any]) -> Any:
    """Work out a change, in a worker process.

    Parameters
    ----------
    desk : Desk
        The process's own.
    area : str
        Code of the area.
    expected : int
        Revision it is based on.
    op : dict
        The operation.

    Returns
    -------
    Computed
        What the service stores.
    """
    return desk.compute(area, expected, op)


class Workers:
    """A few processes that do such work for the whole service.

    Parameters
    ----------
    store_url : str
        The store; reaches the processes through a pipe, for it may hold a password.
    settings : Settings
        How many, how long, how much may wait.
    """

    def __init__(self, store_url: str, settings: Settings) -> None:
        self._settings = settings
        methods = multiprocessing.get_all_start_methods()
        context = multiprocessing.get_context("forkserver" if "forkserver" in methods else "spawn")
        if "forkserver" in methods:
            context.set_forkserver_preload([__name__, "geo_grid.desk"])
        self._pool = ProcessPool(
            max_workers=settings.workers, context=context, initializer=_open, initargs=(store_url,)
        )
        self._free = threading.Semaphore(settings.waiting_jobs)

    def warm(self) -> None:
        """Start the processes, so that the first who needs one need not wait."""
        for _ in range(self._settings.workers):
            self._pool.schedule(_ready)

    def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """Have work done, and wait for it.

        Parameters
        ----------
        work : callable
            A function of a module; gets the process's desk and the arguments.
        *args : object
            What can be sent between processes.

        Returns
        -------
        object
            What it returns.

        Raises
        ------
        TookTooLongError
            If it did not end in time; its process is gone.
        BusyError
            If too much waits already.
        """
        seconds = self._settings.geometry_seconds
        if not self._free.acquire(blocking=False):
            raise BusyError("too much work is waiting", mend="Try again in a moment.", retry_after=5)
        try:
            done = self._pool.schedule(_run, args=(work, args), timeout=seconds).result()
        except LateError:
            raise TookTooLongError(
                f"this took longer than {seconds:g} seconds and was ended", mend="Choose fewer grids."
            ) from None
        except ProcessExpired:
            raise BusyError("the work was broken off", mend="Try again in a moment.", retry_after=5) from None
        finally:
            self._free.release()
        if isinstance(done, Failed):
            raise done.error()
        return done

    def close(self) -> None:
        """End the processes."""
        self._pool.stop()  # type: ignore[no-untyped-call]
        self._pool.join()
