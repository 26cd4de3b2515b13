"""A store of each kind for cities that are built again."""

from __future__ import annotations

import pytest
from pg import postgis_cluster, postgis_url

__all__ = ["postgis_cluster", "postgis_url"]


@pytest.fixture(params=["gpkg", "postgis"])
def address(request, tmp_path):
    """Where the plan is to be."""
    return str(tmp_path / "plan.gpkg") if request.param == "gpkg" else request.getfixturevalue("postgis_url")
