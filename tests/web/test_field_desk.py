"""Rounds, duties, cover, load and matters, as an office asks for them."""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from fielding import API, GULLY, RIVER, field_app, phone, place
from pg import database, postgis_cluster  # noqa: F401 - a fixture
from plans import URBAN_1, VILLAGE, tiny_plan
from signing import problem, sign_in

from geo_grid.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask


@pytest.fixture(scope="module", params=["gpkg", "postgis"])
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder: Path = tmp_path_factory.mktemp("desk")
    with ExitStack() as stack:
        url = str(folder / "plan.gpkg")
        if request.param == "postgis":
            url = stack.enter_context(database(request.getfixturevalue("postgis_cluster")))
        open_store(url).write(tiny_plan())
        made = stack.enter_context(field_app(url, folder))
        wang, zhao, li = phone(made), phone(made, "zhao"), phone(made, "li")
        wang.taken(*(wang.record("gully-3", place(2.5 + step, 5.5), notes=str(step)) for step in range(7)))
        wang.taken(wang.record("well-8", place(1.5, 5.25)))
        matters = [wang.found(GULLY), wang.found(RIVER, "river", element_id="river-1")]
        wang.taken(*matters)
        zhao.hears()
        first = matters[0]["id"]
        # over by now: the phone made all this half an hour before
        soon = (zhao.now + dt.timedelta(seconds=5)).isoformat()
        assigned = zhao.follow(first, [first], "assigned", assignee="li", due_at=soon)
        zhao.taken(assigned)
        li.hears()
        li.taken(li.follow(first, [assigned["id"]], "mended", photos=[li.uid()]))
        zhao.taken(zhao.follow(first, [assigned["id"]], "rejected", reason="重复"))
        zhao.taken(zhao.follow(matters[1]["id"], [matters[1]["id"]], "assigned", assignee="wang", due_at=soon))  # fmt: skip
        yield made


def test_the_round_goes_by_what_is_due_from_where_one_stands(app: Flask) -> None:
    wang = sign_in(app, "wang")
    told = wang.get(f"{API}/round?lon={GULLY['lon']}&lat={GULLY['lat']}").get_json()
    stops = told["stops"]
    assert told["total"] == len(stops)
    assert {stop["grid"][:12] for stop in stops} <= {VILLAGE}
    assert all(stop["due"] <= told["on"] for stop in stops)
    assert "well-8" not in {stop["element_id"] for stop in stops}, "seen today"
    assert all(stop["metres"] < 2000 for stop in stops)
    whole = sign_in(app, "chief").get(f"{API}/round").get_json()
    assert whole["total"] > told["total"]
    inner = sign_in(app, "chief").get(f"{API}/round?area={VILLAGE}").get_json()
    assert inner["total"] == told["total"]


def test_a_round_has_no_more_stops_than_the_setting(app: Flask, tmp_path: Path) -> None:
    open_store(tmp_path / "plan.gpkg").write(tiny_plan())
    with field_app(str(tmp_path / "plan.gpkg"), tmp_path, round_stops=2) as small:
        told = sign_in(small, "chief").get(f"{API}/round?lon={GULLY['lon']}&lat={GULLY['lat']}").get_json()
        assert len(told["stops"]) == 2 < told["total"]
        near = sign_in(small, "chief").get(f"{API}/round").get_json()
        assert len(near["stops"]) == 2


def test_the_duties_of_a_month(app: Flask) -> None:
    wang = sign_in(app, "wang")
    told = wang.get(f"{API}/duties").get_json()
    assert told["total"] == sum(told["counts"].values()) == len(told["duties"]) > 5
    assert {row["state"] for row in told["duties"] if row["last_seen"] is None} <= {"overdue", "due", "later"}
    later = wang.get(f"{API}/duties?state=later").get_json()
    assert later["total"] == told["counts"]["later"]
    well = next(row for row in told["duties"] if row["element_id"] == "well-8")
    assert (well["last_seen"], well["held"]) == (told["on"], 1)
    assert well["part"] == 1 >= well["needed"] > 0
    assert all(row["part"] < row["needed"] for row in told["duties"] if row["last_seen"] is None)
    assert all(0 <= row["part"] <= 1 for row in told["duties"])
    page = wang.get(f"{API}/duties?offset=2&limit=3").get_json()
    assert page["duties"] == told["duties"][2:5]
    late = wang.get(f"{API}/duties?state=overdue").get_json()
    assert late["total"] == told["counts"]["overdue"]
    out = wang.get(f"{API}/duties?visits=1").get_json()
    assert out["total"] >= told["counts"]["due"]
    assert all(told["on"] <= row["day"] <= told["last"] for row in out["duties"])
    old = wang.get(f"{API}/duties?month=2025-02").get_json()
    assert (old["on"], old["first"], old["last"]) == ("2025-02-28", "2025-02-01", "2025-02-28")
    assert all(row["last_seen"] is None for row in old["duties"])
    problem(wang.get(f"{API}/duties?month=2025-13"), 400, "bad_request")
    problem(wang.get(f"{API}/duties?month=0001-01"), 400, "bad_request")


def test_cover_tells_what_part_was_seen(app: Flask) -> None:
    told = sign_in(app, "zhao").get(f"{API}/cover?digits=12").get_json()
    rows = {(row["code"], row["class"]): row for row in told["cover"]}
    gully = rows[VILLAGE, "gully"]
    assert (gully["unit"], gully["name"]) == ("km", "岭上村")
    assert gully["whole"] == pytest.approx(0.6)
    assert gully["share"] > 0.9
    assert rows[VILLAGE, "well"]["seen"] == 1
    assert rows[VILLAGE, "forest"]["seen"] == 0
    before = sign_in(app, "zhao").get(f"{API}/cover?digits=12&month=2025-02").get_json()
    assert sum(row["seen"] for row in before["cover"]) == 0


def test_load_is_for_the_office(app: Flask) -> None:
    ledger = app.extensions["office"].ledger
    assert sign_in(app, "zhao").get(f"{API}/load").get_json()["people"] == []
    visitor = sign_in(app, "chief")
    made = visitor.post(f"/api/v1/people/grids/{VILLAGE}001/staff", {"name": "王师傅"})
    assert made.status_code == 201, made.get_data(as_text=True)
    people = sign_in(app, "zhao").get(f"{API}/load").get_json()["people"]
    assert [(row["name"], row["grids"]) for row in people] == [("王师傅", 1)]
    assert people[0]["visits"] > 0
    problem(sign_in(app, "wang").get(f"{API}/load"), 403, "role")
    duty = sign_in(app, "wang").get(f"{API}/duties").get_json()["duties"]
    assert "王师傅" in {row["person"] for row in duty}, "the list is made anew when people change"
    assert ledger.field_stamp() > 0


def test_matters_are_listed_and_told_whole(app: Flask) -> None:
    zhao = sign_in(app, "zhao")
    told = zhao.get(f"{API}/matters").get_json()
    assert (len(told["matters"]), told["more"]) == (2, False)
    river = next(row for row in told["matters"] if row["category"] == "river")
    assert (river["overdue"], river["assignee"], river["element_name"]) == (True, "wang", "三川河")
    assert {row["id"] for row in zhao.get(f"{API}/matters?overdue=1").get_json()["matters"]} == {river["id"]}
    assert zhao.get(f"{API}/matters?category=river&status=found").get_json()["matters"] == []
    assert len(zhao.get(f"{API}/matters?status=assigned,mended").get_json()["matters"]) == 2
    page = zhao.get(f"{API}/matters?limit=1").get_json()
    assert (page["matters"], page["more"]) == (told["matters"][:1], True)
    problem(zhao.get(f"{API}/matters?status=lost"), 400, "bad_request")
    (both,) = zhao.get(f"{API}/matters?conflict=1").get_json()["matters"]
    whole = zhao.get(f"{API}/matters/{both['id']}").get_json()
    assert [change["kind"] for change in whole["changes"]] == ["found", "assigned", "mended", "rejected"]
    assert {change["kind"] for change in whole["conflict"]} == {"mended", "rejected"}
    assert set(whole["actions"]["resolved"]) == {change["id"] for change in whole["conflict"]}
    assert whole["grid_now"].startswith(VILLAGE)
    inspector = sign_in(app, "wang").get(f"{API}/matters/{both['id']}").get_json()
    assert "resolved" not in inspector["actions"]
    problem(sign_in(app, "sun").get(f"{API}/matters/{both['id']}"), 403, "prefix")
    assert sign_in(app, "sun").get(f"{API}/matters").get_json()["matters"] == []


def test_figures_count_what_was_found(app: Flask) -> None:
    zhao = sign_in(app, "zhao")
    rows = zhao.get(f"{API}/figures?digits=12").get_json()["figures"]
    assert {(row["category"], row["found"], row["overdue"], row["conflicts"]) for row in rows} == {
        ("landslide", 1, 0, 1),
        ("river", 1, 1, 0),
    }
    assert {row["name"] for row in rows} == {"岭上村"}
    assert zhao.get(f"{API}/figures?first=2025-01-01&end=2025-02-01").get_json()["figures"][0]["found"] == 0
    problem(zhao.get(f"{API}/figures?first=2025-02-01&end=2025-01-01"), 400, "bad_request")


def test_records_are_listed_with_who_and_where(app: Flask) -> None:
    zhao = sign_in(app, "zhao")
    told = zhao.get(f"{API}/records?element=gully-3&limit=2").get_json()
    assert (told["total"], [row["notes"] for row in told["records"]]) == (7, ["6", "5"])
    assert {row["author"] for row in told["records"]} == {"wang"}
    assert zhao.get(f"{API}/records?first=2020-01-01&last=2020-02-01").get_json()["total"] == 0


@pytest.mark.parametrize("rest", ["round", "duties", "cover", "load", "figures", "records", "matters"])
def test_nothing_of_others_is_told(app: Flask, rest: str) -> None:
    name = "zhao" if rest == "load" else "wang"
    problem(sign_in(app, name).get(f"{API}/{rest}?area={'1409' if rest == 'load' else URBAN_1}"), 403, "prefix")


@pytest.mark.parametrize(("name", "begins"), [("gpkg", b"SQLite format 3"), ("xlsx", b"PK"), ("report", b"<!")])
def test_a_month_goes_out_as_a_file_to_the_office(app: Flask, name: str, begins: bytes) -> None:
    with sign_in(app, "zhao").get(f"{API}/exports/{name}?area={VILLAGE}&lang=en") as answer:
        body = answer.get_data()
        assert answer.status_code == 200, body
        assert body[:20].lower().startswith(begins.lower())
        assert answer.headers["Cache-Control"] == "no-store"
        assert f"field-{VILLAGE}-" in answer.headers["Content-Disposition"]
    problem(sign_in(app, "wang").get(f"{API}/exports/{name}"), 403, "role")
    problem(sign_in(app, "zhao").get(f"{API}/exports/{name}?area=1409"), 403, "prefix")
    problem(sign_in(app, "zhao").get(f"{API}/exports/{name}?month=2199-01"), 400, "bad_request")


def test_there_is_no_other_kind_of_file(app: Flask) -> None:
    problem(sign_in(app, "zhao").get(f"{API}/exports/docx"), 404, "unknown_name")


@pytest.mark.parametrize(("seconds", "told"), [(0.0, True), (1000.0, False)])
def test_a_large_list_may_be_behind_for_a_moment_a_small_one_never(tmp_path: Path, seconds: float, told: bool) -> None:
    open_store(tmp_path / "plan.gpkg").write(tiny_plan())
    with field_app(str(tmp_path / "plan.gpkg"), tmp_path, field_list_seconds=seconds) as made:
        wang, chief = phone(made), sign_in(made, "chief")

        def seen(visitor: Any) -> bool:
            rows = visitor.get(f"{API}/duties").get_json()["duties"]
            return any(row["element_id"] == "well-8" and row["last_seen"] for row in rows)

        assert not seen(chief)
        assert not seen(wang.visitor)
        wang.taken(wang.record("well-8", place(1.5, 5.25)))
        assert seen(wang.visitor)
        assert seen(chief) is told
