#!/usr/bin/env python3
"""Time a build by stage, and its peak memory; exit 1 if it takes longer than the limit.

usage: scripts/bench_build.py [CITY.toml] [--limit SECONDS] [--workers N]

Compilation is left out: a first build in a process of its own fills numba's cache. As a yardstick from the same run,
every stage is also given as a ratio to the time that reading and writing the same bytes takes. Memory is the peak of
this process up to the end of the stage; of the worker processes, the largest one's peak.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from geo_grid.build import StageClock

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
LIMIT_SECONDS = 20.0  # 60,211 households on two cores


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("city", nargs="?", type=Path, default=ROOT / "data/boundaries/urban_hdb/city.toml")
    parser.add_argument("--limit", type=float, default=LIMIT_SECONDS)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compile_first(options.city, Path(folder) / "first.gpkg")
        store = Path(folder) / "plan.gpkg"
        clock, households = timed_build(options.city, store, options.workers)
        floor = copy_seconds(options.city.parent, store, Path(folder) / "copy")
        check = checked(store)
    total = sum(clock.seconds.values())
    print(f"{'stage':<12}{'seconds':>9}{'× copy':>9}{'peak MB':>9}")
    for stage, took in clock.seconds.items():
        print(f"{stage:<12}{took:>9.2f}{took / floor:>9.1f}{clock.peaks[stage]:>9.0f}")
    own, workers = max(clock.peaks.values()), peak_megabytes(resource.RUSAGE_CHILDREN)
    print(f"{'all':<12}{total:>9.2f}{total / floor:>9.1f}{own:>9.0f}")
    holds = total <= options.limit and check == 0
    print(
        f"bench_build: {households} households in {total:.2f} s (limit {options.limit:g} s), peak memory {own:.0f} MB "
        f"+ {workers:.0f} MB a worker, check {'clean' if check == 0 else 'FOUND FAULTS'}: {'holds' if holds else 'DOES NOT HOLD'}"
    )
    return 0 if holds else 1


def compile_first(city: Path, store: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "geo_grid.cli", "build", str(city), "--store", str(store)],
        check=True,
        stdout=subprocess.DEVNULL,
    )


def peak_megabytes(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)


class Meter(StageClock):
    """Also notes the peak memory at the end of each stage."""

    def __init__(self) -> None:
        super().__init__()
        self.peaks: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time a stage and note the peak so far."""
        with super().stage(name):
            yield
        self.peaks[name] = peak_megabytes(resource.RUSAGE_SELF)


def timed_build(city: Path, store: Path, workers: int) -> tuple[Meter, int]:
    import geopandas  # noqa: F401  imports are not the build's time

    from geo_grid.build import build_plan
    from geo_grid.config import load_config
    from geo_grid.store import open_store

    clock = Meter()
    plan = build_plan(load_config(city), workers=workers, clock=clock)
    with clock.stage("store"), open_store(store) as target:
        target.write(plan)
    return clock, len(plan["households"])


def copy_seconds(inputs: Path, store: Path, target: Path) -> float:
    """Read every input byte and write as many as the store holds, once."""
    start = time.perf_counter()
    for file in sorted(inputs.iterdir()):
        file.read_bytes()
    with target.open("wb") as out:
        out.write(store.read_bytes())
        out.flush()
        os.fsync(out.fileno())
    return time.perf_counter() - start


def checked(store: Path) -> int:
    return subprocess.run(
        [sys.executable, "-m", "geo_grid.cli", "check", str(store)], check=False, stdout=subprocess.DEVNULL
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
