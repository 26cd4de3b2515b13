"""A month for QGIS, Excel and paper: all of it is there, in both languages, from both stores, and nothing is taken for a formula or markup."""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import openpyxl
import pyogrio
import pytest
from field_month import MONTH, URBAN_1, VILLAGE
from plans import tiny_plan

from geo_grid.errors import UsageError
from geo_grid.exchange.field_book import FieldBook, month_of, people_of, read_book
from geo_grid.exchange.field_gpkg import write_field_gpkg
from geo_grid.exchange.field_report import field_report, write_field_report
from geo_grid.exchange.field_tables import matter_table
from geo_grid.exchange.field_words import HEADINGS, kind_text, state_text, word
from geo_grid.exchange.field_xlsx import write_field_xlsx
from geo_grid.field.events import MATTER_KINDS
from geo_grid.field.matters import STATUSES
from geo_grid.lookup import LookupIndex
from geo_grid.store import open_store

if TYPE_CHECKING:
    from geo_grid.store.base import Store

NOW = dt.datetime(2026, 7, 28, 2, 0, tzinfo=dt.UTC)


def book_of(store: Store, **given: Any) -> FieldBook:
    with store.ledger() as ledger:
        return read_book(LookupIndex(store.read()), store.meta(), ledger, MONTH, **({"now": NOW} | given))


def test_a_month_is_gathered_whole(store: Store) -> None:
    book = book_of(store)
    assert (len(book.records), len(book.matters), book.sample, book.digits) == (21, 4, True, 12)
    assert book.by_category[["found", "mended", "rejected"]].sum().tolist() == [3, 2, 1]
    assert book.matters["overdue"].sum() == 2
    assert set(book.due["grid_code"]) <= set(book.grids["code"])
    river = book.due[book.due["element_id"] == "river-1"]
    assert 0 < (river["part"] * river["measure"]).sum() < river["measure"].sum()
    assert book.cover["whole"].gt(0).all()
    assert dict(zip(book.records["id"].str[-3:], book.records["photos"], strict=True))["096"] == "a1.jpg"
    found = dict(zip(book.matters["id"].str[-3:], book.matters["photos"], strict=True))
    assert found["0c8"] == "b2.jpg"  # hangs on a change, belongs to the matter


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_exports_say_states_as_the_office_does(lang: str) -> None:
    page = json.loads((Path(__file__).parents[2] / f"webmap/locales/office.{lang}.json").read_text(encoding="utf-8"))
    assert {each: state_text(each, lang) for each in STATUSES} == {
        each: page[f"office.status.{each}"] for each in STATUSES
    }
    assert {each: kind_text(each, lang) for each in MATTER_KINDS} == {
        each: page[f"office.kind.{each}"] for each in MATTER_KINDS
    }
    assert state_text("later", lang) == page["office.state.later"]


def test_people_are_called_by_their_names(store: Store) -> None:
    rows = [
        {"name": name, "display": display} for name, display in (("a", "王芳"), ("b", "王芳"), ("c", "李"), ("d", ""))
    ]
    assert people_of(rows) == {"a": "王芳 (a)", "b": "王芳 (b)", "c": "李", "d": "d"}
    book = book_of(store)
    account = book.matters["found_by"].iloc[0]
    named = replace(book, people={account: "王芳"})
    assert matter_table(book, "zh")["found_by"].iloc[0] == account, "whom nobody knows any more"
    assert matter_table(named, "zh")["found_by"].iloc[0] == "王芳"


def test_a_prefix_bounds_all_of_it(store: Store) -> None:
    book = book_of(store, prefix=VILLAGE)
    assert book.records.empty
    assert [code[:12] for code in book.matters["area_code"]] == [VILLAGE]
    for frame, column in (
        (book.due, "grid_code"),
        (book.grids, "code"),
        (book.cover, "code"),
        (book.shares, "grid_code"),
    ):
        assert len(frame)
        assert frame[column].str.startswith(VILLAGE).all()
    # whoever walked on the other bank was seen on this one too: the river is the border
    assert book.due.loc[book.due["element_id"] == "river-1", "part"].max() > 0
    with pytest.raises(UsageError, match="no grid has a code"):
        book_of(store, prefix="99")


@pytest.mark.parametrize(
    "month",
    ["2026-13", "26", "juli", "2026-00", "0000-01", "9999-12", "2026-07/2026-06", "2024-01/2026-06", "2026-07/2026"],
)
def test_a_month_is_a_month(month: str) -> None:
    with pytest.raises(UsageError):
        month_of(month)


def test_a_half_year_is_told_as_a_month_is(store: Store) -> None:
    assert month_of("2026") == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    with store.ledger() as ledger:
        book = read_book(LookupIndex(store.read()), store.meta(), ledger, "2026-02/2026-07", now=NOW)
    assert (book.first, book.last, book.period) == (dt.date(2026, 2, 1), dt.date(2026, 7, 31), "2026-02/2026-07")
    assert (len(book.records), book.by_category["found"].sum()) == (21, 3)
    assert ">26-03<" in field_report(book, "en")


def test_a_month_that_has_not_begun_has_no_report(store: Store) -> None:
    with pytest.raises(UsageError, match="not begun"):
        book_of(store, now=dt.datetime(2026, 6, 30, 15, 59, tzinfo=dt.UTC))
    assert book_of(store, now=dt.datetime(2026, 6, 30, 16, 0, tzinfo=dt.UTC)).on == dt.date(2026, 7, 1)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_qgis_gets_styled_layers(store: Store, tmp_path: Path, lang: str) -> None:
    book, path = book_of(store), tmp_path / "month.gpkg"
    write_field_gpkg(book, path, lang)
    layers = dict(pyogrio.list_layers(path))
    assert path.stat().st_mode & 0o077 == 0
    spatial = {name for name, kind in layers.items() if kind is not None}
    assert {
        "grids_l1",
        "elements_lines",
        "duties_areas",
        "duties_lines",
        "duties_points",
        "records",
        "matters",
    } <= spatial
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        styles = dict(db.execute("SELECT f_table_name, styleQML FROM layer_styles WHERE useAsDefault"))
        titles = dict(db.execute("SELECT column_name, title FROM gpkg_data_columns WHERE table_name = 'matters'"))
    assert set(styles) == spatial
    for text in styles.values():
        ET.fromstring(text.partition("\n")[2])
    assert titles["category"] == HEADINGS["category"][0 if lang == "zh" else 1]
    duties = [pyogrio.read_dataframe(path, layer=name) for name in ("duties_areas", "duties_lines", "duties_points")]
    assert sum(map(len, duties)) == len(book.due)
    assert {state for frame in duties for state in frame["state"]} <= {"overdue", "due", "seen", "later"}
    matters = pyogrio.read_dataframe(path, layer="matters")
    assert sorted(matters["state"]) == ["closed", "overdue", "overdue", "rejected"]
    records = pyogrio.read_dataframe(path, layer="records")
    assert "photos/a1/a1.jpg" in set(records["photo"])
    assert set(pyogrio.read_dataframe(path, layer="photos")["file"]) >= {"a1.jpg", "b2.jpg"}
    assert "tracks" not in layers, "where people walked is nobody's export"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_ledger_has_everything(store: Store, tmp_path: Path, lang: str) -> None:
    book, path = book_of(store), tmp_path / "month.xlsx"
    write_field_xlsx(book, path, lang)
    sheets = openpyxl.load_workbook(path)
    counts = {
        name: sheets[word(name, lang)].max_row - 1 for name in ("duties", "records", "matters", "changes", "photos")
    }
    assert counts == {"duties": len(book.due), "records": 21, "matters": 4, "changes": 10, "photos": 2}
    cells = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row]
    assert not [cell.value for cell in cells if cell.data_type == "f"]
    texts = {str(cell.value) for cell in cells}
    assert {"=1+1", "<b>河道</b>堆放垃圾", word("sample", lang)} <= texts
    assert any(("有倾倒垃圾: 是" if lang == "zh" else "rubbish in the river: yes") in text for text in texts)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_is_one_page_without_anything_from_elsewhere(store: Store, tmp_path: Path, lang: str) -> None:
    path = tmp_path / "report.html"
    write_field_report(book_of(store), path, lang)
    page = path.read_text(encoding="utf-8")
    assert word("sample", lang) in page
    assert not re.search(r"(src|href)=|@import|url\(|<script", page.replace('xmlns="http://www.w3.org/2000/svg"', ""))
    assert "<b>河道" not in page
    drawings = re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    assert len(drawings) == 4
    for drawing in drawings:
        ET.fromstring(drawing)
    assert drawings[0].count("<circle") == 4 + 3  # matters and the legend


def test_a_plan_that_is_none_of_a_sample_says_nothing_of_it(tmp_path: Path) -> None:
    with open_store(tmp_path / "plan.gpkg") as store:
        plan = tiny_plan()
        plan.meta["sample"] = False
        store.write(plan)
        book = book_of(store)
    page = field_report(book, "zh")  # a month without any work
    assert word("sample", "zh") not in page
    assert word("none", "zh") in page


def test_history_follows_element_and_place_after_a_redraw(store: Store) -> None:
    """The grids of the first community get other codes; what was done there is told under today's."""
    plan = tiny_plan()
    for name, columns in (
        ("grids", ["code", "parent_code"]),
        ("units", ["grid_code_l1", "grid_code_l2", "grid_code_l3"]),
        ("element_shares", ["grid_code"]),
        ("exceptions", ["grid_code"]),
    ):
        for column in columns:
            old = plan[name][column]
            plan[name][column] = old.where(~old.str.startswith(f"{URBAN_1}00"), f"{URBAN_1}77" + old.str[14:])
    store.write(plan)
    book = book_of(store)
    assert set(book.records["grid_code"].str[:14]) == {f"{URBAN_1}00"}
    assert set(book.records["grid_today"].str[:14]) == {f"{URBAN_1}77"}
    assert set(book.records["how"]) == {"element"}
    here = book.matters[book.matters["area_code"] == URBAN_1]
    assert set(here["grid_today"].str[:14]) == {f"{URBAN_1}77"}
    assert set(here["how"]) == {"place"}
    assert book.due.loc[book.due["element_id"] == "river-1", "part"].max() > 0, "what was seen stays seen"
