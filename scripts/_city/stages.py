"""The stages of the city's benchmark, each run by itself so that its memory and its processor seconds are its own."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from _city.memory import PeakMemory
from geo_grid.build import StageClock

if TYPE_CHECKING:
    from collections.abc import Iterator

BENCH = Path(__file__).resolve().parent.parent / "bench_city.py"


@dataclass(frozen=True)
class Bench:
    """What is measured: a city, the plan that is built of it, a folder to work in, and the number of processes."""

    city: Path
    store: Path
    folder: Path
    workers: int


def apart(bench: Bench, stage: str, *words: str) -> Any:
    """Run a stage in a process of its own."""
    words = ("--store", str(bench.store), "--workers", str(bench.workers), "--run", stage, *words)
    command = [sys.executable, str(BENCH), str(bench.city), *words]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)


def processor_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


class Meter(StageClock):
    """Also notes the processor seconds of this process and the peak memory of all in each stage."""

    def __init__(self, memory: PeakMemory) -> None:
        super().__init__()
        self.memory = memory
        self.stages: dict[str, dict[str, float]] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage and note the peak within it."""
        begin, wall = time.process_time(), time.perf_counter()
        self.memory.begin()
        with super().stage(name):
            yield
        had = self.stages.get(name, {"seconds": 0.0, "processor": 0.0, "megabytes": 0.0})
        self.stages[name] = {
            "seconds": had["seconds"] + time.perf_counter() - wall,
            "processor": had["processor"] + time.process_time() - begin,
            "megabytes": max(had["megabytes"], self.memory.peak()),
        }


def timed_build(bench: Bench, engine: str = "local") -> dict[str, Any]:
    """Build the city; stages that overlap are told apart by their processor seconds."""
    import geopandas  # noqa: F401  imports are not the build's time

    from geo_grid.build import build_into
    from geo_grid.config import load_config
    from geo_grid.keep import Keep
    from geo_grid.store import open_store

    keep = Keep.beside(str(bench.store), bench.city)
    before = processor_seconds()
    with PeakMemory() as memory, open_store(str(bench.store)) as store:
        clock = Meter(memory)
        built = build_into(store, load_config(bench.city), keep=keep, workers=bench.workers, clock=clock, engine=engine)
    keep.clear()
    return {
        "stages": clock.stages,
        "tasks": built.seconds,
        "processor": processor_seconds() - before,
        "households": built.rows["households"],
        "areas": built.rows["areas"],
        "grids": {str(level): count for level, count in sorted(built.levels.items())},
        "exceptions": dict(built.reasons),
    }


def timed_metis(bench: Bench) -> dict[str, float]:
    """Have METIS partition the same graphs into as many zones as the plan has."""
    from _city.metis import metis_seconds
    from geo_grid.build import area_jobs
    from geo_grid.config import load_config
    from geo_grid.read import read_city
    from geo_grid.store import open_store

    config = load_config(bench.city)
    jobs = area_jobs(read_city(config), config)
    with open_store(str(bench.store)) as source:
        counts = source.read(["grids"])["grids"].groupby(["area_code", "level"]).size()
    zones = [counts[job.code].tolist() for job in jobs]
    once, best_of_ten = metis_seconds(jobs, zones, bench.workers)
    return {"once": once, "best_of_ten": best_of_ten}


def command(*words: object) -> tuple[float, float, int]:
    """Run a command of geo-grid: seconds, processor seconds, exit status."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    line = [sys.executable, "-m", "geo_grid.cli", *map(str, words)]
    status = subprocess.run(line, check=False, stdout=subprocess.DEVNULL).returncode
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return time.perf_counter() - start, used, status


def timed_check(bench: Bench) -> dict[str, float]:
    seconds, used, status = command("check", bench.store)
    return {"seconds": seconds, "processor": used, "faults": status}


def published(bench: Bench) -> Path:
    """Return a copy of the plan to be published."""
    copy = bench.folder / "published.gpkg"
    if not copy.exists():
        shutil.copy(bench.store, copy)
    return copy


def timed_publish(bench: Bench) -> dict[str, float]:
    seconds, used, status = command("publish", published(bench), "--name", "bench")
    return {"seconds": seconds, "processor": used, "faults": status}


def timed_rebuild(bench: Bench) -> dict[str, Any]:
    from _city.bench_rebuild import figures

    return figures(bench.city, bench.store, bench.folder / "rebuild", workers=bench.workers)


def timed_map(bench: Bench) -> dict[str, Any]:
    from _city.bench_map import LIMITS, figures

    return {"figures": figures(published(bench)), "limits": LIMITS}


def timed_dask(bench: Bench) -> dict[str, float]:
    """Build the city on one Dask worker and on two; what can be divided is what comes after the reading.

    A county before it has the workers import, and load what was compiled.
    """
    county = made(bench.folder / "county", "--county", "柳林县")
    out: dict[str, float] = {}
    for workers in (1, 2):
        with dask_cluster(bench.folder / f"dask{workers}", workers) as address:
            for city in (county, bench.city):
                store = bench.folder / f"dask{workers}-{city.parent.name}.gpkg"
                some = Bench(city, store, bench.folder, workers)
                found = apart(some, "build", "--engine", f"dask://{address}")
                store.unlink()
        plan = found["stages"]["plan"]
        out[str(workers)] = plan["seconds"]
        out[f"{workers} own processor"] = plan["processor"]
        out[f"{workers} tasks"] = sum(found["tasks"].values())
    return out


@contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[str]:
    """Start a Dask scheduler with workers, each a process of its own."""
    folder.mkdir()
    file = folder / "scheduler.json"
    quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
    python = [sys.executable, "-m"]
    words = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file)]
    started = [subprocess.Popen([*python, *words, "--no-dashboard"], **quiet)]
    try:
        while not (file.exists() and file.read_text()):
            time.sleep(0.05)
        address = json.loads(file.read_text())["address"]
        words = [*python, "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"]
        for number in range(workers):
            own = ["--local-directory", str(folder / f"w{number}")]
            started.append(subprocess.Popen([*words, *own], env=os.environ | {"OMP_NUM_THREADS": "1"}, **quiet))
        yield address.removeprefix("tcp://")
    finally:
        for process in started:
            process.kill()
            process.wait()


def made(folder: Path, *words: str) -> Path:
    """Make a city."""
    start = time.perf_counter()
    line = [sys.executable, str(BENCH.with_name("make_city.py")), "--out", str(folder), *words]
    subprocess.run(line, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    print(f"make_city {' '.join(words)}: {time.perf_counter() - start:.1f} s", file=sys.stderr)
    return folder / "city.toml"
