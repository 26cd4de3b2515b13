"""Routes that phones use: what they send, what is new, and what they take along."""

from hashlib import blake2b
from typing import Any

from flask import Response, request, send_file
from flask_openapi3 import APIBlueprint, Tag

from geo_grid.field import batch_fault
from geo_grid.field.times import timestamp_of
from webmap.accounts.guard import needs, person
from webmap.atlas.geo import dumps
from webmap.description import CHANGING, READING, SIGNED_IN, WITH_BODY, answers
from webmap.desk.asking import office, reply
from webmap.field import models
from webmap.field.asking import context, known_area, ledger, limits, lists, must_see, now, plan, settings, within
from webmap.field.listing import Listed
from webmap.field.package import month_of, package
from webmap.field.plan import FieldPlan
from webmap.refusals import InvalidError, TooLargeError, UnknownNameError

FIELD = Tag(name="field", description="Field inspection, for those who are signed in; nothing of it is public.")

field = APIBlueprint("field", __name__, url_prefix="/api/v1/field", abp_tags=[FIELD])

_PICTURE = "image/jpeg"


def _reply(value: dict[str, Any]) -> Response:
    return reply(value | {"server_time": timestamp_of(now())})


@field.post("/events", security=CHANGING, responses=answers(models.Answers, *SIGNED_IN, 429, *WITH_BODY))
@needs(scope="body", reads="list")
def send(body: models.Batch) -> Response:
    """Take a batch of events; each is answered by itself, and sending it again changes nothing."""
    at = plan()
    fault = batch_fault(body.root, request.content_length or 0, at.policy.settings)
    if fault == "too_large":
        raise TooLargeError("the batch is too large", mend="Send it in smaller ones.", reason=fault)
    if fault is not None:
        raise InvalidError("the batch is no list of events", reason=fault)
    return _reply({"answers": ledger().receive_events(body.root, context(at)).answers})


@field.get("/events", security=READING, responses=answers(models.News, *SIGNED_IN, 429))
@needs()
def news(query: models.CursorQuery) -> Response:
    """Tell what is new within one's prefix."""
    page = ledger().events_page(query.cursor, person().prefix, settings().page_events)
    for event in page["events"]:
        if event["kind"] == "photo":  # what a camera says of itself is for the office
            event["body"] = {name: value for name, value in event["body"].items() if name != "exif"}
    return _reply(page)


@field.get("/own", security=READING, responses=answers(models.Own, *SIGNED_IN, 429))
@needs()
def own() -> Response:
    """Tell what became of one's own events: photos that are wanted, what was refused late, and what waits."""
    settings()
    told = ledger().own_events(person().name)
    # what is whole is wanted no more, though it was not written anew yet
    told["wanted"] = [
        each | {"received": office().photos.there(each["id"], each["size"])}
        for each in told["wanted"]
        if each["received"] < each["size"] or not _is_whole(each["id"])
    ]
    return _reply(told)


def _is_whole(id_: str) -> bool:
    return office().photos.state(_photo(id_)).complete


@field.put("/photos/<id>", security=CHANGING, responses=answers(models.PhotoState, *SIGNED_IN, 404, 429, *WITH_BODY))
@needs(scope="self", reads="bytes")
def put(path: models.IdPath, query: models.PartQuery, header: models.PartHeader, raw: models.Part) -> Response:  # noqa: ARG001
    """Take a part of a photo; its event came before."""
    bounds = settings()
    author, data = person().name, request.get_data(cache=False)
    if query.offset == 0:
        limits().photo(author)
    taken = office().photos.take(path.id, author, query.offset, data, header.x_part_sha256, bounds)
    return reply(taken.told())


@field.get(
    "/photos/<id>",
    security=READING,
    responses=answers(_PICTURE, *SIGNED_IN, 404, 429),
)
@needs()
def picture(path: models.IdPath, query: models.PictureQuery) -> Response:
    """Return a photo as it was written anew, or with ``state=1`` how far it has come."""
    settings()
    row = _photo(path.id)
    if query.state:
        if row["author"] != person().name:
            must_see(row)
        return reply(office().photos.state(row).told())
    must_see(row)
    file = office().photos.picture(row)
    if file is None:
        raise UnknownNameError("this photo is not here yet, or was refused")
    response = send_file(file, mimetype=_PICTURE, download_name=f"{path.id}.jpg", etag=False, conditional=False)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _photo(id_: str) -> dict[str, Any]:
    row: dict[str, Any] | None = ledger().photo(id_)
    if row is None:
        raise UnknownNameError("no photo has this id", mend="Send its event first.")
    return row


@field.get("/areas", security=READING, responses=answers(models.FieldAreas, *SIGNED_IN, 429))
@needs()
def areas() -> Response:
    """List the areas of one's prefix, which a phone can take along."""
    at = plan()
    mine = at.areas(person().prefix)
    return reply({"plan_version": at.version, "areas": [each | at.ground(within(each["code"])) for each in mine]})


@field.get(
    "/package",
    security=READING,
    responses=answers(models.Package, *SIGNED_IN, 304, 404, 429, headers={"ETag": "Of all that is in it"}),
)
@needs(scope="body")
def take_along(query: models.AreaQuery) -> Response:
    """Return everything a phone needs of an area for days without signal."""
    at = plan()
    area = known_area(at, query.area)
    part = at.part(within(area["code"]))
    told = dumps(package(at, area, part, duties_now(at, part.prefix), office().register.people()))
    response = Response(told, content_type="application/json; charset=utf-8")
    response.headers["Cache-Control"] = "no-store"
    response.set_etag(blake2b(told.encode(), digest_size=12).hexdigest())
    response.make_conditional(request)
    return response


def duties_now(at: FieldPlan, prefix: str) -> Listed:
    """Return the duties below a prefix as they stand today, up to the end of the month.

    Parameters
    ----------
    at : FieldPlan
        The plan in force.
    prefix : str
        Beginning of codes.

    Returns
    -------
    Listed
        The duties.
    """
    today = at.today(now())
    return lists().get(at, ledger(), prefix, today, month_of(today)[1])
