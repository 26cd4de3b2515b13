"""Routes of publishing, and of the record of all changes."""

from contextlib import suppress

from flask import Response
from flask_openapi3 import APIBlueprint

from webmap.accounts.guard import limits, must_cover, needs, person
from webmap.description import CHANGING, READING, SIGNED_IN, VERSIONS, WITH_BODY, answers
from webmap.desk import models
from webmap.desk.answers import edit, with_display
from webmap.desk.asking import office, reply, work
from webmap.desk.looking import ASK_WHOLE_CITY, FIRST_VERSION
from webmap.refusals import BusyError

versions = APIBlueprint("versions", __name__, url_prefix="/api/v1", abp_tags=[VERSIONS])


@versions.get("/edits", security=READING, responses=answers(models.Edits, *SIGNED_IN))
@needs(scope="body")
def edits(query: models.AuditQuery) -> Response:
    """Tell who changed what, when and why, oldest first."""
    if query.area:
        must_cover(query.area)
    rows = office().desk.ledger.edits(query.since, area=query.area or None, prefix=person().prefix, limit=query.limit)
    return reply({"edits": with_display([edit(row) for row in rows], office().register.displays())})


@versions.get("/versions", security=READING, responses=answers(models.Versions, *SIGNED_IN))
@needs(scope="body")
def list_versions() -> Response:
    """List the published versions."""
    names = ("number", "name", "made_at", "author", "note")
    rows = office().desk.ledger.versions()
    told = [{name: row[name] for name in names} for row in rows]
    return reply({"versions": with_display(told, office().register.displays())})


@versions.get("/desk/problems", security=READING, responses=answers(models.Obstacles, *SIGNED_IN, 404))
@needs(scope="body")
def problems(query: models.AreasQuery) -> Response:
    """Tell what keeps areas from being published."""
    asked = _theirs([code for code in query.areas.split(",") if code] if query.areas else None)
    at, publisher = work("WGS84"), office().desk.publisher
    with at.publishing():
        found = at.problems(publisher.problems(asked))
    refusal = None
    if publisher.wants_whole_city(asked):
        refusal = {"code": "first_version", "detail": f"{FIRST_VERSION}. {ASK_WHOLE_CITY}"}
    return reply({"problems": found, "refusal": refusal})


@versions.post(
    "/versions",
    security=CHANGING,
    responses=answers(models.Published, *SIGNED_IN, 404, 409, 429, *WITH_BODY, status=201),
)
@needs("planner", "administrator", scope="body")
def publish(body: models.NewVersion) -> Response:
    """Publish the draft of some areas, or of all of one's own that changed."""
    if body.areas is not None:
        must_cover(*body.areas)
    limits().edit(person().name)
    asked = _theirs(body.areas)
    at = work("WGS84")
    with at.publishing():
        number = office().desk.publisher.publish(asked, name=body.name, note=body.note, author=person().name)
    _begin_tiles(number)
    return reply({"version": number}, 201)


def _begin_tiles(number: int) -> None:
    """Have the tiles of a new version written, so that nobody waits for them; else they are on demand."""
    for datum in office().tiles.datums:
        with suppress(BusyError):
            office().tiles.begin(number, datum)


def _theirs(areas: list[str] | None) -> list[str] | None:
    """Return the areas asked for; of somebody who is bounded never more than their own."""
    if areas is not None:
        must_cover(*areas)
        return areas
    if not person().prefix:
        return None
    return [row["code"] for row in office().desk.ledger.area_figures(person().prefix)]
