"""A build that was killed goes on to the same plan; a process that dies is replaced; a bad area stops no other."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from cities import City, houses, square

import geo_grid.build
import geo_grid.engine.tasks
from geo_grid.area import zone_one
from geo_grid.build import area_jobs, build_plan
from geo_grid.cli import main
from geo_grid.config import load_config
from geo_grid.engine.faults import AreasFailedError
from geo_grid.keep import Keep, job_digest
from geo_grid.packing import pack, unpack
from geo_grid.read import read_city
from geo_grid.store import content_hash, open_store, table_hashes

#: Runs the command line; dies by its own hand once the third area was kept, or while the plan is stored.
KILLED = """
import os, signal, sys
import geo_grid.build as build, geo_grid.keep as keep, geo_grid.store.gpkg as gpkg
from geo_grid.cli import main
moment, parent = sys.argv[1], os.getpid()
build.PARALLEL_FROM_AREAS, build.PARALLEL_FROM_HOUSEHOLDS = 2, 1
put = keep.Keep.put
def put_and_die(self, digest, area):
    if moment == "before":
        os.kill(parent, signal.SIGKILL)
    put(self, digest, area)
    if moment == "middle" and self.count() >= 3 or moment == "last" and self.count() >= 8:
        os.kill(parent, signal.SIGKILL)
keep.Keep.put = put_and_die
if moment == "store":
    gpkg.GeoPackageStore._replace_file = lambda *_: os.kill(parent, signal.SIGKILL)
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def town(tmp_path_factory) -> Path:
    """Eight areas in two rows, with a village at each end."""
    import geopandas as gpd
    import pandas as pd

    places = [(column, row) for row in (0, 1) for column in range(4)]
    kinds = ["rural", "urban", "urban", "rural"] * 2
    codes = [f"141102901{(2 if kind == 'rural' else 0)}{i:02d}" for i, kind in enumerate(kinds, 1)]
    areas = gpd.GeoDataFrame(
        {"code": codes, "name": [f"第{i}片" for i in range(8)], "kind": kinds},
        geometry=[square(*place) for place in places],
        crs="EPSG:4326",
    )
    rows = [
        houses(square(*place), 4, 5, 3 if kind == "rural" else 20 + 3 * i, f"h{i}-")
        for i, (place, kind) in enumerate(zip(places, kinds, strict=True))
    ]
    city = City(tmp_path_factory.mktemp("town"))
    city.areas, city.households = areas, pd.concat(rows, ignore_index=True)
    return city.write()


@pytest.fixture(scope="module")
def jobs(town):
    config = load_config(town)
    return area_jobs(read_city(config), config)


@pytest.fixture
def parallel(monkeypatch):
    monkeypatch.setattr(geo_grid.build, "PARALLEL_FROM_AREAS", 2)
    monkeypatch.setattr(geo_grid.build, "PARALLEL_FROM_HOUSEHOLDS", 1)


@pytest.fixture(scope="module")
def whole(town, tmp_path_factory) -> str:
    store = tmp_path_factory.mktemp("whole") / "plan.gpkg"
    assert main(["build", str(town), "--store", str(store), "--workers", "1"]) == 0
    return stored(store)


def stored(store: Path) -> str:
    """Return a digest of what is stored, but for the time it was built."""
    with open_store(store) as source:
        plan = source.read()
    return content_hash(dataclasses.replace(plan, meta=plan.meta | {"built_at": ""}))


def killed(moment: str, town: Path, store: Path) -> None:
    words = [sys.executable, "-c", KILLED, moment, "build", str(town), "--store", str(store), "--workers", "2"]
    assert subprocess.run(words, check=False, capture_output=True).returncode == -signal.SIGKILL
    name = str(store).encode()
    for _ in range(1200):  # its processes see that it is gone, and end
        if not any(name in command(path) for path in Path("/proc").glob("[0-9]*/cmdline")):
            return
        time.sleep(0.05)
    pytest.fail("a process of the killed build lives on")


def command(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


@pytest.mark.skipif(sys.platform != "linux", reason="processes inherit what the test changes")
@pytest.mark.parametrize("moment", ["before", "middle", "last", "store"])
def test_a_killed_build_goes_on_to_the_same_plan(moment, town, whole, tmp_path, capsys):
    store = tmp_path / "plan.gpkg"
    killed(moment, town, store)
    assert not store.exists()
    finished = Keep.beside(str(store), town).count()
    assert finished >= {"before": 0, "middle": 3, "last": 8, "store": 8}[moment]
    assert main(["build", str(town), "--store", str(store), "--resume", "--workers", "1"]) == 0
    assert stored(store) == whole
    assert (f"went on with {finished} areas" in capsys.readouterr().out) == (finished > 0)
    assert [path.name for path in tmp_path.iterdir()] == ["plan.gpkg"]


def test_kept_areas_are_not_made_again(town, tmp_path, monkeypatch):
    keep = Keep(tmp_path / "parts")
    first = build_plan(load_config(town), workers=2, keep=keep)
    monkeypatch.setattr(geo_grid.engine.tasks, "zone_one", lambda _job: pytest.fail("made again"))
    again = build_plan(load_config(town), workers=1, keep=keep)
    assert table_hashes(first) | {"meta": ""} == table_hashes(again) | {"meta": ""}


@pytest.mark.skipif(sys.platform != "linux", reason="processes inherit what the test changes")
def test_a_build_that_does_not_resume_starts_anew(town, whole, tmp_path, capsys):
    store = tmp_path / "plan.gpkg"
    killed("last", town, store)
    assert main(["build", str(town), "--store", str(store), "--workers", "1"]) == 0
    assert "went on" not in capsys.readouterr().out
    assert stored(store) == whole


def same(area, other) -> None:
    for item in dataclasses.fields(area):
        one, two = getattr(area, item.name), getattr(other, item.name)
        if item.name == "polygons":
            assert [a.wkb for a in one] == [b.wkb for b in two]
        elif isinstance(one, np.ndarray):
            assert one.dtype == two.dtype
            assert np.array_equal(one, two)
        else:
            assert one == two, item.name


def test_packing_loses_nothing(jobs):
    for job in jobs:
        area = zone_one(job)
        same(area, unpack(pack(area)))


def test_a_damaged_part_is_made_again(jobs, tmp_path):
    keep = Keep(tmp_path / "parts")
    keep.prepare()
    area = zone_one(jobs[0])
    keep.put("a", area)
    (path,) = keep.folder.glob("*.area")
    body = path.read_bytes()
    for damaged in (b"", body[:-40], body[: len(body) // 2], b"x" * 900, body[:200] + bytes(99) + body[299:]):
        path.write_bytes(damaged)
        assert keep.take("a") is None
    keep.put("a", area)
    same(keep.take("a"), area)
    assert keep.folder.stat().st_mode & 0o077 == 0 or os.name == "nt"


def test_whatever_changes_the_zones_changes_the_digest(jobs):
    job = jobs[0]
    moved = job.households.copy()
    moved.geometry = moved.geometry.translate(0.001)
    renamed = job.households.assign(building="x")
    others = [
        dataclasses.replace(job, **change)
        for change in (
            {"seed": 8},
            {"min_contact": 2.0},
            {"policy": jobs[1].policy},
            {"polygon": job.polygon.buffer(1e-6)},
            {"households": moved},
            {"households": renamed},
            {"households": job.households.iloc[:-1]},
            {"barriers": [(np.array([job.polygon.boundary], dtype=object), 0.5)]},
            {"dividers": np.array([job.polygon.boundary], dtype=object)},
        )
    ]
    digests = {job_digest(one) for one in [job, *others]}
    assert len(digests) == 1 + len(others)
    assert job_digest(dataclasses.replace(job, households=job.households.copy())) in digests


def test_a_process_that_dies_is_replaced(jobs, town, parallel, monkeypatch, tmp_path):
    mark = tmp_path / "died"

    def die_once(job):
        if job.code == jobs[2].code and not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return zone_one(job)

    config = load_config(town)
    whole = table_hashes(build_plan(config, workers=1))
    monkeypatch.setattr(geo_grid.engine.tasks, "zone_one", die_once)
    assert table_hashes(build_plan(config, workers=2)) | {"meta": ""} == whole | {"meta": ""}
    assert mark.exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_bad_area_stops_no_other_and_is_named(jobs, town, parallel, monkeypatch, tmp_path, capsys, workers):
    bad = jobs[0].code, jobs[5].code

    def fail(job):
        if job.code in bad:
            raise ZeroDivisionError("no\nluck")
        return zone_one(job)

    monkeypatch.setattr(geo_grid.engine.tasks, "zone_one", fail)
    store = tmp_path / "plan.gpkg"
    assert main(["build", str(town), "--store", str(store), "--workers", str(workers)]) == 1
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert "2 of 8 areas could not be zoned" in line
    assert all(f"{code} (ZeroDivisionError in test_resume.py" in line for code in bad)
    assert "--resume" in line
    assert not store.exists()
    keep = Keep.beside(str(store), town)
    assert keep.count() == 6
    assert "Traceback" in (keep.folder / "failed.txt").read_text(encoding="utf-8")
    monkeypatch.undo()
    assert main(["build", str(town), "--store", str(store), "--workers", "1", "--resume"]) == 0
    assert "went on with 6 areas" in capsys.readouterr().out
    assert not keep.folder.exists()


def test_an_area_that_kills_every_process_is_given_up(jobs, town, parallel, monkeypatch):
    def die(job):
        if job.code == jobs[3].code:
            os.kill(os.getpid(), signal.SIGKILL)
        return zone_one(job)

    monkeypatch.setattr(geo_grid.engine.tasks, "zone_one", die)
    with pytest.raises(AreasFailedError, match=rf"1 of 8 areas could not be zoned: {jobs[3].code} \(its process died"):
        build_plan(load_config(town), workers=2)
