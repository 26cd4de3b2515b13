"""The data a page is made of: JSON and GeoJSON, in degrees, public tables only."""

from collections.abc import Callable
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Literal

from flask import Response, current_app, request
from flask_openapi3 import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from geo_grid.errors import UsageError
from webmap.atlas import Atlas
from webmap.description import PUBLIC, AreaPath, DatumQuery, Feature, FeatureCollection, Words, answers

if TYPE_CHECKING:
    from webmap.library import Library

api = APIBlueprint("api", __name__, url_prefix="/api/v1", abp_tags=[PUBLIC])

#: Longest search text that is looked at.
QUERY_CHARACTERS = 100
GEOJSON: Literal["application/geo+json"] = "application/geo+json"


class LevelQuery(DatumQuery):
    """A level of grids."""

    level: int = Field(1, ge=1, le=3)


class SearchQuery(DatumQuery):
    """Words to search for."""

    q: str = Field("", max_length=QUERY_CHARACTERS)


class ExceptionsQuery(DatumQuery):
    """Which exceptions."""

    area: str | None = Field(None, max_length=64, description="Only those of this area")
    offset: int = Field(0, ge=0, le=999_999_999, description="How many to skip")


class GridPath(Words):
    """A grid."""

    code: str = Field(min_length=1, max_length=64, description="Code of the grid")


class Open(BaseModel):
    """An object that may have more members than are listed."""

    model_config = ConfigDict(extra="allow")


class Summary(Open):
    """Figures of the whole plan."""

    name: str
    sample: bool
    places: dict[str, str]
    areas: int
    households: int
    levels: list[dict[str, Any]]
    elements: list[dict[str, Any]]
    exceptions: int
    bounds: list[float] | None


class Card(Open):
    """All that is said of one grid."""

    code: str
    name: str
    level: int
    households: int


class Hit(BaseModel):
    """An area (level 0) or a grid."""

    code: str
    name: str
    level: int
    area: str
    area_name: str | None


class Hits(BaseModel):
    """What a search found."""

    query: str
    hits: list[Hit]


class Exceptions(BaseModel):
    """Grids outside their band, worst first."""

    total: int
    reasons: dict[str, int]
    offset: int
    items: list[dict[str, Any]]


def _reply(
    question: Callable[[Atlas], str],
    *key: object,
    kind: Literal["application/json", "application/geo+json"] = "application/json",
) -> Response:
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
    return _reply(question, *key, kind=GEOJSON)


@api.get("/summary", responses=answers(Summary, 304))
def summary(query: DatumQuery) -> Response:  # noqa: ARG001 - checked by its model
    """Figures of the whole plan."""
    return _reply(lambda atlas: atlas.summary(), "summary")


@api.get("/areas", responses=answers(FeatureCollection, 304, kind=GEOJSON))
def areas(query: DatumQuery) -> Response:  # noqa: ARG001
    """All areas with figures, simplified."""
    return _geojson(lambda atlas: atlas.areas(), "areas")


@api.get("/areas/<code>", responses=answers(Feature, 304, 404, kind=GEOJSON))
def area(path: AreaPath, query: DatumQuery) -> Response:  # noqa: ARG001
    """One area, exact, with its level-1 grids."""
    return _geojson(lambda atlas: atlas.area(path.code), "area", path.code)


@api.get("/areas/<code>/grids", responses=answers(FeatureCollection, 304, 404, kind=GEOJSON))
def grids(path: AreaPath, query: LevelQuery) -> Response:
    """Grids of an area at ``level``."""
    return _geojson(lambda atlas: atlas.grids(path.code, query.level), "grids", path.code, query.level)


@api.get("/areas/<code>/units", responses=answers(FeatureCollection, 304, 404, kind=GEOJSON))
def units(path: AreaPath, query: DatumQuery) -> Response:  # noqa: ARG001
    """Units of an area."""
    return _geojson(lambda atlas: atlas.units(path.code), "units", path.code)


@api.get("/areas/<code>/elements", responses=answers(FeatureCollection, 304, 404, kind=GEOJSON))
def elements(path: AreaPath, query: DatumQuery) -> Response:  # noqa: ARG001
    """Elements inside an area."""
    return _geojson(lambda atlas: atlas.elements(path.code), "elements", path.code)


@api.get("/grids/<code>", responses=answers(Card, 304, 404))
def grid(path: GridPath, query: DatumQuery) -> Response:  # noqa: ARG001
    """Card of a grid."""
    return _reply(lambda atlas: atlas.card(path.code), "grid", path.code)


@api.get("/search", responses=answers(Hits, 304))
def search(query: SearchQuery) -> Response:
    """Areas and grids that match ``q``."""
    return _reply(lambda atlas: atlas.search(query.q), "search", query.q)


@api.get("/exceptions", responses=answers(Exceptions, 304, 404))
def exceptions(query: ExceptionsQuery) -> Response:
    """Grids outside their band, of all areas or of ``area``."""
    return _reply(lambda atlas: atlas.exceptions(query.area, query.offset), "exceptions", query.area, query.offset)
