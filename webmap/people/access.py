"""Write down who is given household data."""

from __future__ import annotations

import time

from flask import current_app

from webmap.accounts.guard import person
from webmap.desk.asking import office


def gives_households(what: str, area: str = "") -> None:
    """Write down that the answer to this request names households; called before they are read.

    Where that cannot be written down, the request fails: nobody reads them without a record.

    Parameters
    ----------
    what : str
        Name of what was asked for; nothing of a household.
    area : str
        Code of the area; empty for the whole city.
    """
    office().ledger.log_access(person().name, what, area)


def opens_homes(what: str, area: str) -> None:
    """Write down that somebody opens what shows where single homes stand; opened again soon, it is the same entry.

    Parameters
    ----------
    what : str
        Name of what was opened.
    area : str
        Code of the area.
    """
    known: dict[tuple[str, str, str], float] = current_app.extensions.setdefault("homes_opened", {})
    key, now = (person().name, what, area), time.monotonic()
    lasts = office().settings.access_log_seconds
    if now < known.get(key, float("-inf")):
        return
    gives_households(what, area)
    for old in [each for each, until in known.items() if until <= now]:
        known.pop(old, None)
    known[key] = now + lasts
