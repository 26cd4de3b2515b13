"""What phones send and ask for, over HTTP and on both stores."""

from __future__ import annotations

import random
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from fielding import API, GULLY, PREFIX, RIVER, Phone, field_app, jpeg, phone, place
from pg import database, postgis_cluster  # noqa: F401 - a fixture
from plans import URBAN_1, VILLAGE, tiny_plan
from signing import problem, sign_in

from geo_grid.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("field") / "plan.gpkg"
    open_store(path).write(tiny_plan())
    return path


@pytest.fixture(scope="module")
def template_database(postgis_cluster: str) -> Iterator[str]:  # noqa: F811
    with database(postgis_cluster) as url:
        open_store(url).write(tiny_plan())
        yield url.partition("@/")[2].partition("?")[0]


@pytest.fixture(params=["gpkg", "postgis"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    if request.param == "gpkg":
        shutil.copy(request.getfixturevalue("template"), tmp_path / "plan.gpkg")
        with field_app(str(tmp_path / "plan.gpkg"), tmp_path) as made:
            yield made
    else:
        name = request.getfixturevalue("template_database")
        with database(request.getfixturevalue("postgis_cluster"), name) as url, field_app(url, tmp_path) as made:
            yield made


def test_what_is_sent_is_taken_once_and_told_to_those_whose_it_is(app: Flask) -> None:
    wang, li, sun = phone(app), phone(app, "li"), phone(app, "sun")
    first, second = wang.record(), wang.record("well-8", place(1.5, 5.25), checklist={"cover": True}, notes="井盖完好")
    told = wang.taken(first, second)
    assert "warnings" not in told[0]
    assert [each["status"] for each in wang.send(second, first)] == ["known", "known"]
    assert [event["id"] for event in li.news()] == [first["id"], second["id"]]
    assert li.news()[1]["author"] == "wang"
    assert li.news()[1]["stamp"]["grid_code"].startswith(VILLAGE)
    assert sun.news() == [], "nothing outside the prefix"
    cursor = li.visitor.get(f"{API}/events").get_json()["cursor"]
    assert li.news(cursor) == []


def test_what_is_refused_says_why_and_the_rest_is_taken(app: Flask) -> None:
    wang = phone(app)
    good, foreign = wang.record(), wang.record(None, place(5, 1))
    broken = wang.record() | {"clock": "yesterday"}
    told = {each["id"]: each for each in wang.send(good, foreign, broken)}
    assert told[good["id"]]["status"] == "taken"
    assert (told[foreign["id"]]["status"], told[foreign["id"]]["reason"]) == ("refused", "out_of_prefix")
    assert (told[broken["id"]]["reason"], told[broken["id"]]["at"]) == ("malformed", "clock")
    assert [event["id"] for event in wang.news()] == [good["id"]]


@pytest.mark.parametrize("body", [[None], [1, "x", []], [{}], [[]], [{"id": "x"}] * 3])
def test_what_is_no_event_is_refused_by_itself(app: Flask, body: list[Any]) -> None:
    wang = phone(app)
    answer = wang.visitor.post(f"{API}/events", body)
    assert answer.status_code == 200
    assert {each["status"] for each in answer.get_json()["answers"]} == {"refused"}


def test_a_batch_is_bounded_and_a_list(app: Flask) -> None:
    wang = phone(app)
    problem(wang.visitor.post(f"{API}/events", [{}] * 201), 413, "too_large")
    problem(wang.visitor.post(f"{API}/events", ["x" * 2_100_000]), 413, "too_large")
    problem(wang.visitor.post(f"{API}/events", {"events": []}), 422, "invalid")


def test_a_matter_goes_its_way_and_two_answers_stand_side_by_side(app: Flask) -> None:
    wang, li, zhao = phone(app), phone(app, "li"), phone(app, "zhao")
    found = wang.found(RIVER, "river", element_id="river-1")
    wang.taken(found)
    zhao.hears()
    assigned = zhao.follow(found["id"], [found["id"]], "assigned", assignee="li")
    zhao.taken(assigned)
    li.hears()
    wang.hears()
    mended = li.follow(found["id"], [assigned["id"]], "mended", photos=[li.uid()])
    refused = wang.follow(found["id"], [assigned["id"]], "mended", photos=[wang.uid()])
    told = li.send(mended)[0]
    assert told["status"] == "taken"
    assert wang.send(refused)[0]["reason"] == "not_assignee"
    zhao.hears()
    again = zhao.follow(found["id"], [assigned["id"]], "rejected", reason="重复")
    zhao.taken(again)
    row = app.extensions["office"].ledger.matter(found["id"])["row"]
    assert (row["conflict"], set(row["heads"])) == (1, {mended["id"], again["id"]})
    own = wang.visitor.get(f"{API}/own").get_json()
    assert own["refused"] == [{"id": refused["id"], "reason": "not_assignee"}]


def test_a_photo_comes_in_parts_and_goes_on_where_it_stopped(app: Flask) -> None:
    wang, li, sun = phone(app), phone(app, "li"), phone(app, "sun")
    data = jpeg(size=(1200, 900), comment=b"secret comment", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0")
    assert len(data) > 300_000
    record = wang.record()
    event = wang.photo(record["id"], data, exif={"Make": "somebody"})
    wang.taken(record, event)
    id_ = event["id"]
    assert wang.visitor.get(f"{API}/own").get_json()["wanted"] == [{"id": id_, "received": 0, "size": len(data)}]
    assert wang.part(id_, data[:100_000]).get_json() == {"received": 100_000, "complete": False}
    assert wang.part(id_, data[:100_000]).get_json() == {"received": 100_000, "complete": False}, "again"
    assert wang.part(id_, data[200_000:250_000], 200_000).get_json()["refused"] == "gap"
    assert wang.part(id_, data[:262_145]).get_json()["refused"] == "too_long"
    damaged = wang.part(id_, data[100_000:200_000], 100_000, **{"X-Part-SHA256": "0" * 64}).get_json()
    assert damaged == {"received": 100_000, "complete": False, "refused": "damaged"}
    problem(wang.visitor.get(f"{API}/photos/{id_}"), 404, "unknown_name")
    at = 100_000
    while at < len(data):
        at = wang.part(id_, data[at - 1000 : at + 200_000], at - 1000).get_json()["received"]
    assert wang.part(id_, data[:10]).get_json() == {"received": len(data), "complete": True}, (
        "a lost answer, asked again"
    )
    assert wang.visitor.get(f"{API}/photos/{id_}?state=1").get_json() == {"received": len(data), "complete": True}
    assert wang.visitor.get(f"{API}/own").get_json()["wanted"] == []
    with li.visitor.get(f"{API}/photos/{id_}") as answer:
        body = answer.get_data()
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert answer.headers["Cache-Control"] == "private, no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert body != data
    assert b"secret comment" not in body
    assert b"Exif" not in body
    problem(sun.visitor.get(f"{API}/photos/{id_}"), 403, "prefix")
    problem(sun.visitor.get(f"{API}/photos/{id_}?state=1"), 403, "prefix")
    problem(li.part(id_, data[:10]), 404, "unknown_name")
    problem(app.test_client().get(f"{API}/photos/{id_}"), 401, "signed_out")
    assert app.extensions["office"].ledger.photo(id_)["exif"] == {"Make": "somebody"}
    assert "somebody" not in str(li.news()), "what a camera says of itself is for the office"


def test_a_photo_without_event_is_not_taken(app: Flask) -> None:
    wang = phone(app)
    problem(wang.part(wang.uid(), b"x"), 404, "unknown_name")


def test_the_package_of_an_area(app: Flask) -> None:
    wang = phone(app)
    mine = wang.visitor.get(f"{API}/areas").get_json()
    assert [(area["code"], area["grids"]) for area in mine["areas"]] == [(VILLAGE, 10)]
    answer = wang.visitor.get(f"{API}/package?area={VILLAGE}")
    told = answer.get_json()
    assert told["area"] == {"code": VILLAGE, "name": "岭上村", "kind": "rural"}
    assert {grid["code"][:12] for grid in told["grids"]} == {VILLAGE}
    assert {element["class"] for element in told["elements"]} >= {"river", "gully", "forest", "well"}
    assert {duty["class"] for duty in told["duties"]} >= {"river", "gully", "forest", "well"}
    assert set(told["forms"]) >= {element["class"] for element in told["elements"]}
    assert {person["account"] for person in told["people"]} == {"wang", "li", "zhao", "chief"}
    assert told["policy"]["chunk_bytes"] == 262_144
    ring = told["grids"][0]["geometry"]["coordinates"][0][0]
    assert ring[0][0] == pytest.approx(GULLY["lon"], abs=0.1)
    again = wang.visitor.get(f"{API}/package?area={VILLAGE}", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    wang.taken(wang.record("well-8", place(1.5, 5.25)))
    after = wang.visitor.get(f"{API}/package?area={VILLAGE}", headers={"If-None-Match": answer.headers["ETag"]})
    well = next(duty for duty in after.get_json()["duties"] if duty["element_id"] == "well-8")
    assert well["last_seen"] is not None
    problem(wang.visitor.get(f"{API}/package?area={URBAN_1}"), 403, "prefix")
    problem(phone(app, "chief").visitor.get(f"{API}/package?area=1"), 404, "unknown_name")


def changes(app: Flask, count: int) -> tuple[list[tuple[str, dict[str, Any]]], dict[str, Phone]]:
    """Changes by several phones, many of them made without knowing of each other."""
    phones = {name: phone(app, name) for name in ("wang", "li", "zhao")}
    dice = random.Random(7)
    made: list[tuple[str, dict[str, Any]]] = []
    matters: list[list[str]] = []
    kinds = ("assigned", "mended", "checked", "closed", "reopened", "noted")
    clock = None
    while len(made) < count:
        name = dice.choice(sorted(phones))
        own, throw = phones[name], dice.random()
        own.clock = max(own.clock or "", clock or "") or None
        if throw < 0.1 or not matters:
            event = own.found(notes=str(len(made)))
            matters.append([event["id"]])
        elif throw < 0.3:
            event = own.record(notes=str(len(made)))
        else:
            matter = dice.choice(matters)
            kind = dice.choice(kinds)
            body: dict[str, Any] = {
                "assigned": {"assignee": "li"}, "mended": {"photos": [own.uid()]}, "reopened": {"reason": "又有"}
            }.get(kind, {})  # fmt: skip
            event = own.follow(matter[0], [dice.choice(matter)], kind, **body)
            matter.append(event["id"])
        clock = event["clock"]
        made.append((name, event))
    return made, phones


def state(app: Flask) -> dict[str, Any]:
    """All that is known, without what depends on when something came."""
    ledger = app.extensions["office"].ledger
    matters = ledger.matters().drop(columns=["fid", "received_at"], errors="ignore").sort_values("id")
    records = ledger.records().drop(columns=["fid", "received_at"], errors="ignore").sort_values("id")
    told = {"matters": matters.to_dict("records"), "records": records.to_dict("records")}
    changes_ = [ledger.matter(id_)["changes"] for id_ in matters["id"]]
    plain = [[{k: v for k, v in row.items() if k != "received_at"} for row in rows] for rows in changes_]
    return told | {"changes": plain}


def test_a_thousand_changes_replayed_twice_and_in_random_order_give_the_same_state(app: Flask) -> None:
    made, phones = changes(app, 1000)
    dice = random.Random(3)
    seen = None
    for _ in range(2):
        for name, own in phones.items():
            lot = [event for who, event in made if who == name]
            dice.shuffle(lot)
            for start in range(0, len(lot), 150):
                own.send(*lot[start : start + 150])
        now = state(app)
        assert seen is None or str(seen) == str(now)
        seen = now
    assert seen is not None
    assert {row["status"] for row in seen["matters"]} >= {"found", "assigned", "mended"}
    assert any(row["conflict"] for row in seen["matters"])


def test_the_order_in_which_changes_come_does_not_matter(app: Flask, tmp_path: Path, template: Path) -> None:
    made, phones = changes(app, 120)
    for name, event in made:
        phones[name].send(event)
    shutil.copy(template, tmp_path / "other.gpkg")
    with field_app(str(tmp_path / "other.gpkg"), tmp_path) as other:
        theirs = {name: phone(other, name) for name in phones}
        shuffled = made.copy()
        random.Random(5).shuffle(shuffled)
        for name, event in shuffled:
            theirs[name].send(event)
        assert str(state(other)) == str(state(app))


def test_everybody_has_to_be_signed_in(app: Flask) -> None:
    client = app.test_client()
    for path in ("events", "own", "areas", f"package?area={VILLAGE}"):
        problem(client.get(f"{API}/{path}"), 401, "signed_out")
    visitor = sign_in(app, "wang")
    visitor.csrf = "x"
    problem(visitor.post(f"{API}/events", []), 403, "csrf")
    assert PREFIX == VILLAGE


HOSTILE = [
    b"",
    b"{",
    b"[",
    b"null",
    b"NaN",
    b"[NaN]",
    b"[" * 100_000,
    b'["\\ud800"]',
    b'["\\u0000"]',
    b'{"a": []}',
    b"\xff",
]


@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bodies_are_refused_whole(app: Flask, body: bytes) -> None:
    wang = phone(app)
    answer = wang.visitor.send("POST", f"{API}/events", data=body, content_type="application/json")
    assert answer.status_code in {400, 422}, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"


def test_hostile_events_are_refused_by_themselves(app: Flask) -> None:
    wang = phone(app)
    good = wang.record()
    deep: Any = {}
    for _ in range(200):
        deep = {"a": deep}
    spoiled = [
        wang.record() | {"author": "chief"},
        wang.record() | {"id": "../../x"},
        wang.record() | {"device": "x" * 65},
        wang.record(checklist=deep),
        wang.record(notes="x" * 2_001),
        wang.record() | {"body": {}},
        wang.record(at={"lon": 1e308, "lat": -1e308, "accuracy": 1}),
        wang.record(None, {"lon": 0, "lat": 0, "accuracy": 1}),
        wang.record(element="nothing"),
        wang.record() | {"made_at": "9999-12-31T23:59:59Z"},
        wang.photo(good["id"], jpeg(), size=10**12),
        wang.photo(good["id"], jpeg(), content_type="image/svg+xml"),
    ]
    told = wang.send(*[each for each in spoiled if each["id"] != "../../x"], good)
    assert [each["status"] for each in told] == ["refused"] * (len(spoiled) - 1) + ["taken"]
    answer = wang.visitor.post(f"{API}/events", spoiled[1:2]).get_json()["answers"]
    assert answer == [{"id": None, "status": "refused", "reason": "malformed", "at": "id"}]
