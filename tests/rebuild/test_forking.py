"""Work in two processes: every piece once, the same result, and nothing lost where the helper dies."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time

import pandas as pd
import pytest
from cities import run
from growing import changed, city

from geo_grid.config import load_config
from geo_grid.gdal import SKIPPED_DRIVERS
from geo_grid.rebuild import forking, rebuild
from geo_grid.rebuild.forking import beside, in_two
from geo_grid.schema import TABLES
from geo_grid.store import open_store
from geo_grid.store.columns import frame_of_columns, read_columns

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def shared(items, run_one):
    """Do pieces in two processes; return what came of each, here and in the helper."""
    here: dict[int, int] = {}
    sent: list[dict[int, int]] = []
    in_two(items, lambda item: here.update({item: run_one(item)}), lambda _: dict(here), sent.append, helper=True)
    return here, sent


@forks
def test_every_piece_is_done_once():
    here, sent = shared(list(range(9_000)), lambda item: item * item)
    assert len(sent) == 1
    assert not here.keys() & sent[0].keys()
    assert here | sent[0] == {item: item * item for item in range(9_000)}


@forks
def test_pieces_of_a_helper_that_dies_are_done_here():
    parent, (read, write) = os.getpid(), os.pipe()

    def die_elsewhere(item):
        if os.getpid() != parent:
            os.write(write, b"!")
            os._exit(9)
        if item == 0:
            os.read(read, 1)  # the helper has taken a piece with it
        return item

    here, sent = shared(list(range(500)), die_elsewhere)
    assert not sent
    assert here == {item: item for item in range(500)}
    with beside(lambda: 7 if os.getpid() == parent else os._exit(9), helper=True) as result:
        assert result() == 7


@forks
def test_a_helper_that_hangs_is_ended_and_its_pieces_done_here(monkeypatch):
    monkeypatch.setattr(forking, "PATIENCE", 0.2)
    parent, (read, write) = os.getpid(), os.pipe()
    hung: list[int] = []

    def hang_elsewhere(item):
        if os.getpid() != parent:
            os.write(write, os.getpid().to_bytes(4, "little"))
            time.sleep(3600)
        if not hung:
            hung.append(int.from_bytes(os.read(read, 4), "little"))  # the helper has taken a piece
        return item

    here, sent = shared(list(range(500)), hang_elsewhere)
    assert not sent
    assert here == {item: item for item in range(500)}
    with pytest.raises(ProcessLookupError):
        os.kill(hung[0], 0)
    with beside(lambda: 7 if os.getpid() == parent else time.sleep(3600), helper=True) as result:
        assert result() == 7


@forks
def test_a_helper_nobody_asks_any_more_is_ended():
    read, write = os.pipe()

    def hang():
        os.write(write, os.getpid().to_bytes(4, "little"))
        time.sleep(3600)

    with beside(hang, helper=True):
        child = int.from_bytes(os.read(read, 4), "little")
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


@forks
def test_what_goes_wrong_in_a_helper_is_heard_here():
    def fail(item):
        raise ValueError(item)

    with pytest.raises(ValueError, match=r"^[01]$"):
        shared([0, 1], fail)


@forks
def test_a_rebuild_in_two_processes_is_the_one_in_one(tmp_path, capsys, monkeypatch):
    made, one, two = city(tmp_path / "city", 3), tmp_path / "one.gpkg", tmp_path / "two.gpkg"
    assert run(capsys, "build", made.write(), "--store", str(one), "--workers", "1")[0] == 0
    shutil.copy(one, two)
    made.households = changed(made.households, 31, 0.3)
    path = made.write()
    told = []
    for store, least in ((one, 10**9), (two, 1)):
        monkeypatch.setattr(forking, "WORTH_FORKING", least)
        monkeypatch.setattr(forking.os, "sched_getaffinity", lambda _: {0, 1}, raising=False)
        with open_store(str(store)) as opened:
            told.append(rebuild(load_config(path), opened, many_gone=True).told)
    for first, second in zip(*told, strict=True):
        pd.testing.assert_frame_equal(first, second)
    with open_store(str(one)) as first, open_store(str(two)) as second:
        for name in ("areas", "units", "grids", "exceptions", "element_shares", "households"):
            a, b = (pd.DataFrame(store.read((name,))[name]) for store in (first, second))
            key = list(TABLES[name].key)
            pd.testing.assert_frame_equal(
                a.sort_values(key, ignore_index=True), b.sort_values(key, ignore_index=True), check_exact=False
            )


def test_columns_are_the_same_by_whatever_way_they_are_read(tmp_path, capsys):
    store = str(tmp_path / "plan.gpkg")
    assert run(capsys, "build", city(tmp_path / "city").write(), "--store", store, "--workers", "1")[0] == 0
    with open_store(store) as opened, opened.ledger() as ledger:
        backend, table = ledger._backend, TABLES["households"]
        names = ("id", "building", "floor", "group", "source_row")
        fast = backend.columns(table, names, places=True)
        with backend.reading() as tx:
            slow = read_columns(tx, table, names, places=True)
    frames = [frame_of_columns(found, ("floor",)) for found in (fast, slow)]
    pd.testing.assert_frame_equal(*frames)
    assert frames[0]["group"].isna().any()
    assert frames[0]["x"].nunique() > 100


def test_the_plan_is_read_with_no_driver_that_reaches_beyond_a_file(tmp_path, capsys):
    store = str(tmp_path / "plan.gpkg")
    assert run(capsys, "build", city(tmp_path / "city").write(), "--store", store, "--workers", "1")[0] == 0
    program = f"""
from geo_grid.store import open_store
with open_store({store!r}).ledger() as ledger:
    assert len(ledger.unit_list())
import pyogrio
print(*pyogrio.list_drivers())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "GPKG" in done.stdout.split()
    assert not set(SKIPPED_DRIVERS) & set(done.stdout.split())
