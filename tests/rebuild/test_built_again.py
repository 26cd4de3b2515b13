"""A city built again into its store: codes go on, numbers are never given twice, lineage tells the truth."""

from __future__ import annotations

import pandas as pd
import pytest
from cities import run
from growing import DALE, TOWN, VALE, WASTE, changed, city, codes_by_the_rule, grids_of

from geo_grid.check import check_store
from geo_grid.desk import Desk
from geo_grid.store import open_store


def build(capsys, path, address, *words):
    status, _, error = run(capsys, "build", path, "--store", address, "--workers", "1", *words)
    assert status == 0, error


def published(address):
    with open_store(address) as store:
        desk = Desk(store)
        number = desk.publisher.publish(name="年", author="anna")
        desk.close()
    return number


def state(address):
    with open_store(address) as store:
        return grids_of(store), store.read(("grids",))["grids"]


@pytest.mark.parametrize("ids", [True, False])
def test_the_same_city_built_again_has_the_same_codes(tmp_path, capsys, address, ids):
    made = city(tmp_path / "city", ids=ids)
    build(capsys, made.write(), address)
    before, grids = state(address)
    made.households = made.households.iloc[::-1]
    build(capsys, made.write(), address)
    after, again = state(address)
    pd.testing.assert_frame_equal(before.sort_index()[[1, 2, 3]], after.sort_index()[[1, 2, 3]])
    assert set(grids["code"]) == set(again["code"])
    assert dict(zip(grids["code"], grids["name"], strict=True)) == dict(zip(again["code"], again["name"], strict=True))


@pytest.mark.parametrize(("seed", "ids"), [(1, True), (3, False)])
def test_codes_go_on_year_after_year(tmp_path, capsys, address, seed, ids):
    made = city(tmp_path / "city", seed, ids=ids)
    build(capsys, made.write(), address)
    ever = set(state(address)[1]["code"])
    for year in range(2):
        before, old = state(address)
        made.households = changed(made.households, seed + year, 0.2)
        build(capsys, made.write(), address)
        after, new = state(address)
        codes_by_the_rule(before, after)
        fresh = set(new["code"]) - set(old["code"])
        assert not fresh & ever, "a retired code was given again"
        ever |= fresh
        assert not check_store(address).faults
        if year == 0:
            published(address)
    area = {code[:12] for code in ever}
    assert area == {TOWN, VALE, DALE, WASTE}


def test_lineage_across_builds_is_told_by_the_households(tmp_path, capsys, address):
    made = city(tmp_path / "city", 5)
    build(capsys, made.write(), address)
    first = published(address)
    before, _ = state(address)
    for year in (1, 2):  # the second build knows of the version only through the first
        made.households = changed(made.households, year, 0.3)
        build(capsys, made.write(), address)
    second = published(address)
    after, grids = state(address)
    with open_store(address) as store, store.ledger() as ledger:
        lineage = ledger.lineage(second)
        old = ledger.published_grid_list(first)
    both = before.join(after, how="inner", suffixes=("_old", "_new"))
    assert len(both) < len(after)
    for level in (1, 2, 3):
        rows = lineage[(lineage["level"] == level) & (lineage["households"] > 0)]
        told = rows.groupby(["old_code", "new_code"])["households"].sum()
        true = both[[f"{level}_old", f"{level}_new"]].dropna().value_counts()
        assert dict(told) == dict(true)
    assert set(lineage["old_code"].dropna()) == set(old["code"])
    assert set(lineage["new_code"].dropna()) == set(grids["code"])
    kept = lineage[lineage["kind"] == "kept"]
    assert (kept["old_code"] == kept["new_code"]).all()
    assert WASTE + "00101" in set(kept["new_code"])


def test_a_name_a_planner_gave_goes_on_with_the_grid(tmp_path, capsys, address):
    made = city(tmp_path / "city")
    build(capsys, made.write(), address)
    with open_store(address) as store:
        desk = Desk(store)
        code = f"{DALE}001"
        desk.edit(DALE, 0, {"op": "rename", "grid": code, "name": "河边"}, author="anna")
        desk.publisher.publish(name="一", author="anna")
        desk.close()
    build(capsys, made.write(), address, "--discard-draft")
    grids = state(address)[1].set_index("code")
    assert grids.loc[code, "name"] == "河边"
    assert grids.loc[f"{DALE}002", "name"] == "沟里村 2"


def test_a_draft_that_is_given_up_leaves_no_trace_in_the_codes(tmp_path, capsys, address):
    made = city(tmp_path / "city")
    build(capsys, made.write(), address)
    published(address)
    before, grids = state(address)
    with open_store(address) as store:
        desk = Desk(store)
        leaves = sorted(grids.loc[(grids["area_code"] == DALE) & (grids["level"] == 2), "code"])
        neighbours = [code for code in leaves if code[:15] == leaves[0][:15]]
        desk.edit(DALE, 0, {"op": "resolve", "grids": neighbours, "seed": 3}, author="anna")
        desk.close()
    build(capsys, made.write(), address, "--discard-draft")
    after, _ = state(address)
    pd.testing.assert_frame_equal(before.sort_index()[[1, 2, 3]], after.sort_index()[[1, 2, 3]])


def test_no_numbers_left_is_said_in_one_line(tmp_path, capsys, address):
    made = city(tmp_path / "city")
    made.extra += "[codes.levels]\nurban = [3, 2, 2]\nrural = [1, 2]\n"
    build(capsys, made.write(), address)
    with open_store(address) as store, store.ledger() as ledger:
        store.prepare(create=False)
        with ledger._backend.writing() as tx:
            tx.many(
                "INSERT INTO code_numbers (parent_code, area_code, highest) VALUES (?, ?, ?)"
                " ON CONFLICT (parent_code) DO UPDATE SET highest = excluded.highest",
                [(DALE, DALE, 9)],
            )
    grids = state(address)[1]
    made.households.loc[made.households["id"].str.startswith("D"), "lat"] -= 0.02  # nobody is left there
    made.households = made.households[~made.households["id"].str.startswith("D")]
    people = city(tmp_path / "other", 9).households
    made.households = pd.concat([made.households, people[people["id"].str.startswith("D")].assign(
        id=lambda rows: "N" + rows["id"], building=lambda rows: "N" + rows["building"], address=lambda rows: "N" + rows["address"]
    )], ignore_index=True)  # fmt: skip
    status, _, error = run(capsys, "build", made.write(), "--store", address, "--workers", "1")
    assert status == 2
    assert "no numbers left" in error
    assert error.count("\n") == 1
    assert set(state(address)[1]["code"]) == set(grids["code"])
