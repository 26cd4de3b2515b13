"""Fixtures of the reading tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cities import City
from pg import postgis_cluster, postgis_url

from geo_grid.config import Source, load_config
from geo_grid.read import read_city

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from geo_grid.model import CityInput

__all__ = ["postgis_cluster", "postgis_url"]


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


@pytest.fixture
def read() -> Callable[[Path], CityInput]:
    """Read the city of a toml, and see that no row was lost."""

    def read_all(toml: Path) -> CityInput:
        result = read_city(load_config(toml))
        for source, rows in result.read_rows.items():
            quarantined = (result.quarantine["source"] == source).sum()
            if source in set(result.households["source"]):
                assert (
                    result.households.loc[result.households["source"] == source, "row"].nunique() + quarantined == rows
                )
            elif source in set(result.elements["source"]):
                assert (result.elements["source"] == source).sum() + quarantined == rows
        return result

    return read_all


@pytest.fixture
def source() -> Callable[..., Source]:
    """Make a source of a file."""

    def make(path: Path, role: str = "households", **settings: Any) -> Source:
        return Source(role=role, label=path.name, path=str(path), **settings)

    return make
