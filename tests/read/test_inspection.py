"""What ``inspect`` tells: facts of sound files, and all faults of those a build refuses."""

from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely
from cities import COMMUNITY, LAT, LON, SIDE, VILLAGE, run, square

from geo_grid.config import load_config
from geo_grid.read import inspect_city


def inspected(toml):
    result = inspect_city(load_config(toml))
    json.dumps(result.to_dict(), allow_nan=False)
    assert all("\n" not in line for line in result.lines())
    return result, "\n".join(result.lines())


def test_a_sound_city(city):
    result, text = inspected(city.write())
    assert result.faults == []
    assert "nothing stops a build" in text
    areas, households = result.sources
    assert (areas.rows, households.rows) == (2, 1020)
    assert households.encoding == "utf-8"
    assert areas.crs == "WGS 84 (EPSG:4326)"
    assert areas.extent == pytest.approx([LON, LAT, LON + 2 * SIDE, LAT + SIDE], abs=1e-9)
    assert {column["name"]: column["taken_as"] for column in households.columns} == {
        "id": "id", "building": "building", "floor": "floor", "lon": "lon", "lat": "lat",
    }  # fmt: skip
    assert households.columns[0]["values"] == ["V0000-000", "V0000-001", "V0000-002"]
    assert households.duplicates == {"id": 0, "coordinates": 1020 - 55}
    assert result.crs == "EPSG:4546"


def test_points_outside_and_duplicates_are_counted(city):
    city.households.loc[3, "lon"] = LON - SIDE
    city.households.loc[4, "id"] = city.households.loc[5, "id"]
    result, text = inspected(city.write())
    households = result.sources[1]
    assert households.duplicates["id"] == 1
    assert households.quarantined["outside all areas"] == 1
    assert sum(households.quarantined.values()) == 2
    assert "1 rows: outside all areas" in text


def test_overlaps_and_gaps(city):
    city.areas.loc[0, "geometry"] = square(0, 0).difference(square(0, 0).buffer(-0.4 * SIDE))
    city.areas.loc[1, "geometry"] = shapely.box(LON + 0.9 * SIDE, LAT, LON + 2 * SIDE, LAT + SIDE)
    result, text = inspected(city.write())
    assert [(o["first"], o["second"]) for o in result.overlaps] == [(VILLAGE, COMMUNITY)]
    assert result.overlaps[0]["m2"] == pytest.approx(0.1 * SIDE * SIDE * 111_000 * 88_300, rel=0.01)
    assert result.gaps[0]["areas"] == [VILLAGE]
    assert len(result.faults) == 1
    assert "overlaps of areas: 1" in text
    assert result.sources[1].rows == 1020


def test_all_faults_at_once(city):
    bow = shapely.Polygon([(LON, LAT), (LON + SIDE, LAT + SIDE), (LON + SIDE, LAT), (LON, LAT + SIDE)])
    city.areas.loc[2] = {"code": VILLAGE, "name": "x", "kind": "suburban", "geometry": bow}
    city.households = city.households.rename(columns={"lon": "lat", "lat": "lon"})
    result, text = inspected(city.write())
    for words in ("suburban", "2 times", "invalid", "swapped", "4 faults stop a build"):
        assert words in text
    assert "1 invalid geometries" in text
    assert len(result.faults) == 4


@pytest.mark.parametrize("missing", ["areas.gpkg", "households.csv"])
def test_missing_files(city, missing):
    toml = city.write()
    (city.folder / missing).unlink()
    result, text = inspected(toml)
    assert "no such file" in text
    assert len(result.faults) == 1
    assert max(source.rows or 0 for source in result.sources) in (2, 1020)


def test_no_crs(city):
    city.areas = city.areas.set_crs(None, allow_override=True)
    with pytest.warns(UserWarning, match="crs"):
        toml = city.write()
    result, _ = inspected(toml)
    assert len(result.faults) == 1
    assert result.crs is None


def test_no_area_is_usable(city):
    city.areas = gpd.GeoDataFrame(
        city.areas.iloc[:1].assign(code=None), geometry=[shapely.Point(LON, LAT)], crs="EPSG:4326"
    )
    result, _ = inspected(city.write())
    assert result.faults
    assert result.sources[1].rows == 1020


def test_every_kind_of_source_is_told(city):
    frame = gpd.GeoDataFrame({"name": ["1号楼"]}, geometry=[square(0, 0)], crs="EPSG:4326")
    for name in ("buildings", "groups", "elements"):
        frame.to_file(city.folder / f"{name}.gpkg")
    city.extra = '[inputs.buildings]\npath = "buildings.gpkg"\n[inputs.groups]\npath = "groups.gpkg"\n'
    city.extra += '[[inputs.elements]]\nclass = "forest"\npath = "elements.gpkg"\n'
    city.extra += '[[inputs.elements]]\nclass = "mine"\npath = "none.gpkg"\n'
    result, text = inspected(city.write())
    assert [source.role for source in result.sources] == [
        "areas",
        "groups",
        "buildings",
        "households",
        "elements",
        "elements",
    ]
    assert len(result.faults) == 1
    assert "none.gpkg" in text


def test_infinite_coordinates(city):
    city.households.loc[0, "lon"] = np.inf
    result, _ = inspected(city.write())
    assert np.isfinite(result.sources[1].extent).all()


def projected(city):
    """Households in the working coordinate system, with columns x and y."""
    frame = city.households
    points = gpd.GeoSeries(gpd.points_from_xy(frame["lon"], frame["lat"]), crs="EPSG:4326").to_crs("EPSG:4546")
    return frame.drop(columns=["lon", "lat"]).assign(x=points.x, y=points.y)


@pytest.mark.parametrize(
    ("columns", "settings"),
    [
        ({"x": "y", "y": "x"}, 'crs = "EPSG:4546"'),  # north and east for each other
        ({"x": "lon", "y": "lat"}, ""),  # metres taken for degrees
    ],
)
def test_it_says_what_a_build_says_where_no_household_can_be_placed(city, capsys, columns, settings):
    city.households = projected(city).rename(columns=columns)
    city.settings["households"] = settings
    toml = city.write()
    result, text = inspected(toml)
    (fault,) = result.faults
    assert "none of its 1020 rows could be placed; the first: " in fault
    assert "1 fault stops a build" in text
    assert run(capsys, "inspect", toml)[0] == 1
    status, _, err = run(capsys, "build", toml, "--store", city.folder / "plan.gpkg")
    assert status == 2
    assert fault.split(" Correct ")[0] in err


@pytest.mark.parametrize(("lost", "loud"), [(511, True), (510, False)])
def test_it_is_loud_where_more_than_half_of_the_households_cannot_be_placed(city, lost, loud):
    city.households.loc[: lost - 1, "lon"] = LON - SIDE
    result, text = inspected(city.write())
    assert result.faults == []
    assert (f"WARNING: households.csv: {lost} of 1020 rows cannot be placed" in text) == loud
    assert text.endswith("look at what is said above" if loud else "nothing stops a build")
    assert len(result.to_dict()["warnings"]) == loud
