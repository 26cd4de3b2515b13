"""The service over PostGIS: the same answers, and a plan that changes under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pg import postgis_cluster, postgis_url  # noqa: F401 - fixtures
from plans import URBAN_1, VILLAGE, tiny_plan

from geo_grid.store import open_store
from webmap import Settings, create_app

if TYPE_CHECKING:
    from flask.testing import FlaskClient


def test_same_answers_and_a_new_plan_is_seen(postgis_url: str, client: FlaskClient) -> None:  # noqa: F811
    plan = tiny_plan()
    open_store(postgis_url).write(plan)
    other = create_app(postgis_url, settings=Settings(look_seconds=0)).test_client()
    for path in ("summary", "areas", f"areas/{URBAN_1}/grids?level=3", f"grids/{VILLAGE}003", "exceptions"):
        assert other.get(f"/api/v1/{path}").get_json(force=True) == client.get(f"/api/v1/{path}").get_json(force=True)
    plan.meta["name"] = "另一市"
    open_store(postgis_url).write(plan)
    assert other.get("/api/v1/summary").get_json()["name"] == "另一市"
