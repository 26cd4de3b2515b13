"""Routes about places, codes and names."""

from typing import Any

import numpy as np
from flask import Response, request
from flask_openapi3 import APIBlueprint

from geo_grid.errors import UsageError
from webmap.accounts.guard import harmless
from webmap.description import PUBLIC, Feature, FeatureCollection, answers
from webmap.public import models
from webmap.public.answers import Answers
from webmap.public.asking import (
    GEOJSON,
    count_question,
    day_asked,
    edition_asked,
    edition_of,
    kept,
    library,
    limits,
    people,
    read_directly,
    told,
)
from webmap.public.versions import crosswalk, steps
from webmap.refusals import InvalidError, OutsideError

public = APIBlueprint("public", __name__, url_prefix="/api/v1", abp_tags=[PUBLIC])


#: A list of areas or grids, as JSON or GeoJSON.
LIST: dict[Any, Any] = answers(models.Page, 304, 404, 429)
LIST["200"]["content"] |= answers(FeatureCollection, kind=GEOJSON)["200"]["content"]


def _answers() -> Answers:
    count_question()
    return Answers(edition_asked(), people(), day_asked(request.args.get("as_of")))


@public.get("/lookup", responses=answers(models.Lookup, 304, 404, 429))
@read_directly(models.LookupQuery)
def lookup(query: models.LookupQuery) -> Response:
    """Find the grids of a place; 404 with the nearest outside all areas."""
    limits().lookup(request.remote_addr)
    day = day_asked(query.as_of)
    edition = edition_of(day)
    at = Answers(edition, people(), day)

    def body() -> str:
        answer = at.index.lookup(query.lon, query.lat, query.datum)
        if not answer.hits:
            raise OutsideError("this place is in no area", **at.head(), nearest=at.nearest(answer))
        if query.floor is not None:
            answer = answer.on_floor(query.floor, query.entrance)
        return told(at.place(answer))

    key = (query.lon, query.lat, query.datum, query.floor, query.entrance, *at.staff_key)
    return kept(edition, key, body, private=True)


@public.post("/lookup/bulk", responses=answers(models.Codes, 404, 413, 415, 422, 429))
@harmless
def bulk(body: models.BulkBody) -> Response:
    """Find the codes of the grids of many places, as far as the place alone says; nothing is stored."""
    limits().bulk(request.remote_addr)
    places = library()
    if len(body.points) > places.settings.bulk_points:
        raise InvalidError(f"one question names at most {places.settings.bulk_points} places")
    edition = edition_asked(body.as_of)
    points = np.array(body.points, dtype=float).reshape(-1, 2)
    wrong = np.flatnonzero(~(np.abs(points) <= (180.0, 90.0)).all(axis=1))
    if len(wrong):
        raise InvalidError(
            f"points.{wrong[0]}: a longitude is from -180 to 180 and a latitude from -90 to 90", points=wrong.tolist()
        )
    codes = edition.index.lookup_many(points[:, 0], points[:, 1], body.datum).agreed()
    response = Response(
        told({"version": edition.version, "made_at": edition.made_at, "codes": codes}),
        content_type="application/json; charset=utf-8",
    )
    response.headers["Cache-Control"] = "no-store"
    return response


@public.get("/grids/<code>/shape", responses=answers(Feature, 304, 404, 429, kind=GEOJSON))
def shape(path: models.CodePath, query: models.DatedQuery) -> Response:
    """Return the border of a grid or an area."""
    at = _answers()

    def body() -> str:
        return told(at.features(at.rows([path.code]), query.datum)[0])

    return kept(at.edition, (query.datum,), body, kind=GEOJSON)


@public.get("/grids/<code>/children", responses=LIST)
def children(path: models.CodePath, query: models.ShapesQuery) -> Response:
    """List the grids one level below a grid or an area."""
    at = _answers()
    return _page(at, query, list(at.index.children(path.code)), {})


@public.get("/grids/<code>/parents", responses=LIST)
def parents(path: models.CodePath, query: models.ShapesQuery) -> Response:
    """List the area and the grids above a grid."""
    at = _answers()
    return _page(at, query, list(at.index.parents(path.code)), {})


@public.get("/grids/<code>/neighbours", responses=LIST)
def neighbours(path: models.CodePath, query: models.ShapesQuery) -> Response:
    """List the grids of the same level beside a grid, with the length of the common border."""
    at = _answers()
    found = {each.code: round(each.metres, 1) for each in at.index.neighbours(path.code)}
    return _page(at, query, list(found), {code: {"border_metres": metres} for code, metres in found.items()})


def _page(at: Answers, query: models.ShapesQuery, codes: list[str], more: dict[str, dict[str, Any]]) -> Response:
    """Answer with a page of areas or grids."""
    part = codes[query.offset : query.offset + _limit(query.limit)]
    rows = [row | more.get(row["code"], {}) for row in at.rows(part)]
    head = at.head() | {"total": len(codes), "offset": query.offset}
    key = (query.datum, query.format, query.offset, query.limit)
    if query.format == "geojson":
        features = {"type": "FeatureCollection", "features": at.features(rows, query.datum)}
        return kept(at.edition, key, lambda: told(features | head), kind=GEOJSON)
    return kept(at.edition, key, lambda: told(head | {"items": rows}))


def _limit(asked: int | None) -> int:
    most = library().settings.answer_rows
    return most if asked is None else min(asked, most)


@public.get("/grids/<code>/elements", responses=answers(models.Page, 304, 404, 429))
def elements(path: models.CodePath, query: models.ListQuery) -> Response:
    """List what is looked after in a grid or an area."""
    at = _answers()
    found = at.held(path.code)
    part = found[query.offset : query.offset + _limit(query.limit)]
    out = at.head() | {"total": len(found), "offset": query.offset, "items": part}
    return kept(at.edition, (query.offset, query.limit), lambda: told(out))


@public.get("/grids/<code>/staff", responses=answers(models.Staff, 304, 404, 429))
def staff(path: models.CodePath, query: models.DatedQuery) -> Response:  # noqa: ARG001 - checked by its model
    """Tell who is in charge of a grid, and of those above it; phones only of those who agreed."""
    at = _answers()
    chain = at.rows([*at.index.parents(path.code), path.code])

    def body() -> str:
        known = at.staff([row["code"] for row in chain])
        above = [
            {"level": row["level"], "code": row["code"], "name": row["name"], "staff": known.get(row["code"], [])}
            for row in chain[:-1]
        ]
        return told(at.head() | {"code": path.code, "staff": known.get(path.code, []), "above": above})

    return kept(at.edition, at.staff_key, body)


@public.get("/crosswalk", responses=answers(models.Walk, 304, 404, 429))
def walk(query: models.CrosswalkQuery) -> Response:
    """Tell what became of the codes of one version in another."""
    count_question()
    at, address = library(), request.remote_addr
    current = at.current()
    last = query.to if query.to is not None else current.version or query.from_
    if last < query.from_:
        raise UsageError("to: this version is before from", mend="Ask the other way round.")
    before, after = (at.version(number, lambda: limits().version(address)) for number in (query.from_, last))

    def body() -> str:
        rows = crosswalk(_levels(before), _levels(after), steps(at.store_url, query.from_, last))
        if query.code is not None:
            rows = [row for row in rows if query.code in (row["old"], row["new"])]
        part = rows[query.offset : query.offset + _limit(query.limit)]
        return told({"from": query.from_, "to": last, "total": len(rows), "offset": query.offset, "items": part})

    return kept(after, (before.key, last, query.code, query.offset, query.limit), body)


def _levels(edition: Any) -> dict[str, int]:
    columns = edition.plan.grid_columns
    return dict(zip(columns["code"], columns["level"], strict=True))
