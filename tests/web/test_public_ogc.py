"""OGC API – Features, as other programs see it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pyogrio
import pytest
import shapely
from pg import postgis_cluster, postgis_url  # noqa: F401 - fixtures
from plans import NAMES, URBAN_1, tiny_plan

from geo_grid.store import open_store
from webmap import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

ROOT = Path(__file__).parents[2]
CODE = (
    "import sys; from webmap import Settings, serve; serve(sys.argv[1], port=0, settings=Settings(**eval(sys.argv[2])))"
)
COUNTS = {"areas": 4, "grids_1": 8, "grids_2": 21, "grids_3": 74, "elements": 10}


@contextmanager
def served(store: object, **settings: object) -> Iterator[str]:
    """Run the real service in a process of its own: GDAL holds the interpreter while it waits for an answer."""
    command = [sys.executable, "-c", CODE, str(store), repr(settings)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process.stdout.readline().strip()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@pytest.fixture(scope="module")
def address(store: Path) -> Iterator[str]:
    with served(store) as url:
        yield url


def test_gdal_opens_all_of_it(address: str, store) -> None:
    source = f"OAPIF:{address}ogc"
    assert {name for name, _ in pyogrio.list_layers(source)} == set(COUNTS)
    for layer, count in COUNTS.items():
        found = pyogrio.read_dataframe(source, layer=layer)
        assert len(found) == count
        assert found.crs.to_authority() == ("OGC", "CRS84")
        assert found.geometry.is_valid.all()
    areas = pyogrio.read_dataframe(source, layer="areas")
    assert set(areas["name"]) == set(NAMES.values())
    stored = open_store(store).read(["areas"])["areas"].set_index("code").to_crs(4326)
    shown = areas.set_index("code")
    for code in stored.index:
        apart = shapely.hausdorff_distance(stored.geometry[code], shown.geometry[code])
        assert apart < 2e-7, "to the centimetre"


def test_gdal_pages_and_filters(store) -> None:
    with served(store, answer_rows=7) as address:
        source = f"OAPIF:{address}ogc"
        assert len(pyogrio.read_dataframe(source, layer="grids_3")) == COUNTS["grids_3"]
        grids = pyogrio.read_dataframe(source, layer="grids_1")
        box = tuple(grids[grids["code"] == f"{URBAN_1}001"].total_bounds)
        near = pyogrio.read_dataframe(source, layer="grids_1", bbox=box)
        assert f"{URBAN_1}001" in set(near["code"])
        assert len(near) < len(grids)
        one = pyogrio.read_dataframe(source, layer="grids_1", where=f"code = '{URBAN_1}002'")
        assert list(one["code"]) == [f"{URBAN_1}002"]


def test_gdal_opens_a_database(postgis_url: str) -> None:  # noqa: F811 - the fixture
    open_store(postgis_url).write(tiny_plan())
    with served(postgis_url) as address:
        assert len(pyogrio.read_dataframe(f"OAPIF:{address}ogc", layer="grids_2")) == COUNTS["grids_2"]


def test_small_counts_are_not_told(client: FlaskClient) -> None:
    plan = tiny_plan()
    for layer, level in (("grids_1", 1), ("grids_2", 2), ("grids_3", 3)):
        real = plan["grids"][plan["grids"]["level"] == level].set_index("code")["households"]
        for feature in client.get(f"/ogc/collections/{layer}/items?limit=1000").get_json()["features"]:
            told, count = feature["properties"], int(real[feature["id"]])
            assert told["households"] == (count if count >= 10 else None)
            assert told["households_told"] == (str(count) if count >= 10 else "<10")


def test_a_small_count_cannot_be_asked_for(client: FlaskClient) -> None:
    for query in ("households=8", "sortby=households&limit=1000", "filter=households<10"):
        answer = client.get(f"/ogc/collections/grids_1/items?{query}")
        hidden = [one["properties"] for one in answer.get_json()["features"] if one["properties"]["households"] is None]
        if query == "households=8":
            assert not answer.get_json()["features"]
        elif query.startswith("sortby"):
            codes = [row["code"] for row in hidden]
            assert codes == sorted(codes), "their order is that of codes, not of counts"
        else:
            assert answer.get_json()["numberMatched"] == COUNTS["grids_1"], "no filter language is looked at"


@pytest.mark.parametrize(
    "path",
    ["", "/conformance", "/collections", "/collections/areas", "/collections/areas/items", "/collections/areas/schema"],
)
def test_nothing_leads_to_another_host_or_to_what_is_not_here(client: FlaskClient, path: str) -> None:
    for query in ("", "?f=html", "?f=jsonld"):
        answer = client.get(f"/ogc{path}{query}", headers={"Accept": "text/html"})
        assert answer.status_code == 200
        assert answer.mimetype.endswith("json")
        told = answer.get_json(force=True)
        links = [link for part in (told, *told.get("collections", ())) for link in part.get("links", ())]
        for link in links:
            assert link["href"].startswith("http://localhost/")
            assert link["type"] != "text/html"
            assert client.get(link["href"].removeprefix("http://localhost")).status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "X-Powered-By" not in answer.headers


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/collections/nothing", 404),
        ("/collections/households/items", 404),
        ("/collections/areas/items/none", 404),
        ("/collections/areas/items?bbox=1,2", 400),
        ("/collections/areas/items?bbox=nan,nan,nan,nan", 200),
        ("/collections/areas/items?bbox=-180,-90,180,90", 200),
        ("/collections/areas/items?bbox=5,5,6,6", 200),
        ("/collections/areas/items?limit=0", 400),
        ("/collections/areas/items?offset=-1", 400),
        ("/collections/areas/items?sortby=", 400),
        ("/collections/areas/items?sortby=nothing", 400),
        ("/collections/areas/items?properties=geom", 400),
        ("/collections/areas/items?crs=http://www.opengis.net/def/crs/EPSG/0/3857", 400),
    ],
)
def test_what_makes_no_sense_is_refused(client: FlaskClient, path: str, status: int) -> None:
    answer = client.get(f"/ogc{path}")
    assert answer.status_code == status, answer.get_data(as_text=True)
    if status >= 400:
        assert answer.mimetype == "application/problem+json"


def test_a_new_version_is_shown(tmp_path) -> None:
    path = tmp_path / "plan.gpkg"
    open_store(path).write(tiny_plan())
    client = create_app(path).test_client()
    first = client.get("/ogc/collections/areas/items").get_json()
    plan = tiny_plan()
    plan["areas"]["name"] = plan["areas"]["name"] + "新"
    plan.meta["built_at"] = "2026-01-01T00:00:00+00:00"
    open_store(path).write(plan)
    again = client.get("/ogc/collections/areas/items").get_json()
    assert [f"{one['properties']['name']}新" for one in first["features"]] == [
        one["properties"]["name"] for one in again["features"]
    ]


def test_conformance_does_not_grow(client: FlaskClient) -> None:
    from pygeoapi.api import CONFORMANCE_CLASSES

    client.get("/ogc/conformance")
    before = len(CONFORMANCE_CLASSES)
    told = json.dumps([client.get("/ogc/conformance").get_json() for _ in range(3)])
    assert len(CONFORMANCE_CLASSES) == before
    assert not re.search("html|create-replace", told)
