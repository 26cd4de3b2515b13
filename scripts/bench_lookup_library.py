#!/usr/bin/env python3
"""Measure lookups, search and tiles of the library on a plan of city size; exit 1 if a figure does not hold.

usage: scripts/bench_lookup_library.py [--side UNITS] [--no-tiles]

The plan is made up: side × side units with crooked borders (432: 186,624 units, 84,240 grids). One core is used. Times
are of this process alone, so that a busy machine does not count; as a yardstick, bulk lookups are also given as a
ratio to a bare query of the same R-tree with the same points.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import shapely

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from lattice import lattice_plan  # noqa: E402

from geo_grid.lookup import LookupIndex  # noqa: E402
from geo_grid.lookup.places import DATUMS  # noqa: E402
from geo_grid.model import Plan  # noqa: E402
from geo_grid.tiles import TileSource, write_tiles  # noqa: E402
from geo_grid.tiles.mercator import to_square  # noqa: E402

POINTS = 100_000
BULK_PER_SECOND = 50_000
SINGLE_MS = 0.5
QUERIES = ("凤山1社区", "凤山", "fengshan", "fs", "1号楼", "第001网格", "14110290001", "凤山3 7号楼", "没有这个名字")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=432, help="units a side, a multiple of 24")
    parser.add_argument("--no-tiles", action="store_true", help="leave the archive out")
    options = parser.parse_args()
    plan = lattice_plan(options.side)
    before = peak_megabytes()
    index, made = timed(lambda: LookupIndex(plan))
    bulk, single, bare = lookups(index, plan)
    search, spelled = searches(index)
    grown = peak_megabytes() - before
    tiles = "" if options.no_tiles else archive(plan)
    holds = min(bulk.values()) >= BULK_PER_SECOND and max(single.values()) <= SINGLE_MS
    print(
        f"bench_lookup_library: {len(plan['grids'])} grids, {len(plan['units'])} units; index {made:.1f} s, names {spelled:.1f} s, "
        f"+{grown:.0f} MB; bulk {told(bulk, '{:.0f}')} points/s ({bulk['WGS84'] / bare:.2f} × bare R-tree; floor {BULK_PER_SECOND}); "
        f"single {told(single, '{:.3f}')} ms (limit {SINGLE_MS:g}); search ≤ {search:.0f} ms{tiles}: "
        f"{'holds' if holds else 'DOES NOT HOLD'}"
    )
    return 0 if holds else 1


def timed(work: Any) -> tuple[Any, float]:
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def told(figures: dict[str, float], pattern: str) -> str:
    return ", ".join(f"{name} {pattern.format(value)}" for name, value in figures.items())


def peak_megabytes() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1024**2 if sys.platform == "darwin" else peak / 1024


def lookups(index: LookupIndex, plan: Plan) -> tuple[dict[str, float], dict[str, float], float]:
    """Return points a second in bulk and milliseconds of one, by datum, and points a second of the bare tree."""
    west, south, east, north = shapely.total_bounds(plan["areas"]["geom"].to_numpy())
    random = np.random.default_rng(0)
    x, y = random.uniform(west, east, POINTS), random.uniform(south, north, POINTS)
    tree = shapely.STRtree(plan["units"]["geom"].to_numpy())
    tree.query(shapely.Point(0, 0))
    _, bare = timed(lambda: tree.query(shapely.points(x, y), predicate="intersects"))
    bulk, single = {}, {}
    for datum in DATUMS:
        lon, lat = index.degrees(x, y, datum)
        answers, took = timed(lambda lon=lon, lat=lat, datum=datum: index.lookup_many(lon, lat, datum))
        _, named = timed(lambda answers=answers: [answers.codes(level) for level in (1, 2, 3)])
        bulk[datum] = POINTS / (took + named)
        pairs = list(zip(lon[:2000].tolist(), lat[:2000].tolist(), strict=True))
        _, took = timed(lambda pairs=pairs, datum=datum: [index.lookup(*pair, datum) for pair in pairs])
        single[datum] = took / len(pairs) * 1000
    return bulk, single, POINTS / bare


def searches(index: LookupIndex) -> tuple[float, float]:
    """Return milliseconds of the slowest query, and seconds of spelling all names."""
    _, spelled = timed(lambda: index.search("凤山"))
    return max(timed(lambda query=query: index.search(query))[1] for query in QUERIES) * 1000, spelled


def archive(plan: Plan) -> str:
    """Write the archive, draw tiles of one area, and tell the figures."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.pmtiles"
        count, took = timed(lambda: write_tiles(plan, path))
        size = path.stat().st_size / 1e6
    code = plan["areas"]["code"].iloc[0]
    part = {name: plan[name] for name in ("areas", "grids", "elements")}
    part["areas"] = part["areas"][part["areas"]["code"] == code]
    part["grids"] = part["grids"][part["grids"]["area_code"] == code]
    source, made = timed(lambda: TileSource(Plan(plan.crs, part, {})))
    west, north, east, south = shapely.total_bounds(to_square(part["areas"]["geom"].to_numpy(), plan.crs, "WGS84"))
    places = [(z, int((west + east) / 2 * (1 << z)), int((north + south) / 2 * (1 << z))) for z in range(10, 15)]
    first = [timed(lambda place=place: source.tile(*place))[1] for place in places]
    again = [timed(lambda place=place: source.tile(*place))[1] for place in places]
    return (
        f"; archive of {count} tiles {took:.1f} s, {size:.1f} MB, peak {peak_megabytes():.0f} MB; a draft's tile "
        f"{made * 1000:.0f} ms once, then ≤ {max(first) * 1000:.0f} ms, again ≤ {max(again) * 1000:.0f} ms"
    )


if __name__ == "__main__":
    sys.exit(main())
