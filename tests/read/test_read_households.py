"""Households: placed + quarantined = read, always; each placed one lies in its area, each other one has a reason."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from cities import COMMUNITY, LAT, LON, SIDE, VILLAGE, City, square
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_grid.config import load_config
from geo_grid.errors import InputError
from geo_grid.read import inspect_city, read_city
from geo_grid.read.placing import place_points

IN_VILLAGE = (LON + 0.5 * SIDE, LAT + 0.5 * SIDE)


def rows(*records, **columns):
    frame = pd.DataFrame(records)
    return frame.assign(**columns)


def one(**values):
    return {"id": "1", "lon": IN_VILLAGE[0], "lat": IN_VILLAGE[1], **values}


def reasons(result):
    return dict(zip(result.quarantine["row"], result.quarantine["reason"], strict=True))


def test_types(city, read):
    city.households["residents"] = 3
    city.households.loc[0, "floor"] = None
    households = read(city.write()).households
    names = [
        "id",
        "source",
        "row",
        "area_code",
        "building",
        "entrance",
        "floor",
        "group",
        "address",
        "residents",
        "geometry",
    ]
    assert list(households.columns) == names
    assert str(households["floor"].dtype) == "Int64"
    assert str(households["residents"].dtype) == "Int64"
    assert pd.isna(households["floor"][0])
    assert households["entrance"].isna().all()
    assert all(value is None for value in households["group"])
    assert households["id"].is_unique


def test_every_bad_position_has_its_reason(city, read):
    x, y = IN_VILLAGE
    city.households = rows(
        one(id="a"),
        one(id="b", lon="nan"),
        one(id="c", lat="inf"),
        one(id="d", lon=""),
        one(id="e", lon="", lat=""),
        one(id="f", lon="abc"),
        one(id="g", lon=y, lat=x),
        one(id="h", lon=500, lat=95),
        one(id="i", lon=x + 0.3),
        one(id="j", lon=10, lat=10),
        one(id="k"),
        one(id="l", lon="１１１．１０５", lat=y),
    )
    result = read(city.write())
    found = reasons(result)
    assert result.households["id"].tolist() == ["a", "k", "l"]
    assert "'lon'" in found[2]
    assert "'lat'" in found[3]
    assert "no coordinate in column 'lon'" in found[4]
    assert "no coordinates" in found[5]
    assert "'lon' does not hold" in found[6]
    assert "swap" in found[7]
    assert "±180°" in found[8]
    assert f"from {COMMUNITY}" in found[9]
    assert " km from " in found[10]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize(("axis", "value"), [("x", 1e300), ("y", -1e300), ("x", 1e11)])
def test_absurd_coordinates_are_quarantined(city, read, suffix, axis, value):
    here = gpd.GeoSeries(gpd.points_from_xy(*zip(IN_VILLAGE, strict=True)), crs="EPSG:4326").to_crs("EPSG:4546")
    city.households = pd.DataFrame({"id": ["a", "b"], "x": here.x[0], "y": here.y[0]})
    city.households.loc[1, axis] = value
    city.settings["households"] = 'crs = "EPSG:4546"'
    city.write()
    city.households.to_parquet(city.folder / "households.parquet")
    toml = city.write_toml(households=f"households.{suffix}")
    result = read(toml)
    assert result.households["id"].tolist() == ["a"]
    assert reasons(result) == {2: "a coordinate is further out than any place on Earth"}
    assert inspect_city(load_config(toml)).sources[1].quarantined == {reasons(result)[2]: 1}


def test_raw_holds_the_row(city, read):
    city.households = rows(one(), one(id="2", lon=0, note='a"b\nc'))
    raw = json.loads(read(city.write()).quarantine["raw"][0])
    assert (raw["id"], raw["note"]) == ("2", 'a"b\nc')


def test_counts(city, read):
    records = [one(id=str(i), households=n) for i, n in enumerate([3, -4, 2.5, 0, "", "x", 1e9, "inf", 1])]
    city.households = rows(*records)
    result = read(city.write())
    found = reasons(result)
    assert result.households["id"].tolist() == ["0:1", "0:2", "0:3", "8"]
    assert "negative" in found[2]
    assert "not whole" in found[3]
    assert "no household" in found[4]
    assert "empty" in found[5]
    assert "does not hold" in found[6]
    assert "more than" in found[7]
    assert "does not hold" in found[8]


def test_floors_are_spread_evenly(city, read):
    city.households = rows(
        one(households=7, floors=3), one(id="2", households=2, floors=6), one(id="3", households=2, floors="")
    )
    floors = read(city.write()).households["floor"]
    assert floors.tolist()[:9] == [1, 1, 1, 2, 2, 3, 3, 1, 4]
    assert floors.isna().tolist()[9:] == [True, True]


def test_residents_of_several_households_are_unknown(city, read):
    city.households = rows(one(households=2, residents=7), one(id="2", households=1, residents=3))
    residents = read(city.write()).households["residents"]
    assert residents.isna().tolist() == [True, True, False]
    assert residents[2] == 3


def test_ids(city, read):
    city.households = rows(
        one(id="a"),
        one(id=""),
        one(id="a"),
        one(id="b", lon=""),
        one(id="b"),
        one(id="a:1"),
        one(id="households.csv:2"),
    )
    result = read(city.write())
    assert result.households["id"].is_unique
    assert result.households["row"].tolist() == [1, 2, 5, 6, 7]
    assert "households.csv:2" in set(result.households["id"])
    assert reasons(result)[3] == "the id 'a' was given in row 1 already"


def test_whole_file_swapped(city):
    city.households = city.households.rename(columns={"lon": "lat", "lat": "lon"})
    with pytest.raises(InputError, match=r'swapped in 1020 of 1020 rows\. Set lon = "lat" and lat = "lon"'):
        read_city(load_config(city.write()))
    city.settings["households"] = 'lon = "lat"\nlat = "lon"'
    assert len(read_city(load_config(city.write())).households) == 1020


def test_swapped_geometries(city):
    city.write()
    points = gpd.points_from_xy(city.households["lat"], city.households["lon"])
    gpd.GeoDataFrame(city.households[["id"]], geometry=points, crs="EPSG:4326").to_file(city.folder / "h.gpkg")
    with pytest.raises(InputError, match=r"h\.gpkg: longitude and latitude are swapped"):
        read_city(load_config(city.write_toml(households="h.gpkg")))


def test_only_one_coordinate_column(city):
    city.households = city.households.drop(columns="lat")
    with pytest.raises(InputError, match=r"column lon: .*none for lat"):
        read_city(load_config(city.write()))


def test_no_positions_at_all(city):
    city.households = city.households.drop(columns=["lon", "lat"])
    with pytest.raises(InputError, match="column lon: the file has no such column"):
        read_city(load_config(city.write()))


def test_projected_columns(city, read):
    plain = read(city.write())
    points = gpd.GeoSeries.from_xy(city.households["lon"], city.households["lat"], crs="EPSG:4326").to_crs("EPSG:4546")
    city.households["lon"], city.households["lat"] = points.x.to_numpy(), points.y.to_numpy()
    city.settings["households"] = 'crs = "EPSG:4546"'
    result = read(city.write())
    assert shapely.distance(plain.households.geometry.values, result.households.geometry.values).max() < 1e-6


def test_points_only(city, read):
    city.write()
    shapes = [shapely.Point(IN_VILLAGE), shapely.MultiPoint([IN_VILLAGE]), None, shapely.Point(), square(0, 0)]
    shapes += [shapely.MultiPoint([IN_VILLAGE, (LON, LAT)])]
    gpd.GeoDataFrame({"n": range(6)}, geometry=shapes, crs="EPSG:4326").to_file(city.folder / "h.geojson")
    result = read(city.write_toml(households="h.geojson"))
    assert result.households["row"].tolist() == [1, 2]
    assert [reasons(result)[i] for i in (5, 6)] == ["the geometry is not a point"] * 2
    assert "no coordinates" in reasons(result)[3]


def test_borders(city, read):
    middle = LAT + SIDE / 2
    corners = [(LON, LAT), (LON + 2 * SIDE, LAT + SIDE), (LON + SIDE, LAT)]
    points = [(LON + SIDE, middle), (LON, middle), *corners, (LON + SIDE / 2, LAT), (LON + SIDE / 2, LAT + SIDE)]
    city.households = rows(*(one(id=str(i), lon=x, lat=y) for i, (x, y) in enumerate(points)))
    result = read(city.write())
    assert len(result.households) == len(points)
    assert result.households["area_code"][0] == min(VILLAGE, COMMUNITY)
    shapes = result.areas.set_index("code").geometry.loc[result.households["area_code"]].to_numpy()
    assert shapely.covers(shapes, result.households.geometry.values).all()


def test_declared_area_against_position(city, read):
    city.households = rows(one(area_code=VILLAGE), one(id="2", area_code=COMMUNITY), one(id="3", area_code="999"))
    result = read(city.write())
    assert result.households["area_code"].tolist() == [VILLAGE] * 3
    assert any("2 rows lie in another area than they name" in note and "rows 2, 3" in note for note in result.notes)


def test_floor_words(city, read):
    words = ["3", "三层", "B1", "-2", "地下一层", "十二楼", "5F", "3.0", "阁楼", ""]
    city.households = rows(*(one(id=str(i), floor=word) for i, word in enumerate(words)))
    result = read(city.write())
    assert result.households["floor"].fillna(0).tolist() == [3, 3, -1, -2, -1, 12, 5, 3, 0, 0]
    assert any("'阁楼'" in note for note in result.notes)


def test_chinese_ledger(city, read):
    names = {"id": "户编号", "lon": "经度", "lat": "纬度", "building": "楼栋", "floor": "楼层"}
    city.households = city.households.rename(columns=names).assign(
        单元="2单元", 村民小组="第一组", 地址="某街", 人口="4"
    )
    households = read(city.write()).households
    assert households.loc[0, ["building", "entrance", "group", "address", "residents"]].tolist() == [
        "V1号楼", "2单元", "第一组", "某街", 4,
    ]  # fmt: skip


def test_xlsx_with_the_same_content(city, read):
    plain = read(city.write()).households
    city.households.to_excel(city.folder / "h.xlsx", index=False)
    same = read(city.write_toml(households="h.xlsx")).households
    assert shapely.equals_exact(
        plain.geometry.values, same.geometry.values, 1e-8
    ).all()  # a spreadsheet keeps 15 digits
    away = ["source", "geometry"]
    pd.testing.assert_frame_equal(pd.DataFrame(plain.drop(columns=away)), pd.DataFrame(same.drop(columns=away)))


NUMBER = st.one_of(
    st.floats(LON - SIDE, LON + 3 * SIDE),
    st.floats(LAT - SIDE, LAT + 2 * SIDE),
    st.sampled_from(["", " ", "nan", "inf", "-inf", "x", "0", "1e400", "111.105", "37.505", "９", "1,5", "0x10"]),
    st.floats(allow_nan=True, allow_infinity=True),
)
ROW = st.fixed_dictionaries(
    {
        "id": st.sampled_from(["", "1", "2", "3", "a", "a:1", "households.csv:1", None]),
        "lon": NUMBER,
        "lat": NUMBER,
        "households": st.sampled_from(["", "1", "2", "0", "-1", "1.5", "x", "3", "1e3", "nan"]),
        "floors": st.sampled_from(["", "6", "0", "-1", "x", "2.5"]),
        "floor": st.sampled_from(["", "3", "三", "B1", "x"]),
        "area_code": st.sampled_from(["", VILLAGE, COMMUNITY, "x"]),
        "building": st.sampled_from(["", "1号楼", "2", "99", '"', "a\nb"]),
    }
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, min_size=1, max_size=12), st.booleans())
def test_nothing_is_ever_lost(tmp_path, records, with_buildings):
    city = City(tmp_path)
    city.households = pd.DataFrame(records)
    if with_buildings:
        buildings = {
            "building": ["1号楼", "2栋", "1幢"],
            "lon": LON + SIDE * np.array([0.5, 0.6, 1.5]),
            "lat": LAT + SIDE / 2,
        }
        pd.DataFrame(buildings).to_csv(tmp_path / "buildings.csv", index=False)
        city.extra = '[inputs.buildings]\npath = "buildings.csv"'
    try:
        result = read_city(load_config(city.write()))
    except InputError as error:
        assert "swapped" in error.line()  # noqa: PT017 - the only right refusal
        return
    households = result.households
    mine = result.quarantine[result.quarantine["source"] == "households.csv"]
    assert result.read_rows["households.csv"] == len(records)
    assert sorted([*households["row"].unique(), *mine["row"]]) == list(range(1, len(records) + 1))
    assert households["id"].is_unique
    assert households["id"].notna().all()
    assert mine["reason"].str.len().gt(0).all()
    assert all(isinstance(json.loads(raw), dict) for raw in mine["raw"])
    shapes = result.areas.set_index("code").geometry.loc[households["area_code"]].to_numpy()
    assert shapely.covers(shapes, households.geometry.values).all()


@settings(max_examples=40)
@given(
    points=st.lists(st.tuples(st.integers(-2, 6), st.integers(-2, 4), st.integers(-1, 3)), min_size=1, max_size=40),
    step=st.sampled_from([0.5, 1.0]),
)
def test_what_a_row_says_of_its_area_is_looked_at_and_not_believed(points, step):
    shapes = np.array([shapely.box(x, 0, x + 1, 1) for x in (2, 1, 0)] + [shapely.box(0, 1, 3, 2)], dtype=object)
    codes = ["b", "d", "a", "c"]
    x, y, declared = (np.array(column) for column in zip(*points, strict=True))
    said = place_points(x * step, y * step, shapes, codes, declared)
    unsaid = place_points(x * step, y * step, shapes, codes)
    for name in ("area", "x", "y", "brought_in"):
        assert np.array_equal(getattr(said, name), getattr(unsaid, name))
    low = [
        min((codes[i] for i in range(4) if shapes[i].covers(shapely.Point(p))), default=None)
        for p in zip(x * step, y * step, strict=True)
    ]
    assert [codes[at] if at >= 0 else None for at in unsaid.area] == low
