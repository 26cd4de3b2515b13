"""The benchmark of the city: it says which figures hold, and ends with 1 where one does not."""

from __future__ import annotations

import argparse
import copy

import numpy as np
import pytest

BUILD = {
    "stages": {"read": {"seconds": 10.0, "processor": 9.0, "megabytes": 900.0}, "zone": {"seconds": 60.0, "processor": 118.0, "megabytes": 2000.0}},
    "households": 1_200_000,
    "areas": 2453,
    "grids": {"1": 12_000},
    "exceptions": {"given_group": 3},
}  # fmt: skip


def judged(capsys, *, per_million=None, faults=False, **changed) -> tuple[int, str]:
    import bench_city

    build = copy.deepcopy(BUILD) | changed
    status = bench_city.report(
        argparse.Namespace(per_million=per_million), build, {"once": 20.0, "best_of_ten": 180.0}, 2.0, 30.0, faults
    )
    return status, capsys.readouterr().out.splitlines()[-1]


def test_all_figures_hold(capsys):
    status, line = judged(capsys)
    assert status == 0
    assert line.startswith("bench_city: 1200000 households in 2453 areas, 106 processor s a million: build 70 s of 120")
    assert "3.5 × METIS of 4 (0.4 × its best of ten)" in line
    assert "NOT HOLD" not in line


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"stages": {"zone": {"seconds": 121.0, "processor": 200.0, "megabytes": 900.0}}}, "build 121 s of 120 DOES NOT"),
        ({"stages": {"zone": {"seconds": 9.0, "processor": 9.0, "megabytes": 4097.0}}}, "4097 MB of 4096 DOES NOT"),
        ({"stages": {"zone": {"seconds": 82.0, "processor": 9.0, "megabytes": 9.0}}}, "4.1 × METIS of 4"),
        ({"exceptions": {"not_proved": 1}}, "1 not proved DOES NOT"),
        ({"faults": True}, "FOUND FAULTS DOES NOT"),
    ],
)  # fmt: skip
def test_a_figure_that_does_not_hold_is_named(capsys, changed, said):
    status, line = judged(capsys, **changed)
    assert status == 1
    assert said in line


def test_a_larger_city_is_held_to_its_growth(capsys):
    larger = {"stages": {"zone": {"seconds": 900.0, "processor": 1500.0, "megabytes": 9e3}}, "households": 12_000_000}
    status, line = judged(capsys, per_million=100.0, **larger)
    assert status == 1
    assert "1.25 × a household of 1.15 DOES NOT HOLD" in line
    assert "of 120" not in line


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
