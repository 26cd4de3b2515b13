"""Many places at once, over HTTP: what polygons say, in all datums, and what a question about one place says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
import shapely
from ground import DATUMS, ON_BORDER, PLANS, degrees, expected, leaf_codes, places, plan_of
from signing import problem

from geo_grid.model import Plan
from geo_grid.schema import TABLES
from geo_grid.store import open_store
from webmap import Settings, create_app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

UNLIMITED = dict.fromkeys(("lookup_limit", "public_limit", "bulk_limit"), "1000000 per minute")
Codes = list[str | None] | None


@pytest.fixture(scope="module", params=PLANS)
def served(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, FlaskClient]]:
    path = tmp_path_factory.mktemp("bulk") / "plan.gpkg"
    store(path, plan_of(request.param))
    app = create_app(path, settings=Settings(**UNLIMITED))
    yield request.param, app.test_client()
    app.extensions["office"].close()


def store(path: Path, plan: Plan) -> None:
    """Write a plan, with empty tables where it has none."""
    tables = dict(plan.tables)
    for name in TABLES.keys() - tables.keys():
        columns = {column.name: pd.Series(dtype=object) for column in TABLES[name].columns}
        frame = pd.DataFrame(columns)
        tables[name] = frame if TABLES[name].geometry is None else spatial(frame, plan.crs)
    meta = {"built_at": "2026-01-01T00:00:00+00:00", "program_version": "0", "schema_version": 1} | plan.meta
    open_store(path).write(Plan(plan.crs, tables, meta))


def spatial(frame: pd.DataFrame, crs: str) -> Any:
    import geopandas as gpd

    return gpd.GeoDataFrame(frame.assign(geom=gpd.GeoSeries([], crs=crs)), geometry="geom", crs=crs)


def ask(client: FlaskClient, lon: np.ndarray, lat: np.ndarray, datum: str) -> list[Codes]:
    """Ask for all places, as many at a time as one question may name."""
    points = np.column_stack([lon, lat]).tolist()
    codes: list[Codes] = []
    for start in range(0, len(points), 1_000):
        answer = client.post("/api/v1/lookup/bulk", json={"points": points[start : start + 1_000], "datum": datum})
        assert answer.status_code == 200, answer.get_data(as_text=True)
        codes += answer.get_json()["codes"]
    return codes


def chains(name: str) -> dict[str, list[str]]:
    """Grids above each finest grid, and itself, level 1 first."""
    parent = dict(plan_of(name)["grids"][["code", "parent_code"]].itertuples(index=False))
    out = {}
    for code, above in parent.items():
        chain = [code]
        while isinstance(above, str):
            chain.insert(0, above)
            above = parent[above]  # noqa: PLW2901
        out[code] = chain
    return out


def buildings(name: str) -> list[set[str]]:
    """Finest grids of each building that several of them share."""
    units = plan_of(name)["units"]
    parts = (set(leaf_codes(part)) for _, part in units.groupby("stack_id"))
    return [leaves for leaves in parts if len(leaves) > 1]


def inside(name: str) -> set[int]:
    """Places inside a building of several grids, away from its walls."""
    points, out = shapely.points(places(name)), set()
    for _, part in plan_of(name)["units"].groupby("stack_id"):
        if len(set(leaf_codes(part))) > 1:
            walls = shapely.union_all(part["geom"].to_numpy()).buffer(-2 * ON_BORDER)
            out |= set(np.flatnonzero(shapely.contains(walls, points)).tolist())
    return out


def agreed(leaves: set[str], chain: dict[str, list[str]]) -> list[str | None]:
    """The grids of a building, null where its floors are in different ones."""
    return [codes[0] if len(set(codes)) == 1 else None for codes in zip(*(chain[leaf] for leaf in leaves), strict=True)]


@pytest.mark.parametrize("datum", DATUMS)
def test_eleven_thousand_places_are_where_polygons_say(served: tuple[str, FlaskClient], datum: str) -> None:
    name, client = served
    codes = ask(client, *degrees(name, datum), datum)
    chain, shared = chains(name), buildings(name)
    towers = inside(name)
    assert towers, "the test means something"
    for place, (found, wanted) in enumerate(zip(codes, expected(name), strict=True)):
        if not wanted:
            assert found is None
        elif len(wanted) == 1:
            assert found == chain[next(iter(wanted))]
        elif place in towers:
            assert found == agreed(wanted, chain)
        else:  # a border: one of its sides, as far as that one's floors agree
            sides = [chain[leaf] for leaf in wanted] + [agreed(each, chain) for each in shared if each <= wanted]
            assert found in sides


@pytest.mark.parametrize("datum", DATUMS)
def test_bulk_says_what_a_question_about_one_place_says(served: tuple[str, FlaskClient], datum: str) -> None:
    name, client = served
    lon, lat = degrees(name, datum)
    chosen = [*sorted(inside(name))[:40], *range(0, 10_000, 199), *range(10_000, 11_000, 19)]
    floors = sides = 0
    for place, found in zip(chosen, ask(client, lon[chosen], lat[chosen], datum), strict=True):
        single = client.get("/api/v1/lookup", query_string={"lon": lon[place], "lat": lat[place], "datum": datum})
        if found is None:
            problem(single, 404, "outside")
            continue
        told = single.get_json()
        chain = [grid["code"] for grid in told["grids"]]
        assert [code for code in found if code is not None] == chain
        assert found[: len(chain)] == chain, "what floors decide is below what they agree on"
        floors, sides = floors + (told["ask_floor"] is not None), sides + told["border"]
    assert floors > 0
    assert sides > 0


@pytest.mark.parametrize("point", [[500, 1], [-180.01, 0], [111, 90.5], [1, 500]])
def test_what_is_no_place_is_refused_as_a_single_lookup_refuses_it(
    served: tuple[str, FlaskClient], point: list[float]
) -> None:
    _, client = served
    problem(client.get(f"/api/v1/lookup?lon={point[0]}&lat={point[1]}"), 400, "bad_request")
    body = problem(client.post("/api/v1/lookup/bulk", json={"points": [[111, 37], point, point]}), 422, "invalid")
    assert body["points"] == [1, 2]
    assert "points.1" in body["detail"]
