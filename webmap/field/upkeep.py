"""What has to be done of itself now and then: positions of persons are thinned out, and files that belong to nobody go."""

from __future__ import annotations

import datetime as dt
import threading
from typing import TYPE_CHECKING

from geo_grid.errors import GeoGridError
from webmap.field.plan import field_plan

if TYPE_CHECKING:
    from flask import Flask

#: Seconds after the start.
_FIRST = 60.0


def start_upkeep(app: Flask) -> threading.Event:
    """Do it a minute from now, and again every few hours, in the background.

    Parameters
    ----------
    app : Flask
        The service.

    Returns
    -------
    threading.Event
        Set it to end that.
    """
    ended = threading.Event()
    seconds = app.extensions["office"].settings.field_upkeep_seconds

    def run() -> None:
        wait = min(_FIRST, seconds)  # who starts the service has the processor to themselves at first
        while not ended.wait(wait):
            upkeep(app)
            wait = seconds

    threading.Thread(target=run, daemon=True, name="field upkeep").start()
    return ended


def upkeep(app: Flask, now: dt.datetime | None = None) -> tuple[int, int]:
    """Thin out positions that are older than the policy says, and remove files that belong to nobody.

    Parameters
    ----------
    app : Flask
        The service.
    now : datetime, optional
        The present moment, with a zone.

    Returns
    -------
    positions, files : int
        How many were changed or removed; a store that cannot be written to is left as it is.
    """
    office, moment = app.extensions["office"], now or dt.datetime.now(dt.UTC)
    try:
        if not office.ledger.field_stamp():
            return 0, 0  # nobody inspects anything here
        settings = field_plan(app.extensions["library"]).policy.settings
        positions = office.ledger.thin_positions(moment, settings)
        office.photos.resume()
        files = office.photos.tidy(moment)
    except (GeoGridError, OSError) as error:
        app.logger.warning("old positions could not be thinned out: %s", error)
        return 0, 0
    return positions, files
