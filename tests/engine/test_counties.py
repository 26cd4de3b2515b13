"""A plan made county by county is the plan of the whole city."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
import shapely

import geo_grid.build
import geo_grid.engine.division
import geo_grid.engine.settle
from geo_grid.build import build_into, build_plan
from geo_grid.check import check_plan
from geo_grid.config import load_config
from geo_grid.engine.division import Division, divide, places_of_elements
from geo_grid.keep import Keep
from geo_grid.read import batches, read_city
from geo_grid.store import open_store, table_hashes


@pytest.fixture(scope="module")
def plan(town):
    return build_plan(load_config(town), workers=1)


def hashes(plan):
    return table_hashes(dataclasses.replace(plan, meta=plan.meta | {"built_at": ""}))


def test_it_keeps_all_promises(plan):
    assert check_plan(plan) == []
    assert len(plan["elements"]) == 7
    outside = plan["elements"].set_index("name")["outside"]
    assert outside["river0"] > 1000
    assert outside["well2"] == 1
    assert outside.drop(["river0", "well2"]).max() < 0.1
    shares = plan["element_shares"].merge(plan["elements"][["id", "name"]], left_on="element_id", right_on="id")
    counties = shares.groupby("name")["grid_code"].agg(lambda codes: codes.str[:6].nunique())
    assert counties[["river0", "river1", "forest0"]].tolist() == [3, 3, 3]
    assert counties["well0"] == 2  # it stands on the border
    assert counties["well1"] == 1


def test_it_is_the_plan_of_the_whole_city(town, plan, monkeypatch):
    whole = Division(["all"], np.zeros(12, dtype=np.int64), [np.empty(0, dtype=np.int64)])
    monkeypatch.setattr(geo_grid.engine.settle, "divide", lambda _areas: whole)
    other = build_plan(load_config(town), workers=1)
    assert hashes(plan) == hashes(other)


def test_a_large_county_is_several_parts(town, plan, monkeypatch):
    monkeypatch.setattr(geo_grid.engine.division, "PART_AREAS", 3)
    config = load_config(town)
    areas = read_city(config).areas
    division = divide(areas)
    assert division.names == ["141102-1", "141102-2", "141121-1", "141121-2", "141124-1", "141124-2"]
    assert np.bincount(division.of_area).tolist() == [2] * 6
    ordered = areas.assign(part=division.of_area).sort_values("code")
    assert ordered["part"].is_monotonic_increasing
    assert hashes(plan) == hashes(build_plan(config, workers=1))


@pytest.mark.parametrize("workers", [1, 2])
def test_the_store_takes_it_part_by_part(workers, town, plan, empty_url, monkeypatch, tmp_path):
    monkeypatch.setattr(geo_grid.build, "PARALLEL_FROM_HOUSEHOLDS", 1)
    keep = Keep(tmp_path / "parts")
    with open_store(empty_url) as store:
        built = build_into(store, load_config(town), keep=keep, workers=workers)
        stored = store.read()
    assert hashes(stored) == hashes(plan)
    for name, frame in plan.tables.items():
        assert built.rows.get(name, 0) == len(frame) or name == "quarantine"
        if name not in ("elements", "quarantine") and "code" in frame:
            assert stored[name]["code"].tolist() == frame["code"].tolist()
    assert list(keep.folder.glob("*/")) == []  # of unfinished work nothing is left but areas


def test_households_in_batches_are_the_same(town, plan, monkeypatch):
    table = pd.read_csv(town.parent / "households.csv")
    doubled = table.iloc[[3, 700]].assign(lon=table["lon"].iloc[0])
    pd.concat([table, doubled], ignore_index=True).to_parquet(town.parent / "households.parquet")
    path = town.with_name("batches.toml")
    path.write_text(town.read_text(encoding="utf-8").replace("households.csv", "households.parquet"), encoding="utf-8")
    config = load_config(path)
    whole = read_city(config)
    monkeypatch.setattr(batches, "BATCH_ROWS", 97)
    parts = read_city(config)
    pd.testing.assert_frame_equal(pd.DataFrame(whole.households), pd.DataFrame(parts.households))
    pd.testing.assert_frame_equal(whole.quarantine, parts.quarantine)
    assert len(whole.quarantine) == 2
    assert whole.read_rows == parts.read_rows
    assert hashes(build_plan(config, workers=1))["units"] == hashes(plan)["units"]


def test_where_codes_name_no_county_areas_that_lie_together_are_a_part(monkeypatch):
    import geopandas as gpd

    monkeypatch.setattr(geo_grid.engine.division, "PART_AREAS", 10)
    shapes = [shapely.box(x, y, x + 1, y + 1) for x in range(9) for y in range(7)]
    areas = gpd.GeoDataFrame({"code": [f"a{i}" for i in range(63)]}, geometry=shapes, crs="EPSG:4546")
    division = divide(areas)
    assert np.bincount(division.of_area).tolist() == [9] * 7
    for part, around in enumerate(division.around):
        own = np.flatnonzero(division.of_area == part)
        near = [i for i in range(63) if i not in own and any(shapes[i].touches(shapes[k]) for k in own)]
        assert around.tolist() == near
    lines = gpd.GeoDataFrame(
        geometry=[shapely.LineString([(0.5, 0.5), (8.5, 6.5)]), shapely.Point(20, 20)], crs="EPSG:4546"
    )
    element, part = places_of_elements(lines, areas, division)
    met = {int(division.of_area[i]) for i in range(63) if shapes[i].intersects(lines.geometry[0])}
    assert set(part[element == 0].tolist()) == met
    assert 1 not in element
