"""CSV: encodings, delimiters, quoting, ragged rows."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo_grid.config import Source
from geo_grid.errors import InputError
from geo_grid.read.formats import load


def table_of(source, folder, data, **settings):
    path = folder / "h.csv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return load(source(path, **settings))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings_are_found(source, tmp_path, encoding):
    table = table_of(source, tmp_path, "编号,地址\n1,吕梁市离石区\n".encode(encoding))
    assert table.frame.to_dict("list") == {"编号": ["1"], "地址": ["吕梁市离石区"]}
    assert table.encoding in ("utf-8", "utf-8-sig", "gb18030", "utf-16")
    assert bool(table.notes) == (table.encoding == "gb18030")


def test_no_encoding_fits(source, tmp_path):
    with pytest.raises(InputError, match=r"h\.csv.*neither UTF-8 nor GB18030"):
        table_of(source, tmp_path, b"id\n\xff\xff\xff\n")


def test_configured_encoding(source, tmp_path):
    assert (
        table_of(source, tmp_path, "名\né\n".encode("cp1252", "ignore") + b"\xe9\n", encoding="cp1252").encoding
        == "cp1252"
    )
    with pytest.raises(InputError, match="not utf-8, as configured"):
        table_of(source, tmp_path, "名\n村\n".encode("gbk"), encoding="utf-8")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_found(source, tmp_path, delimiter):
    table = table_of(source, tmp_path, delimiter.join("abc") + "\n" + delimiter.join("123") + "\n")
    assert table.frame.to_dict("list") == {"a": ["1"], "b": ["2"], "c": ["3"]}


def test_ragged_rows_are_set_aside(source, tmp_path):
    table = table_of(source, tmp_path, 'id,b\n1,x\n2\n\n3,"y\nz"\n4,5,6\n7,w\n')
    assert table.frame["id"].tolist() == ["1", "3", "7"]
    assert table.rows.tolist() == [1, 3, 5]
    assert table.broken["row"].tolist() == [2, 4]
    assert "1 cells where the header has 2" in table.broken["reason"][0]
    assert json.loads(table.broken["raw"][1]) == {"text": "4,5,6"}


def test_an_open_quotation_mark_is_refused(source, tmp_path):
    """Readers swallow every row after it into one cell."""
    with pytest.raises(InputError, match="quotation mark after line 2"):
        table_of(source, tmp_path, 'id,b\n1,x\n2,"y\n3,z\n4,w\n')


def test_an_odd_quotation_mark_inside_a_cell_is_text(source, tmp_path):
    table = table_of(source, tmp_path, 'id,b\n1,5" pipe\n2,x\n')
    assert table.frame["b"].tolist() == ['5" pipe', "x"]


def test_doubled_and_empty_column_names(source, tmp_path):
    assert list(table_of(source, tmp_path, "a,a,\n1,2,3\n").frame.columns) == ["a", "a (2)", "column 3"]


@pytest.mark.parametrize(("data", "words"), [("", "empty"), ("\n \n", "no header")])
def test_no_table(source, tmp_path, data, words):
    with pytest.raises(InputError, match=rf"h\.csv: the file .*{words}"):
        table_of(source, tmp_path, data)


def test_header_only(source, tmp_path):
    assert len(table_of(source, tmp_path, "id,lon,lat\n")) == 0


CELL = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), max_size=12)


@settings(deadline=None)
@given(st.lists(st.tuples(CELL, CELL), min_size=1, max_size=8))
def test_any_text_comes_back(rows):
    """Quotes, commas and newlines are text like any other."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "h.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL)
            writer.writerows([("id", "address"), *rows])
        table = load(Source("households", "h.csv", str(path)))
    assert list(zip(table.frame["id"], table.frame["address"], strict=True)) == rows
