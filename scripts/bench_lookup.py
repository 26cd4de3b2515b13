#!/usr/bin/env python3
"""Measure the public service under load from a second process; exit 1 if a figure does not hold.

usage: scripts/bench_lookup.py [--side UNITS] [--store file|database|both] [--seconds S]

The real server (waitress) runs over a made-up plan of city size (432: 84,240 grids) in a GeoPackage and in PostGIS; this
process asks it on loopback. Single lookups are compared with an empty route of the same server, asked by the same
clients in turns, so that a busy machine counts for both alike. Times of a request are what a client sees. Where the
system tells it, the processor time the server spent on a request is told too: that one is not the neighbours' doing.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from lattice import lattice_plan  # noqa: E402
from pg import cluster, database  # noqa: E402

from geo_grid.lookup.places import Places  # noqa: E402
from geo_grid.model import Plan  # noqa: E402
from geo_grid.schema import TABLES  # noqa: E402
from geo_grid.store import open_store  # noqa: E402
from geo_grid.tiles.stored import write_version  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: What has to hold.
SHARE, P99_MS, BULK, TILE_MS = 0.5, 50.0, 50_000, 50.0
ROUNDS = 6
CLIENTS = 4
POINTS = 1_000

SERVER = """
import sys
from flask import Response
from flask_openapi3 import APIBlueprint
import webmap.app, webmap.server
from webmap import Settings
often = "1000000000 per minute"
made = webmap.app.create_app
def with_empty_route(*args, **named):
    app = made(*args, **named)
    empty = APIBlueprint("empty", __name__)
    @empty.get("/empty")
    def nothing():
        return Response("{}", content_type="application/json")
    app.register_api(empty)
    return app
webmap.server.create_app = with_empty_route
webmap.server.serve(sys.argv[1], port=0, settings=Settings(
    lookup_limit=often, public_limit=often, bulk_limit=often, tiles=sys.argv[2]))
"""


class Load(NamedTuple):
    """What clients saw: requests a second, and milliseconds of each; and what one cost the server, microseconds."""

    rate: float
    times: list[float]
    cost: float

    def p(self, share: float) -> float:
        """Return a percentile of the times."""
        return float(np.percentile(self.times, share))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=432, help="units a side, a multiple of 24")
    parser.add_argument("--store", choices=("file", "database", "both"), default="both")
    parser.add_argument("--seconds", type=float, default=1.5, help="of each round of each question")
    options = parser.parse_args()
    plan = complete(lattice_plan(options.side))
    told, holds = [], True
    for kind in ("file", "database") if options.store == "both" else (options.store,):
        with stored(kind, plan) as (url, tiles), served(url, tiles) as (address, process):
            line, good = measured(address, process, plan, options.seconds)
        print(f"{kind}: {line}", file=sys.stderr, flush=True)
        told.append(f"{kind}: {line}")
        holds &= good
    print(f"bench_lookup: {len(plan['grids'])} grids; {'; '.join(told)}: {'holds' if holds else 'DOES NOT HOLD'}")
    return 0 if holds else 1


def complete(plan: Plan) -> Plan:
    """Add what a store wants beside the tables a lookup reads."""
    tables = dict(plan.tables)
    for name, table in TABLES.items():
        if name not in tables:
            columns = {column.name: pd.Series(dtype=object) for column in table.columns}
            frame = pd.DataFrame(columns)
            tables[name] = frame if table.geometry is None else geo(frame, plan.crs)
    meta = {"built_at": "2026-01-01T00:00:00+00:00", "program_version": "0", "schema_version": 1} | plan.meta
    return Plan(plan.crs, tables, meta)


def geo(frame: pd.DataFrame, crs: str) -> Any:
    import geopandas as gpd

    return gpd.GeoDataFrame(frame.assign(geom=gpd.GeoSeries([], crs=crs)), geometry="geom", crs=crs)


@contextmanager
def stored(kind: str, plan: Plan) -> Iterator[tuple[str, str]]:
    """Store the plan as a published version, with its tiles."""
    with tempfile.TemporaryDirectory() as folder:
        if kind == "file":
            url = str(Path(folder) / "plan.gpkg")
            publish(url, plan, folder)
            yield url, folder
        else:
            with cluster(durable=True) as where, database(where) as url:
                publish(url, plan, folder)
                yield url, folder


def publish(url: str, plan: Plan, folder: str) -> None:
    with open_store(url) as store:
        store.write(plan)
        with store.ledger() as ledger:
            columns = ["level", "old_code", "new_code", "households", "kind"]
            areas = plan["areas"]["code"].tolist()
            number = ledger.publish(
                areas,
                {},
                pd.DataFrame(columns=columns),
                name="v",
                note="",
                author="bench",
                expected=dict.fromkeys(areas, 0),
            )
    write_version(url, number, folder)


@contextmanager
def served(url: str, tiles: str) -> Iterator[tuple[str, int]]:
    command = [sys.executable, "-c", SERVER, url, tiles]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process.stdout.readline().strip().removeprefix("http://").rstrip("/"), process.pid
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


def spent(process: int) -> float:
    """Return processor seconds a process has used; NaN where the system does not tell."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(address: str, process: int, plan: Plan, seconds: float) -> tuple[str, bool]:
    """Ask in turns, and tell the figures."""
    places = degrees(plan)
    lookups = [f"/api/v1/lookup?lon={lon:.7f}&lat={lat:.7f}" for lon, lat in places[:20_000]]
    bodies = [json.dumps({"points": part.tolist()}) for part in np.array_split(places[: 40 * POINTS], 40)]
    warm(address, [*lookups[:200], "/empty"])
    singles, empties = [], []
    for turn in range(ROUNDS):
        empties.append(load(address, lambda _: ("GET", "/empty", None, {}), seconds, process))
        singles.append(
            load(
                address,
                lambda n, turn=turn: ("GET", lookups[(n * 7919 + turn) % len(lookups)], None, {}),
                seconds,
                process,
            )
        )
    ratio = float(np.median([single.rate / empty.rate for single, empty in zip(singles, empties, strict=True)]))
    times = [each for single in singles for each in single.times]
    headers = {"Content-Type": "application/json"}
    bulk = load(
        address,
        lambda n: ("POST", "/api/v1/lookup/bulk", bodies[n % len(bodies)], headers),
        seconds * 3,
        process,
        clients=2,
    )
    tile = load(address, parts_of(address), seconds * 2, process)
    empty_cost, cost = (float(np.median([each.cost for each in loads])) for loads in (empties, singles))
    p99, points, tile99 = float(np.percentile(times, 99)), bulk.rate * POINTS, tile.p(99)
    holds = ratio >= SHARE and p99 <= P99_MS and points >= BULK and tile99 <= TILE_MS
    single = float(np.median([each.rate for each in singles]))
    line = (
        f"single {single:.0f}/s = {ratio:.2f} × empty route (floor {SHARE:g}), p50 {np.median(times):.1f} ms,"
        f" p99 {p99:.1f} ms (limit {P99_MS:g}), {cost:.0f} µs of the processor = {empty_cost / cost:.2f} × empty route;"
        f" bulk {points:.0f} points/s (floor {BULK}), {1e6 * POINTS / bulk.cost:.0f} a processor second;"
        f" tile {tile.rate:.0f}/s, p99 {tile99:.1f} ms (limit {TILE_MS:g})"
    )
    return line, holds


def degrees(plan: Plan) -> Any:
    """Return random places of the plan."""
    west, south, east, north = shapely.total_bounds(plan["areas"]["geom"].to_numpy())
    noise = np.random.default_rng(0)
    x, y = noise.uniform(west + 100, east - 100, 50_000), noise.uniform(south + 100, north - 100, 50_000)
    return np.column_stack(Places(plan.crs).degrees(x, y, "WGS84")).round(7)


def parts_of(address: str) -> Callable[[int], tuple[str, str, None, dict[str, str]]]:
    """Return questions for single tiles, as a map asks for them: ranges of the archive."""
    from pmtiles.tile import deserialize_directory, deserialize_header

    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("GET", "/api/v1/tiles.json")
    url = json.loads(connection.getresponse().read())["url"]

    def part(start: int, length: int) -> bytes:
        connection.request("GET", url, headers={"Range": f"bytes={start}-{start + length - 1}"})
        answer = connection.getresponse()
        assert answer.status == 206, answer.status
        return answer.read()

    header = deserialize_header(part(0, 127))
    entries = deserialize_directory(part(header["root_offset"], header["root_length"]))
    spans = []
    for entry in entries:
        if entry.run_length:
            spans.append((header["tile_data_offset"] + entry.offset, entry.length))
        else:
            leaf = deserialize_directory(part(header["leaf_directory_offset"] + entry.offset, entry.length))
            spans += [(header["tile_data_offset"] + each.offset, each.length) for each in leaf]
    connection.close()

    def question(number: int) -> tuple[str, str, None, dict[str, str]]:
        start, length = spans[(number * 7919) % len(spans)]
        return "GET", url, None, {"Range": f"bytes={start}-{start + length - 1}"}

    return question


def warm(address: str, paths: list[str]) -> None:
    connection = http.client.HTTPConnection(address, timeout=600)
    for path in paths:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 200, (path, answer.status)
    connection.close()


def load(
    address: str,
    question: Callable[[int], tuple[str, str, Any, dict[str, str]]],
    seconds: float,
    process: int,
    clients: int = CLIENTS,
) -> Load:
    """Ask from several clients for a while; an answer that is none ends it."""
    times: list[list[float]] = [[] for _ in range(clients)]
    faults: list[str] = []
    end = time.perf_counter() + seconds

    def client(number: int) -> None:
        connection = http.client.HTTPConnection(address, timeout=60)
        turn = number
        while (start := time.perf_counter()) < end and not faults:
            method, path, body, headers = question(turn)
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status not in (200, 206):
                faults.append(f"{path}: {answer.status}")
            times[number].append((time.perf_counter() - start) * 1000)
            turn += clients
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    start, before = time.perf_counter(), spent(process)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise SystemExit(f"bench_lookup: {faults[0]}")
    whole = [each for part in times for each in part]
    rate = len(whole) / (time.perf_counter() - start)
    return Load(rate, whole, (spent(process) - before) / max(1, len(whole)) * 1e6)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.exit(main())
