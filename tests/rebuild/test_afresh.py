"""An area whose ground cannot be read back gets new cells; whoever stays keeps the codes, and every promise holds."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from cities import run
from growing import DALE, TOWN, VALE, WASTE, changed, city, codes_by_the_rule, grids_of

from geo_grid.check import check_store
from geo_grid.config import load_config
from geo_grid.desk import Desk
from geo_grid.edit import GROUND_TABLES, read_ground
from geo_grid.errors import StoreError
from geo_grid.rebuild import rebuild, redrawing, renewing, write_changes
from geo_grid.store import open_store


def built(capsys, made, address):
    status, _, error = run(capsys, "build", made.write(), "--store", address, "--workers", "1")
    assert status == 0, error


def renewed(made, address):
    """Take new data in: what was told, and the grids of each household before and after."""
    path = made.write()
    with open_store(address) as store:
        before = grids_of(store)
        done = rebuild(load_config(path), store, many_gone=True)
        after = grids_of(store)
    return done, before, after


def holds(made, address, before, after):
    result = check_store(address)
    assert not result.faults, result.lines()
    codes_by_the_rule(before, after)
    assert set(after.index) == set(made.households["address"])
    with open_store(address) as store:
        for code in (TOWN, VALE, DALE, WASTE):
            read_ground(store.area_plan(code, GROUND_TABLES))


@pytest.fixture
def unreadable(monkeypatch):
    """Let nothing be mended in place, and no ground be read back of an area that is to be drawn anew."""

    def refuse(*_):
        raise StoreError("units overlap")

    monkeypatch.setattr(renewing, "_mended", lambda *_: False)
    monkeypatch.setattr(redrawing, "redraw", refuse)


@pytest.mark.usefixtures("unreadable")
@pytest.mark.parametrize(("seed", "share", "ids"), [(3, 0.3, True), (11, 0.6, False)])
def test_every_promise_holds_where_no_ground_can_be_read(tmp_path, capsys, address, seed, share, ids):
    made = city(tmp_path / "city", seed, ids=ids)
    built(capsys, made, address)
    ever = set()
    for year in range(2):
        made.households = changed(made.households, seed + year, share)
        with open_store(address) as store:
            ever |= set(store.read(("grids",))["grids"]["code"])
        done, before, after = renewed(made, address)
        assert done.told.changed["why"].str.contains("drawn afresh").any()
        holds(made, address, before, after)
        standing = {code for level in (1, 2, 3) for code in before[level].dropna()} | {f"{WASTE}001", f"{WASTE}00101"}
        now = {code for level in (1, 2, 3) for code in after[level].dropna()}
        assert not (now - standing) & (ever - standing), "a retired code was given again"
        write_changes(done, tmp_path / "changes.csv", "zh")
        assert "地块重划" in (tmp_path / "changes-changed.csv").read_text("utf-8-sig")


@pytest.mark.usefixtures("unreadable")
def test_locks_and_names_go_on(tmp_path, capsys, address):
    made = city(tmp_path / "city", 5)
    built(capsys, made, address)
    with open_store(address) as store:
        before = grids_of(store)
        leaf = min(before.loc[before["area_code"] == DALE, 2].unique())
        desk = Desk(store)
        desk.edit(DALE, 0, {"op": "lock", "grids": [leaf], "locked": True}, author="anna")
        desk.edit(DALE, 1, {"op": "rename", "grid": leaf[:15], "name": "东沟"}, author="anna")
        desk.publisher.publish(name="一", author="anna")
        desk.close()
    made.households = changed(made.households, 5, 0.1)
    status, _, error = run(capsys, "rebuild", made.write(), "--store", address, "--discard-draft")
    assert status == 0, error
    with open_store(address) as store:
        after = grids_of(store)
        names = store.read(("grids",))["grids"].set_index("code")["name"]
        desk = Desk(store)
        assert leaf in desk.rooms.state(desk.rooms.room(DALE), desk.ledger.head(DALE).number).locked
        desk.close()
    holds(made, address, before, after)
    assert names[leaf[:15]] == "东沟"
    stayed = before.index.intersection(after.index)
    mine = stayed[before.loc[stayed, 2] == leaf]
    assert set(after.loc[mine, 2]) == {leaf}


@pytest.mark.usefixtures("unreadable")
def test_new_cells_meet_those_of_the_neighbours(tmp_path, capsys):
    made, address = city(tmp_path / "city", 7), str(tmp_path / "plan.gpkg")
    built(capsys, made, address)
    mine = made.households["id"].str.startswith("C")
    made.households = made.households[~mine | (np.arange(len(mine)) % 3 > 0)].reset_index(drop=True)  # only in the town
    done, before, after = renewed(made, address)
    assert set(done.told.changed.loc[done.told.changed["why"].str.contains("drawn afresh"), "area"]) == {TOWN}
    holds(made, address, before, after)
    with open_store(address) as store:
        units = store.read(("units",))["units"]
    shapes = np.asarray(units["geom"], dtype=object)
    assert shapely.coverage_is_valid(shapes)


# parts of a building fell empty, others' houses took them, and the rest of its ground fell into pieces
@pytest.mark.parametrize(("seed", "share", "ids", "years"), [(5025, 0.8, True, 2), (9676, 0.8, False, 2)])
def test_a_building_hangs_together_whoever_takes_its_empty_parts(tmp_path, capsys, seed, share, ids, years):
    made, address = city(tmp_path / "city", seed, ids=ids), str(tmp_path / "plan.gpkg")
    built(capsys, made, address)
    for year in range(years):
        made.households = changed(made.households, seed + year, share)
        done, before, after = renewed(made, address)
        assert not done.told.changed["why"].str.contains("drawn afresh").any()
        holds(made, address, before, after)


# cuts of one building ran back around its rim: the rebuild ended there
@pytest.mark.parametrize(("seed", "share", "ids", "years"), [(4749, 0.3, True, 4), (2740, 0.8, False, 3)])
def test_a_rebuild_goes_on_where_a_building_cannot_be_cut_again(tmp_path, capsys, seed, share, ids, years):
    made, address = city(tmp_path / "city", seed, ids=ids), str(tmp_path / "plan.gpkg")
    built(capsys, made, address)
    for year in range(years):
        made.households = changed(made.households, seed + year, share)
        _, before, after = renewed(made, address)
        holds(made, address, before, after)
