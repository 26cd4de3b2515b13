"""Areas: every fault in one line with row and code, overlaps by rule, one coverage out of it."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from cities import COMMUNITY, LAT, LON, SIDE, VILLAGE, square
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo_grid.config import load_config
from geo_grid.errors import InputError, OverlapError
from geo_grid.read import inspect_city, read_city
from geo_grid.read.coordinates import auto_crs


def refused(toml, *words, error=InputError):
    with pytest.raises(error) as caught:
        read_city(load_config(toml))
    line = caught.value.line()
    assert line.startswith("areas.gpkg")
    assert "\n" not in line
    for word in words:
        assert word in line


def test_a_sound_city(city, read):
    result = read(city.write())
    assert result.crs == "EPSG:4546"
    assert list(result.areas.columns) == ["code", "name", "kind", "parent_code", "border_shift", "geometry"]
    assert shapely.coverage_is_valid(result.areas.geometry.values)
    assert result.areas["border_shift"].max() == 0.0
    assert result.areas["parent_code"].tolist() == [None, None]


@pytest.mark.parametrize(
    ("lon", "lat", "crs"),
    [
        (111.1, 37.5, "EPSG:4546"),
        (109.6, 37.5, "EPSG:4546"),
        (109.4, 37.5, "EPSG:4545"),
        (75.2, 39.5, "EPSG:4534"),
        (134.5, 48.3, "EPSG:4554"),
        (103.85, 1.3, "EPSG:32648"),
        (9.5, 47.1, "EPSG:32632"),
        (-70.0, -33.0, "EPSG:32719"),
        (180.0, 10.0, "EPSG:32660"),
    ],
)
def test_working_crs(lon, lat, crs):
    assert auto_crs(lon, lat) == crs


def test_configured_crs(city, read):
    toml = city.write()
    toml.write_text(toml.read_text("utf-8").replace("[city]", '[city]\ncrs = "EPSG:32649"'), encoding="utf-8")
    assert read(toml).crs == "EPSG:32649"


def test_kind_in_chinese_and_for_all(city, read):
    city.areas["kind"] = ["行政村", " 社区"]
    assert read(city.write()).areas["kind"].tolist() == ["rural", "urban"]
    city.areas = city.areas.drop(columns="kind")
    city.settings["areas"] = 'kind = "urban"'
    assert read(city.write()).areas["kind"].tolist() == ["urban", "urban"]


def test_columns_by_synonym_and_by_name(city, read):
    city.areas = city.areas.rename(columns={"code": "区划代码", "name": "名称", "kind": "类型"})
    assert read(city.write()).areas["code"].tolist() == [VILLAGE, COMMUNITY]
    city.areas = city.areas.rename(columns={"区划代码": "dm"})
    refused(city.write(), "column code", "dm", "[inputs.areas.columns]")
    city.settings["areas"] = 'columns = {code = "dm"}'
    assert read(city.write()).areas["code"].tolist() == [VILLAGE, COMMUNITY]
    city.settings["areas"] = 'columns = {code = "dms"}'
    refused(city.write(), "column dms", "'dm'")


def test_numeric_codes_are_text(city, read):
    city.areas["code"] = [141102901201.0, 141102901001.0]
    assert read(city.write()).areas["code"].tolist() == [VILLAGE, COMMUNITY]


def test_missing_and_doubled_codes(city):
    city.areas["code"] = [VILLAGE, None]
    refused(city.write(), "row 2", "without a code")
    city.areas["code"] = [VILLAGE, f" {VILLAGE} "]
    refused(city.write(), "row 1, 2", VILLAGE, "2 times")


def test_an_area_without_territory_is_quarantined(city, read):
    city.areas.loc[2] = {"code": "9", "name": "虚拟社区", "kind": "urban", "geometry": None}
    result = read(city.write())
    assert len(result.areas) == 2
    assert result.quarantine["row"].tolist() == [3]
    assert "without territory" in result.quarantine["reason"][0]


def test_not_a_polygon(city):
    city.areas.loc[1, "geometry"] = shapely.Point(LON, LAT)
    refused(city.write(), "row 2", "Point", "polygon")


def test_swapped_coordinates(city):
    city.areas.geometry = shapely.transform(city.areas.geometry.values, lambda xy: xy[:, ::-1])
    refused(city.write(), "longitude and latitude are swapped")


def test_metres_declared_as_degrees(city):
    city.areas = city.areas.to_crs("EPSG:4546").set_crs("EPSG:4326", allow_override=True)
    refused(city.write(), "coordinate system", "crs under [inputs.areas]")


def test_projected_source(city, read):
    plain = read(city.write())
    city.areas = city.areas.to_crs("EPSG:4546")
    result = read(city.write())
    assert shapely.hausdorff_distance(plain.areas.geometry.values, result.areas.geometry.values).max() < 1e-6
    assert result.areas["border_shift"].max() <= 1e-3


@pytest.mark.parametrize("datum", ["GCJ02", "BD09"])
def test_datum_is_undone(city, read, datum):
    from geo_grid.read.datum import from_wgs84

    plain = read(city.write())
    city.areas.geometry = shapely.transform(
        city.areas.geometry.values, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], datum))
    )
    city.settings["areas"] = f'datum = "{datum}"'
    result = read(city.write())
    assert shapely.hausdorff_distance(plain.areas.geometry.values, result.areas.geometry.values).max() < 1e-3


def test_an_old_datum_is_noted(city, read):
    assert read(city.write()).notes == []
    city.areas = city.areas.set_crs("EPSG:4610", allow_override=True)  # Xian 1980
    notes = read(city.write()).notes
    assert len(notes) == 1
    assert "Xian 1980" in notes[0]


def test_another_planet(city):
    moon = 'GEOGCS["Moon",DATUM["Moon",SPHEROID["Moon",1737400,0]],PRIMEM["Reference",0],UNIT["degree",0.0174532925199433]]'
    city.write()
    path = city.folder / "areas.shp"
    city.areas.to_file(path)
    path.with_suffix(".prj").write_text(moon)
    with pytest.raises(InputError, match=r"areas\.shp: coordinates of 'Moon' cannot be turned into"):
        read_city(load_config(city.write_toml(areas="areas.shp")))


def test_an_area_far_away(city):
    city.areas.loc[2] = {"code": "3", "name": "三", "kind": "rural", "geometry": shapely.box(0, 0, 1, 1)}
    city.areas.loc[3] = {"code": "4", "name": "四", "kind": "rural", "geometry": square(0, 1)}
    assert inspect_city(load_config(city.write())).crs == "EPSG:4546"
    refused(city.write(), "row 3", "'3'", "km from the others")


def test_coordinates_that_are_not_finite(city):
    shape = shapely.Polygon([(LON, LAT), (np.inf, LAT), (LON, LAT + SIDE)])
    city.areas.loc[1, "geometry"] = shape
    city.areas.to_parquet(city.folder / "areas.parquet")
    city.areas.loc[1, "geometry"] = square(1, 0)
    city.write()
    with pytest.raises(InputError, match=r"areas\.parquet, row 2: .*not a finite number"):
        read_city(load_config(city.write_toml(areas="areas.parquet")))


def overlapping(city):
    """Three areas: the second takes a strip of the first and a corner of the third."""
    city.areas.loc[2] = {"code": "3", "name": "三", "kind": "rural", "geometry": square(0, 1)}
    city.areas.loc[1, "geometry"] = shapely.box(LON + 0.9 * SIDE, LAT, LON + 2 * SIDE, LAT + 1.1 * SIDE)
    return city.write()


def test_overlaps_are_refused_with_the_pairs(city):
    refused(overlapping(city), "2 pairs", f"{VILLAGE} and {COMMUNITY}", f"{COMMUNITY} and 3", "m²", error=OverlapError)


@pytest.mark.parametrize(("rule", "owners"), [("first", [0]), ("smaller", [0, 2])])
def test_overlaps_by_rule(city, read, rule, owners):
    city.settings["areas"] = f'overlaps = "{rule}"'
    result = read(overlapping(city))
    shapes = result.areas.geometry.values
    assert shapely.coverage_is_valid(shapes)
    drawn = city.areas.to_crs(result.crs).geometry.values
    # a corner on a neighbour's straight border bends that border by millimetres in projection
    assert shapely.area(shapely.union_all(shapes)) == pytest.approx(shapely.area(shapely.union_all(drawn)), rel=1e-5)
    for i in owners:  # who wins keeps all that was drawn
        assert shapes[i].area == pytest.approx(drawn[i].area, rel=1e-5)
    notes = [note for note in result.notes if "m²" in note]
    assert len(notes) == 2
    assert result.areas["border_shift"].max() <= 1e-3


def test_an_area_that_vanishes_is_refused(city):
    city.areas.loc[1, "geometry"] = square(0, 0).buffer(-0.1 * SIDE)
    city.settings["areas"] = 'overlaps = "first"'
    refused(city.write(), COMMUNITY, "nothing is left", error=OverlapError)
    city.settings["areas"] = 'overlaps = "smaller"'
    result = read_city(load_config(city.write()))
    assert shapely.get_num_interior_rings(result.areas.geometry.values[0]) == 1


def test_overlap_of_less_than_a_millimetre_is_none(city, read):
    city.areas.loc[1, "geometry"] = shapely.box(LON + SIDE - 6e-9, LAT, LON + 2 * SIDE, LAT + SIDE)
    result = read(city.write())
    assert shapely.coverage_is_valid(result.areas.geometry.values)
    assert 0 < result.areas["border_shift"].max() <= 1e-3


def test_a_corner_on_a_long_straight_border(city, read):
    """Between its ends a straight border in degrees bends by 15 mm when it is projected."""
    city.areas.loc[0, "geometry"] = shapely.box(LON, LAT, LON + 2 * SIDE, LAT + SIDE)
    city.areas.loc[1, "geometry"] = square(0, 1)
    city.areas.loc[2] = {"code": "3", "name": "三", "kind": "rural", "geometry": square(1, 1)}
    city.households = city.households.iloc[:4]
    result = read(city.write())
    assert shapely.coverage_is_valid(result.areas.geometry.values)
    assert result.areas["border_shift"].max() <= 1e-3


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**32 - 1), st.integers(2, 7), st.sampled_from(["first", "smaller"]))
def test_any_overlaps_leave_a_coverage(tmp_path, seed, n, rule):
    """Random quadrangles on top of each other: no land is lost, none is given twice."""
    from cities import City

    rng = np.random.default_rng(seed)
    centres = rng.uniform(0, 0.02, (n, 1, 2)) + np.array([LON, LAT])
    corners = centres + rng.uniform(-0.008, 0.008, (n, 5, 2))
    shapes = [shapely.convex_hull(shapely.multipoints(five)) for five in corners]
    city = City(tmp_path)
    city.areas = gpd.GeoDataFrame(
        {"code": [str(i) for i in range(n)], "kind": "rural"}, geometry=shapes, crs="EPSG:4326"
    )
    city.settings["areas"] = f'overlaps = "{rule}"'
    try:
        result = read_city(load_config(city.write()))
    except OverlapError as error:
        assert "nothing is left" in error.line()  # noqa: PT017 - one of two right answers
        return
    drawn = city.areas.to_crs(result.crs).geometry.values
    got = result.areas.geometry.values
    assert shapely.coverage_is_valid(got)
    assert shapely.is_valid(got).all()
    assert (
        shapely.area(shapely.symmetric_difference(shapely.union_all(got), shapely.union_all(drawn))) < 100.0
    )  # of a million
