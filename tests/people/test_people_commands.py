"""The command ``people vacancies``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from lists import csv
from plans import URBAN_1, tiny_plan

from geo_grid.cli.parser import _OneLineParser
from geo_grid.cli.people_commands import register
from geo_grid.errors import UsageError
from geo_grid.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "网格编码,姓名"


def run(*words: str) -> int:
    parser = _OneLineParser(prog="geo-grid")
    register(parser.add_subparsers(required=True))
    options = parser.parse_args(["people", *words])
    return int(options.run(options) or 0)


@pytest.fixture
def store(tmp_path: Path) -> str:
    path = str(tmp_path / "plan.gpkg")
    with open_store(path) as opened:
        opened.write(tiny_plan())
    return path


def test_what_a_roster_leaves_open_is_listed(store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    roster = csv(tmp_path / "r.csv", HEADER, f"{URBAN_1}001,张三", f"{URBAN_1}001,李四", "000,王五")
    assert run("vacancies", store, str(roster), "--on", "2026-03-01") == 1
    text = capsys.readouterr().out
    assert "3 rows read, 2 taken, as of 2026-03-01" in text
    assert "3, no grid has the code 000" in text
    assert "张三 + 李四" in text
    assert "more" in text
    assert run("vacancies", store, str(roster), "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert len(told["vacancies"]) == len(tiny_plan()["grids"]) - 1
    assert [row["row"] for row in told["refused"]] == [3]
    assert {row["element_id"] for row in told["elements"]} >= {"mine-6"}


def test_a_whole_roster_has_status_0(store: str, tmp_path: Path) -> None:
    rows = [f"{code},人{i}" for i, code in enumerate(tiny_plan()["grids"]["code"])]
    assert run("vacancies", store, str(csv(tmp_path / "r.csv", HEADER, *rows))) == 0


def test_a_bad_day_is_refused(store: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'März' is no date"):
        run("vacancies", store, str(csv(tmp_path / "r.csv", HEADER, "1,a")), "--on", "März")
