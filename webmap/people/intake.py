"""Reading rosters in a worker process: the files are others', and may be anything."""

from __future__ import annotations

from typing import Any


def read_list(desk: Any, file: str, how: Any, label: str, sheet: str | None) -> Any:
    """Read a roster or a list of organisations, in a worker process.

    Parameters
    ----------
    desk : Desk
        The process's own.
    file : str
        Where it is.
    how : Import
        How it is taken.
    label : str
        What its sender calls it.
    sheet : str or None
        Worksheet.

    Returns
    -------
    Imported
        Every row accounted for.
    """
    from geo_grid.people.taking import read_people

    return read_people(desk.store, desk.ledger, file, how, label=label, sheet=sheet)
