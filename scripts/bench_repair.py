#!/usr/bin/env python3
"""Change 1 % of the households of a city, mend its grids, and count who keeps a grid; exit 1 if too few do.

usage: scripts/bench_repair.py [CITY.toml] [--seeds N]

Half of the changed households are torn down; the others are new, in a building that stands or in a small one near by.
Cells and neighbourhoods are made afresh from the changed data, and old grids are known by the ids of households alone.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from geo_grid.area import AreaJob

ROOT = Path(__file__).resolve().parent.parent
CITY = ROOT / "data/boundaries/urban_hdb/city.toml"
CHANGED, KEPT = 0.01, 0.97


class Area(NamedTuple):
    """One area as it was built: the id and the zones of each household."""

    job: AreaJob
    ids: np.ndarray
    labels: np.ndarray
    faults: int


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("city", nargs="?", type=Path, default=CITY)
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    lines, holds = table(range(options.seeds), options.city)
    print("\n".join(lines))
    return 0 if holds else 1


def table(seeds: Any, city: Path = CITY) -> tuple[list[str], bool]:
    """Return the lines of the table, and whether all of them hold."""
    areas = [built(job) for job in jobs_of(city)]
    for area in areas[:1]:
        measured(area, 0)  # compiles
    head = f"{'seed':>4}{'areas':>7}{'changed':>9}{'not mended':>12}{'kept by level':>24}{'mend s':>8}{'anew s':>8}{'ratio':>7}"
    lines, holds, worst = [head], True, 1.0
    for seed in seeds:
        rows = [measured(area, seed) for area in areas]
        kept, other, changed = (
            sum(r["kept"] for r in rows),
            sum(r["other"] for r in rows),
            sum(r["changed"] for r in rows),
        )
        faults, mend, anew = (sum(r[name] for r in rows) for name in ("faults", "mend", "anew"))
        share = kept / other
        good = faults == 0 and bool((share >= KEPT).all())
        holds, worst = holds and good, min(worst, float(share.min()))
        text = " / ".join(f"{100 * s:.2f}" for s in share)
        lines.append(
            f"{seed:>4}{len(areas):>7}{changed:>9}{faults:>12}{text:>24}{mend:>8.2f}{anew:>8.2f}{mend / anew:>7.2f}"
        )
    lines.append(
        f"bench_repair: {100 * CHANGED:g} % changed, {len(lines) - 1} seeds: at least {100 * worst:.2f} % of the other "
        f"households keep their grid at every level (limit {100 * KEPT:g} %): {'holds' if holds else 'DOES NOT HOLD'}"
    )
    return lines, holds


def jobs_of(city: Path) -> list[AreaJob]:
    from geo_grid.build import area_jobs
    from geo_grid.config import load_config
    from geo_grid.read import read_city

    config = load_config(city)
    return [job for job in area_jobs(read_city(config, lambda *_: None), config) if len(job.households)]


def atoms_of(job: AreaJob) -> tuple[Any, np.ndarray]:
    """Return the area's atoms, and the household ids of the first of them."""
    from geo_grid.cells import atom_graph, build_cells
    from geo_grid.units import stack_households

    stacks = stack_households(job.households)
    cells = build_cells(job.polygon, stacks.xy, job.barriers, job.dividers, settings=job.cells)
    return atom_graph(cells, stacks, job.cells), job.households["id"].to_numpy()[stacks.order]


def built(job: AreaJob) -> Area:
    from geo_grid.zoning import zone_area

    atoms, ids = atoms_of(job)
    zoning = zone_area(atoms, job.policy, min_contact=job.min_contact, seed=job.seed)
    return Area(job, ids, zoning.labels[:, : len(ids)], len(zoning.exceptions))


def changed(job: AreaJob, seed: int) -> AreaJob:
    """Tear down some households, and add as many."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    random = np.random.default_rng((seed, *job.code.encode()))
    rows = job.households
    half = max(1, round(CHANGED * len(rows) / 2))
    kept = rows.drop(rows.index[random.choice(len(rows), half, replace=False)])
    new = kept.iloc[random.choice(len(kept), half)].copy()
    new["id"] = [f"new {i}" for i in range(half)]
    small = np.flatnonzero(random.random(half) < 0.5)
    points = shapely.get_coordinates(new.geometry.to_numpy())
    building = new["building"].astype(object).to_numpy(copy=True)
    while len(small):
        house = small[: random.integers(1, 5)]
        small = small[len(house) :]
        at = near_by(job.polygon, points[house[0]], random)
        if at is not None:
            points[house] = at
            building[house] = f"new {house[0]}"
    new["building"] = building
    new = new.set_geometry(gpd.GeoSeries(shapely.points(points), index=new.index, crs=rows.crs))
    return replace(job, households=gpd.GeoDataFrame(pd.concat([kept, new], ignore_index=True), crs=rows.crs))


def near_by(polygon: Any, point: np.ndarray, random: np.random.Generator) -> np.ndarray | None:
    """Return a place 10 to 40 m away inside the area, or None where there is hardly any."""
    import shapely

    for _ in range(20):
        angle, far = random.uniform(0, 2 * np.pi), random.uniform(10, 40)
        place = point + far * np.array([np.cos(angle), np.sin(angle)])
        if shapely.contains_xy(polygon, *place):
            return place
    return None


def measured(area: Area, seed: int) -> dict[str, Any]:
    """Change one area, mend its zones, and draw them anew for comparison."""
    from geo_grid.zoning import zone_area
    from geo_grid.zoning.rezone import rezone_area

    job = changed(area.job, seed)
    atoms, ids = atoms_of(job)
    where = {name: i for i, name in enumerate(area.ids)}
    before = np.array([where.get(name, -1) for name in ids])
    old = np.full((len(area.labels), atoms.n), -1, np.int64)
    old[:, : len(ids)] = np.where(before >= 0, area.labels[:, before], -1)
    start = time.perf_counter()
    zoning = rezone_area(atoms, job.policy, old, min_contact=job.min_contact, seed=seed).zoning
    mend = time.perf_counter() - start
    start = time.perf_counter()
    anew = zone_area(atoms, job.policy, min_contact=job.min_contact, seed=seed)
    return {
        "changed": len(area.ids) - int((before >= 0).sum()) + int((before < 0).sum()),
        "kept": np.array([same(row, was) for row, was in zip(zoning.labels, old, strict=True)]),
        "other": int((before >= 0).sum()),
        "faults": max(0, len(zoning.exceptions) - len(anew.exceptions)),
        "mend": mend,
        "anew": time.perf_counter() - start,
    }


def same(row: np.ndarray, was: np.ndarray) -> int:
    """Count households whose grid is the one their old grid became, matched one to one by the households they share."""
    from scipy.optimize import linear_sum_assignment

    known = was >= 0
    shared = np.zeros((int(was.max()) + 1, int(row.max()) + 1), np.int64)
    np.add.at(shared, (was[known], row[known]), 1)
    return int(shared[linear_sum_assignment(shared, maximize=True)].sum())


if __name__ == "__main__":
    sys.exit(main())
