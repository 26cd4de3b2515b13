"""Exports from, and imports into, a database: the same as with a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from areas_at_hand import leaves
from plans import URBAN_1

from geo_grid.exchange.exports import export_store
from geo_grid.exchange.present import TABLES
from geo_grid.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    from geo_grid.model import Plan


@pytest.fixture
def database(postgis_url: str, plan: Plan) -> str:
    with open_store(postgis_url) as store:
        store.write(plan)
    return postgis_url


@pytest.mark.parametrize("area", [None, URBAN_1])
def test_exports_are_those_of_a_file(tmp_path: Path, stored: Path, database: str, area: str | None) -> None:
    for name, suffix in (("geojson", ".geojson"), ("shp", ".zip"), ("csv", ".csv")):
        found = []
        for number, url in enumerate((stored, database)):
            path = tmp_path / f"{number}{suffix}"
            with open_store(url) as store:
                export_store(store, name, path, area=area)
            found.append(path.read_bytes())
        assert found[0] == found[1], name


def test_a_list_is_imported(tmp_path: Path, database: str, run: Any) -> None:
    with open_store(database) as store:
        before = leaves(store.area_plan(URBAN_1, TABLES))
    grids = sorted(set(before.values()))
    after = {id_: grids[1] if leaf == grids[0] else leaf for id_, leaf in before.items()}
    pd.DataFrame({"户编号": list(after), "网格编码": list(after.values())}).to_csv(tmp_path / "list.csv", index=False)
    status, out, err = run("import", database, tmp_path / "list.csv", "--area", URBAN_1, "--kind", "assignment")
    assert (status, err) == (0, "")
    assert "at revision 1" in out
    with open_store(database) as store:
        assert leaves(store.area_plan(URBAN_1, TABLES)) == after
