"""New data read by a helper: the same rebuild, whether it comes back or not."""

from __future__ import annotations

import os
import shutil

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from cities import run
from growing import changed, city

from geo_grid.config import load_config
from geo_grid.errors import InputError
from geo_grid.rebuild import forking, reading, rebuild
from geo_grid.rebuild.sending import received, send, shared_file
from geo_grid.store import open_store

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.fixture
def plan(tmp_path, capsys):
    """A city with other households than its plan."""
    made, store = city(tmp_path / "city", 3), tmp_path / "plan.gpkg"
    assert run(capsys, "build", made.write(), "--store", str(store), "--workers", "1")[0] == 0
    made.households = changed(made.households, 31, 0.3)
    return made, store


@pytest.fixture
def two_cores(monkeypatch):
    """Two of them, whatever there are, and plans of any size worth a helper."""
    monkeypatch.setattr(forking.os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
    monkeypatch.setattr(reading, "WORTH_READING", 0)


def rebuilt(path, store):
    with open_store(str(store)) as opened:
        done = rebuild(load_config(path), opened, many_gone=True)
        return done, opened.read()


def read_in(monkeypatch, readers, *, fail=False):
    """Note in which process new data are read; a helper may fail there."""
    mine, read_new = os.getpid(), reading.read_new

    def reads(*words):
        os.write(readers, b"here" if os.getpid() == mine else b"help")
        if fail and os.getpid() != mine:
            os._exit(9)
        return read_new(*words)

    monkeypatch.setattr(reading, "read_new", reads)


@forks
@pytest.mark.parametrize("fail", [False, True])
def test_new_data_are_the_same_whoever_reads_them(plan, tmp_path, monkeypatch, two_cores, fail):
    made, one = plan
    path, two = made.write(), tmp_path / "two.gpkg"
    shutil.copy(one, two)
    looks, readers = os.pipe()
    read_in(monkeypatch, readers, fail=fail)
    helped, second = rebuilt(path, two)
    assert os.read(looks, 99) == (b"helphere" if fail else b"help")
    monkeypatch.setattr(reading, "WORTH_READING", 1 << 60)
    alone, first = rebuilt(path, one)
    assert os.read(looks, 99) == b"here"
    for here, there in zip(alone.told, helped.told, strict=True):
        pd.testing.assert_frame_equal(here, there)
    assert alone.come == helped.come > 0
    for name in first.tables:
        pd.testing.assert_frame_equal(pd.DataFrame(first[name]), pd.DataFrame(second[name]))


@forks
def test_what_is_wrong_with_new_data_is_heard(plan, two_cores):
    made, store = plan
    path = made.write()
    (path.parent / "households.csv").write_text("nothing", encoding="utf-8")
    with pytest.raises(InputError):
        rebuilt(path, store)


def test_what_is_sent_comes_back_and_can_be_changed():
    texts = pd.array([f"户{at}" if at % 3 else None for at in range(50_000)], dtype="str")
    floors = pd.array([at if at % 5 else None for at in range(50_000)], dtype="Int64")
    frame = pd.DataFrame({"text": texts, "floor": floors, "x": np.arange(50_000) / 7})
    with shared_file() as file:
        send({"frame": frame, "few": np.arange(3), "word": "字"}, file)
        found = received(file)
    pd.testing.assert_frame_equal(found["frame"], frame)
    assert found["word"] == "字"
    found["frame"].loc[0, "x"], found["few"][0] = 5.0, 9
    assert (found["frame"]["x"].iloc[0], found["few"].tolist()) == (5.0, [9, 1, 2])


@pytest.mark.parametrize("missing", [3, 10**9])
def test_texts_in_pieces_come_back_in_one(missing):
    texts = [None if at % missing == 1 else f"户{at % 97}" for at in range(3_000)]
    pieces = [pa.array(texts, pa.large_string()).slice(at, 900) for at in range(0, 3_000, 900)]
    pieces.insert(2, pa.array([], pa.large_string()))
    frame = pd.DataFrame({"text": pd.array(pa.chunked_array(pieces), dtype="str"), "at": range(3_000)})
    with shared_file() as file:
        send([frame, pa.chunked_array([[1], [2]])], file)
        found, numbers = received(file)
    pd.testing.assert_frame_equal(found, frame)
    array = pa.array(found["text"])
    assert isinstance(array, pa.Array)  # one piece
    array.validate(full=True)
    assert array.to_pylist() == texts
    assert numbers.to_pylist() == [1, 2]
