"""The benchmark of the city: it says which figures hold, and ends with 1 where one does not."""

from __future__ import annotations

import copy

import numpy as np
import pytest

FOUND = {
    "build": {
        "stages": {"read": {"seconds": 10.0, "processor": 9.0, "megabytes": 900.0}, "plan": {"seconds": 60.0, "processor": 18.0, "megabytes": 2000.0}},
        "tasks": {"zone": 90.0, "make": 10.0},
        "processor": 127.0,
        "households": 1_200_000,
        "areas": 2453,
        "grids": {"1": 12_000},
        "exceptions": {"given_group": 3},
    },
    "copy": 2.0,
    "metis": {"once": 20.0, "best_of_ten": 180.0},
    "check": {"seconds": 30.0, "processor": 29.0, "faults": 0},
    "publish": {"seconds": 50.0, "processor": 49.0, "faults": 0},
    "rebuild": {"kept": {"1": 0.99, "2": 0.98}, "faults": 0, "ratio_seconds": 6.0, "ratio_processor": 7.0},
    "dask": {"1": 18.0, "2": 10.0},
    "map": {"figures": {"first_view_s": 1.0}, "limits": {"first_view_s": 2.0}},
}  # fmt: skip


def judged(capsys, *, per_million=None, **changed) -> tuple[int, str]:
    import bench_city

    found = copy.deepcopy(FOUND)
    for stage, values in changed.items():
        found[stage] |= values
    status = bench_city.report(found, per_million)
    return status, capsys.readouterr().out.splitlines()[-1]


def test_all_figures_hold(capsys):
    status, line = judged(capsys)
    assert status == 0
    assert line.startswith("bench_city: 1200000 households in 2453 areas, 106 processor s a million: build 70 s of 120")
    for said in (
        "3.5 × METIS of 4 (0.4 × its best of ten)",
        "check clean",
        "publish 50 s of 60",
        "keeps 98.0%",
        "1.80 × one",
    ):
        assert said in line
    assert "NOT HOLD" not in line


SLOW = {"read": {"seconds": 121.0, "processor": 200.0, "megabytes": 900.0}}
LARGE = {"read": {"seconds": 9.0, "processor": 9.0, "megabytes": 4097.0}}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"build": {"stages": SLOW}}, "build 121 s of 120 DOES NOT"),
        ({"build": {"stages": LARGE}}, "4097 MB of 4096 DOES NOT"),
        ({"metis": {"once": 17.0}}, "4.1 × METIS of 4"),
        ({"build": {"exceptions": {"not_proved": 1}}}, "1 not proved DOES NOT"),
        ({"check": {"faults": 1}}, "check FOUND FAULTS DOES NOT"),
        ({"check": {"seconds": 91.0}}, "check 91 s of 90 DOES NOT"),
        ({"publish": {"seconds": 61.0}}, "publish 61 s of 60 DOES NOT"),
        ({"rebuild": {"kept": {"1": 0.96}}}, "keeps 96.0% of the codes of 97% DOES NOT"),
        ({"rebuild": {"ratio_seconds": 4.9}}, "4.9 × faster (s) of 5 DOES NOT"),
        ({"dask": {"2": 11.0}}, "1.64 × one of 1.7 DOES NOT"),
        ({"map": {"figures": {"first_view_s": 2.5}}}, "first_view_s 2.5 of 2 DOES NOT"),
    ],
)
def test_a_figure_that_does_not_hold_is_named(capsys, changed, said):
    status, line = judged(capsys, **changed)
    assert status == 1
    assert said in line


def test_a_larger_city_is_held_to_its_growth(capsys):
    status, line = judged(capsys, per_million=93.0)
    assert status == 0
    assert "1.14 × a household of 1.15" in line
    assert "of 120" not in line
    status, line = judged(capsys, per_million=80.0)
    assert status == 1
    assert "1.32 × a household of 1.15 DOES NOT HOLD" in line


def test_memory_counts_children_too():
    import subprocess
    import sys

    from _city.memory import memory_now

    alone = memory_now()
    hold = "x = bytearray(80_000_000); print(1, flush=True); input()"
    child = subprocess.Popen([sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout.readline()
    together = memory_now()
    child.communicate(b"\n")
    if sys.platform.startswith("linux"):
        assert together > alone + 70


def test_metis_gets_a_symmetric_graph():
    from _city.metis import _rows

    indptr, indices, weight = _rows(3, np.array([0, 1]), np.array([1, 2]), np.array([2.0, 0.01]))
    assert indptr.tolist() == [0, 1, 3, 4]
    assert indices.tolist() == [1, 0, 2, 1]
    assert weight.tolist() == [20, 20, 1, 1]
