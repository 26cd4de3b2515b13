"""The roster: every row is taken or refused, with the reason."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lists import csv, xlsx
from plans import URBAN_1, VILLAGE, tiny_plan

from geo_grid.config import Source
from geo_grid.errors import InputError
from geo_grid.people import STAFF, Imported, match_staff, read_staff
from geo_grid.people.cells import UnreadableError, consent_of, date_of, phone_of
from geo_grid.read.table import Table

if TYPE_CHECKING:
    from pathlib import Path

ON = dt.date(2026, 3, 1)
TOP, MIDDLE, LEAF = f"{URBAN_1}001", f"{URBAN_1}00101", f"{URBAN_1}0010101"
HEADER = "网格编码,角色,姓名,电话,同意公开,任期起,任期止"


def read(path: Path, **options) -> Imported:
    found = read_staff(path, tiny_plan()["grids"], on=ON, **options)
    assert len(found.taken) + len(found.refused) == found.read
    assert list(found.taken.columns) == STAFF.column_names
    return found


def reasons(path: Path, *rows: str, header: str = HEADER) -> dict[int, str]:
    found = read(csv(path / "roster.csv", header, *rows))
    assert set(found.taken["source_row"]).isdisjoint(found.refused["row"])
    return dict(zip(found.refused["row"], found.refused["reason"], strict=True))


def test_chinese_headings(tmp_path: Path) -> None:
    row = f"{TOP},网格员,张三,138 0000 0001,是,2025-01-01,2026-12-31"
    found = read(csv(tmp_path / "roster.csv", HEADER, row, f"{MIDDLE},助理员,李四,,,,长期", encoding="gb18030"))
    assert found.taken.iloc[0].to_dict() == {
        "id": 1,
        "grid_code": TOP,
        "level": 1,
        "role": "网格员",
        "name": "张三",
        "phone": "13800000001",
        "phone_public": 1,
        "term_from": "2025-01-01",
        "term_to": "2026-12-31",
        "source": "roster.csv",
        "source_row": 2,
    }
    second = found.taken.iloc[1]
    assert (second["role"], second["phone_public"]) == ("网格助理员", 0)
    assert second[["phone", "term_from", "term_to"]].isna().all()


def test_english_headings(tmp_path: Path) -> None:
    header = "grid_code,role,name,phone,consent,term_from,term_to"
    found = read(csv(tmp_path / "a.csv", header, f"{LEAF},Liaison,Wang Wu,0358-8221234,yes,2025/1/1,"))
    assert found.taken["role"].tolist() == ["网格联络员"]
    assert found.taken["phone"].tolist() == ["03588221234"]
    assert found.taken["term_from"].tolist() == ["2025-01-01"]


def test_a_workbook_with_a_title(tmp_path: Path) -> None:
    path = xlsx(
        tmp_path / "roster.xlsx",
        ["凤山街道网格员花名册"],
        ["网格编码", "姓名", "手机号码", "是否公开", "任职日期"],
        [TOP, "张三", 13800000001, "同意", dt.datetime(2025, 1, 1)],  # noqa: DTZ001
        [float(LEAF), "李四", None, None, None],
    )
    found = read(path)
    assert found.taken.iloc[0][["name", "phone", "phone_public", "term_from"]].tolist() == [
        *("张三", "13800000001", 1, "2025-01-01")
    ]
    assert "spreadsheets cut numbers after 15 digits" in found.refused["reason"].iloc[0]


def test_each_fault_has_its_reason(tmp_path: Path) -> None:
    found = reasons(
        tmp_path,
        f"{TOP},网格员,张三,13800000001,是,,",
        ",网格员,李四,,,,",
        "000,网格员,李四,,,,",
        f"{TOP},网格联络员,李四,,,,",
        f"{TOP},厨师,李四,,,,",
        f"{TOP},网格员,,,,,",
        f"{TOP},网格员,李四,12,,,",
        f"{TOP},网格员,李四,,也许,,",
        f"{TOP},网格员,李四,,,三月,",
        f"{TOP},网格员,李四,,,2026-02-30,",
        f"{TOP},网格员,李四,,,2026-05-01,2026-04-01",
        f"{TOP},网格员,李四,,,,2026-02-28",
        f"{TOP},网格员,张三,,,,",
        f"{TOP},网格员,李四",
        "1411029010010010000,网格联络员,李四,,,,",
    )
    assert found == {
        3: "no grid code",
        4: "no grid has the code 000",
        5: f"网格联络员 is a role of level 2 or 3; the grid {TOP} is of level 1 and has a 网格员",
        6: f"no grid has the role 厨师; the grid {TOP} has a 网格员",
        7: "no name",
        8: "the phone is no number one can call",
        9: "the consent says neither yes nor no",
        10: "the beginning of the term is no date like 2025-03-01",
        11: "the beginning of the term is a day no calendar has",
        12: "the term ends before it begins",
        13: "the term was over on 2026-02-28",
        14: "a double of row 2: the same person at the same grid",
        15: "the row has 3 cells where the header has 7",
        16: "no grid has the code 1411029010010010000; "
        "spreadsheets cut numbers after 15 digits: format the column as text",
    }


def test_all_faults_of_a_row_are_told_at_once(tmp_path: Path) -> None:
    found = reasons(tmp_path, "000,网格员,,123,也许,三月,2026-02-30")
    assert found == {
        2: "no grid has the code 000; no name; the phone is no number one can call; "
        "the consent says neither yes nor no; the beginning of the term is no date like 2025-03-01; "
        "the end of the term is a day no calendar has"
    }


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(tmp_path: Path) -> None:
    text = reasons(tmp_path, f"{TOP},,张三,,,,", "", "000,,李四,,,,", f"{TOP},,", "000,,王五,,,,")
    assert sorted(text) == [4, 5, 6], "an empty line is a row of a spreadsheet"
    workbook = xlsx(tmp_path / "a.xlsx", ["花名册"], [], ["网格编码", "姓名"], [TOP, "张三"], [], ["000", "李四"])
    found = read(workbook)
    assert (found.taken["source_row"].tolist(), found.refused["row"].tolist()) == ([4], [6])
    assert not any("counted from" in note for note in found.notes)


def test_a_role_of_another_level_is_refused_in_villages_too(tmp_path: Path) -> None:
    found = reasons(tmp_path, f"{VILLAGE}00101,网格联络员,a,,,,", f"{VILLAGE}00101,网格助理员,b,,,,")
    assert found == {
        3: f"网格助理员 is a role of level 2; the grid {VILLAGE}00101 is of level 2 and has a 网格联络员",
    }


def test_terms_that_follow_on_each_other_are_no_double(tmp_path: Path) -> None:
    rows = (
        f"{TOP},,张三,,,2025-01-01,2026-03-31",
        f"{TOP},,张三,,,2026-04-01,",
        f"{TOP},,张三,,,2026-12-01,2027-01-01",
        f"{MIDDLE},,张三,,,,",
    )
    assert reasons(tmp_path, *rows) == {4: "a double of row 3: the same person at the same grid"}


def test_a_list_without_grids_names_or_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no column 网格编码"):
        read(csv(tmp_path / "a.csv", "姓名,电话", "a,b"))
    with pytest.raises(InputError, match="no column 姓名"):
        read(csv(tmp_path / "a.csv", "网格编码,电话", "a,b"))
    with pytest.raises(InputError, match="the list has no rows"):
        read(csv(tmp_path / "a.csv", HEADER))
    with pytest.raises(InputError, match="a list of people is a table"):
        read(tmp_path / "a.gpkg")
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "b.csv")


def test_no_reason_repeats_what_is_private(tmp_path: Path) -> None:
    found = reasons(tmp_path, f"{TOP},网格员,ZQXNAME,1380ZQX,是,,", f"{TOP},网格员,ZQXNAME,,ZQX,,")
    assert len(found) == 2
    assert "ZQX" not in str(found)


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800000001", "13800000001"),
        ("+86 138-0000-0001", "13800000001"),
        ("０３５８－８２２１２３４", "03588221234"),
        ("(010) 88221234", "01088221234"),
        ("8221234", "8221234"),
        ("400-820-8820", "4008208820"),
        ("12345", "12345"),
        ("110", "110"),
        ("120", "120"),
        ("10086", "10086"),
        ("95598", "95598"),
        ("", None),
        (None, None),
    ],
)
def test_phones(text: str | None, phone: str | None) -> None:
    assert phone_of(text) == phone


@pytest.mark.parametrize(
    "text",
    [
        "12",
        "123",
        "1234",
        "111",
        "13800",
        "12345678901",
        "138000000012",
        "1380000000",
        "abc",
        "12800000001",
        "１３８x",
        "1380000000一",
    ],
)
def test_what_is_no_phone(text: str) -> None:
    with pytest.raises(UnreadableError):
        phone_of(text)


def test_dates() -> None:
    day = dt.date(2025, 3, 1)
    for text in ("2025-03-01", "2025/3/1", "2025.3.1", "2025年3月1日", "20250301", "2025-03-01T00:00:00", "2025-03"):
        assert date_of(text) == day
    assert date_of("2025年2月", end=True) == dt.date(2025, 2, 28)
    assert date_of("长期", end=True) is None
    for text in ("长期", "45292", "2025-13-01", "2025-00", "2025-3-1-1", "01/03/2025"):
        with pytest.raises(UnreadableError):
            date_of(text)


def test_who_did_not_agree_did_not_agree() -> None:
    assert not consent_of(None)
    assert not consent_of("  ")
    assert consent_of("√")
    with pytest.raises(UnreadableError):
        consent_of("看情况")


@given(st.text(max_size=20))
def test_no_cell_is_too_strange(text: str) -> None:
    for read_cell in (phone_of, consent_of, date_of):
        with suppress(UnreadableError):
            read_cell(text)


def test_taken_rows_have_the_types_of_the_schema(tmp_path: Path) -> None:
    taken = read(csv(tmp_path / "a.csv", HEADER, f"{TOP},,张三,,,,")).taken
    none = read(csv(tmp_path / "b.csv", HEADER, "000,,张三,,,,")).taken
    assert taken.dtypes.to_dict() == none.dtypes.to_dict()
    for column in STAFF.columns:
        whole = pd.api.types.is_integer_dtype(taken[column.name])
        assert whole == (column.type == "int")
        assert column.null or taken[column.name].notna().all()


_CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            TOP,
            MIDDLE,
            LEAF,
            "000",
            "网格员",
            "助理员",
            "厨师",
            "张三",
            "13800000001",
            "12",
            "是",
            "否",
            "2025-01-01",
            "长期",
        ]
    ),
    st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=8),
)


@given(st.lists(st.tuples(*[_CELLS] * 7), min_size=1, max_size=12))
def test_every_row_of_any_roster_is_taken_or_refused(rows: list[tuple[str, ...]]) -> None:
    columns = ("网格编码", "角色", "姓名", "电话", "同意公开", "任期起", "任期止")
    table = Table(Source("staff", "roster", "roster.csv"), pd.DataFrame(rows, columns=list(columns), dtype=object))
    found = match_staff(table, _GRIDS, on=ON)
    numbers = [*found.taken["source_row"], *found.refused["row"]]
    assert sorted(numbers) == list(range(1, len(rows) + 1))
    assert found.read == len(rows)
    assert all(found.refused["reason"])
    for row in found.taken.itertuples():
        code, role = row.grid_code, row.role
        assert _ROLES[code] == role
        assert row.phone_public == 0 or isinstance(row.phone, str)


_GRIDS = tiny_plan()["grids"]
_ROLES = dict(zip(_GRIDS["code"], _GRIDS["role"], strict=True))
