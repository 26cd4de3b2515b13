"""Fixtures of the store tests: the same tests run on each kind of store."""

from __future__ import annotations

import shutil

import pytest
from pg import database, postgis_cluster, postgis_url
from plans import tiny_plan

from geo_grid.store import open_store

__all__ = ["postgis_cluster", "postgis_url"]

BOTH = ("gpkg", "postgis")


@pytest.fixture(scope="session")
def plan_file(tmp_path_factory):
    """A GeoPackage with the tiny plan, to copy."""
    path = tmp_path_factory.mktemp("plan") / "plan.gpkg"
    open_store(path).write(tiny_plan())
    return path


@pytest.fixture(scope="session")
def plan_database(postgis_cluster):
    """The name of a database with the tiny plan, to copy."""
    with database(postgis_cluster) as url:
        open_store(url).write(tiny_plan())
        yield url.partition("@/")[2].partition("?")[0]


@pytest.fixture(params=BOTH)
def any_url(request, tmp_path):
    """The address of a store that holds the tiny plan, of each kind."""
    if request.param == "gpkg":
        path = tmp_path / "plan 计划.gpkg"
        shutil.copy(request.getfixturevalue("plan_file"), path)
        yield str(path)
    else:
        template = request.getfixturevalue("plan_database")
        with database(request.getfixturevalue("postgis_cluster"), template) as url:
            yield url


@pytest.fixture(params=BOTH)
def empty_url(request, tmp_path):
    """The address of a store in which there is nothing, of each kind."""
    return str(tmp_path / "空.gpkg") if request.param == "gpkg" else request.getfixturevalue("postgis_url")


@pytest.fixture
def any_store(any_url):
    with open_store(any_url) as store:
        yield store


@pytest.fixture
def ledger(any_store):
    with any_store.ledger() as opened:
        yield opened
