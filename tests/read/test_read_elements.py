"""Elements and groups: one class a layer, ids unique in the city, invalid geometries set aside."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from cities import COMMUNITY, LAT, LON, SIDE, VILLAGE, square

from geo_grid.config import load_config
from geo_grid.errors import InputError
from geo_grid.read import read_city

LINE = shapely.LineString([(LON - SIDE, LAT), (LON + SIDE, LAT + SIDE)])


def with_elements(city, frame, *, where="", suffix=".gpkg"):
    path = city.folder / f"elements{suffix}"
    if isinstance(frame, gpd.GeoDataFrame):
        frame.to_file(path)
    else:
        frame.to_csv(path, index=False)
    city.extra = f'[[inputs.elements]]\nclass = "road"\npath = "elements{suffix}"\n{where}\n'
    return city.write()


def frame(shapes, **columns):
    return gpd.GeoDataFrame(columns or {"n": range(len(shapes))}, geometry=shapes, crs="EPSG:4326")


def test_no_elements(city, read):
    elements = read(city.write()).elements
    assert list(elements.columns) == ["id", "class", "name", "source", "row", "geometry"]
    assert len(elements) == 0


def test_elements_are_not_clipped(city, read):
    result = read(with_elements(city, frame([LINE, shapely.force_3d(LINE, 5)], name=["大路", None])))
    assert result.elements["class"].tolist() == ["road"] * 2
    assert result.elements["name"].tolist() == ["大路", None]
    assert not shapely.has_z(result.elements.geometry.values).any()
    assert result.elements.geometry.length.min() > 2000


def test_what_is_invalid_is_set_aside(city, read):
    bow = shapely.Polygon([(LON, LAT), (LON + SIDE, LAT + SIDE), (LON + SIDE, LAT), (LON, LAT + SIDE)])
    shapes = [LINE, bow, None, shapely.LineString(), shapely.LineString([(LON, LAT), (LON, LAT)])]
    shapes += [shapely.GeometryCollection([LINE, shapely.Point(LON, LAT)])]
    result = read(with_elements(city, frame(shapes), suffix=".geojson"))
    assert result.elements["row"].tolist() == [1]
    reason = result.quarantine.set_index("row")["reason"]
    assert "Self-intersection" in reason[2]
    assert reason[3] == reason[4] == "no geometry"
    assert "a line without length" in reason[5] or "Too few points" in reason[5]
    assert "several kinds" in reason[6]


def test_ids_are_kept_where_they_are_unique(city, read):
    toml = with_elements(city, frame([LINE] * 4, id=["a", "b", "b", None]))
    extra = frame([LINE], id=["a"])
    extra.to_file(city.folder / "more.gpkg", layer="more")
    toml.write_text(
        toml.read_text("utf-8") + '[[inputs.elements]]\nclass = "river"\npath = "more.gpkg"\n', encoding="utf-8"
    )
    ids = read(toml).elements["id"].tolist()
    assert ids == [
        "road:elements.gpkg:1", "road:elements.gpkg:2", "road:elements.gpkg:3", "road:elements.gpkg:4", "river:more.gpkg:1",
    ]  # fmt: skip
    assert read(with_elements(city, frame([LINE] * 2, id=["x", "y"]))).elements["id"].tolist() == ["x", "y"]


def test_where(city, read):
    result = read(with_elements(city, frame([LINE] * 3, kind=["a", "b", "a"]), where="where = \"kind = 'a'\""))
    assert result.elements["row"].tolist() == [1, 3]
    assert result.read_rows["elements.gpkg"] == 2


def test_points_from_a_table(city, read):
    table = pd.DataFrame({"名称": ["井一", "井二"], "经度": [LON, None], "纬度": [LAT, 1]})
    result = read(with_elements(city, table, suffix=".csv"))
    assert result.elements.geometry.geom_type.tolist() == ["Point"]
    assert result.quarantine["row"].tolist() == [2]


def test_no_geometry(city):
    with pytest.raises(InputError, match=r"elements\.csv: the elements have no geometry"):
        read_city(load_config(with_elements(city, pd.DataFrame({"name": ["x"]}), suffix=".csv")))


def with_groups(city, groups):
    groups.to_file(city.folder / "groups.gpkg")
    city.extra = '[inputs.groups]\npath = "groups.gpkg"\n'
    return city.write()


def test_groups(city, read):
    half = shapely.box(LON, LAT, LON + SIDE / 2, LAT + SIDE)
    shapes = [half, shapely.box(LON + SIDE / 2, LAT, LON + 1.1 * SIDE, LAT + SIDE), square(5, 5), LINE]
    groups = frame(
        shapes,
        code=["g1", "g2", "g3", "g4"],
        村民小组=["一组", None, "三组", "四组"],
        area_code=[VILLAGE, None, None, COMMUNITY],
    )
    result = read(with_groups(city, groups))
    assert result.groups.drop(columns="geometry").to_numpy().tolist() == [
        ["g1", VILLAGE, "一组"],
        ["g2", VILLAGE, "g2"],
    ]
    assert result.quarantine["reason"].tolist() == ["a group outside all areas", "a group that is not a polygon"]
    assert any("1 groups name no known area" in note for note in result.notes)


def test_groups_need_a_code_or_a_name(city):
    with pytest.raises(InputError, match=r"groups\.gpkg, column code"):
        read_city(load_config(with_groups(city, frame([square(0, 0)], n=[1]))))


def test_no_groups(city, read):
    assert read(city.write()).groups is None
