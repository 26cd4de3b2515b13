"""The application around the data: page, headers, languages, settings."""

from __future__ import annotations

import gzip
import re
from typing import TYPE_CHECKING

import pytest
from plans import tiny_plan

from geo_grid.errors import StoreError, UsageError
from geo_grid.store import open_store
from webmap import BaseMap, Settings, create_app
from webmap.assets import OWN, VENDOR

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient


def policy(answer) -> dict[str, str]:
    return dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))


def test_page_asks_this_host_alone(client: FlaskClient) -> None:
    answer = client.get("/")
    html = answer.get_data(as_text=True)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)
    assert "http://" not in html.replace("http://www.w3.org", "")
    assert "https://" not in html
    rules = policy(answer)
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "'self' data:"
    assert rules["connect-src"] == "'self'"
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_nonce_is_new_each_time_and_marks_every_inline_script(client: FlaskClient) -> None:
    marks = []
    for _ in range(2):
        answer = client.get("/")
        mark = re.search(r"'nonce-([^']+)'", policy(answer)["script-src"])[1]
        inline = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", answer.get_data(as_text=True))
        assert inline
        assert all(f'nonce="{mark}"' in tag for tag in inline)
        marks.append(mark)
    assert marks[0] != marks[1]


def test_no_handler_or_style_stands_in_markup(client: FlaskClient) -> None:
    html = client.get("/").get_data(as_text=True)
    assert not re.search(r"<[^>]+\s(?:on\w+|style)=", html)


@pytest.mark.parametrize("path", ["/", "/api/v1/summary", "/nothing", "/favicon.ico"])
def test_headers_stand_on_every_answer(client: FlaskClient, path: str) -> None:
    with client.get(path) as answer:
        headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "Content-Security-Policy" in headers


@pytest.mark.parametrize(
    ("query", "accept", "lang"),
    [
        ("", None, "zh-CN"),
        ("", "en-GB,en;q=0.8", "en"),
        ("", "zh-TW,zh;q=0.9,en;q=0.5", "zh-CN"),
        ("", "fr", "zh-CN"),
        ("?lang=en", "zh-CN", "en"),
        ("?lang=xx", "en", "en"),
    ],
)
def test_language_of_a_first_visit(client: FlaskClient, query: str, accept: str | None, lang: str) -> None:
    headers = {"Accept-Language": accept} if accept else {}
    assert f'<html lang="{lang}">' in client.get(f"/{query}", headers=headers).get_data(as_text=True)


def test_assets_are_kept_for_ever_and_packed(client: FlaskClient) -> None:
    html = client.get("/").get_data(as_text=True)
    address = re.search(r'src="(/static/[^"]+leaflet\.js)"', html)[1]
    with client.get(address) as plain, client.get(address, headers={"Accept-Encoding": "gzip"}) as packed:
        assert plain.cache_control.max_age == 31_536_000
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.data) == plain.data


def test_a_city_name_cannot_break_out(tmp_path: Path) -> None:
    plan = tiny_plan()
    evil = '</script><script>alert(1)</script><img src=x onerror="alert(2)"> & <!--<script>'
    plan.meta["name"] = evil
    plan["areas"].loc[0, "name"] = evil
    path = tmp_path / "plan.gpkg"
    open_store(path).write(plan)
    html = create_app(path).test_client().get("/").get_data(as_text=True)
    assert "<script>alert" not in html
    assert "<img" not in html
    assert "<!--" not in html


@pytest.mark.parametrize("name", ["nothing.gpkg", "text.gpkg", "folder.gpkg"])
def test_a_missing_or_broken_store_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.gpkg").write_text("no database")
    (tmp_path / "folder.gpkg").mkdir()
    with pytest.raises(StoreError) as caught:
        create_app(tmp_path / name)
    assert "\n" not in caught.value.line()


def test_base_map_admits_its_hosts_and_no_other(store: Path) -> None:
    settings = Settings(base_map=BaseMap.tianditu("0123abc"))
    answer = create_app(store, settings=settings).test_client().get("/")
    assert policy(answer)["img-src"].split() == [
        "'self'",
        "data:",
        *(f"https://t{i}.tianditu.gov.cn" for i in range(8)),
    ]
    html = answer.get_data(as_text=True)
    assert html.count("L.tileLayer(") == 2
    assert "tk=0123abc" in html


@pytest.mark.parametrize(
    "make",
    [
        lambda: BaseMap(("file:///etc/{x}{y}{z}",), ""),
        lambda: BaseMap(("https://host/{x}/{y}.png",), ""),
        lambda: BaseMap(("https://host; script-src *//{x}/{y}/{z}",), ""),
        lambda: BaseMap(("//host/{x}/{y}/{z}",), ""),
        lambda: BaseMap.tianditu("a b"),
    ],
)
def test_impossible_base_maps_are_refused(make) -> None:
    with pytest.raises(UsageError):
        make()


def test_health(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json()["status"] == "ok"


def test_vendored_files_say_what_they_are() -> None:
    words = (VENDOR / "README.md").read_text(encoding="utf-8")
    for folder in (path for path in VENDOR.iterdir() if path.is_dir()):
        assert folder.name in words
        assert (folder / "LICENSE").is_file()


def test_own_files_stay_short() -> None:
    assert {path.name: count for path in OWN.iterdir() if (count := len(path.read_text().splitlines())) >= 400} == {}
