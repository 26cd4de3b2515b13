"""How public answers are kept and shared, and how much one address may ask."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from plans import URBAN_1

from webmap import Settings, create_app
from webmap.public import limits as module
from webmap.public.limits import PublicLimits
from webmap.refusals import TooManyError

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

OFTEN = dict.fromkeys(("lookup_limit", "public_limit", "bulk_limit", "version_limit"), "1000000 per minute")
TOP = f"{URBAN_1}001"
#: Two places in different grids.
HERE, THERE = (111.12725853, 37.51928374), (111.133, 37.5201)


@pytest.fixture
def asked(store: Path) -> FlaskClient:
    return create_app(store, settings=Settings(**OFTEN)).test_client()


def look(client: FlaskClient, place: tuple[float, float]) -> Any:
    lon, lat = place
    return client.get("/api/v1/lookup", query_string={"lon": lon, "lat": lat})


@pytest.mark.parametrize(
    "path", [f"grids/{TOP}/children", f"grids/{TOP}/staff", "search?q=fs", f"grids/{TOP}/shape", "areas"]
)
def test_answers_are_kept_until_they_change(asked: FlaskClient, path: str) -> None:
    first = asked.get(f"/api/v1/{path}")
    assert first.cache_control.public
    assert first.cache_control.max_age > 0
    again = asked.get(f"/api/v1/{path}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")


def test_only_the_browser_keeps_where_somebody_was(asked: FlaskClient) -> None:
    answer = look(asked, HERE)
    assert answer.cache_control.private
    other = look(asked, THERE)
    assert answer.headers["ETag"] != other.headers["ETag"]


@pytest.mark.parametrize(
    "path", ["/api/v1/lookup?lon=1&lat=1", f"/api/v1/grids/{TOP}", "/api/v1/areas", "/api/v1/search?q=x"]
)
def test_any_page_may_read_what_is_public(asked: FlaskClient, path: str) -> None:
    answer = asked.get(path, headers={"Origin": "https://other.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    before = asked.options(path, headers={"Origin": "https://other.example", "Access-Control-Request-Method": "GET"})
    assert "POST" not in before.headers["Access-Control-Allow-Methods"]


def test_any_page_may_ask_in_bulk(asked: FlaskClient) -> None:
    before = asked.options("/api/v1/lookup/bulk", headers={"Origin": "https://other.example"})
    assert "POST" in before.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in before.headers["Access-Control-Allow-Headers"]
    headers = {"Origin": "https://other.example", "Sec-Fetch-Site": "cross-site"}
    answer = asked.post("/api/v1/lookup/bulk", json={"points": [HERE]}, headers=headers)
    assert answer.get_json()["codes"][0][0] == TOP


@pytest.mark.parametrize(
    "path", ["/api/v1/me", "/api/v1/desk/areas", "/plan", "/", "/api/v1/versions", "/api/v1/users"]
)
def test_no_page_may_read_anything_else(asked: FlaskClient, path: str) -> None:
    answer = asked.get(path, headers={"Origin": "https://other.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("setting", "method", "path", "body"),
    [
        ("lookup_limit", "GET", "/api/v1/lookup?lon=1&lat=1", None),
        ("public_limit", "GET", f"/api/v1/grids/{TOP}/children", None),
        ("public_limit", "GET", "/api/v1/areas", None),
        ("public_limit", "GET", "/ogc/collections", None),
        ("bulk_limit", "POST", "/api/v1/lookup/bulk", {"points": []}),
    ],
)
def test_one_address_may_ask_so_often(store: Path, setting: str, method: str, path: str, body: Any) -> None:
    client = create_app(store, settings=Settings(**{setting: "2 per minute"})).test_client()

    def ask(address: str) -> Any:
        return client.open(path, method=method, json=body, environ_overrides={"REMOTE_ADDR": address})

    assert [ask("10.0.0.1").status_code == 429 for _ in range(3)] == [False, False, True]
    refused = ask("10.0.0.1")
    assert int(refused.headers["Retry-After"]) > 0
    assert ask("10.0.0.2").status_code != 429
    assert [ask(f"2001:db8::{turn}").status_code == 429 for turn in range(3)] == [False, False, True], "one network"


def test_counters_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "_COUNTERS", 50)
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    limits = PublicLimits(Settings(lookup_limit="2 per minute"))
    for turn in range(400):
        limits.lookup(f"10.0.{turn // 200}.{turn % 200}")
        assert len(limits._counters) <= 50
    now[0] += 61
    for _ in range(2):
        limits.lookup("10.0.1.199")
    with pytest.raises(TooManyError):
        limits.lookup("10.0.1.199")
    now[0] += 61
    limits.lookup("10.0.1.199")
