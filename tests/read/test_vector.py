"""GeoPackage, Shapefile, GeoJSON and GeoParquet give the same table; what is disguised or damaged is refused."""

from __future__ import annotations

import contextlib
import json
import sqlite3
import struct
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from cities import City, two_areas
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.config import load_config
from geo_grid.errors import GeoGridError, InputError
from geo_grid.read import inspect_city, read_city
from geo_grid.read.formats import load
from geo_grid.read.table import text_of

NAMES = ["岭上村", "凤山社区"]


def shapefile(folder, encoding="GBK", *, cpg=None, ldid=0):
    path = folder / "areas.shp"
    two_areas().to_file(path, encoding=encoding)
    path.with_suffix(".cpg").unlink()
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    dbf = bytearray(path.with_suffix(".dbf").read_bytes())
    dbf[29] = ldid
    path.with_suffix(".dbf").write_bytes(dbf)
    return path


def zipped(path, target, suffixes=(".shp", ".shx", ".dbf", ".prj", ".cpg"), folder=""):
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in sorted(path.parent.glob(path.stem + ".*")):
            if part.suffix in suffixes:
                archive.write(part, folder + part.name)
    return target


def names_of(table):
    return list(text_of(table.frame["name"]))


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".json", ".parquet", ".shp", ".zip"])
def test_every_format_says_the_same(source, tmp_path, suffix):
    path = tmp_path / f"areas{suffix}"
    if suffix == ".parquet":
        two_areas().to_parquet(path)
    elif suffix == ".zip":
        zipped(shapefile(tmp_path), path)
    elif suffix == ".shp":
        shapefile(tmp_path)
    else:
        two_areas().to_file(path, driver="GPKG" if suffix == ".gpkg" else "GeoJSON")
    table = load(source(path, "areas"))
    assert names_of(table) == NAMES
    assert table.crs.to_epsg() == 4326
    assert shapely.equals_exact(table.geometry, two_areas().geometry.values, 1e-12, normalize=True).all()
    assert table.rows.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("encoding", "cpg", "ldid", "noted"),
    [
        ("GBK", None, 0, "by trial"),
        ("UTF-8", None, 0, "by trial"),
        ("GBK", "936", 0, None),
        ("GBK", "UTF-8", 0, ".cpg"),
        ("UTF-8", "GBK", 0, None),  # these bytes are text in GBK too: what the file says stands
        ("GBK", "ISO-8859-1", 0, ".cpg"),
        ("GBK", "nonsense", 0, ".cpg"),
        ("GBK", None, 0x4D, None),
        ("GBK", "UTF-8", 0x4D, ".cpg"),
    ],
)
def test_shapefile_text(source, tmp_path, encoding, cpg, ldid, noted):
    table = load(source(shapefile(tmp_path, encoding, cpg=cpg, ldid=ldid), "areas"))
    if (encoding, cpg) != ("UTF-8", "GBK"):
        assert names_of(table) == NAMES
    assert bool(table.notes) == (noted is not None)
    if noted:
        assert noted in " ".join(table.notes)


def test_configured_encoding_wins(source, tmp_path):
    path = shapefile(tmp_path, "UTF-8", cpg="GBK")
    assert names_of(load(source(path, "areas", encoding="utf-8"))) == NAMES
    with pytest.raises(InputError, match=r"not cp950, as configured|not big5"):
        load(source(path, "areas", encoding="cp950"))


def test_text_cut_in_the_middle_of_a_character(source, tmp_path):
    """A DBF field ends where its bytes end."""
    path = shapefile(tmp_path, "UTF-8")
    dbf = path.with_suffix(".dbf")
    text = dbf.read_bytes()
    assert text.count("凤山社区".encode()) == 1
    dbf.write_bytes(text.replace("凤山社区".encode(), "凤山社".encode() + b" \xe5\x8c"))
    table = load(source(path, "areas"))
    assert table.encoding == "utf-8"
    assert names_of(table) == [NAMES[0], "凤山社"]


def test_shapefile_without_attributes(source, tmp_path):
    path = shapefile(tmp_path)
    path.with_suffix(".dbf").unlink()
    with pytest.raises(InputError, match=r"areas\.shp: the Shapefile has no \.dbf"):
        load(source(path, "areas"))


def test_cut_dbf(source, tmp_path):
    path = shapefile(tmp_path)
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes()[:-60])
    with pytest.raises(InputError, match=r"\.dbf is damaged"):
        load(source(path, "areas"))


def test_zip_with_folders_and_strangers(source, tmp_path):
    path = zipped(shapefile(tmp_path), tmp_path / "areas.zip", folder="数据/")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("../../evil.shp.txt", "no")
        archive.writestr("数据/areas.vrt", "<OGRVRTDataSource/>")
        archive.writestr("__MACOSX/areas.shp", "no")
    assert names_of(load(source(path, "areas"))) == NAMES
    assert not (tmp_path.parent / "evil.shp.txt").exists()


def test_zip_with_several_shapefiles(source, tmp_path):
    path = shapefile(tmp_path)
    archive = zipped(path, tmp_path / "areas.zip")
    for part in tmp_path.glob("areas.[spd][hrb]*"):
        part.rename(part.with_stem("other"))
    with zipfile.ZipFile(archive, "a") as out:
        for part in tmp_path.glob("other.*"):
            out.write(part, part.name)
    with pytest.raises(InputError, match=r"areas.shp, other.shp; name one with layer"):
        load(source(archive, "areas"))
    assert names_of(load(source(archive, "areas", layer="other"))) == NAMES


def test_zip_without_a_shapefile(source, tmp_path):
    archive = tmp_path / "areas.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.writestr("areas.vrt", "<OGRVRTDataSource/>")
    with pytest.raises(InputError, match=r"no such Shapefile.*areas\.vrt"):
        load(source(archive, "areas"))


@pytest.mark.parametrize("keep", [0, 10, 400, -30])
def test_truncated_zip(source, tmp_path, keep):
    archive = zipped(shapefile(tmp_path), tmp_path / "areas.zip")
    archive.write_bytes(archive.read_bytes()[:keep])
    with pytest.raises(InputError, match=r"areas\.zip: the archive is damaged"):
        load(source(archive, "areas"))


def test_zip_with_a_spoilt_member(source, tmp_path):
    archive = zipped(shapefile(tmp_path), tmp_path / "areas.zip")
    data = bytearray(archive.read_bytes())
    info = zipfile.ZipFile(archive).getinfo("areas.shp")
    start = info.header_offset + 30 + len(info.filename)
    data[start + 5 : start + 25] = b"\x00" * 20
    archive.write_bytes(data)
    with pytest.raises(InputError, match="archive is damaged"):
        load(source(archive, "areas"))


def test_encrypted_zip(source, tmp_path):
    archive = zipped(shapefile(tmp_path), tmp_path / "areas.zip")
    data = bytearray(archive.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + offset] |= 1
            at = data.find(mark, at + 4)
    archive.write_bytes(data)
    with pytest.raises(InputError, match="encrypted"):
        load(source(archive, "areas"))


def test_zip_bomb(source, tmp_path):
    archive = tmp_path / "areas.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("areas.shp", b"\x00" * (64 << 20))
    with pytest.raises(InputError, match="unreasonable size"):
        load(source(archive, "areas"))


VRT = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>{}</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".json", ".shp", ".parquet", ".xlsx"])
@pytest.mark.parametrize("text", [VRT, '{{"type": "gdal_streamed_alg", "command_line": "gdal vector read {}"}}'])
def test_a_file_that_names_another_is_not_followed(source, tmp_path, suffix, text):
    secret = tmp_path / "secret.geojson"
    two_areas().to_file(secret)
    path = tmp_path / f"areas{suffix}"
    path.write_text(text.format(secret))
    with pytest.raises(InputError) as caught:
        load(source(path, "areas"))
    assert NAMES[0] not in caught.value.line()


@pytest.mark.parametrize(
    "path", ["/vsicurl/http://localhost/a.gpkg", "/vsizip/areas.zip/a.gpkg", "http://localhost/a.gpkg"]
)
def test_virtual_paths_are_no_files(source, tmp_path, path):
    from geo_grid.config import Source

    with pytest.raises(InputError, match="no such file"):
        load(Source("areas", "areas", path))


@pytest.mark.parametrize("suffix", [".vrt", ".xls", ".kml", ".txt", ""])
def test_other_suffixes_are_refused(source, tmp_path, suffix):
    path = tmp_path / f"areas{suffix}"
    path.write_text("x")
    with pytest.raises(InputError, match="are not read"):
        load(source(path, "areas"))


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".parquet", ".shp"])
@pytest.mark.parametrize("keep", [0, 20, 200])
def test_damaged_files(source, tmp_path, suffix, keep):
    path = tmp_path / f"areas{suffix}"
    if suffix == ".parquet":
        two_areas().to_parquet(path)
    elif suffix == ".shp":
        shapefile(tmp_path)
    else:
        two_areas().to_file(path)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(InputError, match=rf"areas\{suffix}: the file is"):
        load(source(path, "areas"))


def test_layers_must_be_named(source, tmp_path):
    path = tmp_path / "city.gpkg"
    two_areas().to_file(path, layer="a")
    two_areas().to_file(path, layer="b")
    with pytest.raises(InputError, match=r"several layers. Name one with layer: a, b"):
        load(source(path, "areas"))
    with pytest.raises(InputError, match=r"no layer 'c'. It has: a, b"):
        load(source(path, "areas", layer="c"))
    assert len(load(source(path, "areas", layer="b"))) == 2


def test_styles_are_no_layer(source, tmp_path):
    path = tmp_path / "city.gpkg"
    two_areas().to_file(path, layer="a")
    pyogrio.write_dataframe(pd.DataFrame({"name": ["x"]}), path, layer="layer_styles", append=True)
    assert len(load(source(path, "areas"))) == 2


def test_geojson_in_gbk(source, tmp_path):
    path = tmp_path / "areas.geojson"
    two_areas().to_file(path)
    path.write_bytes(path.read_text("utf-8").encode("gbk"))
    table = load(source(path, "areas"))
    assert names_of(table) == NAMES
    assert "GB18030" in table.notes[0]


def test_third_dimension_is_dropped(source, tmp_path):
    path = tmp_path / "areas.gpkg"
    areas = two_areas()
    areas.geometry = shapely.force_3d(areas.geometry.values, 9.0)
    areas.to_file(path)
    assert not shapely.has_z(load(source(path, "areas")).geometry).any()


def test_plain_parquet(source, tmp_path):
    path = tmp_path / "h.parquet"
    pd.DataFrame({"id": [1, 2], "lon": [111.0, 111.1], "lat": [37.0, 37.1]}).to_parquet(path)
    table = load(source(path))
    assert table.geometry is None
    assert list(text_of(table.frame["id"])) == ["1", "2"]


def test_wkt_column(source, tmp_path):
    path = tmp_path / "areas.csv"
    pd.DataFrame(
        two_areas().assign(wkt=two_areas().to_wkt(rounding_precision=17)["geometry"]).drop(columns="geometry")
    ).to_csv(path)
    table = load(source(path, "areas", crs="EPSG:4490"))
    assert table.crs.to_epsg() == 4490
    assert shapely.equals(table.geometry, two_areas().geometry.values).all()


def test_configured_crs_is_noted_where_the_file_says_another(source, tmp_path):
    path = tmp_path / "areas.gpkg"
    two_areas().to_file(path)
    assert "China Geodetic" in load(source(path, "areas", crs="EPSG:4490")).notes[0]
    assert load(source(path, "areas", crs="EPSG:4326")).notes == []
    with pytest.raises(InputError, match="'EPSG:0'"):
        load(source(path, "areas", crs="EPSG:0"))


def test_where(source, tmp_path):
    path = tmp_path / "areas.gpkg"
    two_areas().to_file(path)
    table = load(source(path, "areas", where="kind = 'urban'"))
    assert names_of(table) == [NAMES[1]]
    assert table.rows.tolist() == [2]


def test_geopackage_of_another_make(source, tmp_path):
    """A SQLite file that is no GeoPackage."""
    path = tmp_path / "areas.gpkg"
    with sqlite3.connect(path) as db:
        db.execute("CREATE TABLE x (a)")
    db.close()
    with pytest.raises(InputError, match=r"areas\.gpkg: the file is damaged"):
        load(source(path, "areas"))


def test_broken_geometry_blob(source, tmp_path):
    """A GeoPackage whose geometry is garbage gives rows without geometry, or is refused as damaged."""
    path = tmp_path / "areas.gpkg"
    two_areas().to_file(path)
    with sqlite3.connect(path) as db:
        for name in db.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            db.execute(f'DROP TRIGGER "{name[0]}"')
        head = b"GP\x00\x01" + struct.pack("<i", 4326)
        db.execute("UPDATE areas SET geom = ? WHERE fid = 1", [head + b"\x01\x03\x00\x00\x00\xff\xff\xff\xff"])
    db.close()
    try:
        table = load(source(path, "areas"))
    except InputError as error:
        assert "damaged" in error.line()  # noqa: PT017 - either answer is right
    else:
        assert shapely.is_missing(table.geometry).tolist() == [True, False]


def test_raw_rows_are_json(source, tmp_path):
    path = tmp_path / "areas.gpkg"
    two_areas().assign(text='a"b\nc').to_file(path)
    table = load(source(path, "areas"))
    raw = [json.loads(text) for text in table.raw(table.rows - 1)]
    assert [row["name"] for row in raw] == NAMES
    assert raw[0]["text"] == 'a"b\nc'
    assert raw[0]["geometry"].startswith("POLYGON")


def test_geoparquet_without_crs(source, tmp_path):
    path = tmp_path / "areas.parquet"
    gpd.GeoDataFrame(two_areas()).set_crs(None, allow_override=True).to_parquet(path)
    assert load(source(path, "areas")).crs is None


def test_nested_attributes_are_text(source, tmp_path):
    path = tmp_path / "areas.geojson"
    two_areas().to_file(path)
    data = json.loads(path.read_text("utf-8"))
    data["features"][0]["properties"]["tags"] = ["a", {"b": 1}]
    path.write_text(json.dumps(data), encoding="utf-8")
    table = load(source(path, "areas"))
    assert table.text("tags")[1] is None
    assert "'b'" in table.text("tags")[0] or '"b"' in table.text("tags")[0]


FORMATS = {
    "areas.gpkg": "areas.gpkg",
    "areas.geojson": "areas.geojson",
    "areas.parquet": "areas.parquet",
    "areas.zip": "areas.zip",
    "areas.shp": "areas.shp",
    "areas.shx": "areas.shp",
    "areas.dbf": "areas.shp",
    "areas.prj": "areas.shp",
    "areas.cpg": "areas.shp",
    "households.xlsx": "households.xlsx",
    "households.csv": "households.csv",
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """All files of one city in all formats."""
    city = City(tmp_path_factory.mktemp("sound"))
    city.households = city.households.iloc[::60].assign(note='备注 "x"')
    city.write()
    city.areas.to_file(city.folder / "areas.geojson")
    city.areas.to_parquet(city.folder / "areas.parquet")
    city.areas.to_file(city.folder / "areas.shp", encoding="GBK")
    zipped(city.folder / "areas.shp", city.folder / "areas.zip")
    city.households.to_excel(city.folder / "households.xlsx", index=False)
    return city, {name: (city.folder / name).read_bytes() for name in FORMATS}


@settings(deadline=None, max_examples=150)
@given(st.sampled_from(sorted(FORMATS)), st.integers(0, 2**32 - 1), st.sampled_from(["cut", "head", "body", "gap"]))
def test_no_damage_gets_through_as_a_crash(sound, name, seed, how):
    """Files damaged anyhow are read, or refused in one line."""
    city, files = sound
    rng = np.random.default_rng(seed)
    data = bytearray(files[name])
    if how == "cut":
        del data[rng.integers(len(data)) :]
    elif how == "gap":
        low, high = sorted(rng.integers(0, len(data), 2))
        del data[low:high]
    else:
        end = len(data) if how == "body" else min(len(data), 2000)
        for at in rng.integers(0, end, rng.integers(1, 40)):
            data[at] = rng.integers(256)
    (city.folder / name).write_bytes(data)
    role = name.split(".")[0]
    try:
        config = load_config(city.write_toml(**{role: FORMATS[name]}))
        assert inspect_city(config).lines()
        with contextlib.suppress(GeoGridError):
            read_city(config)
    finally:
        (city.folder / name).write_bytes(files[name])
