#!/usr/bin/env python3
"""Time edits, suggestions and redrawing in an area of 5,000 households; exit 1 if one takes longer than its limit.

usage: scripts/bench_edit.py [--edits N] [--stores gpkg postgis]

Two neighbouring communities of the shipped sample are joined to one area, built, and changed over the service itself
(request, validation, storing, answer), on a GeoPackage and on PostGIS (a throw-away cluster with the durability a real
one has). Seconds stand beside those of an empty request to the same service and of writing as many bytes to the disk.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parent.parent
SAMPLE = ROOT / "data/boundaries/urban_hdb"
AREA, HOUSEHOLDS = "990109009001", 5_000
LIMITS = {"edit": 0.100, "suggestion": 1.0, "redraw": 2.0, "invalid": 0.050}
#: Share of the times that must be within the limit: p95 of edits, all of the rest.
SHARES = {"edit": 95, "suggestion": 100, "redraw": 100, "invalid": 95}
#: Suggestions and redrawings timed, and the moves after which a suggestion is asked for: each breaks two bands or so.
SUGGESTIONS, REDRAWINGS, MOVES = 10, 10, 4
PASSWORD = "Bench-edit-2026-tulip"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edits", type=int, default=200)
    parser.add_argument("--stores", nargs="+", choices=("gpkg", "postgis"), default=["gpkg", "postgis"])
    options = parser.parse_args()
    lines, bad = [], []
    with tempfile.TemporaryDirectory() as folder:
        plan = built(Path(folder))
        for kind in options.stores:
            with address(kind, plan) as url:
                for what, seconds in measured(url, options.edits).items():
                    lines.append(line(kind, what, seconds))
                    if what in LIMITS and np.percentile(seconds, SHARES[what]) > LIMITS[what]:
                        bad.append(f"{kind} {what}")
    print(f"{'store':<9}{'what':<12}{'times':>6}{'median ms':>11}{'p95 ms':>9}{'most ms':>9}{'limit ms':>10}")
    print("\n".join(lines))
    print(
        f"bench_edit: area of {HOUSEHOLDS:,} households or more: {'DO NOT HOLD: ' + ', '.join(bad) if bad else 'all hold'}"
    )
    return 1 if bad else 0


def line(kind: str, what: str, seconds: list[float]) -> str:
    middle, p95, most = (1000 * float(np.percentile(seconds, share)) for share in (50, 95, 100))
    limit = f"{1000 * LIMITS[what]:>10.0f}" if what in LIMITS else ""
    return f"{kind:<9}{what:<12}{len(seconds):>6}{middle:>11.1f}{p95:>9.1f}{most:>9.1f}{limit}"


def built(folder: Path) -> Path:
    """Join two touching areas of the sample to one of the wanted size, and build it."""
    import geopandas as gpd
    import pandas as pd

    areas = gpd.read_file(SAMPLE / "areas.gpkg")
    people = pd.read_csv(SAMPLE / "households.csv")
    points = gpd.GeoSeries(gpd.points_from_xy(people["lon"], people["lat"]), crs=4326).to_crs(areas.crs)
    tree = areas.sindex
    point, area = tree.query(points, predicate="intersects")
    size = np.bincount(area, minlength=len(areas))
    i, j = tree.query(areas.geometry, predicate="touches")
    together = size[i] + size[j]
    enough = np.flatnonzero((i < j) & (together >= HOUSEHOLDS))
    best = enough[np.argmin(together[enough])]
    pair = [i[best], j[best]]
    joined = areas.iloc[pair].union_all()
    one = gpd.GeoDataFrame({"code": [AREA], "name": ["两社区"], "kind": ["urban"]}, geometry=[joined], crs=areas.crs)
    one.to_file(folder / "areas.gpkg")
    people.iloc[np.unique(point[np.isin(area, pair)])].to_csv(folder / "households.csv", index=False)
    (folder / "city.toml").write_text((SAMPLE / "city.toml").read_text(encoding="utf-8"), encoding="utf-8")
    plan = folder / "plan.gpkg"
    command = [sys.executable, "-m", "geo_grid.cli", "build", str(folder / "city.toml"), "--store", str(plan)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return plan


@contextmanager
def address(kind: str, plan: Path) -> Iterator[str]:
    """Yield the address of a store that holds the plan."""
    if kind == "gpkg":
        yield str(plan)
        return
    sys.path.insert(0, str(ROOT / "tests"))
    from pg import address_of, cluster

    from geo_grid.store import open_store

    with cluster(durable=True) as folder:
        url = address_of(folder, "with_postgis")
        with open_store(plan) as source, open_store(url) as target:
            target.write(source.read())
        yield url


def measured(url: str, edits: int) -> dict[str, list[float]]:
    """Sign in, and change the area over and over; what was moved is taken back, so that it stays what it was."""
    planner = Planner(url)
    planner.view()
    planner.timed(planner.move)
    # each worker reads the area with its first task; what that costs is told apart
    first = [planner.timed(act) for _ in range(3) for act in (planner.suggest, planner.redraw, planner.scribble)]
    planner.timed(planner.undo)
    out: dict[str, list[float]] = {
        "first": first,
        "empty": [planner.timed(planner.nothing) for _ in range(50)],
        "edit": [planner.timed(act) for _ in range(edits // 2) for act in (planner.move, planner.undo)],
        "suggestion": [],
    }
    for _ in range(SUGGESTIONS):
        for _ in range(MOVES):
            planner.timed(planner.move)
        out["suggestion"].append(planner.timed(planner.suggest))
        for _ in range(MOVES):
            planner.timed(planner.undo)
    out["redraw"] = [planner.timed(planner.redraw) for _ in range(REDRAWINGS)]
    out["invalid"] = [planner.timed(planner.scribble) for _ in range(REDRAWINGS)]
    planner.close()
    return out


class Planner:
    """Somebody who is signed in to a service."""

    def __init__(self, url: str) -> None:
        from geo_grid.store import open_store
        from webmap import Settings, create_app
        from webmap.accounts.register import Register
        from webmap.server import warm

        settings = Settings(edits_limit="1000000 per minute")
        with open_store(url) as store, store.ledger() as ledger:
            Register(ledger, settings).add("planner", PASSWORD, role="planner")
        self.app = create_app(url, settings=settings)
        warm(self.app)
        self.client = self.app.test_client()
        me = self.client.post("/api/v1/session", json={"name": "planner", "password": PASSWORD}).get_json()
        self.headers = {"X-CSRF-Token": me["csrf"]}
        self.random = np.random.default_rng(7)
        self.revision = 0
        self.place = (0.0, 0.0)
        self.units: dict[str, dict[str, Any]] = {}

    def close(self) -> None:
        """End what the service started."""
        self.app.extensions["office"].close()

    def timed(self, act: Callable[[], Any]) -> float:
        """Return the seconds of one request; refused ones are tried again with others."""
        for _ in range(200):
            start = time.perf_counter()
            status = act()
            took = time.perf_counter() - start
            if status != 422:
                return took
        raise SystemExit("bench_edit: every change was refused")

    def nothing(self) -> int:
        """Ask for what costs nothing."""
        return self.client.get("/healthz").status_code

    def view(self) -> None:
        """Read the area."""
        seen = self.client.get(f"/api/v1/desk/areas/{AREA}").get_json()
        self.revision = seen["revision"]
        west, south, east, north = seen["area"]["bounds"]
        self.place = (west + east) / 2, (south + north) / 2
        self.units = {unit["id"]: unit["properties"] for unit in seen["units"]["features"]}

    def move(self) -> int:
        """Move a unit to the grid of another of its parent."""
        ids = list(self.units)
        unit = self.units[ids[self.random.integers(len(ids))]]
        others = sorted({u["l3"] for u in self.units.values() if u["l2"] == unit["l2"]} - {unit["l3"]})
        if not others:
            return 422
        op = {"op": "move", "units": [unit["id"]], "to": others[self.random.integers(len(others))], "level": 3}
        return self._send("edits", op)

    def undo(self) -> int:
        """Take the last change back."""
        return self._send("undo", {})

    def suggest(self) -> int:
        """Ask for a repair of what is out of band."""
        return self._send("preview", {"op": "mend", "grids": None, "seed": int(self.random.integers(1000))})

    def redraw(self) -> int:
        """Draw the area anew."""
        return self._send("preview", {"op": "resolve", "grids": None, "seed": int(self.random.integers(1000))})

    def scribble(self) -> int:
        """Draw a polygon of 10,000 vertices that crosses itself; it has to be refused, with the place."""
        turn = np.linspace(0, 2 * np.pi, 10_000, endpoint=False)
        ring = np.column_stack((self.place[0] + 1e-3 * np.cos(turn), self.place[1] + 1e-3 * np.sin(turn)))
        ring[[2_500, 7_500]] = ring[[7_500, 2_500]]
        drawn = {"type": "Polygon", "coordinates": [[*ring.tolist(), ring[0].tolist()]]}
        op = {"op": "move", "within": drawn, "to": None, "level": 3}
        headers = self.headers | {"If-Match": f'"{self.revision}"'}
        answer = self.client.post(f"/api/v1/desk/areas/{AREA}/edits", json=op, headers=headers)
        if answer.status_code != 422 or not answer.get_json().get("at"):
            raise SystemExit(
                f"bench_edit: a scribble was answered {answer.status_code}: {answer.get_data(as_text=True)[:300]}"
            )
        return 0

    def _send(self, route: str, op: dict[str, Any]) -> int:
        headers = self.headers | {"If-Match": f'"{self.revision}"'}
        answer = self.client.post(f"/api/v1/desk/areas/{AREA}/{route}", json=op, headers=headers)
        if answer.status_code not in {200, 422}:
            raise SystemExit(
                f"bench_edit: {route} answered {answer.status_code}: {answer.get_data(as_text=True)[:300]}"
            )
        if answer.status_code == 200 and route != "preview":
            told = answer.get_json()
            self.revision = told["revision"]
            for id_ in told["removed_units"]:
                self.units.pop(id_, None)
            self.units |= {unit["id"]: unit["properties"] for unit in told["units"]}
        return answer.status_code


if __name__ == "__main__":
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    sys.exit(main())
