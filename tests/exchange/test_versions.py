"""Exports of published versions: what was published, whatever the draft has become."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openpyxl
import pandas as pd
import pytest
from areas_at_hand import leaves
from plans import URBAN_1

from geo_grid.desk import Desk
from geo_grid.exchange.exports import FORMATS
from geo_grid.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

GRID = f"{URBAN_1}0010201"


def leaf_units(desk: Desk, grid: str) -> list[str]:
    units = desk.view(URBAN_1).tables["units"]
    return units.loc[units["grid_code_l3"] == grid, "id"].tolist()


@pytest.fixture
def published(stored: Path) -> Path:
    """A plan published twice; the draft has gone on since."""
    with open_store(stored) as store:
        desk = Desk(store)
        desk.publisher.publish(name="首版", author="li")
        number = desk.edit(URBAN_1, 0, {"op": "rename", "grid": GRID, "name": "二版名"}, author="li").number
        desk.publisher.publish(name="二版", author="li")
        number = desk.edit(URBAN_1, number, {"op": "rename", "grid": GRID, "name": "草案名"}, author="li").number
        move = {"op": "move", "units": leaf_units(desk, GRID), "to": f"{URBAN_1}0010202", "level": 3}
        desk.edit(URBAN_1, number, move, author="li")
        desk.close()
    return stored


@pytest.mark.parametrize(
    ("version", "name"), [(1, "凤山社区第0010201网格"), (2, "二版名"), ("published", "二版名"), (None, None)]
)
def test_a_version_is_what_was_published(
    tmp_path: Path, published: Path, run: Any, version: int | str | None, name: str | None
) -> None:
    said = [] if version is None else ["--version", version]
    for area in ([], ["--area", URBAN_1]):
        path = tmp_path / f"out{len(area)}.geojson"
        status, _, err = run("export", published, "--format", "geojson", "-o", path, *said, *area)
        assert (status, err) == (0, "")
        document = json.loads(path.read_text(encoding="utf-8"))
        names = {feature["id"]: feature["properties"]["name"] for feature in document["features"]}
        assert names.get(GRID) == name
        assert document["about"]["version"] == str({"published": 2, None: ""}.get(version, version))


@pytest.mark.parametrize("name", list(FORMATS))
def test_every_format_can_be_of_a_version(tmp_path: Path, published: Path, run: Any, name: str) -> None:
    path = tmp_path / f"out{FORMATS[name].suffix}"
    status, _, err = run("export", published, "--format", name, "-o", path, "--version", 1)
    assert (status, err) == (0, "")
    if name == "xlsx":
        about = openpyxl.load_workbook(path)["说明"]
        assert ["版本", "已发布版本 1"] in [list(row) for row in about.iter_rows(values_only=True)]
    if name == "csv":
        with open_store(published) as store:
            draft = leaves(store.read())
        frame = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
        then = dict(zip(frame.iloc[:, 0], frame.iloc[:, 4].fillna(frame.iloc[:, 3]), strict=True))
        assert then.keys() == draft.keys()
        changed = {id_ for id_ in draft if draft[id_] != then[id_]}
        assert len(changed) == 15
        assert {then[id_] for id_ in changed} == {GRID}


def test_a_list_of_a_version_before_a_cut_is_refused(tmp_path: Path, published: Path, run: Any) -> None:
    with open_store(published) as store:
        desk = Desk(store)
        head = desk.ledger.head(URBAN_1).number
        unit = leaf_units(desk, f"{URBAN_1}0010203")[0]
        desk.edit(URBAN_1, head, {"op": "cut", "unit": unit, "after": 6}, author="li")
        desk.close()
    words = ["export", published, "--format", "csv", "-o", tmp_path / "out.csv"]
    status, _, err = run(*words, "--version", 1)
    assert (status, len(err.splitlines())) == (2, 1)
    assert "cut since" in err
    assert not (tmp_path / "out.csv").exists()
    assert run(*words)[0] == 0


def test_a_version_there_is_not(tmp_path: Path, stored: Path, run: Any) -> None:
    for version in ("published", 7):
        status, _, err = run(
            "export", stored, "--format", "geojson", "-o", tmp_path / "out.geojson", "--version", version
        )
        assert (status, len(err.splitlines())) == (2, 1)
