"""The single file: whole, closed, and refused where it would be too large."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from plans import URBAN_1, tiny_plan

from geo_grid.errors import GeoGridError, StoreError, UsageError
from geo_grid.store import open_store
from webmap import Settings
from webmap.single_file import write_map

if TYPE_CHECKING:
    from pathlib import Path


def saved(path: Path) -> dict:
    html = path.read_text(encoding="utf-8")
    text = re.search(r'<script type="application/json" id="answers">(.*?)</script>', html, re.DOTALL)[1]
    return json.loads(text)


def test_holds_every_answer_the_service_gives(store: Path, tmp_path: Path, client) -> None:
    path = tmp_path / "map.html"
    write_map(store, None, path)
    for name, answer in saved(path).items():
        if name != "index":
            assert answer == client.get(f"/api/v1/{name}").get_json(force=True)


def test_names_no_other_host(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    write_map(store, URBAN_1, path)
    html = path.read_text(encoding="utf-8")
    html = re.sub(r"(<script[^>]*>).*?(</script>)", r"\1\2", html, flags=re.DOTALL)
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", html)
    assert not re.search(r"url\((?!data:|#)", html)
    assert "sourceMappingURL" not in path.read_text(encoding="utf-8")
    assert "connect-src" not in html
    assert "default-src 'none'" in html


def test_equal_plans_make_equal_files(store: Path, tmp_path: Path) -> None:
    write_map(store, None, tmp_path / "a.html")
    write_map(store, None, tmp_path / "b.html")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_text_cannot_end_its_script(tmp_path: Path) -> None:
    plan = tiny_plan()
    evil = "</script><script>alert(1)</script><!--\u2028\"'&"
    plan["areas"].loc[plan["areas"]["code"] == URBAN_1, "name"] = evil
    plan["elements"]["name"] = evil
    plan["grids"]["name"] = evil
    source, path = tmp_path / "plan.gpkg", tmp_path / "map.html"
    open_store(source).write(plan)
    write_map(source, URBAN_1, path)
    html = path.read_text(encoding="utf-8")
    assert "<script>alert" not in html
    assert saved(path)["areas"]["features"][0]["properties"]["name"] == evil


def test_too_large_is_refused_and_nothing_written(store: Path, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    with pytest.raises(UsageError, match=r"--area"):
        write_map(store, None, path, settings=Settings(single_file_bytes=50_000))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("area", "lang", "name"),
    [("nowhere", None, "map.html"), (None, "fr", "map.html"), (None, None, "no/such/map.html")],
)
def test_bad_requests_are_one_line(store: Path, tmp_path: Path, area: str | None, lang: str | None, name: str) -> None:
    with pytest.raises(GeoGridError) as caught:
        write_map(store, area, tmp_path / name, lang)
    assert "\n" not in caught.value.line()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_store_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        write_map(tmp_path / "nothing.gpkg", None, tmp_path / "map.html")


def test_the_file_can_be_read_by_whom_new_files_can(store: Path, tmp_path: Path) -> None:
    (tmp_path / "plain").write_text("")
    write_map(store, URBAN_1, tmp_path / "map.html")
    assert (tmp_path / "map.html").stat().st_mode == (tmp_path / "plain").stat().st_mode
