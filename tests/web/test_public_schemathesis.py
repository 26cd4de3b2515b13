"""Whatever is asked of whatever is described: no failure of the service, and no answer that is not described."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from plans import tiny_plan
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from signing import PASSWORD, add

from geo_grid.desk import Desk
from geo_grid.store import open_store
from webmap import Settings, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

# its client for WSGI reads files that are sent, and leaves them to the garbage collector to close
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
#: The test client does not unpack.
PLAIN = {"Accept-Encoding": "identity"}
EXAMPLES = 8
OFTEN = "1000000 per minute"
LIMITS = ("lookup_limit", "public_limit", "bulk_limit", "version_limit", "login_limit", "login_name_limit")
LIMITS += ("login_address_limit", "edits_limit")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    path: Path = tmp_path_factory.mktemp("schema") / "plan.gpkg"
    store = open_store(path)
    store.write(tiny_plan())
    desk = Desk(store)
    desk.publisher.publish(name="v1", author="li", note="")
    desk.close()
    made = create_app(path, settings=Settings(tiles_wait_seconds=60, **dict.fromkeys(LIMITS, OFTEN)))
    add(made, "wang", "administrator")
    yield made
    made.extensions["office"].close()


@pytest.fixture(scope="module")
def signed_in(app: Flask) -> dict[str, str]:
    told = app.test_client().post("/api/v1/session", json={"name": "wang", "password": PASSWORD})
    cookie = told.headers["Set-Cookie"].split(";")[0]
    return PLAIN | {"Cookie": cookie, "X-CSRF-Token": told.get_json()["csrf"]}


def faults(app: Flask, headers: dict[str, str], skipped: tuple[str, ...] = ()) -> list[str]:
    """Ask every route some questions made from its description; return what was wrong."""
    described = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    found, asked = [], 0
    for result in described.get_all_operations():
        operation = result.ok()
        if operation.path.endswith(skipped) and skipped:
            continue

        @settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
        @given(case=operation.as_strategy())
        def ask(case: schemathesis.Case) -> None:
            based = {"If-Match": '"0"'} if "/desk/" in case.path else {}
            case.call_and_validate(checks=CHECKS, headers=headers | based)

        try:
            ask()
        except (BaseExceptionGroup, Exception) as error:  # noqa: BLE001 - told with the others
            found.append(f"{operation.method} {operation.path}: {error}")
        asked += 1
    assert asked > 50, "every route is asked"
    return found


def test_strangers(app: Flask) -> None:
    found = faults(app, PLAIN)
    assert not found, "\n\n".join(found)


def test_an_administrator(app: Flask, signed_in: dict[str, str]) -> None:
    # these would end the session that asks
    found = faults(app, signed_in, ("/session", "/password"))
    assert not found, "\n\n".join(found)
