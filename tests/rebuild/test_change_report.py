"""The report of a rebuild: what it is of, what it adds up to, exceptions, reasons, in its language and on a page."""

from __future__ import annotations

import csv
import re

import numpy as np
import openpyxl
import pandas as pd
import pytest
from cities import run
from growing import DALE, TOWN, changed, city

from geo_grid.config import load_config
from geo_grid.rebuild import rebuild, write_changes
from geo_grid.rebuild.change_words import _KEYS
from geo_grid.rebuild.unusable import reason_in_words
from geo_grid.store import open_store

LISTS = ("townships", "exceptions", "redrawn", "crossed", "changed", "unused")


def sample(made):
    """Write a city that says it is a sample."""
    path = made.write()
    path.write_text(path.read_text("utf-8").replace('"样例"', '"样例"\nsample = true'), encoding="utf-8")
    return path


def stored(address):
    with open_store(address) as store:
        return store.read(("grids", "exceptions", "households"))


@pytest.fixture
def year(tmp_path, capsys):
    """A plan before and after a year in which a village lost nearly everybody, and rows could not be used."""
    made, address = city(tmp_path / "city", 7), str(tmp_path / "plan.gpkg")
    status, _, error = run(capsys, "build", sample(made), "--store", address, "--workers", "1")
    assert status == 0, error
    before = stored(address)
    people = changed(made.households, 3, 0.2)
    mine = people["id"].str.startswith("D")
    people = people[~mine | (np.cumsum(mine) <= 6)].reset_index(drop=True)
    people.loc[people.index[:1], "lon"] += 5.0
    people.loc[people.index[1:2], ["lon", "lat"]] = None
    people.loc[people.index[2], "id"] = people.loc[people.index[3], "id"]
    made.households = people
    with open_store(address) as store:
        done = rebuild(load_config(sample(made)), store, many_gone=True)
    return done, before, stored(address)


def test_totals_are_those_of_the_plans(year):
    done, *plans = year
    for when, plan in zip(("before", "after"), plans, strict=True):
        sums = done.told.totals.sum(numeric_only=True)
        assert sums[f"households_{when}"] == len(plan["households"])
        assert sums[f"exceptions_{when}"] == len(plan["exceptions"])
        for level in (1, 2, 3):
            assert sums[f"grids_{level}_{when}"] == (plan["grids"]["level"] == level).sum()
        there = plan["grids"]["area_code"].value_counts()
        totals = done.told.totals.set_index("code")
        assert totals.loc[TOWN, [f"grids_{level}_{when}" for level in (1, 2, 3)]].sum() == there[TOWN]


def test_exceptions_that_came_and_went_are_listed_with_their_reasons(year):
    done, before, after = year
    told = done.told.exceptions
    was, now = (plan["exceptions"].set_index("grid_code")["reason"] for plan in (before, after))
    final = told["became"].where(told["became"].notna(), told["grid"])
    assert len(now) > len(was)
    came, went = told["change"] == "came", told["change"] == "went"
    assert set(final[came]) == set(now.index) - set(was.index)
    assert set(told.loc[went, "grid"]) == set(was.index) - set(now.index)
    assert dict(zip(final[came], told.loc[came, "reason"], strict=True)) == dict(now[final[came]])
    grids = after["grids"].set_index("code")
    for code, row in told[came].assign(code=final).set_index("code").iterrows():
        assert (row["after"], row["low"], row["high"]) == tuple(grids.loc[code, ["households", "low", "high"]])


def test_areas_drawn_anew_are_listed_and_said_of_their_grids(year):
    done, *_ = year
    assert DALE in set(done.told.redrawn["area"])
    assert (done.told.redrawn["why"] != "").all()
    anew = done.told.changed["why"].str.contains("area drawn anew|drawn afresh")
    assert set(done.told.changed.loc[anew, "area"]) == set(done.told.redrawn["area"])


def test_ground_is_said_to_come_from_where_it_was(year):
    done, before, after = year
    shapes = [dict(zip(plan["grids"]["code"], plan["grids"]["geom"], strict=True)) for plan in (before, after)]
    told = done.told.changed.set_index("grid")
    same = told[told["became"].isna() & told["after"].notna() & told["before"].notna()]
    some = 0
    for code, row in same.iterrows():
        for other in filter(None, row["ground_from"].split(", ")):
            assert code in told.loc[other, "ground_to"].split(", ")
            if other in shapes[0]:
                assert shapes[0][other].intersection(shapes[1][code]).area > 0
                some += 1
    assert some
    assert (told.loc[told["ground_taken"] + told["ground_given"] == 0, "ground_from"] == "").all()
    broken = set(done.told.crossed["grid"])
    assert {code for codes in told["for_band"] for code in codes.split(", ") if code} <= broken


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_file_says_what_it_is_of_in_its_language(year, tmp_path, lang):
    done, *_ = year
    mark = {"zh": "示例数据", "en": "ample data"}[lang]
    page, book, table = (tmp_path / f"c.{end}" for end in ("html", "xlsx", "csv"))
    assert write_changes(done, page, lang, "plan.gpkg") == [page]
    text = page.read_text("utf-8")
    assert ">None<" not in text
    for said in ("样例", mark, "UTC+8", "plan.gpkg"):
        assert said in text
    assert text.count("<table") == text.count('<div class="scroll" tabindex="0"><table')
    write_changes(done, book, lang, "plan.gpkg")
    sheets = openpyxl.load_workbook(book)
    head = [row[0] for row in sheets.worksheets[0].iter_rows(values_only=True)]
    assert "样例" in head[0]
    assert mark in head[1]
    assert all(sheet.freeze_panes == "A2" for sheet in sheets.worksheets[1:])
    files = write_changes(done, table, lang, "plan.gpkg")
    assert files == [table, *(tmp_path / f"c-{name}.csv" for name in LISTS)]
    assert mark in table.read_text("utf-8-sig")
    for file in files[1:]:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            rows = list(csv.reader(opened))
        assert {len(row) for row in rows} == {len(rows[0])}
        assert all(mark in row[-1] for row in rows)
        assert "None" not in {value for row in rows for value in row}
    words = text + "".join(file.read_text("utf-8-sig") for file in files)
    if lang == "zh":
        assert not re.search("outside all areas|no coordinate|already|new households|ground changed", words)
        assert "在所有行政区之外，距最近的" in words
        assert "已经出现" in words
    else:
        body = "".join(re.findall(r"<th[^>]*>([^<]*)<", text))
        assert not re.search("[\u4e00-\u9fff]", body)
        assert "ground taken (m²)" in body


def test_every_word_of_the_lists_has_its_words(year):
    done, *_ = year
    told = done.told
    keys = {part for text in told.changed["why"] for part in text.split(", ")}
    keys |= {part for text in told.redrawn["why"] for part in text.split("; ")}
    keys |= {part for text in told.crossed["crossed"] for part in text.split(" → ")}
    assert keys | set(told.exceptions["change"]) | set(told.redrawn["how"]) <= _KEYS.keys()


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (
            "outside all areas: 4102.5 km from 141125100004, the nearest",
            "在所有行政区之外，距最近的 141125100004 4102.5 公里",
        ),
        (
            "outside all areas: 12.30 m from 141125100004, the nearest",
            "在所有行政区之外，距最近的 141125100004 12.30 米",
        ),
        ("no coordinate in column 'x'", "“x”列没有坐标"),
        ("the id 'H1' was given in row 41 already", "编号 H1 在第 41 行已经出现"),
        ("building '3号楼': no such building in its area", "本行政区内没有此楼栋"),
        ("something nobody has words for", "something nobody has words for"),
    ],
)
def test_reasons_of_rows_are_said_in_chinese(reason, said):
    assert reason_in_words(reason, "zh") == said
    assert reason_in_words(reason, "en") == reason


def test_the_terminal_says_how_many_exceptions_there_were_and_are(tmp_path, capsys):
    made, address = city(tmp_path / "city", 7), str(tmp_path / "plan.gpkg")
    assert run(capsys, "build", made.write(), "--store", address, "--workers", "1")[0] == 0
    before = len(stored(address)["exceptions"])
    mine = made.households["id"].str.startswith("D")
    made.households = pd.DataFrame(made.households[~mine | (np.cumsum(mine) <= 6)])
    status, told, error = run(
        capsys, "rebuild", made.write(), "--store", address, "--many-gone", "--report", tmp_path / "c.csv"
    )
    assert status == 0, error
    after = len(stored(address)["exceptions"])
    assert f"exceptions: {before} → {after} (" in told
    assert after > before
    assert f"written {tmp_path / 'c-exceptions.csv'}" in told
