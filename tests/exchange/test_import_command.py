"""``geo-grid import``: from a file to a new revision of an area's draft."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pytest
from areas_at_hand import leaves
from plans import URBAN_1, VILLAGE

from geo_grid.exchange.exports import export_store
from geo_grid.exchange.present import TABLES
from geo_grid.store import open_store

if TYPE_CHECKING:
    from pathlib import Path


def draft(stored: Path, area: str = URBAN_1) -> Any:
    with open_store(stored) as store:
        return store.area_plan(area, TABLES)


def exported(stored: Path, kind: str, path: Path, area: str = URBAN_1) -> Path:
    with open_store(stored) as store:
        export_store(store, kind, path, area=area)
    return path


@pytest.fixture
def moved(tmp_path: Path, stored: Path) -> Path:
    """A list in which one grid's households are in its neighbour, and one row is no good."""
    frame = pd.read_csv(exported(stored, "csv", tmp_path / "list.csv"), dtype=str, encoding="utf-8-sig")
    grids = sorted(set(frame.iloc[:, 4]))
    frame = frame[[frame.columns[0], frame.columns[4]]]
    frame.iloc[:, 1] = frame.iloc[:, 1].replace(grids[5], grids[6])
    frame.loc[len(frame)] = ["nobody", grids[0]]
    frame.to_csv(tmp_path / "moved.csv", index=False, encoding="gb18030")
    return tmp_path / "moved.csv"


def test_a_dry_run_stores_nothing(stored: Path, moved: Path, run: Any) -> None:
    before = stored.read_bytes()
    status, out, err = run("import", stored, moved, "--area", URBAN_1, "--kind", "assignment", "--dry-run")
    assert (status, err) == (1, "")
    assert "rows read 601 = placed 600 + errors 1" in out
    assert "moved.csv, row 601: household 'nobody'" in out
    assert "nothing was stored" in out
    assert stored.read_bytes() == before


def test_a_list_becomes_a_revision(stored: Path, moved: Path, run: Any) -> None:
    old = leaves(draft(stored))
    words = ("import", stored, moved, "--area", URBAN_1, "--kind", "assignment")
    status, out, err = run(*words, "--author", "李", "--why", "现行网格", "--json")
    assert (status, err) == (1, "")
    answer = json.loads(out)
    assert (answer["stored"], answer["revision"], answer["placed"], answer["errors_total"]) == (True, 1, 600, 1)
    assert answer["faults"] == {"out_of_band": 1}
    new = leaves(draft(stored))
    gone = sorted(set(old.values()))[5]
    into = sorted(set(old.values()))[6]
    assert new == {id_: into if leaf == gone else leaf for id_, leaf in old.items()}
    with open_store(stored) as store, store.ledger() as ledger:
        edit = ledger.edits(area=URBAN_1)[-1]
    assert (edit["author"], edit["why"], edit["what"]) == ("李", "现行网格", "assign")
    status, out, _ = run(*words)
    assert status == 1
    assert "so already" in out


@pytest.mark.parametrize(("area", "level"), [(URBAN_1, 3), (VILLAGE, 2)])
@pytest.mark.parametrize("kind", ["csv", "gpkg", "geojson", "shp"])
def test_a_drawn_area_survives_the_way_out_and_in(
    tmp_path: Path, stored: Path, run: Any, kind: str, area: str, level: int
) -> None:
    """What was exported, drawn anew as one grid, and imported again, is what it was, to the codes and, if drawn, the geometry."""
    from geo_grid.exchange.formats import FORMATS

    before = draft(stored, area)
    path = exported(stored, kind, tmp_path / f"out{FORMATS[kind].suffix}", area)
    frame = pd.DataFrame({"户编号": before["households"]["id"]})
    tops = before["units"].set_index("id")["grid_code_l1"]
    frame["网格编码"] = "合并" + tops[before["households"]["unit_id"]].to_numpy(dtype=object)
    frame.to_csv(tmp_path / "one.csv", index=False)
    status, _, err = run("import", stored, tmp_path / "one.csv", "--area", area, "--kind", "assignment")
    assert (status, err) == (0, "")
    assert leaves(draft(stored, area)) != leaves(before)
    words = ["--kind", "assignment" if kind == "csv" else "polygons"]
    if kind in {"gpkg", "shp"}:
        words += ["--layer", f"grids_l{level}"]
    status, out, err = run("import", stored, path, "--area", area, *words)
    assert (status, err) == (0, ""), out
    after = draft(stored, area)
    assert leaves(after) == leaves(before)
    kept = ("households", "parent_code", *(["name"] if kind == "geojson" else []))  # only it has all levels' names
    for column in kept:
        old, new = (plan["grids"].set_index("code")[column] for plan in (before, after))
        assert new.sort_index().astype(object).equals(old.sort_index().astype(object)), column
    if kind == "csv":
        return  # a list says nothing of land where nobody lives
    merged = before["grids"].merge(after["grids"], on="code", suffixes=("", "_new"))
    apart = gpd.GeoSeries(merged["geom"]).symmetric_difference(gpd.GeoSeries(merged["geom_new"])).area
    assert apart.max() < 1e-6


def test_a_code_stands_for_its_grid_name_included(tmp_path: Path, stored: Path, run: Any) -> None:
    """Two grids change their places: what a list calls by a code has the name of that code, not of those who came."""
    before = draft(stored)
    first, second = sorted(set(leaves(before).values()))[4:6]
    swapped = {first: second, second: first}
    frame = pd.DataFrame(leaves(before).items(), columns=["户编号", "网格编码"])
    frame["网格编码"] = frame["网格编码"].replace(swapped)
    frame.to_csv(tmp_path / "swapped.csv", index=False)
    status, _, err = run("import", stored, tmp_path / "swapped.csv", "--area", URBAN_1, "--kind", "assignment")
    assert (status, err) == (0, "")
    after = draft(stored)
    assert leaves(after) == {id_: swapped.get(leaf, leaf) for id_, leaf in leaves(before).items()}
    old, new = (plan["grids"].set_index("code")["name"].to_dict() for plan in (before, after))
    assert new == old


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list.txt", "--area", URBAN_1, "--kind", "assignment"), "table"),
        (("gone.csv", "--area", URBAN_1, "--kind", "assignment"), "no such file"),
        (("moved.csv", "--area", "99", "--kind", "assignment"), "99"),
        (("moved.csv", "--area", URBAN_1, "--kind", "polygons"), "no geometry"),
        (("moved.csv", "moved.csv", "--area", URBAN_1, "--kind", "assignment"), "one file"),
        (("moved.csv", "--area", URBAN_1, "--kind", "assignment", "--level", "9"), "no level 9"),
        (("moved.csv", "--area", VILLAGE, "--kind", "assignment"), "no column of grids"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    tmp_path: Path, stored: Path, moved: Path, run: Any, monkeypatch: pytest.MonkeyPatch, words: Any, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    old = leaves(draft(stored))
    status, out, err = run("import", stored, *words)
    assert (status, out, len(err.splitlines())) == (2, "", 1)
    assert said in err
    assert leaves(draft(stored)) == old
