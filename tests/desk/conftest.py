"""A desk over a small plan, on each kind of store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pg import postgis_cluster, postgis_url
from plans import tiny_plan

from geo_grid.desk import Desk
from geo_grid.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["postgis_cluster", "postgis_url"]


@pytest.fixture(params=["gpkg", "postgis"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the plan is."""
    url = str(tmp_path / "plan.gpkg") if request.param == "gpkg" else request.getfixturevalue("postgis_url")
    with open_store(url) as store:
        store.write(tiny_plan())
    return url


@pytest.fixture
def desk(address: str) -> Iterator[Desk]:
    with open_store(address) as store:
        made = Desk(store)
        yield made
        made.close()
