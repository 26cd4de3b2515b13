#!/usr/bin/env python3
"""Measure a month's duties for a city; exit 1 if they take longer than 5 s.

usage: scripts/bench_duties.py [--side UNITS] [--records COUNT] [--tracks COUNT]

The plan is made up: side × side units with crooked borders (432: 84,240 grids), elements of all eight classes, a worker
in nine grids of ten. Timed is all of it: patrol lists of every grid of every level; of the level whose workers walk, what last
month's records and tracks saw of each share, what is due, every visit written out, cover of the townships and load of the people. One core is used,
and times are of this process alone. The yardstick, in the same run: the same duties worked out grid by grid, for a few.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from lattice import CELL, ORIGIN, lattice_plan  # noqa: E402

from geo_grid.field.cover import cover, load  # noqa: E402
from geo_grid.field.duties import duties, visits  # noqa: E402
from geo_grid.field.patrol import patrol_list  # noqa: E402
from geo_grid.field.policy import PatrolPolicy  # noqa: E402
from geo_grid.field.seen import look  # noqa: E402

SECONDS = 5.0
WIDER = 5.6  # times the lattice: 21,000 km², as the city is
FEW = 40
FIRST, LAST = dt.date(2026, 7, 1), dt.date(2026, 7, 31)
BEGUN = dt.date(2026, 6, 1)
POLICY = PatrolPolicy()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", type=int, default=432, help="units a side, a multiple of 24")
    parser.add_argument("--records", type=int, default=60_000, help="records of the month before")
    parser.add_argument("--tracks", type=int, default=6_000, help="tracks of the month before")
    options = parser.parse_args()
    plan = lattice_plan(options.side)
    grids = plan["grids"]
    grids["geom"] = shapely.transform(grids["geom"].to_numpy(), lambda place: (place - ORIGIN) * WIDER)
    elements, shares = elements_of(grids)
    staff = staff_of(grids)
    evidence = evidence_of(shares, options.records, options.tracks)
    steps = {}
    patrol, steps["lists"] = timed(lambda: patrol_list(elements, shares, grids, staff, POLICY, FIRST))
    walked = patrol[patrol["level"] == POLICY.level].reset_index(drop=True)
    look(walked.head(), shares, evidence, POLICY, FIRST)  # loads what is compiled, once a process
    seen, steps["seen"] = timed(lambda: look(walked, shares, evidence, POLICY, FIRST))
    due, steps["due"] = timed(lambda: duties(walked, seen.fresh_since(), on=FIRST, last=LAST, begun=BEGUN))
    rows, steps["visits"] = timed(lambda: visits(due, on=FIRST))
    _, steps["cover"] = timed(lambda: cover(due, seen.part(BEGUN), POLICY))
    _, steps["load"] = timed(lambda: load(walked, grids, staff, POLICY, FIRST))
    took = sum(steps.values())
    some = grids[grids["level"] == POLICY.level]["code"].sample(FEW, random_state=0).tolist()
    slow, part = timed(lambda: [one_grid(code, elements, shares, staff, evidence) for code in some])
    of_some = due[due["grid_code"].isin(some)]
    assert sum(slow) == len(of_some), "grid by grid there are other duties"
    by_grid = part * (grids["level"] == POLICY.level).sum() / FEW
    told = ", ".join(f"{name} {seconds:.2f}" for name, seconds in steps.items())
    holds = took <= SECONDS
    print(
        f"bench_duties: {len(grids)} grids, {len(elements)} elements, {len(shares)} shares, {len(evidence)} records and tracks; "
        f"{len(rows)} visits of a month in {took:.2f} s ({told}; limit {SECONDS:g} s); grid by grid {by_grid:.0f} s "
        f"(from {FEW} grids), {by_grid / took:.0f} times as long: {'holds' if holds else 'DOES NOT HOLD'}"
    )
    return 0 if holds else 1


def timed(work: Any) -> tuple[Any, float]:
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def elements_of(grids: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return elements of all classes and their shares at every level; every share is cut by the grid's bounds."""
    west, south, east, north = shapely.total_bounds(grids["geom"].to_numpy())
    tops, middles = (grids[grids["level"] == level]["geom"].to_numpy() for level in (1, 2))
    areas = grids.drop_duplicates("area_code")["geom"].to_numpy()
    lying = np.arange(south + CELL, north, 12 * CELL * WIDER)
    standing = np.arange(west + CELL, east, 6 * CELL * WIDER)
    layers = {
        "river": shapely.linestrings([[(west, y), (east, y + 1)] for y in lying]),
        "road": shapely.linestrings([[(west, y + 200), (east, y + 199)] for y in lying]),
        "gully": shapely.linestrings([[(x, south), (x + 1, north)] for x in standing]),
        "forest": shapely.buffer(shapely.centroid(tops), 1200, quad_segs=4),
        "farmland": shapely.buffer(shapely.centroid(middles), 300, quad_segs=2),
        "hill": shapely.buffer(shapely.centroid(areas), 900, quad_segs=4),
        "well": shapely.centroid(middles[::4]),
        "mine": shapely.centroid(tops[::3]),
    }
    units = ("count", "m", "m2")
    frames = [
        pd.DataFrame({"id": [f"{kind}-{i}" for i in range(len(shapes))], "class": kind, "geom": shapes})
        for kind, shapes in layers.items()
    ]
    elements = pd.concat(frames, ignore_index=True).assign(name=None)
    elements["measure_unit"] = [units[each] for each in shapely.get_dimensions(elements["geom"].to_numpy())]
    boxes = shapely.box(*shapely.bounds(grids["geom"].to_numpy()).T)
    at, element = shapely.STRtree(elements["geom"].to_numpy()).query(boxes, predicate="intersects")
    shapes = shapely.intersection(elements["geom"].to_numpy()[element], boxes[at])
    measure = measures(shapes, elements["measure_unit"].to_numpy()[element])
    shares = pd.DataFrame(
        {
            "element_id": elements["id"].to_numpy()[element],
            "grid_code": grids["code"].to_numpy()[at],
            "level": grids["level"].to_numpy()[at],
            "measure": measure,
            "held": measure,
            "geom": shapes,
        }
    )
    return elements, shares[measure > 0].reset_index(drop=True)


def measures(shapes: np.ndarray, unit: np.ndarray) -> np.ndarray:
    return np.where(unit == "m", shapely.length(shapes), np.where(unit == "m2", shapely.area(shapes), 1.0))


def staff_of(grids: pd.DataFrame) -> pd.DataFrame:
    manned = grids[np.arange(len(grids)) % 10 != 3]
    return pd.DataFrame(
        {
            "id": np.arange(1, len(manned) + 1),
            "grid_code": manned["code"].to_numpy(),
            "level": manned["level"].to_numpy(),
            "role": manned["role"].to_numpy(),
            "name": [f"张{i}" for i in range(len(manned))],
            "phone": None,
            "term_from": None,
            "term_to": None,
        }
    )


def evidence_of(shares: pd.DataFrame, records: int, tracks: int) -> pd.DataFrame:
    """Return records at shares, of their elements, and walks of about two kilometres."""
    random = np.random.default_rng(0)
    chosen = shares.iloc[random.integers(0, len(shares), records)]
    at = shapely.get_coordinates(shapely.point_on_surface(chosen["geom"].to_numpy()))
    start = at[random.integers(0, len(at), tracks)]
    walks = start[:, None] + np.cumsum(random.normal(0, 12, (tracks, 150, 2)) + 8, axis=1)
    count = records + tracks
    return pd.DataFrame(
        {
            "day": np.datetime64("2026-06-01", "s") + random.integers(0, 30, count).astype("timedelta64[D]"),
            "element_id": np.concatenate([chosen["element_id"].to_numpy(), np.full(tracks, None)]),
            "record": np.arange(count) < records,
            "geom": np.concatenate([shapely.points(at), shapely.linestrings(walks)]),
        }
    )


def one_grid(
    code: str, elements: pd.DataFrame, shares: pd.DataFrame, staff: pd.DataFrame, evidence: pd.DataFrame
) -> int:
    """Return how many duties a grid has, found as one would by hand: its shares, their worker, what was near."""
    mine = shares[shares["grid_code"] == code]
    found = 0
    for share in mine.itertuples():
        element = elements[elements["id"] == share.element_id].iloc[0]
        duty = POLICY.classes[element["class"]]
        staff[staff["grid_code"] == code]
        near = shapely.dwithin(evidence["geom"].to_numpy(), share.geom, duty.reach)
        proofs = evidence[near & (evidence["element_id"].isna() | (evidence["element_id"] == share.element_id))]
        shapely.union_all(shapely.buffer(proofs["geom"].to_numpy(), duty.reach))
        found += 1
    return found


if __name__ == "__main__":
    sys.exit(main())
