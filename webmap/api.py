"""The data a page is made of: JSON and GeoJSON, in degrees, public tables only."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, request

from geo_grid.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from webmap.atlas import Atlas
    from webmap.library import Library

api = Blueprint("api", __name__, url_prefix="/api/v1")

#: Longest search text that is looked at.
QUERY_CHARACTERS = 100


def _reply(question: Callable[[Atlas], str], *key: object, kind: str = "application/json") -> Response:
    """Ask the atlas, and answer with a validator so that a browser need not fetch the same twice."""
    library: Library = current_app.extensions["library"]
    edition = library.open()
    datum = request.args.get("datum", "WGS84")
    if library.atlas(datum) is None:
        raise UsageError(f"this service has no answers in datum {datum!r}", mend="Use WGS84.")
    tag = blake2b(repr((edition, datum, key)).encode(), digest_size=12).hexdigest()
    response = Response(content_type=f"{kind}; charset=utf-8")
    response.set_etag(tag, weak=True)
    response.headers["Cache-Control"] = f"private, max-age={library.settings.cache_seconds}"
    response.make_conditional(request)
    if response.status_code == 304:
        return response
    response.set_data(library.answer(datum, Question(question, key)))
    return response


class Question:
    """A question that equals another if both would get the same answer.

    Parameters
    ----------
    ask : callable
        Takes an atlas, returns JSON text.
    key : tuple
        What the answer depends on.
    """

    def __init__(self, ask: Callable[[Atlas], str], key: tuple[object, ...]) -> None:
        self.ask, self.key = ask, key

    def __call__(self, atlas: Atlas) -> str:
        """Ask it."""
        return self.ask(atlas)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Question) and self.key == other.key


def _geojson(question: Callable[[Atlas], str], *key: object) -> Response:
    return _reply(question, *key, kind="application/geo+json")


def _number(name: str, default: int, allowed: Callable[[int], bool]) -> int:
    text = request.args.get(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not allowed(int(text)):
        raise UsageError(f"parameter {name} makes no sense: {text[:20]!r}")
    return int(text)


@api.get("/summary")
def summary() -> Response:
    """Figures of the whole plan."""
    return _reply(lambda atlas: atlas.summary(), "summary")


@api.get("/areas")
def areas() -> Response:
    """All areas with figures, simplified."""
    return _geojson(lambda atlas: atlas.areas(), "areas")


@api.get("/areas/<code>")
def area(code: str) -> Response:
    """One area, exact, with its level-1 grids."""
    return _geojson(lambda atlas: atlas.area(code), "area", code)


@api.get("/areas/<code>/grids")
def grids(code: str) -> Response:
    """Grids of an area at ``level``."""
    level = _number("level", 1, lambda value: 1 <= value <= 3)
    return _geojson(lambda atlas: atlas.grids(code, level), "grids", code, level)


@api.get("/areas/<code>/units")
def units(code: str) -> Response:
    """Units of an area."""
    return _geojson(lambda atlas: atlas.units(code), "units", code)


@api.get("/areas/<code>/elements")
def elements(code: str) -> Response:
    """Elements inside an area."""
    return _geojson(lambda atlas: atlas.elements(code), "elements", code)


@api.get("/grids/<code>")
def grid(code: str) -> Response:
    """Card of a grid."""
    return _reply(lambda atlas: atlas.card(code), "grid", code)


@api.get("/search")
def search() -> Response:
    """Areas and grids that match ``q``."""
    query = request.args.get("q", "")
    if len(query) > QUERY_CHARACTERS:
        raise UsageError(f"a search text has at most {QUERY_CHARACTERS} characters")
    return _reply(lambda atlas: atlas.search(query), "search", query)


@api.get("/exceptions")
def exceptions() -> Response:
    """Grids outside their band, of all areas or of ``area``."""
    code, offset = request.args.get("area"), _number("offset", 0, lambda value: value >= 0)
    return _reply(lambda atlas: atlas.exceptions(code, offset), "exceptions", code, offset)
