"""The zoning benchmark believes no runner, and says so where a figure does not hold."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from types import ModuleType

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import bench_zoning

    return bench_zoning


def path_of_six() -> dict[str, np.ndarray]:
    ends = np.arange(6)
    return {
        "edges": np.column_stack([ends[:-1], ends[1:]]),
        "load": np.ones(6, np.int64),
        "band": np.array([2, 3, 3]),
    }


@pytest.mark.parametrize(
    ("labels", "valid", "cut"),
    [
        ([0, 0, 1, 1, 2, 2], True, 2),
        ([0, 0, 0, 1, 1, 1], False, 1),  # two zones where three are wanted
        ([0, 0, 0, 1, 2, 2], False, 2),  # one too small
        ([0, 1, 1, 0, 2, 2], False, 3),  # one in two pieces
    ],
)
def test_runs_are_judged_by_their_labels(bench: ModuleType, labels: list[int], valid: bool, cut: int) -> None:
    runs = sys.modules["_bench_runs"]
    found = runs.Run(**runs.judge(path_of_six(), np.array(labels)))
    assert found.valid(3) == valid
    assert found.cut == cut


def test_labels_that_do_not_fit_are_refused(bench: ModuleType) -> None:
    with pytest.raises(ValueError, match="6 labels"):
        sys.modules["_bench_runs"].judge(path_of_six(), np.zeros(5))


def test_peers_in_band_and_time_are_the_measure(bench: ModuleType) -> None:
    tables = sys.modules["_bench_tables"]
    run = sys.modules["_bench_runs"].Run
    want = tables.Want(10, 20, 0.96, 1.0)
    good = {"zones": 5, "in_band": 5, "whole": 5}
    peers = {
        "metis": run(seconds=1.0, cut=100, **good),
        "kahip": run(seconds=0.5, cut=94, **good),
        "kaminpar": run(seconds=0.5, cut=50, zones=4, in_band=4, whole=4),
    }

    def holds(*own: tuple[float, int]) -> list[bool]:
        runs = [run(seconds=seconds, cut=cut, **good) for seconds, cut in own]
        return [figure.holds for figure in tables.judged("synth", 5, runs, peers, want)]

    assert holds((0.9, 94)) == [True, True, True]
    assert holds((0.9, 95)) == [True, True, False]  # above KaHIP; KaMinPar has a zone too few, and is no measure
    assert holds((1.1, 90), (0.9, 97)) == [True, False, False]  # good, but late
    peers["kahip"] = run("crashed")
    assert holds((0.9, 95)) == [True, True]
    del peers["kahip"]
    assert holds((0.9, 95)) == [True]  # that a peer did not run is said for the whole table


def test_one_figure_that_does_not_hold_is_the_exit_code(bench: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    figure = sys.modules["_bench_runs"].Figure
    assert bench.conclude([figure(2, "a", holds=True), figure(3, "b", holds=True)]) == 0
    assert bench.conclude([figure(2, "a", holds=True), figure(3, "b 7, limit 5", holds=False)]) == 1
    last = capsys.readouterr().out.strip().splitlines()[-1]
    assert "table 2 1 of 1, table 3 0 of 1" in last
    assert last.endswith("table 3: b 7, limit 5")


def test_a_published_instance_is_run_and_held_to_its_optimum(
    bench: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tables = sys.modules["_bench_tables"]
    raw = json.loads((SCRIPTS.parent / "data/zoning_instances/vb2022_county_ME.json").read_text(encoding="utf-8"))
    file = tmp_path / "ME.json"
    for optimum, holds in ((16, True), (17, False), (15, False)):  # below a proved optimum something is wrong, too
        raw["published_cut_edges"] = {"lb": optimum, "ub": optimum, "proved_optimal": True}
        file.write_text(json.dumps(raw), encoding="utf-8")
        assert [figure.holds for figure in tables.published_table(tmp_path, 1, 0.0, 600)] == [holds, True]
    assert "16" in capsys.readouterr().out
