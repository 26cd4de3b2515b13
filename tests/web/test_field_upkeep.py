"""What the service does of itself: positions of persons are thinned out, and files that belong to nobody go."""

from __future__ import annotations

import datetime as dt
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from fielding import API, GULLY, field_app, jpeg, phone
from plans import tiny_plan

from geo_grid.store import open_store
from webmap.field.upkeep import start_upkeep, upkeep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    open_store(tmp_path / "plan.gpkg").write(tiny_plan())
    with field_app(str(tmp_path / "plan.gpkg"), tmp_path, field_upkeep_seconds=0.05) as made:
        yield made


def walk(app: Flask) -> None:
    """Send a track and a photo."""
    wang = phone(app)
    points = [[GULLY["lon"] + step / 1e5, GULLY["lat"], step * 10, 6] for step in range(100)]
    now = wang.now.isoformat(timespec="milliseconds")
    body = {"round_id": wang.uid(), "started_at": now, "ended_at": now, "points": points}
    record, data = wang.record(), jpeg()
    photo = wang.photo(record["id"], data)
    wang.taken(wang.event("track", body), record, photo)
    assert wang.part(photo["id"], data).get_json()["complete"]
    with wang.visitor.get(f"{API}/photos/{photo['id']}") as answer:
        assert answer.status_code == 200, "written anew"


def test_nothing_is_done_where_nothing_came(app: Flask) -> None:
    assert upkeep(app) == (0, 0)


def test_old_positions_are_thinned_out_and_then_gone(app: Flask) -> None:
    walk(app)
    ledger, now = app.extensions["office"].ledger, dt.datetime.now(dt.UTC)
    fresh = ledger.tracks()["points"].iloc[0]
    assert upkeep(app, now) == (0, 0)
    assert upkeep(app, now + dt.timedelta(days=100))[0] > 0
    assert len(ledger.tracks()["points"].iloc[0]) < len(fresh) / 10
    upkeep(app, now + dt.timedelta(days=400))
    assert len(ledger.tracks()) == 0
    assert len(ledger.records()) == 1, "the record of the work stays"


def test_files_that_belong_to_nobody_go_and_others_stay(app: Flask) -> None:
    walk(app)
    folder = Path(app.extensions["office"].settings.photos)
    (known,) = folder.glob("??/*.jpg")
    lost, new = known.with_name(f"{'0' * 32}.jpg"), known.with_name(f"{'1' * 32}.jpg")
    parts = folder / "parts"
    parts.mkdir(exist_ok=True)
    stale, going = parts / "a.part", parts / "b.part"
    for path in (lost, new, stale, going):
        path.write_bytes(b"x")
    for path, days in ((known, 500), (lost, 2), (stale, 61), (going, 59)):
        then = time.time() - days * 86_400
        os.utime(path, (then, then))
    assert upkeep(app)[1] == 2
    assert {path.name for path in folder.rglob("*") if path.is_file()} == {known.name, new.name, going.name}


def test_it_is_done_again_and_again_until_the_service_ends(app: Flask) -> None:
    walk(app)
    folder = Path(app.extensions["office"].settings.photos)
    ended = start_upkeep(app)
    stale = folder / "parts" / "a.part"
    for _ in range(2):
        stale.parent.mkdir(exist_ok=True)
        stale.write_bytes(b"x")
        os.utime(stale, (0, 0))
        deadline = time.monotonic() + 60
        while stale.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not stale.exists()
    ended.set()
