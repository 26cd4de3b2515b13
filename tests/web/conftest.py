"""A stored plan, the service over it, and a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from argon2 import PasswordHasher
from browsing import FLAGS, chromium, running
from plans import tiny_plan

from geo_grid.store import open_store
from webmap import create_app
from webmap.accounts import passwords
from webmap.atlas import Atlas, PublicPlan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> None:
    """Make password hashes cheap: a test signs in more often than a person, and guesses nothing."""
    passwords._HASHER = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("store") / "plan.gpkg"
    open_store(path).write(tiny_plan())
    return path


@pytest.fixture(scope="session")
def plan() -> PublicPlan:
    return PublicPlan(tiny_plan())


@pytest.fixture(scope="session")
def atlas(plan: PublicPlan) -> Atlas:
    return Atlas(plan)


@pytest.fixture
def client(store: Path) -> FlaskClient:
    return create_app(store).test_client()


@pytest.fixture(scope="session")
def address(store: Path) -> Iterator[str]:
    with running(create_app(store)) as url:
        yield url


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    path = chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield made
        made.close()
