"""Assignment lists: every row is placed or an error, every household gets a grid, and nothing is guessed in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from areas_at_hand import accounted, area_of, leaves
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plans import URBAN_1, URBAN_2, VILLAGE, tiny_plan

from geo_grid.errors import InputError
from geo_grid.exchange.exports import write_export
from geo_grid.exchange.lists import read_assignment

if TYPE_CHECKING:
    from pathlib import Path

    from geo_grid.exchange.assignment import Assignment
    from geo_grid.model import Plan


@pytest.fixture
def urban(plan: Plan) -> Plan:
    return area_of(plan, URBAN_1)


@pytest.fixture
def village(plan: Plan) -> Plan:
    return area_of(plan, VILLAGE)


def listed(folder: Path, rows: Any, name: str = "list.csv", **options: Any) -> Path:
    """Write a list; rows are a frame, or records."""
    path = folder / name
    pd.DataFrame(rows).to_csv(path, index=False, **options)
    return path


def whole(plan: Plan) -> pd.DataFrame:
    """The list of an area as it is."""
    found = leaves(plan)
    return pd.DataFrame({"户编号": list(found), "网格编码": list(found.values())})


def refused(plan: Plan, path: Path, *words: str, **options: Any) -> None:
    with pytest.raises(InputError) as caught:
        read_assignment(plan, path, **options)
    line = caught.value.line()
    assert path.name in line
    assert "inputs" not in line  # there is no configuration to be mended
    for word in words:
        assert word in line


def reasons(found: Assignment) -> dict[int, str]:
    return dict(zip(found.errors["row"], found.errors["reason"], strict=True))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("code", [URBAN_1, URBAN_2, VILLAGE])
def test_what_is_exported_comes_back(tmp_path: Path, plan: Plan, code: str, lang: str) -> None:
    area = area_of(plan, code)
    write_export(area, "csv", tmp_path / "list.csv", lang=lang)
    found = accounted(area, read_assignment(area, tmp_path / "list.csv"))
    assert found.labels == leaves(area)
    assert (len(found.errors), len(found.filled)) == (0, 0)
    parents = area["grids"].set_index("code")["parent_code"]
    assert found.parents
    assert all(parents[grid] == parent for grid, parent in found.parents.items())


def test_a_list_of_the_whole_city_counts_the_rows_of_others_as_errors(tmp_path: Path, plan: Plan) -> None:
    area = area_of(plan, URBAN_2)
    write_export(plan, "csv", tmp_path / "list.csv")
    found = accounted(area, read_assignment(area, tmp_path / "list.csv"))
    assert found.labels == leaves(area)
    assert found.placed == 510
    assert set(found.errors["reason"]) == {f"the row is of area {URBAN_1}", f"the row is of area {VILLAGE}"}
    assert len([line for line in found.lines() if line.startswith("error")]) == 2  # rows of one reason stand together


@pytest.mark.parametrize(
    ("id_", "grid"),
    [
        ("户编号", "网格编码"),
        ("户号", "三级网格"),
        ("住户编号", "3级网格编码"),
        ("household_id", "grid"),
        ("Household ID", "Grid Code"),
        ("id", "level 3 grid"),
    ],
)
def test_columns_are_known_by_their_names(tmp_path: Path, urban: Plan, id_: str, grid: str) -> None:
    path = listed(tmp_path, whole(urban).set_axis([id_, grid], axis=1))
    assert accounted(urban, read_assignment(urban, path)).labels == leaves(urban)


@pytest.mark.parametrize(
    ("name", "encoding", "separator"),
    [
        ("a.csv", "utf-8", ","),
        ("a.csv", "utf-8-sig", ";"),
        ("a.csv", "gb18030", ","),
        ("a.csv", "utf-16", ","),
        ("a.tsv", "gbk", "\t"),
    ],
)
def test_encodings_and_delimiters(tmp_path: Path, urban: Plan, name: str, encoding: str, separator: str) -> None:
    frame = whole(urban)
    frame["网格编码"] = urban["grids"].set_index("code").loc[frame["网格编码"], "name"].to_numpy()
    path = listed(tmp_path, frame, name, encoding=encoding, sep=separator)
    assert accounted(urban, read_assignment(urban, path)).labels == leaves(urban)


def test_a_workbook_with_a_title_is_read(tmp_path: Path, urban: Plan) -> None:
    book = openpyxl.Workbook()
    book.active.append(["网格归属一览表"])
    book.active.append(["户编号", "网格编码"])
    for row in whole(urban).itertuples(index=False):
        book.active.append(list(row))
    book.save(tmp_path / "list.xlsx")
    assert accounted(urban, read_assignment(urban, tmp_path / "list.xlsx")).labels == leaves(urban)


BAD_ROWS = [
    ("nobody", None, "none in this area has this id"),
    ("h0601", None, "none in this area has this id"),  # of another area
    ("", None, "names no household"),
    (None, "", "names no grid"),
    (None, f"{URBAN_2}0010101", f"is no code of area {URBAN_1}"),
    (None, f"{URBAN_1}001", "is a grid of level 1"),
    (None, f"{URBAN_1}00909", "code of a grid of level 2"),
    (None, "1.411029E+18", "turned into a number"),
    (None, "1411029010010010000", "keep codes as text"),
    (None, f"{URBAN_1}99999999", "not what codes of level 3 look like"),
    (None, "甲" * 200, "no name of a grid"),
    (None, "凤山社区第00101网格", "is a grid of level 2"),
]


@pytest.mark.parametrize(("household", "grid", "said"), BAD_ROWS)
def test_a_bad_row_is_an_error_and_its_household_follows_its_neighbours(
    tmp_path: Path, urban: Plan, household: str | None, grid: str | None, said: str
) -> None:
    frame = whole(urban)
    lost = frame.loc[5, "户编号"]
    frame.loc[5] = [lost if household is None else household, frame.loc[5, "网格编码"] if grid is None else grid]
    found = accounted(urban, read_assignment(urban, listed(tmp_path, frame)))
    assert list(reasons(found)) == [6]
    assert said in reasons(found)[6]
    assert found.filled["household"].tolist() == [lost]
    assert found.filled["source"].tolist() == ["building"]
    assert found.labels == leaves(urban)


def test_rows_of_a_wrong_length_are_errors_too(tmp_path: Path, urban: Plan) -> None:
    path = listed(tmp_path, whole(urban))
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[3] += ",and more"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = accounted(urban, read_assignment(urban, path))
    assert list(reasons(found)) == [3]


def test_a_household_in_two_grids_is_in_neither(tmp_path: Path, urban: Plan) -> None:
    frame = whole(urban)
    other = frame["网格编码"].iloc[-1]
    frame = pd.concat([frame, pd.DataFrame({"户编号": [frame.loc[0, "户编号"]], "网格编码": [other]})])
    found = accounted(urban, read_assignment(urban, listed(tmp_path, frame)))
    assert set(reasons(found)) == {1, 601}
    assert all("several grids, in rows 1, 601" in reason for reason in reasons(found).values())
    assert found.labels == leaves(urban)  # it follows its building


def test_a_household_named_twice_alike_is_no_fault(tmp_path: Path, urban: Plan) -> None:
    frame = pd.concat([whole(urban), whole(urban).head(3)])
    found = accounted(urban, read_assignment(urban, listed(tmp_path, frame)))
    assert (found.read, found.placed, found.decided) == (603, 603, 600)


def test_buildings_floors_and_single_households(tmp_path: Path, urban: Plan) -> None:
    """A row for a building, one for some of its floors, one for one household: the exactest counts."""
    grids = sorted(set(leaves(urban).values()))
    rows = [
        {"楼栋": "1栋", "楼层": "", "户编号": "", "网格编码": grids[0]},
        {"楼栋": "1号楼", "楼层": "4-6层", "户编号": "", "网格编码": grids[1]},
        {"楼栋": "", "楼层": "", "户编号": "h0001", "网格编码": grids[2]},
        {"楼栋": "99号楼", "楼层": "", "户编号": "", "网格编码": grids[2]},
        {"楼栋": "1号楼", "楼层": "60", "户编号": "", "网格编码": grids[2]},
        {"楼栋": "1号楼", "楼层": "upper", "户编号": "", "网格编码": grids[2]},
    ]
    found = accounted(urban, read_assignment(urban, listed(tmp_path, rows)))
    assert set(reasons(found)) == {4, 5, 6}
    house = urban["households"][urban["households"]["building"] == "1号楼"]
    assert len(house) == 30
    for id_, floor in zip(house["id"], house["floor"], strict=True):
        wanted = grids[2] if id_ == "h0001" else grids[1] if floor >= 4 else grids[0]
        assert found.labels[id_] == wanted
    assert found.decided == 30
    assert set(found.filled["source"]) == {"nearest"}


def test_entrances_and_ranges_in_two_columns(tmp_path: Path, urban: Plan) -> None:
    households = urban["households"]
    here = households["building"] == "1号楼"
    households["entrance"] = pd.Series(
        np.where(here, np.where(households["floor"].fillna(0) % 2 == 0, "1单元", "乙单元"), None)
    )
    grids = sorted(set(leaves(urban).values()))
    rows = [
        {"building": "1号楼", "entrance": "1", "floor_from": "", "floor_to": "", "grid": grids[3]},
        {"building": "1号楼", "entrance": "乙", "floor_from": "5", "floor_to": "", "grid": grids[4]},
        {"building": "1号楼", "entrance": "丙", "floor_from": "", "floor_to": "", "grid": grids[4]},
    ]
    found = accounted(urban, read_assignment(urban, listed(tmp_path, rows)))
    assert list(reasons(found)) == [3]
    for id_, floor in zip(households[here]["id"], households[here]["floor"], strict=True):
        if floor % 2 == 0:
            assert found.labels[id_] == grids[3]
        elif floor >= 5:
            assert found.labels[id_] == grids[4]
        else:
            assert id_ in set(found.filled["household"])


def test_addresses(tmp_path: Path, urban: Plan) -> None:
    addresses = urban["households"].dropna(subset="address").set_index("address")["id"]
    known = leaves(urban)
    rows = pd.DataFrame({"地址": addresses.index, "网格编码": [known[id_] for id_ in addresses]})
    rows.loc[0, "地址"] = "无此地址"
    found = accounted(urban, read_assignment(urban, listed(tmp_path, rows)))
    assert list(reasons(found)) == [1]
    assert found.labels == leaves(urban)


def test_ids_that_look_like_formulas_survive(tmp_path: Path, urban: Plan) -> None:
    urban["households"].loc[:3, "id"] = ["=1+1", "+2", "-3", "@x"]
    write_export(urban, "csv", tmp_path / "list.csv")
    found = accounted(urban, read_assignment(urban, tmp_path / "list.csv"))
    assert found.labels == leaves(urban)
    assert not len(found.filled)


def test_new_grids_keep_names_and_fitting_codes(tmp_path: Path, urban: Plan) -> None:
    frame = whole(urban)
    frame.loc[:9, "网格编码"] = "东门网格"
    frame.loc[10:19, "网格编码"] = f"{URBAN_1}0010199"
    found = accounted(urban, read_assignment(urban, listed(tmp_path, frame)))
    keys = [found.labels[id_] for id_ in frame["户编号"]]
    assert len(set(keys[:10])) == 1
    assert found.names == {keys[0]: "东门网格"}
    assert set(keys[10:20]) == {f"{URBAN_1}0010199"}
    assert any("2 are new" in remark for remark in found.remarks)


def test_upper_levels_are_taken_and_contradictions_listed(tmp_path: Path, urban: Plan) -> None:
    write_export(urban, "csv", tmp_path / "list.csv")
    frame = pd.read_csv(tmp_path / "list.csv", dtype=str, encoding="utf-8-sig")
    middle = frame.columns[3]
    leaf = frame.iloc[0, 4]
    rows = np.flatnonzero(frame.iloc[:, 4] == leaf)
    frame.loc[rows, middle] = "新片区"
    frame.loc[rows[0], middle] = f"{URBAN_1}00104"
    found = accounted(urban, read_assignment(urban, listed(tmp_path, frame, "changed.csv")))
    assert list(reasons(found)) == [rows[0] + 1]
    assert "in most rows" in reasons(found)[rows[0] + 1]
    assert found.names[found.parents[leaf]] == "新片区"
    assert found.parents[found.parents[leaf]] == f"{URBAN_1}001"


def test_grids_of_one_coarse_level_cut_the_finer_ones(tmp_path: Path, urban: Plan) -> None:
    frame = whole(urban)
    frame["网格编码"] = np.where(np.arange(600) < 250, "一片", "二片")
    path = listed(tmp_path, frame.set_axis(["户编号", "一级网格"], axis=1))
    found = accounted(urban, read_assignment(urban, path))
    top = {}
    for id_, leaf in found.labels.items():
        top[id_] = found.names[found.parents[found.parents[leaf]]]
    assert [top[id_] for id_ in frame["户编号"]] == frame["网格编码"].tolist()
    kept = [id_ for id_, leaf in leaves(urban).items() if found.labels[id_] == leaf]
    assert len(kept) > 500  # a grid that is not cut stays, and so does the larger part of one that is


def test_given_groups_stay(tmp_path: Path, village: Plan) -> None:
    frame = whole(village)
    frame.loc[0, "网格编码"] = frame["网格编码"].iloc[-1]  # of another group
    found = accounted(village, read_assignment(village, listed(tmp_path, frame)))
    assert list(reasons(found)) == [1]
    assert "villager group" in reasons(found)[1]
    assert found.labels == leaves(village)
    refused(village, listed(tmp_path, frame.set_axis(["户编号", "一级网格"], axis=1)), "villager groups")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"户编号": [], "网格编码": []}, "no rows"),
        ({"户编号": ["h0001"], "备注": ["x"]}, "no column of grids"),
        ({"备注": ["h0001"], "网格编码": ["x"]}, "which households"),
        ({"户编号": ["x", "y"], "网格编码": ["甲", "甲"]}, "no household of area"),
    ],
)
def test_a_file_that_is_no_list_is_refused(tmp_path: Path, urban: Plan, rows: Any, said: str) -> None:
    refused(urban, listed(tmp_path, rows), said)


def test_hostile_files(tmp_path: Path, urban: Plan) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    refused(urban, empty, "empty")
    refused(urban, tmp_path / "missing.csv", "no such file")
    binary = tmp_path / "binary.csv"
    binary.write_bytes(bytes(range(128, 256)) * 50)
    refused(urban, binary, "neither UTF-8 nor GB18030")
    book = openpyxl.Workbook()
    book.active.append(["甲", "乙"])
    book.active.append(["1", "2"])
    book.save(tmp_path / "headless.xlsx")
    refused(urban, tmp_path / "headless.xlsx", "no header", "户编号")
    fake = tmp_path / "fake.xlsx"
    fake.write_bytes(b"PK\x03\x04 nothing")
    refused(urban, fake, "damaged")
    secret = tmp_path / "secret.vrt"
    secret.write_text("<OGRVRTDataSource/>")
    refused(urban, secret, "a table")
    open_quote = tmp_path / "quote.csv"
    open_quote.write_text('户编号,网格编码\nh0001,"甲\nh0002,乙\n', encoding="utf-8")
    refused(urban, open_quote, "quotation mark")


def test_a_bomb_is_not_unpacked(tmp_path: Path, urban: Plan) -> None:
    import zipfile

    with zipfile.ZipFile(tmp_path / "bomb.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\x00" * (64 << 20))
    refused(urban, tmp_path / "bomb.xlsx", "unreasonable size")


def test_formulas_of_a_workbook_are_no_values(tmp_path: Path, urban: Plan) -> None:
    book = openpyxl.Workbook()
    book.active.append(["户编号", "网格编码"])
    book.active.append(["h0001", '=HYPERLINK("http://x")'])
    book.active.append(["h0002", f"{URBAN_1}0010101"])
    book.save(tmp_path / "list.xlsx")
    found = accounted(urban, read_assignment(urban, tmp_path / "list.xlsx"))
    assert reasons(found) == {1: "the row names no grid"}


def test_a_column_given_twice_is_read_once(tmp_path: Path, urban: Plan) -> None:
    frame = whole(urban)
    path = tmp_path / "twice.csv"
    text = "户编号,网格编码,网格编码\n" + "\n".join(f"{id_},{grid},甲" for id_, grid in frame.itertuples(index=False))
    path.write_text(text, encoding="utf-8")
    assert accounted(urban, read_assignment(urban, path)).labels == leaves(urban)


AREAS = {code: area_of(tiny_plan(), code) for code in (URBAN_1, VILLAGE)}


@st.composite
def lists(draw: Any) -> tuple[str, pd.DataFrame]:
    """Lists of any rows, good and bad, of an urban or a rural area."""
    code = draw(st.sampled_from(sorted(AREAS)))
    known = leaves(AREAS[code])
    ids = st.sampled_from([*list(known)[:40], "nobody", "", "'h0001"])
    grids = st.sampled_from(
        [*sorted(set(known.values()))[:6], "", "新网格", "甲", f"{code}0019901", f"{URBAN_2}0010101"]
    )
    tops = st.sampled_from(["", "东片", f"{code}001", f"{code}00101", "1E+10"])
    buildings = st.sampled_from(["", "", "1号楼", "01号楼", "三栋", "04号楼"])
    floors = st.sampled_from(["", "1-3", "2", "x", "3-1"])
    columns = {"户编号": ids, "网格编码": grids}
    if draw(st.booleans()):
        columns |= {"楼栋": buildings, "楼层": floors}
    if draw(st.booleans()):
        columns["一级网格"] = tops
    rows = draw(st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=30))
    return code, pd.DataFrame(rows)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lists())
def test_placed_and_errors_are_what_was_read(tmp_path: Path, drawn: tuple[str, pd.DataFrame]) -> None:
    code, frame = drawn
    area = AREAS[code]
    path = listed(tmp_path, frame)
    try:
        found = read_assignment(area, path)
    except InputError:  # no row is good; what it says is tested above
        return
    assert found.read == len(frame)
    accounted(area, found)
    if code == VILLAGE:
        group = area["units"].set_index("id")["grid_code_l1"]
        of = dict(zip(area["households"]["id"], group[area["households"]["unit_id"]], strict=True))
        assert all(found.parents[leaf] == of[id_] for id_, leaf in found.labels.items())
