#!/usr/bin/env python3
"""Next year's data into a city's plan: what a rebuild costs beside a full build, and who keeps a code.

usage: scripts/_city/bench_rebuild.py CITY.toml PLAN.gpkg [--share 0.01] [--seed 1] [--workers 2] [--no-build]

Of the changed households half are torn down; the others are new, one half in buildings that stand, one half in houses
of their own 4 to 15 m beside one. The city is one of make_city (a Parquet file of households), the plan the one built
of it; both are copied. Households are known by their ids, rows change their numbers. Ends with 1 where a figure of
issue 7 does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

KEPT, RATIO = 0.97, 5.0
ROOT = Path(__file__).resolve().parent.parent.parent


def figures(
    city: Path, store: Path, folder: Path, *, share: float = 0.01, seed: int = 1, workers: int = 2, build: bool = True
) -> dict[str, Any]:
    """Measure a rebuild.

    Parameters
    ----------
    city : Path
        The ``city.toml`` of make_city.
    store : Path
        The GeoPackage that was built of it.
    folder : Path
        Where copies and results go.
    share : float
        Share of the households that change.
    seed : int
        Seed of the changes.
    workers : int
        Processes of the full build.
    build : bool
        Whether the full build is measured too.

    Returns
    -------
    dict
        ``households``, ``changed``, ``kept`` (share of unaffected households by level), ``rebuild`` and ``build`` (seconds, processor,
        megabytes), ``ratio_seconds``, ``ratio_processor``, ``said`` (lines of the command), ``faults`` and ``holds``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    toml, changed = changed_city(city, folder / "city", share, seed)
    plan = folder / "rebuilt.gpkg"
    shutil.copy(store, plan)
    before = codes_of(store)
    out: dict[str, Any] = {"households": len(before), "changed": changed}
    out["rebuild"], out["said"] = measured("rebuild", toml, "--store", plan)
    out["kept"] = kept(before, codes_of(plan))
    text = command("check", plan, "--json", accepted=(0, 1)).stdout
    out["faults"] = len(json.loads(text)["faults"])
    holds = min(out["kept"].values()) >= KEPT and out["faults"] == 0
    if build:
        out["build"], _ = measured("build", toml, "--store", folder / "built.gpkg", "--workers", workers)
        for name in ("seconds", "processor"):
            out[f"ratio_{name}"] = out["build"][name] / out["rebuild"][name]
        holds = holds and min(out["ratio_seconds"], out["ratio_processor"]) >= RATIO
    return out | {"holds": holds}


def changed_city(city: Path, folder: Path, share: float, seed: int) -> tuple[Path, int]:
    """Copy a city with some households torn down and as many new; return its file, and how many changed."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(city.parent, folder)
    path = folder / "households.parquet"
    people = pd.read_parquet(path)
    random = np.random.default_rng(seed)
    half = max(1, round(share * len(people) / 2))
    stays = people.drop(people.index[random.choice(len(people), half, replace=False)])
    new = stays.iloc[np.sort(random.choice(len(stays), half))].copy()
    own = random.random(half) < 0.5
    angle, away = random.uniform(0, 2 * np.pi, half), np.where(own, random.uniform(4, 15, half), 0.0)
    name = np.array([f"新{seed}-{at}" for at in range(half)], dtype=object)
    new["id"] = [f"N{seed}-{at:07d}" for at in range(half)]
    new["building"] = np.where(own, name, new["building"].astype(object))
    new["address"] = name
    new.loc[own, "entrance"] = None
    new["x"] = np.round(new["x"] + away * np.cos(angle), 2)
    new["y"] = np.round(new["y"] + away * np.sin(angle), 2)
    pd.concat([stays, new], ignore_index=True).to_parquet(path)
    return folder / city.name, 2 * half


def codes_of(store: Path) -> pd.DataFrame:
    """Return the grids of each household."""
    from geo_grid.store import open_store

    with open_store(store) as opened, opened.ledger() as ledger:
        areas = [row["code"] for row in ledger.area_figures()]
        return ledger.household_grids(areas).set_index("id")


def kept(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, float]:
    """Return the share of households, of those in both, that keep their code, by level."""
    ids = before.index.intersection(after.index)
    out = {}
    for level in (1, 2, 3):
        was, now = (frame.loc[ids, f"grid_code_l{level}"] for frame in (before, after))
        there = was.notna()
        if there.any():
            out[str(level)] = float((was[there] == now[there]).mean())
    return out


def command(*words: object, accepted: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [sys.executable, "-m", "geo_grid.cli", *map(str, words)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    if done.returncode not in accepted:
        raise SystemExit(f"geo-grid {words[0]}: {done.stderr}")
    return done


def measured(*words: object) -> tuple[dict[str, float], list[str]]:
    """Run a command in a process of its own; return what it took, and what it said."""
    os.sync()  # else a command that waits for its own file waits for what others wrote too: the copy of the plan
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = command(*words)
    seconds, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "processor": processor, "megabytes": after.ru_maxrss / 1024}, done.stdout.splitlines()


def lines(found: dict[str, Any]) -> list[str]:
    """Return the figures as lines."""
    shares = ", ".join(f"level {level} {100 * share:.2f} %" for level, share in found["kept"].items())
    out = [f"{found['changed']} of {found['households']} households changed", *found["said"]]
    out.append(
        f"unaffected households that keep their code: {shares} (limit {100 * KEPT:g} %); faults {found['faults']}"
    )
    for name in ("rebuild", "build"):
        if name in found:
            took = found[name]
            out.append(
                f"{name}: {took['seconds']:.1f} s, {took['processor']:.1f} processor s, {took['megabytes']:.0f} MB"
            )
    if "build" in found:
        out.append(
            f"a full build takes {found['ratio_seconds']:.1f} times the seconds and {found['ratio_processor']:.1f} times"
            f" the processor seconds (limit {RATIO:g})"
        )
    return [*out, "bench_rebuild: " + ("holds" if found["holds"] else "DOES NOT HOLD")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("city", type=Path)
    parser.add_argument("store", type=Path)
    parser.add_argument("--share", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--no-build", action="store_true", help="leave the full build out")
    options = parser.parse_args()
    print(f"load at the start {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as folder:
        found = figures(
            options.city,
            options.store,
            Path(folder),
            share=options.share,
            seed=options.seed,
            workers=options.workers,
            build=not options.no_build,
        )
    print("\n".join(lines(found)))
    return 0 if found["holds"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
