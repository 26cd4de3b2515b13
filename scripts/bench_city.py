#!/usr/bin/env python3
"""Measure the whole city, stage by stage; exit 1 where a figure of issue 7 does not hold.

usage: scripts/bench_city.py [CITY.toml] [--stages build,metis,check,publish,rebuild,dask,map] [--households 1200000]
       [--seed 7] [--workers 2] [--store PLAN.gpkg] [--per-million SECONDS]

Without a city, one is made; with a store and without the stage build, that plan is measured (it is copied where a stage
would change it). The build is told in seconds, processor seconds (workers included), the ratio of its seconds to those
METIS alone takes, on one core, to partition the same graphs of households into as many zones as the plan has, at the same
levels, in this run; and their ratio to the seconds it takes to read and write the same bytes. What overlaps is told apart
by its processor seconds. Memory is that of all processes together, pages they share counted once. Compilation is left
out: a small county is built first. Seconds are of use on an otherwise idle machine only; the load at the start is
printed. METIS is the extra ``bench``, Dask the extra ``dask``; the map needs Chromium. ``--per-million``: processor
seconds per million households of an earlier, smaller run, to hold the growth to.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from _city import stages
from _city.judging import JUDGES, judged, whole
from _city.stages import Bench
from bench_build import compile_first, copy_seconds


def main() -> int:
    options = parsed()
    if options.run:
        return run_one(options)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        print(f"load at the start {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores, {options.workers} workers")
        words = ("--households", str(options.households), "--seed", str(options.seed))
        city = (options.city or stages.made(folder / "city", *words)).resolve()
        bench = Bench(city, options.store or folder / "plan.gpkg", folder, options.workers)
        return report(measured(bench, options.stages), options.per_million)


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("city", nargs="?", type=Path)
    parser.add_argument("--stages", type=lambda text: text.split(","), default=list(JUDGES))
    parser.add_argument("--households", type=int, default=1_200_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--store", type=lambda text: Path(text).resolve(), help="a plan that was built of the city")
    parser.add_argument("--per-million", type=float)
    parser.add_argument("--run", choices=["build", "metis"], help=argparse.SUPPRESS)
    parser.add_argument("--engine", default="local", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if unknown := set(options.stages) - set(JUDGES):
        parser.error(f"no stage {min(unknown)!r}; there are {', '.join(JUDGES)}")
    if options.store and "build" in options.stages and not options.run:
        parser.error("--store names a plan to be measured as it is: leave build out of --stages")
    if not options.store and "build" not in options.stages:
        parser.error("without the stage build, give the plan by --store")
    return options


def run_one(options: argparse.Namespace) -> int:
    """Run one stage for a process that waits for its figures."""
    bench = Bench(options.city, options.store, options.store.parent, options.workers)
    if options.run == "build":
        print(json.dumps(stages.timed_build(bench, options.engine)))
    else:
        print(json.dumps(stages.timed_metis(bench)))
    return 0


def measured(bench: Bench, chosen: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "build" in chosen or "dask" in chosen:
        small = stages.made(bench.folder / "small", "--county", "石楼县", "--households", "40000")
        compile_first(small, bench.folder / "first.gpkg")
    for stage in JUDGES:
        if stage not in chosen:
            continue
        if stage in ("build", "metis"):
            found[stage] = stages.apart(bench, stage)
        else:
            found[stage] = getattr(stages, f"timed_{stage}")(bench)
        if stage == "build":
            found["copy"] = copy_seconds(bench.city.parent, bench.store, bench.folder / "copy")
        print(f"{stage}: {json.dumps(found[stage], ensure_ascii=False)}", file=sys.stderr, flush=True)
    return found


def report(found: dict[str, Any], per_million: float | None) -> int:
    """Print what was found and which figures hold."""
    head = ""
    if "build" in found:
        build_table(found)
        build = found["build"]
        rate = build["processor"] * 1e6 / build["households"]
        head = f"{build['households']} households in {build['areas']} areas, {rate:.0f} processor s a million: "
    if "metis" in found:
        metis = found["metis"]
        print(f"METIS alone: {metis['once']:.1f} processor s; the best of ten cuts {metis['best_of_ten']:.1f}")
    for stage in ("check", "publish"):
        if stage in found:
            print(f"{stage}: {found[stage]['seconds']:.1f} s, {found[stage]['processor']:.1f} processor s")
    figures = judged(found, per_million)
    said = ", ".join(figure.text if figure.good else f"{figure.text} DOES NOT HOLD" for figure in figures)
    print(f"bench_city: {head}{said}")
    return 0 if all(figure.good for figure in figures) else 1


def build_table(found: dict[str, Any]) -> None:
    """Print the build: what this process did stage by stage, and what the tasks did meanwhile."""
    build = found["build"]
    metis = found.get("metis", {}).get("once", float("nan"))
    print(f"{'stage':<10}{'seconds':>9}{'processor s':>13}{'× METIS':>9}{'× copy':>8}{'peak MB':>9}")
    rows = build["stages"] | {"all": whole(build) | {"processor": build["processor"]}}
    for name, stage in rows.items():
        ratios = f"{stage['seconds'] / metis:>9.1f}{stage['seconds'] / found['copy']:>8.1f}"
        print(f"{name:<10}{stage['seconds']:>9.1f}{stage['processor']:>13.1f}{ratios}{stage['megabytes']:>9.0f}")
    done = ", ".join(f"{name} {seconds:.1f}" for name, seconds in build["tasks"].items())
    print(f"beside the plan's own process, in the tasks: {done} processor s")
    print(f"grids by level {build['grids']}, exceptions {build['exceptions']}")


if __name__ == "__main__":
    sys.exit(main())
