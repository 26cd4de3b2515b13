"""One build into a store at a time: two would share the folder of unfinished work, and write one plan over the other."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from geo_grid.errors import GeoGridError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.keep import Keep
    from geo_grid.store.base import Store

__all__ = ["UnderWayError", "sole_build"]

#: Key of PostgreSQL's advisory lock that a build holds; the one of a plan that is being written is another.
_BUILD_LOCK = 0x47454F4255494C44


class UnderWayError(GeoGridError):
    """Another build is under way into this store, or with its folder of unfinished work."""


@contextmanager
def sole_build(store: Store, address: str, keep: Keep) -> Iterator[None]:
    """Be the only build into a store, and the only one with its folder of unfinished work; refuse to be a second one.

    A process that is killed holds nothing any more: the locks are those of the system, and of the database.

    Parameters
    ----------
    store : Store
        Where the plan goes; it is found out whether it can be written.
    address : str
        Path of its GeoPackage, or the address of its database.
    keep : Keep
        Its folder for unfinished work, which several stores may share.

    Yields
    ------
    None
        Nothing.

    Raises
    ------
    UnderWayError
        If another build is under way.
    GeoGridError
        If the store cannot be written, or there is no place for a lock.
    """
    with ExitStack() as stack:
        if "://" in address:
            stack.enter_context(_database(address))  # a second one would wait here until the first has written
        store.ensure_writable()  # before the work, not after it
        folder = keep.folder.resolve()
        homes = {folder.with_name(folder.name.removesuffix(".parts")): _working_in(folder)}
        if "://" not in address:
            homes[Path(address).resolve()] = _under_way()  # the same, unless the work lies elsewhere
        for home in sorted(homes):
            stack.enter_context(_file(home.with_name(f".{home.name}.building"), homes[home]))
        yield


@contextmanager
def _file(path: Path, held: UnderWayError) -> Iterator[None]:
    """Hold a lock on a file, which is made for it and removed after it."""
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise held from None
    except OSError as error:
        mend = "See that its folder, and the file itself if it is there, can be written to"
        raise UsageError(f"this file cannot be locked ({error.strerror})", file=path, mend=mend) from None
    try:
        yield
    finally:
        with suppress(OSError):  # while it is held: who comes later makes one anew
            path.unlink()
        lock.release()


@contextmanager
def _database(url: str) -> Iterator[None]:
    """Hold a lock in a database as long as a connection to it is open."""
    import psycopg

    from geo_grid.store.pg_backend import CONNECT_OPTIONS, explained

    try:
        db = psycopg.connect(url, autocommit=True, **CONNECT_OPTIONS)
    except psycopg.Error as error:
        raise explained(error, url) from None
    with db:
        if db.execute("SELECT pg_try_advisory_lock(%s)", (_BUILD_LOCK,)).fetchone() != (True,):
            raise _under_way()
        yield


def _under_way() -> UnderWayError:
    return UnderWayError(
        "another build is under way into this store", mend="Wait until it has ended, or give another --store"
    )


def _working_in(folder: Path) -> UnderWayError:
    mend = "Wait until it has ended, or give another folder: --work DIR"
    return UnderWayError("another build is under way with this folder of unfinished work", file=folder, mend=mend)
