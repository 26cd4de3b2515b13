"""Routes on which areas are looked at and redrawn."""

from flask import Response
from flask_openapi3 import APIBlueprint

from geo_grid.store.records import OFFICE_AUDITS
from webmap.accounts.guard import limits, needs, person
from webmap.description import CHANGING, DESK, READING, SIGNED_IN, WITH_BODY, AreaPath, DatumQuery, answers
from webmap.desk import models
from webmap.desk.answers import comments, with_display
from webmap.desk.asking import based_on, office, reply, work
from webmap.desk.ops import Branch, Change
from webmap.people.access import opens_homes
from webmap.refusals import UnknownNameError

desk = APIBlueprint("desk", __name__, url_prefix="/api/v1/desk", abp_tags=[DESK])

_TAG = {"ETag": 'The revision, as "7"'}
#: What a change of the draft may be refused with.
_EDIT = (*SIGNED_IN, 404, 409, 412, 428, 429, *WITH_BODY)


@desk.get("/areas", security=READING, responses=answers(models.Areas, *SIGNED_IN))
@needs()
def areas() -> Response:
    """List the areas that are one's own, and where their drafts stand."""
    rows = office().desk.areas(person().prefix)
    names = ("code", "name", "kind", "households", "revision", "published_revision")
    return reply({"areas": [{name: row[name] for name in names} | {"faults": row["open"]} for row in rows]})


@desk.get("/areas/<code>", security=READING, responses=answers(models.AreaView, *SIGNED_IN, 404, headers=_TAG))
@needs()
def area(path: AreaPath, query: models.AreaQuery) -> Response:
    """Return an area as one of its revisions has it."""
    told = work(query.datum).area(path.code, query.revision)
    opens_homes("draft", path.code)  # a cell with one household says where it is
    return reply(told, revision=told["revision"])


@desk.post("/areas/<code>/edits", security=CHANGING, responses=answers(models.Changed, *_EDIT, headers=_TAG))
@needs("planner", "administrator")
def edit(path: AreaPath, query: DatumQuery, header: models.IfMatch, body: Change) -> Response:
    """Change an area."""
    limits().edit(person().name)
    told = work(query.datum).edit(path.code, based_on(header.if_match), body.root, person().name)
    return reply(told, revision=told["revision"])


@desk.post("/areas/<code>/preview", security=CHANGING, responses=answers(models.Changed, *_EDIT))
@needs("planner", "administrator")
def preview(path: AreaPath, query: DatumQuery, header: models.IfMatch, body: Change) -> Response:
    """Say what a change would do; nothing is stored."""
    limits().edit(person().name)
    return reply(work(query.datum).preview(path.code, based_on(header.if_match), body.root))


@desk.post("/areas/<code>/undo", security=CHANGING, responses=answers(models.Changed, *_EDIT, headers=_TAG))
@needs("planner", "administrator")
def undo(path: AreaPath, query: DatumQuery, header: models.IfMatch, body: models.Nothing) -> Response:  # noqa: ARG001
    """Take the draft back to the revision before."""
    base = based_on(header.if_match)
    return _moved(path.code, query.datum, base, lambda: office().desk.undo(path.code, base, author=person().name))


@desk.post("/areas/<code>/redo", security=CHANGING, responses=answers(models.Changed, *_EDIT, headers=_TAG))
@needs("planner", "administrator")
def redo(path: AreaPath, query: DatumQuery, header: models.IfMatch, body: models.Redo) -> Response:
    """Take the draft forward again."""
    base = based_on(header.if_match)
    return _moved(
        path.code, query.datum, base, lambda: office().desk.redo(path.code, base, author=person().name, to=body.to)
    )


@desk.post("/areas/<code>/go", security=CHANGING, responses=answers(models.Changed, *_EDIT, headers=_TAG))
@needs("planner", "administrator")
def go(path: AreaPath, query: DatumQuery, header: models.IfMatch, body: models.Go) -> Response:
    """Take the draft to any revision."""
    base = based_on(header.if_match)
    return _moved(
        path.code,
        query.datum,
        base,
        lambda: office().desk.go(path.code, base, body.revision, author=person().name),
        body.revision,
    )


def _moved(code, datum, base, move, asked=None) -> Response:  # type: ignore[no-untyped-def]  # noqa: ANN001
    limits().edit(person().name)
    at = work(datum)
    with at.telling(code, base=base, asked=asked):
        at.teller(code)  # there is such an area
        told = at.move(code, base, move())
    return reply(told, revision=told["revision"])


@desk.get("/areas/<code>/history", security=READING, responses=answers(models.History, *SIGNED_IN, 404))
@needs()
def history(path: AreaPath) -> Response:
    """List the revisions of an area."""
    names = ("number", "parent", "name", "author", "made_at", "op")
    with work("WGS84").telling(path.code):
        head = office().desk.view(path.code).head.number
        rows = office().desk.history(path.code)
    told = [{name: row[name] for name in names} for row in rows]
    return reply({"head": head, "revisions": with_display(told, office().register.displays())})


@desk.post(
    "/areas/<code>/snapshots", security=CHANGING, responses=answers(models.Made, *SIGNED_IN, 404, 429, *WITH_BODY)
)
@needs("planner", "administrator")
def snapshot(path: AreaPath, body: models.Snapshot) -> Response:
    """Give a revision a name."""
    limits().edit(person().name)
    with work("WGS84").telling(path.code, asked=body.revision):
        office().desk.name(path.code, body.revision, body.name, author=person().name)
    return reply({"revision": body.revision})


@desk.post(
    "/areas/<code>/branches",
    security=CHANGING,
    responses=answers(models.Made, *SIGNED_IN, 404, 409, 412, 429, *WITH_BODY, status=201),
)
@needs("planner", "administrator")
def branch(path: AreaPath, query: DatumQuery, body: Branch) -> Response:
    """Keep a change as a snapshot beside the draft, which stays as it is."""
    limits().edit(person().name)
    return reply({"revision": work(query.datum).keep(path.code, body.base, body.op, person().name, body.name)}, 201)


@desk.get("/areas/<code>/compare", security=READING, responses=answers(models.Comparison, *SIGNED_IN, 404))
@needs()
def compare(path: AreaPath, query: models.CompareQuery) -> Response:
    """Say what each grid gained and lost between two revisions."""
    at, table = work("WGS84"), office().desk
    with at.telling(path.code):
        table.view(path.code)
        a, b = (table.number(path.code, which) for which in (query.a, query.b))
    for number in (a, b):
        with at.telling(path.code, asked=number):
            table.view(path.code, number)
    return reply({"a": a, "b": b, **at.comparison(path.code, a, b)})


@desk.get("/areas/<code>/comments", security=READING, responses=answers(models.Comments, *SIGNED_IN, 404))
@needs()
def list_comments(path: AreaPath, query: DatumQuery) -> Response:
    """List the comments of an area."""
    at = work(query.datum)
    with at.telling(path.code):
        teller = at.teller(path.code)
        return reply(
            {"comments": with_display(comments(office().desk.ledger.comments(path.code), teller), at.displays())}
        )


@desk.post(
    "/areas/<code>/comments",
    security=CHANGING,
    responses=answers(models.Comment, *SIGNED_IN, 404, 429, *WITH_BODY, status=201),
)
@needs()
def comment(path: AreaPath, query: DatumQuery, body: models.NewComment) -> Response:
    """Pin a comment to a grid or a place."""
    limits().edit(person().name)
    at = work(query.datum)
    with at.telling(path.code):
        return reply(at.comment(path.code, body.grid, body.at, person().name, body.text), 201)


@desk.post(
    "/areas/<code>/comments/<int:id>/close",
    security=CHANGING,
    responses=answers(None, *SIGNED_IN, 404, *WITH_BODY, status=204),
)
@needs()
def close_comment(path: models.CommentPath, body: models.Nothing) -> Response:  # noqa: ARG001
    """Close a comment."""
    ledger = office().desk.ledger
    if not any(row["id"] == path.id for row in ledger.comments(path.code)):
        raise UnknownNameError(f"area {path.code} has no comment {path.id}")
    ledger.close_comment(path.id, person().name)
    return Response(status=204)


@desk.get("/changes", security=READING, responses=answers(models.Changes, *SIGNED_IN))
@needs()
def changes(query: models.SinceQuery) -> Response:
    """Tell what others did since; asked for every second or two."""
    ledger, since = office().desk.ledger, query.since
    if since is None:
        return reply({"last": ledger.last_edit(), "changes": []})
    rows = ledger.edits(since, prefix=person().prefix)
    names = ("id", "author", "made_at", "what")
    news = [
        {"area": row["area_code"], "revision": row["after"], **{name: row[name] for name in names}}
        for row in rows
        if row["what"] not in OFFICE_AUDITS  # no draft changes by them
    ]
    told = with_display(news, office().register.displays()) if news else []
    return reply({"last": rows[-1]["id"] if rows else since, "changes": told})
