"""New household data in one transaction, begun ahead or not: all of it or nothing, and nobody sees a part. On each kind of store."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import shapely
from changes import edit
from plans import CRS, URBAN_1, tiny_plan
from test_killed import assert_sound

from geo_grid.schema import TABLES
from geo_grid.store import open_store, table_hashes
from geo_grid.store.delta import NO_CHANGE
from geo_grid.store.ledger import ConflictError
from geo_grid.store.mended import Mended
from geo_grid.store.numbers import highest_numbers, keep_numbers, raise_numbers
from geo_grid.store.taking import Renewal, Renumbered, Staying, renewal_audit
from geo_grid.store.values import plain_rows

FIRST = tiny_plan()["households"].iloc[0]


def staying(build: int = 0) -> Staying:
    """The first household is gone, and all rows after it have moved up; half of them are in another file now."""
    source, row = FIRST["source"], int(FIRST["source_row"])
    runs = [Renumbered(source, row + 1, source, -1), Renumbered(source, row + 300, "新.csv", -row - 299)]
    return Staying(build, {}, [FIRST["id"]], runs)


def mended(**other) -> Mended:
    plain = {name: [] for name in ("unit_facts", "unit_grids", "grid_counts", "area_counts", "retired")}
    given = {
        "delta": NO_CHANGE,
        "people": tiny_plan()["households"].iloc[:0],
        "quarantine": pd.DataFrame(columns=["source", "row", "reason", "raw"]),
    }
    return Mended(**plain | given | other)


def renewal(delta=NO_CHANGE) -> Renewal:
    return Renewal([URBAN_1], delta, {}, {}, None, [], renewal_audit({}, {"areas": [URBAN_1]}))


def people(store) -> pd.DataFrame:
    return pd.DataFrame(store.read(["households"])["households"]).sort_values("id", ignore_index=True)


def begun(ledger, ahead=True):
    """Begin, and wait until all is written that can be."""
    taking = ledger.taking(staying(ledger.build()), CRS, ahead=ahead)
    taking.__enter__()
    taking._wait()
    return taking


@pytest.mark.parametrize("ahead", [True, False])
def test_households_go_and_rows_are_numbered_anew(any_store, any_url, ahead):
    before, unit = people(any_store), FIRST["unit_id"]
    with any_store.ledger() as ledger, ledger.taking(staying(), CRS, ahead=ahead) as taking:
        taking.go_on(mended(unit_grids=[("一", "二", "三", unit)], area_counts=[(599, URBAN_1)]))
        build = taking.finish(renewal())
        assert ledger.build() == build
    left = before[before["id"] != FIRST["id"]].reset_index(drop=True)
    moved = left["source_row"] >= FIRST["source_row"] + 300
    left.loc[moved, "source_row"] -= FIRST["source_row"] + 299
    left.loc[moved, "source"] = "新.csv"
    left.loc[~moved, "source_row"] -= 1
    pd.testing.assert_frame_equal(people(any_store), left)
    units, areas = (any_store.area_plan(URBAN_1, [name])[name] for name in ("units", "areas"))
    assert units.set_index("id").loc[unit, ["grid_code_l1", "grid_code_l2", "grid_code_l3"]].tolist() == [
        "一",
        "二",
        "三",
    ]
    assert areas["households"].tolist() == [599]
    assert_sound(any_url)


def test_rows_of_several_files_are_numbered_each_by_its_own(any_store):
    source, row = FIRST["source"], int(FIRST["source_row"])
    with any_store.ledger() as ledger:
        with ledger._backend.writing() as tx:
            tx.rows("UPDATE households SET source = '乙.csv' WHERE source_row >= ?", (row + 300,))
        before = people(any_store)
        runs = [Renumbered(source, row, source, 7), Renumbered("乙.csv", row + 300, "丙.csv", -5)]
        runs.append(Renumbered("乙.csv", row + 310, source, 1000))
        with ledger.taking(Staying(0, {}, [], runs), CRS, ahead=True) as taking:
            taking.finish(renewal())
    number, now = before["source_row"], people(any_store)
    shift = [7 if at < row + 300 else -5 if at < row + 310 else 1000 for at in number]
    files = ["丙.csv" if row + 300 <= at < row + 310 else source for at in number]
    assert now["source_row"].tolist() == (number + shift).tolist()
    assert now["source"].tolist() == files


def test_spatial_indexes_go_on_after_it(any_store):
    with any_store.ledger() as ledger:
        with ledger.taking(staying(), CRS, ahead=True) as taking:
            taking.finish(renewal())
        new = tiny_plan()["households"].iloc[:1].copy()
        new["geom"] = new.translate(-1000.0, 0.0)
        with ledger.taking(Staying(ledger.build(), {}, [], []), CRS, ahead=True) as taking:
            taking.go_on(mended(people=new))
            taking.finish(renewal())
        with ledger._backend.reading() as tx:
            x, y = new["geom"].iloc[0].x, new["geom"].iloc[0].y
            found = tx.near(TABLES["households"], None, (x - 0.1, y - 0.1, x + 0.1, y + 0.1))
            assert [name for name, _ in found] == [FIRST["id"]]


@pytest.mark.parametrize("ahead", [True, False])
def test_the_former_state_is_read_until_it_is_finished(any_store, any_url, ahead):
    before = table_hashes(any_store.read())
    with any_store.ledger() as ledger:
        taking = begun(ledger, ahead)
        taking.go_on(mended(area_counts=[(599, URBAN_1)]))
        taking._wait()
        assert table_hashes(any_store.read()) == before
        with open_store(any_url) as other, other.ledger() as second:
            assert len(second.housed()) == len(tiny_plan()["households"])
        taking.finish(renewal())
        taking.__exit__(None, None, None)
    after = table_hashes(any_store.read())
    assert after["households"] != before["households"]
    assert after["areas"] != before["areas"]


def test_what_is_not_finished_is_as_if_it_had_never_begun(any_store, any_url):
    before = table_hashes(any_store.read())
    with any_store.ledger() as ledger:
        one = begun(ledger)
        one.go_on(mended(area_counts=[(599, URBAN_1)]))
        one.__exit__(None, None, None)
        with pytest.raises(ZeroDivisionError), ledger.taking(staying(), CRS, ahead=True):
            raise ZeroDivisionError
        bad = tiny_plan()["households"].iloc[:1].assign(unit_id=None)
        with ledger.taking(staying(), CRS, ahead=True) as taking:
            taking.go_on(mended(people=bad))
            with pytest.raises(Exception, match="no value for 'unit_id'"):
                taking.finish(renewal())
        assert table_hashes(any_store.read()) == before
        assert edit(ledger, 0, "a") == 1  # nothing is held any more
    assert_sound(any_url)


@pytest.mark.parametrize("ahead", [True, False])
def test_a_draft_that_changed_meanwhile_is_left_as_it_is(any_store, ahead):
    with any_store.ledger() as ledger:
        edit(ledger, 0, "a")
        before = table_hashes(any_store.read())
        with pytest.raises(ConflictError), ledger.taking(staying(), CRS, ahead=ahead) as taking:
            taking.finish(renewal())
        with pytest.raises(ConflictError), ledger.taking(staying(ledger.build() + 1), CRS, ahead=ahead) as taking:
            taking.finish(renewal())
        assert table_hashes(any_store.read()) == before


def test_whatever_goes_wrong_ahead_is_heard_at_the_end(any_store):
    before = table_hashes(any_store.read())
    wrong = Staying(0, {}, [FIRST["id"]], [Renumbered(FIRST["source"], 1, "b", float("nan"))])
    with any_store.ledger() as ledger:
        with pytest.raises(Exception, match=r".+"), ledger.taking(wrong, CRS, ahead=True) as taking:
            taking.finish(renewal())
        assert table_hashes(any_store.read()) == before


@pytest.mark.skipif(not hasattr(os, "kill") or os.name == "nt", reason="this system has no SIGKILL")
@pytest.mark.parametrize("when", ["ahead", "mended", "finishing"])
def test_who_is_killed_ahead_leaves_the_store_as_it_was(any_store, any_url, when):
    before = table_hashes(any_store.read())
    program = f"""
import os, signal, sys
sys.path[:0] = [{str(Path(__file__).parent)!r}, {str(Path(__file__).parent.parent)!r}]
import geo_grid.store.taking as module
from test_taking import begun, mended, renewal
from geo_grid.store import open_store
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
store = open_store({any_url!r})
taking = begun(store.ledger())
if {when != "ahead"}:
    taking.go_on(mended(area_counts=[(599, {URBAN_1!r})]))
    taking._wait()
if {when == "finishing"}:
    module.write_ancestry = die
    taking.finish(renewal())
die()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == -9, done.stderr
    assert table_hashes(any_store.read()) == before
    with any_store.ledger() as ledger:
        assert edit(ledger, 0, "a") == 1
    assert_sound(any_url)


def test_all_numbers_are_kept_as_python_finds_them(any_store):
    with any_store.ledger() as ledger, ledger._backend.writing() as tx:
        odd = {"code": "odd", "level": 1, "area_code": "B", "role": "", "households": 0, "status": ""}
        shape = tiny_plan()["grids"].iloc[:1]
        for code, parent, area in [
            ("B-12", None, "B"),
            ("B-07", None, "B"),
            ("B/x", None, "B"),
            ("C3", "B-12", "B"),
        ]:
            row = shape.assign(**odd | {"code": code, "parent_code": parent, "area_code": area})
            tx.upsert(TABLES["grids"], plain_rows(TABLES["grids"], row), row["geom"].to_numpy(), CRS)
        wanted = highest_numbers(tx.rows("SELECT code, parent_code, area_code FROM grids"))
        keep_numbers(tx)
        found = tx.rows("SELECT area_code, parent_code, highest FROM code_numbers")
        assert wanted["B"] == {"B": 12}
        assert sorted(found) == sorted((a, parent, top) for a, some in wanted.items() for parent, top in some.items())
        raise_numbers(tx, {"B": {"B": 5, "new": 3} | {f"n{at}": at for at in range(30)}})
        assert dict(tx.rows("SELECT parent_code, highest FROM code_numbers WHERE area_code = 'B'")).items() >= {
            ("B", 12),
            ("new", 3),
            ("n29", 29),
        }


def test_grids_are_found_by_their_place_and_read_by_their_code(any_store):
    grids = tiny_plan()["grids"]
    place = grids["geom"].iloc[-1].representative_point()
    box = (place.x - 1.0, place.y - 1.0, place.x + 1.0, place.y + 1.0)
    there = grids[grids["geom"].apply(lambda shape: shapely.box(*shape.bounds).intersects(shapely.box(*box)))]
    with any_store.ledger() as ledger:
        assert ledger.grids_near([box, box]) == set(there["code"])
        assert ledger.grids_near([]) == set()
        found = ledger.grid_shapes([*there["code"], "none"])
    assert found.keys() == set(there["code"])
    assert all(found[code].equals(shape) for code, shape in zip(there["code"], there["geom"], strict=True))
