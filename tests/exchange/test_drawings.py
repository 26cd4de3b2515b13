"""Grids drawn by hand: each household gets the grid whose polygon holds it, and what is amiss is said with its place."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from areas_at_hand import accounted, area_of, leaves
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import CRS, ORIGIN, SIDE, URBAN_1, URBAN_2, VILLAGE, tiny_plan

from geo_grid.errors import InputError, UsageError
from geo_grid.exchange.drawings import read_polygons
from geo_grid.exchange.exports import write_export
from geo_grid.read.datum import from_wgs84

if TYPE_CHECKING:
    from pathlib import Path

    from geo_grid.exchange.assignment import Assignment
    from geo_grid.model import Plan

HALVES = [f"{URBAN_1}001", f"{URBAN_1}002"]


@pytest.fixture
def urban(plan: Plan) -> Plan:
    return area_of(plan, URBAN_1)


@pytest.fixture
def village(plan: Plan) -> Plan:
    return area_of(plan, VILLAGE)


def box(x: float, y: float, x2: float, y2: float) -> Any:
    """A rectangle in squares of the plan."""
    return shapely.box(ORIGIN[0] + SIDE * x, ORIGIN[1] + SIDE * y, ORIGIN[0] + SIDE * x2, ORIGIN[1] + SIDE * y2)


def drawn(folder: Path, shapes: Any, file: str = "grids.gpkg", *, crs: str | None = CRS, **columns: Any) -> Path:
    path = folder / file
    gpd.GeoDataFrame(columns, geometry=list(shapes), crs=crs).to_file(path)
    return path


def reasons(found: Assignment) -> dict[int, str]:
    return dict(zip(found.errors["row"], found.errors["reason"], strict=True))


def refused(plan: Plan, path: Path, *words: str, **options: Any) -> None:
    with pytest.raises(InputError) as caught:
        read_polygons(plan, [path], **options)
    line = caught.value.line()
    assert path.name in line
    assert "inputs" not in line  # there is no configuration to be mended
    for word in words:
        assert word in line


FILES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("gpkg", {}, {"layer": "grids_l{n}"}),
    ("gpkg", {"datum": "CGCS2000"}, {"layer": "grids_l{n}"}),
    ("shp", {}, {"layer": "grids_l{n}"}),
    ("geojson", {}, {}),
    ("geojson", {"datum": "GCJ02"}, {"datum": "GCJ02"}),
    ("geojson", {"datum": "BD09"}, {"datum": "BD09"}),
]


@pytest.mark.parametrize("code", [URBAN_1, URBAN_2, VILLAGE])
@pytest.mark.parametrize(("kind", "out", "back"), FILES)
def test_what_is_exported_comes_back(
    tmp_path: Path, plan: Plan, code: str, kind: str, out: dict[str, Any], back: dict[str, Any]
) -> None:
    """A building that is cut by floors is at one point; its slices of the map say which floors are whose."""
    area = area_of(plan, code)
    whole = area_of(plan, code)
    whole.tables |= {name: plan[name].iloc[:0] for name in ("exceptions", "elements", "element_shares")}
    path = tmp_path / {"gpkg": "a.gpkg", "shp": "a.zip", "geojson": "a.geojson"}[kind]
    write_export(whole, kind, path, **out)
    finest = 2 if code == VILLAGE else 3
    options = {key: value.format(n=finest) for key, value in back.items()}
    found = accounted(area, read_polygons(area, [path], **options))
    own = {id_: key for id_, key in found.labels.items() if id_.startswith("h")}
    assert own == leaves(area)
    assert (len(found.errors), len(found.filled), found.names) == (0, 0, {})
    parents = area["grids"].set_index("code")["parent_code"]
    assert all(parents[grid] == parent for grid, parent in found.parents.items())
    units = area["units"].set_index("id")
    for unit in set(found.labels) - set(own):
        assert found.labels[unit] == units.loc[unit, f"grid_code_l{finest}"]


def test_buildings_are_not_torn_by_a_rough_hand(tmp_path: Path, urban: Plan) -> None:
    """Where a drawing does not follow the slices, a building stays together, at its point."""
    households = urban["households"]
    house = households["building"] == "1号楼"
    middle = box(0.6, 0.4, 0.8, 0.6).centroid
    households.loc[house, "geom"] = middle
    path = drawn(tmp_path, [box(0, 0, 1.4, 4), box(1.4, 0, 14, 4)], name=["甲", "乙"])
    found = accounted(urban, read_polygons(urban, [path]))
    assert {found.names[found.labels[id_]] for id_ in households[house]["id"]} == {"甲"}


def test_names_and_fitting_codes_are_kept(tmp_path: Path, urban: Plan) -> None:
    shapes = [box(x, 0, x + 2, 4) for x in range(0, 10, 2)]
    codes = [f"{URBAN_1}0010101", f"{URBAN_1}0010299", "A-7", f"{URBAN_2}0010101", None]
    path = drawn(tmp_path, shapes, 网格编码=codes, 网格名称=["东", "南", "西", "北", None])
    found = accounted(urban, read_polygons(urban, [path]))
    keys = [found.labels[id_] for id_ in _one_in_each(urban, shapes)]
    assert keys[:2] == codes[:2]
    assert not {"A-7", codes[3]} & set(keys)
    assert len(set(keys)) == 5
    assert [found.names[key] for key in keys[:4]] == ["东", "南", "西", "北"]
    assert "grids.gpkg 5" in found.names[keys[4]]


def _one_in_each(plan: Plan, shapes: list[Any]) -> list[str]:
    points = plan["households"]["geom"].to_numpy()
    return [plan["households"]["id"].iloc[int(np.flatnonzero(shapely.contains(shape, points))[0])] for shape in shapes]


def test_parts_of_one_grid(tmp_path: Path, urban: Plan) -> None:
    path = drawn(tmp_path, [box(0, 0, 3, 4), box(3, 0, 7, 4), box(7, 0, 14, 4)], name=["甲", "乙", "甲"])
    found = accounted(urban, read_polygons(urban, [path]))
    assert (found.read, found.placed, len(set(found.labels.values()))) == (3, 3, 2)


@pytest.mark.parametrize("rule", ["report", "nearer"])
def test_overlaps(tmp_path: Path, urban: Plan, rule: Any) -> None:
    path = drawn(tmp_path, [box(0, 0, 6, 4), box(5, 0, 10, 4)], name=["甲", "乙"])
    found = accounted(urban, read_polygons(urban, [path], overlaps=rule))
    names = {id_: found.names[key] for id_, key in found.labels.items() if id_.startswith("h")}
    points = urban["households"].set_index("id")["geom"]
    shared = {id_ for id_ in points.index if shapely.contains(box(5, 0, 6, 4), points[id_])}
    assert len(shared) == 60
    assert any("rows 1 and 2 overlap by 40,000 m²" in remark for remark in found.remarks)
    if rule == "report":
        assert set(found.filled["household"]) == shared
        assert found.filled["reason"].str.startswith("it lies in 2 polygons: ").all()
    else:
        assert not len(found.filled)
        assert {names[id_] for id_ in shared} == {"乙"}  # 5.5 is 2.5 from 3, and 2 from 7.5
    with pytest.raises(UsageError, match="larger"):
        read_polygons(urban, [path], overlaps="larger")  # type: ignore[arg-type]


def test_gaps(tmp_path: Path, urban: Plan) -> None:
    path = drawn(tmp_path, [box(0, 0, 4, 4), box(5, 0, 10, 4)], name=["甲", "乙"])
    found = accounted(urban, read_polygons(urban, [path]))
    assert len(found.filled) == 60
    assert set(found.filled["reason"]) == {"it lies in no polygon"}
    assert any("covers 40,000 m² at 111.1" in remark for remark in found.remarks)


def test_bad_polygons_are_listed_and_not_repaired(tmp_path: Path, urban: Plan) -> None:
    bow = shapely.Polygon([*box(0, 0, 2, 2).exterior.coords[:1], *box(0, 0, 2, 2).exterior.coords[2:3],
                           *box(0, 0, 2, 2).exterior.coords[1:2], *box(0, 0, 2, 2).exterior.coords[3:4]])  # fmt: skip
    shapes = [box(0, 0, 10, 4), bow, None, shapely.Point(ORIGIN), box(40, 40, 41, 41), box(12, -2, 14, -1)]
    frame = gpd.GeoDataFrame({"name": list("甲乙丙丁戊己")}, geometry=shapes, crs=CRS)
    path = tmp_path / "grids.geojson"
    frame.to_crs("EPSG:4326").to_file(path)
    found = accounted(urban, read_polygons(urban, [path]))
    said = reasons(found)
    assert found.placed == 1
    assert "invalid: Self-intersection" in said[2]
    place = found.errors.set_index("row").loc[2, ["x", "y"]].tolist()
    middle = gpd.GeoSeries([box(0, 0, 2, 2).centroid], crs=CRS).to_crs("EPSG:4326").iloc[0]
    assert place == pytest.approx([middle.x, middle.y], abs=1e-6)
    assert "no geometry" in said[3]
    assert "a Point, not a polygon" in said[4]
    assert "outside area" in said[5]
    assert "no household" in said[6]


def test_levels_in_one_file(tmp_path: Path, urban: Plan) -> None:
    fine = [box(x, y, x + 1, y + 2) for x in range(10) for y in (0, 2)]
    shapes = [box(0, 0, 5, 4), box(5, 0, 10, 4), *fine]
    levels = ["一级", "1级网格", *["3"] * len(fine)]
    names = ["西片", "东片", *(f"组{i}" for i in range(len(fine)))]
    parents = [None, None, *[None] * len(fine)]
    path = drawn(tmp_path, shapes, 级别=levels, 网格名称=names, 上级网格=parents)
    found = accounted(urban, read_polygons(urban, [path]))
    assert found.level == 3
    assert any("does not say those of level 2" in remark for remark in found.remarks)
    path = drawn(tmp_path, shapes, "two.gpkg", 级别=[level.replace("3", "2") for level in levels], 网格名称=names)
    found = accounted(urban, read_polygons(urban, [path]))
    assert found.level == 2
    tops = {}
    for id_, leaf in found.labels.items():
        second = found.parents[leaf]
        tops[id_] = (found.names[second], found.names[found.parents[second]])
    points = urban["households"].set_index("id")["geom"]
    for id_, (_, top) in tops.items():
        assert top == ("西片" if points[id_].x < ORIGIN[0] + 5 * SIDE else "东片")


def test_a_file_a_level(tmp_path: Path, urban: Plan) -> None:
    paths = []
    for level in (3, 1, 2):
        grids = urban["grids"][urban["grids"]["level"] == level]
        paths.append(drawn(tmp_path, grids["geom"], f"{level}.gpkg", 名称=[f"{level}-{i}" for i in range(len(grids))]))
    found = accounted(urban, read_polygons(urban, paths))
    assert found.level == 3
    for leaf in set(found.labels.values()):
        second = found.parents[leaf]
        assert found.names[second].startswith("2-")
        assert found.names[found.parents[second]].startswith("1-")
    with pytest.raises(InputError, match="级别"):
        read_polygons(urban, paths[:2])
    for level in (2, 3):  # codes tell the level as well
        grids = urban["grids"][urban["grids"]["level"] == level]
        drawn(tmp_path, grids["geom"], f"{level}.gpkg", code=grids["code"])
    found = accounted(urban, read_polygons(urban, [tmp_path / "3.gpkg", tmp_path / "2.gpkg"]))
    assert {id_: leaf for id_, leaf in found.labels.items() if id_.startswith("h")} == leaves(urban)


def test_two_files_of_one_name(tmp_path: Path, urban: Plan) -> None:
    for folder, shape, name in (("a", box(0, 0, 5, 4), "东"), ("b", box(5, 0, 10, 4), "西")):
        (tmp_path / folder).mkdir()
        drawn(tmp_path / folder, [shape, box(40, 40, 41, 41)], level=[3, 3], name=[name, "远"])
    found = accounted(urban, read_polygons(urban, [tmp_path / "a/grids.gpkg", tmp_path / "b/grids.gpkg"]))
    assert (found.read, found.placed) == (4, 2)
    assert found.errors["file"].tolist() == ["grids.gpkg", "grids.gpkg (2)"]


def test_a_named_parent_counts_for_more_than_its_place(tmp_path: Path, urban: Plan) -> None:
    shapes = [box(0, 0, 5, 4), box(5, 0, 10, 4), box(0, 0, 4, 4), box(4, 0, 6, 4), box(6, 0, 10, 4)]
    path = drawn(
        tmp_path, shapes, level=[1, 1, 2, 2, 2], name=["西", "东", "a", "b", "c"], parent=[None, None, "西", "东", "东"]
    )
    found = accounted(urban, read_polygons(urban, [path]))
    tops = {found.names[key]: found.names.get(top) for key, top in found.parents.items() if key in found.names}
    assert tops["b"] == "东"


def test_given_groups_stay(tmp_path: Path, village: Plan) -> None:
    one = village["grids"][village["grids"]["level"] == 1]
    path = drawn(tmp_path, one["geom"], level=[1] * len(one), name=one["name"])
    refused(village, path, "villager groups")
    path = drawn(tmp_path, [box(0, 4, 10, 7)], "all.gpkg", name=["全村"])
    found = accounted(village, read_polygons(village, [path]))
    group = village["units"].set_index("id")["grid_code_l1"]
    of = dict(zip(village["households"]["id"], group[village["households"]["unit_id"]], strict=True))
    for id_, leaf in found.labels.items():
        if id_ in of:
            assert found.parents[leaf] == of[id_]
    assert "villager group is given" in found.filled["reason"].iloc[0]
    assert set(found.filled["source"]) == {"present"}


def test_datum_is_undone(tmp_path: Path, urban: Plan) -> None:
    grids = urban["grids"][urban["grids"]["level"] == 3].to_crs("EPSG:4326")

    def shift(places: np.ndarray) -> np.ndarray:
        return np.column_stack(from_wgs84(places[:, 0], places[:, 1], "GCJ02"))

    path = drawn(tmp_path, shapely.transform(grids["geom"].to_numpy(), shift), crs="EPSG:4326", code=grids["code"])
    assert accounted(urban, read_polygons(urban, [path], datum="GCJ02")).decided == 600
    try:
        wrong = read_polygons(urban, [path]).decided
    except InputError:
        wrong = 0
    assert wrong < 600  # half a kilometre aside


def test_gbk_shapefile_in_an_archive(tmp_path: Path, urban: Plan) -> None:
    frame = gpd.GeoDataFrame({"网格名称": ["凤山东", "凤山西"]}, geometry=[box(0, 0, 5, 4), box(5, 0, 10, 4)], crs=CRS)
    frame.to_file(tmp_path / "g.shp", encoding="GBK")
    (tmp_path / "g.cpg").unlink()
    with zipfile.ZipFile(tmp_path / "g.zip", "w") as archive:
        for part in tmp_path.glob("g.*"):
            if part.suffix != ".zip":
                archive.write(part, part.name)
    found = accounted(urban, read_polygons(urban, [tmp_path / "g.zip"]))
    assert set(found.names.values()) == {"凤山东", "凤山西"}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_other_formats(tmp_path: Path, urban: Plan, suffix: str) -> None:
    frame = gpd.GeoDataFrame({"网格名称": ["东", "西"]}, geometry=[box(0, 0, 5, 4), box(5, 0, 10, 4)], crs=CRS)
    path = tmp_path / f"grids{suffix}"
    if suffix == ".parquet":
        frame.to_parquet(path)
    else:
        plain = pd.DataFrame({"网格名称": frame["网格名称"], "WKT": frame.geometry.to_wkt()})
        plain.to_csv(path, index=False) if suffix == ".csv" else plain.to_excel(path, index=False)
        refused(urban, path, "coordinate system")
    found = accounted(urban, read_polygons(urban, [path], crs=CRS))
    assert set(found.names.values()) == {"东", "西"}
    assert found.decided == 600


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson", ".zip", ".parquet"])
def test_damage_is_said_and_not_a_crash(tmp_path: Path, plan: Plan, suffix: str) -> None:
    """Bytes overturned anywhere: the file is refused in one line, or every row and household is accounted for."""
    area = area_of(plan, URBAN_1)
    path = tmp_path / f"grids{suffix}"
    frame = area["grids"][area["grids"]["level"] == 3][["code", "name", "geom"]]
    if suffix == ".zip":
        frame.to_file(tmp_path / "grids.shp")
        with zipfile.ZipFile(path, "w") as archive:
            for part in tmp_path.glob("grids.*"):
                if part != path:
                    archive.write(part, part.name)
    elif suffix == ".parquet":
        frame.to_parquet(path)
    else:
        frame.to_file(path)
    whole = path.read_bytes()
    random = np.random.default_rng(7)
    for _ in range(12):
        data = bytearray(whole)
        for at in random.integers(0, len(data), 8):
            data[at] ^= int(random.integers(1, 256))
        path.write_bytes(data[: int(random.integers(len(data) // 2, len(data) + 1))])
        try:
            found = read_polygons(area, [path])
        except InputError as error:
            assert path.name in error.line()  # noqa: PT017
        else:
            accounted(area, found)


def test_hostile_files(tmp_path: Path, urban: Plan) -> None:
    with zipfile.ZipFile(tmp_path / "vrt.zip", "w") as archive:
        archive.writestr("grids.vrt", "<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>")
    refused(urban, tmp_path / "vrt.zip", "no such Shapefile")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("grids.shp", b"\x00" * (64 << 20))
    refused(urban, tmp_path / "bomb.zip", "unreasonable size")
    (tmp_path / "a.kml").write_text("<kml/>")
    refused(urban, tmp_path / "a.kml", ".kml are not read")
    (tmp_path / "a.geojson").write_text("[1, 2")
    refused(urban, tmp_path / "a.geojson", "no GeoJSON")
    (tmp_path / "a.gpkg").write_bytes(b"not a database")
    refused(urban, tmp_path / "a.gpkg", "no GeoPackage")
    (tmp_path / "a.csv").write_text("name\nx\n")
    refused(urban, tmp_path / "a.csv", "no geometry")
    refused(urban, tmp_path / "gone.gpkg", "no such file", "Check the path.")
    refused(urban, drawn(tmp_path, [], "empty.gpkg", name=[]), "no polygons")
    with pytest.warns(UserWarning, match="crs"):
        nowhere = drawn(tmp_path, [box(0, 0, 10, 4)], "nowhere.gpkg", crs=None)
    refused(urban, nowhere, "coordinate system", "Name its coordinate system with crs")
    refused(urban, drawn(tmp_path, [box(0, 0, 10, 4)], "wrong.gpkg", crs="EPSG:32631"), "outside area")
    refused(urban, drawn(tmp_path, [box(0, 0, 10, 4)], "levels.gpkg", level=["9"]), "level '9'")


def test_coordinates_that_are_no_numbers(tmp_path: Path, urban: Plan) -> None:
    endless = shapely.from_wkt("POLYGON ((0 0, 1 0, inf 1, 0 0))")
    path = drawn(tmp_path, [endless, box(0, 0, 10, 4)], name=["a", "b"])
    found = accounted(urban, read_polygons(urban, [path]))
    assert list(reasons(found)) == [1]
    assert "finite" in reasons(found)[1]


def test_too_much_is_refused(tmp_path: Path, urban: Plan, monkeypatch: pytest.MonkeyPatch) -> None:
    from geo_grid.exchange import drawings

    monkeypatch.setattr(drawings, "MOST_POLYGONS", 2)
    refused(urban, drawn(tmp_path, [box(0, 0, 10, 4)] * 3), "more than 2 polygons")


URBAN, RURAL = area_of(tiny_plan(), URBAN_1), area_of(tiny_plan(), VILLAGE)


@st.composite
def drawings(draw: Any) -> list[tuple[float, float, float, float, str | None, str | None]]:
    """Rectangles anywhere near an area, with names and codes or without."""
    corner = st.integers(-1, 11)
    name = st.sampled_from([None, "甲", "乙", "丙", "凤山社区第0010101网格", "三组"])
    code = st.sampled_from([None, f"{URBAN_1}0010101", f"{URBAN_1}001", f"{VILLAGE}00101", "x"])
    return draw(
        st.lists(st.tuples(corner, corner, st.integers(0, 8), st.integers(0, 8), name, code), min_size=1, max_size=8)
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawings(), st.booleans(), st.booleans())
def test_placed_and_errors_are_what_was_read(tmp_path: Path, boxes: Any, rural: bool, nearer: bool) -> None:
    area = RURAL if rural else URBAN
    shapes = [box(x, y, x + wide, y + high) for x, y, wide, high, _, _ in boxes]
    path = drawn(tmp_path, shapes, name=[item[4] for item in boxes], code=[item[5] for item in boxes])
    try:
        found = read_polygons(area, [path], overlaps="nearer" if nearer else "report", level=2 if rural else 3)
    except InputError:  # no polygon is any good; what it says is tested above
        return
    assert found.read == len(boxes)
    accounted(area, found)
    if nearer or rural:
        return
    # what was not said is not guessed: who lies in no polygon, or in two grids, is listed
    points = area["households"]["geom"].to_numpy()
    valid = [shape for shape in shapes if shape.area > 0]
    inside = np.sum([shapely.contains(shape, points) for shape in valid], axis=0)
    alone = set(area["households"]["id"][inside == 1])
    none = set(area["households"]["id"][inside == 0])
    assert none <= set(found.filled["household"]) <= set(area["households"]["id"]) - alone
