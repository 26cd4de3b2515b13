"""The whole build: same result on any number of processes, real samples without a fault."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from cities import SIDE, VILLAGE, City, houses, square

from geo_grid.build import build_plan
from geo_grid.check import check_plan
from geo_grid.config import load_config

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "data/boundaries"


def same(one, other) -> None:
    """Two plans must be equal in every table."""
    for name, frame in one.tables.items():
        left, right = pd.DataFrame(frame), pd.DataFrame(other[name])
        if "geom" in left:
            assert np.array_equal(shapely.to_wkb(left.pop("geom")), shapely.to_wkb(right.pop("geom"))), name
        pd.testing.assert_frame_equal(left, right)


def test_a_rebuild_gives_the_same_plan(tmp_path):
    config = load_config(City(tmp_path).write())
    same(build_plan(config), build_plan(config))


def test_processes_do_not_change_the_plan(monkeypatch, tmp_path):
    monkeypatch.setattr("geo_grid.build.PARALLEL_FROM_AREAS", 2)
    monkeypatch.setattr("geo_grid.build.PARALLEL_FROM_HOUSEHOLDS", 1)
    config = load_config(City(tmp_path).write())
    same(build_plan(config, workers=1), build_plan(config, workers=2))


@pytest.mark.parametrize("name", ["urban_hdb", "rural_liechtenstein"])
def test_samples_are_proved(name):
    plan = build_plan(load_config(SAMPLES / name / "city.toml"))
    assert check_plan(plan) == []
    assert "not_proved" not in set(plan["exceptions"]["reason"])
    if name == "urban_hdb":  # all 27 areas hold more than 600 households
        assert len(plan["areas"]) == 27
        assert plan["households"]["id"].nunique() == 60_211
        assert not len(plan["exceptions"])
    else:
        assert plan.meta["household_rows"] == {"read": 5080, "placed": 5074, "quarantined": 6}


def test_groups_from_polygons(tmp_path):
    import geopandas as gpd

    city = City(tmp_path)
    west, south, east, north = square(0, 0).bounds
    middle = (west + east) / 2
    gpd.GeoDataFrame(
        {"code": ["g1", "g2"], "area_code": VILLAGE, "name": ["东组", "西组"]},
        geometry=[shapely.box(middle, south, east, north), shapely.box(west, south, middle, north)],
        crs="EPSG:4326",
    ).to_file(tmp_path / "groups.gpkg")
    city.extra = '[inputs.groups]\npath = "groups.gpkg"'
    plan = build_plan(load_config(city.write()))
    assert check_plan(plan) == []
    given = plan["grids"].query("area_code == @VILLAGE and level == 1")
    assert sorted(given["name"]) == ["岭上村 东组", "岭上村 西组"]
    assert given["status"].tolist() == ["given", "given"]
    halves = given.to_crs("EPSG:4326").set_index("name")["geom"]
    assert halves["岭上村 东组"].bounds[0] == pytest.approx(middle, abs=1e-7)
    assert halves["岭上村 西组"].bounds[2] == pytest.approx(middle, abs=1e-7)


def test_groups_from_labels(tmp_path):
    city = City(tmp_path)
    here = city.households["id"].str.startswith("V")
    east = city.households["lon"] > city.households.loc[here, "lon"].median()
    city.households["group"] = np.where(here, np.where(east, "东组", "西组"), None)
    city.households.loc[city.households.index[:2], "group"] = None  # inherits from its building
    plan = build_plan(load_config(city.write()))
    assert check_plan(plan) == []
    given = plan["grids"].query("area_code == @VILLAGE and level == 1")
    assert sorted(given["name"]) == ["岭上村 东组", "岭上村 西组"]


def test_rivers_become_borders(tmp_path):
    import geopandas as gpd

    city = City(tmp_path)
    west, south, east, north = square(0, 0).bounds
    river = shapely.LineString([((west + east) / 2, south - SIDE), ((west + east) / 2, north + SIDE)])
    gpd.GeoDataFrame({"name": ["三川河"]}, geometry=[river], crs="EPSG:4326").to_file(tmp_path / "river.gpkg")
    city.extra = '[[inputs.elements]]\nclass = "river"\npath = "river.gpkg"\n[barriers]\nriver = 1.0'
    plan = build_plan(load_config(city.write()))
    assert check_plan(plan) == []
    line = gpd.GeoSeries([river], crs="EPSG:4326").to_crs(plan.crs).iloc[0]
    level_1 = plan["grids"].query("area_code == @VILLAGE and level == 1")
    inside = shapely.buffer(level_1.geometry.to_numpy(), -0.01)
    assert shapely.length(shapely.intersection(inside, line)).max() < 1.0  # the river runs between grids


def test_a_lone_village_of_one_house(tmp_path):
    city = City(tmp_path)
    urban = city.households[city.households["id"].str.startswith("C")]
    city.households = pd.concat([houses(square(0, 0), 1, 1, 3, "V"), urban], ignore_index=True)
    plan = build_plan(load_config(city.write()))
    assert check_plan(plan) == []
    assert plan["exceptions"]["reason"].tolist() == ["too_few_households"] * 2
    assert plan["exceptions"]["violation"].tolist() == [37, 7]
