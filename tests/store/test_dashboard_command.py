"""The numbers by county and township from either store, on a terminal, as JSON and as a workbook."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import openpyxl
from plans import tiny_plan

from geo_grid.cli import main
from geo_grid.store import open_store

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_command(any_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_store(any_url) as store:
        store.write(tiny_plan())
    out = tmp_path / "figures.xlsx"
    assert main(["dashboard", any_url, "-o", str(out)]) == 0
    assert "村和社区" in openpyxl.load_workbook(out).sheetnames
    capsys.readouterr()
    assert main(["dashboard", any_url, "--json"]) == 0
    public = json.loads(capsys.readouterr().out)
    assert public["version"] is None
    assert "vacant" not in public["city"]
    assert main(["dashboard", any_url, "--json", "--exact"]) == 0
    exact = json.loads(capsys.readouterr().out)
    assert exact["city"]["vacant"] == exact["city"]["grids"], "nobody is in charge of anything yet"
    assert main(["dashboard", any_url, "--lang", "en"]) == 0
    assert "Draft, not published" in capsys.readouterr().out
    assert main(["dashboard", any_url, "-o", str(tmp_path / "x.csv")]) == 2
