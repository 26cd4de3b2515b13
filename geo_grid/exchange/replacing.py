"""Files are written beside their place and renamed into it: a reader never sees half of one."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import quote

from geo_grid.errors import StoreError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SQLITE_HEAD = b"SQLite format 3\x00"
#: What SQLite may leave beside a file.
_BESIDE = ("-journal", "-wal", "-shm")


@contextmanager
def replacing(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Give a draft to write to; it takes the place of the file once the block has ended well.

    Parameters
    ----------
    path : Path
        The file to be written; an earlier one is replaced.
    private : bool
        Whether only the owner may read the file.

    Yields
    ------
    Path
        A new name in the same folder, with the same suffix.

    Raises
    ------
    StoreError
        A plan stands there.
    UsageError
        The folder does not exist, or the file cannot be written.
    """
    target = path.resolve()  # a link stays a link
    refuse_plan(target)
    if target.is_dir() or not target.parent.is_dir():
        raise UsageError("there is no such folder, or a folder stands there", file=path, mend="Name a file")
    draft = target.with_name(f".{target.stem[:80]}.{secrets.token_hex(6)}.draft{target.suffix}")
    try:
        if private:  # from its first byte on
            os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield draft
        _sync(draft)
        refuse_plan(target)  # one may have been built there meanwhile
        draft.replace(target)
        _sync(target.parent)
    except OSError as error:
        why = error.strerror or " ".join(str(error).split()) or type(error).__name__
        raise UsageError(f"the file cannot be written: {why}", file=path) from None
    finally:
        for left in (draft, *(draft.with_name(draft.name + end) for end in _BESIDE)):
            with suppress(OSError):
                left.unlink(missing_ok=True)


def refuse_plan(path: Path) -> None:
    """Refuse a file that holds a plan, whatever it is called.

    Parameters
    ----------
    path : Path
        A file, or a name that is free.

    Raises
    ------
    StoreError
        A plan stands there, or a database that cannot be looked into.
    """
    if not path.is_file():
        return
    with path.open("rb") as file:
        if not file.read(len(_SQLITE_HEAD)).startswith(_SQLITE_HEAD):
            return
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True, timeout=5.0)) as db:
            tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.Error:
        tables = {"units"}  # what cannot be read is not thrown away
    if tables & {"units", "households", "revisions"}:
        raise StoreError("a plan stands there; an export never replaces one", file=path, mend="Choose another name.")


def _sync(path: Path) -> None:
    """Push a file or folder to the disk, so that a power cut after the rename cannot empty the file."""
    if os.name == "nt" and path.is_dir():
        return  # Windows cannot open a folder so
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
