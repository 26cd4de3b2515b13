"""Nothing of a household is in anything the public can get: markers stand in every field, and none is ever seen."""

from __future__ import annotations

import gzip
import json
import logging
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

import numpy as np
import pytest
import shapely
from field_cases import uid
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from phones import change, context, degrees, found, photo, record, said, track
from plans import URBAN_1, VILLAGE, tiny_plan
from pmtiles.reader import MmapSource, all_tiles
from pyproj import Transformer

from geo_grid.cli import main
from geo_grid.desk import Desk
from geo_grid.store import open_store
from geo_grid.store.ledger import Audit
from webmap import Settings, create_app
from webmap.accounts.guard import access_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

PAIR = re.compile(r"(-?\d+\.\d+)[ ,;]{1,2}(-?\d+\.\d+)")
UNLIMITED = "1000000 per minute"
TEXTS = ("id", "building", "entrance", "group", "address", "source")
NUMBERS = ("floor", "residents", "source_row")


class Marked(NamedTuple):
    """A service, and what must never be seen of it."""

    app: Flask
    path: Path
    markers: tuple[str, ...]
    homes: frozenset[tuple[float, float]]

    def look(self, text: str) -> None:
        for marker in self.markers:
            assert marker not in text, marker
        # to a decimetre, in degrees or metres
        pairs = {(round(float(x), places), round(float(y), places)) for x, y in PAIR.findall(text) for places in (1, 6)}
        assert not pairs & self.homes


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marked]:
    path = tmp_path_factory.mktemp("marked") / "plan.gpkg"
    plan, markers, homes = with_markers()
    store = open_store(path)
    store.write(plan)
    desk = Desk(store)
    desk.publisher.publish(name="v1", author="li", note="")
    beside = keep_more(desk.ledger)
    desk.close()
    limits = dict.fromkeys(("lookup_limit", "public_limit", "bulk_limit", "version_limit"), UNLIMITED)
    app = create_app(path, settings=Settings(tiles_wait_seconds=60, **limits))
    yield Marked(app, path, (*markers, *beside), homes)
    app.extensions["office"].close()


def with_markers() -> tuple[Any, tuple[str, ...], frozenset[tuple[float, float]]]:
    """Return a plan with a marker in every field of every household, the markers, and where the households are."""
    plan, noise = tiny_plan(), np.random.default_rng(7)
    homes, markers = plan["households"], list[str]()
    for field in TEXTS:
        values = [f"zq{field}{number:06x}" for number in range(len(homes))]
        homes[field] = values
        markers.append(f"zq{field}")
    for place, field in enumerate(NUMBERS):
        homes[field] = 70_304_017 + 1_000_003 * place
        markers.append(str(70_304_017 + 1_000_003 * place))
    units = plan["units"].set_index("id")["geom"]
    boxes = shapely.bounds(units.loc[homes["unit_id"]].to_numpy())
    share = noise.uniform(0.21, 0.79, (len(homes), 2))
    xy = boxes[:, :2] + share * (boxes[:, 2:] - boxes[:, :2])
    homes["geom"] = shapely.points(xy)
    lon, lat = Transformer.from_crs(plan.crs, 4326, always_xy=True).transform(xy[:, 0], xy[:, 1])
    places = {(round(x, 1), round(y, 1)) for x, y in xy.tolist()}
    places |= {(round(x, 6), round(y, 6)) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)}
    spoiled = plan["quarantine"]
    spoiled["raw"] = json.dumps({"id": "zqraw"})
    spoiled["source"] = "zqspoiled"
    return plan, (*markers, "zqraw", "zqspoiled"), frozenset(places)


def keep_more(ledger: Any) -> tuple[str, ...]:
    """Keep beside the plan what is not public either, and return its markers."""
    ledger.add_comment(URBAN_1, "zqcomment", "zqauthor", grid=f"{URBAN_1}001")
    audit = Audit("zqauthor", "roster", {}, {})
    one = {"grid_code": f"{URBAN_1}001", "level": 1, "role": "网格员", "term_from": None, "term_to": None}
    one |= {"source": "zqroster.xlsx", "source_row": 3}
    ledger.add_staff(one | {"name": "王一", "phone": "13900000001", "phone_public": 1}, audit)
    ledger.add_staff(one | {"name": "王二", "phone": "13900000002", "phone_public": 0}, audit)
    return "zqcomment", "zqauthor", "zqroster", "13900000002", *keep_field_work(ledger)


def keep_field_work(ledger: Any) -> tuple[str, ...]:
    """Keep what somebody sent from the field: an inspection with a photo, a matter, a track."""
    here = degrees(0.5, 0.5)
    events = [
        record(1, notes="zqnote", checklist={"zqkey": "zqanswer"}),
        photo(2, 1, exif={"Model": "zqcamera"}) | {"device": "zqdevice"},
        found(3, notes="zqmatter"),
        change("mended", 4, 3, [3], notes="zqmended", photos=[uid(5)]),
        said("track", 6, track([[here["lon"], here["lat"], 0, 70_304.5]])),
    ]
    answers = ledger.receive_events(events, context(author="zqwalker")).answers
    assert {answer["status"] for answer in answers} == {"taken"}
    ledger.put_upload(uid(2), received=1000, stored_name="zqstored.jpg", stored_sha256="0" * 64)
    words = ("note", "key", "answer", "camera", "device", "matter", "mended", "walker", "stored")
    return *(f"zq{word}" for word in words), "70304.5"


def test_phones_are_told_with_consent_alone(marked: Marked) -> None:
    told = ask(marked, f"/api/v1/grids/{URBAN_1}001/staff").get_json()["staff"]
    assert {row["name"]: row["phone"] for row in told} == {"王一": "13900000001", "王二": None}


def test_the_markers_are_there(marked: Marked) -> None:
    """The walk below would see them: staff do."""
    homes = open_store(marked.path).read(["households", "quarantine"])
    text = homes["households"].drop(columns="geom").to_csv() + homes["quarantine"].to_csv()
    for marker in (*(f"zq{field}" for field in TEXTS), "zqraw", "zqspoiled", "70304017"):
        assert marker in text
    x, y = shapely.get_coordinates(homes["households"]["geom"].to_numpy())[5]
    lon, lat = Transformer.from_crs(homes.crs, 4326, always_xy=True).transform(x, y)
    for leak in ("… zqaddress00001f …", f"[{float(lon)},{float(lat)}]", f"{float(x)}, {float(y)}"):
        with pytest.raises(AssertionError):
            marked.look(leak)


def codes_of(app: Flask) -> list[str]:
    plan = app.extensions["library"].current().plan
    places = {code[:digits] for code in plan.area_row for digits in (6, 9)}
    return [*sorted(places), *plan.area_row, *plan.grid_row]


def public_rules(app: Flask) -> list[Any]:
    found = []
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        if "GET" in (rule.methods or ()) and (access is None or not access.roles):
            found.append(rule)
    return sorted(found, key=str)


#: Values for the parameters of addresses and queries; what a curious visitor would try is among them.
TRIED = [
    "",
    "0",
    "1",
    "-1",
    "x",
    "households",
    "quarantine",
    "zq",
    "zqad",
    "70304",
    "公民",
    "geojson",
    "1e3",
    "' OR 1=1",
]
QUERIES = ("q", "datum", "as_of", "level", "format", "limit", "offset", "lang", "grid", "area", "paper", "code", "from")
QUERIES += (
    "to",
    "bbox",
    "properties",
    "sortby",
    "filter",
    "households",
    "building",
    "address",
    "floor",
    "entrance",
    "f",
)


def ask(marked: Marked, url: str, **more: Any) -> Any:
    """Ask as a stranger, and look at all of the answer."""
    with marked.app.test_client().open(url, **more) as answer:
        body = answer.get_data()
    marked.look(body.decode("utf-8", "replace"))
    marked.look(str(answer.headers))
    return answer


def test_every_public_route_about_every_code(marked: Marked, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    seen = set()
    for rule in public_rules(marked.app):
        named = sorted(rule.arguments)
        if not named:
            urls = [str(rule)]
        elif rule.endpoint.startswith("ogc"):
            sample = {"item": [f"{URBAN_1}001", "river-1"], "collection": ["areas", "grids_1", "grids_3", "elements"]}
            urls = [
                filled(rule, dict(zip(named, pair, strict=True))) for pair in pairs(*(sample[name] for name in named))
            ]
        else:
            urls = [
                filled(rule, dict.fromkeys(named, code))
                for code in (codes_of(marked.app) if "code" in named else ["v1.pmtiles"])
            ]
        for url in urls:
            more = "?limit=1000" if rule.endpoint == "ogc.items" else ""
            answer = ask(marked, url + more)
            assert answer.status_code < 500, url
            if answer.status_code == 200:
                seen.add(rule.endpoint)
    wanting = {rule.endpoint for rule in public_rules(marked.app)} - seen
    # these need more than a code: the tests below ask them
    assert wanting <= {"public.lookup", "public.walk", "static", "accounts.me"}
    marked.look(caplog.text)


def filled(rule: Any, values: dict[str, str]) -> str:
    out = str(rule)
    for name, value in values.items():
        out = out.replace(f"<{name}>", quote(value)).replace(f"<path:{name}>", quote(value))
    return out


def pairs(*lists: list[str]) -> list[tuple[str, ...]]:
    if len(lists) == 1:
        return [(each,) for each in lists[0]]
    return [(one, other) for one in lists[0] for other in lists[1]]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_asked(marked: Marked, data: st.DataObject) -> None:
    rule = data.draw(st.sampled_from(public_rules(marked.app)))
    some = st.sampled_from([*TRIED, URBAN_1, VILLAGE, f"{URBAN_1}001", f"{VILLAGE}002", "areas", "grids_2"])
    url = filled(rule, {name: data.draw(some) or "x" for name in rule.arguments})
    query = data.draw(st.dictionaries(st.sampled_from(QUERIES), some, max_size=4))
    lon, lat = data.draw(st.floats(111.12, 111.15)), data.draw(st.floats(37.51, 37.53))
    if rule.endpoint == "public.lookup":
        query |= {"lon": str(lon), "lat": str(lat)}
    answer = ask(marked, url, query_string=query)
    assert answer.status_code < 500 or answer.status_code == 503


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=st.lists(st.tuples(st.floats(111.12, 111.15), st.floats(37.51, 37.53)), max_size=30))
def test_whatever_places_are_asked(marked: Marked, points: list[tuple[float, float]]) -> None:
    answer = ask(marked, "/api/v1/lookup/bulk", method="POST", json={"points": points})
    told = answer.get_json()
    assert set(told) == {"version", "made_at", "codes"}, "codes, and nothing else"
    known = set(codes_of(marked.app))
    for codes in told["codes"]:
        assert codes is None or set(codes) <= {*known, None}
    for lon, lat in points[:3]:
        for floor in ("", "&floor=2"):
            ask(marked, f"/api/v1/lookup?lon={lon}&lat={lat}{floor}")


def test_every_tile(marked: Marked) -> None:
    ask(marked, "/tiles/v1.pmtiles")
    archive = marked.path.with_suffix(".tiles") / "v1.pmtiles"
    count = 0
    with archive.open("rb") as file:
        for _, content in all_tiles(MmapSource(file)):
            marked.look(gzip.decompress(content).decode("utf-8", "replace"))
            count += 1
    assert count > 5


def test_faults_tell_nothing_either(
    marked: Marked, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """A store that breaks, and a mistake in the code."""
    from geo_grid.errors import StoreError

    library = marked.app.extensions["library"]
    for error in (StoreError("broken", file=marked.path), ValueError("broken")):

        def broken(*_: Any, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(library, "current", broken)
        monkeypatch.setattr(library, "edition", broken)
        answer = ask(marked, f"/api/v1/grids/{URBAN_1}001")
        assert answer.status_code >= 500
        assert "broken" not in answer.get_data(as_text=True)
    marked.look(caplog.text)
    marked.look("".join(capfd.readouterr()))


def test_the_map_in_a_file(marked: Marked, tmp_path: Path) -> None:
    out = tmp_path / "map.html"
    assert main(["map", str(marked.path), "-o", str(out)]) == 0
    public = out.read_text(encoding="utf-8")
    marked.look(public)
    assert '"households":"<10"'.replace("<", "\\u003c") in public
    assert main(["map", str(marked.path), "-o", str(out), "--exact"]) == 0
    exact = out.read_text(encoding="utf-8")
    marked.look(exact)
    assert "\\u003c10" not in exact


def small_counts(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every count of households in an answer."""
    if isinstance(value, dict):
        for key, each in value.items():
            if key == "reasons":  # how often each was the reason; some are named after households
                continue
            if "households" in key:
                yield f"{at}/{key}", each
            yield from small_counts(each, f"{at}/{key}")
    elif isinstance(value, list):
        for each in value:
            yield from small_counts(each, at)


def test_no_count_below_ten_is_told(marked: Marked, client: FlaskClient) -> None:
    found = 0
    for rule in public_rules(marked.app):
        codes = codes_of(marked.app) if "code" in rule.arguments else [""]
        if set(rule.arguments) - {"code"}:
            continue
        for code in codes:
            answer = ask(marked, filled(rule, {"code": code}))
            if answer.status_code != 200 or not answer.mimetype.endswith("json") or rule.endpoint.startswith("desc"):
                continue
            for at, count in small_counts(answer.get_json(force=True)):
                for each in count if isinstance(count, list) else [count]:
                    assert each in (None, "<10") or int(each) >= 10, f"{rule} {code} {at}: {each}"
                    found += each == "<10"
    assert found > 10
