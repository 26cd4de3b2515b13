"""Every route there is: who may use it, what it says when they may not, and that it is described."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from plans import URBAN_1, VILLAGE, tiny_plan
from signing import PASSWORD, Visitor, add, problem, sign_in

from geo_grid.store import open_store
from webmap import Settings, create_app
from webmap.accounts.guard import SAFE, access_of
from webmap.accounts.people import ROLES
from webmap.errors import STATUS, TITLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

RENAME = {"op": "rename", "grid": f"{URBAN_1}001", "name": "东片"}


class Asked(NamedTuple):
    """A request that is right in every respect, save who sends it."""

    method: str
    path: str
    body: Any = None
    form: bool = False
    outside: Any = None  # the same for codes that are not one's own, where these stand in the body


def desk(rest: str) -> str:
    return f"/api/v1/desk/areas/{URBAN_1}/{rest}"


#: By name of the route: one request to each route that changes something.
CHANGING: dict[str, Asked] = {
    "accounts.login": Asked("POST", "/api/v1/session", {"name": "planner", "password": PASSWORD}),
    "accounts.logout": Asked("DELETE", "/api/v1/session"),
    "accounts.welcome": Asked("POST", "/api/v1/welcome", {"token": "x", "password": PASSWORD}),
    "accounts.link": Asked("POST", "/api/v1/welcome/link", {"token": "x"}),
    "accounts.change_password": Asked("POST", "/api/v1/password", {"old": PASSWORD, "new": "another-river-9"}),
    "accounts.add_user": Asked(
        "POST",
        "/api/v1/users",
        {"name": "new", "role": "planner", "prefix": "1411", "password": PASSWORD},
        outside={"name": "new", "role": "planner", "prefix": "1409", "password": PASSWORD},
    ),
    "accounts.change_user": Asked("PATCH", "/api/v1/users/somebody", {"display": "x"}, outside={"prefix": "1409"}),
    "accounts.invite": Asked(
        "POST",
        "/api/v1/invitations",
        {"name": "new", "role": "planner", "prefix": "1411"},
        outside={"name": "new", "role": "planner", "prefix": ""},
    ),
    "desk.edit": Asked("POST", desk("edits"), RENAME),
    "desk.preview": Asked("POST", desk("preview"), RENAME),
    "desk.undo": Asked("POST", desk("undo"), {}),
    "desk.redo": Asked("POST", desk("redo"), {}),
    "desk.go": Asked("POST", desk("go"), {"revision": 0}),
    "desk.snapshot": Asked("POST", desk("snapshots"), {"revision": 1, "name": "x"}),
    "desk.branch": Asked("POST", desk("branches"), {"base": 0, "op": RENAME, "name": "x"}),
    "desk.comment": Asked("POST", desk("comments"), {"text": "x"}),
    "desk.close_comment": Asked("POST", desk("comments/1/close"), {}),
    "exchange.import_grids": Asked("POST", desk("import?kind=assignment"), {"file": b"a,b"}, form=True),
    "people.take": Asked("POST", f"/api/v1/people/import?kind=staff&prefix={URBAN_1}", {"file": b"a,b"}, form=True),
    "people.add": Asked("POST", f"/api/v1/people/grids/{URBAN_1}001/staff", {"name": "x"}),
    "people.change": Asked("PATCH", f"/api/v1/people/grids/{URBAN_1}001/staff/1", {"phone": None}),
    # what is sent from the field is judged event by event, by the prefix too: tests/web/test_field_service.py
    "field.send": Asked("POST", "/api/v1/field/events", []),
    "field.put": Asked("PUT", f"/api/v1/field/photos/{'0' * 8}-0000-4000-8000-{'0' * 12}"),
    "versions.publish": Asked(
        "POST", "/api/v1/versions", {"name": "x", "areas": [URBAN_1]}, outside={"name": "x", "areas": ["140900000001"]}
    ),
}

#: Routes that concern the account of whoever asks, and so nobody else's codes.
OWN = {"accounts.logout", "accounts.change_password", "field.put"}
#: Routes whose answer judges each part of the body by itself.
ONE_BY_ONE = {"field.send"}
#: Routes for somebody who is not signed in yet.
BEFORE = {"accounts.login", "accounts.welcome", "accounts.link"}
#: Routes that take a body and change nothing.
HARMLESS = {"public.bulk"}
GUARDED = sorted(set(CHANGING) - BEFORE)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    path = tmp_path_factory.mktemp("routes") / "plan.gpkg"
    open_store(path).write(tiny_plan())
    many = "100000 per minute"
    made = create_app(path, settings=Settings(login_limit=many, login_name_limit=many, login_address_limit=many))
    for role in ROLES:
        add(made, role, role)
        add(made, f"other-{role}", role, "1409")
        add(made, f"own-{role}", role, "1411")
    add(made, "somebody", "planner", "1411")
    yield made
    made.extensions["office"].close()


def ask(visitor: Visitor, asked: Asked, **more: Any) -> Any:
    body = asked.body if "body" not in more else more.pop("body")
    if asked.form:
        data = {name: (io.BytesIO(value), "x.csv") for name, value in body.items()}
        return visitor.send(asked.method, asked.path, data=data, content_type="multipart/form-data", base=0, **more)
    return visitor.send(asked.method, asked.path, body, base=0, **more)


def changing(app: Flask) -> dict[str, set[str]]:
    """Return the methods by which each route changes something."""
    found: dict[str, set[str]] = {}
    for rule in app.url_map.iter_rules():
        methods = set(rule.methods or ()) - SAFE
        if methods and rule.endpoint not in HARMLESS:
            found.setdefault(rule.endpoint, set()).update(methods)
    return found


def allowed(app: Flask, endpoint: str) -> str:
    access = access_of(app, endpoint)
    assert access is not None
    return access.roles[0]


def test_no_changing_route_is_forgotten_here(app: Flask) -> None:
    assert changing(app) == {name: {asked.method} for name, asked in CHANGING.items()}
    for name in GUARDED:
        access = access_of(app, name)
        assert access is not None
        assert access.roles
        assert (access.scope == "self") is (name in OWN), name


@pytest.mark.parametrize("name", GUARDED)
def test_somebody_must_be_signed_in(app: Flask, name: str) -> None:
    problem(ask(Visitor(app.test_client(), "x"), CHANGING[name]), 401, "signed_out")


@pytest.mark.parametrize("name", GUARDED)
@pytest.mark.parametrize("token", [None, "", "x" * 43])
def test_the_token_of_the_session_is_needed(app: Flask, name: str, token: str | None) -> None:
    visitor = sign_in(app, allowed(app, name))
    asked = CHANGING[name]
    headers = {"If-Match": '"0"'} | ({} if token is None else {"X-CSRF-Token": token})
    body = None if asked.form else asked.body
    problem(visitor.client.open(asked.path, method=asked.method, json=body, headers=headers), 403, "csrf")


@pytest.mark.parametrize("name", GUARDED)
def test_the_token_of_another_session_does_not_do(app: Flask, name: str) -> None:
    visitor = sign_in(app, allowed(app, name))
    visitor.csrf = sign_in(app, allowed(app, name)).csrf
    problem(ask(visitor, CHANGING[name]), 403, "csrf")


@pytest.mark.parametrize("name", GUARDED)
def test_other_roles_are_refused(app: Flask, name: str) -> None:
    access = access_of(app, name)
    others = [role for role in ROLES if role not in access.roles]
    for role in others:
        problem(ask(sign_in(app, role), CHANGING[name]), 403, "role")
    # what everybody may do is listed, so that nobody lets an inspector redraw by leaving out a word
    assert others or name in OWN | ONE_BY_ONE | {"desk.comment", "desk.close_comment"}


@pytest.mark.parametrize("name", sorted(set(GUARDED) - OWN - ONE_BY_ONE))
def test_foreign_codes_are_refused(app: Flask, name: str) -> None:
    asked, role = CHANGING[name], allowed(app, name)
    problem(ask(sign_in(app, f"other-{role}"), asked), 403, "prefix")
    if asked.outside is not None:
        problem(ask(sign_in(app, f"own-{role}"), asked, body=asked.outside), 403, "prefix")
    else:
        assert URBAN_1 in asked.path, "the code stands in the address, or a body with a foreign one is tried"


@pytest.mark.parametrize("name", sorted(CHANGING))
@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=["origin", "null", "fetch"],
)
def test_pages_of_other_sites_are_refused(app: Flask, name: str, headers: dict[str, str]) -> None:
    asked = CHANGING[name]
    body = None if asked.form else asked.body
    answer = app.test_client().open(asked.path, method=asked.method, json=body, headers=headers)
    problem(answer, 403, "foreign_origin")


def test_a_page_of_this_site_is_not(app: Flask) -> None:
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    asked = CHANGING["accounts.login"]
    assert app.test_client().post(asked.path, json=asked.body, headers=headers).status_code == 200


def test_a_route_that_says_nothing_is_closed(app: Flask) -> None:
    other = create_app(app.extensions["library"].store_url)
    other.add_url_rule("/forgotten", "forgotten", lambda: "done", methods=["POST"])
    visitor = sign_in(other, "administrator")
    problem(visitor.post("/forgotten"), 403, "closed")
    assert "forgotten" in changing(other), "the test above would find it"


READING = ["/api/v1/desk/areas", f"/api/v1/desk/areas/{URBAN_1}", desk("history"), desk("compare?a=0&b=0")]
READING += [
    desk("comments"),
    f"/api/v1/exports/geojson?area={URBAN_1}",
    "/api/v1/desk/changes",
    "/api/v1/desk/problems",
    "/api/v1/edits",
    "/api/v1/versions",
    "/api/v1/people/staff",
    "/api/v1/people/vacancies",
    "/api/v1/people/doubles",
    "/api/v1/people/organisations",
    f"/api/v1/people/responsible?area={URBAN_1}",
    "/api/v1/dashboard/staff",
    "/api/v1/dashboard/staff.xlsx",
    *(f"/api/v1/field/{rest}" for rest in ("events", "own", "areas", f"package?area={URBAN_1}")),
    *(f"/api/v1/field/{rest}" for rest in ("round", "duties", "cover", "load", "figures", "records", "matters")),
    "/api/v1/field/exports/xlsx",
]


@pytest.mark.parametrize("path", [*READING, "/api/v1/users", "/api/v1/access-log"])
def test_what_is_not_public_is_told_to_nobody_outside(app: Flask, path: str) -> None:
    problem(app.test_client().get(path), 401, "signed_out")
    problem(Visitor(app.test_client()).get(path, headers={"Cookie": "geo_grid_session=guess"}), 401, "signed_out")


def test_only_these_take_a_body_and_change_nothing(app: Flask) -> None:
    found = {name for name in app.view_functions if (access := access_of(app, name)) and not access.changes}
    assert found == HARMLESS


def test_public_routes_are_those_listed(app: Flask) -> None:
    """Whatever is added to the service and answers strangers has to be written down here."""
    public = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and access_of(app, rule.endpoint) is None
    }
    of_the_map = {
        f"api.{name}"
        for name in ["summary", "areas", "area", "grids", "units", "elements", "grid", "search", "exceptions"]
    } | {f"api.{name}" for name in ["places", "place", "figures", "numbers", "workbook"]}
    asked = {f"public.{name}" for name in ["lookup", "shape", "children", "parents", "neighbours", "elements", "staff"]}
    asked |= {"public.walk", "find.board", "tiles.current", "tiles.archive", "find.page"}
    asked |= {f"ogc.{name}" for name in ["landing", "conformance", "collections", "collection", "schema", "queryables"]}
    asked |= {"ogc.items", "ogc.item", "public.by_code"}
    pages = {f"pages.{name}" for name in ["index", "plan", "welcome", "favicon", "health"]}
    assert public == of_the_map | asked | pages | {
        "static",
        "dashboard.page",
        "office_page.page",
        "people_page.page",
        *(f"field_page.{name}" for name in ("page", "worker", "manifest")),
        "description.openapi_json",
        "description.docs",
        "accounts.me",
    }


def test_foreign_areas_are_not_shown(app: Flask) -> None:
    visitor = sign_in(app, "other-planner")
    for path in READING[1:5]:
        problem(visitor.get(path), 403, "prefix")
    problem(visitor.get(f"/api/v1/edits?area={VILLAGE}"), 403, "prefix")
    problem(visitor.get(f"/api/v1/desk/problems?areas={VILLAGE}"), 403, "prefix")
    for rest in (f"staff?prefix={VILLAGE}", f"staff?code={VILLAGE}001", f"vacancies?prefix={VILLAGE}"):
        problem(visitor.get(f"/api/v1/people/{rest}"), 403, "prefix")
    for rest in (
        "doubles?prefix=",
        f"organisations?prefix={VILLAGE}",
        f"organisations?code={VILLAGE}",
        f"responsible?area={VILLAGE}",
    ):
        problem(visitor.get(f"/api/v1/people/{rest}"), 403, "prefix")


# the description


def described(app: Flask) -> dict[str, Any]:
    return app.test_client().get("/api/v1/openapi.json").get_json()


def test_the_description_is_valid_and_holds_every_route(app: Flask) -> None:
    document = described(app)
    assert document["openapi"].startswith("3.1")
    assert [str(fault) for fault in OpenAPIV31SpecValidator(document).iter_errors()] == []
    listed = {(path, method.upper()) for path, methods in document["paths"].items() for method in methods}
    there = set()
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            path = str(rule).replace("<int:", "<").replace("<", "{").replace(">", "}")
            there |= {(path, method) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert listed == there


def test_every_reference_of_the_description_leads_somewhere(app: Flask) -> None:
    document = described(app)

    def references(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for key, part in value.items():
                if key == "$ref":
                    yield part
                else:
                    yield from references(part)
        elif isinstance(value, list):
            for part in value:
                yield from references(part)

    found = set(references(document))
    assert found
    for reference in found:
        part: Any = document
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]


def test_who_must_be_signed_in_is_described(app: Flask) -> None:
    document = described(app)
    for rule in app.url_map.iter_rules():
        access = access_of(app, rule.endpoint)
        path = str(rule).replace("<int:", "<").replace("<", "{").replace(">", "}")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"} if access is not None else ():
            operation = document["paths"][path][method.lower()]
            schemes = {name for way in operation.get("security", []) for name in way}
            want = set() if not access.roles else {"session"} if method == "GET" else {"session", "token"}
            assert schemes == want, (path, method)
            if access.roles:
                assert {"401", "403"} <= set(operation["responses"]), (path, method)


def test_every_status_of_the_table_of_errors_has_a_title() -> None:
    assert {status for status, _ in STATUS.values()} <= set(TITLES)


def test_the_viewer_asks_this_host_alone(app: Flask) -> None:
    client = app.test_client()
    answer = client.get("/api/docs")
    html = answer.get_data(as_text=True)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "http" not in html.replace("https://www.w3.org", "")
    for part in html.split('"'):
        if part.startswith("/static/"):
            with client.get(part) as asset:
                assert asset.status_code == 200, part


# hostile bodies

HOSTILE = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"1",
    b"NaN",
    b'{"op":NaN}',
    b'{"op":"rename","grid":Infinity,"name":"x"}',
    b"[" * 100_000,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b'{"op":' + b"9" * 10_000 + b"}",
    b'{"op":1e999}',
    b'{"op":"rename","grid":"x","name":"\\ud800"}',
    b'{"op":"rename","grid":"x","name":"\\u0000"}',
    b'{"op":"rename","grid":["x"],"name":{}}',
    b'{"op":"rename","grid":"x","name":"y","more":1}',
    b'{"op":"move","units":1,"level":true}',
    b'{"op":"move","units":["a"],"to":null,"level":99999999999999999999999}',
    b'{"op":"split_line","grid":"x","line":[[1e400,0],[0,0]]}',
    b'{"op":"split_line","grid":"x","line":[[[0]],[]]}',
    b'{"op":"split","grid":"x","parts":-1}',
    b'{"op":"cut","unit":"x","after":1.5}',
    b'{"op":"resolve","grids":null,"seed":1e3}',
    b'{"op":"__class__"}',
    b'{"name":{"$gt":""},"password":{"$gt":""}}',
    b"\xff\xfe\x00",
]


@pytest.mark.parametrize(
    "name", [name for name, asked in CHANGING.items() if isinstance(asked.body, dict) and not asked.form]
)
def test_hostile_bodies_are_refused(app: Flask, name: str) -> None:
    asked = CHANGING[name]
    for number, body in enumerate(HOSTILE):
        visitor = Visitor(app.test_client()) if name in BEFORE else sign_in(app, allowed(app, name))
        kind = {"content_type": "application/json", "environ_overrides": {"REMOTE_ADDR": f"10.0.{number}.1"}}
        answer = visitor.send(asked.method, asked.path, data=body, base=0, **kind)
        assert answer.status_code in {400, 422}, (body[:60], answer.status_code)
        assert answer.mimetype == "application/problem+json"
        assert json.loads(answer.data)["status"] == answer.status_code


def test_bodies_of_other_kinds_and_sizes_are_refused(app: Flask) -> None:
    visitor = sign_in(app, "planner")
    asked = CHANGING["desk.edit"]
    text = json.dumps(asked.body)
    problem(visitor.send("POST", asked.path, data=text, content_type="text/plain"), 415, "unsupported_media_type")
    problem(visitor.send("POST", asked.path, data={"op": "rename"}), 415, "unsupported_media_type")
    large = json.dumps(asked.body | {"why": "x" * 5_000_000})
    problem(
        visitor.send("POST", asked.path, data=large, content_type="application/json"), 413, "request_entity_too_large"
    )


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/areas/%00",
        "/api/v1/search?q=%00",
        "/api/v1/summary?datum=%F0%28",
        "/api/v1/areas/" + "9" * 5000,
        "/api/v1/exceptions?offset=1e3",
        "/api/v1/exceptions?area=" + "x" * 100,
    ],
)
def test_hostile_addresses_are_refused(app: Flask, path: str) -> None:
    answer = app.test_client().get(path)
    assert answer.status_code in {400, 404}
    assert answer.mimetype == "application/problem+json"


# names of the service


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:80", "", "127.0.0.1.evil.example"]
)
def test_other_names_of_the_service_are_refused(app: Flask, host: str) -> None:
    problem(app.test_client().get("/", headers={"Host": host}), 421, "unknown_host")


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "[::1]:8000", "10.1.2.3", "plan.localhost"]
)
def test_own_names_are_answered(app: Flask, host: str) -> None:
    assert app.test_client().get("/healthz", headers={"Host": host}).status_code == 200
