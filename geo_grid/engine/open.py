"""From a word on the command line to an engine."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from geo_grid.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from geo_grid.engine.terms import Engine

LOCAL = "local"
_DASK = re.compile(r"dask://([^/\s]+:\d+)/?")


def check_engine(word: str) -> str:
    """Refuse a word that names no engine.

    Parameters
    ----------
    word : str
        The word.

    Returns
    -------
    str
        The same.

    Raises
    ------
    UsageError
        If it is neither "local" nor ``dask://HOST:PORT``.
    """
    if word != LOCAL and not _DASK.fullmatch(word):
        raise UsageError(f"{word!r} is no engine", mend="Give local, or dask://HOST:PORT of a Dask scheduler")
    return word


def open_engine(word: str, workers: int | None, *, small: bool, folder: Path | None) -> Engine:
    """Return an engine.

    Parameters
    ----------
    word : str
        "local" or ``dask://HOST:PORT``.
    workers : int or None
        Local processes; the number of cores by default.
    small : bool
        Whether the work is done before a second process has started.
    folder : Path or None
        Where parts lie; None where they stay in memory.

    Returns
    -------
    Engine
        To be closed after use.
    """
    workers = workers or os.cpu_count() or 1
    match = _DASK.fullmatch(check_engine(word))
    if match and folder is not None:
        from geo_grid.engine.dask import DaskEngine

        return DaskEngine(match[1], folder)
    if small or workers == 1:
        from geo_grid.engine.here import HereEngine

        return HereEngine()
    from geo_grid.engine.crew import CrewEngine

    return CrewEngine(workers)
