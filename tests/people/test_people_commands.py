"""The commands of people."""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pytest
from lists import csv
from plans import URBAN_1, VILLAGE, tiny_plan

from geo_grid.cli.parser import _OneLineParser
from geo_grid.cli.people_commands import register
from geo_grid.errors import GeoGridError, UsageError
from geo_grid.store import open_store
from geo_grid.store.ledger import Audit

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
    assert "1 row refused\n  row 4: no grid has the code 000" in text
    assert "张三 + 李四" in text
    assert "more" in text
    assert run("vacancies", store, str(roster), "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert len(told["vacancies"]) == len(tiny_plan()["grids"]) - 1
    assert [row["row"] for row in told["refused"]] == [4]
    assert {row["element_id"] for row in told["elements"]} >= {"mine-6"}


def test_a_whole_roster_has_status_0(store: str, tmp_path: Path) -> None:
    rows = [f"{code},人{i}" for i, code in enumerate(tiny_plan()["grids"]["code"])]
    assert run("vacancies", store, str(csv(tmp_path / "r.csv", HEADER, *rows))) == 0


def test_a_bad_day_is_refused(store: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="'März' is no date"):
        run("vacancies", store, str(csv(tmp_path / "r.csv", HEADER, "1,a")), "--on", "März")


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def stored(store: str, **which: Any) -> list[str]:
    with open_store(store) as opened, opened.ledger() as ledger:
        names: list[str] = ledger.staff(**which)["name"].tolist()
        return names


def dump(store: str) -> dict[str, Any]:
    with open_store(store) as opened, opened.ledger() as ledger:
        return ledger.dump()


def test_a_roster_is_stored_and_the_next_one_takes_its_place(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = csv(tmp_path / "a.csv", HEADER, f"{URBAN_1}001,张三", f"{URBAN_1}002,李四", f"{VILLAGE}001,王五")
    assert run("import", store, str(first), "--on", "2026-03-01") == 0
    assert "3 rows read, 3 taken: 3 added, 0 changed, 0 ended, 0 as before" in capsys.readouterr().out
    second = csv(tmp_path / "b.csv", f"{HEADER},电话", f"{URBAN_1}001,张三,13800000001", f"{URBAN_1}002,赵六,")
    assert run("import", store, str(second), "--on", "2026-04-01", "--dry-run", "--json") == 0
    seen = told(capsys)
    assert (seen["added"], seen["changed"], seen["ended"], seen["kept"], seen["stored"]) == (1, 1, 1, 0, False)
    assert stored(store) == ["张三", "李四", "王五"]
    assert run("import", store, str(second), "--on", "2026-04-01", "--json") == 0
    assert told(capsys) == seen | {"stored": True}
    assert stored(store, on=dt.date(2026, 3, 31)) == ["张三", "李四", "王五"]
    assert stored(store, on=dt.date(2026, 4, 1)) == ["张三", "王五", "赵六"], "other areas are not spoken of"
    assert run("import", store, str(second), "--on", "2026-05-01", "--prefix", "") == 0
    assert stored(store, on=dt.date(2026, 5, 1)) == ["张三", "赵六"]
    with open_store(store) as opened, opened.ledger() as ledger:
        assert {row["author"] for row in ledger.edits()} == {"geo-grid people"}
        assert ledger.edits()[0]["request"]["source"] == "a.csv"


def test_a_refused_row_changes_nothing_unless_the_rest_is_wanted(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("import", store, str(csv(tmp_path / "a.csv", HEADER, f"{URBAN_1}001,张三", f"{URBAN_1}002,李四"))) == 0
    before = dump(store)
    bad = csv(tmp_path / "b.csv", HEADER, f"{URBAN_1}001,赵六", "000,孙七")
    capsys.readouterr()
    assert run("import", store, str(bad)) == 1
    text = capsys.readouterr().out
    assert "2 rows read; some are refused, so nothing was changed" in text
    assert "1 row refused\n  row 3: no grid has the code 000" in text
    assert dump(store) == before
    assert run("import", store, str(bad), "--skip-refused", "--json") == 1
    seen = told(capsys)
    assert (seen["read"], seen["taken"], seen["added"], seen["ended"], len(seen["refused"])) == (2, 1, 1, 0, 1)
    assert stored(store, on=dt.datetime.now().astimezone().date()) == ["张三", "李四", "赵六"]


def test_the_list_says_whose_phone_is_public(store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = (f"{URBAN_1}001,张三,13800000001,是", f"{URBAN_1}002,李四,13800000002,否", f"{VILLAGE}001,王五,,是")
    assert run("import", store, str(csv(tmp_path / "a.csv", f"{HEADER},电话,同意公开", *rows))) == 0
    capsys.readouterr()
    assert run("list", store) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert [(line[2], line[4]) for line in lines] == [("张三", "public"), ("李四", "not public"), ("王五", "")]


@pytest.mark.parametrize(
    "text", ["", "网格编码,姓名", "a,b\n1,2", "网格编码,姓名\n000,x"], ids=["empty", "none", "head", "all"]
)
def test_a_file_that_is_no_good_changes_nothing(store: str, tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8")
    before = dump(store)
    with pytest.raises(GeoGridError):
        run("import", store, str(path), "--skip-refused")
    assert dump(store) == before


def test_codes_outside_the_prefix_are_refused(store: str, tmp_path: Path) -> None:
    path = csv(tmp_path / "a.csv", HEADER, f"{URBAN_1}001,张三", f"{VILLAGE}001,王五")
    assert run("import", store, str(path), "--prefix", URBAN_1) == 1
    assert stored(store) == []


def test_organisations_are_stored_and_listed(store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = csv(tmp_path / "o.csv", "组织名称,编码,联系人", f"东村党委,{URBAN_1},张三")
    assert run("import", store, str(path), "--organisations") == 1, "no kind"
    path = csv(tmp_path / "o.csv", "组织名称,编码,联系人,类型", f"东村党委,{URBAN_1},张三,社区党委")
    assert run("import", store, str(path), "--organisations") == 0
    capsys.readouterr()
    assert run("list", store, "--organisations", "--prefix", URBAN_1) == 0
    assert capsys.readouterr().out.split("\n")[0].split("\t")[3:6] == ["社区党委", "东村党委", "张三"]
    assert run("list", store, "--organisations", "--prefix", VILLAGE, "--json") == 0
    assert told(capsys) == {"organisations": []}


def test_who_is_in_charge_is_listed_and_named_for_an_element(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tiny_plan()
    rows = [f"{code},人{i},1380000{i:04}" for i, code in enumerate(plan["grids"]["code"])]
    assert run("import", store, str(csv(tmp_path / "r.csv", f"{HEADER},电话", *rows))) == 0
    capsys.readouterr()
    assert run("list", store, "--prefix", URBAN_1) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == int(plan["grids"]["code"].str.startswith(URBAN_1).sum())
    assert run("vacancies", store) == 0
    assert "0 grids without anybody in charge" in capsys.readouterr().out
    assert run("responsible", store, "--element", "mine-6", "--json") == 0
    (row,) = told(capsys)["responsible"]
    assert (row["reason"], row["class"], row["level"]) == ("largest_share", "mine", 1)
    assert row["phone"].startswith("1380000")
    assert run("responsible", store) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(plan["elements"])
    with pytest.raises(UsageError, match="no element 'x'"):
        run("responsible", store, "--element", "x")


def test_what_the_stored_roster_leaves_open_is_listed(
    store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("vacancies", store, "--json") == 1
    assert len(told(capsys)["vacancies"]) == len(tiny_plan()["grids"])
    run("import", store, str(csv(tmp_path / "a.csv", HEADER, f"{URBAN_1}001,张三")))
    with open_store(store) as opened, opened.ledger() as ledger:
        row = ledger.staff().drop(columns="id").to_dict("records")[0] | {"grid_code": f"{URBAN_1}999", "phone": None}
        ledger.add_staff(row | {"term_from": None, "term_to": None}, Audit("anna", "staff", {}, {}))
    capsys.readouterr()
    assert run("vacancies", store, "--json") == 1
    seen = told(capsys)
    assert len(seen["vacancies"]) == len(tiny_plan()["grids"]) - 1
    assert [row["grid_code"] for row in seen["gone"]] == [f"{URBAN_1}999"]
