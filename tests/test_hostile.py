"""Twenty hostile inputs: each gives one clear line, or quarantined rows, and nothing is ever lost."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from cities import COMMUNITY, LAT, LON, SIDE, VILLAGE, City, houses, run, square
from plans import tiny_plan

from geo_grid.store import open_store

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def refused(capsys: Any, toml: Path, *words: str) -> str:
    """Build must end with status 2 and one line that names the file, and leave the former store as it was."""
    store = toml.parent / "plan.gpkg"
    with open_store(store) as former:
        former.write(tiny_plan())
    before = store.read_bytes()
    status, out, err = run(capsys, "build", toml, "--store", store)
    assert (status, out) == (2, ""), err
    assert len(err.strip().splitlines()) == 1, err
    assert "Traceback" not in err
    assert store.read_bytes() == before
    assert [path.name for path in toml.parent.glob("*.gpkg*") if "plan" in path.name] == ["plan.gpkg"]
    for word in words:
        assert word in err
    return err


def built(capsys: Any, toml: Path) -> Any:
    """Build must end well, the check must find nothing, and every row must be accounted for."""
    store = toml.parent / "plan.gpkg"
    status, _, err = run(capsys, "build", toml, "--store", store)
    assert status == 0, err
    status, out, err = run(capsys, "check", store, "--json")
    assert status == 0, out + err
    with open_store(store) as opened:
        plan = opened.read()
    rows = plan.meta["household_rows"]
    assert rows["placed"] + rows["quarantined"] == rows["read"]
    return plan


def quarantined(plan: Any, *words: str) -> pd.DataFrame:
    """Quarantine must name file, row and reason; the reason holds the words."""
    table = plan["quarantine"]
    assert len(table)
    assert table["source"].str.len().min() > 0
    assert table["row"].min() >= 1
    assert all(isinstance(json.loads(raw), dict) for raw in table["raw"])
    for word in words:
        assert table["reason"].str.contains(word).any(), table["reason"].unique()
    return table


def test_a_sound_city(capsys, city):
    plan = built(capsys, city.write())
    assert len(plan["households"]) == 120 + 900
    assert not len(plan["quarantine"])
    assert not len(plan["exceptions"])


def test_01_no_crs(capsys, city):
    city.areas = city.areas.set_crs(None, allow_override=True)
    with pytest.warns(UserWarning, match="crs"):
        toml = city.write()
    refused(capsys, toml, "areas.gpkg", "coordinate")


def test_02_swapped_lon_lat(capsys, city):
    city.households = city.households.rename(columns={"lon": "lat", "lat": "lon"})
    refused(capsys, city.write(), "households.csv", "swap")


def test_02b_some_rows_swapped(capsys, city):
    city.households.loc[3, ["lon", "lat"]] = [LAT, LON]
    table = quarantined(built(capsys, city.write()), "swap")
    assert table["row"].tolist() == [4]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=["03 NaN", "04 infinite", "04b minus infinite"])
def test_03_04_not_a_position(capsys, city, value):
    city.households.loc[[0, 7], "lon"] = value
    table = quarantined(built(capsys, city.write()))
    assert table["row"].tolist() == [1, 8]


def test_05_empty_layer(capsys, city):
    city.areas = city.areas.iloc[:0]
    refused(capsys, city.write(), "areas.gpkg", "empty")


def test_05b_empty_households(capsys, city):
    city.households = city.households.iloc[:0]
    refused(capsys, city.write(), "households.csv", "empty")


def test_06_missing_column(capsys, city):
    city.areas = city.areas.drop(columns="kind")
    refused(capsys, city.write(), "areas.gpkg", "kind")


def test_07_unknown_kind(capsys, city):
    city.areas["kind"] = ["rural", "suburban"]
    refused(capsys, city.write(), "areas.gpkg", "suburban", "row 2")


def test_08_duplicate_codes(capsys, city):
    city.areas["code"] = VILLAGE
    refused(capsys, city.write(), "areas.gpkg", VILLAGE)


def test_09_self_crossing_area(capsys, city):
    bow = shapely.Polygon([(LON, LAT), (LON + SIDE, LAT + SIDE), (LON + SIDE, LAT), (LON, LAT + SIDE)])
    city.areas.loc[0, "geometry"] = bow
    refused(capsys, city.write(), "areas.gpkg", "row 1", VILLAGE)


def test_10_overlapping_areas(capsys, city):
    city.areas.loc[1, "geometry"] = shapely.box(LON + 0.9 * SIDE, LAT, LON + 2 * SIDE, LAT + SIDE)
    refused(capsys, city.write(), VILLAGE, COMMUNITY, "overlap")


@pytest.mark.parametrize("rule", ["first", "smaller"])
def test_10b_overlap_with_a_rule(capsys, city, rule):
    city.areas.loc[1, "geometry"] = shapely.box(LON + 0.95 * SIDE, LAT, LON + 2 * SIDE, LAT + SIDE)
    city.settings["areas"] = f'overlaps = "{rule}"'
    plan = built(capsys, city.write())
    assert any(VILLAGE in note and COMMUNITY in note for note in plan.meta["notes"])


def shapefile(city: City, encoding: str) -> Path:
    city.write()
    path = city.folder / "areas.shp"
    city.areas.to_file(path, encoding=encoding)
    return path


def test_11_gbk_without_cpg(capsys, city):
    path = shapefile(city, "GBK")
    path.with_suffix(".cpg").unlink()
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    dbf[29] = 0  # no LDID either
    path.with_suffix(".dbf").write_bytes(dbf)
    plan = built(capsys, city.write_toml(areas="areas.shp"))
    assert sorted(plan["areas"]["name"]) == ["凤山社区", "岭上村"]


def test_12_wrong_cpg(capsys, city):
    path = shapefile(city, "GBK")
    path.with_suffix(".cpg").write_text("UTF-8")
    plan = built(capsys, city.write_toml(areas="areas.shp"))
    assert sorted(plan["areas"]["name"]) == ["凤山社区", "岭上村"]


def zipped(city: City) -> Path:
    path = shapefile(city, "UTF-8")
    archive = city.folder / "areas.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for part in path.parent.glob("areas.*"):
            if part.suffix in {".shp", ".shx", ".dbf", ".prj", ".cpg"}:
                out.write(part, part.name)
    return archive


def test_13a_sound_zip(capsys, city):
    zipped(city)
    plan = built(capsys, city.write_toml(areas="areas.zip"))
    assert len(plan["areas"]) == 2


def test_13_truncated_zip(capsys, city):
    archive = zipped(city)
    archive.write_bytes(archive.read_bytes()[:-400])
    refused(capsys, city.write_toml(areas="areas.zip"), "areas.zip")


def test_14_zip_with_vrt(capsys, city):
    city.write()
    secret = city.folder / "secret.csv"
    secret.write_text("code,name,kind,wkt\n1,secret,urban,POINT (0 0)\n")
    archive = city.folder / "areas.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr(
            "areas.vrt",
            f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{secret}</SrcDataSource>'
            "</OGRVRTLayer></OGRVRTDataSource>",
        )
    err = refused(capsys, city.write_toml(areas="areas.zip"), "areas.zip")
    assert "POINT" not in err


def test_15_xlsx_with_merged_header(capsys, city):
    city.write()
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["2026 年户籍台账"])
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=len(city.households.columns))
    sheet.append(list(city.households.columns))
    for row in city.households.itertuples(index=False):
        sheet.append(list(row))
    book.save(city.folder / "households.xlsx")
    plan = built(capsys, city.write_toml(households="households.xlsx"))
    assert len(plan["households"]) == 1020


def test_16_negative_counts(capsys, city):
    counts = city.households.groupby("building", sort=False).agg(
        lon=("lon", "first"), lat=("lat", "first"), households=("id", "size"), floors=("floor", "max")
    )
    city.households = counts.reset_index()
    city.households.loc[0, "households"] = -4
    city.households["households"] = city.households["households"].astype(object)
    city.households.loc[1, "households"] = 2.5
    plan = built(capsys, city.write())
    assert quarantined(plan, "households|count")["row"].tolist() == [1, 2]
    assert len(plan["households"]) == 1020 - 8


def test_17_household_on_a_border(capsys, city):
    city.households.loc[0, ["lon", "lat"]] = [LON + SIDE, LAT + SIDE / 2]  # between the two areas
    city.households.loc[1, ["lon", "lat"]] = [LON, LAT + SIDE / 2]  # on the outer border
    city.households.loc[2, ["lon", "lat"]] = [LON, LAT]  # at a corner
    city.households.loc[0:2, "building"] = None
    plan = built(capsys, city.write())
    found = plan["households"].set_index("id")["area_code"]
    assert found[city.households.loc[0, "id"]] == min(VILLAGE, COMMUNITY)
    assert len(found) == 1020


def test_18_all_households_at_one_point(capsys, city):
    here = city.households["id"].str.startswith("C")
    city.households.loc[here, ["lon", "lat"]] = [LON + 1.5 * SIDE, LAT + 0.5 * SIDE]
    city.households.loc[here, "building"] = None
    plan = built(capsys, city.write())
    grids = plan["grids"][plan["grids"]["area_code"] == COMMUNITY]
    assert grids.groupby("level")["households"].sum().tolist() == [900, 900, 900]
    assert not len(plan["exceptions"])


def test_19_area_without_households(capsys, city):
    city.areas.loc[2] = {"code": "141102901202", "name": "荒坡村", "kind": "rural", "geometry": square(0, 1)}
    plan = built(capsys, city.write())
    empty = plan["grids"][plan["grids"]["area_code"] == "141102901202"]
    assert empty["level"].tolist() == [1, 2]
    assert plan["exceptions"]["reason"].tolist() == ["too_few_households"] * 2


def test_20_quotes_and_newlines(capsys, city):
    text = 'He said "1号楼,\n甲单元"; DROP TABLE grids;--\r\n</script>'
    city.households["address"] = "plain"
    city.households.loc[5, "address"] = text
    city.areas["name"] = ['岭"上\n村', "凤';社区"]
    plan = built(capsys, city.write())
    kept = plan["households"].set_index("id")["address"]
    assert kept[city.households.loc[5, "id"]].replace("\r\n", "\n") == text.replace("\r\n", "\n")


def test_outside_all_areas(capsys, city):
    city.households.loc[4, "lon"] = LON + 9 * SIDE
    table = quarantined(built(capsys, city.write()))
    assert table["row"].tolist() == [5]


def test_shifted_datum_is_undone(capsys, city):
    from geo_grid.read.datum import from_wgs84

    lon, lat = from_wgs84(city.households["lon"].to_numpy(), city.households["lat"].to_numpy(), "GCJ02")
    city.households["lon"], city.households["lat"] = lon, lat
    city.settings["households"] = 'datum = "GCJ02"'
    plan = built(capsys, city.write())
    assert plan.meta["household_rows"]["placed"] == 1020


def test_ledger_without_coordinates(capsys, city):
    ledger = city.households.copy()
    buildings = ledger.drop_duplicates("building")[["building", "lon", "lat"]]
    gpd.GeoDataFrame(
        buildings[["building"]], geometry=gpd.points_from_xy(buildings["lon"], buildings["lat"]), crs="EPSG:4326"
    ).to_file(city.folder / "buildings.gpkg")
    ledger["building"] = ledger["building"].str.replace("号楼", "栋")
    ledger.loc[0, "building"] = "V99栋"
    ledger["area_code"] = np.where(ledger["id"].str.startswith("V"), VILLAGE, COMMUNITY)
    city.households = ledger.drop(columns=["lon", "lat"])
    city.extra = '[inputs.buildings]\npath = "buildings.gpkg"'
    plan = built(capsys, city.write())
    table = quarantined(plan)
    assert table["row"].tolist() == [1]
    assert "V9" in table["reason"].iloc[0]


def test_many_houses_on_a_line(capsys, city):
    """A village along one street: sites are collinear, and every grid is a piece of the chain."""
    line = houses(square(0, 0), 1, 60, 2, "V")
    city.households = pd.concat([line, city.households[city.households["id"].str.startswith("C")]], ignore_index=True)
    plan = built(capsys, city.write())
    assert not len(plan["exceptions"])


def test_layers_are_seen_by_gis(capsys, city):
    built(capsys, city.write())
    layers = dict(pyogrio.list_layers(city.folder / "plan.gpkg"))
    assert layers["grids"] == "MultiPolygon"
    assert layers["units"] == "Polygon"
