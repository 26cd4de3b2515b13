"""The command line: one line for every fault, the exit status of the contract, and no traceback."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cities import City, run

from geo_grid.store import open_store

if TYPE_CHECKING:
    import argparse


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("bulid",),
        ("build",),
        ("build", "no-such.toml", "--store", "plan.gpkg"),
        ("build", "no-such.toml", "--store", "plan.xyz"),
        ("build", "no-such.toml", "--store", "plan.gpkg", "--workers", "0"),
        ("check", "no-such.gpkg"),
        ("report", "no-such.gpkg"),
        ("inspect", "no-such.toml"),
        ("map", "no-such.gpkg", "-o", "x.html"),
        ("zone", "no-such.json", "--out", "labels.json"),
        ("zone", "no-such.json", "--out", "labels.json", "--seconds", "soon"),
    ],
    ids=" ".join,
)
def test_bad_usage_is_one_line_and_status_2(capsys, monkeypatch, tmp_path, words):
    monkeypatch.chdir(tmp_path)
    status, out, err = run(capsys, *words)
    assert status == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert err.startswith("geo-grid: ")
    assert list(tmp_path.iterdir()) == []


def test_not_a_store(capsys, tmp_path):
    path = tmp_path / "plan.gpkg"
    path.write_bytes(b"not a GeoPackage at all")
    for command in (("check", path), ("report", path), ("map", path, "-o", tmp_path / "x.html")):
        status, _, err = run(capsys, *command)
        assert status == 2
        assert len(err.strip().splitlines()) == 1
        assert "plan.gpkg" in err


def test_help_is_there_before_the_libraries_are_loaded():
    words = "import sys; from geo_grid.cli import main; main(['--help'])"
    script = f"try:\n    exec({words!r})\nexcept SystemExit:\n    pass\nprint(sorted({{'numpy', 'pandas', 'numba'}} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "rebuild" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_help_of_every_command(capsys):
    for words in ((), ("build",), ("check",), ("report",), ("inspect",), ("zone",), ("serve",), ("map",)):
        with pytest.raises(SystemExit) as ended:
            run(capsys, *words, "--help")
        assert ended.value.code == 0


def test_faults_of_the_program_leave_no_traceback(capsys, monkeypatch, tmp_path):
    from geo_grid.cli import commands

    def broken(_options: argparse.Namespace) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr(commands, "_check", broken)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    status, _, err = run(capsys, "check", "plan.gpkg")
    assert status == 70
    assert len(err.strip().splitlines()) == 1
    kept = Path(err.strip().rsplit(" ", 1)[-1])
    assert "boom" in kept.read_text()


def test_interrupting_is_one_line(capsys, monkeypatch):
    from geo_grid.cli import commands

    def interrupted(_options: argparse.Namespace) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(commands, "_check", interrupted)
    status, _, err = run(capsys, "check", "plan.gpkg")
    assert status == 130
    assert len(err.strip().splitlines()) == 1


def test_check_finds_faults_with_status_1(capsys, tmp_path):
    toml = City(tmp_path).write()
    store = tmp_path / "plan.gpkg"
    assert run(capsys, "build", toml, "--store", store)[0] == 0
    with open_store(store) as opened:
        plan = opened.read()
        plan["units"].loc[0, "households"] += 1
        opened.write(plan)
    status, out, _ = run(capsys, "check", store)
    assert status == 1
    assert plan["units"]["id"].iloc[0] in out


def test_whole_round(capsys, tmp_path):
    toml = City(tmp_path).write()
    store = tmp_path / "plan.gpkg"
    for words in (
        ("inspect", toml),
        ("inspect", toml, "--json"),
        ("build", toml, "--store", store),
        ("check", store),
        ("report", store),
        ("report", store, "--lang", "en", "-o", tmp_path / "report.html"),
        ("report", store, "--json"),
        ("map", store, "-o", tmp_path / "map.html"),
    ):
        status, out, err = run(capsys, *words)
        assert status == 0, err
        assert out or "-o" in words
    assert (tmp_path / "report.html").stat().st_size > 2000


def test_a_build_does_not_take_away_what_planners_did(capsys, tmp_path):
    from geo_grid.desk import Desk
    from geo_grid.store import content_hash

    toml, store = City(tmp_path).write(), tmp_path / "plan.gpkg"
    assert run(capsys, "build", toml, "--store", store)[0] == 0
    with open_store(store) as opened:
        desk = Desk(opened)
        area = desk.areas()[0]["code"]
        grid = desk.view(area).tables["grids"]["code"].iloc[-1]
        desk.edit(area, 0, {"op": "rename", "grid": grid, "name": "东片"}, author="li")
        desk.close()
        before = content_hash(opened.read())
    status, _, err = run(capsys, "build", toml, "--store", store)
    assert status == 2
    assert "1 changes by li in 1 areas" in err
    assert "--discard-draft" in err
    with open_store(store) as opened:
        assert content_hash(opened.read()) == before
    assert run(capsys, "build", toml, "--store", store, "--discard-draft")[0] == 0
    with open_store(store) as opened, opened.ledger() as ledger:
        assert ledger.head(area).number == 0  # the way back ended there; the name went on with the grid
        assert (opened.read()["grids"].set_index("code")["name"] == "东片").sum() == 1
        assert [row["what"] for row in ledger.edits()] == ["rename", "build"]


@pytest.mark.parametrize("after", [0.5, 1.5, 2.5, 3.5])
def test_a_killed_build_leaves_the_former_store_whole(capsys, tmp_path, after):
    toml = City(tmp_path).write()
    store = tmp_path / "plan.gpkg"
    assert run(capsys, "build", toml, "--store", store)[0] == 0
    before = store.read_bytes()
    process = subprocess.Popen(
        [sys.executable, "-m", "geo_grid.cli", "build", str(toml), "--store", str(store)],
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    time.sleep(after)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.returncode != 0:  # killed before it was done
        assert store.read_bytes() == before or run(capsys, "check", store)[0] == 0
    assert run(capsys, "check", store)[0] == 0


@pytest.mark.parametrize("command", ["map", "report"])
@pytest.mark.parametrize("target", ["plan.gpkg", "city.toml", "no-such-folder/x.html"])
def test_an_output_never_replaces_a_plan_or_an_input(capsys, monkeypatch, tmp_path, command, target):
    monkeypatch.chdir(tmp_path)
    toml = City(tmp_path).write()
    assert run(capsys, "build", toml, "--store", "plan.gpkg")[0] == 0
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    status, _, err = run(capsys, command, "plan.gpkg", "-o", target)
    assert status == 2
    assert len(err.strip().splitlines()) == 1
    assert before == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    "extra",
    [
        f"[policy.urban]\nbands = [[1{'0' * 21}, 2{'0' * 24}], [50, 100], [10, 20]]",
        "[policy.urban]\nbands = [[1, 1000000000], [1, 1000000000], [1, 1000000000]]",
        '[codes]\nseparator = "<"',
        "[codes.levels]\nurban = [0, 0, 0]",
    ],
    ids=["huge", "wide", "separator", "digits"],
)
def test_impossible_settings_are_refused_at_once(capsys, tmp_path, extra):
    city = City(tmp_path)
    city.extra = extra
    status, _, err = run(capsys, "build", city.write(), "--store", tmp_path / "plan.gpkg")
    assert status == 2, err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("line", ['encoding = "UTF-16"', 'path = "a\\u0000.shp"'])
def test_impossible_words_of_a_source(capsys, tmp_path, line):
    toml = City(tmp_path).write()
    text = toml.read_text(encoding="utf-8")
    text = (
        text.replace('path = "areas.gpkg"', line)
        if line.startswith("path")
        else text.replace("[inputs.areas]", f"[inputs.areas]\n{line}")
    )
    toml.write_text(text, encoding="utf-8")
    status, _, err = run(capsys, "build", toml, "--store", tmp_path / "plan.gpkg")
    assert status == 2, err
    assert len(err.strip().splitlines()) == 1


def test_a_plan_without_a_household_placed_is_refused(capsys, tmp_path):
    city = City(tmp_path)
    toml = city.write()
    store = tmp_path / "plan.gpkg"
    assert run(capsys, "build", toml, "--store", store)[0] == 0
    before = store.read_bytes()
    city.households["lon"] += 30
    status, _, err = run(capsys, "build", city.write(), "--store", store)
    assert status == 2
    assert "1020 rows" in err
    assert store.read_bytes() == before


@pytest.mark.parametrize("separator", ["-", "_", "/"])
def test_any_separator_is_understood_by_the_check(capsys, tmp_path, separator):
    city = City(tmp_path)
    city.extra = f'[codes]\nseparator = "{separator}"'
    assert run(capsys, "build", city.write(), "--store", tmp_path / "plan.gpkg")[0] == 0
    assert run(capsys, "check", tmp_path / "plan.gpkg")[0] == 0


def test_a_unit_lies_in_one_entrance(capsys, tmp_path):
    city = City(tmp_path)
    city.households["entrance"] = [f"{1 + place % 3}单元" for place in range(len(city.households))]
    store = tmp_path / "plan.gpkg"
    assert run(capsys, "build", city.write(), "--store", store)[0] == 0
    assert run(capsys, "check", store)[0] == 0
    with open_store(store) as opened:
        plan = opened.read()
    assert plan["units"].query("households > 0")["entrance"].notna().all()
    floors = plan["households"].merge(plan["units"], left_on="unit_id", right_on="id", suffixes=("", "_unit"))
    assert (floors["entrance"] == floors["entrance_unit"]).all()
    assert floors["floor"].between(floors["floor_from"], floors["floor_to"]).all()


def test_signals_that_come_together_are_one_interrupt(monkeypatch):
    from geo_grid import cli

    monkeypatch.setattr(cli, "_LAST_INTERRUPT", [-cli.SAME_INTERRUPT])
    with pytest.raises(KeyboardInterrupt):
        cli._interrupt(signal.SIGINT, None)
    cli._interrupt(signal.SIGINT, None)  # the second of a pair
    cli._LAST_INTERRUPT[0] -= 2 * cli.SAME_INTERRUPT
    with pytest.raises(KeyboardInterrupt):  # later it counts again
        cli._interrupt(signal.SIGINT, None)


def test_what_a_library_makes_of_an_interrupt_is_an_interrupt(capsys, monkeypatch):
    from geo_grid import cli

    monkeypatch.setattr(cli, "_LAST_INTERRUPT", [1.0])
    assert cli._ended_by(ImportError("a compiled part was not initialised")) == 130
    assert capsys.readouterr().err == "geo-grid: interrupted; nothing was stored\n"
