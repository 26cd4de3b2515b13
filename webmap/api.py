"""The data a page is made of: JSON and GeoJSON, in degrees, public tables only."""

from collections.abc import Callable
from typing import Any, Literal

from flask import Response, request
from flask_openapi3 import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from geo_grid.errors import UsageError
from webmap.atlas import Atlas
from webmap.description import PUBLIC, AreaPath, DatumQuery, Feature, FeatureCollection, Words, answers
from webmap.public.answers import Answers
from webmap.public.asking import AS_OF, count_question, edition_asked, kept, library, people, told
from webmap.public.named_places import place_hits

api = APIBlueprint("api", __name__, url_prefix="/api/v1", abp_tags=[PUBLIC])

#: Longest search text that is looked at.
QUERY_CHARACTERS = 100
GEOJSON: Literal["application/geo+json"] = "application/geo+json"

#: A count of households; "<10" below 10.
Count = int | str


class MapQuery(DatumQuery):
    """Datum and day of an answer."""

    as_of: str | None = AS_OF


class LevelQuery(MapQuery):
    """A level of grids."""

    level: int = Field(1, ge=1, le=3)


class SearchQuery(Words):
    """Words to search for."""

    datum: Literal["WGS84", "GCJ02", "BD09", "CGCS2000"] = Field("WGS84", description="Datum of the places told")
    as_of: str | None = AS_OF

    q: str = Field("", max_length=QUERY_CHARACTERS)


class AreasQuery(MapQuery):
    """A page of the areas."""

    offset: int = Field(0, ge=0, le=999_999_999, description="How many areas to skip")
    limit: int | None = Field(
        None, ge=1, le=1_000_000, description="Areas at most; never more than the service's limit"
    )


class ExceptionsQuery(MapQuery):
    """Which exceptions."""

    area: str | None = Field(None, max_length=64, description="Only those of this area")
    offset: int = Field(0, ge=0, le=999_999_999, description="How many to skip")


class GridPath(Words):
    """A grid."""

    code: str = Field(min_length=1, max_length=64, description="Code of the grid")


class PlacePath(Words):
    """A county or a township."""

    code: str = Field(min_length=1, max_length=64, description="Code of the place")


class Open(BaseModel):
    """An object that may have more members than are listed."""

    model_config = ConfigDict(extra="allow")


class Summary(Open):
    """Figures of the whole plan."""

    name: str
    sample: bool
    version: dict[str, Any] | None = Field(description="The published version: number, name, made_at; null: the draft")
    places: dict[str, str]
    areas: int
    households: Count
    levels: list[dict[str, Any]]
    elements: list[dict[str, Any]]
    exceptions: int
    bounds: list[float] | None


class Card(Open):
    """All that is said of one grid."""

    code: str
    name: str
    level: int
    households: Count


class Hit(BaseModel):
    """An area (level 0), a grid, a building that may be named, or a place: a county or a township."""

    kind: Literal["area", "grid", "building", "place"]
    code: str = Field(description="Of a building, the area's")
    name: str
    level: int | None
    area: str = Field(description="Of a place, its own code")
    area_name: str | None
    grids: list[str] = Field(description="Of a building, its finest grids")
    places: list[str] = Field(description="Names of county and township, which tell namesakes apart")
    at: list[float] = Field(description="Longitude and latitude of a place inside")
    bounds: list[float] | None = Field(None, description="Of a place: west, south, east, north")


class Hits(BaseModel):
    """What a search found."""

    query: str
    complete: bool = Field(description="false in the first seconds of a service: areas, level-1 grids and codes alone")
    hits: list[Hit]


class Columns(BaseModel):
    """A table."""

    columns: list[str]
    rows: list[list[Any]]


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
    count_question()
    edition = edition_asked()
    datum = request.args.get("datum", "WGS84")
    if datum not in edition.datums:
        raise UsageError(f"this service has no answers in datum {datum!r}", mend="Use WGS84.")
    return kept(edition, (datum, *key), lambda: edition.answer(datum, Question(question, key)), kind=kind)


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


@api.get("/summary", responses=answers(Summary, 304, 404, 429))
def summary(query: MapQuery) -> Response:  # noqa: ARG001 - checked by its model
    """Figures of the whole plan."""
    return _reply(lambda atlas: atlas.summary(), "summary")


@api.get("/places", responses=answers(FeatureCollection, 304, 404, 429, kind=GEOJSON))
def places(query: MapQuery) -> Response:  # noqa: ARG001
    """Counties and townships with figures, simplified; those of the whole in the member ``city``."""
    return _geojson(lambda atlas: atlas.places(), "places")


@api.get("/places/<code>", responses=answers(Feature, 304, 404, 429, kind=GEOJSON))
def place(path: PlacePath, query: MapQuery) -> Response:  # noqa: ARG001
    """One county or township with figures, its border to the metre."""
    return _geojson(lambda atlas: atlas.place(path.code), "place", path.code)


@api.get("/figures", responses=answers(Columns, 304, 404, 429))
def figures(query: MapQuery) -> Response:  # noqa: ARG001
    """Figures of all areas, in columns."""
    return _reply(lambda atlas: atlas.figures(), "figures")


@api.get("/areas", responses=answers(FeatureCollection, 304, 404, 429, kind=GEOJSON))
def areas(query: AreasQuery) -> Response:
    """List areas with figures, simplified; a page of them, of ``total``."""
    most = library().settings.answer_rows
    limit = most if query.limit is None else min(query.limit, most)
    return _geojson(lambda atlas: atlas.areas(query.offset, limit), "areas", query.offset, limit)


@api.get("/areas/<code>", responses=answers(Feature, 304, 404, 429, kind=GEOJSON))
def area(path: AreaPath, query: MapQuery) -> Response:  # noqa: ARG001
    """One area, exact, with its level-1 grids."""
    return _geojson(lambda atlas: atlas.area(path.code), "area", path.code)


@api.get("/areas/<code>/grids", responses=answers(FeatureCollection, 304, 404, 429, kind=GEOJSON))
def grids(path: AreaPath, query: LevelQuery) -> Response:
    """Grids of an area at ``level``."""
    return _geojson(lambda atlas: atlas.grids(path.code, query.level), "grids", path.code, query.level)


@api.get("/areas/<code>/units", responses=answers(FeatureCollection, 304, 404, 429, kind=GEOJSON))
def units(path: AreaPath, query: MapQuery) -> Response:  # noqa: ARG001
    """Units of an area."""
    return _geojson(lambda atlas: atlas.units(path.code), "units", path.code)


@api.get("/areas/<code>/elements", responses=answers(FeatureCollection, 304, 404, 429, kind=GEOJSON))
def elements(path: AreaPath, query: MapQuery) -> Response:  # noqa: ARG001
    """Elements inside an area."""
    return _geojson(lambda atlas: atlas.elements(path.code), "elements", path.code)


@api.get("/grids/<code>", responses=answers(Card, 304, 404, 429))
def grid(path: GridPath, query: MapQuery) -> Response:  # noqa: ARG001
    """Card of a grid."""
    return _reply(lambda atlas: atlas.card(path.code), "grid", path.code)


@api.get("/search", responses=answers(Hits, 304, 404, 429))
def search(query: SearchQuery) -> Response:
    """Places, areas, grids and buildings that match ``q``: Chinese, pinyin, its initials, or a code."""
    count_question()
    edition = edition_asked()

    def body() -> tuple[str, bool]:
        found, complete = edition.search(query.q, edition.settings.search_limit)
        at = Answers(edition, people())
        before, after = place_hits(edition, query.q, query.datum)
        own = [at.hit(each, query.datum) for each in found]
        most = edition.settings.search_limit
        hits = [*before, *own[: max(most - len(before) - len(after), 0)], *after][:most]
        return told({"query": query.q, "complete": complete, "hits": hits}), complete

    key = (query.q, query.datum)
    if edition.spelled:
        return kept(edition, key, lambda: body()[0])
    text, complete = body()
    if complete:
        return kept(edition, key, lambda: text)
    response = Response(text, content_type="application/json; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"  # soon there is more to tell
    return response


@api.get("/exceptions", responses=answers(Exceptions, 304, 404, 429))
def exceptions(query: ExceptionsQuery) -> Response:
    """Grids outside their band, of all areas or of ``area``."""
    return _reply(lambda atlas: atlas.exceptions(query.area, query.offset), "exceptions", query.area, query.offset)
