#!/usr/bin/env python3
"""Measure a hundred phones that have signal again at the same moment; exit 1 if a figure does not hold.

usage: scripts/bench_sync.py [--side UNITS] [--phones N] [--records N] [--store file|database|both]

The real server (waitress) runs over a made-up plan of city size (432: 84,240 grids) in a GeoPackage and in PostGIS. Every
phone belongs to another inspector, and sends its records, a photo of each, and asks what is new and what became of its own, as
the page does; a tenth of all answers is lost on the way, and what they answered to is sent again. All phones start
together. Signing in comes before. Afterwards the server must hold every record once and every photo whole.

Beside it, in the same run, with the same clients: as many requests with the same bodies to a route that does nothing.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "scripts")]

from bench_lookup import complete  # noqa: E402
from lattice import lattice_plan  # noqa: E402
from pg import cluster, database  # noqa: E402

from geo_grid.field.clock import tick  # noqa: E402
from geo_grid.lookup.places import Places  # noqa: E402
from geo_grid.store import open_store  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geo_grid.model import Plan

#: What has to hold.
SECONDS = 60.0
LOST = 0.1  # of all answers
PHOTOS = 24  # different ones
PASSWORD = "quiet-river-7"

SERVER = """
import sys
from flask import Response, request
from flask_openapi3 import APIBlueprint
import webmap.app, webmap.server
from webmap import Settings
from webmap.accounts.guard import Access
often = "1000000000 per minute"
made = webmap.app.create_app
def nothing():
    request.get_data()
    return Response("{}", content_type="application/json")
nothing.access = Access((), "self", "bytes", changes=False)
def with_empty_route(*args, **named):
    app = made(*args, **named)
    empty = APIBlueprint("empty", __name__)
    empty.put("/empty")(nothing)
    app.register_api(empty)
    return app
webmap.server.create_app = with_empty_route
webmap.server.serve(sys.argv[1], port=0, settings=Settings(photos=sys.argv[2], login_address_limit=often))
"""


class Sync(NamedTuple):
    """What phones saw."""

    seconds: float
    requests: int
    again: int
    bytes: int
    faults: list[str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=432, help="units a side, a multiple of 24")
    parser.add_argument("--phones", type=int, default=100)
    parser.add_argument("--records", type=int, default=50, help="of each phone, each with a photo")
    parser.add_argument("--store", choices=("file", "database", "both"), default="both")
    options = parser.parse_args()
    plan = complete(lattice_plan(options.side))
    photos = [photo(number) for number in range(PHOTOS)]
    told, holds = [], True
    for kind in ("file", "database") if options.store == "both" else (options.store,):
        with stored(kind, plan) as (url, folder):
            names = accounts(url, plan, options.phones)
            with served(url, folder) as (address, process):
                line, good = measured(address, process, plan, names, photos, options.records)
        print(f"{kind}: {line}", file=sys.stderr, flush=True)
        told.append(f"{kind}: {line}")
        holds &= good
    print(
        f"bench_sync: {len(plan['grids'])} grids, {options.phones} phones of {options.records} records with photos of"
        f" {sum(map(len, photos)) / len(photos) / 1000:.0f} kB; {'; '.join(told)}: {'holds' if holds else 'DOES NOT HOLD'}"
    )
    return 0 if holds else 1


def photo(number: int) -> bytes:
    """Return a photo of 1600 × 1200 as the phone page shrinks it: soft ground with some grain."""
    from PIL import Image, ImageFilter

    noise = Image.effect_noise((1600, 1200), 60 + number).filter(ImageFilter.GaussianBlur(1.2))
    bands = [noise.rotate(turn) for turn in (0, 90, 180)]
    out = BytesIO()
    Image.merge("RGB", bands).save(out, "JPEG", quality=82)
    return out.getvalue()


@contextmanager
def stored(kind: str, plan: Plan) -> Iterator[tuple[str, str]]:
    """Store the plan; yield its address and a folder for photos."""
    with tempfile.TemporaryDirectory() as folder:
        photos = str(Path(folder) / "photos")
        if kind == "file":
            url = str(Path(folder) / "plan.gpkg")
            with open_store(url) as store:
                store.write(plan)
            yield url, photos
        else:
            with cluster(durable=True) as where, database(where) as url:
                with open_store(url) as store:
                    store.write(plan)
                yield url, photos


def accounts(url: str, plan: Plan, count: int) -> list[tuple[str, str]]:
    """Make an inspector a phone, each of an area of its own as far as there are enough; return names and areas."""
    from webmap import Settings
    from webmap.accounts.register import Register

    areas = sorted(plan["areas"]["code"].tolist())
    names = [(f"worker{number}", areas[number % len(areas)]) for number in range(count)]
    with open_store(url) as store, store.ledger() as ledger:
        register = Register(ledger, Settings())
        for name, area in names:
            register.add(name, PASSWORD, role="inspector", prefix=area)
    return names


@contextmanager
def served(url: str, photos: str) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-c", SERVER, url, photos]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=sys.stderr if os.environ.get("BENCH_LOG") else subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            address = process.stdout.readline().strip().removeprefix("http://").rstrip("/")
            if not address:
                raise SystemExit("bench_sync: the server does not start")
            yield address, process.pid
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def measured(
    address: str, process: int, plan: Plan, names: list[tuple[str, str]], photos: list[bytes], records: int
) -> tuple[str, bool]:
    phones = [Phone(address, name, area, number) for number, (name, area) in enumerate(names)]
    places = places_of(plan, {area for _, area in names})
    for each in phones:
        each.fill(places[each.area], photos, records)
    for each in phones:
        each.sign_in()
    phones[0].ask("GET", "/areas")  # the first one of all waits for the plan to be read
    phones[0].ask("GET", f"/package?area={phones[0].area}")
    before, own = processor(process), time.process_time()
    found = together(phones, Phone.sync)
    spent, own = processor(process) - before, time.process_time() - own
    empty = together(phones, Phone.nothing)
    faults = found.faults + check(phones)
    count = len(phones) * records
    holds = found.seconds <= SECONDS and not faults
    line = (
        f"{found.seconds:.1f} s (limit {SECONDS:g} s) for {count} records and photos, {found.bytes / 1e6:.0f} MB in"
        f" {found.requests} requests, {found.again} of them again, {len(faults)} faults{f' ({faults[0]})' if faults else ''};"
        f" {spent:.0f} s of processor for the server ({spent / count * 1000:.1f} ms a record and photo), {own:.0f} s for the phones,"
        f" with {os.getloadavg()[0]:.0f} programs on {os.cpu_count()} cores;"
        f" {found.seconds / max(empty.seconds, 1e-9):.1f} × the same to an empty route ({empty.seconds:.1f} s)"
    )
    return line, holds


def places_of(plan: Plan, areas: set[str]) -> dict[str, list[tuple[float, float]]]:
    """Return places in each area, in degrees."""
    grids = plan["grids"]
    finest = grids[(grids["level"] == grids["level"].max()) & grids["area_code"].isin(areas)]
    points = shapely.get_coordinates(shapely.point_on_surface(finest["geom"].to_numpy()))
    lon, lat = Places(plan.crs).degrees(points[:, 0], points[:, 1], "WGS84")
    out: dict[str, list[tuple[float, float]]] = {}
    for area, east, north in zip(finest["area_code"], np.round(lon, 7), np.round(lat, 7), strict=True):
        out.setdefault(area, []).append((float(east), float(north)))
    return out


def processor(process: int) -> float:
    """Return the processor seconds of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Phone:
    """A phone with records and photos that were made without signal."""

    def __init__(self, address: str, name: str, area: str, seed: int) -> None:
        self.address, self.name, self.area = address, name, area
        self.dice = random.Random(seed)
        self.connection = http.client.HTTPConnection(address, timeout=120)
        self.headers: dict[str, str] = {}
        self.events: list[dict[str, Any]] = []
        self.photos: list[tuple[str, bytes]] = []
        self.requests = self.again = self.bytes = 0
        self.faults: list[str] = []

    def sign_in(self) -> None:
        """Sign in, as the page did in the morning."""
        body = json.dumps({"name": self.name, "password": PASSWORD})
        self.connection.request("POST", "/api/v1/session", body, {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        told = json.loads(answer.read())
        cookie = answer.headers["Set-Cookie"].partition(";")[0]
        self.headers = {"Cookie": cookie, "X-CSRF-Token": told["csrf"]}

    def fill(self, places: list[tuple[float, float]], photos: list[bytes], records: int) -> None:
        """Make records and photos, two minutes apart."""
        clock = None
        made = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=2 * records + 10)
        for _ in range(records):
            made += dt.timedelta(minutes=2)
            lon, lat = self.dice.choice(places)
            place = {"plan_version": 0, "lon": lon, "lat": lat, "accuracy": 6.5, "place_source": "gps"}
            data, id_ = self.dice.choice(photos), self.uid()
            clock = tick(clock, round(made.timestamp() * 1000))
            record = self.event("record", clock, made, place | {"notes": "巡查正常" * 5, "photos": [id_]})
            clock = tick(clock, round(made.timestamp() * 1000))
            about = {
                "owner_id": record["id"], "role": "record", "sha256": hashlib.sha256(data).hexdigest(), "size": len(data),
                "width": 1600, "height": 1200, "content_type": "image/jpeg", "taken_at": made.isoformat(),
            }  # fmt: skip
            self.events += [record, self.event("photo", clock, made, about) | {"id": id_}]
            self.photos.append((id_, data))

    def uid(self) -> str:
        """Return a new id."""
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))

    def event(self, kind: str, clock: str, made: dt.datetime, body: dict[str, Any]) -> dict[str, Any]:
        """Return an event as it is sent."""
        when = made.isoformat(timespec="milliseconds")
        return {"id": self.uid(), "kind": kind, "clock": clock, "made_at": when, "device": self.name, "body": body}

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Any:
        """Ask; an answer that is lost on the way is asked for again."""
        while True:
            self.requests += 1
            self.bytes += len(body or b"")
            self.connection.request(method, f"/api/v1/field{path}", body, self.headers | headers)
            answer = self.connection.getresponse()
            data = answer.read()
            if answer.status != 200:
                self.faults.append(f"{method} {path.partition('?')[0][:12]}: {answer.status} {data[:120]!r}")
                return None
            if self.dice.random() >= LOST:
                return json.loads(data)
            self.again += 1
            self.connection.close()  # as a tunnel does

    def sync(self) -> None:
        """Send everything, as the page does."""
        for start in range(0, len(self.events), 100):
            lot = self.events[start : start + 100]
            body = json.dumps(lot, ensure_ascii=False).encode()
            told = self.ask("POST", "/events", body, **{"Content-Type": "application/json"})
            bad = [each for each in (told or {"answers": []})["answers"] if each["status"] not in ("taken", "known")]
            self.faults += [str(each) for each in bad]
        for id_, data in self.photos:
            at = 0
            while at < len(data):
                part = data[at : at + 262_144]
                hash_ = hashlib.sha256(part).hexdigest()
                told = self.ask("PUT", f"/photos/{id_}?offset={at}", part, **{"X-Part-SHA256": hash_})
                if told is None or told.get("refused"):
                    self.faults.append(f"photo {told}")
                    return
                at = told["received"]
        cursor, more = 0, True
        while more and (told := self.ask("GET", f"/events?cursor={cursor}")) is not None:
            cursor, more = told["cursor"], told["more"]
        own = self.ask("GET", "/own")
        if own is None or own["wanted"] or own["refused"] or own["waiting"]:
            self.faults.append(f"own {str(own)[:200]}")

    def nothing(self) -> None:
        """Send as much to a route that does nothing."""
        bodies = [data[:262_144] for _, data in self.photos]
        bodies += [b"x" * 40_000] * (len(self.events) // 100) + [b""] * 2
        for body in bodies:
            self.connection.request("PUT", "/empty", body, self.headers)
            self.connection.getresponse().read()


def together(phones: list[Phone], work: Any) -> Sync:
    """Let all phones do something at the same time."""
    ready = threading.Barrier(len(phones) + 1)
    before = sum(phone.requests for phone in phones), sum(phone.again for phone in phones), sum(p.bytes for p in phones)

    def run(phone: Phone) -> None:
        ready.wait()
        try:
            work(phone)
        except (OSError, http.client.HTTPException) as error:
            phone.faults.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=run, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    ready.wait()
    start = time.perf_counter()
    for thread in threads:
        thread.join()
    after = sum(phone.requests for phone in phones), sum(phone.again for phone in phones), sum(p.bytes for p in phones)
    faults = [fault for phone in phones for fault in phone.faults]
    return Sync(time.perf_counter() - start, *(b - a for a, b in zip(before, after, strict=True)), faults)


def check(phones: list[Phone]) -> list[str]:
    """Compare what the server has with what was sent: every event once, every photo whole."""
    faults = []
    for phone in phones:
        told: list[str] = []
        cursor, more = 0, True
        while more and (page := phone.ask("GET", f"/events?cursor={cursor}")) is not None:
            told += [event["id"] for event in page["events"] if event["author"] == phone.name]
            cursor, more = page["cursor"], page["more"]
        if sorted(told) != sorted(event["id"] for event in phone.events):
            faults.append(f"{phone.name}: {len(told)} of {len(phone.events)} events")
        id_, data = phone.dice.choice(phone.photos)
        state = phone.ask("GET", f"/photos/{id_}?state=1")
        if state != {"received": len(data), "complete": True}:
            faults.append(f"{phone.name}: photo {state}")
    return faults


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.exit(main())
