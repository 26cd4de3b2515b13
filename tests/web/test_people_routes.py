"""People over the web: rosters in, who is in charge, single changes, and who was given household data."""

from __future__ import annotations

import datetime as dt
import io
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest
from plans import URBAN_1, URBAN_2, VILLAGE, tiny_plan
from signing import Visitor, add, problem, sign_in

from geo_grid.people import PublicRoster, responsible_for_elements
from geo_grid.store import open_store
from webmap import Settings, create_app
from webmap.people import models

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

ONE, TWO = f"{URBAN_1}001", f"{URBAN_1}002"
HEADER = "网格编码,姓名,电话,同意公开"
ROSTER = (f"{ONE},张三,13800000001,是", f"{TWO},李四,13800000002,否", f"{VILLAGE}001,王五,,")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    store = tmp_path / "plan.gpkg"
    open_store(store).write(tiny_plan())
    made = create_app(store, settings=Settings(workers=1, geometry_seconds=120, edits_limit="1000 per minute"))
    add(made, "li", "planner")
    yield made
    made.extensions["office"].close()


@pytest.fixture
def li(app: Flask) -> Visitor:
    return sign_in(app, "li")


@pytest.fixture(scope="module")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Somebody whose requests store nothing: one service does for all of them."""
    store = tmp_path_factory.mktemp("people") / "plan.gpkg"
    open_store(store).write(tiny_plan())
    made = create_app(store, settings=Settings(workers=1, geometry_seconds=120, edits_limit="1000 per minute"))
    add(made, "li", "planner")
    yield sign_in(made, "li")
    made.extensions["office"].close()


def send(visitor: Visitor, data: bytes | tuple[str, ...], rest: str = "kind=staff", name: str = "r.csv") -> Any:
    if isinstance(data, tuple):
        data = "\n".join([HEADER, *data]).encode()
    form = {"file": (io.BytesIO(data), name)}
    return visitor.send("POST", f"/api/v1/people/import?{rest}", data=form, content_type="multipart/form-data")


def told(answer: Any, model: Any, status: int = 200) -> dict[str, Any]:
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = answer.get_json()
    model.model_validate(found)
    return found


def names(visitor: Visitor, rest: str = "") -> list[str]:
    return [row["name"] for row in told(visitor.get(f"/api/v1/people/staff?{rest}"), models.Members)["staff"]]


def test_a_roster_is_tried_taken_and_shown(li: Visitor, app: Flask) -> None:
    seen = told(send(li, ROSTER, "kind=staff&preview=1"), models.TakenList)
    assert (seen["read"], seen["taken"], seen["added"], seen["stored"]) == (3, 3, 3, False)
    assert names(li) == []
    done = told(send(li, ROSTER), models.TakenList)
    assert done == seen | {"stored": True}
    assert names(li) == ["张三", "李四", "王五"]
    assert names(li, f"code={TWO}") == ["李四"]
    assert names(li, f"prefix={URBAN_1}&limit=1&offset=1") == ["李四"]
    (row,) = li.get("/api/v1/edits").get_json()["edits"]
    assert (row["what"], row["author"], row["change"]["added"]) == ("import_staff", "li", 3)
    assert "张三" not in str(row)
    assert li.get("/api/v1/desk/changes?since=0").get_json() == {"last": row["id"], "changes": []}
    day = dt.datetime.now().astimezone().date()
    public = PublicRoster(lambda: app.extensions["office"].ledger).staff([ONE, TWO], day)
    assert [public[code][0]["phone"] for code in (ONE, TWO)] == ["13800000001", None]


def test_a_refused_row_changes_nothing_unless_the_rest_is_wanted(li: Visitor) -> None:
    send(li, ROSTER)
    bad = (f"{ONE},赵六,1,", f"{TWO},孙七,,")
    body = problem(send(li, bad), 422, "invalid")
    assert (body["read"], [row["row"] for row in body["refused"]]) == (2, [2])
    assert "赵六" not in str(body), "reasons name nobody"
    seen = told(send(li, bad, "kind=staff&preview=1"), models.TakenList)
    assert (seen["added"], seen["refused_total"]) == (None, 1)
    assert names(li) == ["张三", "李四", "王五"]
    done = told(send(li, bad, "kind=staff&skip_refused=1"), models.TakenList)
    assert (done["added"], done["ended"], done["refused_total"]) == (1, 0, 1)
    assert names(li) == ["张三", "李四", "孙七", "王五"]


def test_a_roster_in_xlsx_replaces_all_below_a_prefix(li: Visitor) -> None:
    send(li, ROSTER, "kind=staff&on=2026-01-01")
    book = openpyxl.Workbook()
    for row in (["网格编码", "姓名"], [ONE, "赵六"]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    done = told(send(li, out.getvalue(), f"kind=staff&prefix={URBAN_1}&on=2026-03-01", "r.xlsx"), models.TakenList)
    assert (done["added"], done["ended"]) == (1, 2)
    assert names(li, "on=2026-02-28") == ["张三", "李四", "王五"]
    assert names(li, "on=2026-03-01") == ["赵六", "王五"]
    assert len(names(li, "history=1")) == 4


def test_vacancies_and_doubles_are_listed(li: Visitor) -> None:
    send(li, (*ROSTER, f"{ONE},赵六,,"))
    found = told(li.get("/api/v1/people/vacancies?limit=5"), models.Vacancies)
    grids = tiny_plan()["grids"]
    assert found["total"] == len(grids) - 3
    assert len(found["vacancies"]) == 5
    assert found["gone"] == []
    free = told(li.get(f"/api/v1/people/vacancies?prefix={VILLAGE}&on=2030-01-01"), models.Vacancies)
    assert free["total"] == int(grids["code"].str.startswith(VILLAGE).sum()) - 1
    (double,) = told(li.get("/api/v1/people/doubles"), models.Doubles)["doubles"]
    assert (double["codes"], double["names"]) == ([ONE], ["张三", "赵六"])


def test_one_person_answers_for_each_element(li: Visitor) -> None:
    plan = tiny_plan()
    rows = tuple(f"{code},人{at},," for at, code in enumerate(plan["grids"]["code"]))
    send(li, rows)
    store = plan["elements"], plan["element_shares"], plan["grids"]
    day = dt.date(2030, 1, 1)
    known = pd.DataFrame(li.get("/api/v1/people/staff?limit=2000").get_json()["staff"])
    whole = responsible_for_elements(*store, known, day).set_index("element_id")
    seen = set()
    for area in plan["areas"]["code"]:
        answer = told(li.get(f"/api/v1/people/responsible?area={area}&on={day}"), models.Duties)
        for row in answer["elements"]:
            assert (row["grid_code"], row["name"], row["reason"]) == tuple(
                whole.loc[row["id"], ["grid_code", "name", "reason"]]
            )
        seen |= {row["id"] for row in answer["elements"]}
    assert seen == set(whole.index[whole["reason"] != "outside"])
    problem(li.get("/api/v1/people/responsible?area=x"), 404, "unknown_code")


def test_phone_consent_and_term_of_one_person_change(li: Visitor) -> None:
    send(li, ROSTER)
    path = f"/api/v1/people/grids/{ONE}/staff"
    row = told(li.send("PATCH", f"{path}/1", {"phone": "0358-1234567", "term_to": "2030-01-01"}), models.Member)
    assert (row["phone"], row["phone_public"], row["term_to"]) == ("03581234567", True, "2030-01-01")
    row = told(li.send("PATCH", f"{path}/1", {"phone": None}), models.Member)
    assert (row["phone"], row["phone_public"]) == (None, False)
    new = told(li.post(path, {"name": " 赵六 ", "phone": "110", "term_from": "2030-01-02"}), models.Member, 201)
    assert (new["name"], new["level"], new["role"], new["source"]) == ("赵六", 1, "网格员", "li")
    assert names(li, f"code={ONE}&on=2030-01-02") == ["赵六"]
    assert [edit["what"] for edit in li.get(f"/api/v1/edits?area={URBAN_1}").get_json()["edits"]] == ["staff"] * 3


@pytest.mark.parametrize(
    ("method", "rest", "body", "status", "code"),
    [
        ("PATCH", f"{ONE}/staff/99", {"phone": None}, 404, "unknown_name"),
        ("PATCH", f"{TWO}/staff/1", {"phone": None}, 404, "unknown_name"),
        ("PATCH", f"{ONE}/staff/1", {"phone": "call me"}, 422, "invalid"),
        ("PATCH", f"{ONE}/staff/1", {"phone_public": None}, 422, "invalid"),
        ("PATCH", f"{ONE}/staff/1", {"term_to": "2026-02-31"}, 422, "invalid"),
        ("PATCH", f"{ONE}/staff/1", {"term_from": "2026-03-02", "term_to": "2026-03-01"}, 422, "invalid"),
        ("PATCH", f"{ONE}/staff/1", {"name": "x"}, 422, "invalid"),
        ("POST", f"{ONE}/staff", {"name": "张三"}, 422, "invalid"),
        ("POST", f"{ONE}/staff", {"name": " "}, 422, "invalid"),
        ("POST", f"{URBAN_1}/staff", {"name": "x"}, 404, "unknown_code"),
        ("POST", f"{URBAN_1}999/staff", {"name": "x"}, 404, "unknown_code"),
    ],
)
def test_a_change_that_makes_no_sense_is_refused(
    refused: Visitor, method: str, rest: str, body: Any, status: int, code: str
) -> None:
    if not names(refused):
        send(refused, ROSTER)
    before = refused.get("/api/v1/people/staff?history=1").get_json()
    problem(refused.send(method, f"/api/v1/people/grids/{rest}", body), status, code)
    assert refused.get("/api/v1/people/staff?history=1").get_json() == before


@pytest.mark.parametrize(
    ("data", "rest", "name", "status", "code"),
    [
        (b"", "kind=staff", "r.csv", 422, "bad_file"),
        (b"a,b\n1,2", "kind=staff", "r.csv", 422, "bad_file"),
        (b"\x00\xff" * 100, "kind=staff", "r.xlsx", 422, "bad_file"),
        (b"x", "kind=staff", "r.geojson", 422, "invalid"),
        (b"x", "kind=staff", "", 422, "invalid"),
        (b"x", "kind=staff", "/vsicurl/http:/evil.example/x", 422, "invalid"),
        (b"x", "kind=other", "r.csv", 422, "invalid"),
        (b"x", "", "r.csv", 422, "invalid"),
        (("000,x,,",), "kind=staff&skip_refused=1", "r.csv", 422, "bad_file"),
    ],
)
def test_files_that_are_no_good_change_nothing(
    refused: Visitor, data: Any, rest: str, name: str, status: int, code: str
) -> None:
    before = refused.get("/api/v1/people/staff?history=1").get_json()
    body = problem(send(refused, data, rest, name), status, code)
    assert "/tmp" not in str(body)
    assert "upload" not in str(body)
    assert refused.get("/api/v1/people/staff?history=1").get_json() == before


def test_organisations_are_taken_and_shown_where_they_belong(li: Visitor) -> None:
    rows = f"组织名称,编码,类型\n东社区党委,{URBAN_1},社区党委\n甲支部,{ONE},小区党支部\n西社区党委,{URBAN_2},社区党委"
    done = told(send(li, rows.encode(), "kind=organisations"), models.TakenList)
    assert done["added"] == 3

    def shown(rest: str = "") -> list[str]:
        answer = told(li.get(f"/api/v1/people/organisations?{rest}"), models.Organisations)
        return [row["name"] for row in answer["organisations"]]

    assert shown() == ["东社区党委", "甲支部", "西社区党委"]
    assert shown(f"prefix={URBAN_2}") == ["西社区党委"]
    assert shown(f"code={URBAN_1}") == ["东社区党委", "甲支部"]
    assert shown(f"code={TWO}") == ["东社区党委"]
    problem(li.get("/api/v1/people/organisations?code=x"), 404, "unknown_code")


def test_who_is_bounded_takes_rosters_of_their_own_codes_only(app: Flask) -> None:
    add(app, "wang", "planner", URBAN_1)
    wang = sign_in(app, "wang")
    body = problem(send(wang, ROSTER), 422, "invalid")
    assert [row["row"] for row in body["refused"]] == [4]
    assert told(send(wang, ROSTER[:2]), models.TakenList)["added"] == 2
    problem(send(wang, ROSTER, f"kind=staff&prefix={VILLAGE}"), 403, "prefix")
    problem(send(wang, ROSTER, "kind=staff&prefix="), 403, "prefix")
    problem(wang.post(f"/api/v1/people/grids/{VILLAGE}001/staff", {"name": "x"}), 403, "prefix")


def test_inspectors_read_and_do_not_change(app: Flask, li: Visitor) -> None:
    send(li, ROSTER)
    add(app, "sun", "inspector", URBAN_1)
    sun = sign_in(app, "sun")
    assert names(sun) == ["张三", "李四"], "theirs only"
    assert told(sun.get("/api/v1/people/vacancies"), models.Vacancies)["total"] > 0
    problem(send(sun, ROSTER), 403, "role")
    problem(sun.send("PATCH", f"/api/v1/people/grids/{ONE}/staff/1", {"phone": None}), 403, "role")
    problem(sun.get("/api/v1/access-log"), 403, "role")
    problem(li.get("/api/v1/access-log"), 403, "role")


def test_who_is_given_households_is_written_down_first(app: Flask, li: Visitor) -> None:
    add(app, "boss", "administrator", URBAN_2)
    add(app, "chief", "administrator")
    chief = sign_in(app, "chief")
    for rest in (f"csv?area={URBAN_1}", "csv", f"geojson?area={URBAN_1}", f"csv?area={URBAN_2}"):
        with li.get(f"/api/v1/exports/{rest}") as answer:
            assert answer.status_code == 200
    grids = f"id,grid_code_l3\nnobody,{ONE}0101"
    form = {"file": (io.BytesIO(grids.encode()), "g.csv")}
    path = f"/api/v1/desk/areas/{URBAN_1}/import?kind=assignment&preview=1"
    li.send("POST", path, data=form, content_type="multipart/form-data", base=0)
    rows = told(chief.get("/api/v1/access-log"), models.Log)["accesses"]
    assert [(row["account"], row["what"], row["area"]) for row in rows] == [
        ("li", "export csv", URBAN_1),
        ("li", "export csv", ""),
        ("li", "export csv", URBAN_2),
        ("li", "import assignment preview", URBAN_1),
    ]
    later = told(chief.get(f"/api/v1/access-log?since={rows[1]['id']}&limit=1"), models.Log)["accesses"]
    assert later == rows[2:3]
    own = told(sign_in(app, "boss").get("/api/v1/access-log"), models.Log)["accesses"]
    assert [row["area"] for row in own] == ["", URBAN_2]


def test_nobody_is_given_households_where_that_cannot_be_written_down(
    app: Flask, li: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from geo_grid.errors import StoreError

    def fail(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(app.extensions["office"].ledger, "log_access", fail)
    problem(li.get("/api/v1/exports/csv"), 503, "store_unavailable")
    with li.get(f"/api/v1/exports/geojson?area={URBAN_1}") as answer:
        assert answer.status_code == 200, "nothing of a household"


def test_changes_of_accounts_are_in_the_audit(app: Flask) -> None:
    add(app, "chief", "administrator")
    chief = sign_in(app, "chief")
    new = {"name": "wu", "role": "planner", "prefix": URBAN_1, "password": "quiet-river-8"}
    assert chief.post("/api/v1/users", new).status_code == 201
    assert chief.send("PATCH", "/api/v1/users/wu", {"role": "inspector"}).status_code == 200
    link = chief.post("/api/v1/invitations", {"name": "zhou", "role": "planner", "prefix": ""}).get_json()["path"]
    token = link.partition("#token=")[2]
    guest = Visitor(app.test_client())
    assert guest.post("/api/v1/welcome", {"token": token, "password": "quiet-river-9"}).status_code == 200
    edits = chief.get("/api/v1/edits").get_json()["edits"]
    assert [(row["what"], row["author"], row["request"]["account"]) for row in edits] == [
        ("account", "chief", "wu"),
        ("account", "chief", "wu"),
        ("invite", "chief", "zhou"),
        ("account", "zhou", "zhou"),
    ]
    assert "quiet-river" not in str(edits)
    assert token not in str(edits)
    wu = sign_in(app, "wu", "quiet-river-8")
    assert {row["request"]["account"] for row in wu.get("/api/v1/edits").get_json()["edits"]} == {"wu"}
