"""XLSX: headers under titles and under merged headings; cells keep their text."""

from __future__ import annotations

import datetime as dt
import zipfile

import openpyxl
import pytest

from geo_grid.errors import InputError
from geo_grid.read.formats import load

HEADER = ["编号", "楼栋", "经度", "纬度"]


def table_of(source, folder, rows, *, merge=None, title="Sheet", **settings):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    book.save(folder / "h.xlsx")
    return load(source(folder / "h.xlsx", **settings))


def test_plain(source, tmp_path):
    table = table_of(source, tmp_path, [HEADER, [1, "3号楼", 111.1, 37.5], ["2", 'a"b\nc', 111.0, 37]])
    assert table.frame["编号"].tolist() == ["1", "2"]
    assert table.frame["楼栋"].tolist() == ["3号楼", 'a"b\nc']
    assert table.frame["经度"].tolist() == ["111.1", "111"]
    assert table.rows.tolist() == [1, 2]
    assert table.notes == []


def test_title_above_the_header(source, tmp_path):
    rows = [["2026 年户籍台账"], [None], HEADER, [1, "3号楼", 111.1, 37.5]]
    table = table_of(source, tmp_path, rows, merge="A1:D1")
    assert list(table.frame.columns) == HEADER
    assert table.rows.tolist() == [1]
    assert "row 3" in table.notes[0]


def test_heading_merged_over_two_rows(source, tmp_path):
    rows = [["编号", "楼栋", "坐标", None], [None, None, "经度", "纬度"], [1, "3号楼", 111.1, 37.5]]
    table = table_of(source, tmp_path, rows, merge="C1:D1")
    assert list(table.frame.columns) == HEADER
    assert len(table) == 1


def test_empty_rows_count_but_are_no_rows(source, tmp_path):
    table = table_of(source, tmp_path, [HEADER, [1, "a", 1, 1], [None] * 4, [2, "b", 1, 1]])
    assert table.rows.tolist() == [1, 3]


def test_long_codes_and_dates(source, tmp_path):
    rows = [[*HEADER, "户号", "登记"], [1, "a", 1, 1, 141102001001, dt.date(2026, 1, 2)]]
    table = table_of(source, tmp_path, rows)
    assert table.frame["户号"].tolist() == ["141102001001"]
    assert table.frame["登记"][0].startswith("2026-01-02")


def test_mapped_columns_find_the_header(source, tmp_path):
    table = table_of(source, tmp_path, [["x"], ["ΛΟΝ", "ΛΑΤ"], [1, 2]], columns={"lon": "ΛΟΝ", "lat": "ΛΑΤ"})
    assert list(table.frame.columns) == ["ΛΟΝ", "ΛΑΤ"]


def test_no_header(source, tmp_path):
    with pytest.raises(InputError, match=r"h\.xlsx: no header.*columns"):
        table_of(source, tmp_path, [["foo", "bar"], [1, 2]])


def test_worksheets(source, tmp_path):
    assert len(table_of(source, tmp_path, [HEADER, [1, "a", 1, 1]], title="台账", layer="台账")) == 1
    with pytest.raises(InputError, match=r"no worksheet '账'. It has: 台账"):
        table_of(source, tmp_path, [HEADER], title="台账", layer="账")


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 nothing", b"id,lon\n"])
def test_damaged(source, tmp_path, data):
    path = tmp_path / "h.xlsx"
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"h\.xlsx: the workbook is damaged"):
        load(source(path))


def test_a_zip_that_is_no_workbook(source, tmp_path):
    with zipfile.ZipFile(tmp_path / "h.xlsx", "w") as archive:
        archive.writestr("a.txt", "nothing")
    with pytest.raises(InputError, match="damaged"):
        load(source(tmp_path / "h.xlsx"))


def test_a_bomb(source, tmp_path):
    with zipfile.ZipFile(tmp_path / "h.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * (64 << 20))
    with pytest.raises(InputError, match="unreasonable size"):
        load(source(tmp_path / "h.xlsx"))
