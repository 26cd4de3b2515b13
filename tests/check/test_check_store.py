"""The check of a store as a whole."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from contextlib import closing

import psycopg
import pytest
from plans import tiny_plan

from geo_grid.check import PROMISES, CheckResult, Fault, check_plan, check_store
from geo_grid.check.fault import fault
from geo_grid.errors import StoreError
from geo_grid.store import open_store


@pytest.fixture
def path(tmp_path):
    target = tmp_path / "plan.gpkg"
    open_store(target).write(tiny_plan())
    return target


def test_a_sound_store(path):
    result = check_store(path)
    assert result.ok
    assert result.faults == []
    assert result.counts["households"] == 1173
    assert result.counts["grids_by_level"] == {"1": 8, "2": 21, "3": 74}
    told = json.loads(json.dumps(result.to_dict()))
    assert told["ok"] is True
    assert set(told["promises"]) == {str(number) for number in PROMISES}
    kept, said = result.lines()[: len(PROMISES)], result.lines()[len(PROMISES) :]
    assert all("kept" in line for line in kept)
    assert "103 grids (8 of level 1, 21 of level 2, 74 of level 3)" in said[0]
    assert "1,173 households" in said[0]
    assert said[1].startswith("exceptions: 6 (")
    assert not any(sign in line for line in said for sign in "{}_")
    assert not any(f" 0 {word}" in line for line in said for word in ("unproved", "trusted", "decided"))


def test_a_file_changed_by_hand_is_found_out(path):
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DROP INDEX households_key")
        db.execute("DELETE FROM households WHERE id = 'h0001'")
    result = check_store(path)
    assert {fault.code for fault in result.faults} == {"unit_count", "rows_placed", "rows_lost"}
    assert result.to_dict()["promises"]["1"]["faults"] == 1
    assert any("FAULT" in line for line in result.lines())


def test_a_database_changed_by_hand_is_found_out(postgis_url):
    open_store(postgis_url).write(tiny_plan())
    assert check_store(postgis_url).ok
    with psycopg.connect(postgis_url) as db:
        db.execute("UPDATE geo_grid.grids SET geom = ST_Multi(ST_Translate(geom, 0.01, 0)) WHERE code LIKE '%0020305'")
    assert {fault.code for fault in check_store(postgis_url).faults} == {"grid_not_its_units", "parent_not_tiled"}


def test_many_faults_of_a_kind_are_listed_briefly():
    faults = [fault("unit_count", f"u{i}", f"unit u{i}\nis wrong") for i in range(50)]
    lines = CheckResult("x", faults).lines()
    assert sum("unit u" in line for line in lines) == 20
    assert any("and 30 more" in line for line in lines)
    assert not any("\n" in line for line in lines)


def test_a_fault_says_which_promise_it_breaks():
    assert fault("share_sum", 7, "x") == Fault(5, "share_sum", "7", "x")
    with pytest.raises(KeyError):
        fault("no_such_fault", 7, "x")


@pytest.mark.parametrize("key", ["policy", "code_profile"])
@pytest.mark.parametrize("value", [None, [], "x", {"levels": 3, "urban": 3}])
def test_a_plan_that_does_not_state_its_rules_gives_one_line(key, value):
    plan = tiny_plan()
    plan.meta[key] = value
    with pytest.raises(StoreError, match=key):
        check_plan(plan)


def test_a_policy_without_bands_holds_for_no_area():
    plan = tiny_plan()
    plan.meta["policy"] = {}
    assert {"area_kind", "grid_level"} <= {fault.code for fault in check_plan(plan)}


def test_no_plan_gives_one_line(tmp_path):
    with pytest.raises(StoreError):
        check_store(tmp_path / "none.gpkg")


@pytest.mark.parametrize("name", tiny_plan().tables)
def test_an_empty_table_is_no_crash(name):
    plan = tiny_plan()
    plan.tables[name] = plan[name].iloc[:0]
    found = {fault.code for fault in check_plan(plan)}
    assert found


def test_a_plan_of_nothing_is_no_crash():
    plan = tiny_plan()
    for name in plan.tables:
        plan.tables[name] = plan[name].iloc[:0]
    plan.meta["household_rows"] = {"read": 0, "placed": 0, "quarantined": 0}
    assert check_plan(plan) == []


def test_the_check_does_not_lean_on_what_it_checks():
    program = (
        "import sys, geo_grid.check.run\n"
        "print([m for m in sys.modules if m.startswith('geo_grid.')"
        " and m.split('.')[1] not in {'check', 'store', 'schema', 'errors', 'model', 'texts', 'gdal'}])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
