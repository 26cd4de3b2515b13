"""Every format is read back by the library that others read it with, and holds what the plan holds."""

from __future__ import annotations

import csv
import json
import os
import stat
import zipfile
from itertools import chain
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely
from plans import URBAN_1, VILLAGE, tiny_plan

from geo_grid.errors import StoreError, UsageError
from geo_grid.exchange.exports import FORMATS, export_store, write_export
from geo_grid.exchange.replacing import replacing
from geo_grid.read.datum import to_wgs84
from geo_grid.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from geo_grid.model import Plan

PUBLIC = [name for name, item in FORMATS.items() if not item.restricted]
MAPS = [name for name, item in FORMATS.items() if item.datums]


def written(plan: Plan, name: str, folder: Path, **options: Any) -> Path:
    path = folder / f"out{FORMATS[name].suffix}"
    write_export(plan, name, path, **options)
    return path


def grids_read(path: Path, name: str, level: int) -> gpd.GeoDataFrame:
    """Grids of one level as another program reads them, columns ``code, households, geometry``."""
    if name == "shp":
        return gpd.read_file(f"/vsizip/{path}/grids_l{level}.shp")
    if name == "geojson":
        found = gpd.read_file(path)
        return found[found["level"] == level]
    layer = f"{level}级网格" if name == "kml" else f"grids_l{level}"
    found = gpd.read_file(path, layer=layer)
    return found.assign(households=found["households"].astype(int))


@pytest.mark.parametrize("name", MAPS)
@pytest.mark.parametrize("level", [1, 2, 3])
def test_grids_come_back_from_every_map_format(tmp_path: Path, plan: Plan, name: str, level: int) -> None:
    found = grids_read(written(plan, name, tmp_path), name, level).sort_values("code").reset_index(drop=True)
    wanted = plan["grids"][plan["grids"]["level"] == level].sort_values("code").reset_index(drop=True)
    assert found["code"].tolist() == wanted["code"].tolist()
    assert found["households"].tolist() == wanted["households"].tolist()
    apart = shapely.hausdorff_distance(found.to_crs(plan.crs).geometry.to_numpy(), wanted["geom"].to_numpy())
    assert apart.max() < 0.02
    assert found.geometry.is_valid.all()


@pytest.mark.parametrize("name", list(FORMATS))
def test_one_area_one_level_is_no_more(tmp_path: Path, stored: Path, name: str) -> None:
    path = tmp_path / f"one{FORMATS[name].suffix}"
    with open_store(stored) as store:
        export_store(store, name, path, area=VILLAGE, level=2)
    if name == "csv":
        with path.open(encoding="utf-8-sig") as file:
            rows = list(csv.reader(file))[1:]
        assert {row[1] for row in rows} == {VILLAGE}
        assert len(rows) == 63
        return
    if name == "xlsx":
        book = openpyxl.load_workbook(path)
        assert [title for title in book.sheetnames if "级网格" in title] == ["2级网格"]
        assert {row[5] for row in book["2级网格"].iter_rows(min_row=2, values_only=True)} == {VILLAGE}
        return
    grids = grids_read(path, name, 2)
    assert set(grids["code"].str[:12]) == {VILLAGE}
    if name == "geojson":
        assert set(gpd.read_file(path)["level"]) == {2}
    elif name == "kml":
        assert [layer for layer, _ in pyogrio.list_layers(path)] == ["2级网格"]
    elif name == "gpkg":
        assert "grids_l1" not in dict(pyogrio.list_layers(path))


def everything(path: Path) -> bytes:
    """All bytes of a file, unpacked where it is an archive."""
    if path.suffix in {".zip", ".xlsx"}:
        with zipfile.ZipFile(path) as archive:
            return b"\n".join(archive.read(name) for name in archive.namelist())
    return path.read_bytes()


@pytest.mark.parametrize("name", list(FORMATS))
def test_no_household_leaves_in_a_public_format(tmp_path: Path, plan: Plan, name: str) -> None:
    households = plan["households"]
    households["id"] = [f"HOUSEHOLD-{i}" for i in range(len(households))]
    households["address"] = "ADDRESS-OF-SOMEBODY"
    households["building"] = "BUILDING-OF-SOMEBODY"
    households["source"] = "SOURCE-OF-ALL.csv"
    plan["units"]["building"] = "BUILDING-OF-SOMEBODY"
    plan["quarantine"]["raw"] = '{"id": "HOUSEHOLD-LOST"}'
    plan["elements"]["source"] = "SOURCE-OF-ALL.csv"
    plan.meta["notes"] = ["HOUSEHOLD-7 was moved; read from SOURCE-OF-ALL.csv"]
    data = everything(written(plan, name, tmp_path))
    assert (b"HOUSEHOLD-" in data) is FORMATS[name].restricted
    for word in (b"ADDRESS-OF", b"BUILDING-OF", b"SOURCE-OF"):
        assert word not in data


@pytest.mark.parametrize("name", PUBLIC)
def test_public_formats_do_not_even_ask_for_households(name: str) -> None:
    assert not {"households", "units", "quarantine"} & set(FORMATS[name].tables)


@pytest.mark.parametrize("name", list(FORMATS))
def test_the_tables_named_are_enough(tmp_path: Path, plan: Plan, name: str) -> None:
    plan.tables = {table: frame for table, frame in plan.tables.items() if table in FORMATS[name].tables}
    assert written(plan, name, tmp_path).stat().st_size > 0


def test_the_list_is_the_owners_alone(tmp_path: Path, plan: Plan) -> None:
    path = tmp_path / "out.csv"
    path.touch(0o644)
    before = os.umask(0)
    try:
        with replacing(path, private=True) as draft:
            assert stat.S_IMODE(draft.stat().st_mode) == 0o600  # at no time can others read it
            draft.write_text("h1")
        written(plan, "csv", tmp_path)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_list_has_every_household_and_its_grids(tmp_path: Path, plan: Plan) -> None:
    frame = pd.read_csv(written(plan, "csv", tmp_path, lang="en"), dtype=str, encoding="utf-8-sig")
    assert frame.columns[0] == "household id"
    assert sorted(frame["household id"]) == sorted(plan["households"]["id"])
    units = plan["units"].set_index("id")
    unit_of = plan["households"].set_index("id")["unit_id"]
    leaf = frame["level 3 grid code"].fillna(frame["level 2 grid code"])
    wanted = units.loc[unit_of[frame["household id"]], "grid_code_l3"]
    wanted = wanted.fillna(units.loc[wanted.index, "grid_code_l2"])
    assert leaf.tolist() == wanted.tolist()


def test_a_list_of_units_of_another_state_is_refused(tmp_path: Path, plan: Plan) -> None:
    plan["units"].loc[0, "households"] -= 1
    with pytest.raises(StoreError, match="cut since"):
        written(plan, "csv", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_streamed_list_is_the_list_of_the_whole(tmp_path: Path, stored: Path, plan: Plan) -> None:
    with open_store(stored) as store:
        export_store(store, "csv", tmp_path / "streamed.csv")
    whole = written(plan, "csv", tmp_path).read_text(encoding="utf-8").splitlines()
    assert sorted((tmp_path / "streamed.csv").read_text(encoding="utf-8").splitlines()) == sorted(whole)


@pytest.mark.parametrize("datum", ["WGS84", "GCJ02", "BD09"])
def test_geojson_is_in_the_datum_asked_for(tmp_path: Path, plan: Plan, datum: str) -> None:
    document = json.loads(written(plan, "geojson", tmp_path, datum=datum, level=1).read_text(encoding="utf-8"))
    assert document.get("datum", "WGS84") == datum
    assert "crs" not in document  # RFC 7946, section 4
    grids = plan["grids"].set_index("code")
    for feature in document["features"]:
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))

        def back(places: np.ndarray) -> np.ndarray:
            return np.column_stack(to_wgs84(places[:, 0], places[:, 1], datum))

        turned = gpd.GeoSeries([shapely.transform(shape, back)], crs="EPSG:4326").to_crs(plan.crs)
        assert turned.iloc[0].hausdorff_distance(grids.loc[feature["id"], "geom"]) < 0.02


def test_geojson_rings_turn_as_the_standard_says(tmp_path: Path, plan: Plan) -> None:
    hole = shapely.box(511_100, 4_154_000, 511_400, 4_154_300).difference(
        shapely.box(511_200, 4_154_100, 511_300, 4_154_200)
    )
    plan["grids"].loc[0, "geom"] = shapely.multipolygons([hole])
    document = json.loads(written(plan, "geojson", tmp_path).read_text(encoding="utf-8"))
    polygon = document["features"][0]["geometry"]["coordinates"]
    assert len(polygon) == 2
    assert shapely.is_ccw(shapely.linearrings(polygon[0]))
    assert not shapely.is_ccw(shapely.linearrings(polygon[1]))
    kinds = {feature["geometry"]["type"] for feature in document["features"]}
    assert kinds == {"Polygon", "MultiPolygon"}


def test_a_file_never_says_it_is_where_it_is_not(tmp_path: Path, plan: Plan) -> None:
    for name in ("gpkg", "shp", "kml"):
        with pytest.raises(UsageError, match="GCJ02"):
            written(plan, name, tmp_path, datum="GCJ02")
    assert list(tmp_path.iterdir()) == []
    assert gpd.read_file(written(plan, "gpkg", tmp_path), layer="areas").crs == plan.crs
    assert gpd.read_file(written(plan, "gpkg", tmp_path, datum="CGCS2000"), layer="areas").crs == "EPSG:4490"


def test_geopackage_opens_styled_and_is_no_plan(tmp_path: Path, plan: Plan) -> None:
    import sqlite3

    path = written(plan, "gpkg", tmp_path)
    layers = {name for name, _ in pyogrio.list_layers(path)}
    with sqlite3.connect(path) as db:
        styled = {name for (name,) in db.execute("SELECT f_table_name FROM layer_styles WHERE useAsDefault")}
    assert {"grids_l1", "grids_l2", "grids_l3", "areas", "elements_lines"} <= styled <= layers
    with open_store(path) as store:
        assert not store.exists()
    shares = pyogrio.read_dataframe(path, layer="element_shares")
    assert len(shares) == len(plan["element_shares"])
    assert shares["measure"].sum() == pytest.approx(plan["element_shares"]["measure"].sum())


def test_shapefile_names_are_short_and_listed(tmp_path: Path, plan: Plan) -> None:
    name = "很长的名称" * 60
    plan["elements"].loc[0, "name"] = name
    path = written(plan, "shp", tmp_path)
    with zipfile.ZipFile(path) as archive:
        members = archive.namelist()
        assert archive.read("fields.csv").startswith(b"\xef\xbb\xbf")
        fields = list(csv.DictReader(archive.read("fields.csv").decode("utf-8-sig").splitlines()))
        shortened = archive.read("shortened.csv").decode("utf-8-sig")
        for member in members:
            if member.endswith(".shp"):
                assert archive.read(member.replace(".shp", ".cpg")) == b"UTF-8"
                found = pyogrio.read_info(f"/vsizip/{path}/{member}")
                listed = [row["field"] for row in fields if row["file"] == member[:-4]]
                assert list(found["fields"]) == listed
                assert all(len(field) <= 10 and field.isascii() for field in listed)
    assert name in shortened
    river = gpd.read_file(f"/vsizip/{path}/elements_lines.shp")["name"][0]
    assert river == name[:84]  # 252 of 254 bytes: no sign is cut in two
    assert {row["中文名称"] for row in fields} >= {"网格编码", "户数", "例外原因"}


def test_the_same_plan_gives_the_same_archive(tmp_path: Path, plan: Plan) -> None:
    first = written(plan, "shp", tmp_path).read_bytes()
    assert written(plan, "shp", tmp_path).read_bytes() == first


def test_kml_is_styled_by_state(tmp_path: Path, plan: Plan) -> None:
    from xml.etree import ElementTree as ET

    plan["grids"].loc[0, "name"] = 'a]]>b & <script>"\x01'
    root = ET.parse(written(plan, "kml", tmp_path, lang="en")).getroot()
    space = {"k": "http://www.opengis.net/kml/2.2"}
    marks = root.findall(".//k:Placemark", space)
    assert len(marks) == len(plan["grids"])
    by_status: dict[str, set[str | None]] = {}
    for mark in marks:
        status = mark.find(".//k:SimpleData[@name='status']", space)
        colour = mark.find(".//k:PolyStyle/k:color", space)
        by_status.setdefault(str(status.text), set()).add(colour.text)
    assert by_status.keys() == {"in_band", "given", "exception"}
    assert all(len(colours) == 1 for colours in by_status.values())
    assert len(set(chain.from_iterable(by_status.values()))) == 3
    names = [mark.findtext("k:name", namespaces=space) for mark in marks]
    assert 'a]] >b & <script>"' in names
    texts = [mark.findtext("k:description", namespaces=space) for mark in marks]
    assert any("band: 10–20" in text and "households: 15" in text for text in texts)
    assert not any("<script" in text for text in texts)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_ledger_is_a_ledger(tmp_path: Path, plan: Plan, lang: str) -> None:
    book = openpyxl.load_workbook(written(plan, "xlsx", tmp_path, lang=lang))
    heads = {"zh": ("3级网格", "网格编码", "户数"), "en": ("Grids level 3", "grid code", "households")}[lang]
    sheet = book[heads[0]]
    rows = list(sheet.iter_rows(values_only=True))
    code, households = rows[0].index(heads[1]), rows[0].index(heads[2])
    wanted = plan["grids"][plan["grids"]["level"] == 3]
    assert {row[code]: row[households] for row in rows[1:]} == dict(
        zip(wanted["code"], wanted["households"], strict=True)
    )
    assert all(isinstance(row[code], str) and isinstance(row[households], int) for row in rows[1:])
    for sheet in book.worksheets[1:]:
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref == sheet.dimensions
        assert sheet.column_dimensions["A"].width > 10
    exceptions = list(book.worksheets[-3].iter_rows(values_only=True))
    assert len(exceptions) - 1 == len(plan["exceptions"])
    assert all(isinstance(row[7], str) and row[7] for row in exceptions[1:])
    shares = list(book.worksheets[-1].iter_rows(values_only=True))
    assert len(shares) - 1 == len(plan["element_shares"])
    assert sum(row[6] for row in shares[1:]) == pytest.approx(plan["element_shares"]["measure"].sum(), abs=0.01)


def test_a_written_reason_is_shown_in_its_words(tmp_path: Path, plan: Plan) -> None:
    grid = plan["exceptions"].loc[0, "grid_code"]
    plan["exceptions"].loc[0, "reason"] = "decided"
    plan["exceptions"].loc[0, "proof"] = json.dumps({"words": "河湾社区整体管理"})
    document = json.loads(written(plan, "geojson", tmp_path).read_text(encoding="utf-8"))
    reasons = {feature["id"]: feature["properties"]["reason"] for feature in document["features"]}
    assert reasons[grid] == "河湾社区整体管理"


FORMULAS = ['=HYPERLINK("http://x",1)', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_becomes_a_formula(tmp_path: Path, plan: Plan, text: str) -> None:
    plan["grids"].loc[plan["grids"]["level"] == 3, "name"] = text
    plan["elements"]["name"] = text
    plan["areas"]["name"] = text
    plan.meta["name"] = text
    plan["households"].loc[0, "id"] = text
    book = openpyxl.load_workbook(written(plan, "xlsx", tmp_path))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert any(cell.value == text for cell in cells)
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert all(cell.quotePrefix for cell in cells if cell.value == text)
    for row in csv.reader(written(plan, "csv", tmp_path).read_text(encoding="utf-8-sig").splitlines()):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)


def test_a_full_sheet_goes_on_in_the_next(tmp_path: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    from geo_grid.exchange import cells

    monkeypatch.setattr(cells, "MAX_ROWS", 20)
    book = openpyxl.load_workbook(written(plan, "xlsx", tmp_path))
    sheets = [sheet for sheet in book if sheet.title.startswith("3级网格")]
    assert [sheet.title for sheet in sheets] == [f"3级网格{end}" for end in ("", " 2", " 3", " 4")]
    codes = [row[0] for sheet in sheets for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert codes == sorted(plan["grids"].loc[plan["grids"]["level"] == 3, "code"])


@pytest.mark.parametrize("name", list(FORMATS))
def test_a_plan_is_never_replaced(tmp_path: Path, stored: Path, name: str, run: Any) -> None:
    before = stored.read_bytes()
    target = tmp_path / f"link{FORMATS[name].suffix}"
    target.symlink_to(stored)
    with pytest.raises(StoreError, match="a plan stands there"):
        write_export(tiny_plan(), name, target)
    status, _, err = run("export", stored, "--format", name, "-o", target, "--overwrite")
    assert status == 2
    assert "a plan stands there" in err
    assert stored.read_bytes() == before


@pytest.mark.parametrize("name", list(FORMATS))
def test_what_fails_leaves_the_earlier_file(tmp_path: Path, plan: Plan, name: str) -> None:
    path = tmp_path / f"out{FORMATS[name].suffix}"
    path.write_text("earlier")
    plan.tables.pop("units" if name == "csv" else "grids")
    with pytest.raises(KeyError):
        write_export(plan, name, path)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [(path.name, "earlier")]


def test_an_empty_plan_is_written_too(tmp_path: Path, plan: Plan) -> None:
    plan.tables = {table: frame.iloc[:0] for table, frame in plan.tables.items()}
    for name in FORMATS:
        assert written(plan, name, tmp_path).exists()


@pytest.mark.parametrize("name", list(FORMATS))
def test_command_writes_and_refuses(tmp_path: Path, stored: Path, name: str, run: Any) -> None:
    path = tmp_path / f"out{FORMATS[name].suffix}"
    status, out, err = run("export", stored, "--format", name, "-o", path, "--area", URBAN_1)
    assert (status, err) == (0, "")
    assert str(path) in out
    assert ("不得公开" in out) is FORMATS[name].restricted
    first = path.stat()
    status, _, err = run("export", stored, "--format", name, "-o", path)
    assert (status, len(err.splitlines())) == (2, 1)
    assert "--overwrite" in err
    assert path.stat().st_mtime_ns == first.st_mtime_ns
    assert run("export", stored, "--format", name, "-o", path, "--overwrite")[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "gpkg", "-o", "out.shp"), ".gpkg"),
        (("--format", "geojson", "-o", "nowhere/out.geojson"), "folder"),
        (("--format", "pdf", "-o", "out.pdf"), "invalid choice"),
        (("--format", "geojson", "-o", "out.geojson", "--area", "99"), "99"),
        (("--format", "geojson", "-o", "out.geojson", "--level", "7"), "level 7"),
        (("--format", "kml", "-o", "out.kml", "--datum", "GCJ02"), "GCJ02"),
        (("--format", "kml", "-o", "out.kml", "--version", "last"), "last"),
    ],
)
def test_command_says_what_is_wrong(
    tmp_path: Path, stored: Path, run: Any, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run("export", stored, *words)
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert said in err
    assert [path.name for path in tmp_path.iterdir()] == [stored.name]
