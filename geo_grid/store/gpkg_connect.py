"""How a GeoPackage is opened to be read whoever is editing it, and to be edited whoever reads it."""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

T = TypeVar("T")
_WAIT_SECONDS = 30.0
_WAL_SECONDS = 5.0


def connect_reader(path: Path, **options: Any) -> sqlite3.Connection:
    """Open a file to read it, on a read-only disk too.

    Parameters
    ----------
    path : Path
        The file.
    **options
        For :func:`sqlite3.connect`.

    Returns
    -------
    Connection
        An open connection.
    """
    return _patiently(lambda: _connect_reader(path, options))


def begin_reading(db: sqlite3.Connection) -> None:
    """Begin a transaction that sees the present moment.

    Parameters
    ----------
    db : Connection
        A connection without transaction.
    """

    def begin() -> None:
        db.execute("BEGIN")
        try:
            db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        except sqlite3.Error:
            db.execute("ROLLBACK")
            raise

    _patiently(begin)


def to_wal(db: sqlite3.Connection) -> None:
    """Let others read while this connection writes; where the disk cannot do that, they wait a moment.

    Parameters
    ----------
    db : Connection
        A connection without transaction.
    """
    end = time.monotonic() + _WAL_SECONDS
    while True:
        try:
            db.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            if time.monotonic() > end:
                return
            time.sleep(0.02)
        else:
            db.execute("PRAGMA journal_size_limit = 16777216")
            return


def _patiently(attempt: Callable[[], T]) -> T:
    """Try again while the file changes to WAL mode or back: SQLite's own patience does not cover that."""
    end = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            return attempt()
        except sqlite3.OperationalError as error:
            if "lock" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.01)


def _connect_reader(path: Path, options: dict[str, Any]) -> sqlite3.Connection:
    address = f"file:{quote(str(path.resolve()))}?mode=ro"
    db = sqlite3.connect(address, uri=True, timeout=_WAIT_SECONDS, **options)
    try:
        db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.OperationalError as error:
        # a file left in WAL mode wants a journal beside it even to be read; where none can be made nobody writes either
        db.close()
        if "lock" in str(error) or path.with_name(path.name + "-wal").exists() or os.access(path.parent, os.W_OK):
            raise
        db = sqlite3.connect(f"{address}&immutable=1", uri=True, **options)
        db.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    except sqlite3.Error:
        db.close()
        raise
    return db
