"""Phones of grid workers, and photos, for the tests of field inspection (``from fielding import …``)."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
import shutil
import uuid
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from PIL import Image
from plans import CRS, ORIGIN, SIDE, tiny_plan
from pyproj import Transformer
from signing import Visitor, add, sign_in

from geo_grid.field.clock import latest, tick
from geo_grid.store import open_store
from webmap import Settings, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

API = "/api/v1/field"
PREFIX = "141102901201"  # 岭上村
_DEGREES = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)


def place(column: float, row: float) -> dict[str, float]:
    """A place of the tiny plan, in squares, as a phone tells it."""
    lon, lat = _DEGREES.transform(ORIGIN[0] + column * SIDE, ORIGIN[1] + row * SIDE)
    return {"lon": round(lon, 7), "lat": round(lat, 7), "accuracy": 8}


RIVER, GULLY, WELL = place(3, 4.1), place(4, 5.5), place(1.5, 5.25)


def jpeg(seed: int = 0, size: tuple[int, int] = (320, 240), **more: Any) -> bytes:
    """A photo; no two are the same."""
    out = BytesIO()
    Image.effect_noise(size, 40 + seed % 50).convert("RGB").save(out, "JPEG", quality=80, **more)
    return out.getvalue()


class Phone:
    """A phone of somebody who is signed in; it makes ids and clocks as the page does."""

    def __init__(self, visitor: Visitor, seed: int = 0) -> None:
        self.visitor, self.clock = visitor, None
        self.dice = random.Random(seed)
        self.now = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=30)

    def uid(self) -> str:
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))

    def event(self, kind: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
        self.now += dt.timedelta(milliseconds=37)
        self.clock = tick(self.clock, round(self.now.timestamp() * 1000))
        made = self.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        head = {"id": self.uid(), "kind": kind, "clock": self.clock, "made_at": made, "device": "p1"}
        return head | {"body": body} | more

    def record(self, element: str | None = "gully-3", at: dict[str, float] = GULLY, **body: Any) -> dict[str, Any]:
        given = {"plan_version": 0, "place_source": "gps"} | at | ({"element_id": element} if element else {})
        return self.event("record", given | body)

    def found(self, at: dict[str, float] = GULLY, category: str = "landslide", **body: Any) -> dict[str, Any]:
        given = {"plan_version": 0, "place_source": "gps", "category": category, "photos": [self.uid()]}
        return self.event("found", given | at | body)

    def follow(self, matter: str, after: list[str], kind: str, **body: Any) -> dict[str, Any]:
        return self.event(kind, body, matter=matter, after=after)

    def photo(self, owner: str, data: bytes, role: str = "record", **more: Any) -> dict[str, Any]:
        id_ = more.pop("id", None)
        body = {
            "owner_id": owner,
            "role": role,
            "sha256": hashlib.sha256(data).hexdigest(),
            "size": len(data),
            "width": 320,
            "height": 240,
            "content_type": "image/jpeg",
            "taken_at": self.now.isoformat(timespec="milliseconds"),
        }
        made = self.event("photo", body | more)
        return made | ({"id": id_} if id_ else {})

    def send(self, *events: dict[str, Any]) -> list[dict[str, Any]]:
        answer = self.visitor.post(f"{API}/events", list(events))
        assert answer.status_code == 200, answer.get_data(as_text=True)
        told: list[dict[str, Any]] = answer.get_json()["answers"]
        assert [each["id"] for each in told] == [each["id"] for each in events]
        return told

    def taken(self, *events: dict[str, Any]) -> list[dict[str, Any]]:
        told = self.send(*events)
        assert {each["status"] for each in told} == {"taken"}, told
        return told

    def part(self, id_: str, data: bytes, offset: int = 0, **headers: str) -> Any:
        more = {"data": data, "content_type": "application/octet-stream", "headers": headers}
        return self.visitor.send("PUT", f"{API}/photos/{id_}?offset={offset}", **more)

    def news(self, cursor: int = 0) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            told = self.visitor.get(f"{API}/events?cursor={cursor}").get_json()
            found += told["events"]
            cursor = told["cursor"]
            if not told["more"]:
                return found

    def hears(self) -> None:
        """Remember the clocks of others."""
        for event in self.news():
            self.clock = latest(self.clock, event["clock"])


@contextmanager
def field_app(url: str, folder: Path, **settings: Any) -> Iterator[Flask]:
    """A service over a plan, with two inspectors of a village, one of another, a planner and an administrator."""
    made = create_app(url, settings=Settings(photos=str(folder / "照片"), **settings))
    add(made, "wang", "inspector", PREFIX)
    add(made, "li", "inspector", PREFIX)
    add(made, "sun", "inspector", "141102901001")
    add(made, "zhao", "planner", PREFIX[:6])
    add(made, "chief", "administrator")
    yield made
    made.extensions["office"].close()


def phone(app: Flask, name: str = "wang", seed: int = 0) -> Phone:
    """Sign somebody in on a phone."""
    return Phone(sign_in(app, name), seed + sum(name.encode()))


def plan_file(folder: Path, template: list[Path]) -> str:
    """A GeoPackage with the tiny plan."""
    path = folder / "plan.gpkg"
    if not template:
        first = folder / "template.gpkg"
        open_store(first).write(tiny_plan())
        template.append(first)
    shutil.copy(template[0], path)
    return str(path)
