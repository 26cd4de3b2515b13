"""What next year's data break is mended on the units as they stand; nothing is drawn anew for it."""

from __future__ import annotations

import json
import math

import pandas as pd
import pytest
from cities import houses, run, square
from growing import DALE, TOWN, city, codes_by_the_rule, grids_of

from geo_grid.check import check_store
from geo_grid.config import load_config
from geo_grid.rebuild import rebuild
from geo_grid.store import open_store

#: A city of buildings of nineteen households, one less than a finest grid may have.
FULL = 9


def built(made, capsys, address):
    status, _, error = run(capsys, "build", made.write(), "--store", address, "--workers", "1")
    assert status == 0, error
    return state(address)


def state(address):
    with open_store(address) as store:
        tables = store.read(("grids", "exceptions"))
        return grids_of(store), tables["grids"].set_index("code"), tables["exceptions"].set_index("grid_code")


def renewed(made, address):
    with open_store(address) as store:
        done = rebuild(load_config(made.write()), store)
    result = check_store(address)
    assert not result.faults, result.lines()
    return done


@pytest.mark.parametrize(("seed", "pieces"), [(4, 1), (1, 2)])
def test_an_exception_with_other_numbers_is_proved_anew_and_not_drawn_anew(tmp_path, capsys, seed, pieces):
    made, address = city(tmp_path / "city", seed), str(tmp_path / "plan.gpkg")
    people = made.households
    few = people[people["id"].str.startswith("V")].sort_values("lat").index[:8]
    people.loc[few, "group"] = "三组"  # fewer than a grid wants; for one seed in two pieces
    before, _, exceptions = built(made, capsys, address)
    address_of = people.loc[few[0], "address"]
    top, leaf = before.loc[address_of, [1, 2]]
    assert leaf in exceptions.index
    assert (exceptions.loc[top, "reason"] == "given_group" if top in exceptions.index else False) == (pieces == 2)
    made.households = people.drop(few[0]).reset_index(drop=True)
    assert renewed(made, address).redrawn == 0
    after, grids, now = state(address)
    assert before.drop(index=address_of)[[1, 2, 3]].equals(after.loc[before.index.drop(address_of), [1, 2, 3]])
    for code in {leaf, top} & set(exceptions.index):
        proofs = [json.loads(frame.loc[code, "proof"]) for frame in (exceptions, now)]
        counts = [sum(proof.get("pieces_households", [proof.get("piece_households")])) for proof in proofs]
        assert counts[1] == counts[0] - 1
    assert now.loc[leaf, "violation"] == grids.loc[leaf, "low"] - grids.loc[leaf, "households"]


def test_a_band_that_broke_at_the_coarsest_level_is_mended_over_its_border(tmp_path, capsys):
    made, address = city(tmp_path / "city", 7), str(tmp_path / "plan.gpkg")
    before, grids, _ = built(made, capsys, address)
    large = grids[(grids["area_code"] == DALE) & (grids["level"] == 1)].sort_values("households").index[-1]
    more = int(grids.loc[large, "high"] + 1 - grids.loc[large, "households"])
    assert 0 < more < 6
    people = made.households.set_index("address", drop=False)
    room = grids[grids["parent_code"] == large].sort_values("households").index
    hosts = [before.index[before[2] == room[at % len(room)]][at // len(room)] for at in range(more)]
    new = people.loc[hosts].assign(id=[f"N{at}" for at in range(more)], address=[f"新{at}" for at in range(more)])
    made.households = pd.concat([people, new], ignore_index=True)
    assert renewed(made, address).redrawn == 0
    after, now, _ = state(address)
    codes_by_the_rule(before, after)
    assert set(now.index) == set(grids.index), "no grid was opened or closed"
    assert now.loc[large, "households"] <= now.loc[large, "high"]
    moved = before.join(after, how="inner", suffixes=("_old", "_new"))
    assert 0 < (moved["1_old"] != moved["1_new"]).sum() <= 5
    assert not now.loc[large, "geom"].equals(grids.loc[large, "geom"])


@pytest.mark.parametrize("comes", [True, False])
def test_a_count_that_no_division_has_in_band_stays_as_little_out_of_it_as_can_be(tmp_path, capsys, comes):
    made, address = city(tmp_path / "city"), str(tmp_path / "plan.gpkg")
    town = houses(square(0, 0), 4, 5, 28, "C").assign(group=None)  # 560: one grid has 300, the other 40 too few
    town["address"] = [f"C{at}" for at in range(len(town))]
    others = made.households[~made.households["id"].str.startswith("C")]
    people = made.households = pd.concat([town, others], ignore_index=True)
    before, grids, exceptions = built(made, capsys, address)
    full, short = grids[(grids["area_code"] == TOWN) & (grids["level"] == 1)].sort_values("households").index[::-1]
    assert (grids.loc[full, "households"], grids.loc[short, "households"]) == (300, 260)
    assert short in exceptions.index
    host = people.set_index("address", drop=False).loc[before.index[before[1] == full][0]]
    new = pd.DataFrame([host.to_dict() | {"id": "N", "address": "新"}])
    stay = people[people["id"] != host["id"]]
    made.households = pd.concat([people, new], ignore_index=True) if comes else stay.reset_index(drop=True)
    assert renewed(made, address).redrawn == 0
    after, now, proofs = state(address)
    codes_by_the_rule(before, after)
    assert (now.loc[full, "households"], now.loc[short, "households"]) == (300, 261 if comes else 259)
    assert proofs.loc[short, "violation"] == proofs.loc[short, "smallest_violation"] == (39 if comes else 41)
    moved = before.join(after, how="inner", suffixes=("_old", "_new"))
    assert (moved["1_old"] != moved["1_new"]).sum() <= 5


def test_a_house_on_the_ground_of_another_group_goes_to_its_own(tmp_path, capsys):
    made, address = city(tmp_path / "city", 3), str(tmp_path / "plan.gpkg")
    people = made.households
    before, grids, _ = built(made, capsys, address)
    sides = [people[people["group"] == name] for name in ("一组", "二组")]
    away = [[math.hypot(a.lon - b.lon, a.lat - b.lat) for b in sides[1].itertuples()] for a in sides[0].itertuples()]
    west, east = min(((i, j) for i, row in enumerate(away) for j in range(len(row))), key=lambda at: away[at[0]][at[1]])
    host, guest = sides[0].iloc[west], sides[1].iloc[east]
    new = host.to_dict() | {"id": "N", "building": "新", "address": "新", "group": "二组"}
    new |= {axis: host[axis] + 0.3 * (guest[axis] - host[axis]) for axis in ("lon", "lat")}
    made.households = pd.concat([people, pd.DataFrame([new])], ignore_index=True)
    assert renewed(made, address).redrawn == 0
    after, now, _ = state(address)
    assert before[[1, 2, 3]].equals(after.loc[before.index, [1, 2, 3]])
    own, other = after.loc[guest["address"], 1], after.loc[host["address"], 1]
    assert after.loc["新", 1] == own
    gave, took = (now.loc[code, "geom"].area - grids.loc[code, "geom"].area for code in (other, own))
    assert took > 1
    assert gave == pytest.approx(-took)


def test_a_full_building_is_cut_for_one_household_and_no_area_is_drawn_anew(tmp_path, capsys):
    made, address = city(tmp_path / "city", FULL), str(tmp_path / "plan.gpkg")
    before, grids, _ = built(made, capsys, address)
    people = made.households.set_index("address", drop=False)
    town = before[before["area_code"] == TOWN]
    alone = [leaf for leaf, some in town.groupby(3) if len(set(people.loc[some.index, "building"])) == 1]
    leaf = max(alone, key=lambda code: grids.loc[code, "households"])
    host = people.loc[town.index[town[3] == leaf][0]].to_dict()
    more = int(grids.loc[leaf, "high"] + 1 - grids.loc[leaf, "households"])
    new = [host | {"id": f"N{at}", "address": f"新{at}"} for at in range(more)]
    made.households = pd.concat([people, pd.DataFrame(new)], ignore_index=True)
    parts = [units_of(address, host["building"])]
    assert renewed(made, address).redrawn == 0
    after, now, _ = state(address)
    codes_by_the_rule(before, after)
    assert set(now.index) == set(grids.index)
    assert now.loc[leaf, "households"] <= now.loc[leaf, "high"]
    moved = before.join(after, how="inner", suffixes=("_old", "_new"))
    assert (moved["3_old"].dropna() != moved["3_new"].dropna()).sum() <= 1
    parts.append(units_of(address, host["building"]))
    assert len(parts[1]) == len(parts[0]) + 1
    assert sum(shape.area for shape in parts[1]) == pytest.approx(sum(shape.area for shape in parts[0]))


def units_of(address, building):
    with open_store(address) as store:
        units = store.read(("units",))["units"]
    return list(units.loc[units["building"] == building, "geom"])
