"""A store of each kind with a month of field work on the tiny plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from field_month import fill
from pg import postgis_cluster, postgis_url
from plans import tiny_plan

from geo_grid.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from geo_grid.store.base import Store

__all__ = ["postgis_cluster", "postgis_url"]


@pytest.fixture(params=["gpkg", "postgis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A sample plan, and what was sent in July 2026."""
    url = str(tmp_path / "plan.gpkg") if request.param == "gpkg" else request.getfixturevalue("postgis_url")
    with open_store(url) as opened:
        plan = tiny_plan()
        plan.meta["sample"] = True
        opened.write(plan)
        with opened.ledger() as ledger:
            fill(ledger)
        yield opened
