"""The demonstration city: real names and counts, an exact tiling, the same bytes for the same seed, plans without fault."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from geo_grid.build import build_plan
from geo_grid.check import check_plan
from geo_grid.config import load_config
from geo_grid.report import summarise, write_html

ROOT = Path(__file__).resolve().parents[2]
NAMES = ROOT / "data/boundaries/lvliang_names"


def register() -> dict[str, str]:
    with (NAMES / "lvliang_villages_2456.csv").open(encoding="utf-8") as file:
        return {row["code"]: row["name"] for row in csv.DictReader(file)}


def test_all_areas_but_the_virtual_ones_have_land(land):
    names = register()
    made = dict(zip(land.places.areas["code"], land.places.areas["name"], strict=True))
    assert made == {code: name for code, name in names.items() if "虚拟社区" not in name}
    assert len(names) - len(made) == 3
    assert np.array_equal(np.unique(land.label), np.arange(-1, len(made)))


def test_areas_tile_the_city_exactly(land):
    polygons = land.polygons(np.arange(len(land.places.areas)))
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    whole = shapely.coverage_union_all(polygons)
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    assert whole.area == pytest.approx(shapely.area(polygons).sum(), rel=1e-12)


def test_counties_have_their_size_and_their_seat(land):
    areas, counties = land.places.areas, land.places.counties
    polygons = land.polygons(np.arange(len(areas)))
    for county, seat in zip(counties.itertuples(), land.seat, strict=True):
        own = shapely.coverage_union_all(polygons[(areas["county"] == county.code).to_numpy()])
        assert own.area / 1e6 == pytest.approx(county.km2, rel=0.04)
        assert own.covers(shapely.Point(seat))


def test_a_few_areas_are_in_two_pieces(land):
    polygons = land.polygons(np.arange(len(land.places.areas)))
    pieces = shapely.get_num_geometries(polygons)
    assert set(np.flatnonzero(pieces > 1)) == set(land.exclave)
    assert 2 <= len(land.exclave) <= 10
    assert pieces.max() == 2


def test_real_rivers_and_mines_are_where_they_are(land):
    from _city.features import Collector, real_elements, real_mines

    ground = shapely.coverage_union_all(land.polygons(np.arange(len(land.places.areas))))
    out = Collector()
    real_elements(out, ground, np.zeros(2))
    found = out.frames()["mine"].set_index("id").geometry
    published = gpd.read_file(ROOT / "data/boundaries/lvliang_mines/gem_lvliang_112.geojson", columns=["id"])
    published = published.set_index("id").to_crs(found.crs).geometry
    assert len(found) > 80  # what lies beyond the made-up border is left out
    assert shapely.hausdorff_distance(published[found.index].values, found.values).max() < 0.01
    assert len(real_mines()) == 112


@pytest.mark.parametrize("total", [9000, 9001])
def test_households_add_up_exactly(total):
    from _city.places import apportion

    count = apportion(np.array([1.0, 2.5, 1e-9, 700.0]), total)
    assert count.sum() == total
    assert count.min() >= 1


def test_a_county_says_what_is_real(county):
    text = county.read_text(encoding="utf-8")
    config = load_config(county)
    assert config.sample
    assert "示例数据" in config.name
    assert "虚拟社区" in text
    names = register()
    areas = pyogrio.read_dataframe(county.parent / "areas.gpkg")
    assert len(areas) == 68
    assert all(names[row.code] == row.name for row in areas[["code", "name"]].itertuples(index=False))
    assert set(areas["kind"]) == {"urban", "rural"}
    rows = pd.read_parquet(county.parent / "households.parquet")
    assert len(rows) == 9000
    assert rows["id"].is_unique
    assert rows["area_code"].nunique() == 68


def test_households_live_where_they_say(county):
    areas = pyogrio.read_dataframe(county.parent / "areas.gpkg").set_index("code")
    rows = pd.read_parquet(county.parent / "households.parquet")
    assert shapely.contains_xy(areas.geometry[rows["area_code"]].to_numpy(), rows["x"], rows["y"]).all()
    urban = areas["kind"][rows["area_code"]].to_numpy() == "urban"
    blocks = rows[urban].groupby(["area_code", "building"]).size()
    assert blocks.max() <= 200
    assert rows.loc[urban, ["building", "entrance", "floor"]].notna().all(axis=None)
    assert rows.loc[~urban, "building"].isna().all()
    labelled = rows[~urban].groupby("area_code")["group"].agg(lambda group: group.notna().mean())
    assert set(labelled) == {0.0, 1.0}  # some villages give no groups, the others give all


def test_the_same_seed_writes_the_same_bytes(county, make, tmp_path):
    make(tmp_path, "--county", "141126", "--households", "9000")
    for name in ("city.toml", "areas.gpkg", "elements.gpkg", "households.parquet"):
        one, other = (county.parent / name).read_bytes(), (tmp_path / name).read_bytes()
        assert one.replace("石楼县".encode(), b"141126") == other.replace("石楼县".encode(), b"141126"), name


def test_a_county_builds_without_fault_and_its_report_says_what_it_is(county, tmp_path):
    plan = build_plan(load_config(county))
    assert check_plan(plan) == []
    assert plan.meta["household_rows"] == {"read": 9000, "placed": 9000, "quarantined": 0}
    assert "not_proved" not in set(plan["exceptions"]["reason"])
    assert set(plan["elements"]["class"]) >= {"forest", "farmland", "road", "well", "river", "gully", "hill"}
    write_html(summarise(plan), tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "示例数据" in page
    assert "样例数据，仅供演示" in page


def test_origin_and_licence_stand_in_the_list():
    text = (ROOT / "data/boundaries/README.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(" `"): line for line in text.splitlines() if line.startswith("| `")}
    for name, licence in (("names", "WTFPL"), ("mines", "CC BY 4.0"), ("rivers", "LGPL")):
        assert licence in rows[f"lvliang_{name}"]
        assert (ROOT / f"data/boundaries/lvliang_{name}").is_dir()


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--county", "不存在县"], "no county '不存在县'; there are 离石区、"),
        (["--county", "石楼县", "--households", "3"], "3 households are fewer than the "),
        (["--households", "0"], "0 households are fewer than the "),
        (["--seed", "-1"], "0 or more"),
    ],
)
def test_what_cannot_be_made_is_refused_and_leaves_no_file(words, reason, tmp_path):
    former = tmp_path / "households.parquet"
    former.write_text("an earlier city", encoding="utf-8")
    command = [sys.executable, str(ROOT / "scripts/make_city.py"), "--out", str(tmp_path), *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert reason in done.stderr.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == [former.name]
    assert former.read_text(encoding="utf-8") == "an earlier city"


def test_a_city_that_is_given_up_leaves_no_file(land, tmp_path, monkeypatch):
    import _city.city

    def give_up(_line: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(_city.city, "make_territory", lambda _places, _key: land)
    with pytest.raises(KeyboardInterrupt):
        _city.city.write_city(tmp_path, 9000, 7, "石楼县", give_up)
    assert not list(tmp_path.iterdir())


def test_the_scripts_read_nothing_outside_the_project():
    for path in [ROOT / "scripts/make_city.py", *(ROOT / "scripts/_city").glob("*.py")]:
        assert "shared" + "/data" not in path.read_text(encoding="utf-8")
