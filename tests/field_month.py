"""A month of field work on the tiny plan: inspections, a track, matters that are mended, late, rejected and in conflict."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from field_cases import NOON, millis, uid
from phones import INDEX, LATER, change, context, degrees, found, photo, said, track
from plans import URBAN_1, VILLAGE

from geo_grid.field.clock import tick
from geo_grid.field.times import timestamp_of

if TYPE_CHECKING:
    from geo_grid.store.ledger import Ledger

MONTH = "2026-07"


def at(event: dict[str, Any], days: float) -> dict[str, Any]:
    """The same event, made some days later."""
    moment = NOON + dt.timedelta(days=days)
    return event | {"made_at": timestamp_of(moment), "clock": tick(None, millis(moment) + int(event["id"][-6:], 16))}


def seen(number: int, element: str, column: float, row: float, days: float, **body: Any) -> dict[str, Any]:
    return at(said("record", number, degrees(column, row) | {"element_id": element, "photos": [], **body}), days)


def fill(ledger: Ledger) -> None:
    """Send it all, as three people of the first community and one of the office."""
    inspector = context(now=LATER + dt.timedelta(days=20))
    other = context(author="李", now=inspector.now)
    office = context(author="赵", role="planner", now=inspector.now)
    river = [seen(100 + step, "river-1", 0.2 + 0.4 * step, 4.05, step / 4, notes="=1+1") for step in range(20)]
    here = degrees(0.5, 0.5)
    walk = [[here["lon"] + step / 1e4, here["lat"], step * 10, 5.0] for step in range(20)]
    ledger.receive_events(
        [
            *river,
            seen(150, "river-1", 0.2, 4.05, 1, checklist={"dumping": True, "level": "high"}, photos=[uid(160)]),
            at(photo(160, 150, exif={"GPSLatitude": 1.0}), 1),
            at(said("track", 170, track(walk)), 2),
            at(found(200, 0.5, 0.5, notes="<b>河道</b>堆放垃圾", element_id=None), 0),
            at(photo(201, 200, role="before"), 0),
            at(found(210, 2.5, 0.5, category="house", notes="裂缝"), 1),
            at(found(220, 0.5, 4.5, category="forest_fire"), 2),
            at(found(230, 1.5, 0.5, category="road"), 3),
        ],
        inspector,
    )
    ledger.put_upload(uid(160), received=1000, stored_name="a1.jpg", stored_sha256="0" * 64)
    ledger.put_upload(uid(201), received=1000, stored_name="b2.jpg", stored_sha256="0" * 64)
    ledger.receive_events([at(change("mended", 202, 200, [200], photos=[uid(203)]), 3)], inspector)
    ledger.receive_events([at(change("mended", 231, 230, [230], photos=[uid(233)]), 4)], inspector)
    ledger.receive_events([at(change("mended", 232, 230, [230], photos=[uid(234)]), 4)], other)
    ledger.receive_events([at(change("checked", 204, 200, [202]), 4)], other)
    ledger.receive_events(
        [at(change("closed", 205, 200, [204]), 5), at(change("rejected", 221, 220, [220], reason="重复"), 3)], office
    )


__all__ = ["INDEX", "MONTH", "URBAN_1", "VILLAGE", "at", "fill", "seen"]
