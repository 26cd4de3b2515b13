"""A ledger without coordinates: buildings are found however they are spelled, and never guessed."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from cities import COMMUNITY, LAT, LON, SIDE, VILLAGE
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.read.ledger import Directory, arabic_numerals, normal_building


@pytest.mark.parametrize(
    "text",
    [
        "3号楼",
        "3栋",
        "3幢",
        "3座",
        "3号",
        "3楼",
        "3#",
        "3#楼",
        "#3",
        "第3号楼",
        "第３栋",
        "三号楼",
        "第三幢",
        "03号楼",
        "3 号 楼",
        "３＃",
        "3栋楼",
    ],
)
def test_one_building_has_one_spelling(text):
    assert normal_building(text) == "3"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("A座", "a"),
        ("Ａ－１２栋", "a12"),
        ("幸福小区三号楼", "幸福小区3"),
        ("二十三号楼", "23"),
        ("一百零五栋", "105"),
        ("一〇五", "105"),
        ("10号楼", "10"),
        ("100", "100"),
        ("商业楼", "商业楼"),
        ("00", "0"),
        ("号楼", "号楼"),
    ],
)
def test_what_stays_apart(text, normal):
    assert normal_building(text) == normal


@settings(deadline=None)
@given(st.integers(1, 199))
def test_numerals(n):
    tens = "零一二三四五六七八九"
    text = "一百" if n >= 100 else ""
    rest = n % 100
    if n > 100 and rest < 10 and rest:
        text += "零"
    if rest >= 10:
        text += (tens[rest // 10] if rest >= 20 or n > 100 else "") + "十"
    text += tens[rest % 10] if rest % 10 else ""
    assert arabic_numerals(text) == str(n)


@settings(deadline=None)
@given(st.text(max_size=20))
def test_normalising_any_text_is_harmless(text):
    normal = normal_building(text)
    assert normal_building(text) == normal
    assert bool(normal) == bool(normal.strip()) or not normal


def match(names, area, name):
    directory = Directory(np.array([a for a, _ in names]), [n for _, n in names])
    building, reason = directory.match(np.array([area]), [name])
    return int(building[0]), reason[0]


NAMES = [(0, "1号楼"), (0, "2号楼"), (0, "12号楼"), (1, "1号楼"), (1, "西1栋"), (1, "5栋"), (1, "5号楼")]


def test_matching():
    assert match(NAMES, 0, "1栋") == (0, "")
    assert match(NAMES, 1, "一号楼") == (3, "")
    assert match(NAMES, -1, "12#") == (2, "")
    assert match(NAMES, 1, "5号楼") == (6, "")  # as it is written, before any other spelling


def test_what_is_not_found_names_the_nearest():
    building, reason = match(NAMES, 0, "21号楼")
    assert building == -1
    assert "no such building in its area" in reason
    assert "nearest: " in reason
    assert "12号楼" in reason
    assert "西1栋" not in reason


@pytest.mark.parametrize(("area", "name"), [(1, "5幢"), (-1, "1号楼")])
def test_what_is_ambiguous_is_not_guessed(area, name):
    building, reason = match(NAMES, area, name)
    assert building == -1
    assert "2 buildings are called so" in reason


def test_no_name():
    assert "no building to take them from" in match(NAMES, 0, None)[1]


def ledger(city, **columns):
    buildings = gpd.GeoDataFrame(
        {"名称": ["1号楼", "2号楼", "1号楼", None, "9号楼"]},
        geometry=[
            shapely.Point(LON + 0.5 * SIDE, LAT + 0.5 * SIDE).buffer(SIDE / 20),
            shapely.box(LON + 0.2 * SIDE, LAT + 0.2 * SIDE, LON + 0.3 * SIDE, LAT + 0.3 * SIDE),
            shapely.box(LON + 1.2 * SIDE, LAT + 0.2 * SIDE, LON + 1.3 * SIDE, LAT + 0.3 * SIDE),
            shapely.box(LON + 1.6 * SIDE, LAT + 0.2 * SIDE, LON + 1.7 * SIDE, LAT + 0.3 * SIDE),
            shapely.box(LON + 7 * SIDE, LAT, LON + 8 * SIDE, LAT + SIDE),
        ],
        crs="EPSG:4326",
    )
    buildings.to_file(city.folder / "buildings.gpkg")
    city.extra = '[inputs.buildings]\npath = "buildings.gpkg"'
    city.households = pd.DataFrame(columns)
    return city.write()


def test_households_stand_at_their_building(city, read):
    toml = ledger(city, 楼栋=["第1栋", "2#", "1幢", "7号楼"], 区划代码=[VILLAGE, VILLAGE, COMMUNITY, VILLAGE])
    result = read(toml)
    assert result.households["area_code"].tolist() == [VILLAGE, VILLAGE, COMMUNITY]
    lon = result.households.to_crs("EPSG:4326").geometry.x.to_numpy()
    assert (lon - LON) / SIDE == pytest.approx([0.5, 0.25, 1.25], abs=0.06)
    mine = result.quarantine[result.quarantine["source"] == "households.csv"]
    assert "nearest: 2号楼, 1号楼" in mine["reason"].iloc[0]
    others = result.quarantine[result.quarantine["source"] == "buildings.gpkg"]
    assert others["reason"].tolist() == ["a building without a name or number", "a building outside all areas"]


def test_area_by_name(city, read):
    toml = ledger(city, 楼栋=["1", "1", "1", "2"], 社区=["岭上村", "凤山社区", "无此村", None])
    result = read(toml)
    assert result.households["area_code"].tolist() == [VILLAGE, COMMUNITY, VILLAGE]
    assert result.households["row"].tolist() == [1, 2, 4]  # the only building 2 of the city
    assert "names an area there is not" in result.quarantine.set_index("row").loc[3, "reason"]


def test_a_building_listed_twice_at_one_place_is_one(city, read):
    twice = pd.DataFrame({"building": ["1号楼"] * 2, "lon": [LON + SIDE / 2] * 2, "lat": [LAT + SIDE / 2] * 2})
    twice.to_csv(city.folder / "buildings.csv", index=False)
    city.extra = '[inputs.buildings]\npath = "buildings.csv"'
    city.households = pd.DataFrame({"building": ["1"], "area_code": [VILLAGE]})
    assert len(read(city.write()).households) == 1


def test_comparing_names_has_an_end(monkeypatch):
    monkeypatch.setattr("geo_grid.read.ledger.MAX_COMPARISONS", 7)
    directory = Directory(np.zeros(4, dtype=np.int64), ["1号楼", "2号楼", "12号楼", "13号楼"])
    building, reason = directory.match(np.zeros(2, dtype=np.int64), ["21号楼", "22号楼"])
    assert building.tolist() == [-1, -1]
    assert ["nearest" in text for text in reason] == [True, False]


def test_given_coordinates_come_first(city, read):
    toml = ledger(
        city, building=["1", "1"], area_code=[VILLAGE] * 2, lon=[LON + 0.9 * SIDE, None], lat=[LAT + 0.9 * SIDE, None]
    )
    x = read(toml).households.to_crs("EPSG:4326").geometry.x
    assert x.tolist() == pytest.approx([LON + 0.9 * SIDE, LON + 0.5 * SIDE], abs=SIDE / 20)


def test_without_buildings(city, read):
    city.households.loc[0, ["lon", "lat"]] = None
    assert read(city.write()).quarantine["reason"].tolist() == ["no coordinates"]
