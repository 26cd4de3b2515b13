"""The same plan on Dask, to the last byte, even when a worker is killed on the way."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager

import pytest

from geo_grid.schema import TABLES

pytest.importorskip("distributed")
QUIET = {"DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "0"}


def wait_for(what, seconds=120.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.02)
    pytest.fail("it never came")


@contextmanager
def cluster(folder, workers):
    """A scheduler and workers, each a process of its own."""
    file = folder / "scheduler.json"
    python, started = [sys.executable, "-W", "ignore", "-m"], []
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": os.environ | QUIET, "cwd": folder}
    try:
        words = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(file)]
        started.append(subprocess.Popen([*python, *words, "--no-dashboard"], **quiet))
        address = wait_for(lambda: file.exists() and file.read_text() and json.loads(file.read_text())["address"])
        words = ["distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        for number in range(workers):
            own = ["--name", f"w{number}", "--local-directory", str(folder / f"w{number}")]
            started.append(subprocess.Popen([*python, *words, *own], **quiet))
        yield address.removeprefix("tcp://"), started
    finally:
        for process in started:
            process.kill()
            process.wait()


def build(town, store, *words):
    command = [sys.executable, "-m", "geo_grid.cli", "build", str(town), "--store", str(store), *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def content(path):
    """Every row of every table as it is in the file."""
    with closing(sqlite3.connect(path)) as db:
        rows = {name: db.execute(f'SELECT * FROM "{name}" ORDER BY fid').fetchall() for name in TABLES}
    rows["meta"] = [row for row in rows["meta"] if row[1] != "built_at"]
    return rows


def test_a_killed_worker_changes_no_byte(town, tmp_path):
    local, far = tmp_path / "local.gpkg", tmp_path / "dask.gpkg"
    first = build(town, local)
    first.communicate(timeout=300)
    assert first.returncode == 0
    with cluster(tmp_path, 2) as (address, (_, *workers)):
        running = build(town, far, "--engine", f"dask://{address}")
        parts = tmp_path / "dask.gpkg.parts"
        wait_for(lambda: list(parts.glob("*.area")) or running.poll() is not None)
        workers[0].send_signal(signal.SIGKILL)
        assert running.poll() is None  # in mid-run
        out, err = running.communicate(timeout=300)
        assert running.returncode == 0, err
        assert workers[1].poll() is None
    assert "12 areas" in out
    assert content(local) == content(far)
    assert not parts.exists()


def test_a_killed_scheduler_is_said_in_one_line_and_the_build_goes_on_later(town, tmp_path):
    store, parts = tmp_path / "plan.gpkg", tmp_path / "plan.gpkg.parts"
    with cluster(tmp_path, 1) as (address, (scheduler, _)):
        running = build(town, store, "--engine", f"dask://{address}")
        wait_for(lambda: list(parts.glob("*.area")) or running.poll() is not None)
        scheduler.send_signal(signal.SIGKILL)
        _, err = running.communicate(timeout=300)
    assert running.returncode == 2
    assert err.count("\n") == 1, err
    assert f"the Dask scheduler at {address} has gone" in err
    assert "go on with --resume" in err
    assert not store.exists()
    assert list(parts.glob("*.area"))
    assert not list(parts.glob("*/"))
    (tmp_path / "scheduler.json").unlink()
    with cluster(tmp_path, 1) as (address, _):
        again = build(town, store, "--engine", f"dask://{address}", "--resume")
        out, err = again.communicate(timeout=300)
    assert again.returncode == 0, err
    assert "that an earlier build had finished" in out
    assert not parts.exists()


def test_what_is_missing_is_said_in_one_line(town, tmp_path):
    def refused(*words):
        process = build(town, tmp_path / "plan.gpkg", *words)
        _, err = process.communicate(timeout=300)
        assert process.returncode == 2
        assert err.count("\n") == 1, err
        return err

    assert "is no engine" in refused("--engine", "spark://here")
    assert "no Dask scheduler answers at 127.0.0.1:9" in refused("--engine", "dask://127.0.0.1:9")
    assert not (tmp_path / "plan.gpkg").exists()
